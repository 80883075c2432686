"""Borders come out the same from every kind of file, and a wrong file says what is wrong with it."""

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.borders import read_borders, unmatched

CODES = ["WK000100", "WK000101", "WK0363MA"]
WIJKEN = gpd.GeoDataFrame(
    {"naam": ["A", "B", "C"], "Regio_code": CODES},
    geometry=[box(x, 450_000, x + 1000, 452_000) for x in (80_000, 81_000, 82_000)],
    crs="EPSG:28992",
)


def topojson(path: Path) -> None:
    """The same wijken as arcs in degrees; the format names no coordinate system."""
    degrees = WIJKEN.to_crs("EPSG:4326")
    shapes = [
        {"type": "Polygon", "arcs": [[i]], "properties": {"statcode": code}}
        for i, code in enumerate(WIJKEN["Regio_code"])
    ]
    arcs = [np.asarray(shape.exterior.coords).tolist() for shape in degrees.geometry]
    objects = {"wijken": {"type": "GeometryCollection", "geometries": shapes}}
    path.write_text(json.dumps({"type": "Topology", "arcs": arcs, "objects": objects}))


def write(path: Path) -> Path:
    if path.suffix == ".topojson":
        topojson(path)
    elif path.suffix == ".geojson":
        WIJKEN.to_crs("EPSG:4326").to_file(path)
    elif path.suffix == ".gpkg":  # as the CBS has it: gemeenten, wijken and buurten in one file
        WIJKEN.dissolve().assign(Regio_code="GM0001").to_file(path, layer="gemeenten")
        halves = [box(x, 450_000, x + 500, 452_000) for x in range(80_000, 83_000, 500)]
        buurten = gpd.GeoDataFrame({"wk_code": np.repeat(CODES, 2)}, geometry=halves, crs="EPSG:28992")
        buurten.to_file(path, layer="buurten")
        WIJKEN.to_file(path, layer="wijken")
    else:
        WIJKEN.to_file(path)
    return path


@pytest.mark.parametrize("name", ["a.geojson", "a.topojson", "a.gpkg", "a.shp", "a.shp.zip"])
def test_every_format_gives_the_same_borders(name: str, tmp_path: Path) -> None:
    borders = read_borders(write(tmp_path / name))
    assert borders.columns.tolist() == ["wijkcode", "geometry"]
    assert borders["wijkcode"].tolist() == CODES
    assert borders.crs.to_epsg() == 28992
    apart = borders.geometry.symmetric_difference(WIJKEN.geometry).area
    assert (apart < 0.002 * WIJKEN.area).all()  # degrees in a GeoJSON are rounded to centimetres


def test_rows_of_one_wijk_become_one_and_other_areas_are_left_out(tmp_path: Path) -> None:
    rows = [("WK000100", box(80_000, 450_000, 81_000, 451_000)), ("WK000100", box(81_000, 450_000, 82_000, 451_000))]
    rows += [("GM0001", box(80_000, 450_000, 82_000, 451_000)), ("BU00010000", box(80_000, 450_000, 80_500, 450_500))]
    file = tmp_path / "alles.gpkg"
    gpd.GeoDataFrame(rows, columns=["gwb_code_10", "geometry"], crs="EPSG:28992").to_file(file)
    borders = read_borders(file)
    assert borders["wijkcode"].tolist() == ["WK000100"]
    assert borders.area.tolist() == [pytest.approx(2e6)]
    assert borders.attrs["left_out"] == {"BU00010000": 1, "GM0001": 1}


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp"])
def test_codes_in_lower_case_count_and_rows_without_one_are_told(name: str, tmp_path: Path) -> None:
    file, codes = tmp_path / name, ["wk000100", "", None, " Wk0363ma "]
    boxes = [box(x, 450_000, x + 1000, 452_000) for x in range(80_000, 84_000, 1000)]
    gpd.GeoDataFrame({"wk": codes}, geometry=boxes, crs="EPSG:28992").to_file(file)
    borders = read_borders(file)
    assert borders["wijkcode"].tolist() == ["WK000100", "WK0363MA"]
    assert borders.attrs["left_out"] == {"": 2}


def test_an_invalid_ring_is_repaired(tmp_path: Path) -> None:
    bow_tie = Polygon([(80_000, 450_000), (81_000, 451_000), (81_000, 450_000), (80_000, 451_000)])
    file = tmp_path / "strik.gpkg"
    gpd.GeoDataFrame({"wk": ["WK000100"]}, geometry=[bow_tie], crs="EPSG:28992").to_file(file)
    borders = read_borders(file)
    assert borders.is_valid.all()
    assert borders.area.tolist() == [pytest.approx(5e5)]


def test_geojson_with_metres_but_no_system_is_placed_by_its_coordinates(tmp_path: Path) -> None:
    file = tmp_path / "rd.geojson"
    WIJKEN.set_crs("EPSG:4326", allow_override=True).to_file(file)
    assert read_borders(file).area.tolist() == pytest.approx([2e6] * 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Regio_code": ["100", "101", "102"]}, r"no column holds wijk codes; expected .*WK051801"),
        ({"wk_2022": CODES[::-1]}, "columns Regio_code, wk_2022 hold different wijk codes"),
        ({"geometry": WIJKEN.translate(0, 3e6)}, "the Netherlands in degrees"),
        ({"geometry": [None, *WIJKEN.geometry[1:]]}, "WK000100 has no area"),
    ],
    ids=["no codes", "two columns", "elsewhere", "no area"],
)
def test_wrong_borders_say_what_is_wrong(change: dict[str, object], message: str, tmp_path: Path) -> None:
    file = tmp_path / "grenzen.geojson"
    WIJKEN.assign(**change).set_crs("EPSG:4326", allow_override=True).to_file(file)
    with pytest.raises(DataError, match=rf"^grenzen\.geojson: .*{message}"):
        read_borders(file)


def test_a_file_that_is_no_map_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_borders(tmp_path / "weg.gpkg")
    for name, content in (("kapot.gpkg", "geen kaart"), ("tabel.csv", "wijkcode\nWK000100\n")):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataError, match=f"^{name}: .*GeoPackage"):
            read_borders(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "extra", "year"),
    [
        ("wijken.gpkg", {}, None),
        ("wijken_2022_v3.gpkg", {}, 2022),
        ("van_2017_naar_2022.gpkg", {}, None),
        ("wijken_2022.gpkg", {"Jaar": [2019] * 3}, 2019),
        ("wijken_2022.gpkg", {"jaar": [2019, 2020, 2020]}, 2022),
        ("WK120220.gpkg", {}, None),
    ],
)
def test_the_year_stands_in_a_column_or_in_the_name(
    name: str, extra: dict[str, list[int]], year: int | None, tmp_path: Path
) -> None:
    WIJKEN.assign(**extra).to_file(tmp_path / name)
    borders = read_borders(tmp_path / name)
    assert borders.attrs == {"year": year, "names": dict(zip(CODES, "ABC", strict=True)), "water": [], "left_out": {}}


CBS = WIJKEN.set_axis(["WK_NAAM", "WK_CODE", "geometry"], axis=1).assign(H2O="NEE", AANT_INW=-99999999)


def zipped(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"WijkBuurtkaart/{file.relative_to(folder)}")
    return path


def test_a_download_of_the_cbs_is_read_as_it_is_zipped(tmp_path: Path) -> None:
    """Shapefiles of gemeenten, wijken and buurten in a folder of a zip, water in rows of its own."""
    folder = tmp_path / "uit"
    folder.mkdir()
    water = CBS.tail(2).assign(WK_CODE=["WK0363MA", "WK000199"], WK_NAAM="-99999999", H2O="JA")
    pd.concat([CBS, water.set_geometry(water.translate(0, 5000))]).to_file(folder / "wijk_2019_v3.shp")
    CBS.dissolve().assign(GM_CODE="GM0001").drop(columns=["WK_CODE"]).to_file(folder / "gem_2019_v3.shp")
    pd.concat([CBS, CBS.assign(BU_CODE="BU00010001")]).to_file(folder / "buurt_2019_v3.shp")
    (folder / "leesmij.txt").write_text("Bron: CBS")
    borders = read_borders(zipped(tmp_path / "wijkbuurtkaart_2019.zip", folder))
    assert borders["wijkcode"].tolist() == CODES
    assert borders.area.tolist() == pytest.approx([2e6] * 3)
    assert borders.attrs == {
        "year": 2019,
        "names": dict(zip(CODES, "ABC", strict=True)),
        "water": ["WK000199"],
        "left_out": {},
    }
    kept = read_borders(tmp_path / "wijkbuurtkaart_2019.zip", water="keep")
    assert kept["wijkcode"].tolist() == sorted([*CODES, "WK000199"])
    assert kept.area.tolist()[-1] == pytest.approx(4e6)


def test_points_are_no_borders_and_layers_of_several_years_are_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "gebiedsindelingen.gpkg"
    WIJKEN.set_geometry(WIJKEN.representative_point()).to_file(file, layer="wijk_labelpoint")
    for layer in ("wijk_2021", "wijk_2021_fijn"):
        WIJKEN.head(2).to_file(file, layer=layer)
    assert len(read_borders(file)) == 2  # two levels of detail of the same wijken
    WIJKEN.to_file(file, layer="wijk_2022")
    with pytest.raises(DataError, match="layers wijk_2021, wijk_2021_fijn, wijk_2022 hold different wijken"):
        read_borders(file)
    assert len(read_borders(file, layer="wijk_2022")) == 3
    with pytest.raises(DataError, match="there is no layer 'wijk_2023', only wijk_2021"):
        read_borders(file, layer="wijk_2023")


def test_a_zip_cut_short_and_a_file_with_nothing_but_water_say_so(tmp_path: Path) -> None:
    (tmp_path / "half.zip").write_bytes(b"PK half")
    with pytest.raises(DataError, match=r"^half\.zip: this is no zip file"):
        read_borders(tmp_path / "half.zip")
    CBS.assign(H2O="JA").to_file(tmp_path / "zee.gpkg")
    with pytest.raises(DataError, match="every wijk in this file is water"):
        read_borders(tmp_path / "zee.gpkg")


def test_borders_of_other_wijken_are_refused() -> None:
    borders = WIJKEN.rename(columns={"Regio_code": "wijkcode"})
    with pytest.raises(DataError, match="not one of the 1 wijken has a border"):
        unmatched(borders, WIJKEN["naam"].head(1))


def test_the_wijken_of_2022(data_folder: Path) -> None:
    borders = read_borders(data_folder / "geo" / "nl_wijken_2022.topojson")
    assert borders["wijkcode"].is_unique
    assert len(borders) == 3340
    assert borders.is_valid.all()
    assert 33.5e9 < borders.area.sum() < 37.4e9  # land of the Netherlands, and that with its lakes; square metres
