"""Whether indicators have enough in common for a factor analysis: Kaiser-Meyer-Olkin and Bartlett's test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import NotPossible, as_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Adequacy:
    """Kaiser-Meyer-Olkin measure of sampling adequacy.

    Attributes
    ----------
    overall : float
        0 to 1.
    per_indicator : Series, by indicator
    """

    overall: float
    per_indicator: pd.Series


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Bartlett's test that no indicators correlate at all.

    Attributes
    ----------
    statistic : float
        Chi-square.
    df : int
        Its degrees of freedom.
    p_value : float
    """

    statistic: float
    df: int
    p_value: float


def kmo(matrix: pd.DataFrame, decimals: int | None = None) -> Adequacy | NotPossible:
    r"""Kaiser-Meyer-Olkin measure, overall and per indicator.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    decimals : int, optional
        Decimals it was printed with; see :func:`~bayes_jeugdhulp.factors.correlations.check_matrix`.

    Returns
    -------
    Adequacy or NotPossible
        Not possible where the matrix cannot be inverted, is no correlation matrix, or holds no correlation but 0.

    Raises
    ------
    DataError
        If the table is not square and of numbers.

    Notes
    -----
    Kaiser & Rice (1974), Educational and Psychological Measurement 34:111-117, doi 10.1177/001316447403400115: with
    the correlations :math:`r_{ij}` and, from :math:`Q = R^{-1}`, the partial ones
    :math:`q_{ij} = -Q_{ij} / \sqrt{Q_{ii} Q_{jj}}`,

    .. math:: KMO = \frac{\sum_{i \ne j} r_{ij}^2}{\sum_{i \ne j} r_{ij}^2 + \sum_{i \ne j} q_{ij}^2}

    and per indicator the same sums over its own row.

    Examples
    --------
    >>> names = ["a", "b", "c"]
    >>> found = kmo(pd.DataFrame([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]], names, names))
    >>> round(found.overall, 4)  # partial correlations are 1/3: (1/4) / (1/4 + 1/9)
    0.6923
    """
    if why := check_matrix(matrix, decimals).why_singular:
        return NotPossible(why)
    values = as_matrix(matrix).to_numpy()
    inverse = np.linalg.inv(values)
    scale = np.sqrt(np.diag(inverse))
    off = ~np.eye(len(values), dtype=bool)
    own = ((values * off) ** 2).sum(axis=1)
    if (lonely := own == 0).any():
        return NotPossible(f"{', '.join(map(str, matrix.index[lonely]))} correlates with no other indicator")
    partial = ((inverse / np.outer(scale, scale) * off) ** 2).sum(axis=1)
    per_indicator = pd.Series(own / (own + partial), matrix.index, name="kmo")
    return Adequacy(float(own.sum() / (own.sum() + partial.sum())), per_indicator)


def drop_unsuited(
    matrix: pd.DataFrame, limit: float = 0.5, decimals: int | None = None
) -> tuple[pd.DataFrame, dict[str, float]] | NotPossible:
    """Drop the indicator with the lowest own KMO, again and again, until none is below a limit.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    limit : float, default 0.5
        What the study of 2020 used.
    decimals : int, optional
        As for :func:`kmo`.

    Returns
    -------
    (DataFrame, dict) or NotPossible
        The correlations of those that stay, indicator by indicator, and the KMO of each dropped one when it went, in
        that order. Not possible where :func:`kmo` is not, or where fewer than two would stay.

    Examples
    --------
    >>> import numpy as np
    >>> names = ["a", "b", "c", "d"]
    >>> values = np.full((4, 4), 0.5)
    >>> values[3, :] = values[:, 3] = [0.1, -0.1, 0, 1]
    >>> stay, dropped = drop_unsuited(pd.DataFrame(values, names, names) + np.diag([0.5, 0.5, 0.5, 0]))
    >>> list(stay), list(dropped)
    (['a', 'b', 'c'], ['d'])
    """
    dropped: dict[str, float] = {}
    while isinstance(found := kmo(matrix, decimals), Adequacy):
        place = int(np.argmin(found.per_indicator.to_numpy()))
        name, lowest = found.per_indicator.index[place], float(found.per_indicator.iloc[place])
        if lowest >= limit:
            return matrix, dropped
        if len(matrix) == 2:
            return NotPossible(f"every indicator has a KMO below {limit}")
        dropped[str(name)] = lowest
        matrix = matrix.drop(index=name, columns=name)
    return found


def bartlett(matrix: pd.DataFrame, n: int, decimals: int | None = None) -> Sphericity | NotPossible:
    r"""Bartlett's test of sphericity.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations that all rest on the same wijken.
    n : int
        Number of those wijken.
    decimals : int, optional
        As for :func:`kmo`.

    Returns
    -------
    Sphericity or NotPossible
        Not possible where the determinant is not above 0, or where there are too few wijken.

    Raises
    ------
    DataError
        If the table is not square and of numbers.

    Notes
    -----
    Bartlett (1951), Biometrika 38:337-344, doi 10.1093/biomet/38.3-4.337: with k indicators,
    :math:`\chi^2 = -(n - 1 - (2k + 5) / 6) \ln |R|` on :math:`k (k - 1) / 2` degrees of freedom.

    Examples
    --------
    >>> from math import log
    >>> found = bartlett(pd.DataFrame([[1, 0.5], [0.5, 1]], ["a", "b"], ["a", "b"]), n=31)
    >>> round(found.statistic, 6) == round(-28.5 * log(0.75), 6), found.df
    (True, 1)
    """
    from scipy.stats import chi2

    if why := check_matrix(matrix, decimals).why_singular:
        return NotPossible(why)
    k = len(matrix)
    if (factor := n - 1 - (2 * k + 5) / 6) <= 0:
        return NotPossible(f"{n} wijken are too few for {k} indicators")
    statistic = -factor * float(np.linalg.slogdet(as_matrix(matrix).to_numpy()).logabsdet)
    df = k * (k - 1) // 2
    return Sphericity(statistic, df, float(chi2.sf(statistic, df)))
