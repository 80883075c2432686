"""A fast approximate posterior (empirical Bayes, Fay & Herriot 1979) to start from and to take coordinates from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import Priors

Array = NDArray[np.float64]

REFERENCE_YOUTHS = 700  # size of a wijk at which sigma_wijk is the sd of its effect; the middle of the real sizes


@dataclass(frozen=True, slots=True)
class Arrow:
    """Normal approximation of (dense effects, gemeente effects) with an arrow-shaped precision.

    Attributes
    ----------
    mean : ndarray, shape (dense + gemeente,)
    dense : ndarray, shape (dense, dense)
    cross : ndarray, shape (dense, gemeente)
    groups : ndarray, shape (gemeente,)
        Diagonal of the gemeente block.
    """

    mean: Array
    dense: Array
    cross: Array
    groups: Array


@dataclass(frozen=True, slots=True)
class Start:
    """What the sampler starts from.

    Attributes
    ----------
    arrow : Arrow
        Of (alpha, beta, regio effects, gemeente effects).
    z, information : ndarray, shape (wijk,)
        Normal approximation of each wijk's likelihood on the logit scale; information 0 where the count is not known.
    scales : dict
        Estimated ``sigma_regio`` (where there are regions), ``sigma_gemeente``, ``sigma_wijk``, ``kappa``.
    eta : ndarray, shape (wijk,)
        Log odds of use.
    """

    arrow: Arrow
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


def approximate_posterior(design: Design, priors: Priors) -> Start:
    """Fit the normal approximation by maximising its marginal likelihood over the scales.

    Parameters
    ----------
    design : Design
    priors : Priors

    Returns
    -------
    Start
    """
    alpha, kenmerken_scale = priors.alpha, priors.kenmerken / np.sqrt(len(design.kenmerken))
    z, information = likelihood_on_logit(design)
    use = information > 0
    x = design.kenmerken_mean
    regio_of_wijk = design.regio_of_gemeente[design.gemeente_of_wijk] if design.regios else None
    regios = np.eye(len(design.regios))[regio_of_wijk] if regio_of_wijk is not None else np.empty((len(x), 0))
    dense_x = np.column_stack([np.ones(len(x)), x, regios])
    log_size = np.log(design.youths / REFERENCE_YOUTHS)
    group, groups = design.gemeente_of_wijk, len(design.gemeenten)
    centre = np.zeros(dense_x.shape[1])
    centre[0] = alpha[0]

    def solve(scales: Array) -> tuple[float, Arrow]:
        sigma_regio, sigma_gemeente, sigma_wijk = np.exp(scales[:3])
        wijk_variance = (sigma_wijk * np.exp(-scales[3] * log_size)) ** 2
        weight = np.where(use, 1 / (1 / np.where(use, information, 1.0) + wijk_variance), 0.0)
        prior = np.concatenate(
            [[alpha[1] ** -2], np.full(x.shape[1], kenmerken_scale**-2), np.full(regios.shape[1], sigma_regio**-2)]
        )
        weighted = dense_x * weight[:, None]
        dense = dense_x.T @ weighted + np.diag(prior)
        cross = np.zeros((groups, dense_x.shape[1]))
        np.add.at(cross, group, weighted)
        diagonal = np.bincount(group, weight, groups) + sigma_gemeente**-2
        residual = z - dense_x @ centre
        right_dense = weighted.T @ residual
        right_groups = np.bincount(group, weight * residual, groups)
        schur = dense - (cross.T / diagonal) @ cross
        deviation = np.linalg.solve(schur, right_dense - cross.T @ (right_groups / diagonal))
        group_mean = (right_groups - cross @ deviation) / diagonal
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
        return penalty - log_likelihood, Arrow(
            np.concatenate([centre + deviation, group_mean]), dense, cross.T, diagonal
        )

    best = minimize(
        lambda scales: solve(scales)[0],
        np.log([0.1, 0.2, 0.3, 1.0]),
        method="L-BFGS-B",
        bounds=[(np.log(0.02), np.log(2.0))] * 3 + [(-1.0, 1.0)],
    ).x
    scales = dict(zip(("sigma_regio", "sigma_gemeente", "sigma_wijk"), np.exp(best[:3]).tolist(), strict=True))
    if not design.regios:
        del scales["sigma_regio"]
    arrow = solve(best)[1]
    mu = dense_x @ arrow.mean[: dense_x.shape[1]] + arrow.mean[dense_x.shape[1] :][group]
    precision = (np.exp(best[2] - best[3] * log_size)) ** -2
    eta = (information * z + precision * mu) / (information + precision)
    return Start(arrow, z, information, scales | {"kappa": float(best[3])}, eta)
