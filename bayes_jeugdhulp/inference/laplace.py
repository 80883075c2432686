"""Scales and effects as a nested Laplace approximation sees them, the wijk effects integrated out."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.sparse import csr_array

from bayes_jeugdhulp.inference.integrals import Expansion, Integrals, Integrated
from bayes_jeugdhulp.inference.scales import Scales, Unbounded
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, likelihood_on_logit

Array = NDArray[np.float64]

REACH, REACH_GEMEENTE = (
    0.5,
    5.0,
)  # of a linear predictor from its mode: in log odds, and in sds of its gemeente's effect
CLOSE, NEAR = 0.01, 0.1  # steps of Newton's method, in prior sds, after which the mode is far nearer still
MOST_STEPS = 20
STEPS = 20  # of Newton's method; three or four do
STEPS = 2  # of independence Metropolis, of which nearly every first one is accepted


class Figures:
    """The published figures of one fitted imputation, and who is in which gemeente."""

    def __init__(self, design: Design, index: int):
        group = self.group = design.gemeente_of_wijk
        self.x = np.column_stack([np.ones(len(group)), design.completed(index)])
        places = (group, np.arange(len(group)))
        self.members = csr_array((np.ones(len(group)), places), (len(design.gemeenten), len(group)))
        regios = len(design.regios)
        of = design.regio_of_gemeente if regios else np.zeros(0, np.int64)
        self.regio = of
        self.gemeenten = csr_array((np.ones(len(of)), (of, np.arange(len(of)))), (regios, len(design.gemeenten)))
        self._log_size = np.log(design.youths / REFERENCE_YOUTHS)
        self._normal = likelihood_on_logit(design)
        of_count = self._normal[1] > 0
        self._observed, self._known, self._hidden = (
            (wijken, log_interval_binomial(design.youths[wijken], design.users_low[wijken], design.users_high[wijken]))
            for wijken in map(np.flatnonzero, (design.observed, of_count, design.observed & ~of_count))
        )

    def log_probability(self, eta: Array) -> Array:
        """Of the figures at log odds of shape (wijk,); 0 for a wijk whose figure is missing or left out."""
        wijken, log_probability = self._observed
        found = np.zeros_like(eta)
        found[wijken] = log_probability(eta[wijken])
        return found

    def split(self, effects: Array) -> tuple[Array, Array]:
        """Coefficients, alpha first, and the level of each gemeente with that of its region."""
        k, own = self.x.shape[1], effects[-self.members.shape[0] :]
        return effects[:k], own + effects[k : -len(own)][self.regio] if len(self.regio) else own

    def mu(self, effects: Array) -> Array:
        """Linear predictor, shape (wijk,)."""
        coefficients, level = self.split(effects)
        return self.x @ coefficients + level[self.group]

    def log_sd(self, scales: Scales) -> Array:
        """Logs of the sds of the parts of a wijk effect, shape (part, wijk)."""
        return np.log(scales.sigma_wijk) - scales.kappa * self._log_size + np.log(scales.sds)[:, None]

    def integrals(self, mu: Array, reach: Array, log_sds: tuple[Array, Array], pool: Executor) -> Integrals:
        """Wijk effects integrated out, for linear predictors within reach of these and logs of sds between bounds."""
        return Integrals(self._known, self._hidden, self._normal, mu, reach, log_sds, pool)

    def information(self, log_sd: Array) -> Array:
        """Of each gemeente's effect, about, wijk effects of this size integrated out, shape (gemeente,)."""
        information = self._normal[1]
        return np.asarray(self.members @ (information / (1 + information * np.exp(2 * log_sd))))

    def draw(self, mu: Array, at: Integrated, sigma: Array, part: Array, normals: Array, rng: Generator) -> Array:
        """Draw the log odds of each wijk, shape (wijk,).

        Which part of the wijk effect, then a normal of the mean and sd that the log odds have there, which is nearly
        what is asked for; independence Metropolis makes it that.

        Parameters
        ----------
        mu : ndarray, shape (wijk,)
        at : Integrated
            At ``mu``.
        sigma : ndarray, shape (part, wijk)
        part : ndarray, shape (wijk,)
            Uniform draws, of which part.
        normals : ndarray, shape (STEPS + 1, wijk)
            Standard normal draws to begin with and to propose.
        rng : numpy.random.Generator
            Decides which are accepted.
        """
        wide = part >= at.share[0]
        centre, width, sd = (np.where(wide, values[-1], values[0]) for values in (at.mean, at.sd, sigma))

        def weigh(normal: Array) -> tuple[Array, Array]:
            eta = centre + width * normal
            return eta, self.log_probability(eta) - ((eta - mu) / sd) ** 2 / 2 + normal**2 / 2

        eta, weight = weigh(normals[0])
        for normal in normals[1:]:
            other, its = weigh(normal)
            better = np.log(rng.random(len(eta))) < its - weight
            eta, weight = np.where(better, other, eta), np.where(better, its, weight)
        return eta


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Normal approximation of the effects given the scales: its mode, and the precision in blocks.

    Attributes
    ----------
    mode : (effect,)
    root : (dense, dense)
        Lower Cholesky factor of the precision of (alpha, beta, regio), gemeente effects integrated out.
    cross : (gemeente, dense)
    own : (gemeente,)
        Precision of a gemeente effect given the others.
    """

    mode: Array
    root: Array
    cross: Array
    own: Array

    @property
    def log_root(self) -> float:
        """Log determinant of the root."""
        return float(np.log(np.diag(self.root)).sum())

    def at(self, standard: Array) -> Array:
        """Effects at standard normal coordinates of the dense ones, those of gemeenten at their means given these."""
        step = solve_triangular(self.root, standard, lower=True, trans=1)
        return self.mode + np.concatenate([step, -self.cross @ step / self.own])


class Posterior:
    """Scales and effects given the figures of one fitted imputation."""

    def __init__(self, figures: Figures, spec: ModelSpec, unbounded: Unbounded, effects: Array):
        self.figures, self.unbounded, self._alpha = figures, unbounded, spec.priors.alpha
        self._sizes = figures.x.shape[1] - 1, figures.gemeenten.shape[0], figures.members.shape[0]
        self.dense = 1 + sum(self._sizes[:2])
        self.effects = effects  # the mode, at the scales in the middle
        self.middle, self.drift = np.zeros(len(unbounded.names)), np.zeros((len(effects), len(unbounded.names)))

    def prior_sd(self, scales: Scales) -> Array:
        """Prior sds of the effects, shape (effect,)."""
        coefficient = scales.sigma_kenmerken / np.sqrt(self._sizes[0])
        sds = [self._alpha[1], coefficient, scales.sigma_regio, scales.sigma_gemeente]
        return np.repeat(sds, [1, *self._sizes])

    def prepare(self, vectors: Array, pool: Executor) -> None:
        """Make ready for these vectors of scales, the first in the middle, around the effects as they are now."""
        scales = [self.unbounded.scales(vector) for vector in vectors]
        figures = self.figures
        low = high = middle = figures.log_sd(scales[0])
        for one in scales[1:]:
            log_sd = figures.log_sd(one)
            low, high = np.minimum(low, log_sd), np.maximum(high, log_sd)
        own = scales[0].sigma_gemeente ** -2 + figures.information(middle[0])
        reach = REACH + REACH_GEMEENTE * own[figures.group] ** -0.5
        self._integrals = figures.integrals(figures.mu(self.effects), reach, (low, high), pool)

    def is_near(self, effects: Array) -> bool:
        """Whether these effects are near those around which it was made ready."""
        off = np.abs(self.figures.mu(effects) - self._integrals.mu)
        return bool((off < self._integrals.reach / 4).all())

    def expand(self, scales: Scales) -> Expansion:
        """Log probability of the figures given scales that were prepared for."""
        return self._integrals.given(self.figures.log_sd(scales), np.log(scales.shares))

    def log_density(self, sd: Array, effects: Array, log_p: Array) -> tuple[float, Array]:
        """Log density given the scales, and that of the figures: of the dense effects, and of each gemeente."""
        off = effects.copy()
        off[0] -= self._alpha[0]
        prior = -((off / sd) ** 2) / 2 - np.log(sd) - np.log(2 * np.pi) / 2
        own = prior[self.dense :] + self.figures.members @ log_p
        return float(prior[: self.dense].sum()), own

    def conditional(self, expansion: Expansion, sd: Array, effects: Array, close: float) -> Conditional:
        """Newton's method from these effects, until a step is so short in prior sds; the precision is before it."""
        figures, k, dense = self.figures, self.figures.x.shape[1], self.dense
        precision, regio = sd**-2, np.arange(len(figures.regio))
        for _ in range(MOST_STEPS):
            at = expansion.at(figures.mu(effects))
            # a figure far out may curve upwards: then it adds nothing, and the weights put it right
            information = np.maximum(-at.curvature, 0.0)
            weighted = figures.x * information[:, None]
            of_gemeente, slope = figures.members @ information, figures.members @ at.slope
            cross = np.zeros((len(of_gemeente), dense))
            cross[:, :k] = figures.members @ weighted
            schur = np.diag(precision[:dense])
            schur[:k, :k] += figures.x.T @ weighted
            gradient = np.concatenate([at.slope @ figures.x, figures.gemeenten @ slope, slope]) - precision * effects
            gradient[0] += precision[0] * self._alpha[0]
            if len(regio):
                cross[regio, k + figures.regio] = of_gemeente
                schur[k:, :k] = figures.gemeenten @ cross[:, :k]
                schur[:k, k:] = schur[k:, :k].T
                schur[k:, k:] += np.diag(figures.gemeenten @ of_gemeente)
            own = of_gemeente + precision[dense:]
            root = cholesky(schur - cross.T @ (cross / own[:, None]), lower=True)
            step = cho_solve((root, True), gradient[:dense] - cross.T @ (gradient[dense:] / own))
            step = np.concatenate([step, (gradient[dense:] - cross @ step) / own])
            effects = effects + step
            if np.abs(step / sd).max() < close:
                break
        return Conditional(effects, root, cross, own)

    def laplace(self, vector: Array) -> tuple[float, Array]:
        """Log of the approximate marginal density of scales that were prepared for, and the mode of the effects."""
        scales = self.unbounded.scales(vector)
        sd, expansion = self.prior_sd(scales), self.expand(scales)
        found = self.conditional(expansion, sd, self.effects, CLOSE)
        weight = self._near(expansion, found, sd, np.zeros(len(found.mode)))[1]
        return weight + float(self.unbounded.log_density(vector)), found.mode

    def draw(self, vector: Array, standard: Array) -> tuple[Array, Array]:
        """Draw effects given scales, with the logs of their weights.

        Gemeenten are independent given the rest: five-point quadrature gives the weight of each, and the mean and sd of
        its effect.

        Parameters
        ----------
        vector : ndarray, shape (scale,)
            That was prepared for.
        standard : ndarray, shape (draw, effect)
            Standard normal draws.

        Returns
        -------
        effects : ndarray, shape (draw, effect)
        log_weights : ndarray, shape (draw,)
            Minus infinity for a draw out of reach of where the figures were expanded.
        """
        scales = self.unbounded.scales(vector)
        sd, expansion = self.prior_sd(scales), self.expand(scales)
        found = self.conditional(expansion, sd, self.effects + self.drift @ (vector - self.middle), NEAR)
        effects, log_weights = zip(*(self._near(expansion, found, sd, row) for row in standard), strict=True)
        return np.stack(effects), float(self.unbounded.log_density(vector)) + np.array(log_weights)

    def _near(self, expansion: Expansion, found: Conditional, sd: Array, standard: Array) -> tuple[Array, float]:
        """One draw of effects near a mode, and the log of its weight given the scales."""
        figures, dense = self.figures, self.dense
        effects, width = found.at(standard[:dense]), found.own**-0.5
        points, weights = np.polynomial.hermite_e.hermegauss(5)
        mu, logs = figures.mu(effects), []
        for point, weight in zip(points, weights, strict=True):
            shifted = effects.copy()
            shifted[dense:] += point * width
            log_p = expansion.log_p(mu + (point * width)[figures.group])
            whole, own = self.log_density(sd, shifted, log_p)
            logs.append(own + np.log(weight * width) + point**2 / 2)
        total = np.logaddexp.reduce(logs)
        share = np.exp(np.stack(logs) - total)
        mean = points @ share
        deviation = np.sqrt((share * (points[:, None] - mean) ** 2).sum(axis=0))
        shift = (mean + deviation * standard[dense:]) * width
        effects[dense:] += shift
        if not expansion.covers(mu + shift[figures.group]):
            return effects, -np.inf
        return effects, whole + float(total.sum()) - found.log_root + float((standard[:dense] ** 2).sum()) / 2
