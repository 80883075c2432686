"""Statuses under other numbers of youths, against numerical integration by another library and against cases."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit, logit

from bayes_jeugdhulp.inference.expected import Terms
from bayes_jeugdhulp.results.other_youths import size_given, status_changes
from bayes_jeugdhulp.results.status import FlagRule
from bayes_jeugdhulp.youths import UncertainCounts

# youths, users low, high; location, sigma
CASES = [
    (200, 30, 30, -2.2, 0.2),
    (60, 40, 40, -2.2, 0.15),
    (5000, 700, 700, -2.0, 0.1),
    (400, 0, 9, -2.2, 0.3),
    (30, 0, 9, -2.2, 0.3),
    (120, 10, 10, -2.0, 0.6),
]
EFFECTS = {
    "normal": (None, [1.0], [1.0], 1e-4),
    "mixture": (None, [0.9, 0.1], [1.0, 4.0], 1e-4),
    "student-t": (4.0, [1.0], [1.0], 0.03),  # eight normals stand for it
}


def terms_of(location: float, sigma: float, nu: float | None, share: list[float], times: list[float]) -> Terms:
    one = np.ones((1, 1))
    parts = (np.array(part)[:, None, None] for part in (share, times))
    return Terms(location * one, 0 * one, sigma * one, None if nu is None else nu * one, *parts)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("case", CASES)
def test_probabilities_against_quad(case: tuple[int, int, int, float, float], effect: str, relative: bool) -> None:
    n, low, high, location, sigma = case
    nu, share, times, tolerance = EFFECTS[effect]
    rule = FlagRule(margin=0.1, relative=True) if relative else FlagRule()
    e = 0.115
    m = 0.0115 if relative else 0.01

    def density(eta: float) -> float:
        chance = stats.binom.pmf(np.arange(low, high + 1), n, expit(eta)).sum()
        if nu is not None:
            return chance * stats.t.pdf(eta, nu, location, sigma)
        return chance * sum(s * stats.norm.pdf(eta, location, t * sigma) for s, t in zip(share, times, strict=True))

    edges = [-9.0, logit(e - m), logit(e + m), 3.0]
    seen = logit((high + 0.5) / (n + 1))
    turns = (seen, seen - 0.1, seen + 0.1, location)  # quad would step over a narrow peak
    mass = [
        sum(
            quad(density, *cut, limit=200)[0]
            for cut in pairwise(sorted([start, end, *(x for x in turns if start < x < end)]))
        )
        for start, end in pairwise(edges)
    ]
    lower, near, higher = np.array(mass) / sum(mass)
    counts = [np.array([value]) for value in (n, low, high)]
    terms = terms_of(location, sigma, nu, share, times)
    found = size_given(counts[0], counts[1], counts[2], terms, np.full((1, 1), e), rule)
    np.testing.assert_allclose(np.ravel(found), [higher, lower, near], atol=tolerance)


def test_a_status_changes_where_the_number_of_youths_decides() -> None:
    """Always 20 users in a hundred: sure among many youths, not among few; an exact number changes nothing."""
    youths = np.array([[100, 2000, 500, 20], [100, 2400, 500, 2000], [2000, 2900, 500, 2000]])
    users = youths // 5
    rng = np.random.default_rng(1)
    shape = (300, 4)
    terms = Terms(
        -2.2 + 0.05 * rng.standard_normal(shape),
        np.zeros((1, 1)),
        np.full(shape, 0.2),
        None,
        np.ones((1, 300, 1)),
        np.ones((1, 300, 1)),
    )
    spread, expected = UncertainCounts(youths, users, users), np.full(shape, 0.1)

    def changes(reported: str, minimum: int = 50) -> list[bool]:
        rule = FlagRule(margin=5, minimum_youths=minimum)
        return status_changes(spread, terms, expected, rule, np.full(4, reported)).tolist()

    assert changes("hoger") == [True, False, False, True]
    # all numbers agree among themselves, and not with what the fit says; 20 youths of which nothing may be said
    assert changes("geen uitspraak") == [True, True, False, True]
    assert changes("geen uitspraak", 2500) == [False, True, False, False]
