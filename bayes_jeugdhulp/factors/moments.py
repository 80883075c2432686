"""From parameters of the measurement model to scores: what indicators say of the factors, and what they leave open."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.factors.measurement import Measured

Array = NDArray[np.float64]


def latent_scores(
    posterior: xr.Dataset, measured: Measured, x: Array, gemeente_of_wijk: NDArray[np.int64], count: int, seed: int
) -> LatentScores:
    """Posterior of the factors given the indicators, for some draws of the parameters of the measurement model.

    Parameters
    ----------
    posterior : xarray.Dataset
        Of :func:`bayes_jeugdhulp.factors.measurement.sample_measurement`.
    measured, x, gemeente_of_wijk
        What that was sampled for.
    count : int
        Number of draws, chosen at random.
    seed : int

    Returns
    -------
    LatentScores
    """
    stacked = posterior.stack(sample=("chain", "draw"))
    chosen = np.random.default_rng(seed).permutation(stacked.sizes["sample"])[:count]
    found = [_moments(stacked.isel(sample=s), measured, x, gemeente_of_wijk) for s in chosen]
    mean, wijk, gemeente = (np.stack(part) for part in zip(*found, strict=True))
    anchors = measured.known & measured.anchor
    members = np.arange(gemeente_of_wijk.max() + 1)[:, None] == gemeente_of_wijk
    of_factor = measured.factor_of[:, None] == np.arange(len(measured.factors))
    return LatentScores(measured.factors, mean, wijk, gemeente, (members @ anchors @ of_factor) > 0)


def _moments(
    draw: xr.Dataset, measured: Measured, x: Array, gemeente_of_wijk: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Means and covariances in units of the factors' sd over wijken, all effects integrated out, gemeente by gemeente.

    A gemeente has unknowns c (its level of each factor, its own intercepts), a wijk its own part e. With
    ``z = H c + L e + noise``, ``P`` the precision of e given z and c and ``W`` that of the noise, the precision of c is
    that of its prior plus the sum of ``H' (W - W L P^-1 L' W) H``; the mean of e given c is ``P^-1 L' W (z - H c)``.
    """
    factors, known = len(measured.factors), measured.known
    free = np.flatnonzero(~measured.anchor)
    loadings = np.zeros((len(measured.indicators), factors))
    loadings[np.arange(len(loadings)), measured.factor_of] = measured.sign * draw["loading"].to_numpy()
    omega, level = np.eye(factors), np.eye(factors)
    if factors > 1:
        omega, level = (draw[f"{name}_correlation"].to_numpy() for name in ("wijk", "level"))
    level_sd = draw["level_sd"].to_numpy()
    level = level * level_sd[:, None] * level_sd
    own_sd = draw["own_sd"].to_numpy() if "own_sd" in draw else np.ones(len(free))
    slope = draw["slope"].transpose("kenmerk", "factor").to_numpy() * draw["slope_sd"].to_numpy() / np.sqrt(x.shape[1])
    centre = x @ slope
    weight = known / (draw["noise"].to_numpy() ** 2 + measured.error)
    residual = np.where(known, measured.values, 0) - draw["intercept"].to_numpy() - centre @ loadings.T

    spread = np.linalg.inv(np.linalg.inv(omega) + np.einsum("wj,jk,jl->wkl", weight, loadings, loadings))
    gain = np.einsum("wkl,jl,wj->wkj", spread, loadings, weight)
    to_indicators = np.zeros((len(measured.indicators), factors + len(free)))
    to_indicators[:, :factors] = loadings
    to_indicators[free, factors + np.arange(len(free))] = 1
    seen = weight[:, :, None] * (to_indicators - loadings @ (gain @ to_indicators))
    informed = to_indicators.T @ seen
    pull = np.einsum("wjc,wj->wc", seen, residual)
    gemeenten = gemeente_of_wijk.max() + 1
    precision = np.zeros((gemeenten, *informed.shape[1:]))
    precision[:, :factors, :factors] = np.linalg.inv(level)
    precision[:, range(factors, informed.shape[1]), range(factors, informed.shape[1])] = own_sd**-2
    right = np.zeros((gemeenten, informed.shape[1]))
    np.add.at(precision, gemeente_of_wijk, informed)
    np.add.at(right, gemeente_of_wijk, pull)
    covariance = np.linalg.inv(precision)
    effects = (covariance @ right[..., None])[..., 0][gemeente_of_wijk]

    mean = centre + effects[:, :factors] + np.einsum("wkj,wj->wk", gain, residual - effects @ to_indicators.T)
    of_effects = np.eye(factors, informed.shape[1]) - gain @ to_indicators
    shared = np.zeros((gemeenten, *of_effects.shape[1:]))
    np.add.at(shared, gemeente_of_wijk, of_effects)
    shared /= np.bincount(gemeente_of_wijk)[:, None, None]
    apart = of_effects - shared[gemeente_of_wijk]
    wijk = spread + apart @ covariance[gemeente_of_wijk] @ np.swapaxes(apart, 1, 2)
    gemeente = shared @ covariance @ np.swapaxes(shared, 1, 2)
    unit = np.sqrt(centre.var(axis=0) + np.diag(level) + 1)
    units = unit[:, None] * unit
    return (mean - mean.mean(axis=0)) / unit, wijk / units, gemeente / units
