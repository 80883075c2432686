"""Borders from a server on loopback that pages, stumbles, lies and breaks off; what comes is whole or absent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from click.testing import CliRunner
from pdok_server import FEATURES, Pdok, serving

from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.sources.borders import read_borders
from bayes_jeugdhulp.sources.fetch_borders import fetch_borders


@pytest.fixture
def pdok() -> Iterator[tuple[Pdok, str]]:
    with serving() as served:
        yield served


def fetch(url: str, out: Path, year: int = 2022, **options: Any) -> Path:
    return fetch_borders(year, out, base_url=url, timeout=5, backoff=0, **{"page": 4, "retries": 2} | options)


@pytest.mark.parametrize(("most", "tells"), [(1000, 9), (3, 9), (1000, None), (3, "unknown")])
def test_pages_add_up_whatever_the_server_tells(
    pdok: tuple[Pdok, str], most: int, tells: object, tmp_path: Path
) -> None:
    state, url = pdok
    state.most, state.tells = most, tells
    rows: list[int] = []
    out = fetch(url, tmp_path / "wijken.gpkg", report=rows.append)
    assert rows[-1] == 9
    assert state.asked[0]["typeNames"] == ["wijkenbuurten:wijken"]
    borders = read_borders(out)
    assert borders["wijkcode"].tolist() == [f"WK0001{number:02d}" for number in range(7)]
    assert borders.area.tolist() == pytest.approx([1e6] * 7)  # without the water of wijk 6
    assert borders.attrs["year"] == 2022
    assert borders.attrs["names"]["WK000100"] == "Wijk 0"
    assert borders.attrs["water"] == ["WK000107"]
    assert read_borders(out, water="keep").area.sum() == pytest.approx(9e6)
    assert "CC BY 4.0" in pyogrio.read_info(out)["layer_metadata"]["DESCRIPTION"]


def test_a_busy_server_is_asked_again(pdok: tuple[Pdok, str], tmp_path: Path) -> None:
    state, url = pdok
    state.before = [503, 429]
    assert len(read_borders(fetch(url, tmp_path / "a.gpkg"))) == 7
    assert len(state.asked) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"before": [500] * 3}, "the server answered 500"),
        ({"body": b"<ows:ExceptionReport>InvalidParameterValue"}, "found '<ows:ExceptionReport>InvalidParameterValue'"),
        ({"body": b'{"type": "FeatureCollection", "feat'}, "expected wijken as GeoJSON"),
        ({"body": b"[1]"}, "expected wijken as GeoJSON"),
        ({"cut": True}, "no answer"),
        ({"tells": 12}, "9 wijken came, 12 were expected"),
        ({"features": []}, "0 wijken came"),
        ({"features": FEATURES[:8] + FEATURES[:1]}, "the pages overlap"),
        ({"features": [f | {"properties": {"code": "x"}} for f in FEATURES]}, "have no wijkcode, wijknaam"),
    ],
    ids=["busy", "refused", "cut", "list", "dropped", "fewer", "none", "overlap", "columns"],
)
def test_no_usable_answer_is_one_message_and_no_file(
    pdok: tuple[Pdok, str], change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    state, url = pdok
    for name, value in change.items():
        setattr(state, name, value)
    out = tmp_path / "wijken.gpkg"
    out.write_text("van eerder")
    with pytest.raises(JeugdhulpError, match=message):
        fetch(url, out)
    assert out.read_text() == "van eerder"
    assert [path.name for path in tmp_path.iterdir()] == ["wijken.gpkg"]


def test_a_year_that_is_not_there_and_a_server_that_is_away(pdok: tuple[Pdok, str], tmp_path: Path) -> None:
    with pytest.raises(JeugdhulpError, match="there are no borders of 1999"):
        fetch(pdok[1], tmp_path / "a.gpkg", year=1999)
    with pytest.raises(JeugdhulpError, match="no answer"):
        fetch("http://127.0.0.1:1", tmp_path / "a.gpkg", retries=0)
    with pytest.raises(JeugdhulpError, match="as a GeoPackage"):
        fetch(pdok[1], tmp_path / "a.zip")


def test_the_command_writes_what_borders_options_take(pdok: tuple[Pdok, str], tmp_path: Path) -> None:
    out = tmp_path / "wijken_2022.gpkg"
    arguments = ["fetch-borders", "--url", pdok[1], "--out", str(out), "--year"]
    done = CliRunner().invoke(main, [*arguments, "2022"])
    assert (done.exit_code, done.stdout) == (0, f"{out}\n")
    assert len(read_borders(out)) == 7
    absent = CliRunner().invoke(main, [*arguments, "1999"])
    assert absent.exit_code == 2
    assert absent.stderr.endswith("there are no borders of 1999; name a year that PDOK has\n")
