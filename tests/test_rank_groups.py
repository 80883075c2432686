"""Rank groups against all groupings, the cap, and the two ends: nothing told apart, everything told apart."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from bayes_jeugdhulp.results.rank_groups import rank_groups
from bayes_jeugdhulp.results.ranking import rank_units

shapes = st.tuples(st.integers(1, 12), st.integers(1, 6))
limits = st.floats(0.02, 0.45)


def above(theta: np.ndarray) -> np.ndarray:
    """P(theta_i > theta_j) for all pairs."""
    return (theta[:, :, None] > theta[:, None, :]).mean(axis=0)


def gain(group: np.ndarray, prob: np.ndarray, q: float) -> float:
    """What a grouping earns: P(theta_i > theta_j) - (1 - q) for every pair with i in a higher group than j."""
    return float((prob - (1 - q))[group[:, None] < group[None, :]].sum())


@given(arrays(float, shapes, elements=st.integers(-5, 5)), limits)
def test_the_best_of_all_ways_to_cut_the_expected_ranks(theta: np.ndarray, q: float) -> None:
    n, prob, found = theta.shape[1], above(theta), rank_groups(theta, q)
    order = np.argsort(rank_units(theta).expected, kind="stable")
    gains = []
    for cuts in (c for k in range(n) for c in combinations(range(1, n), k)):
        group = np.empty(n, int)
        group[order] = np.searchsorted(cuts, np.arange(n), side="right")
        gains.append(gain(group, prob, q))
    assert gain(found.group, prob, q) == pytest.approx(max(gains), abs=1e-9)


@given(arrays(float, shapes, elements=st.floats(-3, 3)), limits)
def test_monotone_and_within_the_cap(theta: np.ndarray, q: float) -> None:
    found, expected, prob = rank_groups(theta, q), rank_units(theta).expected, above(theta)
    assert set(found.group) == set(range(1, found.count + 1))
    assert (np.diff(found.group[np.argsort(expected, kind="stable")]) >= 0).all()
    pairs = found.group[:, None] < found.group[None, :]
    assert found.ordered == pytest.approx(pairs.sum() / max(theta.shape[1] * (theta.shape[1] - 1) / 2, 1))
    if found.count == 1:
        assert found.misordered is None
        return
    assert found.misordered == pytest.approx(1 - prob[pairs].mean(), abs=1e-9)
    assert found.misordered <= q + 1e-9
    for higher in range(1, found.count):  # and between any two neighbours
        assert 1 - prob[np.ix_(found.group == higher, found.group == higher + 1)].mean() <= q + 1e-9


def test_runs_of_the_expected_rank_lose_nothing_in_a_regular_case() -> None:
    # independent normal posteriors of equal width: their method may group in any way, and groups the same
    mean = np.array([2.2, 2.0, 0.9, 0.1, -1.7])
    theta = mean + norm.ppf(np.random.default_rng(2).random((900, 5))) * 0.6
    prob = above(theta)
    for q in (0.05, 0.1, 0.25):
        best = max(gain(np.array(group), prob, q) for group in product(range(5), repeat=5))
        assert gain(rank_groups(theta, q).group, prob, q) == pytest.approx(best)


def test_nothing_told_apart_is_one_group_and_everything_is_a_group_each() -> None:
    noise = np.random.default_rng(3).normal(size=(2000, 80))
    assert rank_groups(noise).count == 1
    assert rank_groups(np.zeros((10, 4))).group.tolist() == [1, 1, 1, 1]
    apart = rank_groups(noise * 0.01 + np.arange(80))
    assert apart.group.tolist() == list(range(80, 0, -1))
    assert (apart.count, apart.ordered, apart.misordered) == (80, 1.0, 0.0)


def test_more_draws_than_are_compared() -> None:
    # every fourth draw is of one imputation and says the opposite: P = 3/4, which no fixed step would see
    theta = np.tile([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]], (1000, 1))
    assert rank_groups(theta, 0.2).count == 1
    assert rank_groups(theta, 0.3).group.tolist() == [2, 1]


def test_refusal() -> None:
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        rank_groups(np.zeros((2, 2)), 0.5)
