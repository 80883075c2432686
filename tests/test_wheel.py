"""What people install holds all that runs."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SMALL = {"wijken": 250, "gemeenten": 30, "regios": 1, "draws": 1000, "tune": 400, "imputations": 1}


def pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True, capture_output=True)


def content(path: Path) -> bytes:
    """The bytes of a file; those of its parts where it is a spreadsheet, which is packed."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with ZipFile(path) as book:
        return b"".join(book.read(name) for name in book.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "bayes_jeugdhulp"
    files = {p.relative_to(ROOT).as_posix() for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    inside = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == files


@pytest.mark.heavy
def test_the_demo_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    pip("install", "--no-deps", "--target", tmp_path / "installed", wheel)

    def python(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    assert str(tmp_path) in python("-c", "import bayes_jeugdhulp; print(bayes_jeugdhulp.__file__)")
    printed = python(
        "-m", "bayes_jeugdhulp", "demo", "--out", "out", *(f"--{name}={value}" for name, value in SMALL.items())
    )
    written = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert printed.splitlines()[-len(written) :] == [str(path.relative_to(tmp_path)) for path in written]
    expected = {
        "fit.nc",
        "wijken.csv",
        "wijken.parquet",
        "kaart.png",
        "rapport.html",
        "jeugdhulp.xlsx",
        "jeugdhulp.gpkg",
    }
    assert expected <= {path.name for path in written}
    assert len([path for path in written if path.suffix == ".pdf"]) == 3
    assert [path.name for path in written if b"gesimuleerd" not in content(path).lower()] == []
