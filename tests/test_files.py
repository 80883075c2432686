"""Output is whole or absent."""

import os
from pathlib import Path

import pytest

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.files import check_writable, filling, replacing


def test_a_failed_write_leaves_what_stood_there(tmp_path: Path) -> None:
    target = tmp_path / "fit.nc"
    target.write_text("before")
    with pytest.raises(RuntimeError, match="halfway"), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("halfway")
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["fit.nc"]


def test_replacing_writes_in_the_same_folder_under_the_same_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "wijken.csv") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".csv")
        temporary.write_text("after")
        assert not (tmp_path / "wijken.csv").exists()
    assert (tmp_path / "wijken.csv").read_text() == "after"


def test_filling_moves_all_or_nothing_and_keeps_other_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(RuntimeError, match="at once"), filling(out):
        raise RuntimeError("at once")
    assert not out.exists()
    out.mkdir()
    for name in ("mine.txt", "wijken.csv"):
        (out / name).write_text("before")
    with pytest.raises(RuntimeError, match="halfway"), filling(out) as temporary:
        (temporary / "wijken.csv").write_text("after")
        raise RuntimeError("halfway")
    assert (out / "wijken.csv").read_text() == "before"
    with filling(out) as temporary:
        (temporary / "wijken.csv").write_text("after")
        (temporary / "figures").mkdir()
        (temporary / "figures" / "map.png").write_text("after")
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"out/mine.txt": "before", "out/wijken.csv": "after", "out/figures/map.png": "after"}


def test_a_place_that_cannot_be_written_is_told_before(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JeugdhulpError, match="does not exist"):
        check_writable(tmp_path / "absent" / "fit.nc")
    with pytest.raises(JeugdhulpError, match="a folder stands where a file"):
        check_writable(tmp_path)
    with pytest.raises(JeugdhulpError, match="a file stands where a folder"):
        check_writable(tmp_path / "file", directory=True)
