"""The likelihood of a wijk with its own effect integrated out, and replicates of a new wijk."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm
from scipy.stats import t as student_t

from bayes_jeugdhulp.inference.expected import Draws, Reference, fitted_location, location, normal_variance, read_draws
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.start import likelihood_on_logit

Array = NDArray[np.float64]

NODES, HEAVY_NODES = 15, 61
BLOCK = 10  # wijken at a time: what stays in a processor's cache


def marginal_log_likelihood(design: Design, draws: Draws) -> Array:
    """Log of the probability of each published figure with the wijk effect integrated out.

    Normal wijk effects: adaptive Gauss-Hermite quadrature; the nodes lie where a normal approximation of likelihood
    times wijk effect has its mass, so that a few suffice. Student-t ones pull a wijk far from its expectation much
    less than that: there the nodes lie ever wider apart around the narrower of the two.

    Parameters
    ----------
    design : Design
    draws : Draws

    Returns
    -------
    ndarray, shape (draw, wijk)
        0 for wijken whose count is missing: nothing was observed there.
    """
    z, information = likelihood_on_logit(design)
    width = (design.youths * expit(z) * expit(-z)) ** -0.5
    mu = fitted_location(design, draws)
    if draws.nu is None:
        points, weights = np.polynomial.hermite_e.hermegauss(NODES)
        log_weights = np.log(weights) + points**2 / 2
    else:
        x, step = np.linspace(-4.5, 4.5, HEAVY_NODES, retstep=True)
        points, log_weights = np.sinh(x), np.log(np.cosh(x) * step)
    result = np.zeros_like(mu)
    observed = np.flatnonzero(design.observed)
    for start in range(0, len(observed), BLOCK):
        w = observed[start : start + BLOCK]
        log_probability = log_interval_binomial(design.youths[w], design.users_low[w], design.users_high[w])
        sigma = draws.sigma_wijk[:, w]
        if draws.nu is None:
            precision = information[w] + sigma**-2
            centre, sd = (information[w] * z[w] + mu[:, w] * sigma**-2) / precision, precision**-0.5
        else:
            centre, sd = np.where(width[w] < sigma, z[w], mu[:, w]), np.minimum(width[w], sigma)
        terms = np.empty((len(points), *sigma.shape))
        for term, point, log_weight in zip(terms, points, log_weights, strict=True):
            eta = centre + point * sd
            standard = (eta - mu[:, w]) / sigma
            # up to the scales, which are added once for all nodes
            density = -(standard**2) / 2 if draws.nu is None else student_t.logpdf(standard, draws.nu[:, None])
            term[...] = log_probability(eta) + density + log_weight
        largest = terms.max(axis=0)
        constant = np.log(sd / sigma) - (np.log(2 * np.pi) / 2 if draws.nu is None else 0)
        result[:, w] = largest + np.log(np.exp(terms - largest).sum(axis=0)) + constant
    return result


def new_wijk(design: Design, draws: Draws, reference: Reference, seed: int) -> Array:
    """Log odds of use of a new wijk with the same kenmerken, one per posterior draw, shape (draw, wijk).

    The new effects are stratified over the draws, so that their share of the Monte Carlo error all but vanishes.
    """
    rng = np.random.default_rng(seed)
    eta = location(design, draws, reference)
    sd = np.sqrt(normal_variance(draws, reference))
    levels = (np.arange(len(eta)) + 0.5) / len(eta)
    for w in range(eta.shape[1]):
        if draws.nu is None:
            total = np.sqrt(sd[:, w] ** 2 + draws.sigma_wijk[:, w] ** 2)
            eta[:, w] += total * norm.ppf(rng.permutation(levels))
        else:
            heavy = student_t.ppf(rng.permutation(levels), draws.nu)
            eta[:, w] += draws.sigma_wijk[:, w] * heavy + sd[:, w] * norm.ppf(rng.permutation(levels))
    return eta


def add_predictive(tree: xr.DataTree, design: Design, seed: int) -> None:
    """Add log likelihood, replicates of a new wijk within its gemeente, and the observed counts to a fit."""
    draws = read_draws(tree, design)
    shape = tuple(tree["posterior"].sizes[dim] for dim in ("chain", "draw"))
    rows = np.flatnonzero(design.observed)
    coords = {
        "chain": tree["posterior"]["chain"],
        "draw": tree["posterior"]["draw"],
        "observed_wijk": design.areas.wijken.index.to_numpy(str)[rows],
    }

    def group(values: NDArray, dims: tuple[str, ...]) -> xr.DataTree:
        return xr.DataTree(xr.Dataset({"users": (dims, values)}, {name: coords[name] for name in dims}))

    dims = ("chain", "draw", "observed_wijk")
    log_likelihood = marginal_log_likelihood(design, draws)[:, rows]
    p = expit(new_wijk(design, draws, "within_gemeente", seed)[:, rows])
    counts = np.random.default_rng(seed).binomial(design.youths[rows], p)
    policy = design.areas.policy
    published = policy.bounds(policy.publish(counts))[0]
    tree["log_likelihood"] = group(log_likelihood.reshape(*shape, -1), dims)
    tree["posterior_predictive"] = group(published.astype(np.int32).reshape(*shape, -1), dims)
    tree["observed_data"] = group(design.users_low[rows], ("observed_wijk",))
