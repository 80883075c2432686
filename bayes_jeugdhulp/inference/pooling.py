"""Draws of several imputations as one posterior, of which no more is held than what is kept."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.expected import STORED
from bayes_jeugdhulp.model.design import Design

STATISTICS = ("diverging", "energy", "n_steps", "depth", "logp", "step_size")


class Pool:
    """Lets the draws of the imputations take turns, so that every stretch of a chain holds all of them.

    Parameters
    ----------
    design : Design
    thin : int
        Keep one draw in so many.
    """

    def __init__(self, design: Design, thin: int):
        self._fitted, self._thin = design.fitted, thin
        self._pooled: dict[str, xr.Dataset] = {}

    def add(self, turn: int, run: xr.DataTree) -> None:
        """Add the draws of one imputation, counted from 0."""
        # on disk there are variables in the coordinates that are sampled in, too
        own = [name for name in run["posterior"].data_vars if not str(name).endswith("__")]
        for group, names in (("posterior", own), ("sample_stats", STATISTICS)):
            found = run[group].to_dataset().isel(draw=slice(None, None, self._thin))
            found = found[[name for name in names if name in found]]
            if turn == 0:
                self._pooled[group] = self._room(found)
            for name, variable in found.data_vars.items():
                room = self._pooled[group][name]
                values = variable.transpose(*room.dims).to_numpy()
                room.to_numpy()[:, turn :: len(self._fitted)] = values

    def _room(self, found: xr.Dataset) -> xr.Dataset:
        """Room for as many draws of every imputation as this one has."""
        draws = found.sizes["draw"] * len(self._fitted)
        variables = {}
        for name, variable in found.data_vars.items():
            dims = ("chain", "draw", *(dim for dim in variable.dims if dim not in ("chain", "draw")))
            shape = [draws if dim == "draw" else found.sizes[dim] for dim in dims]
            dtype = STORED if "wijk" in dims else variable.dtype
            variables[name] = xr.Variable(dims, np.empty(shape, dtype), variable.attrs)
        used = {dim for variable in variables.values() for dim in variable.dims if "_dim_" not in str(dim)}
        coords = {name: _index(found[name].to_numpy()) for name in used & set(found.coords)}
        turns = np.tile(self._fitted, found.sizes["draw"])
        own = {"chain": np.arange(found.sizes["chain"]), "draw": np.arange(draws), "imputation": ("draw", turns)}
        return xr.Dataset(variables, coords | own, found.attrs)

    def tree(self) -> xr.DataTree:
        """Groups ``posterior`` and ``sample_stats``."""
        return xr.DataTree.from_dict(self._pooled)


def _index(labels: NDArray) -> NDArray:
    """Labels as PyMC has them, also where they were read from disk."""
    return labels.astype(object) if labels.dtype.kind == "T" else labels
