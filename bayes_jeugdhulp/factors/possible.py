"""Steps that figures do not allow, as a result with its reason; and what a matrix or table must be to be looked at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.errors import DataError, Problem

Floats = NDArray[np.float64]
MATRIX = "correlation matrix"


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A step that the figures do not allow: a result, not an error, for published figures are as they are.

    Parameters
    ----------
    because : str
        The reason, a clause without a full stop.

    Examples
    --------
    >>> print(NotPossible("the matrix is singular"))
    not possible, because the matrix is singular
    """

    because: str

    def __str__(self) -> str:
        return f"not possible, because {self.because}"


def as_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Check that a table has the shape of a correlation matrix, whatever stands in it.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        The same names, once each and in the same order, beside the rows and above the columns. An empty cell says
        that the correlation is not known.

    Returns
    -------
    DataFrame of float

    Raises
    ------
    DataError
        With every problem found.
    """
    problems = []
    if list(matrix.index) != list(matrix.columns):
        found = f"names of rows {_few(matrix.index)} and of columns {_few(matrix.columns)} differ"
        problems.append(Problem(MATRIX, found, "the same names in the same order", "name both alike"))
    if not matrix.columns.is_unique:
        twice = matrix.columns[matrix.columns.duplicated()]
        problems.append(Problem(MATRIX, f"{_few(twice)} stands there twice", "one row an indicator", "rename one"))
    if len(matrix.columns) < 2:
        problems.append(Problem(MATRIX, "fewer than two indicators", "two or more", "add the others"))
    return _numeric(matrix, MATRIX, problems)


def as_figures(table: pd.DataFrame, name: str = "indicators") -> pd.DataFrame:
    """Check that a table has wijken in its rows and numbers in its columns; an empty cell was not measured.

    Parameters
    ----------
    table : DataFrame, wijk by indicator
    name : str, default "indicators"
        What messages call it.

    Returns
    -------
    DataFrame of float

    Raises
    ------
    DataError
        With every problem found.
    """
    problems = []
    for what, labels in (("column", table.columns), ("wijk", table.index)):
        if not labels.is_unique:
            twice = _few(labels[labels.duplicated()])
            problems.append(Problem(name, f"{what} {twice} stands there twice", f"each {what} once", "remove one"))
    if table.empty:
        problems.append(Problem(name, "the table is empty", "wijken with indicators", "check what was selected"))
    return _numeric(table, name, problems)


def _numeric(table: pd.DataFrame, name: str, problems: list[Problem]) -> pd.DataFrame:
    for place, column in enumerate(table.columns):
        values = pd.to_numeric(table.iloc[:, place], errors="coerce").astype(float)
        wrong = (values.isna() & table.iloc[:, place].notna()) | np.isinf(values)
        problems += [
            Problem(name, f"{label} has {cell!r}", "a finite number or an empty cell", "correct it", None, str(column))
            for label, cell in table.iloc[:, place][wrong].items()
        ]
    if problems:
        raise DataError(problems)
    return table.astype(float)


def _few(labels: pd.Index) -> str:
    return ", ".join(map(str, labels[:5])) + (", ..." if len(labels) > 5 else "")
