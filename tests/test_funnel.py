"""Funnel limits against Spiegelhalter's formula worked by hand, and what must hold whatever the data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_jeugdhulp.results.funnel import limit, overdispersion


def test_overdispersion_worked_by_hand() -> None:
    # s2 = 1, 4; gaps 2, -6: z = 2, -3; sum z2 = 13; w = 1, 1/4: sum 1.25, sum of squares 1.0625
    assert overdispersion([2.0, -6.0], [1.0, 4.0], winsorised=0) == pytest.approx((13 - 1) / (1.25 - 1.0625 / 1.25))


def test_no_overdispersion_when_chance_explains_the_spread() -> None:
    assert overdispersion([0.5, -0.5, 0.1], [1.0, 1.0, 1.0]) == 0


def test_limits_worked_by_hand() -> None:
    assert limit([9.0], 16.0, 0.95) == pytest.approx(1.959964 * 5)
    assert limit([9.0], 0.0, 0.998) == pytest.approx(3.090232 * 3)


@given(
    st.lists(st.tuples(st.floats(-20, 20), st.floats(0.01, 50)), min_size=2, max_size=30), st.sampled_from([0.1, 10.0])
)
def test_another_unit_changes_only_the_unit(units: list[tuple[float, float]], scale: float) -> None:
    gap, variance = np.array(units).T
    assert overdispersion(gap * scale, variance * scale**2) == pytest.approx(
        overdispersion(gap, variance) * scale**2, rel=1e-6, abs=1e-9
    )


def test_known_spread_is_recovered_and_a_few_extremes_do_not_widen_it() -> None:
    rng = np.random.default_rng(1)
    variance = rng.uniform(0.5, 5, 4000)
    gap = rng.normal(0, np.sqrt(variance + 2.0))
    # standard error of tau2 here is about .08; winsorising a hundredth takes about .16 off
    assert overdispersion(gap, variance, winsorised=0) == pytest.approx(2.0, abs=0.3)
    gap[:10] += 60
    assert overdispersion(gap, variance) == pytest.approx(2.0, abs=0.4)
    assert overdispersion(gap, variance, winsorised=0) > 4


def test_refuses_what_it_cannot_judge() -> None:
    for gap, variance in (([1.0], [1.0]), ([1.0, 2.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match="two units or more"):
            overdispersion(gap, variance)
