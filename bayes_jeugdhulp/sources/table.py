"""A user's own table: one row a wijk, in the layout of ``docs/data-layout.md``."""

import os
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import pandas as pd

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import NOT_GIVEN, Cells, DecimalMark, read_cells, to_numbers

SUPPRESSED_WORDS = ("suppressed", "afgeschermd", "geheim", "onderdrukt")
MISSING_WORDS = ("missing", "ontbrekend")
A_COUNT = f"a count, one of {', '.join(SUPPRESSED_WORDS)}, or an empty field where it is missing"
TEXT_COLUMNS = (
    "wijkcode",
    "wijknaam",
    "gemeentecode",
    "gemeentenaam",
    "jeugdzorgregio",
    "youths_quality",
    "observed_state",
)
FIGURE_COLUMNS = ("youths", "youths_log_sd", "marked", "users", "users_low", "users_high", "observed_pct")
REQUIRED = ("wijkcode", "gemeentecode", "youths", "users")
ALIKE = 0.7  # of difflib: a name of a column this like one of the layout's is taken for a mistake, not for a kenmerk


def read_table(
    file: str | os.PathLike[str],
    policy: CountsPolicy | None = None,
    *,
    dot_means: Literal["suppressed", "missing"] | None = None,
    decimal: DecimalMark | None = None,
    sheet: str | None = None,
    title: str | None = None,
    attribution: str = "",
    year: int | None = None,
    simulated: bool = False,
) -> Areas:
    r"""Read a CSV, Parquet or spreadsheet file in the documented layout.

    Parameters
    ----------
    file : path
        Columns ``wijkcode, gemeentecode, youths`` and ``users`` (or ``users_low, users_high, observed_state``).
        Optional: ``wijknaam, gemeentenaam, jeugdzorgregio, youths_quality, youths_log_sd, marked, observed_pct``.
        Every other column is a kenmerk, unless its name looks like an absent one of these: that is refused. In
        ``users`` a word (suppressed, afgeschermd, geheim or onderdrukt) says suppressed, an empty field, missing or
        ontbrekend that it is missing, 0 zero. In a kenmerk ``<1.2`` says: missing, but below 1.2.
    policy : CountsPolicy, default exact counts
        How the source publishes counts.
    dot_means : {"suppressed", "missing"}, optional
        What ``.`` says in ``users``; refused by default, for sources use it for both.
    decimal : {".", ","}, optional
        The decimal mark, for columns that do not show it themselves.
    sheet : str, optional
        Sheet of a spreadsheet; default the first.
    title : str, optional
        Name of the figures for people; default the file's name.
    attribution, year, simulated : str, int, bool
        As in :func:`bayes_jeugdhulp.build_areas`.

    Returns
    -------
    Areas

    Raises
    ------
    DataError
        With every problem found, each naming file, row and column.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = "wijkcode;gemeentecode;youths;users;woz\nWK000100;GM0001;400;geheim;231,5\nWK000101;GM0001;60;12;<99"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mijn.csv")
    ...     _ = path.write_text(text)
    ...     areas = read_table(path, CountsPolicy(suppressed_below=10))
    >>> areas.wijken[["observed_state", "users_low", "users_high"]].values.tolist()
    [['suppressed', 0, 9], ['published', 12, 12]]
    >>> areas.kenmerken["woz"].tolist(), areas.kenmerken_upper["woz"].tolist()
    ([231.5, nan], [nan, 99.0])
    """
    cells = read_cells(file, sheet)
    raw = cells.frame
    if raw.empty:
        raise DataError([Problem(cells.file, "the table is empty", "one row per wijk", "check the file or its filter")])
    cells, problems = _with_names(cells)
    raw, own_users = cells.frame, "users" in cells.frame
    if own_users:
        other = [column for column in ("users_low", "users_high", "observed_state") if column in raw]
        problems += [
            Problem(cells.file, f"there are both 'users' and {column!r}", "one of the two", "remove one", column=column)
            for column in other
        ]
        state, more = _states(cells, dot_means)
        problems += more
        raw = raw.drop(columns=other).assign(users=raw["users"].where(state == "published", ""))
        cells = Cells(cells.file, raw)
    texts = [column for column in TEXT_COLUMNS if column in raw]
    frame = pd.DataFrame({column: cells.text(column) for column in texts}, raw.index)
    if own_users:
        frame["observed_state"] = state
    elif not {"users_low", "users_high"} & set(raw):
        frame["observed_state"] = "missing"  # build_areas asks for the users themselves
    refused = {(problem.row, problem.column) for problem in problems}
    kenmerken, upper = pd.DataFrame(index=raw.index), pd.DataFrame(index=raw.index)
    for column in raw.columns.drop(texts):
        is_kenmerk = column not in FIGURE_COLUMNS
        told = A_COUNT if column == "users" else None
        numbers = to_numbers(cells, column, bounds=is_kenmerk, decimal=decimal, expected=told)
        problems += numbers.problems
        refused |= {(row, column) for row in numbers.unread.index[numbers.unread].tolist()}
        if is_kenmerk:
            kenmerken[column], upper[column] = numbers.values, numbers.upper
        else:
            frame[column] = numbers.values
    try:
        areas = build_areas(
            frame,
            kenmerken,
            kenmerken_upper=upper,
            policy=policy or CountsPolicy(),
            title=title or Path(file).stem,
            file=cells.file,
            rows=raw.index.tolist(),
            attribution=attribution,
            year=year,
            simulated=simulated,
        )
    except DataError as error:  # what could not be read is empty there: that was said already
        mine = {"observed_state": "users"} if own_users else {}
        named = [replace(problem, column=mine.get(problem.column or "", problem.column)) for problem in error.problems]
        problems += [problem for problem in named if (problem.row, problem.column) not in refused]
    if problems:
        raise DataError(sorted(problems, key=lambda problem: (problem.row or 0, problem.column or "")))
    return areas


def mark_from_file(areas: Areas, file: str | os.PathLike[str]) -> Areas:
    """Mark the wijken that a file names as *afwijkende populatie*.

    Parameters
    ----------
    areas : Areas
    file : path
        CSV, text, Parquet or spreadsheet with a column ``wijkcode``; other columns are passed over.

    Returns
    -------
    Areas

    Raises
    ------
    DataError
        If the column is absent, or there is no wijk with one of the codes.
    """
    cells = read_cells(file)
    if absent := cells.absent(["wijkcode"]):
        raise DataError(absent)
    codes = cells.text("wijkcode")
    if len(unknown := codes[~codes.isin(areas.wijken.index)]):
        raise DataError(
            cells.problem(row, "wijkcode", f"no wijk has the code {code!r}", "a code such as WK051801", "look it up")
            for row, code in unknown.items()
        )
    return areas.mark(codes.tolist())


def _with_names(cells: Cells) -> tuple[Cells, list[Problem]]:
    """Refuse columns that look like one of the layout's that is absent, lest they become kenmerken in silence.

    A required one is read under the name that was meant, so that its cells are looked at too; others are passed over.
    """
    have, known = cells.frame.columns, [*TEXT_COLUMNS, *FIGURE_COLUMNS]
    absent = [name for name in known if name not in have]
    if {"users_low", "users_high"} & set(have):
        absent = [name for name in absent if name != "users"]
    problems, names = [], {}
    for column in have.difference(known, sort=False):
        if near := get_close_matches(column.lower(), absent, n=1, cutoff=ALIKE):
            found = f"there is no column {near[0]!r}, but this one looks like it"
            advice = f"call it {near[0]}, or something else if it is a kenmerk"
            problems.append(Problem(cells.file, found, "a column of the layout, or a kenmerk", advice, column=column))
            names[column] = near[0]
            absent.remove(near[0])
    passed_over = [column for column, name in names.items() if name not in REQUIRED]
    return Cells(cells.file, cells.frame.drop(columns=passed_over).rename(columns=names)), problems


def _states(cells: Cells, dot_means: Literal["suppressed", "missing"] | None) -> tuple[pd.Series, list[Problem]]:
    """Say of every field of ``users`` what it is; a mark with several meanings is refused."""
    marks: dict[str, str] = {word: "suppressed" for word in SUPPRESSED_WORDS}
    marks |= {word: "missing" for word in ("", *MISSING_WORDS)}
    if dot_means:
        marks["."] = dot_means
    cells_lower = cells.text("users").str.lower()
    unclear = cells_lower[cells_lower.isin(NOT_GIVEN - set(marks))]
    problems = [
        cells.problem(
            row,
            "users",
            f"this field holds {mark!r}, which may say suppressed, missing or zero",
            A_COUNT,
            "write which it is" + (", or say what the dot means (--dot-means)" if mark == "." else ""),
        )
        for row, mark in unclear.items()
    ]
    return cells_lower.map(marks).fillna("published"), problems
