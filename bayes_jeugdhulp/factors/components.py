"""Principal components of a correlation matrix, varimax with Kaiser normalisation, communalities."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import Floats, NotPossible, as_figures, as_matrix

SWEEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal components.

    Attributes
    ----------
    loadings : DataFrame, indicator by component
        Correlations of indicators and components, for the components kept; they are called 1, 2, ...
    eigenvalues : ndarray, shape (indicator,)
        Of all components, highest first: the variance of each, in indicators.
    """

    loadings: pd.DataFrame
    eigenvalues: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Rotated loadings.

    Attributes
    ----------
    loadings : DataFrame, indicator by component
        ``original @ matrix``; the component with most variance first.
    matrix : ndarray, shape (component, component)
        Orthogonal.
    """

    loadings: pd.DataFrame
    matrix: Floats


def communalities(loadings: pd.DataFrame) -> pd.Series:
    """Share of each indicator's variance that uncorrelated components explain: its sum of squared loadings.

    Parameters
    ----------
    loadings : DataFrame, indicator by component
        Of uncorrelated components.

    Returns
    -------
    Series, by indicator
        Between 0 and 1.

    Examples
    --------
    >>> communalities(pd.DataFrame([[0.6, 0.0], [0.5, 0.5]], ["a", "b"])).round(6).tolist()
    [0.36, 0.5]
    """
    return (loadings**2).sum(axis="columns").rename("communality")


def explained(loadings: pd.DataFrame) -> pd.Series:
    """Share of all variance that each component explains: its mean squared loading.

    Parameters
    ----------
    loadings : DataFrame, indicator by component
        Of uncorrelated components.

    Returns
    -------
    Series, by component
        Between 0 and 1.

    Examples
    --------
    >>> explained(pd.DataFrame({"1": [0.6, 0.8], "2": [0.0, 0.1]}, ["a", "b"])).round(3).tolist()
    [0.5, 0.005]
    """
    return (loadings**2).mean().rename("explained")


def principal_components(
    matrix: pd.DataFrame, keep: int | None = None, decimals: int | None = None
) -> Components | NotPossible:
    r"""Take the principal components of a correlation matrix.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    keep : int, optional
        Number of components; default those with an eigenvalue above 1.
    decimals : int, optional
        Decimals it was printed with; see :func:`~bayes_jeugdhulp.factors.correlations.check_matrix`.

    Returns
    -------
    Components or NotPossible
        Not possible where it is no correlation matrix, where no eigenvalue is above 1, or where fewer than ``keep``
        are above 0. The sign of a component is that in which its loadings add up to more than 0.

    Raises
    ------
    DataError
        If the table is not square and of numbers.
    ValueError
        If ``keep`` is not between 1 and the number of indicators.

    Notes
    -----
    Hotelling (1933), Journal of Educational Psychology 24:417-441, doi 10.1037/h0071325: with the eigenvectors
    :math:`v_j` and eigenvalues :math:`\lambda_j` of the matrix, the loadings are :math:`v_j \sqrt{\lambda_j}`. The
    eigenvalue above 1 is Kaiser's (1960) rule.

    Examples
    --------
    >>> names = ["a", "b"]
    >>> found = principal_components(pd.DataFrame([[1, 0.5], [0.5, 1]], names, names))
    >>> found.eigenvalues.round(3).tolist(), found.loadings["1"].round(3).tolist()
    ([1.5, 0.5], [0.866, 0.866])
    """
    if keep is not None and not 1 <= keep <= len(matrix):
        raise ValueError(f"keep must be 1 to {len(matrix)}, the number of indicators, not {keep}")
    check = check_matrix(matrix, decimals)
    if why := check.why_not:
        return NotPossible(why)
    values = as_matrix(matrix).to_numpy()
    eigenvalues, vectors = np.linalg.eigh(values)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    kept = int((eigenvalues > 1 + check.room).sum()) if keep is None else keep
    if kept == 0:
        return NotPossible("no component has an eigenvalue above 1: the indicators do not correlate")
    if eigenvalues[kept - 1] <= check.room:
        return NotPossible(f"only {int((eigenvalues > check.room).sum())} components have any variance")
    loadings = vectors[:, :kept] * np.sqrt(eigenvalues[:kept])
    names = [str(number) for number in range(1, kept + 1)]
    return Components(pd.DataFrame(loadings * _signs(loadings), matrix.index, names), eigenvalues)


def varimax(loadings: pd.DataFrame, normalise: bool = True) -> Rotation:
    r"""Rotate loadings so that each is large or small, by varimax.

    Parameters
    ----------
    loadings : DataFrame, indicator by component
        Names of components are carried by place: the first is that with most variance after rotation.
    normalise : bool, default True
        Whether each indicator counts as if its communality were 1 (Kaiser's normalisation); else indicators with
        higher communalities count for more.

    Returns
    -------
    Rotation
        The rotated loadings, and the matrix that rotated them.

    Raises
    ------
    DataError
        If the loadings are not numbers.
    ValueError
        If one is not known.

    Notes
    -----
    Kaiser (1958), Psychometrika 23:187-200, doi 10.1007/BF02289233: the rotation with the largest sum over components
    of the variance of its squared loadings, found by rotating pairs of components over the angle that his formula
    gives, until none turns. (The general rotation of statsmodels descends by gradient: it stops a few 1e-8 short, and
    does not start at all from loadings that are symmetric.)

    Examples
    --------
    >>> halfway = pd.DataFrame([[0.6, 0.6], [0.6, 0.6], [0.5, -0.5], [0.5, -0.5]], list("abcd"), ["1", "2"])
    >>> varimax(halfway).loadings.abs().round(3).to_numpy().tolist()
    [[0.849, 0.0], [0.849, 0.0], [0.0, 0.707], [0.0, 0.707]]
    """
    values = as_figures(loadings, "loadings").to_numpy()
    if np.isnan(values).any():
        raise ValueError("a loading is not known; give 0 or the loading for each")
    size = np.sqrt((values**2).sum(axis=1, keepdims=True))
    turned = np.where(size > 0, values / np.where(size > 0, size, 1), 0) if normalise else values.copy()
    rotation = np.eye(values.shape[1])
    for _ in range(SWEEPS):
        largest = 0.0
        for i, j in combinations(range(values.shape[1]), 2):
            u = turned[:, i] ** 2 - turned[:, j] ** 2
            v = 2 * turned[:, i] * turned[:, j]
            sine = 2 * (u * v).sum() - 2 * u.sum() * v.sum() / len(u)
            cosine = (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2) / len(u)
            angle = np.arctan2(sine, cosine) / 4
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            turned[:, [i, j]] = turned[:, [i, j]] @ turn
            rotation[:, [i, j]] = rotation[:, [i, j]] @ turn
            largest = max(largest, abs(angle))
        if largest < 1e-14:
            break
    order = np.argsort(-((values @ rotation) ** 2).sum(axis=0), kind="stable")
    rotation = rotation[:, order]
    rotation = rotation * _signs(values @ rotation)
    return Rotation(pd.DataFrame(values @ rotation, loadings.index, loadings.columns), rotation)


def _signs(loadings: Floats) -> Floats:
    return np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
