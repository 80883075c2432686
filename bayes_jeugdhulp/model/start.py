"""A fast approximate posterior (empirical Bayes, Fay & Herriot 1979) to start from and to take coordinates from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import Priors

Array = NDArray[np.float64]

REFERENCE_YOUTHS = 700  # size of a wijk at which sigma_wijk is the sd of its effect; the middle of the real sizes


@dataclass(frozen=True, slots=True)
class Level:
    """What the data say of the groups of one level, given alpha and beta.

    Attributes
    ----------
    z : ndarray, shape (group,)
        Weighted mean of the log odds of use.
    x : ndarray, shape (group, dense)
        Weighted means of (1, kenmerken).
    information : ndarray, shape (group,)
        Precision of ``z`` about the group's own level; 0 where nothing is known.
    """

    z: Array
    x: Array
    information: Array


@dataclass(frozen=True, slots=True)
class Start:
    """What the sampler starts from, and takes its coordinates from.

    Attributes
    ----------
    effects : ndarray, shape (1 + kenmerk + regio + gemeente,)
        Approximate posterior means of alpha, beta, regio and gemeente effects.
    dense : ndarray, shape (1 + kenmerk, 1 + kenmerk)
        What the data say of (alpha, beta), group effects integrated out: approximate posterior precision less that of
        the prior.
    pull : ndarray, shape (1 + kenmerk,)
        That precision times where the data alone would put (alpha, beta).
    prior : ndarray, shape (1 + kenmerk,)
        Prior sds of (alpha, beta) before any figure is seen.
    regio, gemeente : Level
    regio_of_gemeente : ndarray of int, shape (gemeente,)
    z, information : ndarray, shape (wijk,)
        Normal approximation of each wijk's likelihood on the logit scale; information 0 where the count is not known.
    scales : dict
        Estimated ``sigma_regio`` (where there are regions), ``sigma_gemeente``, ``sigma_wijk``, ``kappa``.
    eta : ndarray, shape (wijk,)
        Log odds of use.
    """

    effects: Array
    dense: Array
    pull: Array
    prior: Array
    regio: Level
    gemeente: Level
    regio_of_gemeente: NDArray[np.int64]
    z: Array
    information: Array
    scales: dict[str, float]
    eta: Array


def likelihood_on_logit(design: Design) -> tuple[Array, Array]:
    """Mean and information of a normal approximation of each wijk's binomial likelihood.

    Returns
    -------
    z, information : ndarray, shape (wijk,)
        ``z = logit((k + .5) / (n + 1))``, ``information = n (k + .5) (n - k + .5) / (n + 1)^2``; information is 0
        for suppressed and missing counts.
    """
    n = design.youths.astype(float)
    k = (design.users_low + design.users_high) / 2
    z = np.log((k + 0.5) / (n - k + 0.5))
    information = n * (k + 0.5) * (n - k + 0.5) / (n + 1) ** 2
    return z, np.where(design.published, information, 0.0)


def coefficient_scales(design: Design, priors: Priors) -> Array:
    """Scale of each coefficient's prior before any figure is seen, shape (predictor,)."""
    factors = len(design.factors.names) if design.factors else 0
    kenmerken = len(design.predictors) - factors
    scale = priors.kenmerken_beside_factors if factors else priors.kenmerken
    return np.repeat([scale / np.sqrt(kenmerken), priors.factors[1] / np.sqrt(max(factors, 1))], [kenmerken, factors])


def approximate_posterior(design: Design, priors: Priors, likelihood: tuple[Array, Array] | None = None) -> Start:
    """Fit the normal approximation by maximising its marginal likelihood over the scales.

    Parameters
    ----------
    design : Design
    priors : Priors
    likelihood : (z, information), optional
        Default that of :func:`likelihood_on_logit`.

    Returns
    -------
    Start
    """
    alpha, coefficients = priors.alpha, coefficient_scales(design, priors)
    z, information = likelihood or likelihood_on_logit(design)
    use = information > 0
    x = np.column_stack([np.ones(len(z)), design.kenmerken_mean])
    size, groups, regios = x.shape[1], len(design.gemeenten), len(design.regios)
    group, regio_of = design.gemeente_of_wijk, design.regio_of_gemeente[: groups if regios else 0]
    members = csr_array((np.ones(len(z)), (group, np.arange(len(z)))), (groups, len(z)))
    parts = csr_array((np.ones(len(regio_of)), (regio_of, np.arange(len(regio_of)))), (regios, groups))
    log_size = np.log(design.youths / REFERENCE_YOUTHS)
    residual = z - alpha[0]

    def of_regio(effects: Array) -> Array | float:
        """The effect of the region of every gemeente."""
        return effects[size:][regio_of] if regios else 0.0

    def solve(scales: Array) -> tuple[float, Array, Array, Level]:
        """Penalised log likelihood (negative), posterior means, precision of the dense part, gemeente level."""
        sigma_regio, sigma_gemeente, sigma_wijk = np.exp(scales[:3])
        wijk_variance = (sigma_wijk * np.exp(-scales[3] * log_size)) ** 2
        weight = np.where(use, 1 / (1 / np.where(use, information, 1.0) + wijk_variance), 0.0)
        prior = np.concatenate([[alpha[1] ** -2], coefficients**-2, np.full(regios, sigma_regio**-2)])
        weighted = x * weight[:, None]
        cross, total, right_groups = members @ weighted, members @ weight, members @ (weight * residual)
        diagonal = total + sigma_gemeente**-2
        left, pulled = sigma_gemeente**-2 / diagonal, right_groups / diagonal
        schur = np.diag(prior)
        schur[:size, :size] += x.T @ weighted - (cross.T / diagonal) @ cross
        schur[size:, :size] = parts @ (cross * left[:, None])
        schur[:size, size:] = schur[size:, :size].T
        schur[size:, size:] += np.diag(parts @ (total * left))
        right_dense = np.concatenate([weighted.T @ residual, parts @ right_groups])
        deviation = np.linalg.solve(schur, right_dense - np.concatenate([cross.T @ pulled, parts @ (total * pulled)]))
        group_mean = pulled - (cross @ deviation[:size] + total * of_regio(deviation)) / diagonal
        fit = right_dense @ deviation + right_groups @ group_mean
        log_likelihood = 0.5 * (
            fit
            - weight @ residual**2
            + np.log(weight[use]).sum()
            - np.linalg.slogdet(schur)[1]
            - np.log(diagonal).sum()
            + np.log(prior).sum()
            - 2 * groups * scales[1]
        )
        # weak pulls, the priors of the model in outline, keep the scales off zero and infinity
        penalty = 0.5 * (scales[3] / 0.3) ** 2 + 0.5 * (((scales[:3] - np.log(0.2)) / 1.0) ** 2).sum()
        own = np.maximum(total, 1e-300)
        level = Level(members @ (weight * z) / own, cross / own[:, None], total)
        deviation[0] += alpha[0]
        return penalty - log_likelihood, np.concatenate([deviation, group_mean]), schur, level

    best = minimize(
        lambda scales: solve(scales)[0],
        np.log([0.1, 0.2, 0.3, 1.0]),
        method="L-BFGS-B",
        bounds=[(np.log(0.02), np.log(2.0))] * 3 + [(-1.0, 1.0)],
    ).x
    scales: dict[str, float] = dict(
        zip(("sigma_regio", "sigma_gemeente", "sigma_wijk"), np.exp(best[:3]).tolist(), strict=True)
    )
    if not design.regios:
        del scales["sigma_regio"]
    _, effects, schur, gemeente = solve(best)
    own, rest = slice(None, size), slice(size, None)
    precision = schur[own, own] - schur[own, rest] @ np.linalg.solve(schur[rest, rest], schur[rest, own])
    prior = np.append(alpha[1], coefficients)
    centre = alpha[0] * np.eye(1, size)[0]
    dense, pull = precision - np.diag(prior**-2), precision @ effects[own] - centre * prior**-2
    mu = x @ effects[own] + (effects[size + regios :] + of_regio(effects))[group]
    wijk = (np.exp(best[2] - best[3] * log_size)) ** -2
    eta = (information * z + wijk * mu) / (information + wijk)
    regio = _upper_level(gemeente, design.regio_of_gemeente, len(design.regios), np.exp(best[1]))
    scales |= {"kappa": float(best[3])}
    return Start(effects, dense, pull, prior, regio, gemeente, design.regio_of_gemeente, z, information, scales, eta)


def _upper_level(level: Level, group: NDArray[np.int64], groups: int, sigma: float) -> Level:
    """What a level says of the level above it, its own effects (of scale sigma) integrated out."""
    if not groups:
        return Level(np.zeros(0), np.zeros((0, level.x.shape[1])), np.zeros(0))
    weight = level.information / (1 + level.information * sigma**2)
    total = np.bincount(group, weight, groups)
    own = np.maximum(total, 1e-300)
    x = np.zeros((groups, level.x.shape[1]))
    np.add.at(x, group, weight[:, None] * level.x)
    return Level(np.bincount(group, weight * level.z, groups) / own, x / own[:, None], total)
