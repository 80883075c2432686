"""Factor scores of wijken by the regression method, Bartlett's and Anderson and Rubin's."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.factors.components import communalities
from bayes_jeugdhulp.factors.correlations import check_matrix, correlate
from bayes_jeugdhulp.factors.possible import NotPossible, as_figures, as_matrix

Method = Literal["anderson-rubin", "regression", "bartlett"]
METHODS = ("anderson-rubin", "regression", "bartlett")
NOTHING = 1e-12  # what floating point leaves of 0


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of wijken on factors.

    Attributes
    ----------
    values : DataFrame, wijk by factor
        Only wijken that have every indicator: the others have no score, which is not a score of 0.
    weights : DataFrame, indicator by factor
        Scores are standardised indicators times these.
    left_out : Index
        Wijken without a score.
    """

    values: pd.DataFrame
    weights: pd.DataFrame
    left_out: pd.Index


def score_weights(
    matrix: pd.DataFrame, loadings: pd.DataFrame, method: Method = "anderson-rubin", decimals: int | None = None
) -> pd.DataFrame | NotPossible:
    r"""Weights that turn standardised indicators into scores on uncorrelated factors.

    Parameters
    ----------
    matrix : DataFrame, indicator by indicator
        Correlations.
    loadings : DataFrame, indicator by factor
        Of the same indicators, in any order.
    method : {"anderson-rubin", "regression", "bartlett"}, default "anderson-rubin"
    decimals : int, optional
        Decimals of the matrix; see :func:`~bayes_jeugdhulp.factors.correlations.check_matrix`.

    Returns
    -------
    DataFrame, indicator by factor, or NotPossible
        Not possible where the matrix is no correlation matrix or (regression) singular, where an indicator has no
        variance of its own (the other two methods), or where the loadings of one factor follow from the others'.

    Raises
    ------
    DataError
        If the tables are not of numbers, or have other indicators.
    ValueError
        If there is no such method.

    Notes
    -----
    With correlations R, loadings L and :math:`U^2 = I - \mathrm{diag}(L L')`, weights W are

    - regression (Thurstone 1935): :math:`R^{-1} L`;
    - Bartlett (1937), British Journal of Psychology 28:97-104: :math:`U^{-2} L (L' U^{-2} L)^{-1}`;
    - Anderson & Rubin (1956), Proceedings of the Third Berkeley Symposium 5:111-150:
      :math:`U^{-2} L (L' U^{-2} R\, U^{-2} L)^{-1/2}` with the symmetric root, so that :math:`W' R W = I`: these scores
      are uncorrelated and have variance 1 in the wijken that R rests on.

    For rotated principal components the regression scores are the components themselves, which are uncorrelated with
    variance 1 too; the others treat the components as common factors, and differ.

    Examples
    --------
    >>> matrix = pd.DataFrame([[1, 0.36], [0.36, 1]], ["a", "b"], ["a", "b"])
    >>> loadings = pd.DataFrame({"1": [0.6, 0.6]}, ["a", "b"])
    >>> weights = score_weights(matrix, loadings)
    >>> weights["1"].round(4).tolist(), round(float((weights.T @ matrix @ weights).loc["1", "1"]), 12)
    ([0.6063, 0.6063], 1.0)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    R, L = as_matrix(matrix), as_figures(loadings, "loadings")
    if set(R.index) != set(L.index) or L.isna().to_numpy().any():
        found = "loadings that do not fit the matrix"
        expected = "a loading for each indicator of the matrix and for no other"
        raise DataError([Problem("loadings", found, expected, "take both from the same indicators")])
    L = L.loc[R.index]
    check = check_matrix(R, decimals)
    if why := (check.why_singular if method == "regression" else check.why_not):
        return NotPossible(why)
    if np.linalg.matrix_rank(L.to_numpy()) < L.shape[1]:
        return NotPossible("the loadings of one factor follow from those of the others")
    if method == "regression":
        return pd.DataFrame(np.linalg.solve(R.to_numpy(), L.to_numpy()), L.index, L.columns)
    own = 1 - communalities(L)
    if len(spent := own.index[own <= NOTHING]):
        return NotPossible(f"{', '.join(map(str, spent))} has no variance of its own beside the factors")
    weighed = L.to_numpy() / own.to_numpy()[:, None]
    if method == "bartlett":
        return pd.DataFrame(np.linalg.solve(L.T.to_numpy() @ weighed, weighed.T).T, L.index, L.columns)
    eigenvalues, vectors = np.linalg.eigh(weighed.T @ R.to_numpy() @ weighed)
    if eigenvalues[0] <= NOTHING * eigenvalues[-1]:
        return NotPossible("the scores of one factor would follow from those of the others")
    return pd.DataFrame(weighed @ (vectors / np.sqrt(eigenvalues)) @ vectors.T, L.index, L.columns)


def factor_scores(
    indicators: pd.DataFrame, loadings: pd.DataFrame, method: Method = "anderson-rubin"
) -> Scores | NotPossible:
    """Score wijken on uncorrelated factors.

    Parameters
    ----------
    indicators : DataFrame, wijk by indicator
        Empty where not measured. At least the indicators of the loadings; others are passed over.
    loadings : DataFrame, indicator by factor
        For instance of :func:`~bayes_jeugdhulp.factors.components.varimax`.
    method : {"anderson-rubin", "regression", "bartlett"}, default "anderson-rubin"
        See :func:`score_weights`; correlations, means and sds are those of the wijken that have every indicator.

    Returns
    -------
    Scores or NotPossible
        Not possible where the weights are not.

    Raises
    ------
    DataError
        If the tables are not of numbers, or an indicator of the loadings is absent.
    ValueError
        If there is no such method.

    Examples
    --------
    >>> figures = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, 1, 4, 3, None]}, list("vwxyz"))
    >>> scores = factor_scores(figures, pd.DataFrame({"1": [0.8, 0.8]}, ["a", "b"]))
    >>> scores.values["1"].round(2).tolist(), list(scores.left_out)
    ([-0.87, -0.87, 0.87, 0.87], ['z'])
    """
    if len(absent := loadings.index.difference(indicators.columns)):
        found = f"no column {', '.join(map(str, absent))}"
        raise DataError([Problem("indicators", found, "a column for each loading", "add it, or drop its loadings")])
    figures = as_figures(indicators[list(loadings.index)])
    complete = figures.dropna()
    if len(complete) < 3:
        return NotPossible(f"{len(complete)} wijken have every indicator; three are the least")
    weights = score_weights(correlate(complete).values, loadings, method)
    if isinstance(weights, NotPossible):
        return weights
    standardised = (complete - complete.mean()) / complete.std()
    return Scores(standardised @ weights, weights, figures.index.difference(complete.index, sort=False))
