"""Views of a fit: labels that people read, and one gemeente; neither is taken for a fit."""

import numpy as np
import pytest
import xarray as xr
from conftest import Fitted

from bayes_jeugdhulp.errors import DataError, ResultFileError
from bayes_jeugdhulp.inference import label_wijken, select_gemeente
from bayes_jeugdhulp.results import make_results


def test_names_stand_where_codes_stood_and_the_draws_are_the_same(fitted: Fitted) -> None:
    tree, wijken = fitted.tree, fitted.areas.wijken
    labelled = label_wijken(tree)
    for group, dim in (("posterior", "wijk"), ("log_likelihood", "observed_wijk"), ("constant_data", "wijk")):
        labels = labelled[group][dim].to_series().tolist()
        for label, row in zip(labels, wijken.itertuples(), strict=True):
            assert label in (f"{row.wijknaam}, {row.gemeentenaam}", f"{row.wijknaam}, {row.gemeentenaam} ({row.Index})")
        assert len(set(labels)) == len(labels)
    assert set(labelled["posterior"]["gemeente"].to_numpy()) == set(wijken["gemeentenaam"])
    np.testing.assert_array_equal(labelled["posterior"]["eta"], tree["posterior"]["eta"])
    assert tree["posterior"]["wijk"].to_numpy().tolist() == wijken.index.to_list(), "the fit itself keeps its codes"


def test_names_that_occur_twice_get_their_code() -> None:
    wijken = {
        "wijknaam": ["Oost", "Oost", "West"],
        "gemeentecode": ["GM1", "GM1", "GM2"],
        "gemeentenaam": ["A", "A", "A"],
    }
    data = xr.Dataset(
        {name: ("wijk", values) for name, values in wijken.items()},
        {"wijk": ["W1", "W2", "W3"], "gemeente": ["GM1", "GM2"]},
    )
    labelled = label_wijken(xr.DataTree.from_dict({"constant_data": data}))["constant_data"]
    assert labelled["wijk"].to_numpy().tolist() == ["Oost, A (W1)", "Oost, A (W2)", "West, A"]
    assert labelled["gemeente"].to_numpy().tolist() == ["A (GM1)", "A (GM2)"]


def test_one_gemeente_has_its_own_wijken_in_every_group(fitted: Fitted) -> None:
    code = fitted.areas.wijken.loc[fitted.high, "gemeentecode"]
    own = fitted.areas.wijken.index[fitted.areas.wijken["gemeentecode"] == code].to_list()
    one = select_gemeente(fitted.tree, code)
    seen = set()
    for group, node in one.children.items():
        for dim in {"wijk", "observed_wijk"} & set(node.sizes):
            assert node[dim].to_numpy().tolist() == own, group
            seen.add(group)
        if "gemeente" in node.sizes:
            assert node["gemeente"].to_numpy().tolist() == [code], group
        if "left_out_wijk" in node.sizes:
            assert set(node["left_out_wijk"].to_numpy()) <= set(own)
    assert seen >= {"posterior", "log_likelihood", "posterior_predictive", "observed_data", "loo", "constant_data"}
    names = fitted.areas.wijken.loc[own, "wijknaam"]
    assert names.is_unique
    assert label_wijken(one)["posterior"]["wijk"].to_numpy().tolist() == names.to_list(), (
        "the gemeente goes without saying"
    )
    xr.testing.assert_equal(one["posterior"]["eta"], fitted.tree["posterior"]["eta"].sel(wijk=own))


def test_a_gemeente_that_is_not_there_and_results_from_a_view_are_refused(fitted: Fitted) -> None:
    with pytest.raises(DataError, match=r"no gemeente 'GM1' in this fit; expected a code such as GM9001"):
        select_gemeente(fitted.tree, "GM1")
    for view in (
        label_wijken(fitted.tree),
        select_gemeente(fitted.tree, str(fitted.areas.wijken["gemeentecode"].iloc[0])),
    ):
        with pytest.raises(ResultFileError, match=r"a view of a fit .*; give the fit itself"):
            make_results(view)
