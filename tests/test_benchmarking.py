"""Counts held to published totals: against enumeration and the linear formula; what is refused and not given away."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Fitted
from handmade import make_areas, make_draws
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, DisclosureError
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.results import benchmarking, make_results
from bayes_jeugdhulp.results.benchmarking import benchmark, benchmarked_columns, draw_given_sum, hold, left_open
from bayes_jeugdhulp.results.disclosure import guard
from bayes_jeugdhulp.results.groups import by_gemeente, together
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS, draw_users
from bayes_jeugdhulp.sources.totals import LEAST_SD, PublishedTotals, read_totals

YOUTHS = [100, 300, 400, 600, 500, 500, 200, 300, 12, 20]
USERS = [30, 30, 4, 60, 50, None, 5, 2, 1, 3]
BELOW_TEN = CountsPolicy(10)
EXACT = CountsPolicy()


@pytest.fixture(scope="module")
def design() -> Design:
    areas = make_areas(YOUTHS, USERS, gemeente=[i // 2 for i in range(10)], regio=[7, 7, 8, 8, 8], policy=BELOW_TEN)
    return make_design(areas, ModelSpec())


def totals(rows: dict[str, dict[str, float]]) -> PublishedTotals:
    empty = {"row": 2, "sd": 0.0, "remainder": np.nan}
    frame = pd.DataFrame({code: empty | row for code, row in rows.items()}).T
    return PublishedTotals(frame, "totalen.csv", EXACT)


def exact(total: float, **other: float) -> dict[str, float]:
    return {"low": total, "high": total, **other}


# ------------------------------------------------------------------------------------------------------- the draws


@pytest.mark.parametrize("cells", [benchmarking.CELLS, 300])
def test_draws_given_their_sum_follow_their_joint_distribution(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarking, "CELLS", cells)  # all at once, and in parts
    rng = np.random.default_rng(1)
    # three posterior draws, each many times over, that differ in what they make of the sum
    kinds = [rng.dirichlet(np.full(size, 0.5), 3) for size in (4, 3, 6)]
    weight = np.array([0, 0, 0.2, 1, 0, 0, 3, 1, 1])
    drawn = draw_given_sum([np.repeat(kind, 20_000, axis=0) for kind in kinds], weight, rng)
    chance = {
        counts: sum(np.prod([kind[d, k] for kind, k in zip(kinds, counts, strict=True)]) for d in range(3)) * w
        for counts in product(range(4), range(3), range(6))
        if (w := weight[sum(counts)] if sum(counts) < len(weight) else 0)
    }
    whole = sum(chance.values())
    found, times = np.unique(drawn, axis=0, return_counts=True)
    seen = {tuple(row): n / len(drawn) for row, n in zip(found.tolist(), times.tolist(), strict=True)}
    assert set(seen) <= set(chance)
    for counts, probability in chance.items():
        p = probability / whole
        assert abs(seen.get(counts, 0) - p) < 4.5 * np.sqrt(p / len(drawn)) + 1e-4


def test_an_error_gives_the_mean_and_spread_of_the_linear_formula() -> None:
    """Datta et al. 2011: nearly normal counts of two missing wijken, t 10 above what is expected, an error of 8."""
    areas = make_areas([900, 600] + [500] * 8, [None] * 2 + [60] * 8, gemeente=[0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    design = make_design(areas, ModelSpec())
    draws = make_draws(design, 4000, constant=True)
    p = expit(draws.eta[0, :2])
    x0, w = areas.wijken["youths"].to_numpy()[:2] * p, np.diag(areas.wijken["youths"].to_numpy()[:2] * p * (1 - p))
    r, t = np.ones((2, 1)), x0.sum() + 10
    gain = w @ r @ np.linalg.inv(r.T @ w @ r + 8.0**2)
    x1, covariance = x0 + gain @ np.array([10.0]), w - gain @ r.T @ w
    held = benchmark(design, draws, draw_users(design, draws, 1), totals({"GM0000": exact(t, sd=8.0, remainder=0)}), 1)
    error = np.sqrt(np.diag(covariance) / 4000)
    # 0.3: the binomial's skewness, which the linear formula leaves out
    assert (np.abs(held.users[:, :2].mean(axis=0) - x1) < 4.5 * error + 0.3).all()
    np.testing.assert_allclose(np.cov(held.users[:, :2].T), covariance, rtol=0.15)
    soft, hard = (
        benchmark(design, draws, held.users, totals({"GM0000": exact(round(t), sd=sd, remainder=0)}), 1).users[:, :2]
        for sd in (LEAST_SD, 0.0)
    )
    np.testing.assert_allclose(soft.mean(axis=0), hard.mean(axis=0), atol=1.5)


# ---------------------------------------------------------------------------------------------- what a total leaves


@pytest.mark.parametrize(
    ("total", "known", "expected"),
    [
        (exact(112, remainder=0), 100, None),  # 12 hidden users, where at most 9 are possible
        (exact(99, remainder=0), 100, None),  # fewer than are published
        (exact(99), 100, None),
        ({"low": 103, "high": 107, "remainder": 0}, 100, (3, 7, False)),  # rounded to five
        ({"low": 108, "high": 112, "remainder": 0}, 100, (5, 9, True)),  # 8 or 9: not to be told
        ({"low": 113, "high": 117, "remainder": 10}, 100, (3, 7, False)),
        (exact(103, remainder=0), 100, (0, 4, True)),
        (exact(106), 100, (0, 6, False)),  # who else is outside is not known
        (exact(102), 100, (0, 4, True)),
        (exact(500), 100, (0, 9, False)),
        ({"low": 0, "high": 7}, 0, (0, 7, False)),  # a suppressed total
    ],
)
def test_what_a_total_leaves_for_ten_counts(
    total: dict[str, float], known: int, expected: tuple[int, int, bool] | None
) -> None:
    found = hold(pd.Series({"sd": 0.0, "remainder": np.nan} | total), known, 0, 9)
    if expected is None:
        assert found is None
        return
    assert found
    assert (found.low, found.high, found.widened) == expected
    assert found.weight.tolist() == [float(found.low <= s <= found.high) for s in range(10)]


def test_what_a_total_with_an_error_leaves() -> None:
    near, above = (hold(pd.Series(exact(103, sd=2.0, remainder=remainder)), 100, 0, 9) for remainder in (0, np.nan))
    assert near
    assert above
    assert near.weight[3] == near.weight.max()
    assert near.weight[5] / near.weight[3] == pytest.approx(np.exp(-0.5))
    assert (np.diff(above.weight) < 0).all()
    assert above.weight[3] / above.weight[0] == pytest.approx(0.5 / 0.9331928)
    far = hold(pd.Series(exact(20, sd=2.0, remainder=0.0)), 100, 0, 9)  # contradicted by the published counts
    assert far
    assert far.weight[0] == 1


@given(st.data())
def test_bounds_that_are_used_leave_five_sums_open_and_do_not_say_which(data: st.DataObject) -> None:
    least = data.draw(st.integers(0, 40))
    most = least + data.draw(st.integers(0, 40))
    low = data.draw(st.integers(least, most))
    high = data.draw(st.integers(low, most))
    used = left_open(low, high, least, most)
    assert least <= used[0] <= low <= high <= used[1] <= most
    assert used[1] - used[0] + 1 >= min(SHOWN_COUNTS, most - least + 1)
    exactly = left_open(low, low, least, most)
    assert {left_open(s, s, least, most) for s in range(exactly[0], exactly[1] + 1)} == {exactly}


# ------------------------------------------------------------------------------------------------------ the tables


def columns(design: Design, published: PublishedTotals, seed: int = 1) -> pd.DataFrame:
    draws = make_draws(design, 400)
    held = benchmark(design, draws, draw_users(design, draws, seed), published, seed)
    return pd.DataFrame(benchmarked_columns(by_gemeente(design), design, held, 0.95), list(design.gemeenten))


def test_columns_worked_by_hand(design: Design) -> None:
    """GM0000 is known (60 of 400); GM0001 has 60 and one suppressed wijk; GM0003 two suppressed."""
    given = totals(
        {
            "GM0000": {"low": 63, "high": 67},
            "GM0001": {"low": 63, "high": 67, "remainder": 0},
            "GM0003": exact(18, remainder=0),
        }
    )
    found = columns(design, given).T
    assert list(found.loc["totals_used"]) == [1, 1, 0, 1, 0]
    assert found["GM0002"].drop("totals_used").isna().all()
    assert found["GM0000"].tolist() == pytest.approx([1, 15, 15, 15, 3, 7])  # 3 to 7 users elsewhere
    known = found["GM0001"]
    assert known[["actual_low_benchmarked", "actual_high_benchmarked"]].tolist() == pytest.approx([6.3, 6.7])
    assert known[["remainder_low", "remainder_high"]].tolist() == [0, 0]
    told = found["GM0003"]  # 18 is the most two can hide, and would tell both: 10 to 18 stand for it
    assert told["actual_low_benchmarked"] >= 100 * 10 / 500
    assert told[["remainder_low", "remainder_high"]].isna().all()


def test_no_exact_total_tells_a_suppressed_count(design: Design) -> None:
    """Whatever we write is the same for every count in a block of five."""
    tables = [columns(design, totals({"GM0001": exact(60 + hidden, remainder=0)})) for hidden in range(10)]
    for hidden in range(10):
        pd.testing.assert_frame_equal(tables[hidden], tables[hidden // 5 * 5])
    assert not tables[0].equals(tables[5]), "but a total does say something"


def test_totals_add_up_and_only_where_there_is_one_are_counts_changed(design: Design) -> None:
    draws = make_draws(design, 400)
    users = draw_users(design, draws, 1)
    held = benchmark(design, draws, users, totals({"GM0003": {"low": 3, "high": 7, "remainder": 0}}), 1)
    other = design.gemeente_of_wijk != 3
    np.testing.assert_array_equal(held.users[:, other], users[:, other])
    sums = held.users[:, ~other].sum(axis=1)
    assert {*sums.tolist()} <= {*range(3, 8)}
    whole = pd.DataFrame(benchmarked_columns(together(design), design, held, 0.95)).iloc[0]
    youths = design.youths.sum()
    assert whole["totals_used"] == 1
    assert whole["actual_pct_benchmarked"] == pytest.approx(100 * held.users.sum(axis=1).mean() / youths)
    assert np.isnan(whole["remainder_low"]), "other gemeenten have no total"


def test_every_contradiction_is_named_unless_the_total_has_an_error(design: Design) -> None:
    wrong = {"GM0000": exact(58), "GM0001": exact(75, remainder=3)}
    with pytest.raises(DataError) as refused:
        columns(design, totals(wrong))
    first, second = map(str, refused.value.problems)
    assert "the total of GM0000 is 58, but its listed wijken have 60 to 60 users;" in first
    assert "the total of GM0001 is 75, but its listed wijken have 60 to 69 users and 3 outside them;" in second
    soft = columns(design, totals({code: row | {"sd": 3.0} for code, row in wrong.items()})).T
    assert list(soft.loc["totals_used"]) == [1, 1, 0, 0, 0]
    assert soft["GM0000"][["remainder_low", "remainder_high"]].tolist() == [-2, -2]
    with pytest.raises(DataError, match="none of the 5 gemeenten"):
        columns(design, totals({"GM0999": exact(5)}))


def test_true_totals_of_a_fitted_country(fitted: Fitted) -> None:
    """Rounded to five, they narrow what is hidden, and what is hidden lies where they say."""
    wijken = fitted.areas.wijken
    hidden = wijken["observed_state"] != "published"
    users = fitted.country.truth["users"].to_series().where(hidden, wijken["users_low"])
    true = users.groupby(wijken["gemeentecode"]).sum()
    policy = CountsPolicy(rounded_to=5)
    least, most = policy.bounds(policy.publish(true.to_numpy()))
    rows = {"row": 2.0, "low": least, "high": most, "sd": 0.0, "remainder": 0.0}
    published = PublishedTotals(pd.DataFrame(rows, true.index), "totalen.csv", policy)
    results = make_results(fitted.tree, totals=published)
    guard(results)
    broken = results.gemeenten.assign(actual_high_benchmarked=results.gemeenten["actual_low_benchmarked"])
    with pytest.raises(DisclosureError, match="to within 1 counts"):
        guard(replace(results, gemeenten=broken))
    table = results.gemeenten.set_index("gemeentecode")
    table = table[table["actual_high"] > table["actual_low"]]
    pct = 100 * true.loc[table.index] / table["youths"]
    assert len(table) > 10
    width, covered, error = {}, {}, {}
    for kind in ("", "_benchmarked"):
        low, high = (table[f"actual_{end}{kind}"] for end in ("low", "high"))
        width[kind], covered[kind] = (high - low).mean(), pct.between(low - 1e-9, high + 1e-9).mean()
        error[kind] = (table[f"actual_pct{kind}"] - pct).abs().mean()
    assert covered["_benchmarked"] >= 0.95
    assert width["_benchmarked"] < 0.6 * width[""]
    assert error["_benchmarked"] < 0.6 * error[""]


# -------------------------------------------------------------------------------------------------------- the file


def write(folder: Path, text: str) -> Path:
    path = folder / "totalen.csv"
    path.write_text(text)
    return path


def test_a_file_of_totals(tmp_path: Path) -> None:
    text = "gemeentecode;gemeentenaam;users;users_remainder;users_sd\nGM0001;A;120;0;\nGM0002;B;geheim;;0\n"
    found = read_totals(write(tmp_path, text + "GM0003;C;;4;\nGM0004;D;97,5;;3,5\n"), CountsPolicy(8, 5)).gemeenten
    assert found.index.tolist() == ["GM0001", "GM0002", "GM0004"], "no total of GM0003: missing is not zero"
    assert found[["row", "low", "high", "sd"]].to_numpy().tolist() == [
        [2, 118, 122, 0],
        [3, 0, 7, 0],
        [5, 97.5, 97.5, 3.5],
    ]
    assert found["remainder"].fillna(-1).tolist() == [0, -1, -1]


def test_all_problems_of_a_file_of_totals_come_at_once(tmp_path: Path) -> None:
    rows = ["GM1;10;;", "GM0002;x;;", "GM0003;12;;", "GM0004;10,5;;", "GM0005;5;;", "GM0005;10;-1;", "GM0006;10;;1"]
    text = "gemeentecode;users;users_remainder;users_sd\n" + "\n".join([*rows, "GM0007;geheim;;2"])
    with pytest.raises(DataError) as refused:
        read_totals(write(tmp_path, text), CountsPolicy(8, 5))
    places = [(problem.row, problem.column) for problem in refused.value.problems]
    assert places == [
        (2, "gemeentecode"),
        (3, "users"),
        (4, "users"),
        (5, "users"),
        (6, "users"),
        (7, "gemeentecode"),
        (7, "users_remainder"),
        (8, "users_sd"),
        (9, "users_sd"),
    ]
    with pytest.raises(DataError, match=r"no column 'users'.*\n.*column remainder: this column is not known"):
        read_totals(write(tmp_path, "gemeentecode;remainder\nGM0001;3"))
    with pytest.raises(DataError, match="no suppressed totals unless"):
        read_totals(write(tmp_path, "gemeentecode;users\nGM0001;geheim"))
