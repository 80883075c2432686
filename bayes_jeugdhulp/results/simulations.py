"""Many simulations over any executor, and the tables they add up to."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.inference.expected import Draws, read_draws
from bayes_jeugdhulp.inference.sampling import Compiled, SamplingSpec, compile_model
from bayes_jeugdhulp.inference.sbc import posterior_ranks, prior_ranks
from bayes_jeugdhulp.inference.simulation import NO_WORLDS, WORLDS, regios_alone, with_given_youths, without_gaps
from bayes_jeugdhulp.inference.stored import load, read_design, read_spec
from bayes_jeugdhulp.model.build import build_model
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results.evidence import judge_world
from bayes_jeugdhulp.results.status import FlagRule
from bayes_jeugdhulp.tasks import fingerprint, run_tables

RANKS = {
    "prior": "SBC from the prior",
    "posterior": "SBC around the fit",
    "no gemeente": "SBC from the prior, fitted without gemeente effects (broken on purpose)",
    "no suppressed": "SBC from the prior, fitted without the suppressed figures (broken on purpose)",
}
KINDS = (*RANKS, *WORLDS)
FITTED_ONCE = SamplingSpec(draws=500, tune=400, chains=2, thin=2, acceptance=0.8)


@dataclass(frozen=True, slots=True)
class Task:
    """One simulation, small enough to send anywhere.

    Attributes
    ----------
    fit : str
        Path of a saved fit that every worker can read.
    kind : str
        One of ``KINDS``.
    index : int
        Which simulation.
    """

    fit: str
    kind: str
    index: int


def run_simulations(
    fit: str | Path,
    simulations: dict[str, int],
    executor: Executor | None = None,
    report: Callable[[int, int], None] | None = None,
    journal: Path | None = None,
    *,
    cores: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Run simulations of several kinds; one that fails is told by its name, and the others go on.

    Parameters
    ----------
    fit : path
        A saved fit: its structure, its kenmerken and its posterior.
    simulations : dict
        Kind to how many.
    executor : concurrent.futures.Executor, optional
        A process pool, or that of a Dask client (``client.get_executor()``). Every process compiles the model once.
        Default: one after another in this process.
    report : callable, optional
        Called with the number that ended and in all.
    journal : path, optional
        Folder where each simulation is kept as it ends; those that are there already, of this very fit and this very
        code, are not run again. So an interrupted run goes on where it was, and a longer one adds to a shorter.
    cores : int, optional
        That each simulation may use. Default: those of this machine shared out over the workers, one where they cannot
        be counted (Dask), all for simulations that follow one another.

    Returns
    -------
    ranks : DataFrame
        ``kind, quantity, index, rank`` of simulation-based calibration.
    counted : DataFrame
        As :func:`bayes_jeugdhulp.results.evidence.judge_world`.
    failed : dict
        Simulation, as ``kind_index``, to message. What makes some fail may leave a choice of the others: mind it.

    Raises
    ------
    ValueError
        If a kind does not exist.
    JeugdhulpError
        If figures are to be invented from a fit with a spatial effect.
    """
    if unknown := set(simulations) - set(KINDS):
        raise ValueError(f"there is no kind {', '.join(sorted(unknown))}; expected {', '.join(KINDS)}")
    if any(simulations.get(kind) for kind in WORLDS) and read_spec(load(fit)).spatial != "none":
        raise JeugdhulpError(NO_WORLDS)
    # simulations that share a compiled model follow each other
    tasks = {
        f"{kind.replace(' ', '_')}_{index:03d}": Task(str(fit), kind, index)
        for kind in KINDS
        for index in range(simulations.get(kind, 0))
    }
    place = journal / fingerprint(Path(fit).read_bytes()) if journal else None
    arguments = {name: (task,) for name, task in tasks.items()}
    tables, failed = run_tables(run_task, arguments, executor, journal=place, cores=cores, report=report)
    done = [(tasks[name].kind, table) for name, table in tables.items()]
    return _joined(done, RANKS), _joined(done, WORLDS), failed


def _joined(parts: Sequence[tuple[str, pd.DataFrame]], kinds: Iterable[str]) -> pd.DataFrame:
    tables = [table for kind, table in parts if kind in set(kinds)]
    if not tables:
        return pd.DataFrame()
    return pd.concat(tables, ignore_index=True).sort_values(list(tables[0].columns[:2]), kind="stable")


def run_task(task: Task) -> pd.DataFrame:
    """Run one simulation; its table."""
    if task.kind in WORLDS:
        world = next(name for name in WORLDS if name == task.kind)
        one = _for_worlds(task.fit, world == "youths")
        return judge_world(one.design, one.draws, one.spec, one.compiled, world, task.index, FlagRule())
    if task.kind == "posterior":
        looked = _for_posterior(task.fit)
        index = task.index % looked.posterior.sizes["draw"]
        found = posterior_ranks(looked.posterior, looked.design, looked.compiled, looked.spec, index)
    else:
        prepared = _for_ranks(task.fit, task.kind == "no gemeente")
        dropped = task.kind == "no suppressed"
        found = prior_ranks(
            prepared.tree, prepared.design, prepared.compiled, prepared.spec, task.index, drop_suppressed=dropped
        )
    if task.kind == "no gemeente":  # the scale of what is not there leaves its band whatever is seen
        found = {name: rank for name, rank in found.items() if "gemeente" not in name}
    table = pd.DataFrame({"kind": task.kind, "quantity": list(found), "rank": list(found.values())})
    return table.assign(index=task.index)


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    tree: xr.DataTree
    design: Design
    spec: ModelSpec
    compiled: Compiled
    draws: Draws
    posterior: xr.Dataset


@cache
def _loaded(fit: str) -> xr.DataTree:
    tree = load(fit)
    if term := tree.attrs.get("term"):
        raise JeugdhulpError(
            f"{fit}: fitted with {term}, a term of its own, which figures are not simulated with; fit without it"
        )
    return tree


def _compiled(design: Design, spec: ModelSpec) -> Compiled:
    start = approximate_posterior(design, spec.priors)
    return compile_model(build_model(design, spec, start), start)


@cache
def _for_worlds(fit: str, youths_unsure: bool = False) -> _Prepared:
    """One compilation serves every kind of simulation but that of the model without gemeente effects."""
    if youths_unsure:
        return replace(_for_worlds(fit), design=read_design(_loaded(fit)))
    tree = _loaded(fit)
    spec, design = read_spec(tree), read_design(tree)
    compiled = _compiled(without_gaps(design), spec)
    return _Prepared(tree, with_given_youths(design), spec, compiled, read_draws(tree, design), xr.Dataset())


@cache
def _for_ranks(fit: str, no_gemeente: bool) -> _Prepared:
    one = _for_worlds(fit)
    design = without_gaps(one.design)
    if not no_gemeente:
        return replace(one, design=design)
    broken = regios_alone(design)
    return replace(one, design=broken, compiled=_compiled(broken, one.spec))


@cache
def _for_posterior(fit: str) -> _Prepared:
    """The posterior of the exact model that is simulated from: one table without gaps."""
    one = _for_ranks(fit, False)
    start = approximate_posterior(one.design, one.spec.priors)
    sampled = one.compiled.sample(one.design, start, FITTED_ONCE)["posterior"].to_dataset()
    draws = sampled.sizes["draw"]
    order = np.random.default_rng(1).permutation(draws)
    return replace(one, posterior=sampled.isel(draw=order).assign_coords(draw=np.arange(draws)))
