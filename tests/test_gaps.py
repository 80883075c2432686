"""Why kenmerken are missing: hidden small counts, whole gemeenten, and the bounds that published decimals give."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.inference.stored import read_spec
from bayes_jeugdhulp.model import ModelSpec, make_design
from bayes_jeugdhulp.model.gaps import Limit, Scale, hidden_small_counts
from bayes_jeugdhulp.model.imputation import _draw_below, impute
from bayes_jeugdhulp.sources.scp_bounds import FAMILIES, HOUSEHOLDS, LIMIT, LINK, YOUTHS_PER_FAMILY, kenmerken_upper
from bayes_jeugdhulp.sources.simulated import simulated_netherlands
from bayes_jeugdhulp.sources.simulated_kenmerken import read_settings


def hidden(rows: int, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A predictor and a lognormal share that is hidden below 10 of about half as many people as youths."""
    rng = np.random.default_rng(5)
    size = np.log(500) + rng.normal(size=rows)
    a = rng.normal(size=rows)
    share = np.exp(np.log(4) + 0.4 * a + 0.4 * rng.normal(size=rows))
    limit = 1000 / (0.5 * np.exp(size + noise * rng.normal(size=rows)))
    complete = np.column_stack([a, share])
    table = np.where(np.column_stack([np.zeros(rows, bool), share < limit]), np.nan, complete)
    return complete, table, size, limit


@pytest.mark.parametrize("noise", [0.15, 0.35])
def test_hidden_small_counts_are_drawn_without_bias_and_with_the_coverage_that_is_told(noise: float) -> None:
    complete, table, size, limit = hidden(900, noise)
    gap = np.isnan(table[:, 1])
    assert 0.4 < gap.mean() < 0.6
    assert hidden_small_counts(table, size).tolist() == [False, True]
    truth, none, group = np.log(complete[gap, 1]), np.full_like(table, np.nan), np.zeros(900, int)
    upper = np.where(np.isnan(table), limit[:, None], np.nan)
    drawn = {
        name: np.log(impute(table, *(bounds, size, group, np.array([False, stated])), draws=100, seed=1))
        for name, bounds, stated in (("random", none, False), ("limit", none, True), ("bound", upper, False))
    }
    bias = {name: (draws.mean(axis=0) - truth).mean() for name, draws in drawn.items()}
    assert bias["random"] > 0.2
    for name in ("limit", "bound"):
        # the mean of the gaps is as uncertain as its own draws, and as residuals of .4 over 450 cells
        tolerance = 4 * np.hypot(drawn[name].mean(axis=1).std(), 0.4 / np.sqrt(gap.sum()))
        assert bias[name] == pytest.approx(0, abs=tolerance)
        assert tolerance < bias["random"]
        rank = (drawn[name] < truth).mean(axis=0)
        inside = ((rank > 0.05) & (rank < 0.95)).mean()
        assert inside == pytest.approx(0.9, abs=4 * np.sqrt(0.9 * 0.1 / gap.sum()))


def test_a_value_below_a_doubtful_limit_is_drawn_as_by_rejection() -> None:
    rng = np.random.default_rng(1)
    value, limit = rng.normal(0.3, 1.2, 400_000), rng.normal(-0.5, 0.7, 400_000)
    kept = value[value < limit]
    drawn = _draw_below(np.full(len(kept), 0.3), 1.2, np.full(len(kept), -0.5), np.full(len(kept), 0.7), rng)
    for power in (1, 2, 3):
        both = kept**power, drawn**power
        error = np.hypot(*(x.std() / np.sqrt(len(x)) for x in both))
        assert both[0].mean() == pytest.approx(both[1].mean(), abs=4 * error)
    far = _draw_below(np.array([9.0]), 0.1, np.array([-9.0]), np.zeros(1), rng)  # 180 sds: no overflow, no escape
    assert -9.1 < far[0] <= -9


def test_the_limit_finds_its_parameters_and_integrates_hidden_values_out() -> None:
    complete, table, size, _ = hidden(2000, 0.3)
    gap, scale = np.isnan(table[:, 1]), Scale.of(table[~np.isnan(table[:, 1]), 1], True)
    limit = Limit(scale, scale.scores(table[~gap, 1]), size, gap, np.full(2000, np.inf))
    mean, sd = (np.log(4) + 0.4 * complete[gap, 0] - scale.centre) / scale.spread, 0.4 / scale.spread
    rng = np.random.default_rng(2)
    limit.tune(mean, sd)
    draws = np.array([(limit.draw(mean, sd, rng), limit._theta)[1] for _ in range(1500)])
    truth = [np.log(1000 / 0.5) - size.mean(), 1.0, np.log(0.3)]
    assert (np.abs(draws.mean(axis=0) - truth) < 4 * draws.std(axis=0)).all()
    assert (draws.std(axis=0) < [0.1, 0.1, 0.3]).all()

    one = Limit(scale, np.array([0.0]), np.array([6.0, 6.0]), np.array([False, True]), np.full(2, np.inf))
    theta, other = np.array([1.5, 1.0, -1.0]), np.array([0.5, 1.0, -1.0])  # they differ in the level alone

    def log_likelihood(theta: np.ndarray) -> float:
        where, noise = (theta[0] - scale.centre) / scale.spread, np.exp(theta[2]) / scale.spread

        def density(v: float) -> float:
            return stats.norm.pdf(v, 0.2, 0.8) * stats.norm.sf(v, where, noise)

        prior = stats.norm.logpdf(theta[0], one._prior[0][0], one._prior[1][0])
        return np.log(integrate.quad(density, -8, 8)[0]) + stats.norm.logcdf(0, where, noise) + prior

    first, second = (one._log_posterior(at, one._log_known(at), np.array([0.2]), 0.8) for at in (theta, other))
    gain = first - second
    assert gain == pytest.approx(log_likelihood(theta) - log_likelihood(other), rel=1e-6)


def test_a_gemeente_tells_of_its_wijken_and_shares_what_it_lacks() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(60), 10)
    part = rng.normal(size=60)
    table = np.column_stack(
        [
            part[group] + 0.3 * rng.normal(size=600),  # mostly a matter of the gemeente
            0.8 * part[group] + 0.6 * rng.normal(size=60)[group],  # the same in all wijken of a gemeente
        ]
    )
    complete = table.copy()
    table[::10, 0] = np.nan
    table[group < 6, 1] = np.nan
    none, alone = np.full_like(table, np.nan), np.zeros(600, int)
    cells = np.nonzero(np.isnan(table))
    own, whole = cells[1] == 0, cells[1] == 1
    error = {}
    for name, groups in (("gemeente", group), ("none", alone)):
        drawn = impute(table, none, np.zeros(600), groups, np.array([False, False]), 60, seed=1)
        error[name] = np.sqrt(((drawn[:, own].mean(axis=0) - complete[::10, 0]) ** 2).mean())
        if name == "gemeente":
            shared = drawn[:, whole].reshape(60, 6, 10)
            assert shared.std(axis=2).mean() < 0.1 * shared.std(axis=0).mean()
            # what a regression over the other gemeenten leaves, and a little for its own error (54 gemeenten)
            known = table.reshape(60, 10, 2)[6:]
            fit = np.polynomial.Polynomial.fit(np.nanmean(known[..., 0], axis=1), known[:, 0, 1], 1, full=True)
            residual = np.sqrt(fit[1][0][0] / 52)
            assert 0.9 < shared.mean(axis=2).std(axis=0).mean() / residual < 1.35
            centred = shared.mean(axis=2) - shared.mean(axis=(0, 2))
            assert abs((centred[1:] * centred[:-1]).mean() / centred.var()) < 4 / np.sqrt(60 * 6), "no memory"
    assert error["gemeente"] < 0.45 < error["none"]


def test_what_hides_is_read_off_the_table_or_stated() -> None:
    areas = simulated_netherlands(2017, wijken=600, gemeenten=60, regios=6).areas
    size = np.log(areas.wijken["youths"].to_numpy(float))
    found = areas.kenmerken.columns[hidden_small_counts(areas.kenmerken.to_numpy(), size)]
    assert set(found) <= set(read_settings()["denominators"])
    assert {"perc_1ouder", "perc_kind_sch5", "perc_hhverd"} <= set(found)
    small = simulated_netherlands(8, wijken=80, gemeenten=10, regios=2).areas
    stated = ModelSpec(kenmerken=("perc_1ouder", "perc_hhmk"), small_counts=("perc_1ouder",), imputations=2)
    at_random = ModelSpec(kenmerken=("perc_1ouder", "perc_hhmk"), small_counts=(), imputations=2)
    assert make_design(small, stated, 1).imputed.mean() < make_design(small, at_random, 1).imputed.mean()
    tree = xr.DataTree()
    tree.attrs["model_spec"] = json.dumps(asdict(stated))
    assert read_spec(tree) == stated
    for name in ("perc_hhverdacht", "samenw"):  # unknown; a kenmerk with zeros
        with pytest.raises(DataError, match=name):
            make_design(small, ModelSpec(small_counts=(name,)))


@settings(max_examples=150, deadline=None)
@given(
    families=st.integers(15, 900),
    share=st.floats(0.08, 0.6),
    per_family=st.floats(YOUTHS_PER_FAMILY[0] * 1.02, YOUTHS_PER_FAMILY[1] * 0.98),
    shares=st.lists(st.floats(0.005, 0.5), min_size=7, max_size=7),
)
def test_no_bound_is_below_the_hidden_share(
    families: int, share: float, per_family: float, shares: list[float]
) -> None:
    households = round(families / share)
    of = dict.fromkeys(HOUSEHOLDS, households) | dict.fromkeys(FAMILIES, families)
    counts = {name: round(share * people) for share, (name, people) in zip(shares, of.items(), strict=True)}
    published = {n: np.nan if k < LIMIT else round(100 * k / of[n], 3) for n, k in counts.items()}
    frame = pd.DataFrame({LINK: [round(100 * families / households, 3)]} | {n: [v] for n, v in published.items()})
    upper = kenmerken_upper(frame, np.array([per_family * families]))
    for name, count in counts.items():
        bound = upper[name][0]
        assert np.isnan(bound) == (count >= LIMIT)
        if count < LIMIT:
            assert 100 * count / of[name] <= bound + 1e-9
            loosest = np.divide(*YOUTHS_PER_FAMILY[::-1]) * of[name] / (of[name] - 2)  # the smallest number searched
            assert bound <= min(100 * (LIMIT - 1) / of[name] * loosest * 1.1, 100)


def test_no_bound_where_the_decimals_fit_no_number_of_households() -> None:
    frame = pd.DataFrame({LINK: [30.275], "perc_ouderpsy": [15.111], "perc_1ouder": [np.nan]})
    assert kenmerken_upper(frame, np.array([50.0])).isna().all(axis=None)
    assert kenmerken_upper(frame.drop(columns=LINK), np.array([50.0])).isna().all(axis=None)
