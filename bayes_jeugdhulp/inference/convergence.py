"""R-hat and effective sample sizes of many quantities at once, as ArviZ has them of one."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri
from scipy.stats import rankdata

from bayes_jeugdhulp.tasks import side_by_side

Array = NDArray[np.float64]

BLOCK = 200_000  # numbers at a time: what stays in a processor's cache
TAILS = (0.05, 0.95)
LEAST_DRAWS = 4  # of a chain; below there is nothing to split


def diagnose(values: NDArray[np.floating], turns: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """R-hat, bulk and tail ESS of draws, every (chain, imputation) taken as a chain of its own.

    Ranks within an imputation take away every difference between imputations and keep those between its chains; as
    rank-normalised diagnostics begin with ranks anyway, nothing else changes.

    Parameters
    ----------
    values : ndarray, shape (chain, draw, element)
    turns : ndarray of int, shape (chain, draw)
        Imputation of each draw, counted from 0; as many draws of each.

    Returns
    -------
    r_hat, bulk, tail : ndarray, shape (element,)
        NaN where they are not defined: R-hat of what never moved, all of them with fewer than four draws.

    Notes
    -----
    Vehtari et al. 2021, doi 10.1214/20-BA1221.

    Examples
    --------
    >>> draws = np.random.default_rng(1).standard_normal((4, 1000, 1))
    >>> r_hat, bulk, tail = diagnose(draws, np.zeros((4, 1000), int))
    >>> bool(r_hat[0] < 1.01), bool(bulk[0] > 3000)
    (True, True)
    """
    order = np.argsort(turns, axis=1, kind="stable")[:, :, None]
    count, step = int(turns.max()) + 1, max(1, BLOCK // turns.size)

    def of_some(start: int) -> tuple[Array, ...]:
        return _diagnose(np.take_along_axis(values[:, :, start : start + step], order, axis=1), count)

    found = side_by_side(of_some, range(0, values.shape[2], step))
    r_hat, bulk, tail = (np.concatenate(column) for column in zip(*found, strict=True))
    return r_hat, bulk, tail


def _diagnose(values: NDArray[np.floating], count: int) -> tuple[Array, ...]:
    """As :func:`diagnose`, of draws in the order of their imputations, of which there are so many."""
    chains, draws, elements = values.shape
    undefined = np.isnan(values).any(axis=(0, 1)) | (draws // count < LEAST_DRAWS)
    if undefined.all():
        return (np.full(elements, np.nan),) * 3
    apart = np.moveaxis(values.reshape(chains, count, -1, elements), (3, 1), (0, 1)).reshape(elements, count, -1)
    z, folded = (part.reshape(elements, count * chains, -1) for part in _normalised(apart))
    r_hat = np.maximum(_r_hat(_split(z)), _r_hat(_split(folded)))
    limits = np.quantile(z.reshape(elements, -1), TAILS, axis=1)[:, :, None, None]
    low, high = (_ess(_split((z <= limit).astype(float))) for limit in limits)
    never_moved = np.ptp(apart, axis=-1).min(axis=-1) == 0
    found = np.where(never_moved, np.nan, r_hat), _ess(_split(z)), np.minimum(low, high)
    return tuple(np.where(undefined, np.nan, part) for part in found)


def _normalised(values: NDArray[np.floating]) -> tuple[Array, Array]:
    """Normal scores of the ranks along the last axis, and of the distances of the ranks from the middle one."""
    count = values.shape[-1]

    def scores(ranks: Array) -> Array:
        return ndtri((ranks - 0.375) / (count + 0.25))

    def away(ranks: Array) -> Array:
        return rankdata(np.abs(ranks - (count + 1) / 2), axis=-1)

    order = np.argsort(values, axis=-1)
    tied = (np.diff(np.take_along_axis(values, order, axis=-1), axis=-1) == 0).any(axis=-1)
    untied = np.arange(1.0, count + 1)
    found = []
    for score in (lambda ranks: scores(ranks), lambda ranks: scores(away(ranks))):
        z = np.empty(values.shape)
        np.put_along_axis(z, order, np.broadcast_to(score(untied), values.shape), axis=-1)
        if tied.any():
            z[tied] = score(rankdata(values[tied].astype(float), axis=-1))
        found.append(z)
    return found[0], found[1]


def _split(values: Array) -> Array:
    """Halves of every chain as chains, (element, chain, draw) to twice as many of half the length."""
    half = values.shape[2] // 2
    return np.concatenate([values[:, :, :half], values[:, :, -half:]], axis=1)


def _r_hat(values: Array) -> Array:
    """Root of the total over the within-chain variance, of shape (element, chain, draw)."""
    draws = values.shape[2]
    between = draws * values.mean(axis=2).var(axis=1, ddof=1)
    within = values.var(axis=2, ddof=1).mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # of what never moved
        return np.sqrt((between / within + draws - 1) / draws)


def _ess(values: Array) -> Array:
    """Effective sample size of the mean, of shape (element, chain, draw), by Geyer's initial monotone sequence."""
    _, chains, n = values.shape
    mean = values.mean(axis=2)
    length = next_fast_len(2 * n, real=True)
    transformed = rfft(values - mean[:, :, None], n=length)
    power = (transformed.real**2 + transformed.imag**2).mean(axis=1)
    autocovariance = irfft(power, n=length)[:, :n] / n
    variance = autocovariance[:, :1] * n / (n - 1)
    whole = autocovariance[:, :1] + mean.var(axis=1, ddof=1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):  # of what never moved
        rho = 1 - (variance - autocovariance) / whole
    rho[:, 0] = 1
    pairs = rho[:, : n // 2 * 2].reshape(len(rho), -1, 2).sum(axis=2)
    # the pair that ends the sum: the first that is not above 0, or the last that the length allows
    ends = ~(pairs > 0)
    ends[:, max(-(-(n - 2) // 2) - 1, 0) :] = True
    last = ends.argmax(axis=1)
    at = np.arange(len(rho))
    falling = np.minimum.accumulate(pairs, axis=1)
    before = np.where(np.arange(pairs.shape[1]) < last[:, None], falling, 0).sum(axis=1)
    even = rho[at, 2 * last]
    tau = -1 + 2 * before + np.where((even > 0) | (pairs[at, last] >= 0), even, 0)
    found = chains * n / np.maximum(tau, 1 / np.log10(chains * n))
    return np.where(np.ptp(values, axis=(1, 2)) < np.finfo(float).resolution, chains * n, found)
