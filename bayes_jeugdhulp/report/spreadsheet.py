"""The tables as a spreadsheet for people: wijken, gemeenten, and a sheet that explains every column."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.report.column_texts import COLUMNS, VALUES
from bayes_jeugdhulp.report.sentences import (
    cautions,
    factor_sentences,
    gemeente_sentences,
    provenance,
    wijk_sentences,
)
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results.disclosure import guard
from bayes_jeugdhulp.results.writing import DECIMALS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from bayes_jeugdhulp.results import Results

REFERENCES = ("within_gemeente", "national")
WITHIN, NATIONAL = (f"_{reference}" for reference in REFERENCES)
# what a reader looks at first; the other columns follow in the order of the CSV
FIRST = {
    "wijken": [
        *("wijkcode", "wijknaam", "gemeentenaam", "youths", "observed_pct", "observed_state"),
        *(f"{name}{WITHIN}" for name in ("expected_pct", "status", "status_reason")),
        "sentence",
        *(f"{name}{WITHIN}" for name in ("difference_points", "difference_low", "difference_high")),
        *(f"{name}{WITHIN}" for name in ("prob_higher", "prob_lower", "prob_near", "outside_interval")),
        *(
            "gemeente_difference_points_national",
            "gemeente_status_national",
            "status_national",
            "status_reason_national",
        ),
    ],
    "gemeenten": [
        *("gemeentecode", "gemeentenaam", "jeugdzorgregio", "wijken", "wijken_suppressed", "wijken_missing", "youths"),
        *("actual_pct", "actual_low", "actual_high", "expected_pct_national", "status_national"),
        *("status_reason_national", "sentence", "difference_points_national", "difference_low_national"),
        *("difference_high_national", "prob_higher_national", "prob_lower_national", "prob_near_national"),
    ],
}
FILLS = {"hoger": "#F6C9A0", "lager": "#CFC4E6", "als verwacht": "#FBF3C4", "geen uitspraak": "#E6E6E6"}
WIDTHS = {"sentence": 75, "wijknaam": 30, "gemeentenaam": 20, "status": 14, "status_reason": 24, "data": 22}
LINE = 15  # points
FORMATS = {
    "pct": "0.0",
    "points": "+0.0;-0.0;0.0",
    "chance": "0.0000",  # with three, 5,399 of 6,000 draws would seem to be the .9 that they do not reach
    "ratio": "0.00",
    "count": "#,##0",
    "rank": "#,##0.0",
}
SIGNED = ("difference", "gap")
WHOLE = ("youths", "wijken", "rank_", "totals_used", "remainder")


def write_spreadsheet(results: "Results", path: str | os.PathLike[str], language: str = "nl") -> Path:
    """Write wijken and gemeenten with an explanation, as one Excel file.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    path : path
        Ends in ``.xlsx``; its folder must exist.
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    Path
        Sheets wijken, gemeenten and uitleg (explanation). Row 1 says what the figures are, row 2 names the columns;
        both stay in sight. Numbers are those of the CSV files, as numbers; words are in the language; a suppressed
        figure is an empty, hatched cell with its state beside it. Names are text, whatever they begin with.

    Raises
    ------
    DisclosureError
        If a table would give a suppressed count away; then nothing is written.
    ValueError
        If there are no texts in this language.
    """
    import xlsxwriter

    text = Texts(language)
    guard(results)
    sentences = {
        "wijken": wijk_sentences(results, language=language),
        "gemeenten": gemeente_sentences(results, language),
    }
    tables = {}
    for name, said in sentences.items():
        table = getattr(results, name).round(DECIMALS).assign(sentence=said.to_numpy())
        first = [column for column in FIRST[name] if column in table]
        tables[name] = table[[*first, *(column for column in table if column not in first)]]
    constant = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with replacing(path) as part, xlsxwriter.Workbook(str(part), constant) as book:
        metadata = results.metadata
        warnings = [text("simulated_note")] if metadata["simulated"] else []
        warnings += [text.stamp(metadata)] if metadata["stamp"] else []
        about = {"title": metadata["title"], "subject": " ".join(warnings), "comments": metadata["attribution"]}
        book.set_properties(about | {"keywords": text("simulated") if metadata["simulated"] else ""})
        for name, table in tables.items():
            sheet = book.add_worksheet(text(f"sheet_{name}"))
            _write_table(book, sheet, table, text, " ".join([_head(metadata, text), *warnings]), bool(warnings))
        _write_explanation(book, results, tables, text, warnings)
    return Path(path)


def column_label(column: str, text: Texts) -> str:
    """What a column is called, its reference included; the name itself where there is no text for it."""
    base, reference = _parts(column)
    if base not in COLUMNS:
        return column
    return text(f"column_{base}") + (f", {text(f'of_{reference}')}" if reference else "")


def _parts(column: str) -> tuple[str, str]:
    for reference in REFERENCES:
        if column.endswith(f"_{reference}"):
            return column.removesuffix(f"_{reference}"), reference
    return column, ""


def _head(metadata: dict, text: Texts) -> str:
    return text("sheet_head", title=metadata["title"], sheet=text("sheet_explained"))


def _kind(base: str) -> str:
    """Which number format a column has."""
    if base.startswith(WHOLE) and base != "rank_group":
        return "count"
    kinds = {"prob_": "chance", "mid_p": "chance", "ratio": "ratio", "expected_rank": "rank", "rank_group": "count"}
    named = next((kind for start, kind in kinds.items() if base.startswith(start)), None)
    return named or ("points" if any(part in base for part in SIGNED) else "pct")


def _write_table(
    book: "Workbook", sheet: "Worksheet", table: pd.DataFrame, text: Texts, head: str, warned: bool
) -> None:
    cells = {kind: book.add_format({"num_format": code, "valign": "top"}) for kind, code in FORMATS.items()}
    plain, wrapped = (
        book.add_format({"valign": "top", "align": "left", "indent": 1}),
        book.add_format({"valign": "top", "text_wrap": True}),
    )
    hidden = book.add_format({"pattern": 14, "fg_color": "#BBBBBB", "bg_color": "#FFFFFF"})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EDEDED", "bottom": 1})
    sheet.write_string(0, 0, head, book.add_format({"bold": True, "font_color": "#9B1C1C" if warned else "#222222"}))
    last, names = len(table) + 1, table.columns.astype(str).tolist()
    states = table["observed_state"].tolist() if "observed_state" in table else []
    for place, column in enumerate(names):
        base, _ = _parts(column)
        sheet.write_string(1, place, column_label(column, text), heading)
        numeric = pd.api.types.is_numeric_dtype(table[column])
        shape = cells[_kind(base)] if numeric else wrapped if base == "sentence" else plain
        sheet.set_column(place, place, WIDTHS.get(base, 12), shape)
        for row, value in enumerate(table[column].tolist(), start=2):
            if numeric and value == value:
                sheet.write_number(row, place, value, shape)
            elif numeric and base == "observed_pct" and states[row - 2] == "suppressed":
                sheet.write_blank(row, place, None, hidden)
            elif not numeric and isinstance(value, str) and value:
                sheet.write_string(row, place, _worded(base, value, text), shape)
        if base.endswith("status"):
            for status, fill in FILLS.items():
                rule = {"type": "cell", "criteria": "==", "value": f'"{text(f"value_{status}")}"'}
                sheet.conditional_format(2, place, last, place, rule | {"format": book.add_format({"bg_color": fill})})
    for row, said in enumerate(table["sentence"], start=2):  # no program sets these heights for us
        sheet.set_row(row, LINE * (1 + len(said) // WIDTHS["sentence"]))
    sheet.freeze_panes(2, 2)
    sheet.autofilter(1, 0, last, len(names) - 1)
    sheet.set_row(1, 4 * LINE)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0, 1)
    sheet.print_area(0, 0, last, names.index("sentence"))  # on paper, up to the sentence
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{_footer(head)}&R&P / &N")


def _footer(head: str) -> str:
    """The head as a footer, which knows no more than 255 characters and reads & as a command."""
    return head.replace("&", "&&")[:200]


def _worded(base: str, value: str, text: Texts) -> str:
    """A word of the tables in the language; names, codes and sentences as they are."""
    translated = base.endswith(("status", "status_reason", "outside_interval", "flagged", "_state", "_quality", "data"))
    return text(f"value_{value}") if translated and value in VALUES else value


def _write_explanation(
    book: "Workbook", results: "Results", tables: dict[str, pd.DataFrame], text: Texts, warnings: list[str]
) -> None:
    sheet = book.add_worksheet(text("sheet_explained"))
    bold, title = book.add_format({"bold": True, "valign": "top"}), book.add_format({"bold": True, "font_size": 14})
    red = book.add_format({"bold": True, "font_color": "#9B1C1C", "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate((34, 52, 36, 90)):
        sheet.set_column(place, place, width, wrap)
    sheet.write_string(0, 0, results.metadata["title"], title)
    row = 1

    def paragraph(left: str, said: str, style: Any) -> None:
        nonlocal row
        sheet.write_string(row, 0, left, bold)
        sheet.merge_range(row, 1, row, 3, "", style)
        sheet.write_string(row, 1, said, style)
        sheet.set_row(row, LINE * (1 + len(said) // 160))
        row += 1

    for warning in warnings:
        paragraph("", warning, red)
    margins = {"margin": text.margin(results.metadata), "interval": text.share(results.metadata["interval"])}
    paragraph(text("explained_reading"), text("explained_reading_text", **margins), wrap)
    for place, caution in enumerate(cautions(text.lang)):
        paragraph("" if place else text("explained_cautions"), caution, wrap)
    for place, said in enumerate(factor_sentences(results, text.lang)):
        paragraph("" if place else text("factors"), said, wrap)
    for left, said in provenance(results, text.lang):
        paragraph(left, said, wrap)
    row += 1
    heads = [text(f"explained_{name}") for name in ("sheet", "called", "name", "meaning")]
    rows = [heads]
    for name, table in tables.items():
        for column in table.columns.astype(str):
            base, _ = _parts(column)
            meaning = text(f"column_{base}_means") if base in COLUMNS else text("explained_unknown")
            rows.append([text(f"sheet_{name}"), column_label(column, text), column, meaning])
    for cells in rows:
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell, bold if cells is heads else wrap)
        sheet.set_row(row, LINE * (1 + len(cells[-1]) // 90))
        row += 1
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
