"""Areas as arrays: what is refused in one clear message, and what standardising means."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade import make_areas

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.model import ModelSpec, drop_constant_kenmerken, make_design


def areas(kenmerken: dict[str, list[float]] | None = None, *, gemeenten: int = 6, **options: Any) -> Areas:
    """Two wijken in each gemeente."""
    count = 2 * gemeenten
    table = pd.DataFrame(kenmerken or {"hoogte": np.arange(count) ** 2.0})
    settings: dict[str, Any] = {
        "users": range(20, 20 + count),
        "gemeente": [i // 2 for i in range(count)],
        "kenmerken": table,
    }
    return make_areas([400 + i for i in range(count)], **settings | options)


def test_standardised_kenmerken_have_mean_0_and_sd_1_over_what_is_known() -> None:
    values = np.random.default_rng(1).normal(50, 12, (12, 2))
    values[[1, 7, 7], [0, 0, 1]] = np.nan
    design = make_design(areas({"a": values[:, 0], "b": values[:, 1]}), ModelSpec(imputations=2))
    known = ~np.isnan(values)
    for x in (design.completed(1), design.kenmerken_mean):
        for j in range(2):
            assert x[known[:, j], j].mean() == pytest.approx(0, abs=1e-12)
            assert x[known[:, j], j].std() == pytest.approx(1, abs=1e-12)
    cells = design.kenmerken_mean[~known]
    np.testing.assert_allclose(cells, design.imputed.mean(axis=0), rtol=1e-12)
    assert design.fitted.tolist() == [0, 25], "spread evenly among all fifty"


def test_other_units_change_nothing() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(12, 2))
    values[[0, 5], [0, 1]] = np.nan
    one, other = (
        make_design(areas(dict(zip("ab", table.T, strict=True))), ModelSpec(), seed=3)
        for table in (values, 1000 + 7 * values)
    )
    np.testing.assert_allclose(other.imputed, one.imputed, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.kenmerken_mean, one.kenmerken_mean, rtol=1e-9, atol=1e-9)


def test_medians_only_where_they_are_asked_for() -> None:
    table = {"a": [1.0, 2.0, 9.0, np.nan, *[9.0] * 8], "b": list(range(12))}
    design = make_design(areas(table), ModelSpec(missing="median"))
    assert (design.imputed.shape, design.fitted.tolist()) == ((1, 1), [0])
    assert design.completed(0)[3, 0] * design.scale[0] + design.centre[0] == pytest.approx(9)
    assert make_design(areas(), ModelSpec()).imputed.shape == (1, 0)


def test_gemeente_means_by_hand() -> None:
    """Weighted by youths, from the completed kenmerken of each imputation, standardised over wijken."""
    values = np.arange(12) ** 2.0
    values[5] = np.nan
    table = areas({"a": values.tolist(), "b": list(range(12))})
    design = make_design(table, ModelSpec(gemeente_means=True, imputations=2), seed=1)
    assert design.predictors == ("a", "b", "gemeentegemiddelde a", "gemeentegemiddelde b")
    assert make_design(table, ModelSpec()).predictors == ("a", "b")
    x = design.kenmerken_mean
    assert x.shape == (12, 4)
    np.testing.assert_allclose(x[:, 2:].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x[:, 2:].std(axis=0), 1)
    means = [(400 + 2 * g) / (801 + 4 * g) * 2 * g + (401 + 2 * g) / (801 + 4 * g) * (2 * g + 1) for g in range(6)]
    column = np.repeat(means, 2)
    np.testing.assert_allclose(x[:, 3], (column - column.mean()) / column.std())
    np.testing.assert_array_equal(x[::2, 2:], x[1::2, 2:])

    completed = np.array([design.completed(index) for index in range(len(design.imputed))])
    np.testing.assert_allclose(completed.mean(axis=0), x, atol=1e-12)
    assert completed[:, 4, 2].std() > 0.01, "the mean moves with the value imputed for its other wijk"
    assert (completed[:, [0, 11], 2].std(axis=0) < 1e-12).all()
    far = design.completed(0)[5, 0] - x[5, 0]
    share = 405 / (404 + 405)
    middle = design.centre[0] + design.scale[0] * x[:, 0]
    sd = np.repeat(
        [np.average(middle[2 * g : 2 * g + 2], weights=[400 + 2 * g, 401 + 2 * g]) for g in range(6)], 2
    ).std()
    assert design.completed(0)[4, 2] - x[4, 2] == pytest.approx(share * far * design.scale[0] / sd)


def test_indices_lead_back_to_codes() -> None:
    design = make_design(areas(regio=[2, 1, 1, 2, 3, 3]), ModelSpec())
    wijken = design.areas.wijken
    gemeente = np.array(design.gemeenten)[design.gemeente_of_wijk]
    assert gemeente.tolist() == wijken["gemeentecode"].tolist()
    regio = np.array(design.regios)[design.regio_of_gemeente][design.gemeente_of_wijk]
    assert regio.tolist() == wijken["jeugdzorgregio"].tolist()
    for single in (areas(), areas(regio=[1] * 6)):
        assert make_design(single, ModelSpec()).regios == ()


def test_states_stay_three_things() -> None:
    users = [3, None, 0, 40, *range(30, 38)]
    design = make_design(areas(users=users, policy=CountsPolicy(10)), ModelSpec())
    assert design.published[:4].tolist() == [False, False, False, True]
    assert design.observed[:4].tolist() == [True, False, True, True]
    assert [design.users_low[:4].tolist(), design.users_high[:4].tolist()] == [[0, 0, 0, 40], [9, 401, 9, 40]]


@pytest.mark.parametrize(
    ("make", "spec", "messages"),
    [
        (lambda: areas(gemeenten=1), ModelSpec(), ["wijken of 1 gemeente(n); expected at least 5"]),
        (lambda: areas(gemeenten=4), ModelSpec(), ["wijken of 4 gemeente(n); expected at least 5"]),
        (
            lambda: areas({"a": [3.0] * 12, "b": [np.nan] * 12, "c": [5.0, *[np.nan] * 11], "d": list(range(12))}),
            ModelSpec(),
            ["kenmerk 'a' is constant", "kenmerk 'b' is wholly missing", "kenmerk 'c' is constant"],
        ),
        (
            areas,
            ModelSpec(kenmerken=("hoogte", "diepte"), without=("breedte",)),
            ["there is no kenmerk 'diepte'; expected one of hoogte", "there is no kenmerk 'breedte'"],
        ),
        (areas, ModelSpec(without=("hoogte",)), ["no kenmerk is left"]),
        (lambda: areas(users=[3] * 12, policy=CountsPolicy(10)), ModelSpec(), ["no published count"]),
    ],
    ids=["one gemeente", "four gemeenten", "useless kenmerken", "unknown names", "none left", "nothing published"],
)
def test_what_cannot_be_fitted_is_refused(make: Callable[[], Areas], spec: ModelSpec, messages: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        make_design(make(), spec)
    found = str(caught.value).splitlines()
    assert len(found) == len(messages)
    for line, message in zip(found, messages, strict=True):
        assert message in line
        assert line.startswith("handwerk")


def test_kenmerken_that_say_nothing_are_dropped_by_name() -> None:
    table = areas({"a": [3.0] * 12, "b": [np.nan] * 12, "c": list(range(12)), "d": [1.0] * 12})
    spec, dropped = drop_constant_kenmerken(table, ModelSpec(without=("d",)))
    assert dropped == {"a": "constant", "b": "wholly missing"}
    assert make_design(table, spec).kenmerken == ("c",)


def test_a_wijk_left_out_says_nothing_in_the_fit_and_stays_in_the_table() -> None:
    all_in = areas()
    code = all_in.wijken.index[3]
    design = make_design(all_in.mark([code]).leave_out_marked(), ModelSpec())
    assert np.flatnonzero(~design.observed).tolist() == np.flatnonzero(~design.published).tolist() == [3]
    figures = ["observed_state", "observed_pct", "users_low", "users_high"]
    assert design.areas.wijken[figures].equals(all_in.wijken[figures])
    assert make_design(all_in.mark([code]), ModelSpec()).observed.all(), "marking alone changes no fit"
