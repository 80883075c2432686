"""Numbers of youths that fit a published figure, against brute force and against a truth that was simulated."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bayes_jeugdhulp.areas import build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.youths import TAILS, USE, candidates, draw_counts, pairs, spread_of_counts

SCP = CountsPolicy(suppressed_below=10, pct_decimals=3)


def printed(users: int, youths: int, decimals: int) -> set[Decimal]:
    """The percentage as it may be printed: two ways where it lies halfway."""
    exact, step = Fraction(100 * users, youths), Decimal(1).scaleb(-decimals)
    scaled = exact * 10**decimals
    if (2 * scaled).denominator == 1:
        ways = [ROUND_HALF_UP, ROUND_HALF_DOWN]
        return {(Decimal(scaled.numerator) / scaled.denominator).quantize(Decimal(1), way) * step for way in ways}
    floor = Decimal(scaled.numerator // scaled.denominator)
    return {(floor + (scaled - int(floor) > Fraction(1, 2))) * step}


@given(st.integers(1, 60), st.data(), st.integers(0, 3))
def test_pairs_are_those_of_brute_force(youths: int, data: st.DataObject, decimals: int) -> None:
    pct = data.draw(st.sampled_from(sorted(printed(data.draw(st.integers(0, youths)), youths, decimals))))
    brute = [(n, k) for n in range(1, 80) for k in range(n + 1) if pct in printed(k, n, decimals)]
    assert list(zip(*(part.tolist() for part in pairs(float(pct), decimals, 1, 79)), strict=True)) == brute
    assert any(n == youths for n, _ in brute)


def test_weights_worked_by_hand() -> None:
    found = candidates(100, 0.7, 14, 14, SCP, 14.737)
    n = found.youths
    assert n[:3].tolist() == [95, 190, 285]
    assert (found.users_low[:3].tolist(), found.users_high[:3].tolist()) == ([14, 28, 42], [14, 28, 42])
    scale = 0.7 / stats.t.std(TAILS)
    prior = stats.t.pdf(np.log(n / 100), TAILS, scale=scale) / n
    weight = prior * stats.betabinom.pmf(found.users_low, n, *USE)
    np.testing.assert_allclose(found.weight, weight / weight.sum(), rtol=1e-9)


def test_suppressed_counts_weigh_the_prior_by_the_chance_to_be_suppressed() -> None:
    found = candidates(90, 0.3, 0, 9, SCP)
    n = np.arange(1, 700)
    weight = stats.t.pdf(np.log(n / 90), TAILS, scale=0.3 / stats.t.std(TAILS)) / n
    weight *= stats.betabinom.cdf(9, n, *USE) * ((n >= found.youths[0]) & (n <= found.youths[-1]))
    weight /= weight.sum()
    assert found.youths @ found.weight == pytest.approx(n @ weight, rel=2e-3)
    assert (found.users_high == np.minimum(9, found.youths)).all()


def areas_of(**columns: list) -> pd.DataFrame:
    size = len(columns["youths"])
    codes = {"wijkcode": [f"WK0001{i:02d}" for i in range(size)], "gemeentecode": "GM0001"}
    frame = pd.DataFrame(codes | columns)
    return build_areas(frame, pd.DataFrame(index=frame.index), policy=SCP, title="proef").wijken


def test_every_kind_of_wijk_gets_its_own_draws() -> None:
    wijken = areas_of(
        youths=[93, 400, 6, 50, 700],
        youths_log_sd=[0.1, 0.0, 0.7, 0.5, 0.1],
        users=[14, 40, None, None, 70],
        observed_pct=[14.737, 10.0, None, None, 10.0],
        observed_state=["published", "published", "suppressed", "missing", "published"],
    )
    counts = draw_counts(wijken, SCP, 200, seed=3)
    assert counts.youths.shape == (200, 5)
    exact, free, missing = (slice(None), 1), (slice(None), 2), (slice(None), 3)
    assert set(zip(counts.youths[:, 0].tolist(), counts.users_low[:, 0].tolist(), strict=True)) == {(95, 14)}
    assert {int(part[exact][0]) for part in (counts.users_low, counts.users_high)} == {40}
    assert (counts.youths[exact] == 400).all()
    assert (counts.users_high[free] == np.minimum(9, counts.youths[free])).all(), "not cut off at six"
    assert counts.users_high[free].max() == 9
    assert (counts.users_low[missing] == 0).all()
    assert (counts.users_high[missing] == counts.youths[missing]).all()
    assert np.median(counts.youths[missing]) == pytest.approx(50, abs=3)
    assert np.log(counts.youths[missing]).std() == pytest.approx(0.5, abs=0.1)
    ten = counts.youths[:, 4]
    assert len(set(ten.tolist())) > 10
    assert (counts.users_low[:, 4] == counts.users_high[:, 4]).all()
    assert np.abs(100 * counts.users_low[:, 4] / ten - 10).max() <= 0.0005 + 1e-9
    spread = spread_of_counts(wijken, SCP)
    assert (np.diff(spread.youths, axis=0) >= 0).all()
    assert spread.youths[2, 1] == 400


def test_a_percentage_that_no_near_number_gives_is_looked_for_further_away() -> None:
    found = candidates(86, 0.01, 11, 11, SCP, 46.257)
    k, n = found.users_low, found.youths
    assert len(n)
    assert (np.abs(100 * k / n - 46.257) <= 0.0005 + 1e-9).all()
    assert (k >= 10).all()


@pytest.mark.parametrize("log_sd", [0.12, 0.7])
def test_the_true_number_is_a_fair_draw_from_its_weights(log_sd: float) -> None:
    """Simulate truth and approximation: the place of the true n among the weighted pairs is uniform."""
    rng = np.random.default_rng(8)
    places: list[float] = []
    while len(places) < 1500:
        centre = int(rng.integers(150, 1500))
        error = stats.t.rvs(TAILS, random_state=rng) * log_sd / stats.t.std(TAILS)
        n = round(centre * np.exp(error))
        if n < 1 or abs(error) > np.log(8):
            continue
        k = int(rng.binomial(n, rng.beta(*USE)))
        if k < 10:  # suppressed; what is published is fair on its own
            continue
        found = candidates(centre, log_sd, k, k, SCP, round(100 * k / n, 3))
        below = found.weight[found.youths < n].sum()
        places.append(below + rng.random() * found.weight[found.youths == n].sum())
    assert stats.kstest(places, "uniform").pvalue > 0.01
