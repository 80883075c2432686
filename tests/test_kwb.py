"""Kerncijfers wijken en buurten: invented files with every trap of the real ones; text in, typed figures out."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.downloads import columns_named
from bayes_jeugdhulp.sources.kwb import Kwb, kwb_of, read_kwb
from bayes_jeugdhulp.sources.kwb_columns import COLUMNS
from bayes_jeugdhulp.sources.reading import Cells

HEADER = ["gwb_code_10", "gwb_code_8", "regio", "gm_naam", "recs", "ind_wbi", "a_inw", "a_00_14", "a_15_24", "a_hh"]
HEADER += ["g_wozbag ", "g_afs_hp", "p_koopw"]
ROWS: list[list[str]] = [
    ["NL00", "0", "Nederland", "Nederland", "Land      ", ".", "5000", "1000", "600", "2200", "315", "1,0", "57"],
    ["GM0012    ", "12", "Dorp", "Dorp", "Gemeente  ", "1", "5000", "1000", "600", "2200", "315", "1.0", "57"],
    ["WK001200  ", "1200", "Oost", "Dorp", "Wijk      ", "1", "1005", "200", "110", "     ,", "   312", "26,4", "60"],
    ["WK0012MA  ", "12MA", "West", "Dorp", "Wijk      ", "3", "3995", "800", "490", "1700", "       .", "1.2", "x"],
    ["BU00120000", "120000", "Kern", "Dorp", "Buurt     ", "1", "veel", "1.234", "1,2,3", "-99999999", "", "-", "0"],
]


def csv(folder: Path, rows: list[list[str]], name: str = "kwb-2021.csv", header: list[str] | None = None) -> Path:
    path = folder / name
    path.write_text("\n".join(";".join(row) for row in [header or HEADER, *rows]), encoding="utf-8-sig")
    return path


def refused(*args: Any, **options: Any) -> list[str]:
    with pytest.raises(DataError) as error:
        read_kwb(*args, **options)
    return [str(problem) for problem in error.value.problems]


def as_expected(kwb: Kwb) -> None:
    assert kwb.year == 2021
    assert kwb.figures.index.tolist() == ["NL00", "GM0012", "WK001200", "WK0012MA"], "no buurten, letters kept"
    assert kwb.wijken["g_afs_hp"].tolist() == [26.4, 1.2], "comma and point in one column"
    np.testing.assert_array_equal(kwb.wijken["a_hh"], [np.nan, 1700])
    np.testing.assert_array_equal(kwb.wijken["g_wozbag"], [312, np.nan])
    np.testing.assert_array_equal(kwb.wijken["p_koopw"], [60, np.nan])
    assert kwb.names.loc["WK001200"].tolist() == ["Oost", "Dorp"]


def test_a_file_with_every_trap(tmp_path: Path) -> None:
    as_expected(read_kwb(csv(tmp_path, ROWS)))


def test_text_in_cells_of_excel_and_numbers_too(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(path := tmp_path / "kwb2021.xlsx") as book:
        sheet = book.add_worksheet("kwb")
        for i, row in enumerate([HEADER, *ROWS]):
            for j, cell in enumerate(row):
                sheet.write(i, j, float(cell) if i and j > 5 and cell.isdecimal() else cell)
        sheet.write(4, HEADER.index("g_wozbag "), -99999999)  # as files of borders write it
    as_expected(read_kwb(path))


def test_codes_that_lost_letters_and_zeros(tmp_path: Path) -> None:
    bare = [row[1:] for row in ROWS]
    as_expected(read_kwb(csv(tmp_path, bare, header=HEADER[1:])))
    bare[2][3] = "Stad"
    assert "row 4, column gwb_code_8: this field holds '1200'; expected a code" in refused(
        csv(tmp_path, bare, header=HEADER[1:])
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "cell", "words"),
    [
        (3, "g_afs_hp", "1.234", "row 5, column g_afs_hp: '1.234' may mean 1.234 or 1234"),
        (2, "a_inw", "1.005", "column a_inw: '1.005' may mean 1.005 or 1005"),
        (2, "a_inw", "100,5", "row 4, column a_inw: this field holds 100.5; expected a whole number"),
        (2, "p_koopw", "600", "row 4, column p_koopw: this field holds 600; expected a percentage from 0 to 100"),
        (2, "a_hh", "1.2.3", "row 4, column a_hh: this field holds '1.2.3'; expected a number"),
        (3, "gwb_code_10", "WK001200", "row 5, column code: 'WK001200' stands above already"),
        (3, "gwb_code_10", "1201", "row 5, column gwb_code_10: this field holds '1201'; expected a code"),
    ],
)
def test_what_does_not_read_one_way_is_refused_with_its_cell(
    tmp_path: Path, row: int, column: str, cell: str, words: str
) -> None:
    rows = [list(each) for each in ROWS]
    rows[row][[name.strip() for name in HEADER].index(column)] = cell
    assert any(words in problem for problem in refused(csv(tmp_path, rows)))


def test_what_is_needed_is_asked_for(tmp_path: Path) -> None:
    assert "the year of the figures; say it (--year)" in refused(csv(tmp_path, ROWS, "wijken.csv"))[0]
    assert read_kwb(csv(tmp_path, ROWS, "wijken.csv"), 2021).year == 2021
    without = [row[:7] + row[8:] for row in ROWS]
    assert "a_00_14 (0 tot 15 jaar)" in refused(csv(tmp_path, without, header=HEADER[:7] + HEADER[8:]))[0]
    assert "no column holds codes of areas" in refused(
        csv(tmp_path, [row[2:] for row in ROWS], header=HEADER[2:])
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("year", "name", "figure"),
    [
        (2019, "g_woz", "g_wozbag"),
        (2020, "g_wozbag", "g_wozbag"),
        (2022, "a_opl_lg", "a_opl_lg"),
        (2023, "a_opl_bvm", "a_opl_lg"),
        (2024, "a_opl_hw", "a_opl_hg"),
        (2025, "a_opl_md", "a_opl_md"),
        (2022, "a_nw_all", "a_nw_all"),
        (2023, "a_neu_al", "a_neu_al"),
    ],
)
def test_a_figure_keeps_one_name_over_the_years(tmp_path: Path, year: int, name: str, figure: str) -> None:
    header = [name if column == "g_wozbag " else column for column in HEADER]
    kwb = read_kwb(csv(tmp_path, ROWS, f"kwb-{year}.csv", header))
    assert set(kwb.figures) == {"a_inw", "a_00_14", "a_15_24", "a_hh", "g_afs_hp", "p_koopw", figure}
    assert kwb.figures.at["WK001200", figure] == 312


def test_what_was_defined_anew_is_never_renamed(tmp_path: Path) -> None:
    header = ["a_nw_all" if column == "g_wozbag " else column for column in HEADER]
    assert "a_nw_all" not in read_kwb(csv(tmp_path, ROWS, "kwb-2023.csv", header)).figures
    both = {name for column in COLUMNS.values() for name, *_ in column.names}
    assert len(both) == sum(len({name for name, *_ in column.names}) for column in COLUMNS.values())
    assert COLUMNS["a_nw_all"].name_in(2022) == "a_nw_all"
    assert COLUMNS["a_neu_al"].name_in(2022) is None


def test_percentages_of_the_first_years_become_numbers(tmp_path: Path) -> None:
    header = ["p_00_14" if column == "a_00_14" else column for column in HEADER]
    rows = [[*row[:7], "20", *row[8:]] for row in ROWS]
    kwb = read_kwb(csv(tmp_path, rows, "kwb-2015.csv", header))
    assert kwb.wijken["a_00_14"].tolist() == [201, 799]


def test_exports_of_statline(tmp_path: Path) -> None:
    header = ["Wijken en buurten", "Regioaanduiding/Gemeentenaam (naam)", "Regioaanduiding/Codering (code)"]
    header += ["Bevolking/Aantal inwoners (aantal)", "Bevolking/Leeftijdsgroepen/0 tot 15 jaar (aantal)"]
    header += ["Bevolking/Leeftijdsgroepen/15 tot 25 jaar (aantal)", "Perioden"]
    header += ["Bevolking/Bevolking naar herkomst/Herkomstland/Buiten Europa  (aantal)"]
    header += ["Bevolking/Bevolking naar herkomst/Geboren in Nederland/Buiten Europa  (aantal)"]
    header += ["Nabijheid voorzieningen/Afstand tot huisartsenpraktijk (km)"]
    quoted = [f'"{name}"' for name in header]
    rows = [['"Oost"', '"Dorp"', '"WK001200"', "1005", "200", "110", '"2023*"', "40", "30", "2,5"]]
    kwb = read_kwb(csv(tmp_path, rows, "Kerncijfers_wijken_en_buurten_2023_01022026_101500.csv", quoted))
    assert kwb.year == 2023
    assert kwb.figures.loc["WK001200"].to_dict() == {
        "a_inw": 1005, "a_00_14": 200, "a_15_24": 110, "a_neu_al": 40, "g_afs_hp": 2.5}  # fmt: skip
    assert kwb.names.loc["WK001200"].tolist() == ["Oost", "Dorp"]


def test_raw_rows_of_statline(tmp_path: Path) -> None:
    header = "ID;WijkenEnBuurten;Gemeentenaam_1;Codering_3;AantalInwoners_5;k_0Tot15Jaar_8;k_15Tot25Jaar_9;Nederland_17"
    header += ";Nederland_20;GemGestandaardiseerdInkomenVanHuish_86;Perioden"
    rows = [["7", "WK001200  ", "Dorp    ", "WK001200  ", "    1005", "     200", "     110", "1", "2", "    31.5"]]
    kwb = read_kwb(csv(tmp_path, [[*rows[0], "2023JJ00"]], "raw.csv", header.split(";")))
    assert kwb.figures.loc["WK001200"].to_dict() == {"a_inw": 1005, "a_00_14": 200, "a_15_24": 110, "g_hh_sti": 31.5}


@pytest.mark.parametrize("title", [title for column in COLUMNS.values() for title in column.titles])
def test_every_title_is_found_by_itself_alone(title: str) -> None:
    """In an export under any other, and never where it is only the end of a longer word."""
    assert columns_named([f"Iets/{title} (aantal)", f"Iets/1{title} (aantal)"], title) == [f"Iets/{title} (aantal)"]


@settings(max_examples=25)
@given(
    young=st.integers(0, 4000).map(lambda n: 5 * n),
    old=st.integers(0, 4000).map(lambda n: 5 * n),
)
def test_estimated_youths_lie_between_what_is_certain(young: int, old: int) -> None:
    frame = pd.DataFrame({"gwb_code_10": ["WK001200"], "a_inw": "100", "a_00_14": str(young), "a_15_24": str(old)})
    kwb = kwb_of(Cells("kwb-2021.csv", frame.astype(object)), 2021)
    for ages in ("0-17", "0-22"):
        youths, log_sd = kwb.youths(ages).loc["WK001200"]
        assert young <= youths <= young + old
        assert 0 <= log_sd <= 2
    assert kwb.youths("0-17").at["WK001200", "youths"] <= kwb.youths("0-22").at["WK001200", "youths"]


def test_the_real_columns_of_2024_are_found_by_their_titles(data_folder: Path) -> None:
    """Of the real metadata: titles with their parents, as fetched folders and exports name columns."""
    import json

    topics = {
        row["ID"]: row
        for row in json.loads((data_folder / "cbs" / "cbs_85984NED" / "DataProperties.json").read_text("utf-8"))
    }

    def path(row: dict[str, Any]) -> str:
        above = topics.get(row["ParentID"])
        return (path(above) + "/" if above else "") + row["Title"]

    titles = [f"{path(row)} ({row['Unit']})" for row in topics.values() if row.get("Unit")]
    found = {name: columns_named(titles, *c.titles) for name, c in COLUMNS.items() if c.name_in(2024)}
    assert {name: columns for name, columns in found.items() if len(columns) != 1} == {}
