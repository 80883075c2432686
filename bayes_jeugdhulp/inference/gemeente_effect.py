"""Figures of the wijken of a gemeente as functions of its effect, so that the effect can be integrated out."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from bayes_jeugdhulp.inference.expected import Draws, fitted_terms
from bayes_jeugdhulp.inference.marginal import log_probability_per_draw
from bayes_jeugdhulp.model.design import Design

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

REACH, NODES, FINE = 4.5, 15, 301  # sds of a gemeente effect to either side; points computed; points in between
EFFECTS, STEP = np.linspace(-REACH, REACH, FINE, retstep=True)  # in sds


def log_probability_by_effect(
    design: Design, draws: Draws, wijken: Indices, rows: Indices | None = None
) -> Iterator[Array]:
    """Log probability of the figures of some wijken, as if the effect of their gemeente were another.

    Parameters
    ----------
    design : Design
    draws : Draws
    wijken : ndarray of int
    rows : ndarray of int, optional
        Of which draws; default all.

    Yields
    ------
    ndarray, shape (row, wijk)
        For each of ``NODES`` effects, from ``-REACH`` to ``REACH`` sds; 0 for wijken not asked for.
    """
    rows = np.arange(len(draws.alpha)) if rows is None else rows
    known = fitted_terms(design, draws)
    fixed = replace(known, location=known.location - draws.gemeente[:, design.gemeente_of_wijk]).rows(rows)
    sigma = draws.sigma_gemeente[:, design.gemeente_of_wijk][rows]
    asked = replace(draws, imputation=draws.imputation[rows])
    for z in np.linspace(-REACH, REACH, NODES):
        moved = replace(fixed, location=fixed.location + z * sigma)
        yield log_probability_per_draw(design, asked, moved, wijken)


def spline_of_effect(values: Array) -> Array:
    """Log probability of figures at ``EFFECTS``, from (NODES, draw, ...) to (FINE, draw, ...).

    The log likelihood of a gemeente is smooth in its effect, so that a cubic spline through a few values serves the
    integral, however many wijken make it narrow.
    """
    found: Array = CubicSpline(np.linspace(-REACH, REACH, NODES), values)(EFFECTS)
    return found


def log_density_of_effect(values: Array) -> Array:
    """Log density of figures and effect together, at ``EFFECTS``, with the log of the step between these.

    Parameters
    ----------
    values : ndarray, shape (NODES, draw, ...)
        Log probability of the figures, from :func:`log_probability_by_effect`, summed over wijken.

    Returns
    -------
    ndarray, shape (FINE, draw, ...)
        The log of the sum of its exponentials is that of the probability of the figures, the effect integrated out.
    """
    log_prior = -(EFFECTS**2) / 2 - np.log(2 * np.pi) / 2 + np.log(STEP)
    found = spline_of_effect(values)
    return found + log_prior.reshape(-1, *[1] * (found.ndim - 1))


def draw_effects(log_density: Array, levels: Array) -> Array:
    """Effects in sds, of the density of each draw at these levels of its distribution function, shape (draw,).

    Parameters
    ----------
    log_density : ndarray, shape (FINE, draw)
        From :func:`log_density_of_effect`.
    levels : ndarray, shape (draw,)
        Between 0 and 1.
    """
    share = np.exp(log_density - log_density.max(axis=0))
    share /= share.sum(axis=0)
    up_to = share.cumsum(axis=0)
    at = np.minimum((up_to < levels).sum(axis=0), FINE - 1)
    own = np.arange(len(levels))
    within = (up_to[at, own] - levels) / share[at, own]
    found: Array = EFFECTS[at] + STEP * (0.5 - within)
    return found
