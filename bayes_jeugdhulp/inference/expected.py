"""Expected use: the average of p over everything indexed by the wijk that is not known, for two references."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student_t

from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS

Array = NDArray[np.float64]
Reference = Literal["within_gemeente", "national"]
REFERENCES: tuple[Reference, ...] = ("within_gemeente", "national")

NODES = 9  # Gauss-Hermite; exact to 1e-9 up to an sd of .5, to 2e-8 at .7 and to 2e-6 at 1 (test_expected)
BLOCK = 25_000  # numbers at a time: what stays in a processor's cache
HEAVY_NODES = 41  # for a Student-t wijk effect; exact to 2e-4 of the value (test_expected)


@dataclass(frozen=True, slots=True)
class Draws:
    """Posterior draws as plain arrays, chains stacked; shapes begin with (draw,).

    Attributes
    ----------
    alpha : (draw,)
    beta : (draw, kenmerk)
    regio, gemeente : (draw, regio) and (draw, gemeente)
        Effects; ``regio`` has no columns where there is no such level.
    eta : (draw, wijk)
    sigma_regio, sigma_gemeente : (draw,)
    sigma_wijk : (draw, wijk)
        Scale of each wijk's own effect.
    nu : (draw,) or None
        Degrees of freedom of the wijk effects, where they are Student-t.
    kenmerken_variance : (draw, wijk)
        Variance of the linear predictor over a wijk's imputed kenmerken, given its known ones; these never saw y.
    imputation : (draw,)
        Which completed table a draw belongs to.
    """

    alpha: Array
    beta: Array
    regio: Array
    gemeente: Array
    eta: Array
    sigma_regio: Array
    sigma_gemeente: Array
    sigma_wijk: Array
    nu: Array | None
    kenmerken_variance: Array
    imputation: NDArray[np.int64]


def read_draws(tree: xr.DataTree, design: Design) -> Draws:
    """Stack the chains of a fit's posterior."""
    posterior = tree["posterior"].to_dataset()

    def stacked(name: str) -> Array:
        values = posterior[name].transpose("chain", "draw", ...).to_numpy()
        return values.reshape(-1, *values.shape[2:]).astype(float)

    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    log_size = np.log(design.youths / REFERENCE_YOUTHS)
    kappa = stacked("kappa") if "kappa" in posterior else np.zeros(draws)
    beta = stacked("beta")
    return Draws(
        alpha=stacked("alpha"),
        beta=beta,
        regio=stacked("regio_effect") if design.regios else np.zeros((draws, 0)),
        gemeente=stacked("gemeente_effect"),
        eta=stacked("eta"),
        sigma_regio=stacked("sigma_regio") if design.regios else np.zeros(draws),
        sigma_gemeente=stacked("sigma_gemeente"),
        sigma_wijk=stacked("sigma_wijk")[:, None] * np.exp(-kappa[:, None] * log_size),
        nu=stacked("nu") if "nu" in posterior else None,
        kenmerken_variance=_kenmerken_variance(design, beta),
        imputation=np.tile(posterior["imputation"].to_numpy(), posterior.sizes["chain"]),
    )


def location(design: Design, draws: Draws, reference: Reference, x: Array | None = None) -> Array:
    """Linear predictor without what is indexed by the wijk, shape (draw, wijk).

    Parameters
    ----------
    design : Design
    draws : Draws
    reference : {"within_gemeente", "national"}
        With the fitted regio and gemeente effects, or without.
    x : ndarray, shape (wijk, kenmerk), optional
        Kenmerken; default their mean over imputations.
    """
    eta = draws.alpha[:, None] + draws.beta @ (design.kenmerken_mean if x is None else x).T
    if reference == "within_gemeente":
        level = draws.gemeente
        if design.regios:
            level = level + draws.regio[:, design.regio_of_gemeente]
        eta += level[:, design.gemeente_of_wijk]
    return eta


def fitted_location(design: Design, draws: Draws) -> Array:
    """The linear predictor that each draw was fitted with: the kenmerken of its own imputation, shape (draw, wijk)."""
    eta = location(design, draws, "within_gemeente")
    mean = design.kenmerken_mean
    for index in np.unique(draws.imputation):
        rows = draws.imputation == index
        eta[rows] += draws.beta[rows] @ (design.completed(index) - mean).T
    return eta


def _kenmerken_variance(design: Design, beta: Array) -> Array:
    variance = np.zeros((len(beta), len(design.youths)))
    deviation = design.imputed - design.imputed.mean(axis=0)
    for wijk in np.unique(design.cell_wijk):
        cells = design.cell_wijk == wijk
        variance[:, wijk] = (deviation[:, cells] @ beta[:, design.cell_kenmerk[cells]].T).var(axis=0)
    return variance


def normal_variance(draws: Draws, reference: Reference) -> Array:
    """Variance of what is averaged over beside the wijk effect, shape (draw, wijk).

    Missing kenmerken given the known ones and, for the national reference, a new region and gemeente.
    """
    if reference == "within_gemeente":
        return draws.kenmerken_variance
    return draws.kenmerken_variance + (draws.sigma_regio**2 + draws.sigma_gemeente**2)[:, None]


def mean_probability(location: Array, sd: Array, nodes: int = NODES) -> Array:
    """Average of ``expit(location + sd z)`` over a standard normal ``z``, by Gauss-Hermite quadrature.

    Parameters
    ----------
    location, sd : ndarray, same shape
    nodes : int

    Returns
    -------
    ndarray, same shape

    Examples
    --------
    >>> float(mean_probability(np.array(0.0), np.array(2.0)).round(12))
    0.5
    """
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    flat_location, flat_sd = (np.ravel(part) for part in np.broadcast_arrays(location, sd))
    total = np.zeros(flat_location.shape)
    for start in range(0, total.size, BLOCK):
        part = slice(start, start + BLOCK)
        for point, weight in zip(points, weights / weights.sum(), strict=True):
            total[part] += weight * expit(flat_location[part] + point * flat_sd[part])
    return total.reshape(np.broadcast_shapes(np.shape(location), np.shape(sd)))


def expected_use(design: Design, draws: Draws, reference: Reference) -> Array:
    """e_w per posterior draw, a probability, shape (draw, wijk); definitions: Per wijk."""
    centre = location(design, draws, reference)
    variance = normal_variance(draws, reference)
    if draws.nu is None:
        return mean_probability(centre, np.sqrt(variance + draws.sigma_wijk**2))
    # the double-exponential rule (Takahasi & Mori 1974): nodes of equal probability lose 1% or more in the far tails
    x = np.linspace(-2.5, 2.5, HEAVY_NODES)
    steps = np.sinh(np.pi / 2 * np.sinh(x))
    weights = student_t.pdf(steps, draws.nu[:, None]) * np.cosh(x) * np.cosh(np.pi / 2 * np.sinh(x))
    weights /= weights.sum(axis=1, keepdims=True)
    total, sd = np.zeros_like(centre), np.sqrt(variance)
    for step, weight in zip(steps, weights.T, strict=True):
        total += weight[:, None] * mean_probability(centre + step * draws.sigma_wijk, sd, nodes=3)
    return total
