"""Counts that were not published, and totals with them: exact distributions, and intervals that give nothing away."""

import numpy as np
import pytest
from handmade import make_areas, make_draws
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS, draw_users, hidden_interval, replicate_users, sum_by

YOUTHS = [60, 250, 700, 6, 400, 800, 900, 90, 500, 300]
GEMEENTE = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def make(users: list[int | None], policy: CountsPolicy) -> Design:
    return make_design(make_areas(YOUTHS, users, gemeente=GEMEENTE, regio=[1, 1, 2, 2, 2], policy=policy), ModelSpec())


def test_counts_that_were_not_published_follow_their_exact_distribution() -> None:
    design = make([3, 20, 70, 1, None, 80, 90, 9, 50, 30], CountsPolicy(8, 5))
    draws = make_draws(design, 40_000, constant=True)
    users = draw_users(design, draws, seed=1)
    for w in range(10):
        low, high = design.users_low[w], design.users_high[w]
        assert ((low <= users[:, w]) & (users[:, w] <= high)).all()
        counts = np.arange(low, high + 1)
        chance = binom.pmf(counts, YOUTHS[w], expit(draws.eta[0, w]))
        chance /= chance.sum()
        share = (users[:, [w]] == counts).mean(axis=0)
        assert (np.abs(share - chance) <= 4.5 * np.sqrt(chance / 40_000) + 1e-4).all(), w
    np.testing.assert_array_equal(users, draw_users(design, draws, seed=1))
    known = make([20, 20, 70, 0, 40, 80, 90, 90, 50, 30], CountsPolicy())
    assert (draw_users(known, make_draws(known, 10), seed=1) == known.users_low).all()


@pytest.mark.parametrize("nu", [None, 4.0])
def test_replicates_have_the_expected_mean_and_share_what_the_reference_shares(nu: float | None) -> None:
    design = make([6, 20, 70, 1, 40, 80, 90, 9, 50, 30], CountsPolicy())
    draws = make_draws(design, 40_000, nu=nu, constant=True)
    for reference in REFERENCES:
        share = replicate_users(design, draws, reference, seed=2) / design.youths
        error = share.std(axis=0) / np.sqrt(40_000)
        assert (np.abs(share.mean(axis=0) - expected_use(design, draws, reference)[0]) < 4.5 * error).all()
        gemeente, regio, *elsewhere = np.corrcoef(share[:, [4, 5, 8, 2, 1]].T)[0, 1:]
        chance = 4.5 / np.sqrt(40_000)
        assert np.abs(elsewhere).max() < chance
        if reference == "within_gemeente":
            assert max(abs(gemeente), abs(regio)) < chance
        else:
            assert gemeente > regio + chance > 2 * chance


def test_sums_by_group() -> None:
    rng = np.random.default_rng(1)
    values, group = rng.integers(0, 9, (4, 12)), rng.integers(0, 5, 12)
    expected = [[values[d, group == g].sum() for g in range(6)] for d in range(4)]
    np.testing.assert_array_equal(sum_by(values, group, 6), expected)


@given(st.data())
def test_an_interval_of_hidden_counts_covers_five_of_them(data: st.DataObject) -> None:
    least = data.draw(st.integers(0, 30))
    most = least + data.draw(st.integers(0, 30))
    users = np.array(data.draw(st.lists(st.integers(least, most), min_size=1, max_size=40)), float)[:, None]
    probability = data.draw(st.sampled_from([0.51, 0.8, 0.95, 0.99]))
    hidden = hidden_interval(users, np.array([least]), np.array([most]), probability)
    low, high = hidden.low[0], hidden.high[0]
    tail = (1 - probability) / 2
    raw = np.quantile(users[:, 0], [tail, 1 - tail], method="inverted_cdf")
    assert low == round(low)
    assert high == round(high)
    assert least <= low <= raw[0] <= raw[1] <= high <= most
    assert high - low + 1 >= min(SHOWN_COUNTS, most - least + 1)
    if raw[1] - raw[0] + 1 >= SHOWN_COUNTS:
        assert [low, high] == raw.tolist(), "wide enough by itself"
