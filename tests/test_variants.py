"""Other models and other tables than the default: each fits, and its tables hold together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference import SamplingSpec, fit
from bayes_jeugdhulp.inference.expected import read_draws
from bayes_jeugdhulp.inference.stored import read_design, read_spec
from bayes_jeugdhulp.model import ModelSpec
from bayes_jeugdhulp.results import make_results
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

SHORT = SamplingSpec(draws=100, tune=200, chains=2, seed=5)


def small(policy: CountsPolicy) -> Areas:
    return simulated_netherlands(9, wijken=60, gemeenten=8, regios=2, policy=policy).areas


def without_regions(areas: Areas) -> Areas:
    return replace(areas, wijken=areas.wijken.assign(jeugdzorgregio=""))


def without_gaps(areas: Areas) -> Areas:
    filled = areas.kenmerken.fillna(areas.kenmerken.median())
    return replace(areas, kenmerken=filled, kenmerken_upper=filled * np.nan)


CASES = {
    "rounded counts, no regions, constant scale, horseshoe, mixture": (
        without_regions(small(CountsPolicy(8, 5))),
        ModelSpec(imputations=3, wijk_effect="mixture", wijk_scale="constant", coefficients="horseshoe"),
    ),
    "Student-t, exact counts, no gaps, R2D2": (
        without_gaps(small(CountsPolicy())),
        ModelSpec(wijk_effect="student_t", coefficients="r2d2"),
    ),
}


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[str, Areas, ModelSpec, xr.DataTree]:
    areas, spec = CASES[request.param]
    spec = replace(
        spec, kenmerken=tuple(areas.kenmerken.columns[:6]), gemeente_means=request.param.startswith("rounded")
    )
    return request.param, areas, spec, fit(areas, spec, SHORT, progress=False)


def test_what_the_model_has_and_lacks(case: tuple[str, Areas, ModelSpec, xr.DataTree]) -> None:
    name, areas, spec, tree = case
    posterior = tree["posterior"]
    heavy = name.startswith("Student-t")
    assert ("regio_effect" in posterior, "nu" in posterior, "kappa" in posterior) == (heavy, heavy, heavy)
    assert ("jeugdzorgregio" in tree.children, "regio" in posterior.dims) == (False, heavy)
    assert read_spec(tree) == spec
    assert posterior.sizes["kenmerk"] == (6 if heavy else 12)
    assert read_design(tree).predictors == tuple(posterior["kenmerk"].to_numpy())
    design = read_design(tree)
    assert design.imputed.shape == ((1, 0) if heavy else (50, len(design.cell_wijk)))
    turns = np.unique(posterior["imputation"], return_counts=True)
    assert [part.tolist() for part in turns] == ([[0], [100]] if heavy else [[0, 16, 33], [34, 34, 34]])
    draws = read_draws(tree, design)
    if heavy:
        assert draws.nu is not None
        assert (draws.nu > 2).all()
    else:
        assert draws.share.shape == (2, 204, 1)
        assert (draws.times[1] > 2).all()
        assert (draws.sigma_wijk == draws.sigma_wijk[:, :1]).all()
        assert (draws.sigma_regio == 0).all()
    published = areas.policy.bounds(areas.policy.publish(np.arange(10_000)))[0]
    assert set(np.unique(tree["posterior_predictive"]["users"])) <= set(published)
    assert set(np.unique(tree["prior_predictive"]["users"])) <= set(published)


def test_its_tables_hold_together(case: tuple[str, Areas, ModelSpec, xr.DataTree]) -> None:
    _, areas, _, tree = case
    found = make_results(tree, despite_failed_gate=True)
    table = found.wijken.set_index("wijkcode").loc[areas.wijken.index]
    for reference in ("within_gemeente", "national"):
        observed, expected = table["observed_pct"].mean(), table[f"expected_pct_{reference}"].mean()
        assert expected == pytest.approx(observed, rel=0.25)
        mid_p = table[f"mid_p_{reference}"].dropna()
        assert mid_p.between(0, 1).all()
        assert mid_p.mean() == pytest.approx(0.5, abs=0.15)
        inside = table[f"expected_pct_{reference}"].between(
            table[f"expected_low_{reference}"], table[f"expected_high_{reference}"]
        )
        assert inside.all()
    assert len(found.gemeenten) == 8
    regions = areas.wijken["jeugdzorgregio"].nunique() if areas.has_regio else 0
    assert len(found.regios) == regions + 1
    whole = found.regios.iloc[-1]
    assert whole["actual_low"] <= whole["actual_pct"] <= whole["actual_high"]


def test_the_same_seed_gives_the_same_fit(case: tuple[str, Areas, ModelSpec, xr.DataTree]) -> None:
    name, areas, spec, tree = case
    if not name.startswith("rounded"):
        return
    again = fit(areas, spec, SHORT, progress=False)
    assert again.attrs["data_hash"] == tree.attrs["data_hash"]
    for group in tree.children:
        xr.testing.assert_equal(again[group].to_dataset(), tree[group].to_dataset())
    pd.testing.assert_frame_equal(
        make_results(again, despite_failed_gate=True).wijken, make_results(tree, despite_failed_gate=True).wijken
    )
