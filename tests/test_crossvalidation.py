"""Scores of gemeenten left out, against brute force and a sum over counts; folds; a whole crossvalidation."""

import numpy as np
import pytest
from handmade import make_areas, make_draws
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom, norm

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference.crossvalidation import (
    expected_if_published,
    gemeente_folds,
    score_fold,
    score_gemeenten,
)
from bayes_jeugdhulp.inference.expected import Draws
from bayes_jeugdhulp.model import Design, ModelSpec, make_design

STEPS = np.linspace(-30, 30, 4001)
GEMEENTE = [0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 4]
YOUTHS = [400, 90, 2000, 700, 60, 5000, 300, 800, 250, 120, 900, 40]
USERS = [45, 4, 150, 90, 7, 420, None, 60, None, None, 100, 12]  # below 10 suppressed; two of the last are missing


def make() -> Design:
    areas = make_areas(YOUTHS, USERS, gemeente=GEMEENTE, regio=[1, 1, 2, 2, 2], policy=CountsPolicy(10))
    return make_design(areas, ModelSpec(imputations=1))


@pytest.mark.parametrize("outlying", [None, 0.1], ids=["normal", "mixture"])
def test_score_of_a_gemeente_against_brute_force(outlying: float | None) -> None:
    """The gemeente's effect drawn many times, the wijk effects integrated one by one."""
    design, gemeente = make(), 0
    draws = make_draws(design, 4, outlying=outlying)
    wijken = np.flatnonzero(design.gemeente_of_wijk == gemeente)
    found = score_gemeenten(design, draws, np.array([gemeente]), wijken)
    assert found.shape == (1,)

    x = design.completed(0)
    regio = design.regio_of_gemeente[gemeente]
    levels = norm.ppf((np.arange(400) + 0.5) / 400)  # stratified, so that a few serve
    chances = []
    for d in range(4):
        centre = draws.alpha[d] + x[wijken] @ draws.beta[d] + draws.regio[d, regio]
        for z in levels:
            chance = 1.0
            for i, w in enumerate(wijken):
                eta = centre[i] + draws.sigma_gemeente[d, gemeente] * z + draws.sigma_wijk[d, w] * STEPS
                low, high, n = design.users_low[w], design.users_high[w], design.youths[w]
                figure = binom.cdf(high, n, expit(eta)) - binom.cdf(low - 1, n, expit(eta))
                parts = zip(draws.share[:, d, 0], draws.times[:, d, 0], strict=True)
                density = sum(share * norm.pdf(STEPS, scale=times) for share, times in parts)
                chance *= (figure * density).sum() * (STEPS[1] - STEPS[0])
            chances.append(chance)
    assert found[0] == pytest.approx(np.log(np.mean(chances)), abs=0.003)


def test_scores_of_gemeenten_stand_apart_and_missing_figures_say_nothing() -> None:
    design = make()
    draws = make_draws(design, 40)
    together = score_gemeenten(design, draws, np.array([0, 1, 3]), np.flatnonzero(np.isin(GEMEENTE, [0, 1, 3])))
    for gemeente, score in zip((0, 1, 3), together, strict=True):
        wijken = np.flatnonzero(design.gemeente_of_wijk == gemeente)
        alone = score_gemeenten(design, draws, np.array([gemeente]), wijken)
        np.testing.assert_allclose(score, alone[0], rtol=1e-12)
    silent = design.without(np.flatnonzero(design.gemeente_of_wijk == 2))
    assert score_gemeenten(silent, draws, np.array([2]), np.array([5])) == pytest.approx(0, abs=1e-5)


def test_the_figures_of_a_gemeente_alone_add_up_to_one() -> None:
    """Over all that could have been published of a gemeente of one wijk; its own fitted effect takes no part."""
    total = 0.0
    for count in (4, *range(10, 31)):
        areas = make_areas(
            [30, *[400] * 9], [count, *[40] * 9], gemeente=[0, 1, 1, 1, 2, 2, 3, 3, 4, 4], policy=CountsPolicy(10)
        )
        design = make_design(areas, ModelSpec())
        draws = make_draws(design, 6, seed=1)
        total += np.exp(score_gemeenten(design, draws, np.array([0]), np.array([0]))[0])
    assert total == pytest.approx(1, abs=1e-5)


def test_a_fold_is_fitted_without_its_figures_and_told_by_its_region() -> None:
    design, asked = make(), []
    draws = make_draws(design, 400, constant=True)

    def refit(without: Design) -> Draws:
        asked.append(np.flatnonzero(~without.observed).tolist())
        return draws

    gemeenten, wijken = np.array([0, 3]), np.flatnonzero(np.isin(GEMEENTE, [0, 3]))
    elpd, expected, published = score_fold(design, gemeenten, wijken, refit, 1)
    assert asked == [sorted({*wijken.tolist(), *np.flatnonzero(~design.observed).tolist()})]
    assert (elpd.shape, expected.shape) == ((2,), wijken.shape)
    sd = np.hypot(draws.sigma_gemeente[0, 0], draws.sigma_wijk[0, wijken])
    x = design.completed(0)[wijken]
    centre = draws.alpha[0] + x @ draws.beta[0] + draws.regio[0, design.regio_of_gemeente[np.array(GEMEENTE)[wijken]]]
    z = np.linspace(-8, 8, 2001)
    for i, w in enumerate(wijken):
        n, p = design.youths[w], expit(centre[i] + sd[i] * z)
        density = norm.pdf(z) / norm.pdf(z).sum()
        assert expected[i] == pytest.approx(p @ density, rel=1e-6)
        k = np.arange(10, n + 1)
        users, reached = (k[:, None] * binom.pmf(k[:, None], n, p)).sum(axis=0) @ density, binom.sf(9, n, p) @ density
        assert published[i] == pytest.approx(users / n / reached, rel=0.01)  # by 400 stratified draws
    assert published[1] > 1.1 * expected[1], "small: that it is published says that it is high"


@given(
    youths=st.integers(1, 60),
    limit=st.integers(0, 12),
    p=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=4),
)
def test_expected_if_published_is_a_sum_over_counts(youths: int, limit: int, p: list[float]) -> None:
    counts = np.arange(youths + 1)
    pmf = np.mean([binom.pmf(counts, youths, value) for value in p], axis=0)
    found = expected_if_published(np.array(p)[:, None], np.array([youths]), limit)[0]
    reached = counts >= limit
    if limit > youths:
        assert np.isnan(found)
    else:
        assert found == pytest.approx((counts / youths * pmf)[reached].sum() / pmf[reached].sum(), rel=1e-9)


@given(sizes=st.lists(st.integers(1, 9), min_size=5, max_size=40), folds=st.integers(2, 5), seed=st.integers(0, 99))
def test_gemeenten_are_dealt_evenly(sizes: list[int], folds: int, seed: int) -> None:
    design = type("Sized", (), {"gemeente_of_wijk": np.repeat(np.arange(len(sizes)), sizes)})()
    fold = gemeente_folds(design, folds, seed)
    assert set(fold.tolist()) == set(range(folds)), "no fold is empty"
    load = np.bincount(fold, sizes)
    assert load.max() - load.min() <= max(sizes)
    np.testing.assert_array_equal(fold, gemeente_folds(design, folds, seed))
