"""Surprise in published space, against brute force over every count that there could be."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.results.calibration import randomised_pit
from bayes_jeugdhulp.results.surprise import Predictive, chance_of_extreme, predictive, surprise


@st.composite
def cases(draw: st.DrawFn) -> tuple[Predictive, int, CountsPolicy, float]:
    youths = draw(st.integers(1, 60))
    policy = CountsPolicy(draw(st.sampled_from([0, 8, 10])), draw(st.sampled_from([1, 3, 5])))
    p = draw(st.lists(st.floats(0.001, 0.6), min_size=1, max_size=4))
    mass = np.array(draw(st.lists(st.floats(0.1, 1), min_size=len(p), max_size=len(p))))
    predicted = Predictive(np.array([p]), (mass / mass.sum())[None, :], np.array([youths]))
    return predicted, draw(st.integers(0, youths)), policy, draw(st.sampled_from([0.8, 0.95, 0.99]))


@given(cases())
def test_every_quantity_is_a_comparison_of_published_figures(
    case: tuple[Predictive, int, CountsPolicy, float],
) -> None:
    predicted, true, policy, probability = case
    n = int(predicted.youths[0])
    replicates = policy.publish(np.arange(n + 1))  # what each true count would be published as
    chance = predicted.mass[0] @ binom.pmf(np.arange(n + 1), n, predicted.p.T)
    shown = int(policy.publish(true))
    low, high = (np.minimum(bound, n) for bound in policy.bounds([shown]))

    values = np.unique(replicates)
    at_most = np.array([chance[replicates <= value].sum() for value in values])
    tail = (1 - probability) / 2
    levels = (tail, 1 - tail)
    assume(all(np.abs(at_most - level).min() > 1e-9 for level in levels))
    ends = [int(values[np.argmax(at_most >= level)]) for level in levels]

    found = surprise(predicted, low, high, policy, probability)
    equal = chance[replicates == shown].sum()
    assert found.mid_p[0] == pytest.approx(chance[replicates < shown].sum() + equal / 2, abs=1e-12)
    assert found.up_to[0] - found.below[0] == pytest.approx(equal, abs=1e-12)
    assert found.outside[0] == ("hoger" if shown > ends[1] else "lager" if shown < ends[0] else "binnen")
    edges = [
        bound if end == policy.SUPPRESSED else end for end, bound in zip(ends, policy.suppressed_bounds, strict=True)
    ]
    assert [found.low[0], found.high[0]] == [min(edge, n) for edge in edges]
    per_value = np.diff(at_most, prepend=0)
    middle = at_most - per_value / 2
    assume(all(np.abs(middle - level).min() > 1e-9 for level in levels))
    extreme = per_value[(middle < tail) | (middle > 1 - tail)].sum()
    assert chance_of_extreme(predicted, policy, probability)[0] == pytest.approx(extreme, abs=1e-9)


def test_worked_by_hand() -> None:
    """Two youths who both use with chance 1/2: 0, 1, 2 users with chance 1/4, 1/2, 1/4."""
    fair = Predictive(np.full((3, 1), 0.5), np.ones((3, 1)), np.full(3, 2))
    users = np.arange(3)
    found = surprise(fair, users, users, CountsPolicy(), probability=0.6)
    assert found.mid_p.tolist() == [0.125, 0.5, 0.875]
    assert found.outside.tolist() == ["binnen", "binnen", "binnen"]
    assert [found.low[0], found.high[0]] == [0, 2]
    assert surprise(fair, users, users, CountsPolicy(), probability=0.4).outside.tolist() == [
        "lager",
        "binnen",
        "hoger",
    ]
    assert fair.at_most(np.array([-1, 1, 2])).tolist() == [0, 0.75, 1]


def test_a_few_atoms_stand_for_all_draws() -> None:
    rng = np.random.default_rng(1)
    draws, youths = 4000, np.array([30, 700, 9000])
    eta = -2.2 + np.array([0.4, 0.2, 0.1]) * rng.standard_normal((draws, 3))
    weights = rng.gamma(0.5, size=(3, draws))
    weights /= weights.sum(axis=1, keepdims=True)
    few = predictive(eta, weights, youths)
    np.testing.assert_allclose(few.mass.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose((few.mass * few.p).sum(axis=1), (weights * expit(eta.T)).sum(axis=1), rtol=1e-9)
    for share in (0.03, 0.05, 0.07, 0.1, 0.14, 0.2):
        counts = (share * youths).astype(int)
        exact = (weights * binom.cdf(counts[:, None], youths[:, None], expit(eta.T))).sum(axis=1)
        np.testing.assert_allclose(few.at_most(counts), exact, atol=5e-4)
    for level in (0.025, 0.5, 0.975):
        reached = few.quantile(level)
        assert (few.at_most(reached) >= level).all()
        assert (few.at_most(reached - 1) < level).all()


def test_randomised_pit_is_uniform_within_ties() -> None:
    pit = randomised_pit(np.full(5000, 0.2), np.full(5000, 0.7), seed=1)
    assert 0.2 <= pit.min() < pit.max() < 0.7
    assert pit.mean() == pytest.approx(0.45, abs=4 * 0.5 / np.sqrt(12 * 5000))
