"""The gate's diagnostics against ArviZ's own, and what mixed imputations do to them."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from bayes_jeugdhulp.inference import convergence
from bayes_jeugdhulp.inference.convergence import _ess, _normalised, _r_hat, _split, diagnose

CHAINS, DRAWS = 4, 400
AXES = {"chain_axis": 1, "draw_axis": 2}


def chains(elements: int = 3) -> np.ndarray:
    """Autocorrelated draws, (chain, draw, element)."""
    rng = np.random.default_rng(1)
    values = rng.standard_normal((CHAINS, DRAWS, elements))
    for d in range(1, DRAWS):
        values[:, d] += 0.6 * values[:, d - 1]
    return np.exp(values / 2)


def turns(imputations: int) -> np.ndarray:
    return np.tile(np.arange(DRAWS) % imputations, (CHAINS, 1))


def test_with_one_imputation_they_are_those_of_arviz() -> None:
    values = chains()
    values[1, :, 1] += 0.5  # one chain elsewhere
    apart = np.moveaxis(values, 2, 0)
    wanted = (
        array_stats.rhat(apart, method="rank", **AXES),
        array_stats.ess(apart, method="bulk", **AXES),
        array_stats.ess(apart, method="tail", prob=(0.05, 0.95), **AXES),
    )
    for found, expected in zip(diagnose(values, turns(1)), wanted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


@given(
    st.integers(0, 2**32), st.integers(2, 5), st.integers(4, 60), st.sampled_from([-0.7, 0.0, 0.5, 0.95]), st.booleans()
)
def test_many_at_once_are_what_arviz_makes_of_each(seed: int, chains: int, draws: int, lag: float, whole: bool) -> None:
    values = np.random.default_rng(seed).standard_normal((6, chains, draws))
    for d in range(1, draws):
        values[..., d] += lag * values[..., d - 1]
    values[0] += np.arange(chains)[:, None]
    values[1] = 1.5
    if whole:  # equal values
        values = values.round()
    with np.errstate(all="ignore"):
        ess = array_stats.ess(values, method="mean", **AXES)
        r_hat = array_stats.rhat(values, method="split", **AXES)
    np.testing.assert_allclose(_ess(_split(values)), ess, rtol=1e-10)
    np.testing.assert_allclose(_r_hat(_split(values)), r_hat, rtol=1e-10)


@given(st.integers(0, 2**32), st.integers(2, 40), st.booleans())
def test_normal_scores_are_those_of_the_ranks(seed: int, count: int, whole: bool) -> None:
    values = np.random.default_rng(seed).normal(0, 3, (3, 2, count)).astype(np.float32)
    if whole:
        values[1:] = values[1:].round()
    ranks = rankdata(values.astype(float), axis=-1)
    far = rankdata(np.abs(ranks - (count + 1) / 2), axis=-1)
    for found, expected in zip(_normalised(values), (ranks, far), strict=True):
        np.testing.assert_allclose(found, norm.ppf((expected - 0.375) / (count + 0.25)), rtol=1e-12, atol=1e-12)


def test_imputations_may_differ_and_chains_may_not() -> None:
    values, two = chains(1), turns(2)
    shifted = values + 10 * two[:, :, None]
    for found, plain in zip(diagnose(shifted, two), diagnose(values, two), strict=True):
        np.testing.assert_array_equal(found, plain)
    values[2, two[2] == 1] += 1  # a chain that went elsewhere in one of the imputations
    assert diagnose(values, two)[0][0] > 1.05
    assert diagnose(chains(1), two)[0][0] < 1.02


def test_what_never_moved_is_not_a_number() -> None:
    values = chains(2)
    values[:, :, 1] = 0.3
    r_hat, _, _ = diagnose(values, turns(1))
    assert np.isnan(r_hat).tolist() == [False, True]
    values[3, 7, 1] = np.nan
    for part in (*diagnose(values, turns(1)), *diagnose(values, turns(150))):  # of the latter too few draws
        assert np.isnan(part[1])
    assert np.isfinite([part[0] for part in diagnose(values, turns(1))]).all()


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    values, two = chains(5), turns(2)
    whole = diagnose(values, two)
    monkeypatch.setattr(convergence, "BLOCK", 2 * CHAINS * DRAWS)
    for found, expected in zip(diagnose(values, two), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
