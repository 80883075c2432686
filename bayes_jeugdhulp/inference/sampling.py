"""From areas to a fitted DataTree: impute, build, sample each completed table, pool, and keep what later steps need."""

import json
import logging
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numpy.typing import NDArray
from pymc.stats import compute_log_prior

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import ResultFileError
from bayes_jeugdhulp.files import check_writable
from bayes_jeugdhulp.inference.expected import STORED
from bayes_jeugdhulp.inference.factors import measure_factors
from bayes_jeugdhulp.inference.gate import add_gate
from bayes_jeugdhulp.inference.loo import add_loo
from bayes_jeugdhulp.inference.marginal import add_predictive
from bayes_jeugdhulp.inference.pooling import Pool
from bayes_jeugdhulp.inference.stored import constant_data, load, provenance, save
from bayes_jeugdhulp.model.build import Term, build_model, model_data, packed
from bayes_jeugdhulp.model.design import Design, make_design
from bayes_jeugdhulp.model.nuts import compile_for_nuts, sample_nuts
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import Start, approximate_posterior
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.neighbours import Neighbours

PRIOR_DRAWS = 500
# where to stop shortening the steps, from so many wijken: long ones take a quarter less time per effective draw of the
# country, and diverge with few wijken; steps get shorter with more wijken, and twice as many a draw
ACCEPTANCE = {10_000: 0.6, 2000: 0.7, 1000: 0.8, 0: 0.95}
REFIT_DRAWS, REFIT_TUNE = 300, 200  # per chain, all imputations together; the coordinates need little warm-up
STACKED = "effects_dim_0"  # of the stacked effects, whose parts are saved by name
IN_MEMORY = 30_000_000  # chains times draws times wijken of an imputation that the sampler keeps in memory


@dataclass(frozen=True, slots=True)
class SamplingSpec:
    """How long and from where to sample.

    Parameters
    ----------
    draws : int, default 1500
        Kept draws per chain, all imputations together; ``thin`` times as many are drawn.
    tune : int, default 400
        Warm-up draws per chain and imputation, thrown away.
    chains : int, default 4
        Run side by side, one a core, as far as there are cores.
    seed : int, default 2017
        Of imputations, sampling and predictive draws: the same seed gives the same result on the same machine, save
        in the process that first compiles a model of the kind there: code compiled afresh rounds otherwise than the
        same code read back, and draws then differ as with another seed.
    thin : int, default 4
        Keep one draw in so many: neighbours say nearly the same, and fewer make every later step and the file smaller.
    acceptance : float, optional
        Share of steps that the sampler aims to accept: nearer to 1 steps are shorter, and divergences rarer. Default
        .95, .8 from 1,000 wijken, .7 from 2,000 and .6 from 10,000.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> SamplingSpec(draws=500, seed=1).chains
    4
    >>> SamplingSpec(chains=1)
    Traceback (most recent call last):
    ...
    ValueError: chains must be 2 or more, not 1
    """

    draws: int = 1500
    tune: int = 400
    chains: int = 4
    seed: int = 2017
    thin: int = 4
    acceptance: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("draws", 10), ("tune", 50), ("chains", 2), ("seed", 0), ("thin", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, not {getattr(self, name)}")
        if self.acceptance is not None and not 0.5 <= self.acceptance < 1:
            raise ValueError(f"acceptance must be between 0.5 and 1, not {self.acceptance}")


def fit(
    areas: Areas,
    spec: ModelSpec | None = None,
    sampling: SamplingSpec | None = None,
    *,
    indicators: Indicators | None = None,
    neighbours: Neighbours | None = None,
    term: Term | None = None,
    keep: str | Path | None = None,
    progress: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> xr.DataTree:
    """Fit the multilevel model.

    Parameters
    ----------
    areas : Areas
    spec : ModelSpec, optional
        Default: all kenmerken, ordinary and outlying wijken whose sd falls with size, four imputations.
    sampling : SamplingSpec, optional
    indicators : Indicators, optional
        Of factors, which then are predictors too: they are measured first, without the use of jeugdhulp.
    neighbours : Neighbours, optional
        Which wijken are neighbours, for ``ModelSpec(spatial="bym2")``; from :func:`bayes_jeugdhulp.neighbours`. Wijken
        that are not in ``areas`` are left out.
    term : callable, optional
        A term of your own of the log odds, in PyMC: called with the design, whose ``areas.wijken`` has the wijken in
        order, it returns an expression of shape (wijk,). It counts as kenmerken do; see ``models/eigen_model.py``.
    keep : path, optional
        File of the fit: saved there, and read from there, unfitted, where it is there already.
    progress : bool, default True
        Show the sampler's progress bar.
    report : callable, optional
        Called with the name and the seconds of every finished stage.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``posterior_predictive`` (replicates of a *new* wijk effect, published
        as the source publishes), ``log_likelihood`` (wijk effect integrated out), ``loo``, ``left_out`` where a
        Pareto k asked for it, ``factors`` where there are indicators, ``log_prior``, ``prior``, ``prior_predictive``,
        ``observed_data``, ``constant_data``; what was fitted stands in the attributes. Draws of the imputations take
        turns along ``draw``; coordinate ``imputation`` says which is which.

    Raises
    ------
    DataError
        If the areas cannot carry the model; see :func:`bayes_jeugdhulp.model.design.make_design`. If the indicators
        cannot measure factors. If there are neighbours and no spatial effect or the other way about, a wijk has no
        border, or the borders are of another year.
    ResultFileError
        If the file to keep is there and is of other figures, another model or other sampling.
    JeugdhulpError
        If that file could not be written.
    ValueError
        If a fit with indicators, neighbours or a term of your own is to be kept: the file does not tell which. If there
        are indicators and wijk effects are Student-t (what is open of a factor is normal, and the sum of the
        two has no simple form) or spatial.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    >>> spec = bj.ModelSpec(wijk_effect="normal", missing="median")
    >>> tree = fit(areas, spec, bj.SamplingSpec(draws=100, tune=100), progress=False)
    >>> dict(tree["posterior"]["eta"].sizes)
    {'chain': 4, 'draw': 100, 'wijk': 60}
    """
    spec, sampling = spec or ModelSpec(), sampling or SamplingSpec()
    clock = Clock(report)
    if keep is not None and (indicators or neighbours or term):
        raise ValueError("a fit with indicators, neighbours or a term of your own is not kept: save it yourself")
    choices: dict[str, str | int] = {
        "model_spec": json.dumps(asdict(spec)),
        "sampling_spec": json.dumps(asdict(sampling)),
    }
    if keep is not None and check_writable(keep).exists():
        return _kept(Path(keep), provenance(areas) | choices)
    if indicators and spec.wijk_effect == "student_t":
        raise ValueError("factors go with normal wijk effects or a mixture, not with Student-t")
    if indicators and spec.spatial != "none":
        raise ValueError("factors and a spatial effect do not go together")
    design = make_design(areas, spec, seed=sampling.seed, factors=indicators is not None, neighbours=neighbours)
    clock("imputing kenmerken")
    measured, summary = None, None
    if indicators:
        scores, measured, summary = measure_factors(design, indicators, spec.factors, sampling.seed, progress=progress)
        design = replace(design, factors=scores)
        clock("measuring factors")
    start = approximate_posterior(design, spec.priors)
    model = build_model(design, spec, start, term=term)
    clock("building the model")
    compiled = compile_model(model, start)
    clock("compiling the model")
    tree = compiled.sample(design, start, sampling, progress=progress)
    clock("sampling")
    tree.attrs = provenance(areas) | choices | ({"term": term.__name__} if term else {})
    tree["constant_data"] = xr.DataTree(constant_data(design))
    if summary is not None:
        tree["factors"] = xr.DataTree(summary)
    add_predictive(tree, design, seed=sampling.seed)
    clock("predictions")
    add_loo(tree, design, partial(compiled.refit, spec=spec, seed=sampling.seed))
    clock("leave-one-out")
    _add_prior(tree, model, sampling.seed)
    clock("prior")
    add_gate(tree, design, measured)
    clock("convergence check")
    if keep is not None:
        save(tree, keep)
    return tree


def _kept(path: Path, wanted: dict[str, str | int]) -> xr.DataTree:
    """Read a fit that was kept, if it is the one that is wanted."""
    tree = load(path)
    different = [name for name, value in wanted.items() if name != "versions" and tree.attrs.get(name) != value]
    if different:
        raise ResultFileError(
            f"{path}: a fit that differs in {', '.join(different)} from the one asked for; name another file, or "
            "remove this one"
        )
    return tree


class Clock:
    """Tells how long each stage took."""

    def __init__(self, report: Callable[[str, float], None] | None):
        self._report, self._last = report, time.perf_counter()

    def __call__(self, stage: str) -> None:
        """Name the stage that ends."""
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
        From :func:`bayes_jeugdhulp.model.build.build_model`, or one changed from it that keeps its data.
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
    compiled = compile_model(model, start)
    clock("compiling the model")
    tree = compiled.sample(design, start, sampling, progress=progress)
    clock("sampling")
    return tree


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A compiled model, which serves every table of the same wijken, gemeenten and kenmerken.

    Attributes
    ----------
    nutpie : nutpie.CompiledModel
    steps : int
        Open counts that it was written for.
    """

    nutpie: Any
    steps: int

    def sample(self, design: Design, start: Start, sampling: SamplingSpec, *, progress: bool = False) -> xr.DataTree:
        """Sample each fitted imputation of a design, and pool; as :func:`sample_model`."""
        imputations = len(design.fitted)
        seeds = np.random.SeedSequence(sampling.seed).generate_state(imputations)
        draws = -(-sampling.draws // imputations)
        pool = Pool(design, sampling.thin)
        whole = sampling.chains * (draws * sampling.thin + sampling.tune) * len(design.youths)
        for turn, (index, seed) in enumerate(zip(design.fitted, seeds, strict=True)):
            data = model_data(design.counted(turn), start, design.completed(index), self.steps)
            # the sampler holds draws twice in memory, those of the warm-up too; of many wijken it puts them on disk
            with tempfile.TemporaryDirectory() if whole > IN_MEMORY else nullcontext() as folder:
                pool.add(turn, self.run(data, sampling, draws, int(seed), progress=progress, folder=folder))
        return pool.tree()

    def run(
        self,
        data: dict[str, NDArray],
        sampling: SamplingSpec,
        draws: int,
        seed: int,
        *,
        progress: bool = False,
        folder: str | None = None,
    ) -> xr.DataTree:
        """Sample one table, named as :func:`bayes_jeugdhulp.model.build.model_data` names it; nothing is thinned.

        With ``folder``, where draws are stored meanwhile, what is returned is read from there when it is asked for.
        """
        import nutpie

        usual = next(value for wijken, value in ACCEPTANCE.items() if len(data["log_size"]) >= wijken)
        return sample_nuts(
            self.nutpie.with_data(**packed(data)),
            draws=draws * sampling.thin,
            tune=sampling.tune,
            chains=sampling.chains,
            seed=seed,
            target_accept=sampling.acceptance or usual,
            progress=progress,
            zarr_store=nutpie.zarr_store.LocalStore(folder) if folder else None,
        )

    def refit(self, design: Design, spec: ModelSpec, seed: int) -> xr.DataTree:
        """Sample another table of the same wijken, no longer than what is averaged over its draws needs."""
        sampling = SamplingSpec(draws=REFIT_DRAWS, tune=REFIT_TUNE, seed=seed, thin=1, acceptance=0.8)
        return self.sample(design, approximate_posterior(design, spec.priors), sampling)


def compile_model(model: pm.Model, start: Start) -> Compiled:
    """Compile a model for the sampler; half a minute for the national one, seconds where it was before."""
    known = {variable.name for variable in model.free_RVs}
    places = start.scales | {"effects": start.effects, "eta": start.eta}
    initial = {name: value for name, value in places.items() if name in known}
    steps = len(model["of_open"].get_value()) - 2 if "of_open" in model else 0
    return Compiled(compile_for_nuts(model, initial), steps)


def _add_prior(tree: xr.DataTree, model: pm.Model, seed: int) -> None:
    """Add prior draws, and the log prior of what a user can choose a prior for (what power scaling needs)."""
    k = tree["posterior"].sizes["kenmerk"]
    of_wijken = ("eta", "spatial_effect")
    top = [v.name for v in model.free_RVs if v.name not in of_wijken]
    posterior = tree["posterior"].to_dataset()
    # PyMC makes a copy of what it asks for, also where the prior of the others does not depend on it
    nothing = {
        name: posterior[name].copy(data=np.broadcast_to(0.0, posterior[name].shape))
        for name in of_wijken
        if name in posterior
    }
    log_prior = compute_log_prior(
        xr.DataTree.from_dict({"posterior": posterior.assign(nothing)}),
        var_names=top,
        model=model,
        extend_inferencedata=False,
        progressbar=False,
    )
    effects = log_prior["effects"]
    kept = log_prior.drop_dims(STACKED).assign_coords(kenmerk=tree["posterior"]["kenmerk"])
    kept["alpha"] = (("chain", "draw"), effects[..., 0].to_numpy())
    kept["beta"] = (("chain", "draw", "kenmerk"), effects[..., 1 : 1 + k].to_numpy())
    tree["log_prior"] = xr.DataTree(kept.drop_vars([c for c in kept.coords if c not in kept.dims]))
    tree["posterior"] = xr.DataTree(tree["posterior"].to_dataset().drop_dims(STACKED))
    add_prior_draws(tree, model, seed)


def add_prior_draws(tree: xr.DataTree, model: pm.Model, seed: int) -> None:
    """Add draws from the prior, and what they predict."""
    forward = logging.getLogger("pymc.sampling.forward")
    level = forward.level
    forward.setLevel(logging.WARNING)  # the names of the variables are no news to who asked for a fit
    try:
        with model:
            prior = pm.sample_prior_predictive(PRIOR_DRAWS, random_seed=seed, compile_kwargs={"mode": "FAST_COMPILE"})
    finally:
        forward.setLevel(level)
    tree["prior"] = xr.DataTree(_compact(prior["prior"].to_dataset().drop_dims(STACKED)))
    tree["prior_predictive"] = xr.DataTree(_compact(prior["prior_predictive"].to_dataset()))


def _compact(draws: xr.Dataset) -> xr.Dataset:
    """Draws of wijken in as few bytes as a fit keeps them in."""
    kinds = {"f": STORED, "i": np.int32}
    return draws.assign(
        {
            name: variable.astype(kinds[variable.dtype.kind])
            for name, variable in draws.data_vars.items()
            if {"wijk", "observed_wijk"} & set(variable.dims)
        }
    )
