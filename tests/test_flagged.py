"""The flagged set against all subsets; who is never in it; the relative margin."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_jeugdhulp.results.flagged import describe_flags, flag, flagged_set
from bayes_jeugdhulp.results.status import FlagRule, Size, size_of_difference, statuses

# thousandths, so that sums of them are compared without rounding
thousandths = st.integers(501, 1000)
limits = st.integers(10, 400)


def largest_by_subsets(prob: np.ndarray, q: float) -> tuple[int, ...]:
    """The largest subset within the limit, and of those the surest, by trying them all."""
    tried = (s for k in range(len(prob) + 1) for s in combinations(range(len(prob)), k))
    allowed = [s for s in tried if sum(1 - prob[i] for i in s) <= q * len(s) + 1e-9]
    return max(allowed, key=lambda s: (len(s), sum(prob[i] for i in s)))


def sized(higher: np.ndarray, lower: np.ndarray) -> Size:
    zero = np.zeros(len(higher))
    return Size(zero, zero, zero, higher, lower, 1 - higher - lower)


@given(st.lists(thousandths, max_size=8, unique=True), limits)
def test_no_subset_is_larger(prob: list[int], q: int) -> None:
    p = np.array(prob) / 1000
    found = flagged_set(p, np.ones(len(p), bool), q / 1000)
    assert tuple(np.flatnonzero(found)) == largest_by_subsets(p, q / 1000)


@given(st.lists(st.tuples(st.sampled_from([300, 550, 700, 900, 950, 1000]), st.booleans()), max_size=30), limits)
def test_equals_are_treated_alike_and_the_limit_is_kept(units: list[tuple[int, bool]], q: int) -> None:
    p, candidates = np.array([u[0] for u in units]) / 1000, np.array([u[1] for u in units], bool)
    found = flagged_set(p, candidates, q / 1000)
    thresholds = {level: candidates & (p >= level) for level in p[p > 0.5]}
    kept = [s for s in thresholds.values() if s.any() and (1 - p[s]).sum() <= q / 1000 * s.sum() + 1e-9]
    assert found.tolist() == max(kept, key=np.sum, default=np.zeros(len(p), bool)).tolist()


def test_worked_by_hand() -> None:
    everyone = np.ones(3, bool)
    assert flagged_set(np.array([1, 0.85, 0.85]), everyone).tolist() == [True, True, True]  # (0 + .15 + .15) / 3 = .1
    assert flagged_set(np.array([1, 0.85, 0.85]), everyone, 0.09).tolist() == [True, False, False]  # both or neither
    assert not flagged_set(np.array([0.89, 0.8, 0.7]), everyone).any()  # the first alone is beyond the limit
    assert not flagged_set(np.array([]), np.array([], bool)).any()
    # 20 certain ones could pay for one of 0.4 (a mean of 0.029), which is more likely not so
    assert flagged_set(np.array([1.0] * 20 + [0.4]), np.ones(21, bool)).sum() == 20


def test_obstacles_bar_and_only_lager_may_be_lifted_from_a_suppressed_unit() -> None:
    size = sized(np.array([1, 1, 0, 0, 0.95, 0]), np.array([0, 0, 1, 1, 0, 0.95]))
    suppressed, few = np.array([0, 1, 1, 1, 0, 0], bool), np.array([0, 0, 0, 0, 1, 0], bool)
    obstacles = {"afgeschermd": suppressed, "te weinig jeugdigen": few}
    allowed = np.array([1, 1, 1, 0, 1, 1], bool)
    assert flag(size, FlagRule(), obstacles, allowed).tolist() == ["hoger", "", "lager", "", "", "lager"]
    assert flag(size, FlagRule(), obstacles).tolist() == ["hoger", "", "", "", "", "lager"]
    failed = {"controle niet geslaagd": np.ones(6, bool)}
    assert flag(size, FlagRule(), failed, allowed).tolist() == [""] * 6


def test_whoever_has_the_status_is_flagged() -> None:
    draws = np.random.default_rng(5).normal(size=(400, 60)) + np.linspace(-4, 4, 60)
    size = size_of_difference(draws, FlagRule())
    status, flagged = statuses(size, FlagRule(), {})[0], flag(size, FlagRule(), {})
    for direction in ("hoger", "lager"):
        assert (status == direction).sum() > 0
        assert set(np.flatnonzero(status == direction)) < set(np.flatnonzero(flagged == direction))


def test_sets_are_described() -> None:
    table = pd.DataFrame(
        {
            "flagged_national": ["hoger", "", "hoger", ""],
            "prob_higher_national": [1.0, 0.9, 0.8, 0.0],
            "prob_lower_national": [0.0, 0.0, 0.0, 0.0],
        }
    )
    higher, lower = describe_flags(table, "wijken", "national")
    assert higher["direction"] == "hoger"
    assert (higher["size"], higher["expected_false"], higher["lowest_probability"]) == (2, 0.1, 0.8)
    assert (lower["size"], lower["expected_false"], lower["lowest_probability"]) == (0, None, None)


def test_a_relative_margin_is_a_share_of_expected_use() -> None:
    expected = np.array([[5.0, 20.0], [5.0, 20.0], [5.0, 40.0], [5.0, 40.0]])
    difference = np.array([[0.6, 1.5], [0.6, 2.5], [0.4, 3.9], [-0.6, -4.1]])
    size = size_of_difference(difference, FlagRule(margin=0.1, relative=True), expected)
    assert size.prob_higher.tolist() == [0.5, 0.25]
    assert size.prob_lower.tolist() == [0.25, 0.25]
    assert size.prob_near.tolist() == [0.25, 0.5]
    with pytest.raises(ValueError, match="needs expected use"):
        size_of_difference(difference, FlagRule(margin=0.1, relative=True))
    with pytest.raises(ValueError, match=r"such as 0\.10, not 1\.0"):
        FlagRule(relative=True)
    with pytest.raises(ValueError, match="q must lie between"):
        FlagRule(q=0.5)
