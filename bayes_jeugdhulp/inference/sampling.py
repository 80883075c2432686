"""From areas to a fitted DataTree: impute, build, sample each completed table, pool, and keep what later steps need."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import pymc as pm
import xarray as xr
from pymc.stats import compute_log_prior
from threadpoolctl import threadpool_limits

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.inference.gate import add_gate
from bayes_jeugdhulp.inference.loo import add_loo
from bayes_jeugdhulp.inference.marginal import add_predictive
from bayes_jeugdhulp.inference.stored import constant_data, provenance
from bayes_jeugdhulp.model.build import build_model
from bayes_jeugdhulp.model.design import Design, make_design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import Start, approximate_posterior

THIN = 2  # neighbouring draws say nearly the same; half of them halves the file and every later step
PRIOR_DRAWS = 500
STACKED = "effects_dim_0"  # of the stacked effects, whose parts are saved by name


@dataclass(frozen=True, slots=True)
class SamplingSpec:
    """How long and from where to sample.

    Parameters
    ----------
    draws : int, default 1000
        Kept draws per chain, all imputations together; twice as many are drawn.
    tune : int, default 400
        Warm-up draws per chain and imputation, thrown away.
    chains : int, default 4
    seed : int, default 2017
        Of imputations, sampling and predictive draws: the same seed gives the same result.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    draws: int = 1000
    tune: int = 400
    chains: int = 4
    seed: int = 2017

    def __post_init__(self) -> None:
        for name, least in (("draws", 10), ("tune", 50), ("chains", 2), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, not {getattr(self, name)}")


def fit(
    areas: Areas,
    spec: ModelSpec | None = None,
    sampling: SamplingSpec | None = None,
    *,
    progress: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> xr.DataTree:
    """Fit the multilevel model.

    Parameters
    ----------
    areas : Areas
    spec : ModelSpec, optional
        Default: all kenmerken, normal wijk effects whose sd falls with size, four imputations.
    sampling : SamplingSpec, optional
    progress : bool, default True
        Show the sampler's progress bar.
    report : callable, optional
        Called with the name and the seconds of every finished stage.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``posterior_predictive`` (replicates of a *new* wijk effect, published
        as the source publishes), ``log_likelihood`` (wijk effect integrated out), ``log_prior``, ``prior``,
        ``prior_predictive``, ``observed_data``, ``constant_data``; what was fitted stands in the attributes. Draws of
        the imputations take turns along ``draw``; coordinate ``imputation`` says which is which.

    Raises
    ------
    DataError
        If the areas cannot carry the model; see :func:`bayes_jeugdhulp.model.design.make_design`.
    """
    spec, sampling = spec or ModelSpec(), sampling or SamplingSpec()
    clock = _Clock(report)
    design = make_design(areas, spec, seed=sampling.seed)
    clock("imputing kenmerken")
    start = approximate_posterior(design, spec.priors)
    model = build_model(design, spec, start)
    tree = sample_model(model, design, start, sampling, progress=progress, clock=clock)
    tree.attrs = provenance(design) | {
        "model_spec": json.dumps(asdict(spec)),
        "sampling_spec": json.dumps(asdict(sampling)),
    }
    tree["constant_data"] = xr.DataTree(constant_data(design))
    add_predictive(tree, design, seed=sampling.seed)
    add_loo(tree, design)
    clock("predictions and leave-one-out")
    _add_prior(tree, model, sampling.seed)
    clock("prior")
    add_gate(tree, design)
    clock("convergence check")
    return tree


class _Clock:
    def __init__(self, report: Callable[[str, float], None] | None):
        self._report, self._last = report, time.perf_counter()

    def __call__(self, stage: str) -> None:
        now = time.perf_counter()
        if self._report:
            self._report(stage, now - self._last)
        self._last = now


def sample_model(
    model: pm.Model,
    design: Design,
    start: Start,
    sampling: SamplingSpec,
    *,
    progress: bool = True,
    clock: Callable[[str], None] = lambda stage: None,
) -> xr.DataTree:
    """Sample a model once for every fitted imputation, with one compilation, and pool the draws.

    Parameters
    ----------
    model : pymc.Model
        From :func:`bayes_jeugdhulp.model.build.build_model`, or one changed from it that keeps its ``kenmerken`` data.
    design : Design
    start : Start
        Where the chains start.
    sampling : SamplingSpec
    progress : bool
    clock : callable
        Called after compiling and after sampling.

    Returns
    -------
    xarray.DataTree
        With ``posterior`` and ``sample_stats``.
    """
    import nutpie

    known = {variable.name for variable in model.free_RVs}
    places = start.scales | {"effects": start.effects, "eta": start.eta}
    initial = {name: value for name, value in places.items() if name in known}
    compiled = nutpie.compile_pymc_model(model, freeze_model=False, initial_points=initial)
    clock("compiling the model")
    imputations = len(design.fitted)
    kept = -(-sampling.draws // imputations)
    seeds = np.random.SeedSequence(sampling.seed).generate_state(imputations)
    runs = []
    with threadpool_limits(1):  # the chains already have a core each; products inside them must not ask for more
        for index, seed in zip(design.fitted, seeds, strict=True):
            data = compiled.with_data(kenmerken=design.completed(index))
            run = nutpie.sample(
                data,
                draws=kept * THIN,
                tune=sampling.tune,
                chains=sampling.chains,
                seed=int(seed),
                save_warmup=False,
                progress_bar=progress,
            )
            runs.append(run)
    clock("sampling")
    return _pool(runs, design)


def _pool(runs: list[xr.DataTree], design: Design) -> xr.DataTree:
    """Let the draws of the imputations take turns, so that every stretch of a chain holds all of them."""

    def pooled(group: str) -> xr.Dataset:
        thinned = [run[group].to_dataset().isel(draw=slice(None, None, THIN)) for run in runs]
        order = [
            d
            for draw in range(thinned[0].sizes["draw"])
            for d in range(draw, _total(thinned), thinned[0].sizes["draw"])
        ]
        joined = xr.concat(thinned, "draw").isel(draw=order)
        turns = np.tile(design.fitted, thinned[0].sizes["draw"])
        return joined.assign_coords(draw=np.arange(len(order)), imputation=("draw", turns))

    posterior = pooled("posterior")
    stats = pooled("sample_stats")
    names = [name for name in ("diverging", "energy", "n_steps", "depth", "logp", "step_size") if name in stats]
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats[names]})


def _total(parts: list[xr.Dataset]) -> int:
    return sum(part.sizes["draw"] for part in parts)


def _add_prior(tree: xr.DataTree, model: pm.Model, seed: int) -> None:
    """Add prior draws, and the log prior of what a user can choose a prior for (what power scaling needs)."""
    k = tree["posterior"].sizes["kenmerk"]
    top = [v.name for v in model.free_RVs if v.name != "eta"]
    log_prior = compute_log_prior(
        xr.DataTree.from_dict({"posterior": tree["posterior"].to_dataset()}),
        var_names=top,
        model=model,
        extend_inferencedata=False,
        progressbar=False,
    )
    effects = log_prior["effects"]
    kept = log_prior.drop_dims(STACKED).assign(
        alpha=(("chain", "draw"), effects[..., 0].to_numpy()),
        beta=(("chain", "draw", "kenmerk"), effects[..., 1 : 1 + k].to_numpy()),
    )
    tree["log_prior"] = xr.DataTree(kept.drop_vars([c for c in kept.coords if c not in kept.dims]))
    tree["posterior"] = xr.DataTree(tree["posterior"].to_dataset().drop_dims(STACKED))
    with model:
        prior = pm.sample_prior_predictive(PRIOR_DRAWS, random_seed=seed, compile_kwargs={"mode": "FAST_COMPILE"})
    tree["prior"] = xr.DataTree(prior["prior"].to_dataset().drop_dims(STACKED))
    tree["prior_predictive"] = xr.DataTree(prior["prior_predictive"].to_dataset())
