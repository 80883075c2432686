"""Compiling a model for NUTS and sampling it: chains side by side, each on a core, and an interrupt that is no end."""

from collections.abc import Mapping
from typing import Any

import pymc as pm
import xarray as xr
from threadpoolctl import threadpool_limits

from bayes_jeugdhulp.tasks import usable_cores


def compile_for_nuts(model: pm.Model, initial_points: Mapping[str, Any] | None = None) -> Any:
    """Compile a model whose data stay data, and keep as much of it as can be kept for other processes.

    Parameters
    ----------
    model : pymc.Model
    initial_points : dict, optional
        Where chains start, by variable, before jitter; default what PyMC takes.

    Returns
    -------
    nutpie.CompiledModel
    """
    try:
        from bayes_jeugdhulp.model.compiled import compile_for_nutpie
    except ImportError:  # of names that PyTensor does not promise to keep: nutpie's own way takes longer, no more
        from nutpie import compile_pymc_model

        return compile_pymc_model(model, freeze_model=False, initial_points=dict(initial_points or {}))
    return compile_for_nutpie(model, initial_points)


def sample_nuts(compiled: Any, *, chains: int, progress: bool, **options: Any) -> xr.DataTree:
    """Sample without keeping the warm-up.

    Parameters
    ----------
    compiled : nutpie.CompiledModel
    chains : int
    progress : bool
        Show the sampler's progress bar.
    **options
        Of ``nutpie.sample``.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` and ``sample_stats``, among others.
    """
    import nutpie

    with threadpool_limits(1):  # the chains already have a core each; products inside them must not ask for more
        running = nutpie.sample(
            compiled,
            chains=chains,
            cores=min(chains, usable_cores()),
            save_warmup=False,
            progress_bar=progress,
            blocking=False,
            **options,
        )
        try:
            return running.wait()
        except BaseException:  # blocking, it would take an interrupt for the end, and hand on the draws so far
            running.cancel()
            raise
