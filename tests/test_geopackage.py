"""The GeoPackage holds the figures of the CSV, and a style that QGIS can read and that names its columns."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pytest
from fake_results import FAILED, FAILED_SAID
from report_results import report_results
from shapely import box

from bayes_jeugdhulp.errors import DisclosureError
from bayes_jeugdhulp.report.geopackage import map_class, write_geopackage
from bayes_jeugdhulp.report.maps import PALETTE
from bayes_jeugdhulp.report.texts import TEXTS
from bayes_jeugdhulp.results import Results, write_results


def squares(results: Results, skip: int = 0) -> gpd.GeoDataFrame:
    codes = results.wijken["wijkcode"].iloc[skip:].reset_index(drop=True)
    shapes = [box(80_000 + 1000 * i, 450_000, 81_000 + 1000 * i, 451_000) for i in range(len(codes))]
    return gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes, crs="EPSG:28992")


def styles(path: Path) -> dict[str, ElementTree.Element]:
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles")
        found = {name: (column, ElementTree.fromstring(qml), default) for name, column, qml, default in rows}
    assert {(column, default) for column, _, default in found.values()} == {("geom", 1)}
    return {name: root for name, (_, root, _) in found.items()}


def test_layers_hold_the_figures_of_the_csv(tmp_path: Path) -> None:
    results = report_results()
    write_results(results, tmp_path)
    path = write_geopackage(results, tmp_path / "a.gpkg", squares(results, skip=3))
    for name, extra in (
        ("wijken", ["sentence", "map_class", "border_confirmed"]),
        ("gemeenten", ["sentence", "wijken_drawn", "wijken_confirmed"]),
    ):
        layer = gpd.read_file(path, layer=name)
        csv = pd.read_csv(tmp_path / f"{name}.csv", keep_default_na=False, na_values=[""])
        texts = [column for column in csv if not pd.api.types.is_numeric_dtype(layer[column])]
        csv[texts] = csv[texts].astype(object).fillna("")  # an empty text and no text are one in a CSV
        found = pd.DataFrame(layer.drop(columns=["geometry", *extra]))
        found[texts] = found[texts].astype(object).fillna("")
        pd.testing.assert_frame_equal(found, csv, check_dtype=False, check_exact=True)
        assert layer.crs.to_epsg() == 28992
    gemeenten = gpd.read_file(path, layer="gemeenten")
    assert gemeenten["wijken_drawn"].tolist() == [5] + [8] * 14
    assert gemeenten["wijken_confirmed"].tolist() == [5] + [8] * 14
    wijken = gpd.read_file(path, layer="wijken")
    assert wijken.geometry.isna().sum() == 3  # a wijk without a border keeps its row
    assert wijken["border_confirmed"].sum() == len(wijken) - 3
    assert wijken.area.dropna().tolist() == [1e6] * (len(wijken) - 3)


@pytest.mark.parametrize("language", TEXTS)
def test_the_style_draws_every_class_with_columns_that_exist(language: str, tmp_path: Path) -> None:
    results = report_results()
    path = write_geopackage(results, tmp_path / "a.gpkg", squares(results), language)
    roots, wijken = styles(path), gpd.read_file(path, layer="wijken")
    renderer = roots["wijken"].find("renderer-v2")
    assert renderer is not None
    assert renderer.attrib["attr"] == "map_class"
    categories, symbols = renderer.findall("categories/category"), renderer.findall("symbols/symbol")
    assert [c.attrib["symbol"] for c in categories] == [s.attrib["name"] for s in symbols]
    assert {c.attrib["value"] for c in categories} == {*PALETTE, "afgeschermd", "geen gegevens"}
    assert set(wijken["map_class"]) <= {c.attrib["value"] for c in categories}
    expressions = [o.attrib["value"] for o in roots["wijken"].iter("Option") if o.attrib.get("name") == "expression"]
    assert {column for text in expressions for column in re.findall(r'"(\w+)"', text)} <= set(wijken.columns)
    colours = [o.attrib["value"] for o in roots["wijken"].iter("Option") if o.attrib.get("name") == "color"]
    assert all(re.fullmatch(r"\d{1,3},\d{1,3},\d{1,3},255", colour) for colour in colours)
    assert roots["gemeenten"].find("renderer-v2/symbols/symbol/layer") is not None


def test_classes_tell_suppressed_missing_and_uncertain_apart() -> None:
    results = report_results()
    classes = map_class(results.wijken)
    for state, name in (("suppressed", "afgeschermd"), ("missing", "geen gegevens")):
        assert set(classes[results.wijken["observed_state"] == state]) == {name}
    assert not {"afgeschermd", "geen gegevens"} & set(classes[results.wijken["observed_state"] == "published"])


def test_what_the_layer_is_stands_in_its_description(tmp_path: Path) -> None:
    results = report_results(**FAILED)
    path = write_geopackage(results, tmp_path / "a.gpkg", squares(results, skip=3))
    with closing(sqlite3.connect(path)) as database:
        (said,) = database.execute("SELECT description FROM gpkg_contents WHERE table_name = 'wijken'").fetchone()
    for part in ("GESIMULEERDE GEGEVENS", FAILED_SAID, "3 van de 120 wijken hebben geen grens", "beleid"):
        assert part in said


def test_nothing_is_written_that_gives_a_suppressed_count_away(tmp_path: Path) -> None:
    results = report_results()
    results.wijken.loc[results.wijken["observed_state"] == "suppressed", "observed_pct"] = 3.0
    with pytest.raises(DisclosureError, match="WK"):
        write_geopackage(results, tmp_path / "a.gpkg", squares(results))
    assert list(tmp_path.iterdir()) == []
