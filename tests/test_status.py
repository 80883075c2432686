"""What may be concluded: the rule, the order of reasons, suppressed wijken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_jeugdhulp.results.status import NO_STATEMENT, REASONS, FlagRule, size_of_difference, statuses

RULE = FlagRule()


def chances(higher: int, lower: int) -> np.ndarray:
    """Ten draws of a difference: so many above the margin, so many below minus the margin, the rest near 0."""
    return np.repeat([3.0, 0.2, -3.0], [higher, 10 - higher - lower, lower])[:, None]


@pytest.mark.parametrize(
    ("higher", "lower", "status"),
    [
        (9, 0, "hoger"),
        (9, 1, "hoger"),
        (8, 0, NO_STATEMENT),
        (0, 9, "lager"),
        (1, 8, NO_STATEMENT),
        (1, 1, "als verwacht"),
        (0, 2, "als verwacht"),
        (2, 1, NO_STATEMENT),
    ],
)
def test_the_rule(higher: int, lower: int, status: str) -> None:
    size = size_of_difference(chances(higher, lower), RULE)
    assert [size.prob_higher[0], size.prob_lower[0]] == [higher / 10, lower / 10]
    assert size.prob_higher + size.prob_lower + size.prob_near == pytest.approx(1, abs=1e-12)
    found, reason = statuses(size, RULE, {})
    assert (found[0], reason[0]) == (status, "onzeker" if status == NO_STATEMENT else "")


def test_a_difference_of_exactly_the_margin_is_near() -> None:
    size = size_of_difference(np.array([[1.0, -1.0]]), RULE)
    assert size.prob_near.tolist() == [1, 1]


def test_size_is_mean_and_equal_tailed_interval() -> None:
    draws = np.random.default_rng(1).gamma(2, size=(4001, 3))
    size = size_of_difference(draws, FlagRule(probability=0.8))
    ordered = np.sort(draws, axis=0)
    np.testing.assert_allclose([size.low, size.high], ordered[[400, 3600]], rtol=1e-12)
    np.testing.assert_allclose(size.mean, draws.mean(axis=0))


@given(
    st.dictionaries(st.sampled_from(REASONS[:-1]), st.booleans()), st.sampled_from([(10, 0), (0, 10), (0, 0), (5, 5)])
)
def test_the_first_reason_that_holds_is_given(holds: dict[str, bool], chance: tuple[int, int]) -> None:
    size = size_of_difference(chances(*chance), RULE)
    status, reason = statuses(size, RULE, {name: np.array([value]) for name, value in holds.items()})
    first = next((name for name in REASONS if holds.get(name)), None)
    plain, uncertain = statuses(size, RULE, {})
    assert (status[0], reason[0]) == ((NO_STATEMENT, first) if first else (plain[0], uncertain[0]))


def test_reasons_stand_in_the_order_of_the_definitions() -> None:
    wanted = ["controle niet geslaagd", "afgeschermd", "enige wijk van de gemeente", "te weinig jeugdigen", "k te hoog"]
    assert [name for name in REASONS if name in wanted] == wanted
    assert REASONS[-1] == "onzeker"


def test_of_a_suppressed_wijk_only_lager_may_be_said_and_only_where_it_is_allowed() -> None:
    size = size_of_difference(np.hstack([chances(0, 10), chances(0, 10), chances(10, 0), chances(0, 0)]), RULE)
    allowed = np.array([True, False, True, True])
    status, reason = statuses(size, RULE, {"afgeschermd": np.ones(4, bool)}, allowed)
    assert status.tolist() == ["lager", NO_STATEMENT, NO_STATEMENT, NO_STATEMENT]
    assert reason.tolist() == ["", "afgeschermd", "afgeschermd", "afgeschermd"]
    both = {"afgeschermd": np.ones(4, bool), "k te hoog": np.ones(4, bool)}
    assert statuses(size, RULE, both, allowed)[1].tolist() == ["k te hoog", "afgeschermd", "afgeschermd", "afgeschermd"]


@pytest.mark.parametrize(
    "wrong", [{"pi": 0.5}, {"pi0": 1.0}, {"probability": 95}, {"margin": -1}, {"minimum_youths": -1}]
)
def test_a_rule_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FlagRule(**wrong)  # type: ignore[arg-type]
