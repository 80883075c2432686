"""ARCHITECTURE.md is true: it lists every module, and imports go one way, up the list."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bayes_jeugdhulp

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bayes_jeugdhulp"
LISTED = re.findall(r"^- `(\S+\.py)`: (.+)$", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE)
ORDER = [path for path, _ in LISTED]
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def place(name: str) -> str | None:
    """Where an imported name lives: a module's file, or a package as a folder; None outside this package."""
    parts = name.split(".")[1:] if name.startswith("bayes_jeugdhulp.") else []
    if parts and PACKAGE.joinpath(*parts).with_suffix(".py").is_file():
        return "/".join(parts) + ".py"
    return "/".join(parts) + "/" if parts and PACKAGE.joinpath(*parts).is_dir() else None


def imported(path: Path) -> set[str]:
    """Places of the package that a file imports from, at its top or later."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {place(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found |= {place(f"{node.module}.{alias.name}") or place(node.module or "") for alias in node.names}
    return {name for name in found if name}


def test_every_module_is_listed_with_the_first_line_of_its_docstring() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
        for path in MODULES
    }
    assert dict(LISTED) == lines
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_modules_above_it(path: Path) -> None:
    module = path.relative_to(PACKAGE).as_posix()
    above = ORDER[: ORDER.index(module)]
    for other in imported(path):
        if other.endswith("/"):  # a package stands above when all of it does
            assert {name for name in ORDER if name.startswith(other)} <= set(above), f"{module} imports {other}"
        else:
            assert other in above, f"{module} imports {other}"


def test_a_package_only_hands_on_what_is_its_own() -> None:
    for path in PACKAGE.glob("*/__init__.py"):
        own = f"{path.parent.name}/"
        assert all(other.startswith(own) for other in imported(path)), path


def test_files_can_be_read_in_one_sitting() -> None:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "models").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    assert {str(path): lines for path in files if (lines := len(path.read_text().splitlines())) > 400} == {}


def test_the_command_line_loads_nothing_heavy() -> None:
    code = "import sys, bayes_jeugdhulp.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "numpy",
        "pandas",
        "scipy",
        "xarray",
        "pymc",
        "pytensor",
        "arviz",
        "nutpie",
        "matplotlib",
        "geopandas",
        "pandera",
    }
    assert heavy & set(loaded) == set()


def test_every_public_name_is_there() -> None:
    assert [name for name in bayes_jeugdhulp.__all__ if not hasattr(bayes_jeugdhulp, name)] == []
