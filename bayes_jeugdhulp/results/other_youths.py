"""Statements that hang on the number of youths: what a wijk's status would be with other numbers than its own."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import chi2

from bayes_jeugdhulp.inference.expected import Terms
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.results.status import NO_STATEMENT, FlagRule, status_of
from bayes_jeugdhulp.youths import UncertainCounts

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

DRAWS = 200  # posterior draws looked at, evenly spread
NODES, REACH = 20, 5.0  # of the quadrature below, between and above the margins; sds that it reaches to each side
PARTS = 8  # normals that stand for a Student-t
BLOCK = 20  # wijken at a time: what stays in a processor's cache


def status_changes(
    spread: UncertainCounts, fitted: Terms, expected: Array, rule: FlagRule, reported: NDArray[np.str_]
) -> Mask:
    """Whether any number of youths that fits the figure of a wijk gives it another status than is reported.

    All numbers meet the same draws. With too few youths there is no status.

    Parameters
    ----------
    spread : UncertainCounts, shape (candidate, wijk)
        From :func:`bayes_jeugdhulp.youths.spread_of_counts`.
    fitted : Terms, shapes (draw, wijk)
        What the wijk's own log odds were drawn from, its own effect left open.
    expected : ndarray, shape (draw, wijk)
        Expected use, a probability.
    rule : FlagRule
    reported : ndarray of str, shape (wijk,)
        Status by the fit itself, whatever stands in its way.

    Returns
    -------
    ndarray of bool, shape (wijk,)
    """
    told = (spread.users_high < spread.youths).any(axis=0)  # of the others the figure says nothing at all
    uncertain = np.flatnonzero(told & (spread.youths != spread.youths[0]).any(axis=0))
    rows = np.linspace(0, len(expected) - 1, min(DRAWS, len(expected))).astype(int)
    changes = np.zeros(spread.youths.shape[1], bool)
    for start in range(0, len(uncertain), BLOCK):
        w = uncertain[start : start + BLOCK]
        terms, e = _thinned(fitted.select(w), rows), expected[np.ix_(rows, w)]
        for n, low, high in zip(spread.youths, spread.users_low, spread.users_high, strict=True):
            status = status_of(*size_given(n[w], low[w], high[w], terms, e, rule), rule)
            changes[w] |= np.where(n[w] < rule.minimum_youths, NO_STATEMENT, status) != reported[w]
    return changes


def size_given(
    youths: Counts, low: Counts, high: Counts, fitted: Terms, expected: Array, rule: FlagRule
) -> tuple[Array, Array, Array]:
    """Posterior probabilities of the size of a difference, given a number of youths and bounds of its users.

    Given all but the wijk's own effect its log odds have one dimension:

        eta ~ P(low <= y <= high | youths, expit(eta)) sum_c share_c Normal(eta; location, times_c sigma)

    which is integrated per draw and part c, below, between and above the margins, by Gauss-Legendre quadrature where a
    normal approximation has its mass.

    Parameters
    ----------
    youths, low, high : ndarray of int, shape (wijk,)
    fitted : Terms, shapes (draw, wijk)
    expected : ndarray, shape (draw, wijk)
        Expected use, a probability.
    rule : FlagRule

    Returns
    -------
    prob_higher, prob_lower, prob_near : ndarray, shape (wijk,)

    Notes
    -----
    The other draws stay as they are: what the wijk's figure itself says of its gemeente and of the coefficients is not
    weighed anew. In a gemeente with many wijken that is little.
    """
    log_probability = log_interval_binomial(youths, low, high)
    middle = (low + high) / 2
    share_of = (middle + 0.5) / (youths + 1)
    z, information = logit(share_of), youths * share_of * (1 - share_of) * (low == high)
    margin = rule.margin * expected if rule.relative else rule.margin / 100
    limits = [logit(np.clip(expected + side * margin, 1e-9, 1 - 1e-9)) for side in (-1, 1)]
    points, weights = np.polynomial.legendre.leggauss(NODES)
    mass = np.zeros((3, *expected.shape))
    peak = log_probability(z + np.zeros_like(expected))  # keeps the exponentials within range
    for share, times in zip(*_parts(fitted), strict=True):
        sigma = times * fitted.sigma
        precision = information + sigma**-2
        centre, sd = (information * z + fitted.location * sigma**-2) / precision, precision**-0.5
        # a suppressed count pushes downwards, no further than where it lies itself
        first = np.where(low == high, centre, np.minimum(centre, z)) - REACH * sd
        last = centre + REACH * sd
        edges = [first, *(np.clip(limit, first, last) for limit in limits), last]
        for part, (start, end) in enumerate(pairwise(edges)):
            half = (end - start) / 2
            eta = start + half * (1 + points[:, None, None])
            log_density = log_probability(eta) - ((eta - fitted.location) / sigma) ** 2 / 2
            scaled = weights[:, None, None] * np.exp(log_density - peak)
            mass[part] += half * share / sigma * scaled.sum(axis=0)
    lower, near, higher = (mass / mass.sum(axis=0)).mean(axis=1)
    return higher, lower, near


def _thinned(terms: Terms, rows: Counts) -> Terms:
    sigma, nu = terms.sigma[rows], None if terms.nu is None else terms.nu[rows]
    return Terms(terms.location[rows], terms.variance, sigma, nu, terms.share[:, rows], terms.times[:, rows])


def _parts(fitted: Terms) -> tuple[Array, Array]:
    """Shares and widths of the normal parts of the wijk effect; of a Student-t, equal shares of its scale mixture."""
    if fitted.nu is None:
        return fitted.share, fitted.times
    levels = (np.arange(PARTS) + 0.5)[:, None, None] / PARTS
    times = np.sqrt(fitted.nu / chi2.ppf(levels, fitted.nu))
    return np.full(times.shape, 1 / PARTS), times
