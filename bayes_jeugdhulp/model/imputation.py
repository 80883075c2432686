"""Multiple imputation of missing kenmerken from a model of the kenmerken that never sees the use of jeugdhulp."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import log_ndtr, ndtri_exp
from threadpoolctl import threadpool_limits

from bayes_jeugdhulp.model.gaps import Limit, Scale

Array = NDArray[np.float64]

# in sweeps; imputations that are fitted lie many times as far apart as SPACING
BURN_IN, SPACING = 200, 20
TUNED = (20, 100)  # sweeps at which the steps of the limits are tuned


def impute(
    kenmerken: Array,
    upper: Array,
    size: Array,
    group: NDArray[np.int64],
    small_counts: NDArray[np.bool_],
    draws: int,
    seed: int,
) -> Array:
    """Draw the missing cells of a table from a Gaussian copula with two levels, fitted by data augmentation.

    Columns are turned into scores (:class:`gaps.Scale`). A score is a part of the gemeente plus a part of the wijk,
    each multivariate normal over the kenmerken; both covariances, and all else, are drawn anew in every sweep of a
    Gibbs sampler, so that their uncertainty is in the imputations. Their priors are Jeffreys' with a ridge as heavy
    as one wijk or gemeente, so that columns that say the same, or more columns than wijken, do no harm.

    A cell with a known upper bound is drawn below it. A cell of a kenmerk that is hidden where few people stand behind
    it is drawn below a limit that is itself drawn (:class:`gaps.Limit`). All other gaps are at random given the rest.

    Parameters
    ----------
    kenmerken : ndarray, shape (wijk, kenmerk)
        NaN where missing; every column has at least two different values.
    upper : ndarray, shape (wijk, kenmerk)
        Known upper bounds of missing cells, NaN where none.
    size : ndarray, shape (wijk,)
        Logarithm of the number of youths.
    group : ndarray of int, shape (wijk,)
        Index of the gemeente, from 0.
    small_counts : ndarray of bool, shape (kenmerk,)
        Kenmerken that are hidden where few people stand behind them (not if a value or a bound is 0).
    draws : int
        Number of imputations.
    seed : int

    Returns
    -------
    ndarray, shape (draws, cells)
        Values of the missing cells in the order of ``np.nonzero(np.isnan(kenmerken))``.

    Notes
    -----
    Schafer 1997, Analysis of Incomplete Multivariate Data, chapter 5 (data augmentation for the multivariate normal),
    with a random intercept for each column as in Schafer & Yucel 2002. A hidden value v and its limit t are drawn
    together: v - t from a normal cut at 0, then v given v - t.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 2)); x[:, 1] += 2 * x[:, 0]; x[:5, 1] = np.nan
    >>> none, group = np.full_like(x, np.nan), np.arange(200) // 10
    >>> impute(x, none, np.zeros(200), group, np.array([False, False]), draws=20, seed=1).shape
    (20, 5)
    """
    rng = np.random.default_rng(seed)
    missing = np.isnan(kenmerken)
    columns = np.flatnonzero(missing.any(axis=0))
    gaps = {j: np.flatnonzero(missing[:, j]) for j in columns}
    # values may lie below all that are published; a bound of 0 has no logarithm
    below = (small_counts | (~np.isnan(upper)).any(axis=0)) & ~(upper <= 0).any(axis=0)
    scales = [Scale.of(x[~np.isnan(x)], bool(low)) for x, low in zip(kenmerken.T, below, strict=True)]
    scores = np.column_stack([*(scale.scores(column) for scale, column in zip(scales, kenmerken.T, strict=True)), size])
    scores[:, -1] = (size - size.mean()) / (size.std() if np.ptp(size) > 0 else 1)
    ceiling = np.full(kenmerken.shape, np.inf)
    for j in columns:
        bounded = missing[:, j] & ~np.isnan(upper[:, j])
        ceiling[bounded, j] = scales[j].ceiling(upper[bounded, j])
    limits = {
        j: Limit(scales[j], scores[~missing[:, j], j], size, missing[:, j], ceiling[:, j])
        for j in columns
        if small_counts[j] and scales[j].logarithmic and (missing[:, j] & np.isinf(ceiling[:, j])).any()
    }
    scores[:, :-1][missing] = np.minimum(rng.standard_normal(missing.sum()), ceiling[missing])

    count = np.bincount(group)
    member = csr_array((np.ones(len(group)), (group, np.arange(len(group)))))
    # where a gemeente lacks a kenmerk wholly, its part is drawn anew before its wijken: the two would hold each other
    lacking = {j: np.flatnonzero(np.bincount(group, missing[:, j] & np.isinf(ceiling[:, j])) == count) for j in columns}
    level = np.zeros((len(count), scores.shape[1]))
    drawn = np.empty((draws, missing.sum()))
    with threadpool_limits(1):  # thousands of small products: more threads only wait for each other
        for sweep in range(BURN_IN + draws * SPACING):
            between, _, centre = _draw_covariance(level, rng, centred=True)
            _, within_root, _ = _draw_covariance(scores - level[group], rng, centred=False)
            level = _draw_level(member @ scores / count[:, None], count, centre, between, within_root, rng)
            between_precision, precision = np.linalg.inv(between), within_root @ within_root.T
            rest = scores - level[group]
            for j in columns:
                rows, sd = gaps[j], precision[j, j] ** -0.5
                if j not in limits and len(lacking[j]):
                    where, own = lacking[j], between_precision[j, j]
                    pull = (level[where] - centre) @ between_precision[j] / own
                    level[where, j] += rng.standard_normal(len(where)) * own**-0.5 - pull
                mean = level[group[rows], j] + rest[rows, j] - rest[rows] @ precision[j] * sd**2
                limit, noise = ceiling[rows, j], np.zeros(len(rows))
                if j in limits:
                    open_gaps = limits[j].open[rows]
                    if sweep in TUNED:
                        limits[j].tune(mean[open_gaps], sd)
                    limit[open_gaps], noise[open_gaps] = limits[j].draw(mean[open_gaps], sd, rng)
                scores[rows, j] = _draw_below(mean, sd, limit, noise, rng)
                rest[rows, j] = scores[rows, j] - level[group[rows], j]
            kept, remainder = divmod(sweep - BURN_IN + 1, SPACING)
            if kept > 0 and remainder == 0:
                values = np.column_stack([scale.values(scores[:, j]) for j, scale in enumerate(scales)])
                drawn[kept - 1] = np.fmin(values, upper)[missing]
    return drawn


def _draw_below(mean: Array, sd: float, limit: Array, noise: Array, rng: np.random.Generator) -> Array:
    """Draw from N(mean, sd^2) given that it lies below a draw from N(limit, noise^2)."""
    total = np.hypot(sd, noise)
    reach = log_ndtr((limit - mean) / total)  # log of the probability of lying below
    off = total * ndtri_exp(reach + np.log(rng.random(len(mean))))
    return mean + (sd / total) ** 2 * off + sd * noise / total * rng.standard_normal(len(mean))


def _draw_level(
    mean: Array, count: NDArray[np.int64], centre: Array, between: Array, within_root: Array, rng: np.random.Generator
) -> Array:
    """Draw the part of each gemeente, in the coordinates in which both covariances are diagonal."""
    ratio, rotation = np.linalg.eigh(within_root.T @ between @ within_root)
    to, back = within_root @ rotation, np.linalg.solve(within_root.T, rotation).T
    variance = np.maximum(ratio, 1e-12)  # of the gemeente part, where that of the wijk part is 1
    keep = variance / (variance + 1 / count[:, None])
    own = keep * ((mean - centre) @ to) + np.sqrt(keep / count[:, None]) * rng.standard_normal(mean.shape)
    return centre + own @ back


def _draw_covariance(x: Array, rng: np.random.Generator, *, centred: bool) -> tuple[Array, Array, Array]:
    """Draw a covariance from its inverse-Wishart posterior, by Bartlett's decomposition, and the mean if asked.

    Returns the covariance, a root of the precision and the mean.
    """
    n, k = x.shape
    mean = x.mean(axis=0) if centred else np.zeros(k)
    scatter = (x - mean).T @ (x - mean) + np.eye(k)
    bartlett = np.tril(rng.standard_normal((k, k)), -1)
    np.fill_diagonal(bartlett, np.sqrt(rng.chisquare(max(n, k + 2) - centred - np.arange(k))))
    root = np.linalg.cholesky(np.linalg.inv(scatter)) @ bartlett
    inverse = np.linalg.inv(root)
    if centred:
        mean = mean + inverse.T @ rng.standard_normal(k) / np.sqrt(n)
    return inverse.T @ inverse, root, mean
