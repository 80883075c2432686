"""The command ``report``: everything in one folder or nothing, and what does not go together is refused."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import geopandas as gpd
import pytest
import xarray as xr
from click.testing import CliRunner, Result
from report_results import report_results
from shapely import box

import bayes_jeugdhulp
from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.results import Results
from bayes_jeugdhulp.sources.totals import PublishedTotals

TABLES = ["wijken", "gemeenten", "regios", "calibratie", "verklaard", "herkomst_verschillen"]
FIGURES = ["waargenomen_tegen_verwacht", "trechter", "verschillen", "rangen", "kaart"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["report", *(str(argument) for argument in arguments)])


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """Results without a fit, and their borders of another year in a file beside a file that stands for the fit."""
    results = report_results(simulated=False, year=2017)
    coords = {"gemeente": results.gemeenten["gemeentecode"].tolist()}
    gemeenten = xr.Dataset({"jeugdzorgregio": ("wijk", results.wijken["jeugdzorgregio"].to_numpy(str))}, coords)
    monkeypatch.setattr(bayes_jeugdhulp, "load", lambda _: xr.DataTree.from_dict({"constant_data": gemeenten}), False)
    monkeypatch.setattr(bayes_jeugdhulp, "make_results", lambda *_, **__: results, False)
    monkeypatch.setattr(bayes_jeugdhulp, "write_prior_figure", lambda _, path, lang: path.touch(), False)
    (tmp_path / "fit.nc").touch()
    codes = results.wijken["wijkcode"]
    shapes = [box(80_000 + 1000 * i, 450_000, 81_000 + 1000 * i, 451_000) for i in range(len(codes))]
    frame = gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes, crs="EPSG:28992")
    frame.to_file(tmp_path / "grenzen_2022.gpkg")
    return results


def test_everything_is_written_and_listed(made: Results, tmp_path: Path) -> None:
    out = tmp_path / "uit"
    given = ["--borders", tmp_path / "grenzen_2022.gpkg", "--borders-source", "Kadaster", "--gemeente", "GM0001"]
    result = run(tmp_path / "fit.nc", *given, "--region", "JZ01", "--out", out)
    assert result.exit_code == 0, result.output
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    figures = [
        f"figuren/{name}.{kind}" for name in [*FIGURES, "kaart_JZ01", "gemeente_GM0001"] for kind in ("png", "svg")
    ]
    tables = [f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")]
    single = ["rapport.html", "jeugdhulp.xlsx", "jeugdhulp.gpkg", "metadata.json", "figuren/prior.png"]
    assert written == {*single, *tables, *figures, "gemeenten/GM0001.pdf"}
    assert result.stdout.splitlines() == [str(path) for path in sorted(out / name for name in written)]
    assert "Of 120 wijken it is not confirmed" in result.stderr
    assert "Source of the borders: not given." not in result.stderr
    drawn = (out / "figuren" / "kaart.svg").read_text(encoding="utf-8")
    assert "Van 120 wijken is niet bevestigd" in drawn
    assert "Grenzen: Kadaster." in drawn
    assert "niet bevestigd" in (out / "rapport.html").read_text(encoding="utf-8")


def test_english_is_english_everywhere(made: Results, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ["--borders", tmp_path / "grenzen_2022.gpkg", "--lang", "en", "--gemeente", "GM0001"]
    assert run(tmp_path / "fit.nc", *given, "--out", out).exit_code == 0
    texts = [(out / "figuren" / "kaart.svg").read_text(encoding="utf-8")]
    texts.append((out / "rapport.html").read_text(encoding="utf-8"))
    with ZipFile(out / "jeugdhulp.xlsx") as book:
        texts.append(book.read("xl/sharedStrings.xml").decode())
    for text in texts:
        assert re.search(r"\b(difference|expected)\b", text)
        assert not re.search(r"Geen uitspraak|[Dd]uidelijk hoger|voorspelling", text)


def test_possible_breaks_are_handed_on(made: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bayes_jeugdhulp.results.breaks import BREAK

    written: list[Results] = []
    monkeypatch.setattr(bayes_jeugdhulp, "write_report", lambda results, *_, **__: written.append(results), False)
    file = tmp_path / "breuken.csv"
    file.write_text(f"gemeentecode,verdict,change_pct\nGM0001,{BREAK},-45.5\n")
    monkeypatch.setattr(bayes_jeugdhulp, "write_prior_figure", lambda *_: None, False)
    assert run(tmp_path / "fit.nc", "--breaks", file, "--out", tmp_path / "uit").exit_code == 0
    assert written[0].metadata["breaks"] == {"GM0001": "lager"}
    file.write_text("gemeentecode\nGM0001\n")
    assert run(tmp_path / "fit.nc", "--breaks", file, "--out", tmp_path / "nee").exit_code == 2
    assert len(written) == 1


def test_without_borders_there_is_no_map_but_all_else(made: Results, tmp_path: Path) -> None:
    assert run(tmp_path / "fit.nc", "--out", tmp_path / "uit").exit_code == 0
    written = {path.name for path in (tmp_path / "uit").rglob("*")}
    assert {"rapport.html", "jeugdhulp.xlsx", "verschillen.svg"} <= written
    assert not {"kaart.png", "jeugdhulp.gpkg"} & written


def test_all_gemeenten_are_counted_not_listed(made: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bayes_jeugdhulp.cli_report.MANY", 10)
    result = run(tmp_path / "fit.nc", "--all-gemeenten", "--out", tmp_path / "uit")
    assert f"{tmp_path / 'uit' / 'gemeenten'}: 15 files .pdf" in result.stdout.splitlines()
    assert not list((tmp_path / "uit").rglob("gemeente_GM*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--crosswalk", "{fit}"], "--crosswalk goes with --borders"),
        (["--region", "JZ01"], "--region goes with --borders"),
        (["--all-gemeenten", "--gemeente", "GM0001"], "--gemeente does not go with --all-gemeenten"),
        (["--gemeente", "GM9999"], "no gemeente 'GM9999' in this fit"),
        (["--borders", "{fit}", "--region", "JZ99"], "no jeugdzorgregio JZ99 in this fit; expected one of JZ01;"),
        (["--totals-rounded-to", "5"], "--totals-rounded-to and --totals-suppressed-below go with --totals"),
        (["--totals", "{fit}", "--totals-rounded-to", "0"], "rounded_to"),
    ],
)
def test_what_does_not_go_together_is_refused(made: Results, tmp_path: Path, options: list[str], message: str) -> None:
    result = run(tmp_path / "fit.nc", *(o.format(fit=tmp_path / "fit.nc") for o in options), "--out", tmp_path / "uit")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "uit").exists()


def test_what_an_earlier_report_left_does_not_stay_beside_a_new_one(made: Results, tmp_path: Path) -> None:
    out = tmp_path / "uit"
    given = ["--borders", tmp_path / "grenzen_2022.gpkg", "--gemeente", "GM0001"]
    assert run(tmp_path / "fit.nc", *given, "--out", out).exit_code == 0
    own = [out / "brief.docx", out / "gemeenten" / "notitie.txt", out / "figuren" / "eigen.png", tmp_path / "naast.txt"]
    for path in own:
        path.touch()
    described = json.loads((out / "metadata.json").read_text(encoding="utf-8"))
    assert set(described["report_files"]) >= {"jeugdhulp.gpkg", "figuren/prior.png", "gemeenten/GM0001.pdf"}
    described["report_files"].append("../naast.txt")  # what lies outside is never removed
    (out / "metadata.json").write_text(json.dumps(described), encoding="utf-8")
    assert run(tmp_path / "fit.nc", "--out", out).exit_code == 0
    assert all(path.exists() for path in own)
    stays = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path not in own}
    assert stays == set(json.loads((out / "metadata.json").read_text(encoding="utf-8"))["report_files"])
    assert not (out / "jeugdhulp.gpkg").exists()
    assert not any("kaart" in name or name.endswith((".gpkg", ".pdf")) for name in stays)


def test_totals_reach_the_results(made: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def make(*_: object, **given: object) -> Results:
        seen.update(given)
        return made

    monkeypatch.setattr(bayes_jeugdhulp, "make_results", make, False)
    codes = made.gemeenten["gemeentecode"]
    (tmp_path / "totalen.csv").write_text("gemeentecode,users\n" + "".join(f"{code},500\n" for code in codes))
    given = ["--totals", tmp_path / "totalen.csv", "--totals-rounded-to", "5"]
    result = run(tmp_path / "fit.nc", *given, "--out", tmp_path / "uit")
    assert result.exit_code == 0, result.output
    assert isinstance(seen["totals"], PublishedTotals)
    assert seen["totals"].policy.rounded_to == 5


def test_a_figure_that_tells_too_much_stops_everything(made: Results, tmp_path: Path) -> None:
    row = made.wijken.index[made.wijken["observed_state"] == "suppressed"][0]
    made.wijken.loc[row, "observed_pct"] = 3.0
    result = run(tmp_path / "fit.nc", "--borders", tmp_path / "grenzen_2022.gpkg", "--out", tmp_path / "uit")
    assert result.exit_code == 4
    assert made.wijken.loc[row, "wijkcode"] in result.stderr
    assert not (tmp_path / "uit").exists()
