"""Where a quick look proposes scales: a Student-t around the mode of their approximate marginal density."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import chi2, qmc

from bayes_jeugdhulp.inference.laplace import MOST_STEPS, Posterior, batches

Array = NDArray[np.float64]

DIFFERENCE, LONGEST, NEAR = 0.1, 0.7, 0.02  # of scales without bounds; a rise of the log density that may be left
LEAST_CURVATURE = 0.5  # of a scale of which the data say little
TAIL = 10.0  # degrees of freedom of the Student-t that scales are proposed from


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """Multivariate Student-t from which scales are drawn."""

    mode: Array
    root: Array  # of the covariance

    def draw(self, count: int, seed: int) -> tuple[Array, Array]:
        """Vectors, and the log density of each up to a constant, by a scrambled Sobol sequence."""
        size = len(self.mode)
        uniform = qmc.Sobol(size + 1, rng=np.random.default_rng(seed)).random(count)
        normal = ndtri(np.clip(uniform[:, :size], 1e-10, 1 - 1e-10))
        standard = normal * np.sqrt(TAIL / chi2.ppf(uniform[:, size:], TAIL))
        log_q = -(TAIL + size) / 2 * np.log1p((standard**2).sum(axis=1) / TAIL)
        return self.mode + standard @ self.root.T, log_q


def propose(posterior: Posterior, start: Array, pool: Executor) -> Proposal:
    """Mode and curvature of the approximate marginal density of the scales; moves the effects to the mode.

    Newton's method with differences for derivatives, no step longer than ``LONGEST``, halved where it does not rise.
    """
    mode, step, top = start, np.zeros_like(start), -np.inf
    posterior.middle = start
    for _ in range(MOST_STEPS):
        value = _settle(posterior, mode + step, pool)
        while value < top and np.abs(step).max() > 1e-3:
            step = step / 2
            value = _settle(posterior, mode + step, pool)
        mode, top = mode + step, value
        around = _around(mode)[1:]
        found = pool.map(posterior.laplace, [around[some] for some in batches(len(around))])
        values, effects = (np.concatenate(column) for column in zip(*found, strict=True))
        gradient, hessian, drift = _derivatives(values, effects, top, len(mode))
        posterior.middle, posterior.drift = mode, drift
        curvature, directions = np.linalg.eigh(-hessian)
        curvature = np.maximum(curvature, LEAST_CURVATURE)
        step = directions @ ((directions.T @ gradient) / curvature)
        if step @ gradient < NEAR:
            break
        step *= min(1.0, LONGEST / np.abs(step).max())
    return Proposal(mode, directions / np.sqrt(curvature))


def _settle(posterior: Posterior, vector: Array, pool: Executor) -> float:
    """Log density there, with the effects at their mode and figures ready for vectors around."""
    for _ in range(MOST_STEPS):
        posterior.prepare(_around(vector), pool)
        (top,), (effects,) = posterior.laplace(vector[None])
        near = posterior.is_near(effects)
        posterior.effects, posterior.middle = effects, vector
        if near:
            break
    return float(top)


def _around(at: Array) -> Array:
    """The vector, and those that derivatives are taken from."""
    shifts = DIFFERENCE * np.eye(len(at))
    moves = [*shifts, *-shifts, *(sign * (shifts[i] + shifts[j]) for i, j in _pairs(len(at)) for sign in (1, -1))]
    return np.stack([at, *(at + move for move in moves)])


def _pairs(size: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(size) for j in range(i)]


def _derivatives(found: Array, effects: Array, top: float, size: int) -> tuple[Array, Array, Array]:
    """Gradient and Hessian of the log density by central differences, and the derivatives of the effects."""
    up, down, both = found[:size], found[size : 2 * size], found[2 * size :].reshape(-1, 2).sum(axis=1)
    hessian = np.diag(up + down - 2 * top)
    for (i, j), sums in zip(_pairs(size), both, strict=True):
        hessian[i, j] = hessian[j, i] = (sums - up[i] - down[i] - up[j] - down[j] + 2 * top) / 2
    drift = (effects[:size] - effects[size : 2 * size]).T / (2 * DIFFERENCE)
    return (up - down) / (2 * DIFFERENCE), hessian / DIFFERENCE**2, drift
