"""What the sampler calls is PyMC's density and gradient, for any data, and is read back by the next process."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest

from bayes_jeugdhulp.model.compiled import compile_for_nutpie
from bayes_jeugdhulp.model.nuts import compile_for_nuts, sample_nuts

HERE = Path(__file__).parent
TABLES = [
    {
        "x": np.arange(6.0).reshape(3, 2),
        "group": np.array([0, 1, 1]),
        "width": 1.5,
        "use": np.array([True, True, False]),
    },
    {
        "x": np.asfortranarray(np.arange(8.0).reshape(4, 2) ** 2),
        "group": np.array([1, 0, 0, 1]),
        "width": 0.3,
        "use": np.arange(4) > 0,
    },
]


def small_model(table: dict[str, Any]) -> pm.Model:
    with pm.Model() as model:
        data = {name: pm.Data(name, np.array(value)) for name, value in table.items()}
        unnamed = pytensor.shared(np.array(2.0)), pytensor.shared(np.array(3.0))
        beta = pm.Normal("beta", 0, data["width"], shape=2)
        level = pm.HalfNormal("level", unnamed[0], shape=2)
        pm.Deterministic("mean", pt.dot(data["x"], beta).mean())
        squares = (pt.dot(data["x"], beta) - level[data["group"]]) ** 2
        pm.Potential("figures", -pt.where(data["use"], squares, 0.0).sum() / unnamed[1])
    return model


def called(compiled: Any, position: np.ndarray) -> tuple[int, float, np.ndarray]:
    """What nutpie would get at a place: a code, the log density and its gradient."""
    value, gradient = np.full(1, np.nan), np.full(len(position), np.nan)
    numbers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for array in (position, gradient, value)]
    data = compiled.user_data.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))
    return compiled.compiled_logp_func.ctypes(len(position), *numbers, data), float(value[0]), gradient


def test_density_gradient_and_what_is_drawn_are_pymcs_for_every_table() -> None:
    compiled = compile_for_nutpie(small_model(TABLES[0]))
    for table in TABLES:
        of_table, model = compiled.with_data(**table), small_model(table)
        for position in np.random.default_rng(1).normal(size=(5, 4)):
            point = {"beta": position[:2], "level_log__": position[2:]}
            code, value, gradient = called(of_table, position)
            assert code == 0
            assert value == pytest.approx(float(model.compile_logp()(point)), rel=1e-12)
            np.testing.assert_allclose(gradient, model.compile_dlogp()(point), rtol=1e-10)
        posterior = sample_nuts(of_table, draws=20, tune=20, chains=2, seed=1, progress=False)["posterior"]
        means = (posterior["beta"].to_numpy() @ table["x"].T).mean(axis=-1)
        np.testing.assert_allclose(posterior["mean"], means, rtol=1e-12)


def test_data_of_another_rank_or_unclear_are_refused() -> None:
    with pm.Model() as model:
        pm.Normal("y", *(pytensor.shared(np.array(value), name="twice") for value in (1.0, 2.0)))
    for name in ("twice", "never"):
        with pytest.raises(ValueError, match=f"not one of the model's data each: {name}"):
            compile_for_nutpie(model).with_data(**{name: 3.0})
    with pytest.raises(ValueError, match=r"as many dimensions as in the model: \{'x': 2\}"):
        compile_for_nutpie(small_model(TABLES[0])).with_data(x=np.zeros(3))


def test_a_place_without_a_density_is_told() -> None:
    assert called(compile_for_nutpie(small_model(TABLES[0])), np.full(4, np.nan))[0] != 0


def test_a_large_constant_is_no_reason_to_complain() -> None:
    with pm.Model() as model:
        pm.Normal("y", 0, 1)
        pm.Potential("of_many", -((model["y"] - np.linspace(0, 1, 130_000)) ** 2).sum() / 130_000)
    code, value, _ = called(compile_for_nutpie(model), np.zeros(1))
    assert (code, value) == (0, pytest.approx(-1 / 3 - np.log(2 * np.pi) / 2, rel=1e-4))


def test_without_the_names_of_pytensor_nutpie_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bayes_jeugdhulp.model.compiled", None)
    with pm.Model() as model:
        pm.Normal("y", pm.Data("mean", 1.0), 1)
    compiled = compile_for_nuts(model, {"y": 0.0}).with_data(mean=2.0)
    assert type(compiled).__name__ == "CompiledPyMCModel"
    assert called(compiled, np.zeros(1))[1] == pytest.approx(-2 - np.log(2 * np.pi) / 2)


PROCESS = """
import sys
import numpy as np
import pymc as pm
from test_compiled import called, compile_for_nutpie
with pm.Model() as model:
    y = pm.Normal("y", pm.Data("mean", float(sys.argv[1])))
    pm.Potential("figures", -y ** int(sys.argv[2]))
compiled = compile_for_nutpie(model)
_, value, _ = called(compiled, np.full(1, 2.0))
print(compiled.compiled_logp_func.cache_hits, compiled.compiled_expand_func.cache_hits, value)
"""


def run(directory: Path, mean: float, power: int) -> tuple[int, int, float]:
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={directory}"}
    program = [sys.executable, "-c", PROCESS, str(mean), str(power)]
    done = subprocess.run(program, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    log_density, expand, value = done.stdout.split()
    return int(log_density), int(expand), float(value) + np.log(2 * np.pi) / 2


def test_another_process_reads_back_what_was_compiled_for_the_same_graph_only(tmp_path: Path) -> None:
    assert run(tmp_path, 0, 2) == (0, 0, pytest.approx(-2 - 4))
    assert run(tmp_path, 3, 2) == (1, 1, pytest.approx(-0.5 - 4))
    assert run(tmp_path, 3, 4) == (0, 1, pytest.approx(-0.5 - 16))  # what is drawn has no power in it
