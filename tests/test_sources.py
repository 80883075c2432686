"""Outside data to areas, from real files on disk: what is read, and every refusal with its file, row and column."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from spreadsheets import write_ods

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.scp import read_scp, read_scp_expected
from bayes_jeugdhulp.sources.table import read_table

SCP = CountsPolicy(suppressed_below=10)

Rows = list[list[Any]]


def changed(rows: Rows, cells: dict[tuple[int, str], Any]) -> Rows:
    """Replace cells, named by row of the file and column; column "" is the whole row, None drops it."""
    header, rows = rows[0], [list(row) for row in rows]
    for (row, column), value in cells.items():
        if column:
            rows[row - 1][header.index(column)] = value
        else:
            rows[row - 1] = value
    return [row for row in rows if row is not None]


def problems_of(read: Any, *args: Any, **options: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(*args, **options)
    return str(caught.value).splitlines()


# --- a user's own table -------------------------------------------------------------------------------------------

TABLE: Rows = [
    ["wijkcode", "wijknaam", "gemeentecode", "gemeentenaam", "youths", "users", "woz", "bijstand"],
    ["WK051802", "Twee", "GM0518", "Den Haag", "1500", "150", "231,5", "<1,2"],
    ["WK051801", "Een", "GM0518", "Den Haag", "400", "Geheim", "198", "3,4"],
    ["WK063700", "Nul", "GM0637", "Zoetermeer", "60", "", ".", "0,5"],
]


def table(folder: Path, cells: dict[tuple[int, str], Any] | None = None, separator: str = ";") -> Path:
    path = folder / "mijn.csv"
    path.write_text("\n".join(separator.join(map(str, row)) for row in changed(TABLE, cells or {})))
    return path


def same(one: Areas, other: Areas) -> None:
    for part in ("wijken", "kenmerken", "kenmerken_upper"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(other, part))


def test_a_table_is_read_as_documented(tmp_path: Path) -> None:
    areas = read_table(table(tmp_path), SCP, title="Proef", year=2024, simulated=True)
    assert (areas.title, areas.year, areas.simulated, areas.policy) == ("Proef", 2024, True, SCP)
    wijken = areas.wijken
    assert wijken["observed_state"].to_dict() == {
        "WK051801": "suppressed", "WK051802": "published", "WK063700": "missing"}  # fmt: skip
    assert wijken[["users_low", "users_high"]].to_numpy().tolist() == [[0, 9], [150, 150], [0, 60]]
    assert areas.kenmerken["woz"].dropna().to_dict() == {"WK051801": 198.0, "WK051802": 231.5}
    assert areas.kenmerken["bijstand"].dropna().to_dict() == {"WK051801": 3.4, "WK063700": 0.5}
    assert areas.kenmerken_upper.stack().dropna().to_dict() == {("WK051802", "bijstand"): 1.2}


def test_the_page_on_the_layout_shows_a_table_that_can_be_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "data-layout.md"
    path = tmp_path / "mijn.csv"
    path.write_text(page.read_text("utf-8").split("```")[1].strip())
    areas = read_table(path, SCP)
    assert areas.wijken["observed_state"].tolist() == ["published", "suppressed", "missing"]
    assert areas.kenmerken.isna().to_numpy().tolist() == [[False, False], [False, True], [True, False]]
    assert areas.kenmerken_upper.loc["WK990102", "bijstand"] == 1.2


def test_formats_give_the_same(tmp_path: Path) -> None:
    csv = read_table(table(tmp_path), SCP)
    numbers = changed(TABLE, {(2, "woz"): 231.5, (3, "woz"): 198, (2, "youths"): 1500, (3, "youths"): 400})
    ods = write_ods(tmp_path / "mijn.ods", {"blad": numbers})
    same(csv, read_table(ods, SCP))
    frame = pd.DataFrame(TABLE[1:], columns=TABLE[0]).assign(woz=[231.5, 198, None], youths=[1500, 400, 60])
    frame.set_index("wijkcode").to_parquet(tmp_path / "mijn.parquet")
    same(csv, read_table(tmp_path / "mijn.parquet", SCP))


def test_bounds_and_zero(tmp_path: Path) -> None:
    zero = read_table(table(tmp_path, {(3, "users"): 0}), CountsPolicy())
    assert zero.wijken.loc["WK051801", ["observed_state", "observed_pct", "users_high"]].tolist() == ["published", 0, 0]
    bounds: Rows = [
        ["wijkcode", "gemeentecode", "youths", "users_low", "users_high", "observed_state"],
        ["WK000100", "GM0001", 400, 38, 42, "published"],
        ["WK000101", "GM0001", 100, 1, 4, "suppressed"],
        ["WK000102", "GM0001", 100, None, None, "missing"],
    ]
    wijken = read_table(write_ods(tmp_path / "b.ods", {"blad": bounds}), SCP).wijken
    assert wijken[["users_low", "users_high"]].to_numpy().tolist() == [[38, 42], [1, 4], [0, 100]]
    assert wijken["observed_pct"].dropna().to_dict() == {"WK000100": 10.0}


def test_a_dot_says_what_it_is_said_to_say(tmp_path: Path) -> None:
    path = table(tmp_path, {(2, "users"): " . ", (3, "users"): "-"})
    dot, dash = problems_of(read_table, path, SCP)
    assert dot == (
        "mijn.csv, row 2, column users: this field holds '.', which may say suppressed, missing or zero; expected a "
        "count, one of suppressed, afgeschermd, geheim, onderdrukt, or an empty field where it is missing; write which "
        "it is, or say what the dot means (--dot-means)"
    )
    assert "row 3, column users: this field holds '-', which may say suppressed, missing or zero" in dash
    path = table(tmp_path, {(2, "users"): "."})
    assert read_table(path, SCP, dot_means="suppressed").wijken.loc["WK051802", "users_high"] == 9
    assert read_table(path, SCP, dot_means="missing").wijken.loc["WK051802", "users_high"] == 1500


REFUSED: dict[str, tuple[dict[tuple[int, str], Any], str]] = {
    "wijk twice": ({(4, "wijkcode"): "WK051802"}, "row 4, column wijkcode: 'WK051802' stands in row 2 already; expect"),
    "no gemeente": ({(4, "gemeentecode"): ""}, "row 4, column gemeentecode: this field is empty; expected GM and four"),
    "users above youths": ({(2, "users"): 1501}, "row 2, column users: 1501 users among 1500 youths; expected at most"),
    "negative users": ({(2, "users"): -12}, "row 2, column users: this field holds -12; expected a whole"),
    "negative youths": ({(4, "youths"): -60}, "row 4, column youths: this field holds -60; expected a whole number"),
    "a word for a figure": ({(4, "youths"): "x60"}, "row 4, column youths: this field holds 'x60'; expected a number"),
    "no youths": ({(3, "youths"): ""}, "row 3, column youths: this field is empty; expected a whole"),
    "zero youths": ({(3, "youths"): 0}, "row 3, column youths: this field holds 0; expected a whole number of 1 or"),
    "100.1%": ({(1, "woz"): "observed_pct", (2, "woz"): "100,1", (3, "woz"): ""},
               "row 2, column observed_pct: this field holds 100.1; expected a percentage from 0 to 100"),
    "lost zeros": ({(2, "wijkcode"): "51802"}, "row 2, column wijkcode: this field holds '51802'; expected WK, four"),
    "WK but lost zeros": ({(2, "wijkcode"): "WK51802"}, "row 2, column wijkcode: this field holds 'WK51802'; expected"),
    "gemeente lost zeros": ({(4, "gemeentecode"): 637}, "row 4, column gemeentecode: this field holds '637'; expected"),
    "comma and point": ({(3, "woz"): "198.2"}, "row 3, column woz: '198.2', where others are written like '231,5'; ex"),
    "ambiguous": ({(2, "youths"): "1.500"}, "row 2, column youths: '1.500' may mean 1.500 or 1500; expected numbers t"),
    "not a kenmerk": ({(1, "woz"): "soort", (2, "woz"): "stad", (3, "woz"): "dorp"},
                      "row 2, column soort: this column holds 'stad' and no number; expected numbers; leave the colum"),
    "below the limit": ({(2, "users"): 9}, "row 2, column users: 9 users, which this policy never publishes; expected"),
    "no column": ({(1, "youths"): "jeugd"}, "there is no column 'youths'; expected a column 'youths'; add it"),
    "no users": ({(1, "users"): "n"}, "there is no column 'users'; expected a column 'users'; add it or rename yours"),
    "two kinds of users": ({(1, "woz"): "users_low", (2, "woz"): 5, (4, "woz"): 5},
                           "column users_low: there are both 'users' and 'users_low'; expected one of the two"),
    "empty table": ({(2, ""): None, (3, ""): None, (4, ""): None}, "the table is empty; expected one row per wijk;"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "words"), REFUSED.values(), ids=REFUSED)
def test_a_table_is_refused_with_its_cell(tmp_path: Path, cells: dict[tuple[int, str], Any], words: str) -> None:
    lines = problems_of(read_table, table(tmp_path, cells), SCP)
    place = lines[0].removeprefix("mijn.csv").removeprefix(", ").removeprefix(": ")
    assert place.startswith(words)
    if words.startswith("row"):
        assert len(lines) == 1, lines


def test_the_words_of_the_glossary_are_known(tmp_path: Path) -> None:
    for word, state in {
        **dict.fromkeys(("suppressed", "Afgeschermd", "geheim", "onderdrukt"), "suppressed"),
        **dict.fromkeys(("missing", "ontbrekend"), "missing"),
    }.items():
        areas = read_table(table(tmp_path, {(2, "users"): word}), SCP)
        assert areas.wijken.loc["WK051802", "observed_state"] == state
    (other,) = problems_of(read_table, table(tmp_path, {(2, "users"): "verborgen"}), SCP)
    assert "'verborgen'; expected a count, one of suppressed, afgeschermd, geheim, onderdrukt, or an empty fie" in other


def test_without_a_secrecy_limit_the_column_of_the_file_is_named_once(tmp_path: Path) -> None:
    (line,) = problems_of(read_table, table(tmp_path, {(4, "users"): "geheim"}))
    assert line.startswith("mijn.csv, row 3, column users: suppressed (2 in all, this the first), but no secrecy")
    assert "--suppressed-below" in line


@pytest.mark.parametrize(
    ("column", "called", "near"),
    [("woz", "markt", "marked"), ("woz", "youths_logsd", "youths_log_sd"), ("youths", "youts", "youths"),
     ("wijkcode", "Wijkcode", "wijkcode"), ("users", "user", "users")],
)  # fmt: skip
def test_a_misspelt_column_is_no_kenmerk(tmp_path: Path, column: str, called: str, near: str) -> None:
    (line,) = problems_of(read_table, table(tmp_path, {(1, column): called}), SCP)
    assert line.startswith(f"mijn.csv, column {called}: there is no column {near!r}, but this one looks like it; expec")


def test_a_column_that_is_there_has_no_misspelling(tmp_path: Path) -> None:
    areas = read_table(table(tmp_path, {(1, "woz"): "youths_2016"}), SCP)
    assert "youths_2016" in areas.kenmerken


def test_all_problems_of_a_table_come_at_once(tmp_path: Path) -> None:
    cells = {(2, "woz"): "2.31.5", (3, "youths"): "x", (3, "gemeentecode"): "518", (4, "users"): 61}
    lines = problems_of(read_table, table(tmp_path, cells), SCP)
    assert [line.split(":")[0] for line in lines] == [
        "mijn.csv, row 2, column woz",
        "mijn.csv, row 3, column gemeentecode",
        "mijn.csv, row 3, column youths",
        "mijn.csv, row 4, column users",
    ]


# --- the SCP's file -----------------------------------------------------------------------------------------------

SHEETS: dict[str, Rows] = {
    "wijk": [
        ["wijk", "wijknaam", "gemeentecode", "gemnaam_2017"],
        [300.0, "Wijk 00", 3.0, "Appingedam"],
        [51801.0, "Wijk 01", 518.0, "Den Haag"],
        [198703.0, "Wijk 03", 1987.0, "Menterwolde"],
    ],
    "gebruik": [
        ["wijk", "perc_jhzv", "perc_przv", "residu"],
        [300.0, 12.489, 14.376, -1.887],
        [51801.0, ".", 9.5, "."],
        [198703.0, 14.738, 15.402000000000001, -0.664],
    ],
    "determinanten": [["wijk", "woz"], [300.0, 134.0], [51801.0, "."], [198703.0, 200.5]],
}
YOUTHS: Rows = [
    ["wijkcode", "jeugdigen_0_17", "methode"],
    ["WK198703", 95, "kwb2021_zelfde_code; past bij de decimalen (uniek)"],
    ["WK051801", 60, "mediaan_gemeente"],
    ["WK000300", 1089, "kwb2021_zelfde_code"],
    ["WK999999", 5, "kwb2021_zelfde_code"],
]
REGIONS: Rows = [["gemeentecode", "jeugdzorgregio"], ["GM0003", "JZ01"], ["GM0518", "JZ24"], ["GM1987", "JZ01"]]


def scp_files(folder: Path, change: dict[str, dict[tuple[int, str], Any]] | None = None) -> tuple[Path, Path, Path]:
    change = change or {}
    sheets = {name: changed(rows, change.get(name, {})) for name, rows in SHEETS.items() if change.get(name, 0) != "no"}
    paths = write_ods(folder / "scp.ods", sheets), folder / "youths.csv", folder / "regions.csv"
    for path, rows in zip(paths[1:], (YOUTHS, REGIONS), strict=True):
        lines = changed(rows, change.get(path.stem, {}))
        path.write_text("\n".join(",".join(map(str, row)) for row in lines))
    return paths


def test_the_scp_file_made_official(tmp_path: Path) -> None:
    areas = read_scp(*scp_files(tmp_path))
    empty = pytest.approx(np.nan, nan_ok=True)
    assert areas.wijken.drop(columns=["wijknaam", "gemeentenaam"]).to_dict("index") == {
        code: dict(zip(areas.wijken.columns.drop(["wijknaam", "gemeentenaam"]), values, strict=True))
        for code, values in {
            "WK000300": ("GM0003", "JZ01", 1198, "derived", 0.12, False, False, "published", 12.489, 150, 150),
            "WK051801": ("GM0518", "JZ24", 60, "guessed", 0.7, False, False, "suppressed", empty, 0, 9),
            "WK198703": ("GM1987", "JZ01", 95, "recovered", 0.12, False, False, "published", 14.738, 14, 14),
        }.items()
    }
    assert areas.kenmerken["woz"].dropna().to_dict() == {"WK000300": 134.0, "WK198703": 200.5}
    assert (areas.year, areas.simulated) == (2017, False)
    assert areas.policy == CountsPolicy(suppressed_below=10, pct_decimals=3)
    assert areas.attribution.startswith(
        "Bron: SCP, Jeugdhulp in de wijk (SCP-publicatie 2020-1), CBS-microdata, bewerking SCP."
    )
    assert not read_scp(*scp_files(tmp_path)[:2]).has_regio


def test_the_scp_expectation(tmp_path: Path) -> None:
    expected = read_scp_expected(scp_files(tmp_path)[0])
    assert expected["expected_pct"].to_dict() == {"WK000300": 14.376, "WK051801": 9.5, "WK198703": 15.402}
    assert expected["residual"].dropna().to_dict() == {"WK000300": -1.887, "WK198703": -0.664}


SCP_REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no sheet": ({"gebruik": "no"}, ["scp.ods: there is no sheet 'gebruik', only wijk, determinanten"]),
    "no column": ({"gebruik": {(1, "perc_jhzv"): "perc"}},
                  ["scp.ods, sheet gebruik: there is no column 'perc_jhzv', only wijk, perc, perc_przv"]),
    "100.1%": ({"gebruik": {(2, "perc_jhzv"): 100.1}},
               ["scp.ods, sheet gebruik, row 2, column perc_jhzv: this field holds 100.1; expected a percentage from"]),
    "negative %": ({"gebruik": {(2, "perc_jhzv"): -1}},
                   ["scp.ods, sheet gebruik, row 2, column perc_jhzv: this field holds -1; expected a percentage"]),
    "a word": ({"determinanten": {(2, "woz"): "hoog"}},
               ["scp.ods, sheet determinanten, row 2, column woz: this field holds 'hoog'; expected a number"]),
    "wijk twice": ({"wijk": {(3, "wijk"): 300}},
                   ["scp.ods, sheet wijk, row 3, column wijk: 'WK000300' stands in row 2 already"]),
    "no gemeente": ({"wijk": {(3, "gemeentecode"): None}},
                    ["scp.ods, sheet wijk, row 3, column gemeentecode: this field is empty; expected a number"]),
    "no name": ({"wijk": {(3, "gemnaam_2017"): None}},
                ["scp.ods, sheet wijk, row 3, column gemnaam_2017: this field is empty; expected a name"]),
    "a wijk less": ({"determinanten": {(3, ""): None}},
                    ["scp.ods, sheet determinanten: there is no row for WK051801; expected one row for each code"]),
    "youths of another kind": ({"youths": {(1, "jeugdigen_0_17"): "jeugdigen"}},
                               ["youths.csv: there is no column 'jeugdigen_0_17', only wijkcode"]),
    "no method": ({"youths": {(1, "methode"): "hoe"}}, ["youths.csv: there is no column 'methode', only wijkcode"]),
    "youths without a wijk": ({"youths": {(4, ""): None}}, ["youths.csv: there is no row for WK000300; ex"]),
    "zero youths": ({"youths": {(3, "jeugdigen_0_17"): 0}},
                    ["youths.csv, row 3, column jeugdigen_0_17: this field holds 0; expected a whole number "]),
    "no youths": ({"youths": {(3, "jeugdigen_0_17"): ""}},
                  ["youths.csv, row 3, column jeugdigen_0_17: this field is empty; expected a whole number "]),
    "too few youths": ({"youths": {(2, "jeugdigen_0_17"): 50}},
                       ["youths.csv, row 2, column jeugdigen_0_17: 50 youths turn the published 14.738% into 7"]),
    "lost zeros": ({"youths": {(4, "wijkcode"): "300"}},
                   ["youths.csv, row 4, column wijkcode: this field holds '300'; expected WK,"]),
    "regions of another kind": ({"regions": {(1, "jeugdzorgregio"): "regio"}},
                                ["regions.csv: there is no column 'jeugdzorgregio', only gemeentecode, regio; expect"]),
    "a gemeente without region": ({"regions": {(3, ""): None}},
                                  ["regions.csv: there is no row for GM0518; expected one row"]),
    "several files": ({"gebruik": "no", "regions": {(2, "gemeentecode"): ""}, "youths": {(4, "wijkcode"): "WK198703"}},
                      ["scp.ods: there is no sheet 'gebruik'", "youths.csv, row 4, column wijkcode: 'WK198703' stands",
                       "regions.csv, row 2, column gemeentecode: this field is empty; expected GM and"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), SCP_REFUSED.values(), ids=SCP_REFUSED)
def test_scp_files_are_refused_with_their_cell(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    lines = problems_of(read_scp, *scp_files(tmp_path, change))
    assert len(lines) == len(words)
    for line, start in zip(lines, words, strict=True):
        assert line.startswith(start)


def test_scp_file_absent_or_of_another_kind(tmp_path: Path) -> None:
    _, youths, _ = scp_files(tmp_path)
    assert len(lines := problems_of(read_scp, tmp_path / "no.ods", youths)) == 1
    assert lines[0].startswith("no.ods: there is no such file in")
    (tmp_path / "page.ods").write_text("<html>")
    assert len(lines := problems_of(read_scp, tmp_path / "page.ods", youths)) == 1
    assert lines[0].startswith("page.ods: this cannot be read as a spreadsheet")


def test_numbers_of_youths_that_are_exact_are_taken_as_they_stand(tmp_path: Path) -> None:
    file, youths, _ = scp_files(tmp_path, {"youths": {(4, "methode"): "exact"}})
    row = read_scp(file, youths).wijken.loc["WK000300"]
    assert (row["youths"], row["youths_quality"], row["youths_log_sd"]) == (1089, "given", 0)
    row = read_scp(*scp_files(tmp_path)[:2]).wijken.loc["WK000300"]
    assert (row["youths"], row["youths_quality"]) == (round(1089 * 1.1), "derived")


def test_the_real_scp_file(data_folder: Path) -> None:
    file = data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods"
    youths = data_folder / "scp_2017" / "jeugdigen_benadering.csv"
    areas = read_scp(file, youths, data_folder / "regio" / "gemeente_2017_jeugdzorgregio.csv")
    wijken = areas.wijken
    assert (len(areas), wijken["gemeentecode"].nunique(), wijken["jeugdzorgregio"].nunique()) == (2918, 388, 42)
    assert wijken["observed_state"].value_counts().to_dict() == {"published": 2632, "suppressed": 286}
    missing = areas.kenmerken.isna().sum()
    assert missing[["perc_hhverd", "perc_hhwan", "perc_hhbijs", "samenw"]].tolist() == [1042, 934, 682, 0]
    assert areas.kenmerken.shape == (2918, 27)
    published = wijken[wijken["observed_state"] == "published"]
    recovered = published[published["youths_quality"] == "recovered"]
    again = (100 * recovered["users_low"] / recovered["youths"]).round(3)
    assert (again - recovered["observed_pct"]).abs().max() < 0.0011, "these youths give the printed decimals"
    expected = read_scp_expected(file).loc[published.index]
    difference = published["observed_pct"] - expected["expected_pct"]
    assert (difference - expected["residual"]).abs().max() < 0.0011
    r2 = 1 - (difference**2).sum() / ((published["observed_pct"] - published["observed_pct"].mean()) ** 2).sum()
    assert round(r2, 3) == 0.572, "the SCP's own figure"
