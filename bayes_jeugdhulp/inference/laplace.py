"""Scales and effects as a nested Laplace approximation sees them, the wijk effects integrated out."""

from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bayes_jeugdhulp.inference.integrals import Expansion, Integrals, Integrated
from bayes_jeugdhulp.inference.scales import Scales, Unbounded
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, likelihood_on_logit

Array = NDArray[np.float64]

# how far a linear predictor may be from its mode: in log odds, and in sds of its gemeente's effect
REACH, REACH_GEMEENTE = 0.5, 5.0
CLOSE, NEAR = 0.01, 0.1  # steps of Newton's method, in prior sds, after which the mode is far nearer still
MOST_STEPS = 20  # of Newton's method; three or four do
BATCH = 16  # draws at a time
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
        """Of the figures at log odds of shape (..., wijk); 0 for a wijk whose figure is missing or left out."""
        wijken, log_probability = self._observed
        found = np.zeros_like(eta)
        found[..., wijken] = log_probability(eta[..., wijken])
        return found

    def sums(self, values: Array) -> Array:
        """Sums over the wijken of each gemeente, of shape (draw, wijk) to (draw, gemeente)."""
        return np.asarray((self.members @ values.T).T)

    def over_regio(self, values: Array) -> Array:
        """Sums over the gemeenten of each region, of shape (draw, gemeente, column) to (draw, regio, column)."""
        draws, _, columns = values.shape
        flat = values.swapaxes(0, 1).reshape(values.shape[1], -1)
        return np.asarray(self.gemeenten @ flat).reshape(-1, draws, columns).swapaxes(0, 1)

    def mu(self, effects: Array) -> Array:
        """Linear predictors, shape (draw, wijk)."""
        k, own = self.x.shape[1], effects[:, -self.members.shape[0] :]
        level = own + effects[:, k : -own.shape[1]][:, self.regio] if len(self.regio) else own
        return effects[:, :k] @ self.x.T + level[:, self.group]

    def log_sd(self, scales: Scales) -> Array:
        """Logs of the sds of the parts of a wijk effect, shape (part, draw, wijk)."""
        of_size = scales.kappa[:, None] * self._log_size
        return (np.log(scales.sigma_wijk) + np.log(scales.times))[..., None] - of_size

    def integrals(self, mu: Array, reach: Array, log_sds: tuple[Array, Array], pool: Executor) -> Integrals:
        """Wijk effects integrated out, for linear predictors within reach of these and logs of sds between bounds."""
        return Integrals(self._known, self._hidden, self._normal, mu, reach, log_sds, pool)

    def information(self, log_sd: Array) -> Array:
        """Of each gemeente's effect, about, wijk effects of this size integrated out, shape (gemeente,)."""
        information = self._normal[1]
        return self.sums((information / (1 + information * np.exp(2 * log_sd)))[None])[0]

    def draw(self, mu: Array, at: Integrated, sigma: Array, part: Array, normals: Array, rng: Generator) -> Array:
        """Draw the log odds of each wijk, shape (draw, wijk).

        Which part of the wijk effect, then a normal of the mean and sd that the log odds have there, which is nearly
        what is asked for; independence Metropolis makes it that.

        Parameters
        ----------
        mu : ndarray, shape (draw, wijk)
        at : Integrated
            At ``mu``.
        sigma : ndarray, shape (part, draw, wijk)
        part : ndarray, shape (draw, wijk)
            Uniform draws, of which part.
        normals : ndarray, shape (STEPS + 1, draw, wijk)
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
            better = np.log(rng.random(eta.shape)) < its - weight
            eta, weight = np.where(better, other, eta), np.where(better, its, weight)
        return eta


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Normal approximation of the effects given the scales of some draws: its mode, and the precision in blocks.

    Attributes
    ----------
    mode : (draw, effect)
    cross : (draw, gemeente, coefficient)
        Of the effects of gemeenten with alpha and the coefficients.
    of_gemeente : (draw, gemeente)
        Of the effect of a gemeente with that of its region.
    own : (draw, gemeente)
        Precision of a gemeente effect given the others.
    regio : (gemeente,)
    root : (draw, dense, dense)
        Lower Cholesky factor of the precision of (alpha, beta, regio), gemeente effects integrated out.
    """

    mode: Array
    cross: Array
    of_gemeente: Array
    own: Array
    regio: NDArray[np.int64]
    root: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))

    @property
    def log_root(self) -> Array:
        """Log determinant of the root, shape (draw,)."""
        return np.log(np.diagonal(self.root, axis1=1, axis2=2)).sum(axis=1)

    def follow(self, step: Array) -> Array:
        """How the means of gemeente effects move when alpha, beta and regio do, shape (draw, gemeente)."""
        k = self.cross.shape[2]
        pulled = (self.cross @ step[:, :k, None])[..., 0]
        if len(self.regio):
            pulled += self.of_gemeente * step[:, k:][:, self.regio]
        return -pulled / self.own

    def at(self, standard: Array) -> Array:
        """Effects at standard normal coordinates of the dense ones, those of gemeenten at their means given these."""
        step = np.linalg.solve(self.root.swapaxes(1, 2), standard[..., None])[..., 0]
        return self.mode + np.concatenate([step, self.follow(step)], axis=1)


def batches(count: int) -> list[NDArray[np.int64]]:
    """Places of draws, some at a time."""
    return np.array_split(np.arange(count), -(-count // BATCH))


class Posterior:
    """Scales and effects given the figures of one fitted imputation.

    Draws are done some at a time: numpy is no faster with fewer, and two threads hinder each other.
    """

    def __init__(self, figures: Figures, spec: ModelSpec, unbounded: Unbounded, effects: Array):
        self.figures, self.unbounded, self._alpha = figures, unbounded, spec.priors.alpha
        self._sizes = figures.x.shape[1] - 1, figures.gemeenten.shape[0], figures.members.shape[0]
        self.dense = 1 + sum(self._sizes[:2])
        self.effects = effects  # the mode, at the scales in the middle
        self.middle, self.drift = np.zeros(len(unbounded.names)), np.zeros((len(effects), len(unbounded.names)))
        self._squares = (figures.x[:, :, None] * figures.x[:, None]).reshape(len(figures.x), -1)

    def prior_sd(self, scales: Scales) -> Array:
        """Prior sds of the effects, shape (draw, effect)."""
        coefficient = scales.sigma_kenmerken / np.sqrt(self._sizes[0])
        alpha = np.full_like(coefficient, self._alpha[1])
        sds = np.stack([alpha, coefficient, scales.sigma_regio, scales.sigma_gemeente], axis=1)
        return np.repeat(sds, [1, *self._sizes], axis=1)

    def prepare(self, vectors: Array, pool: Executor) -> None:
        """Make ready for these vectors of scales, the first in the middle, around the effects as they are now."""
        scales, figures = self.unbounded.scales(vectors), self.figures
        low = high = middle = figures.log_sd(self.unbounded.scales(vectors[:1]))[:, 0]
        for some in batches(len(vectors)):
            log_sd = figures.log_sd(self.unbounded.scales(vectors[some]))
            low, high = np.minimum(low, log_sd.min(axis=1)), np.maximum(high, log_sd.max(axis=1))
        own = scales.sigma_gemeente[0] ** -2 + figures.information(middle[0])
        reach = REACH + REACH_GEMEENTE * own[figures.group] ** -0.5
        self._integrals = figures.integrals(figures.mu(self.effects[None])[0], reach, (low, high), pool)

    def is_near(self, effects: Array) -> bool:
        """Whether these effects are near those around which it was made ready."""
        off = np.abs(self.figures.mu(effects[None])[0] - self._integrals.mu)
        return bool((off < self._integrals.reach / 4).all())

    def expand(self, scales: Scales) -> Expansion:
        """Log probability of the figures given scales that were prepared for."""
        return self._integrals.given(self.figures.log_sd(scales), np.log(scales.shares))

    def log_density(self, sd: Array, effects: Array, log_p: Array) -> tuple[Array, Array]:
        """Log density given the scales, and that of the figures: of the dense effects, and of each gemeente."""
        off = effects.copy()
        off[:, 0] -= self._alpha[0]
        prior = -((off / sd) ** 2) / 2 - np.log(sd) - np.log(2 * np.pi) / 2
        return prior[:, : self.dense].sum(axis=1), prior[:, self.dense :] + self.figures.sums(log_p)

    def conditional(self, expansion: Expansion, sd: Array, effects: Array, close: float) -> Conditional:
        """Newton's method from these effects, until a step is so short in prior sds; the precision is before it."""
        figures, dense, precision = self.figures, self.dense, sd**-2
        draws, k, diagonal = len(effects), figures.x.shape[1], np.arange(dense)
        for _ in range(MOST_STEPS):
            at = expansion.at(figures.mu(effects))
            # a figure far out may curve upwards: then it adds nothing, and the weights put it right
            information = np.maximum(-at.curvature, 0.0)
            of_gemeente, slope = figures.sums(information), figures.sums(at.slope)
            weighted = (figures.x[:, None] * information.T[..., None]).reshape(len(figures.x), -1)
            cross = (figures.members @ weighted).reshape(-1, draws, k).swapaxes(0, 1)
            of_regio = figures.over_regio(slope[..., None])[..., 0]
            gradient = np.concatenate([at.slope @ figures.x, of_regio, slope], axis=1) - precision * effects
            gradient[:, 0] += precision[:, 0] * self._alpha[0]
            own = of_gemeente + precision[:, dense:]
            found = Conditional(effects, cross, of_gemeente, own, figures.regio)
            schur = np.zeros((draws, dense, dense))
            schur[:, diagonal, diagonal] = precision[:, :dense]
            schur[:, :k, :k] += (information @ self._squares).reshape(draws, k, k)
            schur[:, :k, :k] -= (cross / own[..., None]).swapaxes(1, 2) @ cross
            left = precision[:, dense:] / own  # what the effect of a gemeente leaves of its figures
            schur[:, k:, :k] = figures.over_regio(cross * left[..., None])
            schur[:, :k, k:] = schur[:, k:, :k].swapaxes(1, 2)
            schur[:, diagonal[k:], diagonal[k:]] += figures.over_regio((of_gemeente * left)[..., None])[..., 0]
            pulled = gradient[:, dense:] / own
            pull = gradient[:, :dense] - np.concatenate(
                [(pulled[:, None] @ cross)[:, 0], figures.over_regio((of_gemeente * pulled)[..., None])[..., 0]], axis=1
            )
            step = np.linalg.solve(schur, pull[..., None])[..., 0]
            step = np.concatenate([step, pulled + found.follow(step)], axis=1)
            effects = effects + step
            if np.abs(step / sd).max() < close:
                break
        return replace(found, mode=effects, root=np.linalg.cholesky(schur))

    def _conditional(self, vectors: Array, close: float) -> tuple[Array, Expansion, Conditional]:
        """Prior sds of the effects, the figures and the normal that is near them, given scales."""
        scales = self.unbounded.scales(vectors)
        sd, expansion = self.prior_sd(scales), self.expand(scales)
        begin = self.effects + (vectors - self.middle) @ self.drift.T
        return sd, expansion, self.conditional(expansion, sd, begin, close)

    def laplace(self, vectors: Array) -> tuple[Array, Array]:
        """Log of the approximate marginal density of scales that were prepared for, and the modes of the effects."""
        sd, expansion, found = self._conditional(vectors, CLOSE)
        weight = self._near(expansion, found, sd, np.zeros_like(found.mode))[1]
        return weight + self.unbounded.log_density(vectors), found.mode

    def draw(self, vectors: Array, standard: Array) -> tuple[Array, Array]:
        """Draw effects given scales, with the logs of their weights.

        Gemeenten are independent given the rest: five-point quadrature gives the weight of each, and the mean and sd of
        its effect.

        Parameters
        ----------
        vectors : ndarray, shape (draw, scale)
            That were prepared for.
        standard : ndarray, shape (turn, draw, effect)
            Standard normal draws, some turns for each vector.

        Returns
        -------
        effects : ndarray, shape (draw, turn, effect)
        log_weights : ndarray, shape (draw, turn)
            Minus infinity for a draw out of reach of where the figures were expanded.
        """
        sd, expansion, found = self._conditional(vectors, NEAR)
        effects, log_weights = zip(*(self._near(expansion, found, sd, turn) for turn in standard), strict=True)
        log_prior = self.unbounded.log_density(vectors)[:, None]
        return np.stack(effects, axis=1), log_prior + np.stack(log_weights, axis=1)

    def _near(self, expansion: Expansion, found: Conditional, sd: Array, standard: Array) -> tuple[Array, Array]:
        """Effects near a mode, and the logs of their weights given the scales."""
        figures, dense = self.figures, self.dense
        effects, width = found.at(standard[:, :dense]), found.own**-0.5
        points, weights = np.polynomial.hermite_e.hermegauss(5)
        mu, logs = figures.mu(effects), []
        for point, weight in zip(points, weights, strict=True):
            shifted = effects.copy()
            shifted[:, dense:] += point * width
            log_p = expansion.log_p(mu + (point * width)[:, figures.group])
            whole, own = self.log_density(sd, shifted, log_p)
            logs.append(own + np.log(weight * width) + point**2 / 2)
        total = np.logaddexp.reduce(logs)
        share = np.exp(np.stack(logs) - total)
        mean = np.tensordot(points, share, axes=1)
        deviation = np.sqrt((share * (points[:, None, None] - mean) ** 2).sum(axis=0))
        shift = (mean + deviation * standard[:, dense:]) * width
        effects[:, dense:] += shift
        log_weights = whole + total.sum(axis=1) - found.log_root + (standard[:, :dense] ** 2).sum(axis=1) / 2
        return effects, np.where(expansion.covers(mu + shift[:, figures.group]), log_weights, -np.inf)
