"""What a published count leaves open, against brute force over every true count."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_jeugdhulp.counts import CountsPolicy

TOP = 120
policies = st.builds(CountsPolicy, suppressed_below=st.integers(0, 40), rounded_to=st.integers(1, 20))


@given(policies)
def test_publish_is_the_written_rule(policy: CountsPolicy) -> None:
    half_up = [floor(Fraction(k, policy.rounded_to) + Fraction(1, 2)) * policy.rounded_to for k in range(TOP)]
    expected = [policy.SUPPRESSED if k < policy.suppressed_below else v for k, v in enumerate(half_up)]
    published = policy.publish(range(TOP))
    assert published.tolist() == expected
    assert (np.diff(published) >= 0).all(), "a larger count is never published as a smaller one"


@given(policies)
def test_bounds_are_exactly_the_counts_published_so(policy: CountsPolicy) -> None:
    counts = np.arange(TOP)
    published = policy.publish(counts)
    whole = np.unique(published)[:-1]  # counts beyond TOP may share the last value
    for value in whole:
        low, high = policy.bounds(value)
        assert counts[published == value].tolist() == list(range(low, high + 1)), value
    assert policy.publishable(published).all()
    never = np.setdiff1d(np.arange(-1, whole.max(initial=-1)), published)
    assert not policy.publishable(never).any()


def test_worked_by_hand() -> None:
    cbs = CountsPolicy(suppressed_below=8, rounded_to=5)  # KWB 2024: fives, 0 to 7 secret, smallest published 10
    assert cbs.publish([0, 7, 8, 12, 13]).tolist() == [-1, -1, 10, 10, 15]
    assert [bound.tolist() for bound in cbs.bounds([-1, 10, 15])] == [[0, 8, 13], [7, 12, 17]]
    assert CountsPolicy().publishable([0, 1, -1]).tolist() == [True, True, False]


def test_what_a_policy_never_publishes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[3, 7\]"):
        CountsPolicy(suppressed_below=10).bounds([12, 7, 3])
    with pytest.raises(ValueError, match="suppressed_below must be 0 or more, not -1"):
        CountsPolicy(suppressed_below=-1)
    with pytest.raises(ValueError, match="rounded_to must be 1 or more, not 0"):
        CountsPolicy(rounded_to=0)
