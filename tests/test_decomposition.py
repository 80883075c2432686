"""Where the differences come from: the parts add up, and each is what brute force finds in a small country."""

import numpy as np
import pytest
from handmade import make_areas, make_draws
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from bayes_jeugdhulp.inference.expected import Draws, expected_use
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.results.decomposition import CHANCE, REST, TOGETHER, TOTAL, decompose, variance_parts

Array = np.ndarray
GEMEENTE = np.repeat(np.arange(6), 5)
REGIO = np.array([0, 0, 1, 1, 2, 2])
YOUTHS = np.random.default_rng(3).integers(20, 900, 30)


@given(arrays(float, (5, 2, 7), elements=st.floats(0.001, 0.999)), arrays(float, 7, elements=st.floats(0.1, 1e4)))
def test_parts_add_up_exactly(levels: Array, weights: Array) -> None:
    """To the variance of p and chance, whatever the levels; only covariances can be negative."""
    names = ["kenmerken", "factoren", "regio", "gemeente", "wijk"]
    p = levels[-1]
    parts = variance_parts(dict(zip(names, levels, strict=True)), p * (1 - p) / 50, weights)
    assert list(parts) == [*names, CHANCE, TOGETHER, REST, TOTAL]
    share = weights / weights.sum()
    spread = ((p - (p @ share)[:, None]) ** 2) @ share
    np.testing.assert_allclose(parts[TOTAL] - parts[CHANCE], spread, atol=1e-12)
    np.testing.assert_allclose(sum(value for name, value in parts.items() if name != TOTAL), parts[TOTAL], atol=1e-12)
    assert all((parts[name] > -1e-12).all() for name in [*names, CHANCE])
    known = levels[1] - (levels[1] @ share)[:, None]
    groups = levels[3] - levels[1]
    np.testing.assert_allclose(parts[TOGETHER], 2 * (known * groups) @ share, atol=1e-12)


def test_chance_is_the_variance_that_counts_add() -> None:
    """The mean over replicated counts of the weighted variance of y / n, given p."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.2, 30)
    counts = rng.binomial(YOUTHS, p, (200_000, 30)) / YOUTHS
    for weights in (np.ones(30), YOUTHS.astype(float)):
        found = variance_parts({"kenmerken": p[None], "wijk": p[None]}, (p * (1 - p) / YOUTHS)[None], weights)
        share = weights / weights.sum()
        replicated = ((counts - (counts @ share)[:, None]) ** 2) @ share
        error = replicated.std() / np.sqrt(len(counts))
        assert found[TOTAL][0] == pytest.approx(replicated.mean(), abs=4 * error)
        assert found["wijk"][0] == 0


@pytest.fixture(scope="module")
def small() -> tuple[Design, Draws]:
    users = np.random.default_rng(4).binomial(YOUTHS, 0.1).tolist()
    areas = make_areas(YOUTHS.tolist(), users, gemeente=GEMEENTE.tolist(), regio=REGIO.tolist())
    design = make_design(areas, ModelSpec())
    return design, make_draws(design, 2, constant=True, seed=5)


def test_every_part_is_what_brute_force_finds(small: tuple[Design, Draws]) -> None:
    """New wijken, gemeenten and regions drawn one by one, and averaged."""
    design, draws = small
    expected = {name: expected_use(design, draws, name) for name in ("within_gemeente", "national")}
    found = decompose(design, draws, expected, 0.95).set_index(["counting", "part"])

    rng, times = np.random.default_rng(6), 400_000
    fixed = draws.alpha[0] + design.kenmerken_mean @ draws.beta[0]
    regio = draws.regio[0][REGIO][GEMEENTE]
    gemeente = draws.gemeente[0][GEMEENTE]
    p = expit(draws.eta[0])
    new = [rng.standard_normal(times) for _ in range(3)]
    scales = [np.full(30, draws.sigma_regio[0]), draws.sigma_gemeente[0][GEMEENTE], draws.sigma_wijk[0]]

    def average(known: Array, first: int) -> Array:
        """Mean of p where the effects from this level on are new."""
        pairs = [(new[level], scales[level]) for level in range(first, 3)]
        return np.array([expit(known[w] + sum(z * scale[w] for z, scale in pairs)).mean() for w in range(30)])

    levels = [average(fixed, 0), average(fixed + regio, 1), average(fixed + regio + gemeente, 2), p]
    steps = np.stack([levels[0], *np.diff(levels, axis=0)])
    for counting, weights in (("per wijk", np.ones(30)), ("per jeugdige", YOUTHS.astype(float))):
        between = np.cov(steps, aweights=weights, ddof=0)
        share = weights / weights.sum()
        chance = (share * (1 - share)) @ (p * (1 - p) / YOUTHS)
        total = between.sum() + chance
        own = dict(zip(("kenmerken", "regio", "gemeente", "wijk"), np.diag(between), strict=True)) | {CHANCE: chance}
        for part, variance in own.items():
            assert found.loc[(counting, part), "share"] == pytest.approx(variance / total, abs=2e-3), part
            assert found.loc[(counting, part), "sd_points"] == pytest.approx(100 * np.sqrt(variance), rel=0.01), part
        assert found.loc[(counting, TOGETHER), "share"] == pytest.approx(2 * between[0, 1:3].sum() / total, abs=2e-3)
        assert found.loc[(counting, TOTAL), "sd_points"] == pytest.approx(100 * np.sqrt(total), rel=1e-3)
        assert found.loc[counting, "share"].drop(TOTAL).sum() == pytest.approx(1, abs=1e-12)


def test_without_regions_there_is_no_such_part() -> None:
    users = np.full(30, 5).tolist()
    design = make_design(make_areas(YOUTHS.tolist(), users, gemeente=GEMEENTE.tolist()), ModelSpec())
    draws = make_draws(design, 6)
    expected = {name: expected_use(design, draws, name) for name in ("within_gemeente", "national")}
    found = decompose(design, draws, expected, 0.95)
    assert "regio" not in set(found["part"])
    assert (found["share_low"] <= found["share"]).all()
    assert (found["share"] <= found["share_high"]).all()
