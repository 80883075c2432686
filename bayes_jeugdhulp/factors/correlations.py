"""Correlations of indicators, the wijken each rests on, and whether a matrix can be a correlation matrix at all."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.possible import Floats, NotPossible, as_figures, as_matrix

LEAST = 3  # two wijken always correlate 1 or -1


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """Correlations, and what each rests on.

    Attributes
    ----------
    values : DataFrame, indicator by indicator
        Pearson correlations; empty where fewer than three wijken have both indicators or where one does not vary
        over them.
    n : DataFrame of int, indicator by indicator
        Wijken that each correlation rests on.
    cases : {"pairwise", "complete"}
    """

    values: pd.DataFrame
    n: pd.DataFrame
    cases: Literal["pairwise", "complete"]

    @property
    def same_n(self) -> int | NotPossible:
        """The number of wijken, where all correlations rest on the same number."""
        least, most = int(self.n.to_numpy().min()), int(self.n.to_numpy().max())
        return most if least == most else NotPossible(f"the correlations rest on {least} to {most} wijken")


def correlate(indicators: pd.DataFrame, cases: Literal["pairwise", "complete"] = "pairwise") -> Correlations:
    """Correlate indicators over wijken.

    Parameters
    ----------
    indicators : DataFrame, wijk by indicator
        Empty where not measured.
    cases : {"pairwise", "complete"}, default "pairwise"
        Whether each correlation rests on all wijken that have its two indicators, or all rest on the wijken that have
        every indicator. Pairwise ones of gemeenten that measure different things need not fit together: see
        :func:`check_matrix`.

    Returns
    -------
    Correlations

    Raises
    ------
    DataError
        If the table is not one of numbers.
    ValueError
        If ``cases`` is something else.

    Examples
    --------
    >>> figures = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [2.0, 1, 4, None]}, index=["w1", "w2", "w3", "w4"])
    >>> found = correlate(figures)
    >>> found.values.loc["a", "b"].round(3), found.n.to_numpy().tolist()
    (np.float64(0.655), [[4, 3], [3, 3]])
    """
    if cases not in ("pairwise", "complete"):
        raise ValueError(f"cases must be pairwise or complete, not {cases!r}")
    figures = as_figures(indicators)
    if cases == "complete":
        figures = figures.dropna()
    there = figures.notna().astype(np.int64)
    values = figures.corr(min_periods=LEAST)
    return Correlations(values, there.T @ there, cases)


@dataclass(frozen=True, slots=True, eq=False)
class MatrixCheck:
    """What a printed or computed matrix is.

    Attributes
    ----------
    symmetric, unit_diagonal, within_one : bool
        Whether it equals its transpose, has ones on its diagonal, and has nothing beyond -1 and 1.
    unknown : int
        Pairs of indicators without a correlation.
    eigenvalues : ndarray, shape (indicator,)
        Highest first, of the mean of the matrix and its transpose; none where a correlation is not known.
    room : float
        How far rounding can have moved an eigenvalue.
    """

    symmetric: bool
    unit_diagonal: bool
    within_one: bool
    unknown: int
    eigenvalues: Floats = field(repr=False)
    room: float

    @property
    def why_not(self) -> str | None:
        """Why it cannot be a correlation matrix; None if it can."""
        if self.unknown:
            return f"{self.unknown} pairs of indicators have no correlation"
        if not self.symmetric:
            return "the matrix is not symmetric"
        if not self.unit_diagonal:
            return "the matrix has something else than ones on its diagonal"
        if not self.within_one:
            return "the matrix holds correlations beyond -1 or 1"
        if (smallest := self.eigenvalues[-1]) < -self.room:
            return (
                f"the matrix is not positive semidefinite (smallest eigenvalue {smallest:.3f}): no wijken at all can "
                "have these correlations"
            )
        return None

    @property
    def why_singular(self) -> str | None:
        """Why its inverse or determinant cannot be relied on; None if they can."""
        if self.why_not or self.eigenvalues[-1] > self.room:
            return self.why_not
        return (
            f"the matrix is singular as far as its digits go (smallest eigenvalue {self.eigenvalues[-1]:.2g}): some "
            "indicators follow from the others, or there are too few wijken"
        )


def check_matrix(matrix: pd.DataFrame, decimals: int | None = None) -> MatrixCheck:
    r"""Look whether a matrix can be one of correlations.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        What may be correlations.
    decimals : int, optional
        Decimals it was printed with. Rounding moves each of the k (k - 1) correlations by at most half a unit of the
        last decimal, and so no eigenvalue by more than (k - 1) times that (Weyl's inequality, with the largest row sum
        as bound on the norm). By default the matrix is taken as computed, with room for floating point alone.

    Returns
    -------
    MatrixCheck

    Raises
    ------
    DataError
        If the table is not square, not of numbers, or its rows and columns do not carry the same names.

    Examples
    --------
    >>> names = ["a", "b", "c"]
    >>> odd = pd.DataFrame([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], names, names)
    >>> check_matrix(odd, decimals=1).why_not
    'the matrix is not positive semidefinite (smallest eigenvalue -0.800): no wijken at all can have these correlations'
    """
    values = as_matrix(matrix).to_numpy()
    k = len(values)
    missing = np.isnan(values)
    filled = np.where(missing, 0, values)
    close = k * np.finfo(float).eps
    eigenvalues = np.empty(0) if missing.any() else np.linalg.eigvalsh((values + values.T) / 2)[::-1]
    room = close * max(1.0, float(np.abs(eigenvalues).max(initial=0))) * 10
    return MatrixCheck(
        symmetric=bool((missing == missing.T).all() and np.allclose(filled, filled.T, rtol=0, atol=close)),
        unit_diagonal=bool(np.allclose(np.diag(values), 1, rtol=0, atol=close)),
        within_one=bool((np.abs(filled) <= 1 + close).all()),
        unknown=int((missing | missing.T)[np.triu_indices(k)].sum()),
        eigenvalues=eigenvalues,
        room=float(room) if decimals is None else (k - 1) * 0.5 * 10.0**-decimals,
    )
