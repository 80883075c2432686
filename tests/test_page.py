"""The page as a file: what it holds, what it keeps to itself, and borders small enough for it."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from report_results import report_results
from shapely import box

from bayes_jeugdhulp.errors import DataError, DisclosureError
from bayes_jeugdhulp.report.page import write_page
from bayes_jeugdhulp.report.page_borders import pack, pack_borders, topology, varints
from bayes_jeugdhulp.report.page_data import page_data, tenths
from bayes_jeugdhulp.report.sentences import gemeente_sentences, wijk_sentences
from bayes_jeugdhulp.report.texts import TEXTS, Texts
from bayes_jeugdhulp.results import FlagRule, Results
from bayes_jeugdhulp.results.writing import select_gemeenten

ROOT = Path(__file__).parents[1]
RULE = asdict(FlagRule())


@pytest.fixture(scope="module")
def invented() -> Results:
    return report_results(120, rule=RULE)


def squares(results: Results, side: float = 1000) -> gpd.GeoDataFrame:
    """A square for every wijk, a row of squares for every gemeente."""
    codes = results.wijken["wijkcode"]
    shapes = [box(x, -y, x + side, side - y) for x, y in ((side * int(c[6:]), side * int(c[2:6])) for c in codes)]
    borders = gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes, crs="EPSG:28992")
    borders.attrs = {"year": results.metadata["year"]}
    return borders


def data_of(page: Path) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_every_number_of_a_sentence_comes_back_in_its_place(invented: Results) -> None:
    data = page_data(invented)
    packs = {
        "within_gemeente": (data["references"]["within_gemeente"]["sentence"], wijk_sentences(invented)),
        "national": (data["references"]["national"]["sentence"], wijk_sentences(invented, "national")),
        "gemeenten": (data["gemeenten"]["sentence"], gemeente_sentences(invented)),
    }
    for packed, sentences in packs.values():
        for (kind, *numbers), sentence in zip(packed["said"], sentences, strict=True):
            parts = packed["kinds"][kind].split("{}")
            assert "".join(a + b for a, b in zip(parts, [*numbers, ""], strict=True)) == sentence


def test_figures_are_those_of_the_tables_to_one_decimal_and_no_more(invented: Results) -> None:
    data, wijken = page_data(invented), invented.wijken
    hidden = (wijken["observed_state"] != "published").to_numpy()
    assert [figure is None for figure in data["wijken"]["observed"]] == hidden.tolist()
    against = data["references"]["national"]
    for column in ("expected_pct", "difference_low", "predictive_high", "gap_points"):
        table = wijken[f"{column}_national"].to_numpy(float)
        page = np.array([np.nan if value is None else value for value in against[column]], float) / 10
        np.testing.assert_array_equal(np.isnan(page), np.isnan(table))
        assert np.nanmax(np.abs(page - table)) <= 0.05 + 1e-9
    told = wijken["status_reason_national"].isin(["", "onzeker"]).to_numpy()
    assert [chance is not None for chance in against["prob_higher"]] == told.tolist(), "no chance beside another reason"
    page = np.array(against["prob_higher"])[told].astype(float)
    cut = 100 * wijken.loc[told, "prob_higher_national"].to_numpy() - page
    assert cut[page < 100].min() > -1e-9  # 100 stands for more than 99.9
    assert cut.max() < 1


@given(st.decimals(-99, 99, places=3))
def test_page_and_sentences_round_a_number_alike_halves_away_from_zero(exact: Decimal) -> None:
    value = float(exact)
    tenth = tenths(pd.Series([value]))[0]
    assert tenth == int((10 * exact).quantize(Decimal(1), "ROUND_HALF_UP"))
    assert Texts("en").number(value, 1).replace("\N{MINUS SIGN}", "-") == f"{tenth / 10:.1f}"


def test_use_of_all_is_an_estimate_where_not_everything_is_known(invented: Results, tmp_path: Path) -> None:
    def said(results: Results) -> str:
        found = re.search(r'<p id="actual">(.*?)</p>', write_page(results, tmp_path / "page.html").read_text())
        assert found
        return found[1]

    assert "naar schatting" in said(invented)
    assert f"{int(invented.regios.iloc[-1]['youths']):,}".replace(",", ".") not in said(invented)
    whole = report_results(120, every_reason=False)
    known = whole.wijken.assign(youths_quality="given", observed_state="published")
    known["observed_pct"] = known["observed_pct"].fillna(5.0)
    assert "naar schatting" not in said(replace(whole, wijken=known))


def test_the_page_says_what_the_results_say(invented: Results) -> None:
    against = page_data(invented)["references"]["within_gemeente"]
    status = invented.wijken["status_within_gemeente"]
    counts = {name: int((status == name).sum()) for name in against["counts"]}
    assert against["counts"] == counts
    numbers = set(re.findall(r"\d+", against["finding"] + against["rest"]))
    assert {str(n) for n in [*counts.values(), len(status)] if n > 1} <= numbers


def test_ranks_of_some_gemeenten_stay_those_of_the_whole_fit(invented: Results) -> None:
    groups = [{"level": "wijken", "reference": "national", "groups": 7}]
    whole = replace(invented, metadata=invented.metadata | {"rank_groups": groups})
    some = page_data(select_gemeenten(whole, ["GM0003"]))
    assert len(some["wijken"]["code"]) == 8
    assert some["ranked"] == 120
    assert some["references"]["national"]["groups"] == 7
    assert sum(some["references"]["national"]["counts"].values()) == 8


def test_nothing_is_written_when_a_suppressed_figure_would_show(invented: Results, tmp_path: Path) -> None:
    wijken = invented.wijken.copy()
    row = wijken.index[wijken["observed_state"] == "suppressed"][0]
    wijken.loc[row, "observed_pct"] = 3.2
    with pytest.raises(DisclosureError, match=wijken.loc[row, "wijkcode"]):
        write_page(replace(invented, wijken=wijken), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_place_of_the_page_has_its_text(invented: Results, tmp_path: Path, language: str) -> None:
    page = write_page(invented, tmp_path / "page.html", borders=squares(invented), language=language).read_text()
    assert "{{" not in page.split("<style>")[0] + page.split("</style>")[1].split('id="data">')[0]
    assert f'<html lang="{language}">' in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    assert "unsafe" not in policy[1]
    assert re.findall(r'\b(?:src|href)="(?!#)[^"]*"', page) == []


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    dutch, english = ({k: places(v) for k, v in TEXTS[lang].items() if k.startswith("page_")} for lang in TEXTS)
    assert dutch == english


def test_every_text_that_the_page_asks_for_is_there_and_none_is_left_over() -> None:
    sources = [path.read_text() for path in sorted((ROOT / "web/src").glob("*.*"))]
    modules = [ROOT / f"bayes_jeugdhulp/report/{name}.py" for name in ("page", "page_data")]
    program = "\n".join([*sources, *(path.read_text() for path in modules)])
    keys = {key.removeprefix("page_") for key in TEXTS["nl"] if key.startswith("page_")}
    asked = set(re.findall(r'\bt\("([^"]+)"', program)) | set(re.findall(r"\{\{(\w+)\}\}", program))
    made = {
        "tab_title",
        "style",
        "script",
        "style_hash",
        "script_hash",
        "data",
        "warning",
        "chance_over",
        "source_title",
        "description",
    }
    assert asked - keys - made - {"simulated", "actual_whole", "unmatched", "hoger", "lager", "als verwacht"} == {
        "geen uitspraak"
    }
    begun = set(re.findall(r"`(\w+_)\$\{", program)) | set(re.findall(r"page_(\w+_)\{", program))
    begun |= {f"{key}_" for key in re.findall(r'(?:plural|count)\("(?:page_)?(\w+)"', program)}
    ends = tuple(re.findall(r"`\$\{[\w.]+\}(_\w+)`", program))
    named = set(re.findall(r"[\"'](?:page_)?([\w ]+)(?=[\"'])", program)) | set(re.findall(r"\{\{(\w+)\}\}", program))
    spare = [key for key in keys - named if not key.startswith(tuple(begun)) and not key.endswith(ends)]
    assert spare == []


def test_the_program_in_the_package_is_built_from_its_sources() -> None:
    sources = [*sorted((ROOT / "web/src").iterdir()), ROOT / "web/package-lock.json"]
    mark = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    built = ROOT / "bayes_jeugdhulp/report/page_files"
    assert f"built from {mark}" in (built / "page.js").read_text()[:100], "run npm run build in web/"
    assert (built / "page.html").read_bytes() == (ROOT / "web/src/page.html").read_bytes()


def test_the_lock_names_no_address() -> None:
    lock = (ROOT / "web/package-lock.json").read_text()
    assert re.findall(r"https?://(?!github\.com/sponsors|opencollective)[^\"]+\.tgz", lock) == []
    assert '"resolved"' not in lock


def test_borders_around_the_figures_stay_and_those_of_another_year_are_told_of(tmp_path: Path) -> None:
    real = report_results(120, rule=RULE, simulated=False)
    borders = squares(real)
    beside, far = box(8000, -2000, 8500, -1000), box(90_000, 0, 91_000, 1000)
    more = gpd.GeoDataFrame({"wijkcode": ["WK777700", "WK888800"]}, geometry=[beside, far], crs=borders.crs)
    other = gpd.GeoDataFrame(pd.concat([borders.iloc[1:], more], ignore_index=True), crs=borders.crs)
    names = real.wijken.set_index("wijkcode")["wijknaam"].to_dict() | {"WK000101": "Een andere wijk"}
    other.attrs = {"year": 2022, "names": names}
    page = write_page(real, tmp_path / "page.html", borders=other)
    packed = data_of(page)["borders"]
    assert set(packed["codes"]) == set(borders["wijkcode"][1:]) | {"WK777700"}
    assert packed["unconfirmed"] == ["WK000101"]
    notes = re.search(r'id="unmatched"[^>]*>([^<]+)<', page.read_text())
    assert notes
    assert "2022" in notes[1]
    assert "2017" in notes[1]


def test_borders_of_somewhere_else_are_refused(invented: Results, tmp_path: Path) -> None:
    elsewhere = gpd.GeoDataFrame({"wijkcode": ["WK999900"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:28992")
    with pytest.raises(DataError, match="not one"):
        write_page(invented, tmp_path / "page.html", borders=elsewhere)


def read_varints(content: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1))
def test_numbers_come_back_from_their_bytes(numbers: list[int]) -> None:
    assert list(read_varints(varints(np.array(numbers)))) == numbers


@given(st.integers(2, 6), st.integers(2, 6), st.integers(2, 9), st.randoms(use_true_random=False))
def test_another_reader_finds_the_polygons_that_went_in(
    tmp_path_factory: pytest.TempPathFactory, columns: int, rows: int, parts: int, random: Any
) -> None:
    """A plane of cells dealt out over some shapes: islands, holes and corners that touch; read back by GDAL."""
    cells = [box(3 * x, 3 * y, 3 * x + 3, 3 * y + 3) for x in range(columns) for y in range(rows)]
    dealt = np.array([random.randrange(parts) for _ in cells])
    shapes = [shapely.union_all([c for c, d in zip(cells, dealt, strict=True) if d == part]) for part in set(dealt)]
    rings = [
        [
            [shapely.get_coordinates(ring)[:-1].astype(int) for ring in (polygon.exterior, *polygon.interiors)]
            for polygon in shapely.get_parts(shape)
        ]
        for shape in shapes
    ]
    arcs, numbered = topology(rings)
    whole = {
        "type": "Topology",
        "arcs": [arc.tolist() for arc in arcs],
        "objects": {
            "shapes": {
                "type": "GeometryCollection",
                "geometries": [{"type": "MultiPolygon", "arcs": polygons} for polygons in numbered],
            }
        },
    }
    path = tmp_path_factory.mktemp("borders") / "shapes.topojson"
    path.write_text(json.dumps(whole))
    for read, shape in zip(gpd.read_file(path).geometry, shapes, strict=True):
        assert read.equals(shape)
    pieces = [frozenset(pair) for arc in arcs for pair in zip(map(tuple, arc[:-1]), map(tuple, arc[1:]), strict=True)]
    assert len(pieces) == len(set(pieces)), "an edge that two shapes share is kept once"
    assert next(read_varints(pack(arcs, numbered))) == len(arcs)


def test_borders_of_the_country_fit_the_page_and_keep_their_neighbours(data_folder: Path) -> None:
    from bayes_jeugdhulp.sources.borders import read_borders

    borders = read_borders(data_folder / "geo" / "nl_wijken_2022.topojson")
    packed = pack_borders(borders)
    degrees = pack_borders(borders.to_crs("EPSG:4326"))
    assert degrees["extent"] == pytest.approx(packed["extent"], abs=1)
    assert packed["codes"] == list(borders["wijkcode"])
    assert sum(len(level["packed"]) for level in packed["levels"].values()) < 700_000
    for name, smallest in (("fine", 0.995), ("coarse", 0.95)):
        shapes = unpacked(packed, name)
        true = borders.geometry.area.to_numpy()
        # Each wijk keeps its place; together they still tile the land, neither overlapping nor leaving gaps.
        assert np.median(shapely.area(shapely.intersection(shapes, borders.geometry.to_numpy())) / true) > smallest
        assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=2e-4)


def unpacked(packed: dict[str, Any], name: str) -> np.ndarray:
    """Polygons of one level, decoded as its documentation says, in RD."""
    import base64

    level = packed["levels"][name]
    numbers = read_varints(base64.b64decode(level["packed"]))
    west, _, _, north = packed["extent"]
    at = np.zeros(2, int)
    arcs = []
    for _ in range(next(numbers)):
        points = []
        for _ in range(next(numbers)):
            at += [next(numbers), next(numbers)]
            points.append(at.copy())
        arcs.append(np.array(points) * level["step"] * (1, -1) + (west, north))

    def ring() -> np.ndarray:
        found = [next(numbers) for _ in range(next(numbers))]
        return np.vstack([arcs[i] if i >= 0 else arcs[~i][::-1] for i in found])

    shapes = []
    for _ in packed["codes"]:
        polygons = [[ring() for _ in range(next(numbers))] for _ in range(next(numbers))]
        shapes.append(shapely.MultiPolygon([shapely.Polygon(p[0], p[1:]) for p in polygons]))
    return shapely.make_valid(np.array(shapes))
