"""The scripts in models/: what they print and choose, on a fit made beforehand; each for real where heavy."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from conftest import Fitted

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.model import build_model, make_design

SCRIPTS = Path(__file__).parents[1] / "models"
Run = Callable[..., str]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, fitted: Fitted, example_folder: Path) -> list[dict[str, Any]]:
    """Fits that a script asked for; each is a few draws of one made beforehand, in which a variant changes a wijk."""
    calls: list[dict[str, Any]] = []

    def fit(areas: bj.Areas, spec: bj.ModelSpec, sampling: bj.SamplingSpec, **given: Any) -> xr.DataTree:
        calls.append({"areas": areas, "spec": spec, "sampling": sampling, **given})
        tree = bj.load(example_folder / "fit.nc").isel(draw=slice(30), missing_dims="ignore")
        tree.attrs |= {"model_spec": json.dumps(asdict(spec))}
        posterior = tree["posterior"].to_dataset()
        if spec.priors != bj.ModelSpec().priors:
            posterior["eta"].loc[{"wijk": fitted.high}] = posterior["eta"].mean()
        if "term" in given:
            posterior["size_effect"] = xr.zeros_like(posterior["alpha"]).expand_dims(size_class=["under 150"])
        tree["posterior"] = xr.DataTree(posterior)
        if given.get("keep"):
            bj.save(tree, given["keep"])
        return tree

    def crossvalidate(tree: xr.DataTree, folds: int) -> xr.Dataset:
        gemeenten, wijken = tree["posterior"]["gemeente"], tree["posterior"]["wijk"]
        elpd, expected = np.linspace(-9, -8, len(gemeenten)), np.linspace(0.05, 0.15, len(wijken))
        variables = {"elpd": ("gemeente", elpd), "fold": ("gemeente", np.arange(len(gemeenten)) % folds)}
        return xr.Dataset(variables | {"expected_published": ("wijk", expected)}, attrs={"folds": folds})

    monkeypatch.setattr("bayes_jeugdhulp.fit", fit)
    monkeypatch.setattr("bayes_jeugdhulp.crossvalidate", crossvalidate)
    return calls


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(name: str, *options: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, options)])
        runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return ran


SMALL = ("--wijken", 60)


@pytest.mark.usefixtures("asked")
def test_the_national_model_says_what_it_concludes(run: Run, tmp_path: Path) -> None:
    said = run("landelijk", "--out", tmp_path / "fit.nc")
    assert "Gesimuleerd Nederland (geen echte cijfers)" in said
    assert "convergence check: passed" in said
    assert bj.load(tmp_path / "fit.nc").attrs["simulated"] == 1


def test_candidates_stand_side_by_side(run: Run, asked: list[dict[str, Any]], tmp_path: Path) -> None:
    given = (*SMALL, "--candidates", "default", "median", "--folds", 3, "--draws", 700, "--keep", tmp_path / "kept")
    said = run("vergelijking", *given)
    assert "GESIMULEERD" in said
    header, *rows = said[said.index("fit ") :].splitlines()
    assert header.split() == ["fit", "default", "median"]
    table = pd.DataFrame([row.split() for row in rows]).set_index(0)
    for name in ("elpd", "elpd_gemeenten", "r2_loo_national", "r2_gemeenten"):
        assert np.isfinite(table.loc[name].astype(float)).all(), name
    assert table.loc[["elpd_difference", "elpd_gemeenten_se"]].astype(float).eq(0).all(axis=None), "twice the same fit"
    assert [call["spec"].missing for call in asked] == ["multiple", "median"]
    assert {call["sampling"].draws for call in asked} == {700}
    assert {len(call["areas"]) for call in asked} == {60}
    assert bj.load(tmp_path / "kept" / "median.nc")["crossvalidation"].attrs["folds"] == 3
    assert pd.read_csv(tmp_path / "kept" / "tables" / "vergelijking.csv")["data"].eq("gesimuleerd").all()


def test_what_changes_is_counted_and_named(run: Run, asked: list[dict[str, Any]], fitted: Fitted) -> None:
    said = run("gevoeligheid", *SMALL, "--variants", "another_seed", "wide_priors")
    assert said.count("GESIMULEERD") == 3
    assert "difference_within_gemeente, sd" in said, "the table of power scaling"
    rows = [line.split() for line in said.splitlines() if line.startswith(("another_seed", "wide_priors"))]
    counts = {name: [int(count) for count in row] for name, *row in rows}
    assert counts["another_seed"] == [0, 0, 0, 0]
    changed, comes, goes, turns = counts["wide_priors"]
    assert changed == comes + goes + turns >= 1
    named = next(line for line in said.splitlines() if line.startswith(fitted.high))
    assert named.count("hoger") == 2, "of three statuses: default, another seed, other priors"
    assert [call["sampling"].seed for call in asked] == [2017, 2018, 2017]
    assert asked[2]["spec"].priors.gemeente == 2 * asked[0]["spec"].priors.gemeente
    assert (asked[0]["areas"].wijken["youths_log_sd"] > 0).all(), "numbers of youths that are open"


def test_a_model_of_ones_own(run: Run, asked: list[dict[str, Any]], tmp_path: Path) -> None:
    areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    users = areas.wijken["users_low"].where(areas.wijken["observed_state"] == "published", "geheim")
    columns = areas.wijken[["gemeentecode", "jeugdzorgregio", "youths"]].assign(users=users)
    columns.join(areas.kenmerken).to_csv(tmp_path / "wijken.csv")
    out = tmp_path / "eigen.nc"
    said = run("eigen_model", "--table", tmp_path / "wijken.csv", "--suppressed-below", 10, "--out", out)
    assert "under 150" in said
    assert "wijken change status from default to own" in said
    own, default = asked
    assert own["areas"].wijken["users_high"].max() == areas.wijken["users_high"].max()
    assert own["areas"].kenmerken.columns[-1] == "log_youths_gemeente"
    assert "term" not in default
    spec = replace(own["spec"], missing="median")
    model = build_model(make_design(own["areas"], spec), spec, term=own["term"])
    effect, term = pm.draw([model["size_effect"], model["term"]], random_seed=1, mode="FAST_COMPILE")
    of_wijk = np.searchsorted([150, 500, 1500], own["areas"].wijken["youths"], side="right")
    np.testing.assert_allclose(term, effect[of_wijk])


OPTIONS = {
    "landelijk": (),
    "vergelijking": (*SMALL, "--folds", 2),
    "gevoeligheid": (*SMALL, "--variants", "normal"),
    "eigen_model": SMALL,
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", OPTIONS)
def test_for_real(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), *map(str, OPTIONS[name])]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SCRIPTS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "gesimuleerd" in done.stdout.lower()
