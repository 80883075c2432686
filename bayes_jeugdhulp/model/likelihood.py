"""The binomial likelihood of a count known exactly or only within bounds, as a distribution to draw from too."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit, gammaln

from bayes_jeugdhulp.counts import CountsPolicy

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class IntervalTerms:
    """What the log likelihood of counts within bounds needs beside the log odds; arrays, or tensors of that shape.

    Attributes
    ----------
    youths, low, constant : shape (wijk,)
        Number of youths, lower bound, and the log of the binomial coefficient of the two.
    rows : shape (open,)
        Which wijken have bounds that differ.
    shift : shape (open,)
        Mean log ratio of a binomial coefficient to the one before, from lower to upper bound.
    ratios : shape (step, open)
        That ratio of each further coefficient, less the shift (so that their product is 1), the last first; 0 beyond
        the upper bound.
    """

    youths: Any
    low: Any
    constant: Any
    rows: Any
    shift: Any
    ratios: Any


def interval_terms(youths: Counts, low: Counts, high: Counts, steps: int | None = None) -> IntervalTerms:
    """Terms of :func:`log_interval_binomial`, with ``steps`` ratios (default: as many as the widest bounds need)."""
    n, a = youths.astype(float), low.astype(float)
    constant = gammaln(n + 1) - gammaln(a + 1) - gammaln(n - a + 1)
    rows = np.flatnonzero(high > low)
    count = (high - low).max(initial=0) if steps is None else steps
    step = np.arange(1, count + 1)[:, None]
    within = (step <= high - low)[:, rows]
    ratios = np.where(within, ((n - a - step + 1) / (a + step))[:, rows], 1.0)
    shift = np.log(ratios).sum(axis=0) / (high - low)[rows]
    return IntervalTerms(n, a, constant, rows, shift, np.where(within, ratios * np.exp(-shift), 0.0)[::-1])


def log_interval(terms: IntervalTerms, eta: Any, steps: int) -> Any:
    """Log probability of the terms at log odds ``eta``, shape (..., wijk); see :func:`log_interval_binomial`."""
    symbolic = isinstance(eta, TensorVariable)
    softplus = pt.softplus if symbolic else _softplus
    log_p = terms.constant + terms.low * eta - terms.youths * softplus(eta)
    if not steps:
        return log_p
    xp = pt if symbolic else np
    shifted = eta[..., terms.rows] + terms.shift
    # the sum of c_j t^j over j = 0..m, by Horner's rule; where t > 1, t^m times the sum of c_j (1 / t)^(m - j)
    above = xp.maximum(shifted, 0)
    t, inverse = xp.exp(shifted - above), xp.exp(-above)
    nested, power = 1.0, 1.0
    for step in range(steps):
        power = power * xp.where(terms.ratios[step] > 0, inverse, 1.0)
        nested = power + terms.ratios[step] * t * nested
    added = xp.log(nested) + above * (terms.ratios > 0).sum(axis=0)
    if symbolic:
        return pt.inc_subtensor(log_p[..., terms.rows], added)
    log_p[..., terms.rows] += added
    return log_p


def log_interval_binomial(youths: Counts, low: Counts, high: Counts) -> Callable[[Any], Any]:
    """Log of ``P(low <= k <= high)`` for ``k ~ Binomial(youths, expit(eta))``, as a function of ``eta``.

    With ``t = e^eta`` and ``c_j = (n - low - j + 1) / (low + j)`` the sum of binomial terms is
    ``C(n, low) t^low (1 + t)^-n (1 + c_1 t (1 + c_2 t (1 + ...)))``: all terms are positive and nothing cancels, so
    it is exact in the far tails, where a difference of distribution functions is not. The ``c_j`` are divided by their
    geometric mean, by which ``t`` is multiplied, and powers of 1 / t are summed where t is above 1, so that bounds
    hundreds of counts apart overflow nowhere.

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
    terms = interval_terms(youths, low, high)
    return partial(log_interval, terms, steps=len(terms.ratios))


def _softplus(eta: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(1 + e^eta)`` without overflow; three times as fast as ``np.logaddexp(0, eta)``."""
    return np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))


def published_binomial(
    name: str, eta: TensorVariable, terms: IntervalTerms, steps: int, published: Any, *, policy: CountsPolicy, dims: str
) -> TensorVariable:
    """Observed counts as their source publishes them.

    The value of the variable is the smallest true count that would have been published so (the count itself where
    the source is exact, 0 where it is suppressed); draws are published by ``policy`` too.

    Parameters
    ----------
    name : str
    eta : TensorVariable, shape (wijk,)
        Log odds of use.
    terms : IntervalTerms
        Arrays, or data of the model that can be replaced.
    steps : int
        Number of ratios in ``terms``, which the graph is written for.
    published : shape (wijk,)
        The value.
    policy : CountsPolicy
    dims : str

    Returns
    -------
    TensorVariable
        An observed variable, integer, shape (wijk,).
    """

    def logp(value: TensorVariable, eta: TensorVariable, youths: TensorVariable) -> TensorVariable:
        return log_interval(terms, eta, steps)

    def random(eta: NDArray, youths: NDArray, rng: np.random.Generator, size: tuple[int, ...] | None = None) -> Counts:
        shape = np.broadcast_shapes(eta.shape, (*(size or ()), youths.shape[-1]))
        counts = rng.binomial(youths.astype(int), expit(eta), size=shape)
        return policy.bounds(policy.publish(counts))[0]

    return pm.CustomDist(
        name,
        eta,
        terms.youths,
        logp=logp,
        random=random,
        observed=published,
        dims=dims,
        signature="(w),(w)->(w)",
        dtype="int64",
    )
