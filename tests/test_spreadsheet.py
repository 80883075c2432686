"""The spreadsheet holds the figures of the CSV, as numbers, and nothing that a suppressed wijk keeps secret."""

import math
import re
from pathlib import Path

import pandas as pd
import pytest
from fake_results import FAILED, FAILED_SAID
from openpyxl import load_workbook
from report_results import report_results

from bayes_jeugdhulp.errors import DisclosureError
from bayes_jeugdhulp.report.column_texts import COLUMNS, VALUES
from bayes_jeugdhulp.report.sentences import wijk_sentences
from bayes_jeugdhulp.report.spreadsheet import write_spreadsheet
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results import write_results
from bayes_jeugdhulp.results.status import REASONS

DOCS = Path(__file__).parents[1] / "docs"


def names_of(book: object, sheet: str, explained: str = "uitleg") -> dict[str, str]:
    """Label of a column to its name in the CSV, as the sheet with explanations has it."""
    rows = book[explained].iter_rows(values_only=True)  # type: ignore[index]
    return {label: name for of, label, name, *_ in rows if of == sheet and name}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_figure_is_that_of_the_csv(language: str, tmp_path: Path) -> None:
    results, text = report_results(), Texts(language)
    write_results(results, tmp_path)
    book = load_workbook(write_spreadsheet(results, tmp_path / "a.xlsx", language))
    explained = text("sheet_explained")
    assert book.sheetnames == ["wijken", "gemeenten", explained]
    for name in ("wijken", "gemeenten"):
        csv = pd.read_csv(tmp_path / f"{name}.csv", keep_default_na=False, na_values=[""])
        labels, *rows = list(book[name].iter_rows(min_row=2, values_only=True))
        columns = [names_of(book, name, explained)[str(label)] for label in labels]
        assert sorted(columns) == sorted([*csv.columns, "sentence"])
        assert len(rows) == len(csv)
        for place, column in enumerate(columns):
            if column == "sentence":
                continue
            for found, wanted in zip((row[place] for row in rows), csv[column], strict=True):
                if isinstance(wanted, float) and math.isnan(wanted):
                    assert found is None, (column, found)
                elif isinstance(wanted, str):
                    assert found in (wanted, text(f"value_{wanted}") if wanted in VALUES else wanted), column
                else:
                    assert found == wanted, column


def test_the_sentence_stands_beside_the_status(tmp_path: Path) -> None:
    results = report_results()
    sheet = load_workbook(write_spreadsheet(results, tmp_path / "a.xlsx"))["wijken"]
    labels, *rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[labels.index("in woorden")] for row in rows] == wijk_sentences(results).tolist()


def test_head_and_filters_stay_in_sight_and_statuses_have_their_colour(tmp_path: Path) -> None:
    book = load_workbook(write_spreadsheet(report_results(), tmp_path / "a.xlsx"))
    for name in ("wijken", "gemeenten"):
        sheet = book[name]
        assert sheet.freeze_panes == "C3"
        assert sheet.auto_filter.ref == f"A2:{sheet.cell(2, sheet.max_column).column_letter}{sheet.max_row}"
        assert "GESIMULEERD" in sheet["A1"].value
        assert "uitleg" in sheet["A1"].value
        rules = [rule.formula[0] for ranged in sheet.conditional_formatting for rule in ranged.rules]
        assert {'"hoger"', '"lager"', '"als verwacht"', '"geen uitspraak"'} == set(rules)


def test_a_suppressed_figure_is_an_empty_hatched_cell_with_its_state_beside_it(tmp_path: Path) -> None:
    results = report_results()
    sheet = load_workbook(write_spreadsheet(results, tmp_path / "a.xlsx"))["wijken"]
    labels = [cell.value for cell in sheet[2]]
    figure, state = labels.index("werkelijk gebruik (%)"), labels.index("cijfer")
    assert state == figure + 1
    hidden = [row for row in sheet.iter_rows(min_row=3) if row[state].value == "afgeschermd"]
    assert len(hidden) == int((results.wijken["observed_state"] == "suppressed").sum()) > 0
    assert {(row[figure].value, row[figure].fill.patternType) for row in hidden} == {(None, "lightUp")}
    missing = [row[figure] for row in sheet.iter_rows(min_row=3) if row[state].value == "ontbreekt"]
    assert {(cell.value, cell.fill.patternType) for cell in missing} == {(None, None)}


@pytest.mark.parametrize("name", ["=1+1", "+31 70", "-Noord", "@home", '=HYPERLINK("x")', "http://a.nl", "<b>&\"'"])
def test_a_name_is_text_whatever_it_begins_with(name: str, tmp_path: Path) -> None:
    results = report_results(16)
    results.wijken.loc[0, "wijknaam"] = name
    cell = load_workbook(write_spreadsheet(results, tmp_path / "a.xlsx"))["wijken"]["B3"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_nothing_is_written_that_gives_a_suppressed_count_away(tmp_path: Path) -> None:
    results = report_results()
    code = results.wijken.index[results.wijken["observed_state"] == "suppressed"][0]
    results.wijken.loc[code, "observed_pct"] = 3.0
    with pytest.raises(DisclosureError, match=re.escape(results.wijken.loc[code, "wijkcode"])):
        write_spreadsheet(results, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_stamp_stands_on_every_sheet(tmp_path: Path) -> None:
    book = load_workbook(write_spreadsheet(report_results(**FAILED), tmp_path / "a.xlsx"))
    for sheet in book:
        said = " ".join(str(cell) for row in sheet.iter_rows(max_row=4, values_only=True) for cell in row if cell)
        assert FAILED_SAID in said


def test_every_documented_column_has_a_name_and_a_meaning() -> None:
    page = (DOCS / "columns.md").read_text(encoding="utf-8")
    tables = page.split("## `wijken.csv`")[1].split("## `calibratie.csv`")[0]
    names = re.findall(r"^\| `([a-z][a-z0-9_*]+)` \|", tables, flags=re.MULTILINE)
    plain = {name.removesuffix("_*").removesuffix("_national") for name in names}
    assert plain - set(COLUMNS) - {"hoger", "lager"} == set()
    assert set(REASONS) <= set(VALUES)
