"""The interval likelihood against sums of exact binomial terms, and the draws that go with it."""

from decimal import Decimal, localcontext
from math import comb

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from handmade import make_areas
from scipy.special import expit
from scipy.stats import binom, norm

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.model import ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.likelihood import interval_terms, log_interval_binomial, published_binomial

ETAS = (-40.0, -21.3, -6.0, -2.2, -0.4, 0.0, 1.7, 9.0, 40.0, 41.0, 100.0)
INTERVALS = [  # youths, low, high: exact, suppressed, rounded to fives, each clipped to the youths where it must be
    *((n, k, k) for n, k in [(1, 0), (1, 1), (60, 7), (700, 0), (20_000, 2_113), (20_000, 20_000)]),
    *((n, 0, min(9, n)) for n in (1, 4, 9, 10, 12, 60, 700, 20_000)),
    *(
        (n, v - 2, min(v + 2, n))
        for n, v in [(9, 10), (10, 10), (60, 10), (700, 70), (20_000, 2_115), (20_000, 20_000)]
    ),
    (20_000, 8, 12),
    *((n, 0, 29) for n in (40, 700, 20_000)),  # a source that hides many counts
]


def log_sum_of_terms(n: int, low: int, high: int, eta: float) -> float:
    """Log of the sum of binomial terms, in 80 decimal digits."""
    with localcontext(prec=80):
        t = Decimal(eta).exp()
        return float(sum(comb(n, k) * t**k for k in range(low, high + 1)).ln() - n * (1 + t).ln())


def test_log_probability_is_the_sum_of_binomial_terms_also_far_in_the_tails() -> None:
    cases = [(*interval, eta) for interval in INTERVALS for eta in ETAS]
    youths, low, high = (np.array([case[i] for case in cases]) for i in range(3))
    eta = np.array([case[3] for case in cases])
    exact = np.array([log_sum_of_terms(*case) for case in cases])
    log_probability = log_interval_binomial(youths, low, high)

    variable = pt.vector("eta")
    symbolic = log_probability(variable)
    slope = pt.grad(symbolic.sum(), variable)
    as_written = pytensor.compile.Mode("py", None)  # numpy takes 32 operands at most, a rewritten sum has more
    by_pytensor, gradient = pytensor.function([variable], [symbolic, slope], mode=as_written)(eta)
    # 1e-10 relative in p itself; deep in the tail, where log p is as large as 800,000, in log p
    for found in (log_probability(eta), by_pytensor):
        np.testing.assert_allclose(found, exact, rtol=1e-14, atol=1e-10)
    # d log P / d eta = E[k | low <= k <= high] - n p lies between the bounds of k, less n p
    expected = youths * expit(eta)
    assert np.isfinite(gradient).all()
    assert (gradient >= low - expected - 1e-6).all()
    assert (gradient <= high - expected + 1e-6).all()


def test_bounds_hundreds_of_counts_apart_overflow_nowhere() -> None:
    for eta in ETAS:
        found = log_interval_binomial(*(np.array([n]) for n in (20_000, 0, 600)))(np.array([eta]))
        assert found.item() == pytest.approx(log_sum_of_terms(20_000, 0, 600, eta), rel=1e-13, abs=1e-9)


def test_draws_come_along_in_front() -> None:
    log_probability = log_interval_binomial(np.array([60, 700]), np.array([0, 55]), np.array([9, 55]))
    eta = np.linspace(-4, 1, 12).reshape(2, 3, 2)
    np.testing.assert_array_equal(log_probability(eta)[1, 2], log_probability(eta[1, 2]))


@pytest.mark.parametrize("policy", [CountsPolicy(), CountsPolicy(10), CountsPolicy(8, 5), CountsPolicy(0, 5)])
def test_draws_are_published_with_the_probability_of_the_likelihood(policy: CountsPolicy) -> None:
    youths, eta, draws = np.array([14, 90]), np.array([0.4, -2.0]), 20_000
    terms = interval_terms(youths, np.array([0, 0]), np.array([9, 9]))
    with pm.Model(coords={"wijk": ["a", "b"]}):
        users = published_binomial(
            "users", pt.as_tensor(eta), terms, len(terms.ratios), np.array([0, 0]), policy=policy, dims="wijk"
        )
    drawn = pm.draw(users, draws, random_seed=1, mode="FAST_COMPILE")
    for w, n in enumerate(youths):
        low, high = policy.bounds(np.unique(policy.publish(np.arange(n + 1))))
        assert set(drawn[:, w]) <= set(low)
        log_p = log_interval_binomial(np.full(len(low), n), low, np.minimum(high, n))(np.full(len(low), eta[w]))
        share = np.array([(drawn[:, w] == value).mean() for value in low])
        p = np.exp(log_p)
        assert p.sum() == pytest.approx(1, abs=1e-12)
        assert (np.abs(share - p) <= 4.5 * np.sqrt(p * (1 - p) / draws) + 1e-3 / draws).all()


def test_suppressed_wijken_are_in_the_log_density_and_missing_ones_are_not() -> None:
    users = [40, 3, None, 70, 25, 90, 51]
    areas = make_areas(
        [300, 60, 80, 700, 250, 900, 400], users, gemeente=[1, 1, 2, 3, 4, 5, 5], policy=CountsPolicy(10)
    )
    design, spec = make_design(areas, ModelSpec()), ModelSpec(wijk_effect="normal", wijk_scale="constant")
    model = build_model(design, spec)
    assert list(model.coords["observed_wijk"]) == [code for code in areas.wijken.index if code != "WK000200"]
    log_density = model.compile_logp(mode="FAST_COMPILE")
    point = model.initial_point()
    sigma = np.exp(point["sigma_wijk_log__"])
    for w, count in ((0, binom(300, 0.5).logpmf(40)), (1, binom(60, 0.5).logcdf(9)), (2, 0.0)):
        change = {}
        for at in (-2.0, 0.0):
            eta = point["eta"].copy()
            eta[w] = at
            change[at] = log_density(point | {"eta": eta})
        then = {0: binom(300, expit(-2)).logpmf(40), 1: binom(60, expit(-2)).logcdf(9), 2: 0.0}[w]
        mu = point["effects"][0]
        prior = norm(mu, sigma).logpdf(0.0) - norm(mu, sigma).logpdf(-2.0)
        assert change[0.0] - change[-2.0] == pytest.approx(count - then + prior, rel=1e-9), areas.wijken.index[w]
