"""Sampling a compiled model: chains side by side, each on a core, and an interrupt that is no end."""

from typing import Any

import xarray as xr
from threadpoolctl import threadpool_limits

from bayes_jeugdhulp.tasks import usable_cores


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
