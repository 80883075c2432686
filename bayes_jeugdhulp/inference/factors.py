"""Factors of the wijken of a design, from their indicators: sampled, judged and made ready for the model of use."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_jeugdhulp.factors.latent import Flow, LatentScores
from bayes_jeugdhulp.factors.measurement import (
    Measured,
    compile_measurement,
    components_of,
    measurement_model,
    sample_measurement,
)
from bayes_jeugdhulp.factors.moments import latent_scores
from bayes_jeugdhulp.factors.working_scale import to_working_scale
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.sources.indicators import Indicators

Array = NDArray[np.float64]


def measure_factors(
    design: Design, indicators: Indicators, flow: Flow, seed: int, *, progress: bool = False
) -> tuple[LatentScores, xr.DataTree, xr.Dataset]:
    """Sample the measurement model for the wijken of a design; the use of jeugdhulp takes no part.

    Parameters
    ----------
    design : Design
        Without factors; its kenmerken, gaps at their mean over imputations, predict the factors.
    indicators : Indicators
    flow : {"joint", "cut", "plug_in"}
        See :meth:`bayes_jeugdhulp.factors.latent.LatentScores.flowing`.
    seed : int
    progress : bool

    Returns
    -------
    scores : LatentScores
        One set for each fitted imputation.
    sampled : xarray.DataTree
        As the sampler gave it, for the gate.
    summary : xarray.Dataset
        Draws of what an analyst looks at: see :func:`measurement_summary`.
    """
    measured = to_working_scale(indicators, design.areas.wijken.index)
    x = components_of(design.kenmerken_mean)
    compiled = compile_measurement(measurement_model(measured, x, design.gemeente_of_wijk))
    sampled = sample_measurement(compiled, measured, seed, progress=progress)
    posterior = sampled["posterior"].to_dataset()
    scores = latent_scores(posterior, measured, x, design.gemeente_of_wijk, len(design.fitted), seed)
    return scores.flowing(flow, design.gemeente_of_wijk, seed), sampled, measurement_summary(posterior, measured, x)


def measurement_summary(posterior: xr.Dataset, measured: Measured, x: Array) -> xr.Dataset:
    """Loadings and variances of the measurement model in standard units, dims beginning with (chain, draw).

    Parameters
    ----------
    posterior : xarray.Dataset
    measured : Measured
    x : ndarray, shape (wijk, kenmerk)

    Returns
    -------
    Dataset
        ``loading`` (indicator): signed, of the standardised indicator on the factor with sd 1 over wijken, with
        coordinate ``factor_of_indicator``; ``noise`` (indicator): sd of what neither factor nor gemeente explains;
        ``own_sd`` (free_indicator): sd of the gemeenten's own intercepts; per factor ``share_kenmerken`` and
        ``share_gemeente`` of its variance, what goes with kenmerken and what gemeenten add, the rest is the wijk's own;
        ``correlation`` (pair) of the factors.
    """
    slope = posterior["slope"] * posterior["slope_sd"] / np.sqrt(x.shape[1])
    slope = slope.transpose("chain", "draw", "factor", "kenmerk").to_numpy()
    covariance = slope @ np.cov(x.T, ddof=0).reshape(x.shape[1], -1) @ np.swapaxes(slope, -1, -2)
    level_sd = posterior["level_sd"].to_numpy()
    k = len(measured.factors)
    level, wijk = (np.broadcast_to(np.eye(k), covariance.shape) for _ in range(2))
    if k > 1:
        level, wijk = (posterior[f"{name}_correlation"].to_numpy() for name in ("level", "wijk"))
    level = level * level_sd[..., None] * level_sd[..., None, :]
    total = covariance + level + wijk
    variance = np.diagonal(total, axis1=-2, axis2=-1)
    unit = np.sqrt(variance)
    draws, loading = ("chain", "draw"), posterior["loading"].to_numpy() * measured.sign
    variables = {
        "loading": ((*draws, "indicator"), loading * unit[..., measured.factor_of]),
        "noise": ((*draws, "indicator"), posterior["noise"].to_numpy()),
        "share_kenmerken": ((*draws, "factor"), np.diagonal(covariance, axis1=-2, axis2=-1) / variance),
        "share_gemeente": ((*draws, "factor"), np.diagonal(level, axis1=-2, axis2=-1) / variance),
    }
    coords: dict[str, Any] = {"indicator": list(measured.indicators), "factor": list(measured.factors)}
    coords["factor_of_indicator"] = ("indicator", [measured.factors[k] for k in measured.factor_of])
    if "own_sd" in posterior:
        variables["own_sd"] = ((*draws, "free_indicator"), posterior["own_sd"].to_numpy())
        coords["free_indicator"] = [
            n for n, anchor in zip(measured.indicators, measured.anchor, strict=True) if not anchor
        ]
    if k > 1:
        first, second = np.triu_indices(k, 1)
        variables["correlation"] = (
            (*draws, "pair"),
            (total / unit[..., None] / unit[..., None, :])[..., first, second],
        )
        coords["pair"] = [f"{measured.factors[i]} - {measured.factors[j]}" for i, j in zip(first, second, strict=True)]
    return xr.Dataset(variables, coords)
