"""Imputed kenmerken against a truth that is known: how they vary, what they keep to, and what they never see."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_jeugdhulp.model import ModelSpec, imputation, make_design
from bayes_jeugdhulp.model.imputation import BURN_IN, SPACING
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

DRAWS = 100


def impute(
    table: np.ndarray,
    upper: np.ndarray,
    size: np.ndarray,
    draws: int,
    seed: int,
    group: np.ndarray | None = None,
    small_counts: bool = False,
) -> np.ndarray:
    """Impute with one gemeente and gaps at random, unless said otherwise."""
    group = np.zeros(len(table), int) if group is None else group
    stated = np.full(table.shape[1], small_counts)
    return imputation.impute(table, upper, size, group, stated, draws, seed)


def gapped(rows: int, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three related columns (the last skewed) and their size, with gaps completely at random in the last two."""
    rng = np.random.default_rng(11)
    size = rng.normal(size=rows)
    a = 0.5 * size + rng.normal(size=rows)
    b = 2 + 0.8 * a - 0.6 * size + 0.5 * rng.normal(size=rows)
    c = np.exp(0.5 * b + 0.3 * rng.normal(size=rows))
    complete = np.column_stack([a, b, c])
    table = complete.copy()
    table[:, 1:][rng.random((rows, 2)) < share] = np.nan
    return complete, table, size


@pytest.fixture(scope="module")
def imputed() -> dict[str, np.ndarray]:
    complete, table, size = gapped(1500, 0.25)
    missing = np.isnan(table)
    draws = np.tile(table, (DRAWS, 1, 1))
    draws[:, missing] = impute(table, np.full_like(table, np.nan), size, DRAWS, seed=1)
    return {"truth": complete, "draws": draws, "missing": missing, "size": size}


def test_mean_and_variance_of_the_gaps_are_those_of_the_truth(imputed: dict[str, np.ndarray]) -> None:
    for j, function in ((1, np.asarray), (2, np.log)):
        gap = imputed["missing"][:, j]
        drawn, truth = function(imputed["draws"][:, gap, j]), function(imputed["truth"][gap, j])
        # residual sd .5 (b) and .4 (log c given b, of which a quarter is missing too); 4 standard errors
        assert drawn.mean() == pytest.approx(truth.mean(), abs=4 * 0.5 / np.sqrt(gap.sum()))
        assert drawn.var(axis=1).mean() == pytest.approx(truth.var(), rel=4 * np.sqrt(2 / gap.sum()))


def test_the_relation_between_columns_is_recovered_in_the_gaps(imputed: dict[str, np.ndarray]) -> None:
    gap = imputed["missing"][:, 1]
    slopes = []
    for draw in imputed["draws"]:
        x = np.column_stack([np.ones(gap.sum()), draw[gap, 0], imputed["size"][gap]])
        slopes.append(np.linalg.lstsq(x, draw[gap, 1])[0])
    # each slope is as uncertain as a regression on the 375 gaps and the 1,125 others makes it: .5 / sqrt(375), twice
    np.testing.assert_allclose(np.mean(slopes, axis=0), [2, 0.8, -0.6], atol=4 * 2 * 0.5 / np.sqrt(gap.sum()))


def test_imputations_differ_as_much_as_the_gaps_leave_open() -> None:
    complete, table, size = gapped(400, 0.5)
    table[:, 2] = complete[:, 0]  # one incomplete column, so that theory is simple
    table, gap = table[:, 1:], np.isnan(table[:, 1])
    drawn = impute(table, np.full_like(table, np.nan), size, 300, seed=2)
    # variance of the mean of the gaps: residuals there, and of the regression on the others (Rubin 1987, chapter 5)
    expected = 0.5**2 * (1 / gap.sum() + 1 / (~gap).sum())
    assert drawn.mean(axis=1).var() == pytest.approx(expected, rel=0.35)  # four errors of a variance of 300 draws
    centred = drawn.mean(axis=1) - drawn.mean()
    assert abs((centred[1:] * centred[:-1]).mean() / centred.var()) < 4 / np.sqrt(300), "neighbours are independent"


def test_known_bounds_and_discrete_values_are_kept_to() -> None:
    complete, table, size = gapped(300, 0.3)
    table[:, 0] = np.where(np.isnan(table[:, 1]), np.nan, np.round(table[:, 0]))  # discrete, and with gaps
    upper = np.where(np.isnan(table), complete + np.random.default_rng(3).exponential(0.5, complete.shape), np.nan)
    upper[::2] = np.nan
    upper[:, 0] = np.nan
    rows, columns = np.nonzero(np.isnan(table))
    drawn = impute(table, upper, size, 20, seed=4)
    bounded = ~np.isnan(upper[rows, columns])
    assert bounded.sum() > 50
    assert (drawn[:, bounded] <= upper[rows, columns][bounded]).all()
    assert set(np.unique(drawn[:, columns == 0])) <= set(np.unique(table[~np.isnan(table[:, 0]), 0]))
    lowest, highest = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
    # a kenmerk of which low values are hidden reaches below what is published; a column with negatives goes by ranks
    assert ((drawn >= lowest[columns]) | bounded | (columns == 2)).all()
    assert (drawn[:, columns == 2] > 0).all()
    assert (drawn <= highest[columns]).all()
    unbounded = impute(table, np.full_like(table, np.nan), size, 20, seed=4)
    assert drawn[:, bounded].mean() < unbounded[:, bounded].mean()


def test_the_same_seed_gives_the_same_and_nothing_missing_gives_nothing() -> None:
    complete, table, size = gapped(60, 0.2)
    none = np.full_like(table, np.nan)
    first, again, other = (impute(table, none, size, 3, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9
    assert impute(complete, none, size, 3, seed=1).shape == (3, 0)
    assert BURN_IN >= 10 * SPACING


def test_what_is_known_stays_and_use_is_never_seen() -> None:
    areas = simulated_netherlands(8, wijken=80, gemeenten=10, regios=2).areas
    design = make_design(areas, ModelSpec(imputations=2), seed=5)
    raw = areas.kenmerken[list(design.kenmerken)].to_numpy()
    for index in range(len(design.imputed)):
        back = design.completed(index) * design.scale + design.centre
        np.testing.assert_allclose(back[~np.isnan(raw)], raw[~np.isnan(raw)], rtol=1e-12)
        assert not np.isnan(back).any()
    users = areas.wijken["youths"] // 7
    other = replace(
        areas,
        wijken=areas.wijken.assign(observed_state="published", users_low=users, users_high=users, observed_pct=100 / 7),
    )
    np.testing.assert_array_equal(make_design(other, ModelSpec(imputations=2), seed=5).imputed, design.imputed)


@pytest.mark.parametrize("table", [(20, 27), (28, 26)], ids=["fewer wijken than kenmerken", "as many"])
def test_few_wijken_are_imputed_too(table: tuple[int, int]) -> None:
    x = np.random.default_rng(1).normal(size=table)
    x[:4, 0] = np.nan
    drawn = impute(x, np.full_like(x, np.nan), np.ones(len(x)), 200, seed=1)  # all wijken of one size
    assert np.nanmin(x[:, 0]) <= drawn.min() < drawn.max() <= np.nanmax(x[:, 0])
    assert (drawn.std(axis=0) > 0.3).all()


def test_kenmerken_that_say_the_same_fill_each_other() -> None:
    x = np.repeat(np.random.default_rng(1).normal(size=(200, 2)), 2, axis=1)
    x[:20, 0] = np.nan
    drawn = impute(x, np.full_like(x, np.nan), np.zeros(200), 50, seed=1)
    assert np.corrcoef(drawn.mean(axis=0), x[:20, 1])[0, 1] > 0.99
