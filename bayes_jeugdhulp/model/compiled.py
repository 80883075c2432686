"""A PyMC model compiled for nutpie, with everything that is compiled kept for other processes."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Self

import numba
import numpy as np
import pymc as pm
import pytensor
from numpy.typing import NDArray
from nutpie.compile_pymc import (
    CompiledPyMCModel,
    _make_functions,
    _prepare_dims_and_coords,
    _wrap_with_lock,
    address_as_void_pointer,
)
from pymc.initial_point import make_initial_point_fn
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS, compile_numba_function_src

# nutpie calls compiled code by its address, with numbers of values and pointers; 0 says that all went well
POINTER = numba.types.CPointer(numba.types.float64)
DATA = numba.types.CPointer(numba.types.int64)
SIGNATURES = {
    "log_density": numba.types.int64(numba.types.uint64, POINTER, POINTER, POINTER, DATA),
    "expand": numba.types.int64(numba.types.uint64, numba.types.uint64, POINTER, POINTER, DATA),
}
SOURCES = {
    "log_density": """
def log_density(size, position, gradient, value, data):
    try:
        found, slopes = function({arguments})
        value[0] = found[()]
        finite = np.isfinite(value[0])
        for i in range(size):
            gradient[i] = slopes[i]
            finite &= np.isfinite(slopes[i])
    except Exception:
        return 1
    return 0 if finite else 3
""",
    "expand": """
def expand(size, length, position, values, data):
    try:
        (found,) = function({arguments})
        for i in range(length):
            values[i] = found[i]
    except Exception:
        return 1
    return 0
""",
}


@dataclass(frozen=True)
class CompiledModel(CompiledPyMCModel):
    """nutpie's compiled model, whose data are addresses and shapes one after another."""

    def with_data(self, **updates: Any) -> Self:
        """The same code for other values, named as in the model."""
        named = [variable.name for variable in self.shared_var_keys]
        if unclear := [name for name in updates if named.count(name) != 1]:
            raise ValueError(f"not one of the model's data each: {', '.join(unclear)}")
        keys = {variable.name: key for variable, key in self.shared_var_keys.items()}
        new = {
            keys[name]: np.array(value, self.shared_data[keys[name]].dtype, order="C")
            for name, value in updates.items()
        }
        ranks = {name: self.shared_data[keys[name]].ndim for name in updates}
        if any(new[keys[name]].ndim != rank for name, rank in ranks.items()):
            raise ValueError(f"data must have as many dimensions as in the model: {ranks}")
        data = self.shared_data | new
        return replace(self, shared_data=data, user_data=_places(data))  # type: ignore[call-arg]  # fields of nutpie's


def compile_for_nutpie(model: pm.Model, initial_points: Mapping[str, Any] | None = None) -> CompiledModel:
    """Compile a model as ``nutpie.compile_pymc_model`` does, and keep what that compiles anew in every process.

    That is two functions, by which nutpie calls PyTensor's: most of the time of a second compilation. They are kept
    beside PyTensor's own, under the key of what they call, so that a model with another graph never finds them.

    Parameters
    ----------
    model : pymc.Model
        Its data stay data: other values can be put in their place.
    initial_points : dict, optional
        Where chains start, by variable, before jitter; default what PyMC takes.

    Returns
    -------
    CompiledModel
        For ``nutpie.sample``.

    Examples
    --------
    >>> import nutpie
    >>> with pm.Model() as model:
    ...     x = pm.Normal("x", pm.Data("mean", 3.0))
    >>> compiled = compile_for_nutpie(model).with_data(mean=-3.0)
    >>> tree = nutpie.sample(compiled, draws=100, seed=1, progress_bar=False)
    >>> bool(tree["posterior"]["x"].mean() < 0)
    True
    """
    points = make_initial_point_fn(
        model=model,
        overrides=dict(initial_points or {}),
        jitter_rvs=set(model.free_RVs),
        return_transformed=True,
    )
    size, length, log_density, expand, initial, shapes, transformed = _make_functions(
        model,
        mode="NUMBA",
        compute_grad=True,
        join_expanded=True,
        pymc_initial_point_fn=_wrap_with_lock(points),
    )
    variables = dict.fromkeys([*log_density.get_shared(), *expand.get_shared()])
    keys = {variable: str(i) for i, variable in enumerate(variables)}  # names need not be there, or differ
    data = {key: np.array(variable.get_value(), order="C") for variable, key in keys.items()}
    dims, coords = _prepare_dims_and_coords(model, shapes, transformed)
    return CompiledModel(
        dims=dims,
        compiled_logp_func=_kept("log_density", log_density, keys, data),
        compiled_expand_func=_kept("expand", expand, keys, data),
        initial_point_func=initial,
        shared_data=data,
        shared_var_keys=keys,
        user_data=_places(data),
        n_expanded=length,
        shape_info=shapes,
        logp_func=log_density,
        expand_func=expand,
        _n_dim=size,
        _shapes={name: tuple(shape) for name, shape in zip(shapes[0], shapes[2], strict=True)},
        _coords=coords,
        reparameterized_names=transformed,
    )


def _places(data: Mapping[str, NDArray]) -> NDArray[np.int64]:
    """Address and shape of every array, in the order that :func:`_kept` reads them in."""
    return np.array([place for array in data.values() for place in (array.ctypes.data, *array.shape)], np.int64)


def _kept(name: str, function: Any, keys: Mapping[Any, str], data: Mapping[str, NDArray]) -> Any:
    """A function of PyTensor's as nutpie calls it."""
    starts = dict(zip(data, np.cumsum([0, *(1 + array.ndim for array in data.values())]).tolist(), strict=False))
    arguments = ["numba.carray(position, (size,))"]
    for key in (keys[variable] for variable in function.get_shared()):
        at, array = starts[key], data[key]
        shape = "".join(f"data[{at + 1 + i}], " for i in range(array.ndim))
        arguments.append(f"numba.carray(pointer(data[{at}]), ({shape}), np.{array.dtype.name})")
    source = SOURCES[name].format(arguments=", ".join(arguments))
    called = function.vm.jit_fn
    graph = CACHED_SRC_FUNCTIONS.get(called.py_func)  # none where PyTensor keeps nothing
    own = compile_numba_function_src(
        source,
        name,
        globals() | {"function": called, "pointer": address_as_void_pointer},
        cache_key=graph and sha256(f"{graph}{source}{pytensor.__version__}".encode()).hexdigest(),
    )
    with warnings.catch_warnings():
        # what holds a constant of over a megabyte is not kept; nor is it by PyTensor
        warnings.filterwarnings("ignore", "Cannot cache compiled function", numba.NumbaWarning)
        return numba.cfunc(SIGNATURES[name], cache=graph is not None)(own)
