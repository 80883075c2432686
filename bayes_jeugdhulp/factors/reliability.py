"""Cronbach's alpha of a scale, with items deleted, from figures or from correlations; and the most it can be."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import Floats, NotPossible, as_figures, as_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Reliability of the sum of a scale's items.

    Attributes
    ----------
    alpha : float
        Cronbach's alpha of the items in their own units: at most 1, below 0 where items contradict one another.
    standardised : float
        Alpha of the standardised items.
    without : Series, by item
        ``alpha`` of the scale without the item; no rows for a scale of two.
    item_rest : Series, by item
        Correlation of the item with the sum of the others; no row where that does not vary.
    n : int
        Wijken that have every item.
    """

    alpha: float
    standardised: float
    without: pd.Series
    item_rest: pd.Series
    n: int


def cronbach_alpha(items: pd.DataFrame, reverse: Collection[str] = ()) -> Reliability | NotPossible:
    r"""Cronbach's alpha, over the wijken that have every item.

    Parameters
    ----------
    items : DataFrame, wijk by item
        Empty where not measured.
    reverse : collection of str
        Items that run the other way: they are taken with a minus sign.

    Returns
    -------
    Reliability or NotPossible
        Not possible with fewer than two items or three complete wijken, or where an item or the sum does not vary.

    Raises
    ------
    DataError
        If the table is not one of numbers.
    KeyError
        If ``reverse`` names something else than an item.

    Notes
    -----
    Cronbach (1951), Psychometrika 16:297-334, doi 10.1007/BF02310555: with k items of covariance matrix C,
    :math:`\alpha = \frac{k}{k - 1} \left(1 - \frac{\mathrm{tr}\, C}{1' C 1}\right)`.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 3, 2, 4], "c": [4.0, 3, 2, 1]})
    >>> found = cronbach_alpha(items, reverse=["c"])
    >>> round(found.alpha, 4), found.without.round(2).to_dict()
    (0.9512, {'a': 0.89, 'b': 1.0, 'c': 0.89})
    """
    if unknown := set(reverse) - set(items.columns):
        raise KeyError(f"no item is called {', '.join(sorted(unknown))}")
    figures = as_figures(items, "items").dropna()
    if len(figures.columns) < 2:
        return NotPossible("a scale needs two items or more")
    if len(figures) < 3:
        return NotPossible(f"{len(figures)} wijken have every item; three are the least")
    figures = figures * np.where(figures.columns.isin(list(reverse)), -1, 1)
    # a column of equal decimals may have a variance of 1e-33
    if len(still := figures.columns[np.ptp(figures.to_numpy(), axis=0) == 0]):
        return NotPossible(f"{', '.join(map(str, still))} does not vary over the wijken that have every item")
    covariance = np.cov(figures.to_numpy(), rowvar=False)
    scale = np.sqrt(np.diag(covariance))
    alpha, standardised = _alpha(covariance), _alpha(covariance / np.outer(scale, scale))
    if alpha is None or standardised is None:
        return NotPossible("the items cancel one another: their sum does not vary")
    names = figures.columns
    without, item_rest = {}, {}
    for place, name in enumerate(names):
        rest = np.delete(np.arange(len(names)), place)
        of_rest = covariance[np.ix_(rest, rest)]
        if len(rest) > 1 and (left := _alpha(of_rest)) is not None:
            without[name] = left
        if (variance := of_rest.sum()) > 1e-12 * np.trace(of_rest):
            item_rest[name] = covariance[place, rest].sum() / (scale[place] * np.sqrt(variance))
    series = [
        pd.Series(part, dtype=float, name=name) for part, name in ((without, "without"), (item_rest, "item_rest"))
    ]
    return Reliability(alpha, standardised, series[0], series[1], len(figures))


def standardised_alpha(
    matrix: pd.DataFrame, reverse: Collection[str] = (), decimals: int | None = None
) -> float | NotPossible:
    """Alpha of standardised items, from their correlations.

    Parameters
    ----------
    matrix : DataFrame, item by item
        Correlations.
    reverse : collection of str
        Items that run the other way.
    decimals : int, optional
        Decimals it was printed with; see :func:`~bayes_jeugdhulp.factors.correlations.check_matrix`.

    Returns
    -------
    float or NotPossible
        Not possible where it is no correlation matrix, or the items cancel one another.

    Raises
    ------
    DataError
        If the table is not square and of numbers.
    KeyError
        If ``reverse`` names something else than an item.

    Examples
    --------
    >>> round(standardised_alpha(pd.DataFrame([[1, 0.62], [0.62, 1]], ["a", "b"], ["a", "b"])), 3)
    0.765
    """
    if unknown := set(reverse) - set(matrix.columns):
        raise KeyError(f"no item is called {', '.join(sorted(unknown))}")
    if why := check_matrix(matrix, decimals).why_not:
        return NotPossible(why)
    sign = np.where(matrix.columns.isin(list(reverse)), -1, 1)
    alpha = _alpha(as_matrix(matrix).to_numpy() * np.outer(sign, sign))
    return NotPossible("the items cancel one another: their sum does not vary") if alpha is None else alpha


def largest_alpha(matrix: pd.DataFrame, decimals: int | None = None) -> float | NotPossible:
    r"""The most that alpha can be, whatever the units of the items and whichever of them are reversed.

    Parameters
    ----------
    matrix : DataFrame, item by item
        Correlations. They need not be possible together: the bound holds for any wijken that have them.
    decimals : int, optional
        Decimals it was printed with; the bound then leaves room for rounding.

    Returns
    -------
    float or NotPossible
        Not possible where a correlation is not known or the matrix is not symmetric with ones on its diagonal.

    Notes
    -----
    With item sds s (signed), :math:`C = \mathrm{diag}(s) R\, \mathrm{diag}(s)` and
    :math:`1' C 1 / \mathrm{tr}\, C = s' R s / s' s \le \lambda_1`, the largest eigenvalue of R: so
    :math:`\alpha \le \frac{k}{k - 1} (1 - 1 / \lambda_1)`, reached by the sds that are the eigenvector. The bound
    is the theta of Armor (1974), Sociological Methodology 5:17-50.

    Examples
    --------
    >>> round(largest_alpha(pd.DataFrame([[1, 0.62], [0.62, 1]], ["a", "b"], ["a", "b"])), 3)
    0.765
    """
    check = check_matrix(matrix, decimals)
    if check.unknown or not (check.symmetric and check.unit_diagonal):
        return NotPossible(str(check.why_not))
    room = 0.0 if decimals is None else check.room
    k = len(matrix)
    return float(min(1.0, k / (k - 1) * (1 - 1 / (check.eigenvalues[0] + room))))


def believable_alpha(
    printed: float, matrix: pd.DataFrame, decimals: int | None = None, digits: int = 2
) -> float | NotPossible:
    """Hold a printed alpha to the printed correlations of its items.

    Parameters
    ----------
    printed : float
        Alpha as printed.
    matrix : DataFrame, item by item
        Correlations over the same wijken.
    decimals : int, optional
        Decimals that those were printed with.
    digits : int, default 2
        Decimals of the printed alpha.

    Returns
    -------
    float or NotPossible
        ``printed``, or not possible where it lies above :func:`largest_alpha`.

    Examples
    --------
    >>> print(believable_alpha(0.90, pd.DataFrame([[1, 0.62], [0.62, 1]], ["a", "b"], ["a", "b"]), decimals=3))
    not possible, because an alpha of 0.9 lies above 0.766, the most that these correlations allow in any units
    """
    most = largest_alpha(matrix, decimals)
    if isinstance(most, NotPossible):
        return most
    if printed - 0.5 * 10.0**-digits > most:
        allow = f"{most:.3f}, the most that these correlations allow in any units"
        return NotPossible(f"an alpha of {printed:g} lies above {allow}")
    return printed


def _alpha(covariance: Floats) -> float | None:
    """Alpha from a covariance matrix; None where the sum of the items does not vary."""
    k, own, total = len(covariance), float(np.trace(covariance)), float(covariance.sum())
    return k / (k - 1) * (1 - own / total) if total > 1e-12 * own else None
