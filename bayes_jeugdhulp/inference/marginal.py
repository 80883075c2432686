"""The likelihood of a wijk with its own effect integrated out, and replicates of a new wijk."""

import math
from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm
from scipy.stats import t as student_t

from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.expected import STORED, Draws, Reference, Terms, fitted_terms, terms
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.start import likelihood_on_logit
from bayes_jeugdhulp.tasks import side_by_side

Array = NDArray[np.float64]
LogProbability = Callable[[Array], Array]

NODES, HEAVY_NODES = 15, 61
BLOCK = 40_000  # draws times wijken at a time: what stays in a processor's cache


def marginal_log_likelihood(design: Design, draws: Draws) -> Array:
    """Log of the probability of each published figure with the wijk effect integrated out.

    Parameters
    ----------
    design : Design
    draws : Draws

    Returns
    -------
    ndarray, shape (draw, wijk)
        0 for wijken whose count is missing: nothing was observed there.
    """
    return log_probability_per_draw(design, draws, fitted_terms(design, draws), np.flatnonzero(design.observed))


def log_probability_per_draw(design: Design, draws: Draws, fitted: Terms, wijken: NDArray[np.int64]) -> Array:
    """As :func:`log_probability_of_figures`, with the youths and users of the imputation that each draw belongs to."""
    result = np.zeros_like(fitted.location)
    for turn, index in enumerate(design.fitted):
        rows = np.flatnonzero(draws.imputation == index)
        result[rows] = log_probability_of_figures(design.counted(turn), fitted.rows(rows), wijken)
    return result


def log_probability_of_figures(design: Design, fitted: Terms, wijken: NDArray[np.int64]) -> Array:
    """As :func:`marginal_log_likelihood`, for some wijken; 0 for the others.

    Normal wijk effects: adaptive Gauss-Hermite quadrature; the nodes lie where a normal approximation of likelihood
    times wijk effect has its mass, so that a few suffice; a mixture sums over its parts. Student-t ones pull a wijk
    far from its expectation much less than that: there the nodes lie ever wider apart around the narrower of the two.
    """
    z, information = likelihood_on_logit(design)
    width = (design.youths * expit(z) * expit(-z)) ** -0.5
    result = np.zeros_like(fitted.location)
    block = max(1, BLOCK // len(result))

    def some(start: int) -> None:
        w = wijken[start : start + block]
        log_probability = log_interval_binomial(design.youths[w], design.users_low[w], design.users_high[w])
        part = fitted.select(w)
        if part.nu is not None:
            result[:, w] = _over_student_t(log_probability, part.location, part.sigma, part.nu, z[w], width[w])
            return
        parts = [
            np.log(share) + _over_normal(log_probability, part.location, times * part.sigma, z[w], information[w])
            for share, times in zip(part.share, part.times, strict=True)
        ]
        result[:, w] = np.logaddexp.reduce(parts)

    side_by_side(some, range(0, len(wijken), block))
    return result


def _over_normal(log_probability: LogProbability, mu: Array, sigma: Array, z: Array, information: Array) -> Array:
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    precision = information + sigma**-2
    centre, sd = (information * z + mu * sigma**-2) / precision, precision**-0.5
    terms = np.empty((NODES, *sigma.shape))
    for term, point, log_weight in zip(terms, points, np.log(weights) + points**2 / 2, strict=True):
        eta = centre + point * sd
        term[...] = log_probability(eta) - ((eta - mu) / sigma) ** 2 / 2 + log_weight
    return _log_sum(terms) + np.log(sd / sigma) - np.log(2 * np.pi) / 2


def _over_student_t(
    log_probability: LogProbability, mu: Array, sigma: Array, nu: Array, z: Array, width: Array
) -> Array:
    x, step = np.linspace(-4.5, 4.5, HEAVY_NODES, retstep=True)
    centre, sd = np.where(width < sigma, z, mu), np.minimum(width, sigma)
    terms = np.empty((HEAVY_NODES, *sigma.shape))
    for term, at in zip(terms, x, strict=True):
        eta = centre + np.sinh(at) * sd
        term[...] = log_probability(eta) + student_t.logpdf((eta - mu) / sigma, nu) + np.log(np.cosh(at) * step)
    return _log_sum(terms) + np.log(sd / sigma)


def _log_sum(terms: Array) -> Array:
    largest = terms.max(axis=0)
    return largest + np.log(np.exp(terms - largest).sum(axis=0))


def new_wijk(design: Design, draws: Draws, reference: Reference, seed: int) -> Array:
    """Log odds of use of a new wijk with the same kenmerken, one per posterior draw, shape (draw, wijk)."""
    return draw_new_wijk(terms(design, draws, reference), seed)


def draw_new_wijk(terms: Terms, seed: int) -> Array:
    """Draw log odds of use, one per posterior draw, shape (draw, wijk); see :class:`NewWijken`."""
    return NewWijken(terms.location.shape[1], seed)(terms)


class NewWijken:
    """Draws log odds of use of new wijken, a block at a time; how they are divided makes no difference.

    The new effects are stratified over the draws, so that their share of the Monte Carlo error all but vanishes.

    Parameters
    ----------
    wijken : int
        How many there are in all.
    seed : int
    """

    def __init__(self, wijken: int, seed: int):
        self._wijken, self._seed = wijken, seed
        self._which: np.random.Generator | None = None
        self._rng: np.random.Generator | None = None

    def __call__(self, terms: Terms) -> Array:
        """Draw for the next wijken, one per posterior draw, shape (draw, wijk)."""
        draws, wijken = terms.location.shape
        levels = (np.arange(draws) + 0.5) / draws
        mixed = len(terms.share) == 2
        if self._rng is None or self._which is None:
            self._which, self._rng = (np.random.default_rng(self._seed) for _ in range(2))
            for _ in range(self._wijken * mixed):  # which part of a mixture they are in comes first, of all of them
                self._rng.permutation(levels)
        own = np.broadcast_to(terms.times[-1], terms.location.shape) * terms.sigma
        if mixed:
            own = np.where(_shuffled(levels, wijken, self._which) < terms.share[1], own, terms.sigma)
        normal = norm.ppf(levels)
        if terms.nu is None:
            return terms.location + np.sqrt(terms.variance + own**2) * _shuffled(normal, wijken, self._rng)
        eta, nu = terms.location.copy(), np.broadcast_to(terms.nu, terms.location.shape)
        for w in range(wijken):
            eta[:, w] += own[:, w] * student_t.ppf(self._rng.permutation(levels), nu[:, w])
            eta[:, w] += np.sqrt(terms.variance[:, w]) * self._rng.permutation(normal)
        return eta


def _shuffled(values: Array, times: int, rng: np.random.Generator) -> Array:
    """Random orders of values, one a column."""
    return np.stack([rng.permutation(values) for _ in range(times)]).T


def add_predictive(tree: xr.DataTree, design: Design, seed: int, *, numbers: int | None = None) -> None:
    """Add log likelihood, replicates of a new wijk within its gemeente, and the observed counts to a fit.

    ``numbers`` is of :func:`bayes_jeugdhulp.inference.blocks.parts`.
    """
    shape = tuple(tree["posterior"].sizes[dim] for dim in ("chain", "draw"))
    wijk = design.areas.wijken.index.to_numpy(str)
    coords = {
        "chain": tree["posterior"]["chain"],
        "draw": tree["posterior"]["draw"],
        "observed_wijk": wijk[design.observed],
    }
    log_likelihood = np.empty((math.prod(shape), design.observed.sum()), STORED)
    users = np.empty(log_likelihood.shape, np.int16 if design.youths.max() < 2**15 else np.int32)
    new, rng, policy = NewWijken(len(wijk), seed), np.random.default_rng(seed), design.areas.policy
    stop = 0
    for part, draws in blocks(tree, design, numbers):
        start, stop = stop, stop + int(part.observed.sum())
        log_likelihood[:, start:stop] = marginal_log_likelihood(part, draws)[:, part.observed]
        p = expit(new(terms(part, draws, "within_gemeente"))[:, part.observed])
        counts = rng.binomial(part.youths[part.observed, None], p.T).T
        users[:, start:stop] = policy.bounds(policy.publish(counts))[0]

    def group(values: NDArray, dims: tuple[str, ...]) -> xr.DataTree:
        return xr.DataTree(xr.Dataset({"users": (dims, values)}, {name: coords[name] for name in dims}))

    dims = ("chain", "draw", "observed_wijk")
    tree["log_likelihood"] = group(log_likelihood.reshape(*shape, -1), dims)
    tree["posterior_predictive"] = group(users.reshape(*shape, -1), dims)
    tree["observed_data"] = group(design.users_low[design.observed], ("observed_wijk",))
