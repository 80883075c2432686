"""Borders of another year: what a crosswalk or a name confirms is drawn, the rest is marked and counted."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.report.border_years import lay_borders
from bayes_jeugdhulp.report.sentences import border_sentences
from bayes_jeugdhulp.sources.borders import read_borders

WIJKEN = pd.DataFrame(
    {
        "wijkcode": ["WK000100", "WK000101", "WK000102", "WK000103", "WK000104"],
        "wijknaam": ["Wijk 00 Oude Dorp", "Kern", "Polder", "Noord", "Zuid"],
    }
)


def borders(year: int | None = 2022, **names: str) -> gpd.GeoDataFrame:
    codes = ["WK000100", "WK000101", "WK000102", "WK000109", "WK000110"]
    frame = gpd.GeoDataFrame({"wijkcode": codes}, geometry=[box(i, 0, i + 1, 1) for i in range(5)], crs="EPSG:28992")
    frame.attrs = {"year": year, "names": {"WK000100": "oude-dorp", "WK000101": "Haven"} | names}
    return frame


def centre(laid: gpd.GeoDataFrame, code: str) -> float:
    return float(laid.set_index("wijkcode").geometry.centroid.x[code])


def write(path: Path, rows: str) -> Path:
    path.write_text(rows)
    return path


def test_in_the_same_year_the_code_is_enough() -> None:
    laid = lay_borders(borders(2017), WIJKEN, 2017)
    assert laid["confirmed"].all()
    assert laid.attrs["without_border"] == ["WK000103", "WK000104"]
    assert laid.attrs["without_figures"] == ["WK000109", "WK000110"]
    assert lay_borders(borders(2022), WIJKEN)["confirmed"].all()  # figures without a year, such as simulated ones
    assert lay_borders(borders(None), WIJKEN, 2017, borders_year=2017)["confirmed"].all()


@pytest.mark.parametrize("year", [2022, None])
def test_in_another_year_the_name_must_be_equal_too(year: int | None) -> None:
    laid = lay_borders(borders(year), WIJKEN, 2017)
    assert laid.attrs["unconfirmed"] == ["WK000101", "WK000102"]
    assert laid.set_index("wijkcode")["confirmed"].to_dict()["WK000109"]


@pytest.mark.parametrize("columns", ["oud,nieuw", "nieuw,oud"])
def test_a_crosswalk_says_which_wijk_became_which(columns: str, tmp_path: Path) -> None:
    pairs = ["WK000100,WK000109", "WK000101,WK000101", "WK000101,WK000110", "WK000103,"]
    rows = [columns, *(",".join(pair.split(",")[:: 1 if columns == "oud,nieuw" else -1]) for pair in pairs)]
    laid = lay_borders(borders(), WIJKEN, 2017, crosswalk=write(tmp_path / "a.csv", "\n".join(rows)))
    assert centre(laid, "WK000100") == 3.5  # the border of its successor
    assert centre(laid, "WK000101") == 3.0  # of both its parts
    assert laid.attrs["unconfirmed"] == ["WK000102"]  # the crosswalk does not tell: drawn on its code alone
    assert laid.attrs["without_border"] == ["WK000103", "WK000104"]
    assert laid.attrs["without_figures"] == ["WK000100*"]  # what has that code by now is another area


def test_wijken_that_became_one_have_no_border_of_their_own(tmp_path: Path) -> None:
    rows = "a,b\nWK000100,WK000109\nWK000101,WK000109\nWK000102,WK000102"
    laid = lay_borders(borders(), WIJKEN, 2017, crosswalk=write(tmp_path / "a.csv", rows))
    assert laid.attrs["merged"] == ["WK000100", "WK000101"]
    assert laid.attrs["without_border"] == ["WK000100", "WK000101", "WK000103", "WK000104"]


def test_a_wijk_that_went_elsewhere_is_not_drawn_where_its_old_code_lies_now(tmp_path: Path) -> None:
    rows = "a,b\nWK000100,WK999900\nWK000101,WK000101"
    laid = lay_borders(borders(), WIJKEN, 2017, crosswalk=write(tmp_path / "a.csv", rows))
    assert "WK000100" in laid.attrs["without_border"]
    assert "WK000100*" in laid["wijkcode"].tolist()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,b\nWK000100,x", "1 columns hold codes"),
        ("a,b\nWK999900,WK999901", "no row has a wijk of the figures"),
    ],
)
def test_a_crosswalk_that_fits_nothing_is_refused(rows: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"^a\.csv: {message}.*expected two columns of wijk codes"):
        lay_borders(borders(), WIJKEN, 2017, crosswalk=write(tmp_path / "a.csv", rows))


def test_the_map_says_what_is_not_sure() -> None:
    assert border_sentences(lay_borders(borders(2017), WIJKEN.head(3), 2017)) == (
        "2 grenzen hebben geen cijfers.",
        "Bron van de grenzen: niet opgegeven.",
    )
    said = border_sentences(lay_borders(borders(), WIJKEN, 2017))
    assert said == (
        "De grenzen zijn van 2022, de cijfers van 2017.",
        "Van 2 wijken is niet bevestigd dat de grens nog dezelfde is; zij zijn gearceerd.",
        "2 van de 5 wijken hebben geen grens op deze kaart.",
        "2 grenzen hebben geen cijfers.",
        "Bron van de grenzen: niet opgegeven.",
    )
    assert border_sentences(lay_borders(borders(None), WIJKEN, 2017))[0] == (
        "Van welk jaar de grenzen zijn, is niet bekend; de cijfers zijn van 2017."
    )


def test_the_wijken_of_2017_on_the_borders_of_2022(data_folder: Path) -> None:
    crosswalk = pd.read_csv(data_folder / "geo" / "crosswalk_2017_2022.csv", dtype=str)
    file = data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods"
    sheet = pd.read_excel(file, sheet_name="wijk", engine="calamine")
    names = sheet.set_index(sheet.columns[0])
    code = [f"WK{int(number):06d}" for number in names.index]
    name = next(column for column in names if "naam" in column.lower() and "w" in column.lower()[:2])
    wijken = pd.DataFrame({"wijkcode": code, "wijknaam": names[name].to_numpy()})
    read = read_borders(data_folder / "geo" / "nl_wijken_2022.topojson")
    assert read.attrs["year"] == 2022
    by_name = lay_borders(read, wijken, 2017)
    known = crosswalk.dropna().set_index("wijkcode_2017")["wijkcode_2022"]
    drawn = by_name[by_name["confirmed"] & by_name["wijkcode"].isin(wijken["wijkcode"])]["wijkcode"]
    assert len(drawn) == 2343
    assert (known[drawn] == drawn.to_numpy()).all()  # an equal code and name is never another area
    walked = lay_borders(read, wijken, 2017, crosswalk=data_folder / "geo" / "crosswalk_2017_2022.csv")
    assert len(wijken) - len(walked.attrs["without_border"]) == 2790
    assert len(walked.attrs["unconfirmed"]) == 38
