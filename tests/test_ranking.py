"""Ranks against scipy and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from bayes_jeugdhulp.results.ranking import rank_units


@given(
    st.tuples(st.integers(1, 12), st.integers(1, 9)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.floats(-3, 3), unique=True)
    ),
    st.integers(1, 12),
)
def test_ranks_per_draw_are_those_of_scipy(theta: np.ndarray, top: int) -> None:
    ranks, units = rankdata(-theta, axis=1), theta.shape[1]
    found = rank_units(theta, top, probability=0.8)
    np.testing.assert_allclose(found.expected, ranks.mean(axis=0))
    np.testing.assert_allclose(found.prob_top, (ranks <= top).mean(axis=0))
    assert found.prob_top.sum() == pytest.approx(min(top, units))
    np.testing.assert_array_equal(found.low, np.quantile(ranks, 0.1, axis=0, method="inverted_cdf"))
    np.testing.assert_array_equal(found.high, np.quantile(ranks, 0.9, axis=0, method="inverted_cdf"))


def test_worked_by_hand() -> None:
    """Wijk a is first in three draws of four and second in one; c always last."""
    theta = np.array([[3.0, 2, 1], [3, 2, 1], [2, 3, 1], [9, 8, 7]])
    found = rank_units(theta, top=1, probability=0.5)
    assert found.expected.tolist() == [1.25, 1.75, 3]
    assert found.prob_top.tolist() == [0.75, 0.25, 0]
    assert [found.low.tolist(), found.high.tolist()] == [[1, 1, 3], [1, 2, 3]]


def test_units_that_do_not_differ_cannot_be_told_apart() -> None:
    theta = np.random.default_rng(1).normal(size=(2000, 40))
    found = rank_units(theta)
    np.testing.assert_allclose(found.expected, 20.5, atol=4 * 11.5 / np.sqrt(2000))
    assert (found.low <= 3).all()
    assert (found.high >= 38).all()
