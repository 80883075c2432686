"""Leave-one-wijk-out: importance sampling with the wijk integrated out, then its gemeente too, then refits."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import xarray as xr
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.blocks import parts
from bayes_jeugdhulp.inference.expected import REFERENCES, Draws, Reference, Terms, fitted_terms, read_draws, terms
from bayes_jeugdhulp.inference.gemeente_effect import (
    draw_effects,
    log_density_of_effect,
    log_probability_by_effect,
    spline_of_effect,
)
from bayes_jeugdhulp.inference.marginal import log_probability_per_draw
from bayes_jeugdhulp.model.design import Design

Array = NDArray[np.float64]
Wijken = NDArray[np.int64]
Refit = Callable[[Design], xr.DataTree]

ALONE = np.array([0])  # the place of a wijk in a part that has no other


def good_k(draws: int) -> float:
    """Largest Pareto k that can be trusted: ``min(1 - 1 / log10 S, 0.7)`` (Vehtari et al. 2024, JMLR 25(72)).

    Examples
    --------
    >>> good_k(4000), round(good_k(500), 3)
    (0.7, 0.629)
    """
    return min(1 - 1 / math.log10(draws), 0.7)


def add_loo(tree: xr.DataTree, design: Design, refit: Refit | None = None, *, numbers: int | None = None) -> None:
    """Add group ``loo``: per wijk the Pareto k, the expected log predictive density, and what became of a high k.

    Where k is too high, the effect of the gemeente is integrated out as well and drawn anew without the wijk: what a
    draw of it owes to the wijk is the usual reason. Wijken whose k is too high even so are left out for real: all of
    them at once in one refit, from which each follows by importance weights that put the others back; who is not to be
    trusted there either gets a refit of its own. The draws of both are in group ``left_out``.

    Parameters
    ----------
    tree : xarray.DataTree
        With ``posterior`` and ``log_likelihood``.
    design : Design
    refit : callable, optional
        Samples a design again, with some figures taken away. Without it a high k stays as it is.
    numbers : int, optional
        See :func:`bayes_jeugdhulp.inference.blocks.parts`.

    Notes
    -----
    ``pareto_k`` is 0 and ``elpd`` empty for wijken whose count is missing: leaving them out changes nothing.
    """
    found = [leave_one_out(tree, part)[1:] for part in parts(tree, design, numbers)]
    k, elpd = (np.concatenate(column) for column in zip(*found, strict=True))
    wijk = design.areas.wijken.index.to_numpy(str)
    draws = tree["posterior"].sizes["chain"] * tree["posterior"].sizes["draw"]
    limit = good_k(draws)
    too_high = ~(k <= limit)  # also where the tail is too short for a k
    high = np.flatnonzero(too_high)
    integrated: dict[int, LeftOut] = {}
    for own in [] if design.graph else np.split(high, np.flatnonzero(np.diff(design.gemeente_of_wijk[high])) + 1):
        found_here = integrate_gemeente(tree, design, own)
        integrated |= {w: one for w, (one, own_k) in found_here.items() if own_k <= limit}
    still = np.setdiff1d(high, list(integrated))
    refitted = _refit(design, still, refit, draws) if refit is not None and len(still) else {}
    left_out = integrated | refitted
    for w, one in left_out.items():
        elpd[w], too_high[w] = one.elpd, False
    if left_out:
        tree["left_out"] = xr.DataTree(_stored(left_out, wijk))
    how = {
        name: np.isin(np.arange(len(wijk)), list(of))
        for name, of in (("integrated", integrated), ("refitted", refitted))
    }
    variables = {"pareto_k": k, "elpd": elpd, **how, "k_too_high": too_high}
    tree["loo"] = xr.DataTree(
        xr.Dataset({name: ("wijk", values) for name, values in variables.items()}, {"wijk": wijk}, {"good_k": limit})
    )


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """A posterior without a wijk's own figure: what a new wijk follows from, and the log density of the figure."""

    terms: dict[Reference, Terms]
    elpd: float

    @classmethod
    def of(cls, design: Design, draws: Draws, at: Wijken, weights: Array, log_p: Array, count: int) -> "LeftOut":
        """So many of the weighted draws of the wijk ``at``, given the log probability of its figure in each."""
        chosen = resample(weights, count)
        kept = {reference: terms(design, draws, reference).select(at).rows(chosen) for reference in REFERENCES}
        return cls(kept, float(np.log(weights @ np.exp(log_p))))


def integrate_gemeente(tree: xr.DataTree, design: Design, wijken: Wijken) -> dict[int, tuple[LeftOut, float]]:
    """Posteriors without each of some wijken of one gemeente, its effect integrated out, and the Pareto k of each."""
    if not len(wijken):
        return {}
    gemeente = design.gemeente_of_wijk[wijken[0]]
    members = np.flatnonzero((design.gemeente_of_wijk == gemeente) & design.observed)
    values = []
    for run in np.split(members, np.flatnonzero(np.diff(members) > 1) + 1):
        part = design.part(slice(run[0], run[-1] + 1))
        by_effect = log_probability_by_effect(part, read_draws(tree, part), np.arange(len(run)))
        values.append(np.stack(list(by_effect)))
    figures = np.concatenate(values, axis=2)
    both = log_density_of_effect(figures.sum(axis=2))
    found = {}
    for w in wijken.tolist():
        others = both - spline_of_effect(figures[..., np.searchsorted(members, w)])
        part = design.part(slice(w, w + 1))
        log_p = np.logaddexp.reduce(both, axis=0) - np.logaddexp.reduce(others, axis=0)
        draws = read_draws(tree, part)
        (weights,), (k,) = smoothed_weights(-log_p[None], draws.imputation)
        levels = np.random.default_rng(w).permutation((np.arange(len(log_p)) + 0.5) / len(log_p))
        anew = draws.gemeente.copy()
        anew[:, gemeente] = draw_effects(others, levels) * draws.sigma_gemeente[:, gemeente]
        without = replace(draws, gemeente=anew)
        found[w] = LeftOut.of(part, without, ALONE, weights, log_p, len(log_p)), float(k)
    return found


def _refit(design: Design, wijken: Wijken, refit: Refit, count: int) -> dict[int, LeftOut]:
    """Posteriors without each of these wijken, so many draws of each."""
    without_all = _reader(design, refit(design.without(wijken)))
    log_p = np.column_stack([_log_probability(*without_all(w)) for w in wijken.tolist()])
    together = log_p
    if design.graph:  # figures of neighbours are independent given the field, not given each other's
        together = np.column_stack([_log_probability(*without_all(w), field=True) for w in wijken.tolist()])
    found = {}
    for i, w in enumerate(wijken.tolist()):
        read, own = without_all, log_p[:, i]
        weights, trusted = np.full(len(own), 1 / len(own)), len(wijken) == 1
        if not trusted:
            # how much more probable a draw becomes as the figures of the others come back
            back = np.delete(together, i, axis=1).sum(axis=1)
            (weights,), (k,) = smoothed_weights(back[None], read(w)[1].imputation)
            trusted = k <= good_k(len(own))
        if not trusted:
            read = _reader(design, refit(design.without(np.array([w]))))
            own = _log_probability(*read(w))
            weights = np.full(len(own), 1 / len(own))
        found[w] = LeftOut.of(*read(w), weights, own, count)
    return found


def _reader(design: Design, tree: xr.DataTree) -> Callable[[int], tuple[Design, Draws, Wijken]]:
    """Reads a wijk from a refit, without the others where it does not hang on them: design, draws and its place."""
    if design.graph:
        draws = read_draws(tree, design)
        return lambda wijk: (design, draws, np.array([wijk]))

    def read(wijk: int) -> tuple[Design, Draws, Wijken]:
        part = design.part(slice(wijk, wijk + 1))
        return part, read_draws(tree, part), ALONE

    return read


def _log_probability(design: Design, draws: Draws, at: Wijken, *, field: bool = False) -> Array:
    """Log of the probability of the figure of one wijk, shape (draw,)."""
    return log_probability_per_draw(design, draws, fitted_terms(design, draws, field=field), at)[:, at[0]]


def resample(weights: Array, count: int) -> NDArray[np.int64]:
    """Places of so many equally weighted draws, by systematic resampling."""
    steps = (np.arange(count) + 0.5) / count
    return np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), steps), len(weights) - 1)


def _stored(found: dict[int, LeftOut], wijk: NDArray[np.str_]) -> xr.Dataset:
    """Side by side, dims (component, left_out_draw, left_out_wijk); :func:`read_left_out` is the way back."""
    variables = {}
    for reference in REFERENCES:
        for field in fields(Terms):
            parts = [getattr(one.terms[reference], field.name) for one in found.values()]
            if parts[0] is not None:
                values = np.concatenate(parts, axis=-1)
                dims = ("component", "left_out_draw", "left_out_wijk")[-values.ndim :]
                variables[f"{field.name}_{reference}"] = (dims, values)
    return xr.Dataset(variables, {"left_out_wijk": wijk[list(found)]})


def read_left_out(tree: xr.DataTree, design: Design, reference: Reference) -> tuple[Wijken, Terms | None]:
    """The wijken that were left out beyond weights, and what a new wijk follows from for each."""
    if "left_out" not in tree.children:
        return np.zeros(0, np.int64), None
    stored = tree["left_out"].to_dataset()
    names = [field.name for field in fields(Terms) if f"{field.name}_{reference}" in stored]
    values: dict[str, Any] = {"nu": None} | {name: stored[f"{name}_{reference}"].to_numpy() for name in names}
    wijken = design.areas.wijken.index.get_indexer(stored["left_out_wijk"].to_index())
    return wijken.astype(np.int64), Terms(**values)


def leave_one_out(tree: xr.DataTree, design: Design) -> tuple[Array, Array, Array]:
    """Weights of the posterior draws when a wijk's own figure is left out; of a part of the design, its wijken.

    Returns
    -------
    weights : ndarray, shape (wijk, draw)
        Each row adds to 1; equal weights where no count was observed.
    k : ndarray, shape (wijk,)
    elpd : ndarray, shape (wijk,)
        NaN where no count was observed.
    """
    before = int(design.whole.observed[: design.place.start].sum()) if design.whole else 0
    own = tree["log_likelihood"]["users"].isel(observed_wijk=slice(before, before + int(design.observed.sum())))
    log_likelihood = own.transpose("observed_wijk", "chain", "draw").to_numpy()
    flat = log_likelihood.reshape(len(log_likelihood), math.prod(log_likelihood.shape[1:])).astype(float)
    imputation = np.tile(tree["posterior"]["imputation"].to_numpy(), log_likelihood.shape[1])
    observed_weights, observed_k = smoothed_weights(-flat, imputation)

    rows = np.flatnonzero(design.observed)
    weights = np.full((len(design.observed), flat.shape[1]), 1 / flat.shape[1])
    k, elpd = np.zeros(len(weights)), np.full(len(weights), np.nan)
    weights[rows], k[rows] = observed_weights, observed_k
    elpd[rows] = np.log((observed_weights * np.exp(flat)).sum(axis=1))
    return weights, k, elpd


def smoothed_weights(log_ratios: Array, imputation: NDArray[np.int64]) -> tuple[Array, Array]:
    """Pareto-smoothed importance weights, every imputation keeping its share.

    Imputations never saw y, so figures that come or go do not change which of them are believed: the ratios are
    brought to mean 1 within an imputation before they are smoothed together, and the weights add to the same total in
    each.

    Parameters
    ----------
    log_ratios : ndarray, shape (unit, draw)
    imputation : ndarray of int, shape (draw,)

    Returns
    -------
    weights : ndarray, shape (unit, draw)
        Each row adds to 1.
    k : ndarray, shape (unit,)
    """
    if not len(log_ratios):
        return log_ratios, np.zeros(0)
    parts = [imputation == index for index in np.unique(imputation)]
    log_ratios = log_ratios.copy()
    for part in parts:
        log_ratios[:, part] -= _log_mean(log_ratios[:, part])
    # ArviZ takes a log likelihood and negates it itself
    log_weights, k = array_stats.psislw(-log_ratios, axis=-1)
    weights = np.empty_like(log_ratios)
    for part in parts:
        weights[:, part] = np.exp(log_weights[:, part] - _log_mean(log_weights[:, part])) / log_ratios.shape[1]
    return weights, np.asarray(k)


def _log_mean(logs: Array) -> Array:
    """Log of the mean of exponentials along the last axis, kept as an axis."""
    return np.logaddexp.reduce(logs, axis=-1, keepdims=True) - np.log(logs.shape[-1])
