"""Multiple imputation of missing kenmerken from a model of the kenmerken that never sees the use of jeugdhulp."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]

DISCRETE_VALUES = 10  # a column with at most this many different values keeps to those values
# in sweeps: column means of the real kenmerken are uncorrelated at this distance but for the emptiest one (.4), and
# imputations that are fitted lie many times as far apart
BURN_IN, SPACING = 200, 20


def impute(kenmerken: Array, upper: Array, auxiliary: Array, draws: int, seed: int) -> Array:
    """Draw the missing cells of a table from a Gaussian copula fitted by data augmentation.

    Columns are turned into normal scores; means and covariance are drawn anew in every sweep of a Gibbs sampler, so
    that their uncertainty is in the imputations. Their prior is Jeffreys' with a ridge as heavy as one wijk, so that
    columns that say the same, or more columns than wijken, do no harm. A cell with a known upper bound is drawn below
    it.

    Parameters
    ----------
    kenmerken : ndarray, shape (wijk, kenmerk)
        NaN where missing; every column has at least two different values.
    upper : ndarray, shape (wijk, kenmerk)
        Known upper bounds of missing cells, NaN where none.
    auxiliary : ndarray, shape (wijk, any)
        Complete columns that help to predict, such as the logarithm of the number of youths.
    draws : int
        Number of imputations.
    seed : int

    Returns
    -------
    ndarray, shape (draws, cells)
        Values of the missing cells in the order of ``np.nonzero(np.isnan(kenmerken))``.

    Notes
    -----
    Schafer 1997, Analysis of Incomplete Multivariate Data, chapter 5 (data augmentation for the multivariate normal).
    It takes the gaps as missing at random given the other kenmerken, except where a bound is known.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 2)); x[:, 1] += 2 * x[:, 0]; x[:5, 1] = np.nan
    >>> impute(x, np.full_like(x, np.nan), np.empty((200, 0)), draws=20, seed=1).shape
    (20, 5)
    """
    rng = np.random.default_rng(seed)
    missing = np.isnan(kenmerken)
    columns = np.flatnonzero(missing.any(axis=0))
    scores = np.column_stack([*(_normal_scores(column) for column in kenmerken.T), auxiliary])
    scores[:, kenmerken.shape[1] :] = _standardise(auxiliary)
    ceiling = np.full(kenmerken.shape, np.inf)
    for j in columns:
        bounded = missing[:, j] & ~np.isnan(upper[:, j])
        ceiling[bounded, j] = _score_of(kenmerken[:, j], upper[bounded, j])
    scores[:, : kenmerken.shape[1]][missing] = np.minimum(rng.standard_normal(missing.sum()), ceiling[missing])

    drawn = np.empty((draws, missing.sum()))
    with threadpool_limits(1):  # thousands of small products: more threads only wait for each other
        for sweep in range(BURN_IN + draws * SPACING):
            mean, precision = _draw_mean_precision(scores, rng)
            for j in columns:
                rows = missing[:, j]
                others = (scores[rows] - mean) @ precision[:, j] - (scores[rows, j] - mean[j]) * precision[j, j]
                location, scale = mean[j] - others / precision[j, j], precision[j, j] ** -0.5
                reach = ndtr((ceiling[rows, j] - location) / scale)
                scores[rows, j] = location + scale * ndtri(np.clip(rng.random(rows.sum()) * reach, 1e-300, 1 - 1e-16))
            kept, remainder = divmod(sweep - BURN_IN + 1, SPACING)
            if kept > 0 and remainder == 0:
                filled = scores[:, : kenmerken.shape[1]]
                values = np.column_stack([_value_of(kenmerken[:, j], filled[:, j]) for j in range(kenmerken.shape[1])])
                drawn[kept - 1] = np.fmin(values, upper)[missing]
    return drawn


def _draw_mean_precision(scores: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw from the normal-inverse-Wishart posterior, by Bartlett's decomposition."""
    n, k = scores.shape
    centre = scores.mean(axis=0)
    scatter = (scores - centre).T @ (scores - centre) + np.eye(k)
    scatter_root = np.linalg.cholesky(np.linalg.inv(scatter))
    bartlett = np.tril(rng.standard_normal((k, k)), -1)
    np.fill_diagonal(bartlett, np.sqrt(rng.chisquare(max(n, k + 2) - 1 - np.arange(k))))
    root = scatter_root @ bartlett
    precision = root @ root.T
    return centre + np.linalg.solve(root.T, rng.standard_normal(k)) / np.sqrt(n), precision


def _standardise(columns: Array) -> Array:
    return (columns - columns.mean(axis=0)) / np.where(np.ptp(columns, axis=0) > 0, columns.std(axis=0), 1)


def _normal_scores(column: Array) -> Array:
    """Normal quantiles of mid-ranks among the observed values."""
    observed = np.sort(column[~np.isnan(column)])
    ranks = (np.searchsorted(observed, column, "left") + np.searchsorted(observed, column, "right")) / 2
    return ndtri(np.where(np.isnan(column), 0.5, np.clip(ranks, 0.5, len(observed) - 0.5) / len(observed)))


def _score_of(column: Array, values: Array) -> Array:
    observed = np.sort(column[~np.isnan(column)])
    return ndtri(np.clip(np.searchsorted(observed, values, "right"), 0.5, len(observed) - 0.5) / len(observed))


def _value_of(column: Array, scores: Array) -> Array:
    """Back from scores: the observed quantile, between neighbouring values unless the column is discrete."""
    observed = np.sort(column[~np.isnan(column)])
    position = ndtr(scores) * len(observed) - 0.5
    if len(np.unique(observed)) <= DISCRETE_VALUES:
        return observed[np.clip(np.round(position).astype(int), 0, len(observed) - 1)]
    return np.interp(position, np.arange(len(observed)), observed)
