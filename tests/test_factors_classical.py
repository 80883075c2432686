"""The classical steps against independent implementations, to 1e-8, and what they say where a step is not possible."""

import doctest
import re
import warnings
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.factors.adequacy import bartlett, drop_unsuited, kmo
from bayes_jeugdhulp.factors.components import communalities, explained, principal_components, varimax
from bayes_jeugdhulp.factors.correlations import check_matrix, correlate
from bayes_jeugdhulp.factors.possible import NotPossible
from bayes_jeugdhulp.factors.published import impossible_triples, largest_sound_sets, sizes_behind_stars
from bayes_jeugdhulp.factors.regression import regress, regress_one_by_one
from bayes_jeugdhulp.factors.reliability import (
    believable_alpha,
    cronbach_alpha,
    largest_alpha,
    standardised_alpha,
)
from bayes_jeugdhulp.factors.scores import factor_scores, score_weights

CLOSE: dict[str, float] = {"rel": 1e-8, "abs": 1e-10}  # abs: where the figure is 0, or nearly
NAMES = [f"i{number}" for number in range(9)]

with warnings.catch_warnings():  # both complain of their own dependencies while they are imported
    warnings.simplefilter("ignore")
    import factor_analyzer
    import pingouin


def figures(seed: int, n: int = 60, gaps: float = 0.0) -> pd.DataFrame:
    """Nine indicators of three factors, in units that differ a thousandfold."""
    rng = np.random.default_rng(seed)
    loadings = np.kron(np.eye(3), np.ones((1, 3))) + 0.3 * rng.standard_normal((3, 9))
    values = rng.standard_normal((n, 3)) @ loadings + 0.6 * rng.standard_normal((n, 9))
    values = (values + 3) * np.logspace(-1, 2, 9)
    values[rng.random(values.shape) < gaps] = np.nan
    return pd.DataFrame(values, [f"w{place}" for place in range(n)], NAMES)


def matrix(values: Any) -> pd.DataFrame:
    names = NAMES[: len(values)]
    return pd.DataFrame(np.asarray(values, float), names, names)


def same_up_to_order(found: Any, expected: Any) -> None:
    """Columns in any order and sign."""
    found, expected = np.asarray(found), np.asarray(expected)
    arranged = [
        part[:, np.argsort(-(part**2).sum(axis=0))] * np.sign(part.sum(axis=0))[np.argsort(-(part**2).sum(axis=0))]
        for part in (found, expected)
    ]
    assert arranged[0] == pytest.approx(arranged[1], **CLOSE)


@pytest.mark.parametrize("cases", ["pairwise", "complete"])
def test_correlations_are_those_of_scipy_pair_by_pair(cases: Any) -> None:
    table = figures(1, gaps=0.05)
    found = correlate(table, cases)
    for a, b in combinations(NAMES, 2):
        both = (table if cases == "complete" else table[[a, b]]).dropna()
        assert found.values.loc[a, b] == pytest.approx(stats.pearsonr(both[a], both[b]).statistic, **CLOSE)
        assert found.n.loc[a, b] == len(both)
    same = found.same_n
    assert same == len(table.dropna()) if cases == "complete" else isinstance(same, NotPossible)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_complete_cases_always_make_a_correlation_matrix(seed: int, n: int) -> None:
    check = check_matrix(correlate(figures(seed, n), "complete").values)
    assert check.why_not is None
    assert (check.why_singular is None) == (n > len(NAMES)), "as many wijken as indicators are too few"


def test_gemeenten_that_measure_different_things_can_make_an_impossible_matrix() -> None:
    rng = np.random.default_rng(1)
    base = rng.standard_normal((3, 50))
    parts = [pd.DataFrame({a: base[i], b: sign * base[i]}) for i, (a, b, sign) in enumerate(
        [("x", "y", 1), ("y", "z", 1), ("x", "z", -1)])]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    found = correlate(table)
    assert found.n.to_numpy().tolist() == [[100, 50, 50], [50, 100, 50], [50, 50, 100]]
    why = check_matrix(found.values).why_not
    assert why is not None
    assert "not positive semidefinite (smallest eigenvalue -1.000)" in why


def test_a_pair_without_wijken_in_common_is_unknown_not_zero() -> None:
    table = pd.DataFrame({"a": [1.0, 2, 4, None, None, None], "b": [None, None, None, 1.0, 2, 4], "c": range(6)})
    found = correlate(table)
    two = correlate(table.assign(a=[1.0, 2, 4, 1, 3, None]))  # two wijken would always correlate 1 or -1
    assert (two.n.loc["a", "b"], np.isnan(two.values.loc["a", "b"])) == (2, True)
    assert (found.n.loc["a", "b"], found.n.loc["a", "c"]) == (0, 3)
    assert np.isnan(found.values.loc["a", "b"])
    for step in (kmo, principal_components, largest_alpha, largest_sound_sets, impossible_triples):
        result = step(found.values)
        assert isinstance(result, NotPossible)
        assert result.because == "1 pairs of indicators have no correlation"


def test_what_a_matrix_is_told_exactly() -> None:
    good = [[1, 0.5, 0.2], [0.5, 1, 0.3], [0.2, 0.3, 1]]
    assert check_matrix(matrix(good)).why_not is None
    asymmetric, diagonal, beyond = (np.array(good) for _ in range(3))
    asymmetric[0, 1], diagonal[2, 2] = 0.4, 0.9
    beyond[0, 1] = beyond[1, 0] = 1.2
    reasons = [check_matrix(matrix(values)).why_not for values in (asymmetric, diagonal, beyond)]
    assert reasons == [
        "the matrix is not symmetric",
        "the matrix has something else than ones on its diagonal",
        "the matrix holds correlations beyond -1 or 1",
    ]


def test_rounding_has_the_room_it_can_need_and_no_more() -> None:
    # of rank 2, so singular; rounded to two decimals its smallest eigenvalue is below 0
    angles = np.array([1.9, 0.8, 0.1, 0.0])
    rounded = matrix(np.cos(angles[:, None] - angles).round(2))
    check = check_matrix(rounded, decimals=2)
    assert check.eigenvalues[-1] < -1e-4
    assert check.why_not is None
    assert "singular as far as its digits go" in (check.why_singular or "")
    assert "not positive semidefinite" in (check_matrix(rounded).why_not or ""), "taken as exact it is impossible"


@pytest.mark.parametrize("seed", range(5))
def test_kmo_and_bartlett_are_those_of_factor_analyzer_and_of_the_formula(seed: int) -> None:
    table = figures(seed)
    R = correlate(table).values
    found, tested = kmo(R), bartlett(R, len(table))
    per_indicator, overall = factor_analyzer.calculate_kmo(table)
    assert found.per_indicator.to_numpy() == pytest.approx(per_indicator, **CLOSE)
    assert found.overall == pytest.approx(overall, **CLOSE)
    statistic, p_value = factor_analyzer.calculate_bartlett_sphericity(table)
    assert (tested.statistic, tested.p_value) == pytest.approx((statistic, p_value), rel=1e-8)
    # partial correlations as what they are: correlations of the residuals of two regressions on all others
    z = ((table - table.mean()) / table.std()).to_numpy()
    squares, partials = np.zeros(9), np.zeros(9)
    for i, j in combinations(range(9), 2):
        rest = np.delete(z, [i, j], axis=1)
        left = z[:, [i, j]] - rest @ np.linalg.lstsq(rest, z[:, [i, j]])[0]
        partial = left[:, 0] @ left[:, 1] / np.sqrt((left**2).sum(axis=0).prod())
        squares[[i, j]] += R.iat[i, j] ** 2
        partials[[i, j]] += partial**2
    assert found.per_indicator.to_numpy() == pytest.approx(squares / (squares + partials), **CLOSE)


def test_indicators_that_go_with_no_other_are_dropped_one_by_one() -> None:
    table = figures(4)
    rng = np.random.default_rng(0)
    table["noise"], table["more"] = rng.standard_normal((2, len(table)))
    stay, dropped = drop_unsuited(correlate(table).values, limit=0.6)
    assert set(dropped) <= {*NAMES, "noise", "more"}
    assert {"noise", "more"} <= set(dropped)
    assert kmo(stay).per_indicator.min() >= 0.6
    worst = kmo(correlate(table).values).per_indicator
    assert next(iter(dropped.items())) == (worst.idxmin(), worst.min())


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_statsmodels(seed: int) -> None:
    from statsmodels.multivariate.pca import PCA

    table = figures(seed)
    found = principal_components(correlate(table).values)
    pca = PCA(table, standardize=True)
    assert found.eigenvalues == pytest.approx(np.asarray(pca.eigenvals) / len(table), **CLOSE)
    assert found.loadings.shape[1] == (found.eigenvalues > 1).sum()
    components = np.asarray(pca.factors)[:, : found.loadings.shape[1]]
    correlations = np.corrcoef(table.T, components.T)[:9, 9:]  # a loading is the correlation with the component
    same_up_to_order(found.loadings, correlations)
    every = principal_components(correlate(table).values, keep=9)
    assert (every.loadings @ every.loadings.T).to_numpy() == pytest.approx(table.corr().to_numpy(), **CLOSE)
    assert communalities(every.loadings).to_numpy() == pytest.approx(np.ones(9), **CLOSE)
    assert explained(every.loadings).to_numpy() == pytest.approx(found.eigenvalues / 9, **CLOSE)


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_varimax_is_that_of_factor_analyzer_and_of_no_worse_a_criterion(seed: int, normalise: bool) -> None:
    loadings = principal_components(correlate(figures(seed)).values, keep=4).loadings
    found = varimax(loadings, normalise)
    # a tolerance below 0 lets it run through all of its iterations: by default it stops five digits in
    rotator = factor_analyzer.Rotator(method="varimax", normalize=normalise, max_iter=3000, tol=-0.5)
    same_up_to_order(found.loadings, rotator.fit_transform(loadings.to_numpy()))
    assert (found.matrix.T @ found.matrix).ravel() == pytest.approx(np.eye(4).ravel(), **CLOSE)
    assert (loadings.to_numpy() @ found.matrix).ravel() == pytest.approx(found.loadings.to_numpy().ravel(), **CLOSE)
    assert communalities(found.loadings).to_numpy() == pytest.approx(communalities(loadings).to_numpy(), **CLOSE)
    sizes = (found.loadings**2).sum().to_numpy()
    assert (np.diff(sizes) <= 0).all()
    assert (found.loadings.sum() >= 0).all()

    size = np.sqrt(communalities(loadings)).to_numpy()[:, None] if normalise else 1.0

    def criterion(turned: np.ndarray) -> float:
        return float(((turned / size) ** 2).var(axis=0).sum())

    best = criterion(found.loadings.to_numpy())
    rng = np.random.default_rng(seed)
    others = [criterion(loadings.to_numpy() @ stats.ortho_group.rvs(4, random_state=rng)) for _ in range(300)]
    assert best >= max(others)


def test_varimax_leaves_a_symmetric_start_and_keeps_an_indicator_without_loadings() -> None:
    start = pd.DataFrame([[0.6, 0.5], [0.6, 0.5], [0.6, -0.5], [0.6, -0.5], [0.0, 0.0]], list("abcde"), ["1", "2"])
    turned = varimax(start).loadings
    # by hand: an eighth of a turn, (.6 + .5) / sqrt 2 and (.6 - .5) / sqrt 2
    assert np.sort(turned.abs().to_numpy()[:4]) == pytest.approx(np.array([[0.1, 1.1]] * 4) / np.sqrt(2), **CLOSE)
    assert turned.loc["a"].tolist() == pytest.approx(turned.loc["c"].tolist()[::-1], **CLOSE)
    assert turned.loc["e"].tolist() == [0, 0]


def test_alpha_is_that_of_pingouin_with_items_deleted_too() -> None:
    table = figures(2, gaps=0.05)[NAMES[:4]]
    found = cronbach_alpha(table)
    assert found.n == len(table.dropna()) < len(table)

    def reference(items: pd.DataFrame) -> float:
        return pingouin.cronbach_alpha(items, nan_policy="listwise")[0]

    assert found.alpha == pytest.approx(reference(table), **CLOSE)
    complete = table.dropna()
    assert found.standardised == pytest.approx(reference((complete - complete.mean()) / complete.std()), **CLOSE)
    assert found.standardised == pytest.approx(standardised_alpha(correlate(complete).values), **CLOSE)
    for name in table:
        rest = complete.drop(columns=name)
        assert found.without[name] == pytest.approx(reference(rest), **CLOSE), "over the same wijken"
        expected = stats.pearsonr(complete[name], rest.sum(axis=1)).statistic
        assert found.item_rest[name] == pytest.approx(expected, **CLOSE)
    turned = table.assign(i1=-table["i1"])
    assert cronbach_alpha(turned, reverse=["i1"]).alpha == pytest.approx(found.alpha, **CLOSE)
    assert cronbach_alpha(table[["i0", "i1"]]).without.empty


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_units_and_no_reversals_bring_alpha_above_its_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = figures(seed)[NAMES[:5]]
    R = correlate(table).values
    most = largest_alpha(R)
    units = rng.lognormal(0, 2, 5) * rng.choice([-1, 1], 5)
    assert cronbach_alpha(table * units).alpha <= most + 1e-12
    best = np.linalg.eigh(R.to_numpy())[1][:, -1]
    assert cronbach_alpha((table - table.mean()) / table.std() * best).alpha == pytest.approx(most, **CLOSE)
    assert believable_alpha(most, R) == most
    assert isinstance(believable_alpha(most + 0.006, R), NotPossible)


@pytest.mark.parametrize("seed", range(3))
def test_scores_have_their_properties_and_are_those_of_the_formulas(seed: int) -> None:
    from statsmodels.multivariate.factor import Factor

    table = figures(seed, n=80)
    z = ((table - table.mean()) / table.std()).to_numpy()
    R = correlate(table).values
    loadings = varimax(principal_components(R, keep=3).loadings).loadings
    L, own = loadings.to_numpy(), np.diag(1 / (1 - communalities(loadings)))

    anderson = factor_scores(table, loadings[::-1], "anderson-rubin")  # indicators in another order are matched by name
    assert np.cov(anderson.values.to_numpy(), rowvar=False) == pytest.approx(np.eye(3), **CLOSE)
    assert anderson.values.mean().to_numpy() == pytest.approx(np.zeros(3), abs=1e-10)
    root = linalg.inv(linalg.sqrtm(L.T @ own @ R.to_numpy() @ own @ L))
    assert anderson.values.to_numpy() == pytest.approx(z @ own @ L @ root, **CLOSE)

    regression = factor_scores(table, loadings, "regression").values.to_numpy()
    assert np.cov(regression, rowvar=False) == pytest.approx(np.eye(3), **CLOSE), "the components themselves"
    assert np.corrcoef(z.T, regression.T)[:9, 9:] == pytest.approx(L, **CLOSE)

    # of a common factor model that statsmodels fitted
    fitted = Factor(corr=R.to_numpy(), n_factor=3, method="pa").fit()
    fitted.rotate("varimax")
    of_factors = pd.DataFrame(fitted.loadings, NAMES, ["1", "2", "3"])
    bartlett_weights = score_weights(R, of_factors[::-1], "bartlett")
    expected = fitted.factor_score_params(method="bartlett")
    uniqueness = 1 - communalities(of_factors).to_numpy()
    assert fitted.uniqueness == pytest.approx(uniqueness, **CLOSE), "else it has other weights"
    assert bartlett_weights.to_numpy() == pytest.approx(expected, **CLOSE)
    # Bartlett: each wijk's weighted least squares on the loadings
    by_wijk = np.linalg.lstsq(of_factors.to_numpy() / np.sqrt(uniqueness)[:, None], z.T / np.sqrt(uniqueness)[:, None])[
        0
    ]
    assert factor_scores(table, of_factors, "bartlett").values.to_numpy() == pytest.approx(by_wijk.T, **CLOSE)
    # regression: least squares of the factors, had they been seen, on the indicators
    weights = score_weights(R, of_factors, "regression").to_numpy()
    assert R.to_numpy() @ weights == pytest.approx(of_factors.to_numpy(), **CLOSE)


def test_a_wijk_without_every_indicator_has_no_score() -> None:
    table = figures(3)
    table.iloc[[4, 9], 2] = np.nan
    loadings = varimax(principal_components(correlate(table, "complete").values).loadings).loadings
    found = factor_scores(table, loadings)
    assert found.left_out.tolist() == ["w4", "w9"]
    assert found.values.index.tolist() == [name for name in table.index if name not in ("w4", "w9")]
    assert np.cov(found.values.to_numpy(), rowvar=False) == pytest.approx(np.eye(loadings.shape[1]), **CLOSE)


def test_regression_is_that_of_the_normal_equations_and_of_pingouin() -> None:
    table = figures(5, n=40)
    y = table.pop("i8")
    y.iloc[0], table.iloc[3, 1] = np.nan, np.nan
    found = regress(y[::-1], table[["i0", "i1", "i2"]], probability=0.9)  # wijken are matched by name
    both = table[["i0", "i1", "i2"]].join(y).dropna()
    X, outcome = np.column_stack([np.ones(len(both)), both[["i0", "i1", "i2"]]]), both["i8"].to_numpy()
    b = np.linalg.solve(X.T @ X, X.T @ outcome)
    left = outcome - X @ b
    error = np.sqrt(left @ left / (len(X) - 4) * np.diag(np.linalg.inv(X.T @ X)))
    reach = stats.t.ppf(0.95, len(X) - 4) * error
    assert (found.n, found.intercept) == (38, pytest.approx(b[0], **CLOSE))
    assert found.table["coefficient"].to_numpy() == pytest.approx(b[1:], **CLOSE)
    assert found.table[["low", "high"]].to_numpy() == pytest.approx(np.stack([b - reach, b + reach], 1)[1:], **CLOSE)
    assert found.table["p_value"].to_numpy() == pytest.approx(2 * stats.t.sf(abs(b / error), len(X) - 4)[1:], **CLOSE)
    z = ((both - both.mean()) / both.std()).to_numpy()
    assert found.table["standardised"].to_numpy() == pytest.approx(np.linalg.lstsq(z[:, :3], z[:, 3])[0], **CLOSE)
    r2 = 1 - left @ left / ((outcome - outcome.mean()) ** 2).sum()
    assert (found.r2, found.r2_adjusted) == pytest.approx((r2, 1 - (1 - r2) * 37 / 34), **CLOSE)
    other = pingouin.linear_regression(both[["i0", "i1", "i2"]], both["i8"], alpha=0.1, as_dataframe=False)
    assert found.table["coefficient"].to_numpy() == pytest.approx(other["coef"][1:], **CLOSE)
    assert found.table["p_value"].to_numpy() == pytest.approx(other["pval"][1:], **CLOSE)

    alone = regress_one_by_one(y, table)
    line = stats.linregress(both["i0"], both["i8"])
    again = regress_one_by_one(both["i8"], both[["i0"]])["i0"]
    assert again.table.loc["i0", ["coefficient", "p_value"]].tolist() == pytest.approx(
        [line.slope, line.pvalue], **CLOSE
    )
    assert again.r2 == pytest.approx(line.rvalue**2, **CLOSE)
    assert (alone["i0"].n, alone["i1"].n) == (39, 38), "each over all wijken that have it"


ONES = matrix(np.ones((3, 3)))
ODD = matrix([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
FOUR = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [2.0, 2, 2, 2], "c": [4.0, 3, 2, 1], "d": [1.0, 3, 2, 4]}, list("wxyz"))
FACTOR = pd.DataFrame({"1": [0.7, 0.7, 0.7]}, NAMES[:3])


IMPOSSIBLE: list[tuple[Callable[[], Any], str]] = [
        (lambda: kmo(ODD), "not positive semidefinite (smallest eigenvalue -0.800)"),
        (lambda: kmo(ONES), "singular"),
        (lambda: kmo(matrix(np.eye(3))), "i0, i1, i2 correlates with no other"),
        (lambda: drop_unsuited(ODD), "not positive semidefinite"),
        (lambda: drop_unsuited(matrix([[1, 0.2], [0.2, 1]]), limit=0.6), "every indicator has a KMO below 0.6"),
        (lambda: bartlett(ODD, 100), "not positive semidefinite"),
        (lambda: bartlett(matrix([[1, 0.2], [0.2, 1]]), 2), "2 wijken are too few for 2 indicators"),
        (lambda: principal_components(ODD), "not positive semidefinite"),
        (lambda: principal_components(matrix(np.eye(3))), "no component has an eigenvalue above 1"),
        (lambda: principal_components(ONES, keep=2), "only 1 components have any variance"),
        (lambda: cronbach_alpha(FOUR[["a"]]), "two items or more"),
        (lambda: cronbach_alpha(FOUR[["a", "d"]][:2]), "2 wijken have every item"),
        (lambda: cronbach_alpha(FOUR[["a", "b", "d"]]), "b does not vary"),
        (lambda: cronbach_alpha(FOUR[["a", "c"]]), "cancel one another"),
        (lambda: standardised_alpha(ODD), "not positive semidefinite"),
        (lambda: score_weights(ODD, FACTOR), "not positive semidefinite"),
        (lambda: score_weights(ONES, FACTOR, "regression"), "singular"),
        (lambda: score_weights(ONES, FACTOR / 0.7), "i0, i1, i2 has no variance of its own"),
        (lambda: score_weights(matrix(np.eye(3)), FACTOR.assign(two=FACTOR["1"])), "follow from those of the others"),
        (lambda: factor_scores(FOUR[["a", "d"]][:2], FACTOR[:2].set_axis(["a", "d"])), "2 wijken have every indicator"),
        (lambda: regress(FOUR["a"], FOUR[["c", "d"]][:3]), "3 wijken have the outcome and every predictor; 4 are"),
        (lambda: regress(FOUR["b"], FOUR[["a"]]), "the outcome does not vary"),
        (lambda: regress(FOUR["d"], FOUR[["b"]]), "b does not vary"),
        (lambda: regress(FOUR["d"], FOUR[["a", "c"]]), "one predictor follows from the others"),
        (lambda: largest_sound_sets(ONES, most_dropped=1), "no set without 1 or fewer of the 3 indicators"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "because"), IMPOSSIBLE, ids=map(str, range(len(IMPOSSIBLE))))
def test_a_step_that_is_not_possible_says_why(step: Callable[[], Any], because: str) -> None:
    result = step()
    assert isinstance(result, NotPossible)
    assert because in result.because
    assert str(result).startswith("not possible, because ")


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (lambda: kmo(pd.DataFrame([[1, 0.5]], ["a"], ["a", "b"])), "names of rows a and of columns a, b differ"),
        (lambda: kmo(pd.DataFrame([[1.0]], ["a"], ["a"])), "fewer than two indicators"),
        (lambda: kmo(matrix([[1, np.inf], [0.5, 1]])), "column i1: i0 has inf; expected a finite number"),
        (lambda: correlate(FOUR.assign(a=["1", "x", "3", "4"])), "column a: x has 'x'; expected a finite number"),
        (lambda: correlate(FOUR.set_axis(list("wxxz"))), "wijk x stands there twice"),
        (lambda: correlate(FOUR[[]]), "the table is empty"),
        (lambda: factor_scores(FOUR, FACTOR), "no column i0, i1, i2"),
        (lambda: score_weights(ODD, FACTOR[:2]), "loadings that do not fit the matrix"),
    ],
)
def test_malformed_input_is_refused_with_its_place(step: Callable[[], Any], found: str) -> None:
    with pytest.raises(DataError, match=re.escape(found)):
        step()


def test_every_problem_of_a_table_is_told_at_once() -> None:
    with pytest.raises(DataError) as error:
        correlate(pd.DataFrame({"a": ["x", 1], "b": [np.inf, "y"]}, ["w", "w"]))
    assert len(error.value.problems) == 4


UNKNOWN: list[Callable[[], Any]] = [
    lambda: correlate(FOUR, "some"),  # type: ignore[arg-type]
    lambda: principal_components(ONES, keep=4),
    lambda: score_weights(ONES, FACTOR, "mean"),  # type: ignore[arg-type]
    lambda: regress(FOUR["a"], FOUR[["d"]], probability=95),
    lambda: varimax(FACTOR.replace(0.7, np.nan)),
]


@pytest.mark.parametrize("step", UNKNOWN, ids=map(str, range(len(UNKNOWN))))
def test_unknown_choices_are_refused(step: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"must|not known"):
        step()


@settings(deadline=None)
@given(st.integers(5, 200), st.floats(-0.95, 0.95))
def test_stars_give_back_a_range_that_holds_the_true_number(n: int, r: float) -> None:
    p = 2 * stats.t.sf(abs(r) * np.sqrt((n - 2) / (1 - r * r)), n - 2)
    stars = int(p < 0.05) + int(p < 0.01)
    row = sizes_behind_stars(matrix([[1, round(r, 3)], [round(r, 3), 1]]), matrix([[0, stars], [stars, 0]]), 3).iloc[0]
    assert row["least"] <= n <= row["most"]


def test_a_triple_is_impossible_exactly_outside_its_range() -> None:
    assert impossible_triples(matrix([[1, 0.75, 0.94], [0.75, 1, 0.48], [0.94, 0.48, 1]])).empty
    odd = impossible_triples(matrix([[1, 0.75, 0.94], [0.75, 1, -0.09], [0.94, -0.09, 1]]), decimals=2)
    assert odd.loc[0, ["first", "second", "third"]].tolist() == ["i1", "i2", "i0"]
    assert odd.loc[0, "low"] == pytest.approx(0.75 * 0.94 - np.sqrt((1 - 0.75**2) * (1 - 0.94**2)))
    assert largest_sound_sets(ODD) == [["i0", "i1"], ["i0", "i2"], ["i1", "i2"]]


def test_the_page_says_what_the_functions_give() -> None:
    page = Path(__file__).parents[1] / "docs" / "factors.md"
    examples = doctest.DocTestParser().get_doctest(page.read_text(), {}, page.name, str(page), 0)
    assert doctest.DocTestRunner().run(examples, clear_globs=False).failed == 0
    own = examples.globs
    assert len(own["scores"].values) == 1604, "the page was read to its end"
    truth = own["country"].truth["factors"].to_pandas().loc[own["scores"].values.index]
    scores = own["scores"].values
    assert [round(truth.iloc[:, i].corr(scores.iloc[:, i]), 2) for i in range(2)] == [0.96, 0.91]
    assert (round(truth.corr().iloc[0, 1], 2), round(abs(scores.corr().iloc[0, 1]), 8)) == (0.35, 0)
