"""The binomial likelihood of a count known exactly or only within bounds, as a distribution to draw from too."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit, gammaln

from bayes_jeugdhulp.counts import CountsPolicy

Counts = NDArray[np.int64]


def log_interval_binomial(youths: Counts, low: Counts, high: Counts) -> Callable[[Any], Any]:
    """Log of ``P(low <= k <= high)`` for ``k ~ Binomial(youths, expit(eta))``, as a function of ``eta``.

    With ``t = e^eta`` and ``c_j = (n - low - j + 1) / (low + j)`` the sum of binomial terms is
    ``C(n, low) t^low (1 + t)^-n (1 + c_1 t (1 + c_2 t (1 + ...)))``: all terms are positive and nothing cancels, so
    it is exact in the far tails, where a difference of distribution functions is not.

    Parameters
    ----------
    youths, low, high : ndarray of int, shape (wijk,)
        ``0 <= low <= high <= youths``.

    Returns
    -------
    callable
        Maps ``eta``, a tensor or array of shape (..., wijk), to log probabilities of that shape.

    Notes
    -----
    Heitjan & Rubin 1990, JASA 85: the likelihood of a coarsened count sums the pmf over what it may have been.

    Examples
    --------
    >>> log_p = log_interval_binomial(np.array([50, 50]), np.array([7, 0]), np.array([7, 9]))
    >>> np.exp(log_p(np.array([-2.0, -2.0]))).round(4).tolist()
    [0.1456, 0.9318]
    """
    n, a = youths.astype(float), low.astype(float)
    constant = gammaln(n + 1) - gammaln(a + 1) - gammaln(n - a + 1)
    rows = np.flatnonzero(high > low)
    steps = np.arange(1, (high - low).max(initial=0) + 1)[:, None]
    ratios = np.where(steps <= high - low, (n - a - steps + 1) / (a + steps), 0.0)[::-1, rows]

    def log_probability(eta: Any) -> Any:
        symbolic = isinstance(eta, TensorVariable)
        log_p = constant + a * eta - n * (pt.softplus(eta) if symbolic else _softplus(eta))
        if not len(rows):
            return log_p
        t = pt.exp(eta[..., rows]) if symbolic else np.exp(eta[..., rows])
        nested = 0.0
        for ratio in ratios:
            nested = ratio * t * (1 + nested)
        if symbolic:
            return pt.inc_subtensor(log_p[..., rows], pt.log1p(nested))
        log_p[..., rows] += np.log1p(nested)
        return log_p

    return log_probability


def _softplus(eta: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(1 + e^eta)`` without overflow; three times as fast as ``np.logaddexp(0, eta)``."""
    return np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))


def published_binomial(
    name: str,
    youths: Counts,
    eta: TensorVariable,
    *,
    low: Counts,
    high: Counts,
    policy: CountsPolicy,
    dims: str,
) -> TensorVariable:
    """Observed counts as their source publishes them.

    The value of the variable is the smallest true count that would have been published so (the count itself where
    the source is exact, 0 where it is suppressed); draws are published by ``policy`` too.

    Parameters
    ----------
    name : str
    youths, low, high : ndarray of int, shape (wijk,)
    eta : TensorVariable, shape (wijk,)
        Log odds of use.
    policy : CountsPolicy
    dims : str

    Returns
    -------
    TensorVariable
        An observed variable, integer, shape (wijk,).
    """
    log_probability = log_interval_binomial(youths, low, high)

    def logp(value: TensorVariable, eta: TensorVariable) -> TensorVariable:
        return log_probability(eta)

    def random(eta: NDArray, rng: np.random.Generator, size: tuple[int, ...] | None = None) -> Counts:
        shape = np.broadcast_shapes(eta.shape, (*(size or ()), len(youths)))
        counts = rng.binomial(youths, expit(eta), size=shape)
        return policy.bounds(policy.publish(counts))[0]

    return pm.CustomDist(
        name, eta, logp=logp, random=random, observed=low, dims=dims, signature="(w)->(w)", dtype="int64"
    )
