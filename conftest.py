"""Shared fixtures, of tests and of the examples in docstrings."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import xarray as xr

    from bayes_jeugdhulp.areas import Areas
    from bayes_jeugdhulp.inference import SamplingSpec
    from bayes_jeugdhulp.model import ModelSpec
    from bayes_jeugdhulp.results import Results
    from bayes_jeugdhulp.sources.simulated import SimulatedNetherlands


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The public figures of others, which are not part of the project (README, "The figures of 2017")."""
    default = Path(__file__).parents[1] / "shared" / "data"
    folder = Path(os.environ.get("BAYES_JEUGDHULP_DATA", default))
    if not folder.is_dir():
        reason = f"{folder} is absent: set BAYES_JEUGDHULP_DATA to a folder with the real figures"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@dataclass(frozen=True, eq=False)
class Fitted:
    """One simulated country with normal wijk effects, fitted once for many tests.

    Two wijken were changed: ``high`` has far more users than its truth, ``low`` far fewer.
    """

    country: "SimulatedNetherlands"
    areas: "Areas"
    spec: "ModelSpec"
    sampling: "SamplingSpec"
    tree: "xr.DataTree"
    high: str
    low: str


@pytest.fixture(scope="session")
def fitted() -> Fitted:
    """Takes about a minute, most of it compiling."""
    from bayes_jeugdhulp.inference import SamplingSpec, fit
    from bayes_jeugdhulp.model import ModelSpec
    from bayes_jeugdhulp.sources.simulated import simulated_netherlands

    country = simulated_netherlands(
        12, wijken=800, gemeenten=100, regios=12, wijk_effect="normal", factor_effects=(0, 0)
    )
    wijken = country.areas.wijken.copy()
    expected = country.truth["expected_within_gemeente"].to_series()
    usual = wijken["observed_pct"] / 100 / expected
    of_many = wijken["youths"].between(700, 1500) & (wijken.groupby("gemeentecode")["youths"].transform("size") > 9)
    like = wijken.index[of_many & usual.between(0.95, 1.05) & expected.between(0.08, 0.12)]
    high, low = like[0], like[-1]
    assert wijken.loc[high, "gemeentecode"] != wijken.loc[low, "gemeentecode"]
    for code, times in ((high, 1.7), (low, 0.5)):
        users = round(times * expected[code] * wijken.loc[code, "youths"])
        wijken.loc[code, ["users_low", "users_high"]] = users
        wijken.loc[code, "observed_pct"] = 100 * users / wijken.loc[code, "youths"]
    areas = replace(country.areas, wijken=wijken)
    spec, sampling = ModelSpec(wijk_effect="normal", imputations=2), SamplingSpec(draws=1000, tune=400, seed=1)
    return Fitted(country, areas, spec, sampling, fit(areas, spec, sampling, progress=False), high, low)


@pytest.fixture(scope="session")
def results(fitted: Fitted) -> "Results":
    from bayes_jeugdhulp.results import make_results

    return make_results(fitted.tree)


EXAMPLE_DRAWS = 100  # per chain: enough to show what a function gives


@pytest.fixture(scope="session")
def example_folder(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``fit.nc``, the first draws of :func:`fitted`."""
    from bayes_jeugdhulp.inference import save

    folder = tmp_path_factory.mktemp("examples")
    save(fitted.tree.isel(draw=slice(EXAMPLE_DRAWS), missing_dims="ignore"), folder / "fit.nc")
    return folder


@pytest.fixture(scope="session")
def example_results(example_folder: Path) -> "Results":
    from bayes_jeugdhulp.inference import load
    from bayes_jeugdhulp.results import make_results

    return make_results(load(example_folder / "fit.nc"))


@pytest.fixture(autouse=True)
def _examples_in_a_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example that opens ``fit.nc`` finds one; those that need its results share them, for they cost seconds."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    text = request.node.dtest.docstring
    monkeypatch.chdir(request.getfixturevalue("example_folder" if '"fit.nc"' in text else "tmp_path"))
    if "bj.make_results(" in text:
        shared = request.getfixturevalue("example_results")
        monkeypatch.setattr("bayes_jeugdhulp.make_results", lambda tree: shared, raising=False)
    if "bj.fetch" in text:
        request.getfixturevalue("_stand_ins")


@pytest.fixture
def _stand_ins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An example that fetches is answered by the tests' own servers, with invented figures: no test needs a network."""
    import pdok_server
    import statline_server
    from statline_country import invented

    import bayes_jeugdhulp as bj

    with statline_server.serving(invented()) as statline, pdok_server.serving() as (_, pdok):
        at = {"server": statline.address, "cache": tmp_path / "cache"}
        monkeypatch.setattr("bayes_jeugdhulp.fetch", partial(bj.fetch, **at), raising=False)
        monkeypatch.setattr("bayes_jeugdhulp.fetch_borders", partial(bj.fetch_borders, base_url=pdok), raising=False)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples that compile a model are long."""
    for item in items:
        if isinstance(item, pytest.DoctestItem) and re.search(
            r">>> ([\w, ]+ = )?(fit|fit_many|crossvalidate)\(", item.dtest.docstring
        ):
            item.add_marker("heavy")
