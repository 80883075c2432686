"""Leave-one-wijk-out by Pareto-smoothed importance sampling, everything indexed by the wijk integrated out."""

import math

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from bayes_jeugdhulp.model.design import Design

Array = NDArray[np.float64]


def good_k(draws: int) -> float:
    """Largest Pareto k that can be trusted: ``min(1 - 1 / log10 S, 0.7)`` (Vehtari et al. 2024, JMLR 25(72)).

    Examples
    --------
    >>> good_k(4000), round(good_k(500), 3)
    (0.7, 0.629)
    """
    return min(1 - 1 / math.log10(draws), 0.7)


def add_loo(tree: xr.DataTree, design: Design) -> None:
    """Add group ``loo`` to a fit: per wijk the Pareto k and the expected log predictive density.

    ``pareto_k`` is 0 and ``elpd`` empty for wijken whose count is missing: leaving them out changes nothing.
    """
    _, k, elpd = leave_one_out(tree, design)
    draws = tree["posterior"].sizes["chain"] * tree["posterior"].sizes["draw"]
    wijk = design.areas.wijken.index.to_numpy(str)
    tree["loo"] = xr.DataTree(
        xr.Dataset({"pareto_k": ("wijk", k), "elpd": ("wijk", elpd)}, {"wijk": wijk}, {"good_k": good_k(draws)})
    )


def leave_one_out(tree: xr.DataTree, design: Design) -> tuple[Array, Array, Array]:
    """Weights of the posterior draws when a wijk's own figure is left out.

    Imputations never saw y, so each keeps its share of the draws: the ratios are brought to mean 1 within an
    imputation before they are smoothed together, and the weights add to the same total in each.

    Returns
    -------
    weights : ndarray, shape (wijk, draw)
        Each row adds to 1; equal weights where no count was observed.
    k : ndarray, shape (wijk,)
    elpd : ndarray, shape (wijk,)
        NaN where no count was observed.
    """
    log_likelihood = tree["log_likelihood"]["users"].transpose("observed_wijk", "chain", "draw").to_numpy()
    flat = log_likelihood.reshape(len(log_likelihood), -1).astype(float)
    imputation = np.tile(tree["posterior"]["imputation"].to_numpy(), log_likelihood.shape[1])
    parts = [imputation == index for index in np.unique(imputation)]
    log_ratios = -flat
    for part in parts:
        log_ratios[:, part] -= _log_mean(log_ratios[:, part])
    # ArviZ takes a log likelihood and negates it itself
    log_weights, observed_k = array_stats.psislw(-log_ratios, axis=-1)
    observed_weights = np.empty_like(flat)
    for part in parts:
        observed_weights[:, part] = np.exp(log_weights[:, part] - _log_mean(log_weights[:, part])) / flat.shape[1]

    rows = np.flatnonzero(design.observed)
    weights = np.full((len(design.observed), flat.shape[1]), 1 / flat.shape[1])
    k, elpd = np.zeros(len(weights)), np.full(len(weights), np.nan)
    weights[rows], k[rows] = observed_weights, observed_k
    elpd[rows] = np.log((observed_weights * np.exp(flat)).sum(axis=1))
    return weights, k, elpd


def _log_mean(logs: Array) -> Array:
    """Log of the mean of exponentials along the last axis, kept as an axis."""
    return np.logaddexp.reduce(logs, axis=-1, keepdims=True) - np.log(logs.shape[-1])
