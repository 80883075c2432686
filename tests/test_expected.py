"""Expected use against adaptive quadrature and brute force."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import make_areas, make_draws
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm
from scipy.stats import t as student_t

from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, fitted_location, location, mean_probability
from bayes_jeugdhulp.model import Design, ModelSpec, make_design

YOUTHS = [25, 90, 300, 700, 2500, 9000, 400, 800, 60, 150]
GEMEENTE = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.fixture(scope="module")
def design() -> Design:
    values = np.random.default_rng(6).normal(size=(10, 3))
    values[[0, 0, 3], [0, 1, 2]] = np.nan  # the smallest wijk lacks two kenmerken, another one lacks one
    kenmerken = pd.DataFrame(values, columns=["a", "b", "c"])
    users = [n // 10 for n in YOUTHS]
    areas = make_areas(YOUTHS, users, gemeente=GEMEENTE, regio=[1, 1, 2, 2, 3], kenmerken=kenmerken)
    return make_design(areas, ModelSpec(imputations=2), seed=1)


def over_normal(function: Callable[[float], float]) -> float:
    return quad(lambda z: function(z) * norm.pdf(z), -12, 12, epsabs=1e-14, epsrel=1e-12, limit=200)[0]


@pytest.mark.parametrize(("sd", "tolerance"), [(0.05, 1e-12), (0.3, 1e-9), (0.5, 1e-9), (0.7, 2e-8), (1.0, 2e-6)])
def test_average_over_a_normal_effect(sd: float, tolerance: float) -> None:
    at = np.linspace(-6, 3, 19)
    exact = [over_normal(lambda z, centre=centre: expit(centre + sd * z)) for centre in at]
    np.testing.assert_allclose(mean_probability(at, np.full(19, sd)), exact, rtol=0, atol=tolerance)


def test_average_is_the_same_in_blocks_and_of_any_shape() -> None:
    at = np.random.default_rng(1).normal(-2, 1, (300, 1, 101))
    sd = np.random.default_rng(2).uniform(0, 0.5, (300, 2, 1))
    whole = mean_probability(at, sd)
    assert whole.shape == (300, 2, 101)
    np.testing.assert_array_equal(whole[7, 1], mean_probability(at[7, 0], sd[7, 1]))


def test_location_is_written_out(design: Design) -> None:
    draws = make_draws(design, 8)
    for d in range(8):
        for w, g in enumerate(GEMEENTE):
            r = design.regios.index(design.areas.wijken["jeugdzorgregio"].iloc[w])
            kenmerken = draws.alpha[d] + design.kenmerken_mean[w] @ draws.beta[d]
            groups = draws.regio[d, r] + draws.gemeente[d, g]
            own = draws.alpha[d] + design.completed(draws.imputation[d])[w] @ draws.beta[d] + groups
            assert location(design, draws, "national")[d, w] == pytest.approx(kenmerken, abs=1e-12)
            assert location(design, draws, "within_gemeente")[d, w] == pytest.approx(kenmerken + groups, abs=1e-12)
            assert fitted_location(design, draws)[d, w] == pytest.approx(own, abs=1e-12)
    assert set(draws.imputation.tolist()) == {0, 25}


@pytest.mark.parametrize("wijk", [{}, {"nu": 2.6}, {"outlying": 0.2}], ids=["normal", "student_t", "mixture"])
def test_expected_use_is_the_average_over_all_that_is_not_known(design: Design, wijk: dict[str, float]) -> None:
    """By brute force: an imputation, a new region, gemeente and wijk effect drawn a million times."""
    draws = make_draws(design, 4, **wijk)
    rng, count = np.random.default_rng(3), 1_000_000
    for reference in REFERENCES:
        found = expected_use(design, draws, reference)
        for d, w in [(0, 0), (2, 3), (3, 5)]:
            g = GEMEENTE[w]
            r = design.regio_of_gemeente[g]
            tables = np.array([design.completed(index)[w] @ draws.beta[d] for index in range(len(design.imputed))])
            eta = draws.alpha[d] + rng.choice(tables, count)
            if reference == "national":
                eta += draws.sigma_regio[d] * rng.standard_normal(count)
                eta += draws.sigma_gemeente[d, 0] * rng.standard_normal(count)
            else:
                eta += draws.regio[d, r] + draws.gemeente[d, g]
            own = rng.standard_normal(count) if draws.nu is None else rng.standard_t(draws.nu[d], count)
            if len(draws.share) == 2:
                own *= rng.choice(draws.times[:, d, 0], count, p=draws.share[:, d, 0])
            p = expit(eta + draws.sigma_wijk[d, w] * own)
            # imputations are taken as normal: 50 of them are a little skew
            assert found[d, w] == pytest.approx(p.mean(), abs=4 * p.std() / np.sqrt(count) + 1e-4), (reference, w)


@pytest.mark.parametrize("nu", [2.1, 3.0, 12.0])
def test_heavy_wijk_effects_against_quadrature(design: Design, nu: float) -> None:
    draws = make_draws(design, 2, nu=nu)
    assert draws.nu is not None
    points, weights = np.polynomial.hermite_e.hermegauss(30)
    for reference in REFERENCES:
        found, at = expected_use(design, draws, reference), location(design, draws, reference)
        variance = draws.kenmerken_variance + (reference == "national") * np.square(
            np.hypot(draws.sigma_regio, draws.sigma_gemeente[:, 0])[:, None]
        )
        for w in (0, 3, 9):  # the smallest wijk has an sd of 2.6 times that of one with 700 youths
            sd, scale, kind = np.sqrt(variance[1, w]), draws.sigma_wijk[1, w], student_t(draws.nu[1])

            def integrand(angle: float, at=at[1, w], sd=sd, scale=scale, kind=kind) -> float:
                inner = expit(at + scale * np.tan(angle) + sd * points) @ weights / weights.sum()
                return inner * kind.pdf(np.tan(angle)) / np.cos(angle) ** 2

            exact = quad(integrand, -np.pi / 2, np.pi / 2, epsabs=1e-9, limit=300)[0]
            assert found[1, w] == pytest.approx(exact, rel=2e-4)


def test_what_is_expected_never_sees_the_use_of_the_wijk(design: Design) -> None:
    draws = make_draws(design, 4)
    other = replace(draws, eta=draws.eta + 2)
    for reference in REFERENCES:
        np.testing.assert_array_equal(expected_use(design, draws, reference), expected_use(design, other, reference))
