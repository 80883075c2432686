"""Log probabilities of figures, the wijk effects integrated out, as polynomials: computed once, used in every draw."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Some = tuple[NDArray[np.int64], Callable[[Array], Array]]  # wijken, and their log probability given log odds

NODES = 11  # Gauss-Hermite, of a wijk effect
TAILS = np.linspace(-8, 8, 33)  # sds of a wijk effect
DEGREE = 6  # in the linear predictor; with that in the scale exact to 1e-3 of a log probability (test_quick)


@dataclass(frozen=True, slots=True, eq=False)
class Integrated:
    """The figures given their linear predictors, the wijk effects integrated out, draw by draw.

    Attributes
    ----------
    log_p, slope, curvature : (draw, wijk)
        Log probability of a figure, and its first two derivatives to the linear predictor.
    share, mean, sd : (part, draw, wijk)
        Posterior shares of the parts of the wijk effect, and in each the mean and sd of the log odds.
    """

    log_p: Array
    slope: Array
    curvature: Array
    share: Array
    mean: Array
    sd: Array


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """Log probability of the figures, in each part of the wijk effect, given the scales of some draws.

    Attributes
    ----------
    mu, reach : (wijk,)
        Linear predictors around which, and how far from there.
    coefficients : (power, part, draw, wijk)
        Of the log probability, with the share of the part, as a polynomial in ``(predictor - mu) / reach``.
    sigma : (part, draw, wijk)
        Sd of the wijk effect.
    """

    mu: Array
    reach: Array
    coefficients: Array
    sigma: Array

    def log_p(self, mu: Array) -> Array:
        """Log probability of each figure within reach, shape (draw, wijk)."""
        t = (mu - self.mu) / self.reach
        value = self.coefficients[-1] * t
        for coefficient in self.coefficients[-2:0:-1]:
            value += coefficient
            value *= t
        value += self.coefficients[0]
        return _log_sum(value)

    def covers(self, mu: Array) -> Mask:
        """Whether these linear predictors are within reach, shape (draw,)."""
        return (np.abs(mu - self.mu) <= self.reach).all(axis=-1)

    def at(self, mu: Array) -> Integrated:
        """At linear predictors, beyond reach as a parabola; mean and sd of the log odds by Tweedie's formula."""
        all_t = (mu - self.mu) / self.reach
        t = np.clip(all_t, -1, 1)
        value = self.coefficients[-1].copy()
        slopes, curvatures = np.zeros_like(value), np.zeros_like(value)
        for coefficient in self.coefficients[-2::-1]:
            for higher, lower in ((curvatures, slopes), (slopes, value), (value, coefficient)):
                higher *= t
                higher += lower
        curvatures, beyond = 2 * curvatures, all_t - t
        log_parts = value + beyond * (slopes + beyond / 2 * curvatures)
        slopes, curvatures = (slopes + beyond * curvatures) / self.reach, curvatures / self.reach**2
        log_p = _log_sum(log_parts)
        share = np.exp(log_parts - log_p)
        slope = (share * slopes).sum(axis=0)
        curvature = (share * (curvatures + slopes**2)).sum(axis=0) - slope**2
        variance = self.sigma**2 * (1 + self.sigma**2 * curvatures)
        mean = mu + self.sigma**2 * slopes
        return Integrated(log_p, slope, curvature, share, mean, np.sqrt(np.maximum(variance, 1e-12)))


def _log_sum(parts: Array) -> Array:
    """Log of the sum of exponentials over the first axis, of one or two parts."""
    if len(parts) == 1:
        return parts[0]
    top = np.maximum(parts[0], parts[1])
    return top + np.log1p(np.exp(-np.abs(parts[0] - parts[1])))


class Integrals:
    """Log probability of every figure as a polynomial in the linear predictor and the log of the wijk effect's sd.

    Parameters
    ----------
    known, hidden : (wijken, callable)
        Wijken with a count and with a hidden one, and their log probability at log odds of shape (..., wijk). That of
        other wijken is 0.
    normal : tuple of ndarray, shape (wijk,)
        Normal approximation of the likelihood of each (:func:`bayes_jeugdhulp.model.start.likelihood_on_logit`).
    mu, reach : ndarray, shape (wijk,)
        Linear predictors around which, and how far from there.
    log_sds : tuple of ndarray, shape (part, wijk)
        Lowest and highest log of the sd.
    pool : Executor
    """

    def __init__(
        self,
        known: Some,
        hidden: Some,
        normal: tuple[Array, Array],
        mu: Array,
        reach: Array,
        log_sds: tuple[Array, Array],
        pool: Executor,
    ):
        self.mu, self.reach = mu, reach
        low, high = log_sds
        self._centre, self._spread = (low + high) / 2, np.maximum((high - low) / 2, 1e-6)
        off, fit = _fitting(DEGREE)
        steps, fit_scale = _fitting(int(3 + 5 * self._spread.max()))
        at = mu + off[:, None] * reach
        sds = np.exp(self._centre + steps[:, None, None] * self._spread).reshape(-1, len(mu))
        values = np.stack(list(pool.map(lambda sd: fit @ _integrate(known, hidden, normal, at, sd), sds)))
        # of the powers of the scale, then those of the predictor, then parts, then wijken
        apart = values.reshape(len(steps), len(low), DEGREE + 1, -1).swapaxes(1, 2)
        self._coefficients = np.tensordot(fit_scale, apart, axes=1)

    def given(self, log_sd: Array, log_share: Array) -> Expansion:
        """Given logs of the sds of the wijk effect, shape (part, draw, wijk), and of shares, shape (part, draw)."""
        s = (log_sd - self._centre[:, None]) / self._spread[:, None]
        if np.abs(s).max() > 1 + 1e-6:
            raise ValueError("a scale beyond those that were prepared for")
        found = self._coefficients[-1][:, :, None] * s
        for coefficients in self._coefficients[-2:0:-1]:
            found += coefficients[:, :, None]
            found *= s
        found += self._coefficients[0][:, :, None]
        found[0] += log_share[..., None]
        return Expansion(self.mu, self.reach, found, np.exp(log_sd))


def _fitting(degree: int) -> tuple[Array, Array]:
    """Chebyshev points, and the matrix that takes values there to coefficients of a polynomial, the constant first."""
    points = chebyshev.chebpts1(degree + 1)
    return points, np.linalg.inv(np.vander(points, increasing=True))


def _integrate(known: Some, hidden: Some, normal: tuple[Array, Array], mu: Array, sd: Array) -> Array:
    """Log probability of figures at linear predictors of shape (..., wijk).

    Adaptive Gauss-Hermite quadrature; of a hidden count the trapezoid rule far into the tails, for it may lie there.
    """
    z, information = normal
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    root = (information + sd**-2) ** -0.5
    centre = (information * z + mu * sd**-2) * root**2
    found = np.zeros_like(mu)
    for (wijken, log_probability), at, logs in (
        (known, points, np.log(weights) + points**2 / 2),
        (hidden, TAILS, np.full(len(TAILS), np.log(TAILS[1] - TAILS[0]))),
    ):
        middle, step, width = centre[..., wijken], root[wijken], sd[wijken]
        off, terms = middle - mu[..., wijken], []
        for x, log_weight in zip(at, logs, strict=True):
            quadratic = ((off + x * step) / width) ** 2 / 2
            terms.append(log_probability(middle + x * step) - quadratic + log_weight)
        found[..., wijken] = np.logaddexp.reduce(terms) + np.log(step / width) - np.log(2 * np.pi) / 2
    return found
