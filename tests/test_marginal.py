"""The likelihood with the wijk effect integrated out, and replicates of a new wijk, against brute force and theory."""

import numpy as np
import pandas as pd
import pytest
from handmade import make_areas, make_draws
from scipy.special import gammaln
from scipy.stats import kstest, norm
from scipy.stats import t as student_t

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference.expected import REFERENCES, Draws, fitted_location, location, normal_variance
from bayes_jeugdhulp.inference.marginal import marginal_log_likelihood, new_wijk
from bayes_jeugdhulp.model import Design, ModelSpec, make_design

YOUTHS = [700, 900, 6000, 20_000, 300, 40, 25, 60, 400, 12, 500]
USERS = [70, 300, 150, 2000, 10, 30, 25, 3, 8, 1, None]  # ordinary, far out, large, small; suppressed; missing
FAR = [1, 2, 5, 6, 8]  # 4 to 17 sds of the wijk effect from where it is expected
ETA = np.arange(-60, 20, 2e-4)


class TwoNormals:
    """Ordinary and outlying wijken; one normal where there is one part."""

    def __init__(self, share: np.ndarray, times: np.ndarray) -> None:
        self.parts = list(zip(share, times, strict=True))

    def pdf(self, z: np.ndarray) -> np.ndarray:
        return sum((share * norm(scale=times).pdf(z) for share, times in self.parts), np.zeros_like(z))

    def cdf(self, z: float) -> float:
        return float(sum(share * norm(scale=times).cdf(z) for share, times in self.parts))


def make(policy: CountsPolicy) -> Design:
    gemeente = [0, 0, 0, 1, 1, 1, 2, 3, 4, 4, 4]
    return make_design(make_areas(YOUTHS, USERS, gemeente=gemeente, policy=policy), ModelSpec())


def sum_of_terms(n: int, low: int, high: int) -> np.ndarray:
    """P(low <= k <= high) at every ETA."""
    k = np.arange(low, high + 1)[:, None]
    log_ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.exp(log_ways + k * ETA - n * np.logaddexp(0, ETA)).sum(axis=0)


@pytest.mark.parametrize("policy", [CountsPolicy(10), CountsPolicy(8, 5)], ids=["suppressed", "rounded"])
def test_marginal_likelihood(policy: CountsPolicy) -> None:
    design = make(policy)
    every: dict[object, Draws] = {nu: make_draws(design, 4, seed=2, nu=nu) for nu in (None, 2.3, 6.0)}
    every["mixture"] = make_draws(design, 4, seed=2, outlying=0.1)
    found = {nu: marginal_log_likelihood(design, draws) for nu, draws in every.items()}
    for w in range(len(YOUTHS) - 1):
        likelihood = sum_of_terms(YOUTHS[w], design.users_low[w], design.users_high[w])
        for nu, draws in every.items():
            for d in (0, 3):
                kind = (
                    TwoNormals(draws.share[:, d, 0], draws.times[:, d, 0])
                    if draws.nu is None
                    else student_t(draws.nu[d])
                )
                mu, sigma = fitted_location(design, draws)[d, w], draws.sigma_wijk[d, w]
                exact = (likelihood * kind.pdf((ETA - mu) / sigma)).sum() * 2e-4 / sigma
                exact += kind.cdf((ETA[0] - mu) / sigma) * (design.users_low[w] == 0)  # below the grid k is 0
                # far out, 2% of a probability of e^-10; heavy tails and outlying wijken reach wider still
                tolerance = 1e-3 if nu in (2.3, "mixture") else 1e-4
                if nu and w in FAR:
                    tolerance = 0.03
                assert found[nu][d, w] == pytest.approx(np.log(exact), abs=tolerance), (nu, d, w)
    assert all((values[:, -1] == 0).all() for values in found.values()), "nothing was observed in the last wijk"


def test_intervals_of_counts_add_up_to_one() -> None:
    """Marginal probabilities of all that could have been published, for one wijk of 30 youths."""
    total = 0.0
    for count in [3, *range(10, 31)]:
        areas = make_areas(
            [30, *[400] * 9], [count, *[40] * 9], gemeente=[i // 2 for i in range(10)], policy=CountsPolicy(10)
        )
        design = make_design(areas, ModelSpec())
        total += np.exp(marginal_log_likelihood(design, make_draws(design, 2, seed=1))[0, 0])
    assert total == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("wijk", [{}, {"nu": 3.0}, {"outlying": 0.1}], ids=["normal", "student_t", "mixture"])
def test_a_new_wijk_is_distributed_as_the_model_says(wijk: dict[str, float]) -> None:
    values = np.random.default_rng(6).normal(size=(10, 2))
    values[0] = np.nan
    kenmerken = pd.DataFrame(values, columns=["a", "b"])
    gemeente = [i // 2 for i in range(10)]
    areas = make_areas([90, *[400] * 9], [12] * 10, gemeente=gemeente, regio=[1, 1, 2, 2, 2], kenmerken=kenmerken)
    design = make_design(areas, ModelSpec(imputations=1))
    draws = make_draws(design, 2000, constant=True, **wijk)  # all that varies is what is new
    for reference in REFERENCES:
        eta = new_wijk(design, draws, reference, seed=1)
        at, normal = location(design, draws, reference)[0], np.sqrt(normal_variance(design, draws, reference)[0])
        for w in (0, 4):
            z = eta[:, w] - at[w]
            if draws.nu is None:
                sds = np.hypot(normal[w], draws.times[:, 0, 0] * draws.sigma_wijk[0, w])
                kind = TwoNormals(draws.share[:, 0, 0], sds)
                # which wijken are outlying is stratified apart from where they lie
                assert kstest(z, np.vectorize(kind.cdf)).statistic < (0.012 if wijk else 1 / 2000)
            elif normal[w] == 0:
                assert kstest(z / draws.sigma_wijk[0, w], student_t(draws.nu[0]).cdf).statistic < 1 / 2000
            else:  # normal and Student-t part added
                other = normal[w] * norm.rvs(size=200_000, random_state=1)
                other += draws.sigma_wijk[0, w] * student_t(draws.nu[0]).rvs(200_000, random_state=2)
                assert kstest(z, other).pvalue > 0.01
        ranks = eta.argsort(axis=0).argsort(axis=0)
        correlation = np.corrcoef(ranks.T) - np.eye(10)
        assert np.abs(correlation).max() < 4.5 / np.sqrt(2000), "wijken are independent of each other"
