"""Power scaling against a posterior that is known, where the prior is known to matter or not."""

from collections.abc import Callable

import numpy as np
import pytest
from conftest import Fitted
from scipy.integrate import quad
from scipy.stats import norm

from bayes_jeugdhulp.inference.sensitivity import CONFLICT, FINE, STRONG, prior_sensitivity, sensitivity_table

PRIOR_MEAN, SIZE = 0.0, 20_000


def posterior(prior: float, data: float, observed: float) -> tuple[float, float]:
    """Mean and sd of a normal mean, from a prior at 0 and an observation, with these precisions."""
    return data * observed / (prior + data), (prior + data) ** -0.5


def distance(p: Callable[[float], float], q: Callable[[float], float], low: float, high: float) -> float:
    """Cumulative Jensen-Shannon distance over a range, from its definition (Kallioinen et al. 2024, section 3.2)."""

    def integral(of: Callable[[float], float]) -> float:
        return quad(of, low, high, epsabs=1e-13, limit=500)[0]

    def divergence(a: Callable[[float], float], b: Callable[[float], float]) -> float:
        return integral(lambda x: a(x) * np.log2(2 * a(x) / (a(x) + b(x)))) + integral(lambda x: b(x) - a(x)) / np.log(
            4
        )

    return ((divergence(p, q) + divergence(q, p)) / integral(lambda x: p(x) + q(x))) ** 0.5


def exact(prior: float, data: float, observed: float, part: str, low: float, high: float) -> float:
    """Change of the distance per doubling of the power, at a power of 1.01, over the range of the draws."""
    here = norm(*posterior(prior, data, observed))
    scaled = {"prior": (1.01 * prior, data), "likelihood": (prior, 1.01 * data)}[part]
    there = norm(*posterior(*scaled, observed))
    return max(distance(here.cdf, there.cdf, low, high), distance(here.sf, there.sf, low, high)) / np.log2(1.01)


@pytest.mark.parametrize(
    ("prior", "data", "observed", "diagnosis"),
    [(1e-3, 1.0, 1.0, FINE), (1.0, 1.0, 4.0, CONFLICT), (1.0, 0.01, 2.0, STRONG)],
    ids=["flat prior", "conflict", "weak data"],
)
def test_a_posterior_that_is_known(prior: float, data: float, observed: float, diagnosis: str) -> None:
    rng = np.random.default_rng(1)
    theta = rng.normal(*posterior(prior, data, observed), SIZE)
    log_prior, log_likelihood = (norm.logpdf(theta, at, p**-0.5) for at, p in ((PRIOR_MEAN, prior), (observed, data)))
    # the second imputation is another sample with densities far off: only differences within an imputation may count
    halves = np.repeat([0, 7], SIZE // 2)
    found = sensitivity_table({"theta": theta}, log_prior + 300 * halves, log_likelihood - 40 * halves, halves)
    assert found.loc["theta", "diagnosis"] == diagnosis
    for part in ("prior", "likelihood"):
        true = exact(prior, data, observed, part, theta.min(), theta.max())
        assert found.loc["theta", part] == pytest.approx(true, rel=0.1, abs=0.01), part


def test_the_data_outweigh_the_priors_in_a_fit(fitted: Fitted) -> None:
    found = prior_sensitivity(fitted.tree)
    assert {"alpha", "sigma_kenmerken", "kappa", "expected_national, mean"} <= set(found.index)
    assert found.index.str.startswith("beta ").sum() == 1
    assert (
        found.loc[["alpha", "expected_national, mean", "difference_within_gemeente, sd"], "diagnosis"] == FINE
    ).all()
