"""Parts of the wijken one after another give what all at once give, in memory that does not grow with their number."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from handmade import make_tree, with_factors
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.inference import convergence, loo
from bayes_jeugdhulp.inference.blocks import parts
from bayes_jeugdhulp.inference.expected import Draws, Reference, read_draws, terms
from bayes_jeugdhulp.inference.gate import add_gate
from bayes_jeugdhulp.inference.loo import add_loo
from bayes_jeugdhulp.inference.marginal import NewWijken, add_predictive
from bayes_jeugdhulp.inference.pooling import Pool
from bayes_jeugdhulp.inference.stored import constant_data, provenance
from bayes_jeugdhulp.model import Design, make_design
from bayes_jeugdhulp.results import scratch, tables
from bayes_jeugdhulp.results.rank_groups import rank_groups
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.summaries import summarise
from bayes_jeugdhulp.results.surprise import ATOMS
from bayes_jeugdhulp.results.totals import Replicates, draw_users

DRAWS = 80
pytestmark = pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")


def fit_of(design: Design, draws: int, **wijk: float) -> xr.DataTree:
    """An invented fit."""
    spec, sampling = bj.ModelSpec(imputations=2), bj.SamplingSpec(seed=3)
    tree = make_tree(design, draws, **wijk)
    rng = np.random.default_rng(2)
    stats = {"energy": rng.normal(size=(2, draws // 2)), "diverging": np.zeros((2, draws // 2), bool)}
    tree["sample_stats"] = xr.DataTree(
        xr.Dataset({name: (("chain", "draw"), values) for name, values in stats.items()})
    )
    tree["constant_data"] = xr.DataTree(constant_data(design))
    choices = {"model_spec": json.dumps(asdict(spec)), "sampling_spec": json.dumps(asdict(sampling))}
    tree.attrs = provenance(design.areas) | choices
    return tree


def made(choice: str) -> tuple[Design, xr.DataTree]:
    areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    areas.wijken.loc[areas.wijken.index[7], ["users_low", "users_high"]] = [0, areas.wijken["youths"].iloc[7]]
    areas.wijken.loc[areas.wijken.index[7], "observed_state"] = "missing"
    spec = bj.ModelSpec(
        kenmerken=("perc_1ouder", "perc_hhbijs"),
        imputations=1 if choice == "factors" else 2,
        gemeente_means=choice == "means",
    )
    design = make_design(areas, spec)
    if choice == "factors":
        design = with_factors(design, 2)
    kind = {"student_t": {"nu": 4.0}, "mixture": {"outlying": 0.1}}.get(choice, {})
    return design, fit_of(design, DRAWS, **kind)


@pytest.fixture(scope="module", params=["mixture", "student_t", "means", "factors"])
def invented(request: pytest.FixtureRequest) -> tuple[Design, xr.DataTree]:
    return made(request.param)


def all_of(design: Design, tree: xr.DataTree, numbers: int | None) -> dict[str, pd.DataFrame | xr.Dataset]:
    """Everything after sampling."""
    tree = tree.copy()
    add_predictive(tree, design, 3, numbers=numbers)
    add_loo(tree, design, numbers=numbers)
    add_gate(tree, design, numbers=numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "summarise", lambda *given, **more: summarise(*given, **more, numbers=numbers))
        patch.setattr(tables, "_factors", lambda *_: pd.DataFrame())
        found = bj.make_results(tree, despite_failed_gate=True)
    names = ("log_likelihood", "posterior_predictive", "loo", "gate")
    of_tree = {name: tree[name].to_dataset() for name in names}
    return of_tree | {name: getattr(found, name) for name in ("wijken", "gemeenten", "regios", "decomposition")}


def test_parts_are_the_whole(invented: tuple[Design, xr.DataTree]) -> None:
    design, tree = invented
    numbers = 7 * DRAWS
    assert [len(part.youths) for part in parts(tree, design, numbers)] == [7] * 8 + [4]
    whole, found = all_of(design, tree, None), all_of(design, tree, numbers)
    for name, one in found.items():
        if isinstance(one, xr.Dataset):
            xr.testing.assert_allclose(one, whole[name], rtol=1e-6)  # what is kept is rounded to single precision
        else:
            # points: sums of gemeenten, in single precision, are added up in another order
            pd.testing.assert_frame_equal(one, whole[name], rtol=1e-6, atol=2e-5)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=5), st.sampled_from(["national", "within_gemeente"]))
def test_random_streams_do_not_depend_on_the_parts(
    invented: tuple[Design, xr.DataTree], cuts: list[int], reference: Reference
) -> None:
    design, tree = invented
    edges = sorted({0, *cuts, 60})
    divided = [design.part(slice(start, stop)) for start, stop in pairwise(edges)]
    for make in (
        lambda: partial(draw_users, seed=np.random.default_rng(1)),
        lambda: Replicates(reference, 1),
        lambda: new_of(NewWijken(60, 1), reference),
    ):
        draw = make()
        found = np.hstack([draw(part, read_draws(tree, part)) for part in divided])
        np.testing.assert_allclose(found, make()(design, read_draws(tree, design)), rtol=1e-12)


def new_of(new: NewWijken, reference: Reference) -> Callable[[Design, Draws], np.ndarray]:
    return lambda design, draws: new(terms(design, draws, reference))


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Design, xr.DataTree]]:
    """300 draws of 500 and of 1,500 wijken."""
    found = []
    monkeypatch.setattr(loo, "good_k", lambda draws: np.inf)  # invented draws: nobody's weights would be trusted
    for wijken in (500, 1500):
        areas = bj.simulated_netherlands(1, wijken=wijken, gemeenten=100, regios=10).areas
        design = make_design(areas, bj.ModelSpec(kenmerken=("perc_1ouder",), missing="median"))
        tree = fit_of(design, 300, outlying=0.05)
        add_predictive(tree, design, 3)
        add_loo(tree, design)
        found.append((design, tree))
    return found


STAGES: dict[str, tuple[float, Callable[[xr.DataTree, Design, int], object]]] = {
    # arrays of double precision by which the memory may grow: those that a stage makes, which are half as large
    "predictions": (1, lambda tree, design, numbers: add_predictive(tree, design, 3, numbers=numbers)),
    "leave-one-out": (0, lambda tree, design, numbers: add_loo(tree, design, numbers=numbers)),
    "gate": (0, lambda tree, design, numbers: add_gate(tree, design, numbers=numbers)),
    # and the atoms of the predictive distributions
    "summaries": (
        1 + 2 * ATOMS / 300,
        lambda tree, design, numbers: summarise(tree, design, bj.FlagRule(), 3, {}, numbers=numbers),
    ),
}


@pytest.mark.parametrize("stage", STAGES)
def test_memory_grows_with_what_is_kept_alone(
    sizes: list[tuple[Design, xr.DataTree]], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convergence, "BLOCK", 30_000)
    arrays, run = STAGES[stage]
    peaks = []
    for design, tree in sizes:
        tracemalloc.start()
        run(tree.copy(), design, 30_000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    grown = (peaks[1] - peaks[0]) / (8 * 300 * 1000)
    assert grown < arrays + 0.3, f"{grown:.2f} arrays"  # without parts 5 or more; tables of wijken are the .3


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 30), st.integers(1, 200))
def test_ranks_on_disk_are_those_in_memory(seed: int, draws: int, units: int, numbers: int) -> None:
    theta = np.random.default_rng(seed).normal(size=(draws, units))
    ranks, groups = rank_units(theta), rank_groups(theta)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch, "LARGEST", 0)
        patch.setattr(scratch, "BLOCK", numbers)
        kept = scratch.scratch(theta.shape, float)
        assert not isinstance(kept, np.ndarray)
        kept[:, : units // 2] = theta[:, : units // 2]
        kept[:, units // 2 :] = theta[:, units // 2 :]
        found, of_kept = rank_units(kept), rank_groups(kept)
    for name in ("expected", "low", "high", "prob_top"):
        np.testing.assert_allclose(getattr(found, name), getattr(ranks, name), rtol=1e-12)
    np.testing.assert_array_equal(of_kept.group, groups.group)


def test_imputations_take_turns() -> None:
    design, tree = made("mixture")
    one = tree.copy()
    sample = one["posterior"].to_dataset().isel(draw=slice(0, 6)).drop_vars("imputation")
    stats = one["sample_stats"].to_dataset().isel(draw=slice(0, 6))
    pool = Pool(design, thin=3)
    for turn in range(2):
        pool.add(turn, xr.DataTree.from_dict({"posterior": sample + turn, "sample_stats": stats.astype(float) + turn}))
    found = pool.tree()["posterior"].to_dataset()
    wanted = sample["eta"].to_numpy()[:, [0, 0, 3, 3]] + np.array([0, 1, 0, 1])[:, None]
    np.testing.assert_allclose(found["eta"], wanted, rtol=1e-6)
    assert found["eta"].dtype == np.float32
    assert found["alpha"].dtype == np.float64
    assert found["imputation"].to_numpy().tolist() == design.fitted.tolist() * 2
