"""Gemeenten marked for a possible break: read from a file, and told to the sentences of results."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.results.breaks import BREAK
from bayes_jeugdhulp.sources.reading import read_cells, to_numbers

if TYPE_CHECKING:
    from bayes_jeugdhulp.results.tables import Results

Direction = Literal["hoger", "lager"]


def read_breaks(file: str | os.PathLike[str]) -> dict[str, Direction]:
    r"""Read which gemeenten have a possible break.

    Parameters
    ----------
    file : path
        CSV, Parquet or spreadsheet, as ``bayes-jeugdhulp breaks`` writes it or your own: ``gemeentecode``, ``verdict``
        (rows with *mogelijke breuk in de registratie* count) and ``change_pct`` (its sign counts).

    Returns
    -------
    dict of str to {"hoger", "lager"}
        The direction of the jump of each marked gemeente.

    Raises
    ------
    DataError
        If a column is absent, or with every marked row without a code or a change.

    Examples
    --------
    >>> from pathlib import Path
    >>> text = f"gemeentecode;verdict;change_pct\nGM0007;{BREAK};-50,2\nGM0008;geen aanwijzing;1"
    >>> _ = Path("breuken.csv").write_text(text)
    >>> read_breaks("breuken.csv")
    {'GM0007': 'lager'}
    """
    cells = read_cells(file)
    if absent := cells.absent(["gemeentecode", "verdict", "change_pct"]):
        raise DataError(absent)
    codes, marked = cells.text("gemeentecode"), cells.text("verdict").str.lower() == BREAK
    change = to_numbers(cells, "change_pct")
    problems = list(change.problems)
    for column, wrong, expected in (
        ("gemeentecode", ~codes.str.fullmatch(r"GM\d{4}"), "GM and four digits"),
        ("change_pct", (change.values.fillna(0) == 0) & ~change.unread, "a change up or down"),
    ):
        for row in cells.frame.index[marked & wrong]:
            found = f"this field holds {cells.frame.loc[row, column]!r}"
            problems.append(cells.problem(row, column, found, expected, "correct it"))
    if problems:
        raise DataError(sorted(problems, key=lambda problem: problem.row or 0))
    return {codes[row]: "hoger" if change.values[row] > 0 else "lager" for row in codes.index[marked]}


def with_breaks(results: "Results", marked: Mapping[str, Direction]) -> "Results":
    """Let the sentences of results warn of possible breaks; figures and statuses stay as they are.

    Parameters
    ----------
    results : Results
    marked : mapping of str to {"hoger", "lager"}
        Of :func:`read_breaks`; gemeenten that the results do not have are passed over.

    Returns
    -------
    Results
        With ``breaks`` in its metadata.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> bj.with_breaks(results, {"GM9001": "lager", "GM0014": "hoger"}).metadata["breaks"]
    {'GM9001': 'lager'}
    """
    known = set(results.gemeenten["gemeentecode"])
    kept = {code: direction for code, direction in sorted(marked.items()) if code in known}
    return replace(results, metadata=results.metadata | {"breaks": kept})
