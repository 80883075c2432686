"""What could be known of each wijk if the coefficients and scales were known: the best that any fit can come to."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from bayes_jeugdhulp.inference.expected import Draws, Terms, terms
from bayes_jeugdhulp.inference.marginal import log_probability_of_figures
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial

Array = NDArray[np.float64]

REACH, NODES, FINE = 5.0, 21, 401  # sds of region and gemeente together; points computed; points in between
WIJK_REACH, WIJK_POINTS = 9.0, 151  # sds of a wijk effect; further out for the outlying ones


def oracle_draws(design: Design, truth: Draws, draws: int, rng: np.random.Generator) -> Draws:
    """Draw regions, gemeenten and wijken given the figures and the true coefficients and scales.

    Everything is one-dimensional: the likelihood of a gemeente is a function of its level, that of a region of its
    effect once its gemeenten are integrated out, and that of a wijk of its own log odds. Each is drawn on a grid.

    Parameters
    ----------
    design : Design
        With the figures.
    truth : Draws
        One draw; its effects are not looked at. Not for Student-t wijk effects.
    draws : int
    rng : numpy.random.Generator
    """
    sd = float(np.hypot(truth.sigma_regio[0], truth.sigma_gemeente[0].max()))
    none = replace(truth, regio=0 * truth.regio, gemeente=0 * truth.gemeente)
    known = _with_gaps_folded(terms(design, none, "within_gemeente"))
    fine, level = _gemeente_log_likelihood(design, known, sd)
    regios = max(len(design.regios), 1)
    of_gemeente = design.regio_of_gemeente if design.regios else np.zeros(len(level), np.int64)
    sigma = truth.sigma_gemeente[0]
    # P(figures of a gemeente | region effect): its own effect integrated out
    scale = level.max(axis=1, keepdims=True)
    given_regio = np.empty_like(level)
    for value in np.unique(sigma):
        kernel = np.exp(-(((fine[:, None] - fine) / value) ** 2) / 2)
        rows = sigma == value
        given_regio[rows] = np.exp(level - scale)[rows] @ (kernel / kernel.sum(axis=1, keepdims=True)).T
    given_regio = np.log(given_regio) + scale
    log_regio = np.zeros((regios, len(fine)))
    np.add.at(log_regio, of_gemeente, given_regio)
    if design.regios:
        log_regio -= (fine / truth.sigma_regio[0]) ** 2 / 2
        regio = np.column_stack([_draw(fine, row, draws, rng) for row in log_regio])
    else:
        regio = np.zeros((draws, 1))
    gemeente = np.empty((draws, len(level)))
    for g, row in enumerate(level):
        centre = regio[:, of_gemeente[g]]
        log_density = row - ((fine - centre[:, None]) / sigma[g]) ** 2 / 2
        gemeente[:, g] = _draw_rows(fine, log_density, rng) - centre
    total = (gemeente + regio[:, of_gemeente])[:, design.gemeente_of_wijk]
    location = known.location + total
    eta = _draw_wijken(design, location, known, rng)

    def repeated(values: Array) -> Array:
        return np.repeat(values, draws, axis=0)

    return Draws(
        alpha=repeated(truth.alpha),
        beta=repeated(truth.beta),
        regio=regio if design.regios else np.zeros((draws, 0)),
        gemeente=gemeente,
        eta=eta,
        sigma_regio=repeated(truth.sigma_regio),
        sigma_gemeente=repeated(truth.sigma_gemeente),
        sigma_wijk=repeated(truth.sigma_wijk),
        nu=None,
        share=np.repeat(truth.share, draws, axis=1),
        times=np.repeat(truth.times, draws, axis=1),
        kenmerken_variance=repeated(truth.kenmerken_variance),
        imputation=np.zeros(draws, np.int64),
    )


def _with_gaps_folded(known: Terms) -> Terms:
    """What missing kenmerken leave open, as part of the wijk's own effect."""
    times = np.sqrt(known.times**2 + known.variance / known.sigma**2)
    return replace(known, times=times, share=np.broadcast_to(known.share, times.shape), variance=0 * known.variance)


def _gemeente_log_likelihood(design: Design, known: Terms, sd: float) -> tuple[Array, Array]:
    """Grid of levels, and the log likelihood of each gemeente there, shape (gemeente, point)."""
    at = np.linspace(-REACH * sd, REACH * sd, NODES)
    observed = np.flatnonzero(design.observed)
    values = np.empty((NODES, len(design.gemeenten)))
    for value, z in zip(values, at, strict=True):
        moved = replace(known, location=known.location + z)
        log_p = log_probability_of_figures(design, moved, observed)[0]
        value[...] = np.bincount(design.gemeente_of_wijk, log_p, len(design.gemeenten))
    fine = np.linspace(-REACH * sd, REACH * sd, FINE)
    return fine, CubicSpline(at, values)(fine).T


def _draw_wijken(design: Design, location: Array, known: Terms, rng: np.random.Generator) -> Array:
    """Log odds of use given the level of the gemeente, shape (draw, wijk)."""
    eta, observed = np.empty_like(location), design.observed
    for w in range(location.shape[1]):
        sigma, share, times = known.sigma[0, w], known.share[:, 0, w], known.times[:, 0, w]
        spacing = np.linspace(-1, 1, WIJK_POINTS) * np.arcsinh(WIJK_REACH * times.max())
        grid = location[:, w].mean() + sigma * np.sinh(spacing)
        standard = (grid - location[:, [w]]) / sigma
        parts = zip(share, times, strict=True)
        density = sum(weight / scale * np.exp(-((standard / scale) ** 2) / 2) for weight, scale in parts)
        log_density = np.log(density * np.gradient(grid) + 1e-300)
        if observed[w]:
            one = slice(w, w + 1)
            log_p = log_interval_binomial(design.youths[one], design.users_low[one], design.users_high[one])
            log_density = log_density + log_p(grid[:, None])[:, 0]
        eta[:, w] = _draw_rows(grid, log_density, rng)
    return eta


def _draw(grid: Array, log_density: Array, draws: int, rng: np.random.Generator) -> Array:
    return _draw_rows(grid, np.broadcast_to(log_density, (draws, len(grid))), rng)


def _draw_rows(grid: Array, log_density: Array, rng: np.random.Generator) -> Array:
    """One point a row, spread evenly between its neighbours."""
    cumulative = np.exp(log_density - log_density.max(axis=1, keepdims=True)).cumsum(axis=1)
    place = rng.random((len(log_density), 1)) * cumulative[:, -1:]
    index = (cumulative < place).sum(axis=1)
    step = np.gradient(grid)[index]
    return grid[index] + step * (rng.random(len(index)) - 0.5)
