"""What printed tables of a factor analysis give away: numbers of wijken behind them, and figures that contradict."""

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import Floats, NotPossible, as_matrix

MOST = 1000  # wijken that a search looks as far as


def sizes_behind_stars(
    matrix: pd.DataFrame, stars: pd.DataFrame, decimals: int, levels: tuple[float, ...] = (0.05, 0.01)
) -> pd.DataFrame:
    r"""Numbers of wijken with which each correlation has the stars that were printed.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations as printed.
    stars : DataFrame of int, indicator by indicator
        Number of stars of each. Pairs without a correlation or stars have no row.
    decimals : int
        Decimals of the correlations.
    levels : tuple of float, default (0.05, 0.01)
        Two-sided significance that one star, two stars, ... say.

    Returns
    -------
    DataFrame, a row a pair
        ``first, second, correlation, stars``, and ``least, most``: the range of n, up to ``MOST``. Pairs that no
        number fits have ``least`` above ``most``.

    Raises
    ------
    DataError
        If a table is not square and of numbers.
    ValueError
        If the two have different indicators.

    Notes
    -----
    With :math:`t = r \sqrt{(n - 2) / (1 - r^2)}` on n - 2 degrees of freedom (Fisher 1915, Biometrika 10:507-521), p
    falls as n or :math:`|r|` rises: the range runs from the least n with enough stars at the largest r that rounds to
    the one printed, to the greatest n without too many at the smallest.

    Examples
    --------
    >>> names = ["a", "b"]
    >>> matrix = pd.DataFrame([[1, 0.31], [0.31, 1]], names, names)
    >>> found = sizes_behind_stars(matrix, pd.DataFrame([[0, 1], [1, 0]], names, names), decimals=3)
    >>> found[["least", "most"]].to_numpy().tolist()
    [[41, 68]]
    """
    table, counts = as_matrix(matrix), as_matrix(stars)
    if list(table) != list(counts):
        raise ValueError("the stars are not those of the same indicators")
    names, r, count = list(table), table.to_numpy(), counts.to_numpy()
    n = np.arange(4, MOST + 1)
    half = 0.5 * 10.0**-decimals
    rows = []
    for i, j in combinations(range(len(r)), 2):
        if np.isnan(r[i, j]) or np.isnan(count[i, j]):
            continue
        size, printed = abs(float(r[i, j])), int(count[i, j])
        enough = n[_stars(min(1.0, size + half), n, levels) >= printed]
        few = n[_stars(max(0.0, size - half), n, levels) <= printed]
        rows.append((names[i], names[j], r[i, j], printed, enough.min(initial=MOST + 1), few.max(initial=3)))
    return pd.DataFrame(rows, columns=["first", "second", "correlation", "stars", "least", "most"])


def sizes_behind_slope(
    coefficient: float, low: float, high: float, p_value: float, standardised: float, r2: float
) -> list[int]:
    """Numbers of wijken with which the printed figures of a regression on one predictor hold together.

    Parameters
    ----------
    coefficient, low, high : float
        As printed, with two decimals; the interval is of 95%.
    p_value : float
        As printed, with three decimals.
    standardised, r2 : float
        As printed, with two decimals.

    Returns
    -------
    list of int
        Up to ``MOST``.

    Notes
    -----
    All follow from n, the correlation r (the standardised coefficient; its square is R2) and the coefficient b: t as
    in :func:`sizes_behind_stars`, standard error b / t. A grid of values of r and b that round to the printed ones is
    tried for each n: a thousandth of a unit of the last decimal for r, a hundredth for b.

    Examples
    --------
    >>> sizes_behind_slope(0.46, 0.04, 0.87, p_value=0.031, standardised=0.38, r2=0.15)
    [32]
    """
    from scipy.stats import t as student

    half = 0.005
    r = standardised + np.linspace(-half, half, 1001)[:, None]
    r = r[(np.abs(r**2 - r2) <= half) & (np.abs(r) < 1)][:, None]
    b = coefficient + np.linspace(-half, half, 101)
    fits = []
    for n in range(4, MOST + 1):
        t = r * np.sqrt((n - 2) / (1 - r**2))
        near = np.abs(2 * student.sf(np.abs(t), n - 2) - p_value) <= 0.0005
        if near.any():
            reach = np.abs(b / t) * student.ppf(0.975, n - 2)
            if (near & (np.abs(b - reach - low) <= half) & (np.abs(b + reach - high) <= half)).any():
                fits.append(n)
    return fits


def impossible_triples(matrix: pd.DataFrame, decimals: int | None = None) -> pd.DataFrame | NotPossible:
    r"""Three indicators whose correlations cannot go together, each worst case first.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    decimals : int, optional
        Decimals it was printed with; see :func:`~bayes_jeugdhulp.factors.correlations.check_matrix`.

    Returns
    -------
    DataFrame, a row a triple, or NotPossible
        Not possible where a correlation is not known or the matrix is not symmetric with ones on its diagonal. Else
        ``first, second, third``; ``correlation`` of the first two and the ``low`` and ``high`` that it can be, given
        the correlations of both with the third, as printed; ``smallest_eigenvalue`` of the three. Of the three ways
        to say it, the one whose correlation lies furthest outside.

    Notes
    -----
    Given :math:`r_{ac}` and :math:`r_{bc}`, :math:`r_{ab}` lies within
    :math:`r_{ac} r_{bc} \pm \sqrt{(1 - r_{ac}^2)(1 - r_{bc}^2)}`, for the partial correlation lies within -1 and 1
    (Stanley & Wang 1969, Educational and Psychological Measurement 29:579-581).

    Examples
    --------
    >>> names = ["a", "b", "c"]
    >>> odd = pd.DataFrame([[1, -0.9, 0.9], [-0.9, 1, 0.9], [0.9, 0.9, 1]], names, names)
    >>> impossible_triples(odd).round(2).to_numpy().tolist()
    [['a', 'b', 'c', -0.9, 0.62, 1.0, -0.8]]
    """
    table = as_matrix(matrix)
    if why := _unreadable(table, decimals):
        return why
    names, r = list(table), table.to_numpy()
    rows = []
    for a, b, c in _parts(r, 3, at_most=0.0):
        check = check_matrix(table.iloc[[a, b, c], [a, b, c]], decimals)
        if check.eigenvalues[-1] >= -check.room:
            continue
        i, j, k = max(((a, b, c), (b, c, a), (a, c, b)), key=lambda order: _outside(r, *order))
        rows.append((names[i], names[j], names[k], r[i, j], *_range(r, i, j, k), check.eigenvalues[-1]))
    columns = ["first", "second", "third", "correlation", "low", "high", "smallest_eigenvalue"]
    return pd.DataFrame(rows, columns=columns).sort_values("smallest_eigenvalue", ignore_index=True)


def largest_sound_sets(
    matrix: pd.DataFrame, decimals: int | None = None, most_dropped: int = 5
) -> list[list[str]] | NotPossible:
    """Find the largest sets of indicators whose correlations can be those of wijken, and can be inverted.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    decimals : int, optional
        Decimals it was printed with.
    most_dropped : int, default 5
        Most indicators left out. Every set of a size is tried, which is quick up to some twenty indicators.

    Returns
    -------
    list of list of str, or NotPossible
        All sets of the largest size that has one; the one with the largest smallest eigenvalue first.

    Examples
    --------
    >>> names = ["a", "b", "c"]
    >>> odd = pd.DataFrame([[1, -0.9, 0.9], [-0.9, 1, 0.9], [0.9, 0.9, 1]], names, names)
    >>> largest_sound_sets(odd)
    [['a', 'b'], ['a', 'c'], ['b', 'c']]
    """
    table = as_matrix(matrix)
    if why := _unreadable(table, decimals):
        return why
    names = [str(name) for name in table]
    for size in range(len(names), max(1, len(names) - most_dropped - 1), -1):
        found = []
        for kept in _parts(table.to_numpy(), size, at_least=0.0):
            check = check_matrix(table.iloc[kept, kept], decimals)
            if check.why_singular is None:
                found.append((-float(check.eigenvalues[-1]), [names[place] for place in kept]))
        if found:
            return [kept for _, kept in sorted(found)]
    return NotPossible(f"no set without {most_dropped} or fewer of the {len(names)} indicators is sound")


def _stars(r: float, n: NDArray[np.int64], levels: tuple[float, ...]) -> NDArray[np.int64]:
    from scipy.stats import t as student

    with np.errstate(divide="ignore"):  # r = 1: t is infinite and p 0
        p = 2 * student.sf(r * np.sqrt((n - 2) / np.float64(1 - r**2)), n - 2)
    return (p[:, None] < np.array(levels)).sum(axis=1)


def _unreadable(table: pd.DataFrame, decimals: int | None) -> NotPossible | None:
    """Say why a matrix cannot be taken apart: more than being impossible as a whole."""
    check = check_matrix(table, decimals)
    if check.unknown or not (check.symmetric and check.unit_diagonal):
        return NotPossible(str(check.why_not))
    return None


def _parts(r: Floats, size: int, at_least: float = -np.inf, at_most: float = np.inf) -> list[list[int]]:
    """Give the sets of indicators of a size whose smallest eigenvalue lies between two numbers."""
    sets = np.array(list(combinations(range(len(r)), size)), dtype=np.int64).reshape(-1, size)
    smallest = np.linalg.eigvalsh(r[sets[:, :, None], sets[:, None, :]])[:, 0]
    return sets[(smallest >= at_least) & (smallest <= at_most)].tolist()


def _range(r: Floats, i: int, j: int, k: int) -> tuple[float, float]:
    middle = r[i, k] * r[j, k]
    reach = np.sqrt(max(0.0, (1 - r[i, k] ** 2) * (1 - r[j, k] ** 2)))
    return float(middle - reach), float(middle + reach)


def _outside(r: Floats, i: int, j: int, k: int) -> float:
    low, high = _range(r, i, j, k)
    return float(max(low - r[i, j], r[i, j] - high))
