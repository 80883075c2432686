"""Scales and effects as a nested Laplace approximation sees them, the wijk effects integrated out."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.sparse import csr_array

from bayes_jeugdhulp.inference.scales import Scales, Unbounded
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, likelihood_on_logit

Array = NDArray[np.float64]

NODES = 9  # Gauss-Hermite, of a wijk effect; exact to 1e-3 of the log likelihood of a hidden count (test_quick)
STRAIN = 0.1  # third-order term up to which a figure is near where it was expanded
CLOSE = 0.01  # step, in prior sds, after which the mode is far nearer still: Newton's method squares what is left
MOST_STEPS = 20  # of Newton's method; three or four do
STEPS = 2  # of independence Metropolis, of which nearly every first one is accepted


@dataclass(frozen=True, slots=True, eq=False)
class Integrated:
    """The figures given their linear predictors, wijk effects integrated out; shapes (wijk,) or (part, wijk).

    Attributes
    ----------
    log_p, slope, curvature : (wijk,)
        Log probability of a figure, and its first two derivatives to the linear predictor.
    share, mean, sd : (part, wijk)
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
    """Log probability of the figures, in each part of the wijk effect, to the third order around linear predictors.

    Attributes
    ----------
    mu : (wijk,)
        Around which.
    derivatives : four arrays (part, wijk)
        The log probability, with the share of the part, and its first three derivatives.
    sigma : (part, wijk)
        Sd of the wijk effect.
    """

    mu: Array
    derivatives: tuple[Array, Array, Array, Array]
    sigma: Array

    def log_p(self, mu: Array) -> Array:
        """Log probability of each figure at other linear predictors, shape (wijk,)."""
        return np.logaddexp.reduce(self._log_parts(mu - self.mu))

    def _log_parts(self, off: Array) -> Array:
        value, first, second, third = self.derivatives
        return value + off * (first + off / 2 * (second + off / 3 * third))

    def at(self, mu: Array) -> Integrated:
        """At other linear predictors; mean and sd of the log odds follow from the derivatives (Tweedie's formula)."""
        _, first, second, third = self.derivatives
        off = mu - self.mu
        log_parts = self._log_parts(off)
        slopes, curvatures = first + off * (second + off / 2 * third), second + off * third
        log_p = np.logaddexp.reduce(log_parts)
        share = np.exp(log_parts - log_p)
        slope = (share * slopes).sum(axis=0)
        curvature = (share * (curvatures + slopes**2)).sum(axis=0) - slope**2
        variance = self.sigma**2 * (1 + self.sigma**2 * curvatures)
        mean = mu + self.sigma**2 * slopes
        return Integrated(log_p, slope, curvature, share, mean, np.sqrt(np.maximum(variance, 1e-12)))

    def strain(self, mu: Array) -> float:
        """What the third order adds at most to the log probability of a figure: how far these predictors are."""
        value, first, second, _ = self.derivatives
        off = mu - self.mu
        without = np.logaddexp.reduce(value + off * (first + off / 2 * second))
        return float(np.abs(self.log_p(mu) - without).max())


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
        self._observed = w = np.flatnonzero(design.observed)
        self._log_probability = log_interval_binomial(design.youths[w], design.users_low[w], design.users_high[w])
        self._z, self._information = likelihood_on_logit(design)

    def log_probability(self, eta: Array) -> Array:
        """Of the figures at log odds of shape (..., wijk); 0 for a wijk whose figure is missing or left out."""
        if len(self._observed) == eta.shape[-1]:
            return self._log_probability(eta)
        found = np.zeros_like(eta)
        found[..., self._observed] = self._log_probability(eta[..., self._observed])
        return found

    def split(self, effects: Array) -> tuple[Array, Array]:
        """Coefficients, alpha first, and the level of each gemeente with that of its region."""
        k, own = self.x.shape[1], effects[-self.members.shape[0] :]
        return effects[:k], own + effects[k : -len(own)][self.regio] if len(self.regio) else own

    def mu(self, effects: Array) -> Array:
        """Linear predictor, shape (wijk,)."""
        coefficients, level = self.split(effects)
        return self.x @ coefficients + level[self.group]

    def expand(self, mu: Array, scales: Scales) -> Expansion:
        """Integrate the wijk effects out at these linear predictors: adaptive Gauss-Hermite quadrature.

        The derivatives are the cumulants of the log odds given the figure (Tweedie's formula).
        """
        points, weights = np.polynomial.hermite_e.hermegauss(NODES)
        points, log_weights = points[:, None], (np.log(weights) + points**2 / 2 - np.log(2 * np.pi) / 2)[:, None]
        sigma, found = scales.sigma_wijk * np.exp(-scales.kappa * self._log_size), []
        for share, times in scales.parts:
            sd = times * sigma
            precision = self._information + sd**-2
            root = precision**-0.5
            eta = (self._information * self._z + mu * sd**-2) / precision + points * root
            terms = self.log_probability(eta) - ((eta - mu) / sd) ** 2 / 2 + log_weights
            top = terms.max(axis=0)
            weight = np.exp(terms - top)
            total = weight.sum(axis=0)
            weight /= total
            mean = (weight * eta).sum(axis=0)
            off = eta - mean
            weight *= off * off
            variance, third = weight.sum(axis=0), (weight * off).sum(axis=0)
            log_p = top + np.log(total * root / sd) + np.log(share)
            found.append((log_p, (mean - mu) / sd**2, (variance - sd**2) / sd**4, third / sd**6, sd))
        *derivatives, sigma = (np.stack(part) for part in zip(*found, strict=True))
        return Expansion(mu, (derivatives[0], derivatives[1], derivatives[2], derivatives[3]), sigma)

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
        self.effects = effects  # around which figures are expanded

    def prior_sd(self, scales: Scales) -> Array:
        """Prior sds of the effects, shape (effect,)."""
        coefficient = scales.sigma_kenmerken / np.sqrt(self._sizes[0])
        sds = [self._alpha[1], coefficient, scales.sigma_regio, scales.sigma_gemeente]
        return np.repeat(sds, [1, *self._sizes])

    def expand(self, scales: Scales, effects: Array) -> Expansion:
        """Log probability of the figures around these effects."""
        return self.figures.expand(self.figures.mu(effects), scales)

    def log_density(self, sd: Array, effects: Array, log_p: Array) -> tuple[float, Array]:
        """Log density given the scales, and that of the figures: of the dense effects, and of each gemeente."""
        off = effects.copy()
        off[0] -= self._alpha[0]
        prior = -((off / sd) ** 2) / 2 - np.log(sd) - np.log(2 * np.pi) / 2
        own = prior[self.dense :] + self.figures.members @ log_p
        return float(prior[: self.dense].sum()), own

    def conditional(self, expansion: Expansion, sd: Array, effects: Array, steps: int = MOST_STEPS) -> Conditional:
        """Newton's method from these effects, at most so many steps; the precision is that before the last."""
        figures, k, dense = self.figures, self.figures.x.shape[1], self.dense
        precision, regio = sd**-2, np.arange(len(figures.regio))
        for _ in range(steps):
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
            if np.abs(step / sd).max() < 1e-3:
                break
        return Conditional(effects, root, cross, own)

    def laplace(self, vector: Array) -> tuple[float, Array]:
        """Log of the approximate marginal density of the scales, and the mode of the effects there."""
        scales = self.unbounded.scales(vector)
        sd, effects = self.prior_sd(scales), self.effects
        for _ in range(MOST_STEPS):
            expansion = self.expand(scales, effects)
            found = self.conditional(expansion, sd, effects, steps=1)
            moved, effects = np.abs((found.mode - effects) / sd).max(), found.mode
            if moved < CLOSE:
                break
        if moved > 0.1:
            return -np.inf, self.effects
        weight = self._near(expansion, found, sd, np.zeros(len(effects)))[1]
        return weight + float(self.unbounded.log_density(vector)), effects

    def marginal(self, vector: Array) -> float:
        """Log of the approximate marginal density of the scales."""
        return self.laplace(vector)[0]

    def _around(self, scales: Scales, sd: Array) -> tuple[Expansion, Conditional]:
        """Expansion near the mode, and the normal there; in most draws the effects themselves are near enough."""
        near = self.effects
        for _ in range(MOST_STEPS):
            expansion = self.expand(scales, near)
            found = self.conditional(expansion, sd, near, steps=1)
            if expansion.strain(self.figures.mu(found.mode)) < STRAIN:
                return expansion, self.conditional(expansion, sd, found.mode, steps=1)
            near = found.mode
        raise np.linalg.LinAlgError("no mode was found")

    def draw(self, vector: Array, standard: Array) -> tuple[Expansion, Array, Array]:
        """Draw effects given scales, with the logs of their weights.

        Gemeenten are independent given the rest: five-point quadrature gives the weight of each, and the mean and sd of
        its effect.

        Parameters
        ----------
        vector : ndarray, shape (scale,)
        standard : ndarray, shape (draw, effect)
            Standard normal draws.

        Returns
        -------
        expansion : Expansion
            By which the figures were judged.
        effects : ndarray, shape (draw, effect)
        log_weights : ndarray, shape (draw,)
            Minus infinity for a draw that is too far from where the figures were expanded.
        """
        scales = self.unbounded.scales(vector)
        sd = self.prior_sd(scales)
        expansion, found = self._around(scales, sd)
        drawn = [self._near(expansion, found, sd, row) for row in standard]
        log_prior = float(self.unbounded.log_density(vector))
        return expansion, np.stack([one for one, _ in drawn]), np.array([log_prior + weight for _, weight in drawn])

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
        if expansion.strain(mu + shift[figures.group]) > 10 * STRAIN:
            return effects, -np.inf
        return effects, whole + float(total.sum()) - found.log_root + float((standard[:dense] ** 2).sum()) / 2
