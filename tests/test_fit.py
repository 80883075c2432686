"""One fitted country: what the file holds, what it concludes, what stops it, and whether it finds the truth."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import Fitted
from scipy.special import expit
from scipy.stats import binom, halfnorm, kstest, norm

from bayes_jeugdhulp.errors import DisclosureError, GateError, ResultFileError
from bayes_jeugdhulp.inference import check_gate, load, save
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, read_draws
from bayes_jeugdhulp.inference.stored import GROUPS, LAYOUT, provenance, read_design, read_spec
from bayes_jeugdhulp.model import Design, make_design
from bayes_jeugdhulp.results import Results, make_results, write_results
from bayes_jeugdhulp.youths import UncertainCounts

# ------------------------------------------------------------------------------------------------- what it holds


def test_the_tree_is_labelled_and_whole(fitted: Fitted) -> None:
    tree, wijken = fitted.tree, fitted.areas.wijken
    assert set(GROUPS) == set(tree.children) - {"left_out"}
    posterior = tree["posterior"]
    assert dict(posterior.sizes) == {
        "chain": 4,
        "draw": 1000,
        "wijk": 800,
        "gemeente": 100,
        "regio": 12,
        "kenmerk": 27,
    }
    assert posterior["eta"].dims == ("chain", "draw", "wijk")
    assert posterior["wijk"].to_numpy().tolist() == wijken.index.to_list()
    assert posterior["kenmerk"].to_numpy().tolist() == list(fitted.areas.kenmerken)
    assert "effects" not in {*posterior.data_vars, *tree["prior"].data_vars}
    assert np.unique(posterior["imputation"], return_counts=True)[1].tolist() == [500, 500]
    for group in ("log_likelihood", "posterior_predictive", "prior_predictive", "observed_data"):
        assert tree[group]["users"].dims[-1] == "observed_wijk"
    np.testing.assert_array_equal(tree["observed_data"]["users"], wijken["users_low"])
    suppressed = wijken.index[wijken["observed_state"] == "suppressed"].to_list()
    assert len(suppressed) > 50
    log_likelihood = tree["log_likelihood"]["users"].sel(observed_wijk=suppressed)
    assert (log_likelihood < 0).all(), "suppressed rows are in the log likelihood"
    assert {"alpha", "beta", "sigma_wijk", "kappa"} <= set(tree["log_prior"].data_vars)
    attrs = tree.attrs
    assert (attrs["simulated"], attrs["year"], attrs["layout"]) == (1, 2017, LAYOUT)
    assert json.loads(attrs["sampling_spec"])["seed"] == 1
    assert json.loads(attrs["counts_policy"]) == asdict(fitted.areas.policy)


def test_log_prior_is_that_of_the_priors(fitted: Fitted) -> None:
    posterior, found, priors = fitted.tree["posterior"], fitted.tree["log_prior"], fitted.spec.priors
    np.testing.assert_allclose(found["alpha"], norm(*priors.alpha).logpdf(posterior["alpha"]), rtol=1e-6)
    np.testing.assert_allclose(found["kappa"], norm(0, priors.kappa).logpdf(posterior["kappa"]), rtol=1e-6)
    scale = posterior["sigma_kenmerken"].to_numpy()[..., None] / np.sqrt(27)
    np.testing.assert_allclose(found["beta"], norm.logpdf(posterior["beta"], scale=scale), rtol=1e-6)
    np.testing.assert_allclose(
        found["sigma_wijk"], halfnorm(scale=priors.wijk).logpdf(posterior["sigma_wijk"]), rtol=1e-6
    )


def test_predictive_draws_are_of_a_new_wijk(fitted: Fitted) -> None:
    """Replicates with the wijk's own effect would follow the two wijken that were changed; these do not."""
    tree = fitted.tree
    design = read_design(tree)
    expected = expected_use(design, read_draws(tree, design), "within_gemeente").mean(axis=0) * design.youths
    for code in (fitted.high, fitted.low):
        at = design.areas.wijken.index.get_loc(code)
        drawn = tree["posterior_predictive"]["users"].sel(observed_wijk=code).to_numpy().ravel()
        assert drawn.mean() == pytest.approx(expected[at], rel=0.02)
        assert abs(design.users_low[at] - drawn.mean()) > 2 * drawn.std()


@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")
def test_it_opens_in_arviz(fitted: Fitted) -> None:
    tree = fitted.tree
    summary = az.summary(tree, var_names=["alpha", "beta", "sigma_wijk"], round_to="none")
    assert len(summary) == 29
    assert (summary["r_hat"] < 1.01).all()
    loo = az.loo(tree, var_name="users")
    own = tree["loo"]["elpd"]
    assert loo.elpd == pytest.approx(float(own.sum()), abs=2)  # imputations keep their share in ours
    assert az.psense_summary(tree, var_names=["sigma_wijk"]) is not None


def test_saved_and_loaded_it_is_the_same(fitted: Fitted, tmp_path: Path) -> None:
    save(fitted.tree, tmp_path / "fit.nc")
    again = load(tmp_path / "fit.nc")
    assert again.attrs == fitted.tree.attrs
    for group in GROUPS:
        xr.testing.assert_equal(again[group].to_dataset(), fitted.tree[group].to_dataset())
    assert read_spec(again) == fitted.spec
    assert str(check_gate(again)) == str(check_gate(fitted.tree))
    saved, fresh = read_design(again), make_design(fitted.areas, fitted.spec, seed=fitted.sampling.seed)
    for name in Design.__dataclass_fields__:
        if name == "areas":
            continue
        if name == "counts":
            for part in UncertainCounts.__dataclass_fields__:
                np.testing.assert_array_equal(getattr(saved.counts, part), getattr(fresh.counts, part), err_msg=part)
            continue
        np.testing.assert_array_equal(getattr(saved, name), getattr(fresh, name), err_msg=name)
    for table in ("wijken", "kenmerken", "kenmerken_upper"):
        left, right = getattr(saved.areas, table), getattr(fresh.areas, table)
        pd.testing.assert_frame_equal(left[list(right)], right, check_dtype=False)
    assert (saved.areas.policy, saved.areas.simulated) == (fresh.areas.policy, True)
    assert saved.areas.attribution == fresh.areas.attribution
    assert saved.areas.small_counts is None
    for declared in ((), ("perc_hhwan",)):
        again.attrs |= provenance(replace(saved.areas, small_counts=declared))
        assert read_design(again).areas.small_counts == declared, "none of them is not: not declared"
    assert list(tmp_path.iterdir()) == [tmp_path / "fit.nc"]


def test_files_that_cannot_be_used_are_refused(fitted: Fitted, tmp_path: Path) -> None:
    good = tmp_path / "fit.nc"
    save(fitted.tree, good)

    def message(path: Path) -> str:
        with pytest.raises(ResultFileError) as caught:
            load(path)
        assert "\n" not in str(caught.value).strip()
        return str(caught.value)

    whole = good.read_bytes()
    for name, part in (("half.nc", whole[: len(whole) // 2]), ("start.nc", whole[:100]), ("empty.nc", b"")):
        (tmp_path / name).write_bytes(part)
        assert "not a whole NetCDF file" in message(tmp_path / name)
    (tmp_path / "table.nc").write_text("wijkcode;users\n")
    assert "not a whole NetCDF file" in message(tmp_path / "table.nc")
    assert "there is no such file" in message(tmp_path / "absent.nc")
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    assert "not a fit of bayes_jeugdhulp" in message(tmp_path / "other.nc")
    for change, words in (({"layout": 99}, "file layout 99"), ({}, "groups gate are missing")):
        tree = fitted.tree.copy()
        tree.attrs = tree.attrs | change
        if not change:
            del tree["gate"]
        tree.to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
        assert words in message(tmp_path / "changed.nc")


# --------------------------------------------------------------------------------------------- what it concludes


def test_a_wijk_made_high_is_high_and_one_made_low_is_low(fitted: Fitted, results: Results) -> None:
    wijken = results.wijken.set_index("wijkcode")
    high, low = wijken.loc[fitted.high], wijken.loc[fitted.low]
    assert high["mid_p_within_gemeente"] > 0.999
    assert low["mid_p_within_gemeente"] < 0.005
    assert (high["outside_interval_within_gemeente"], low["outside_interval_within_gemeente"]) == ("hoger", "lager")
    assert (high["status_within_gemeente"], low["status_within_gemeente"]) == ("hoger", "lager")
    assert high["expected_rank_within_gemeente"] < 30
    assert low["expected_rank_within_gemeente"] > 700
    # leaving the wijk out takes its pull on the gemeente away
    assert high["expected_loo_pct_within_gemeente"] < high["expected_pct_within_gemeente"] - 0.2
    assert low["expected_loo_pct_within_gemeente"] > low["expected_pct_within_gemeente"] + 0.2


def test_columns_agree_with_each_other(fitted: Fitted, results: Results) -> None:
    table = results.wijken
    design = read_design(fitted.tree)
    draws = read_draws(fitted.tree, design)
    assert (table["data"] == "gesimuleerd").all()
    assert (table["stamp"] == "").all()
    for reference in REFERENCES:
        of = {name.removesuffix(f"_{reference}"): table[name] for name in table if name.endswith(reference)}
        expected = 100 * expected_use(design, draws, reference)
        difference = 100 * expit(draws.eta) - expected
        np.testing.assert_allclose(of["expected_pct"], expected.mean(axis=0))
        np.testing.assert_allclose(of["expected_low"], np.quantile(expected, 0.025, axis=0))
        np.testing.assert_allclose(of["difference_points"], difference.mean(axis=0))
        np.testing.assert_allclose(of["prob_higher"], (difference > 1).mean(axis=0))
        np.testing.assert_allclose(of["prob_higher"] + of["prob_lower"] + of["prob_near"], 1)
        np.testing.assert_allclose(of["gap_points"], table["observed_pct"] - of["expected_loo_pct"])
        judged = of["outside_interval"] != "niet te beoordelen"
        for name in ("mid_p", "predictive_low", "predictive_high", "expected_loo_pct"):
            np.testing.assert_array_equal(of[name].notna(), judged)
        pct = table["observed_pct"]
        shown = judged & pct.notna()
        above, beneath = pct > of["predictive_high"] + 1e-9, pct < of["predictive_low"] - 1e-9
        outside = np.select([above, beneath], ["hoger", "lager"], "binnen")
        np.testing.assert_array_equal(of["outside_interval"][shown], outside[shown])
    suppressed = table["observed_state"] == "suppressed"
    assert table.loc[suppressed, "gap_points_national"].isna().all()
    only = table.groupby("gemeentecode")["observed_pct"].transform("count") - table["observed_pct"].notna() == 0
    assert only.any()
    assert (table.loc[only & ~suppressed, "status_reason_within_gemeente"] == "enige wijk van de gemeente").all()
    assert not (table["status_reason_national"] == "enige wijk van de gemeente").any()


def test_the_gate_passes_and_a_tampered_one_stops_everything(fitted: Fitted, tmp_path: Path) -> None:
    assert check_gate(fitted.tree).passed
    tree = fitted.tree.copy()
    gate = tree["gate"].to_dataset()
    gate["r_hat"] = gate["r_hat"].where(gate["quantity"] != "beta", 1.2)
    tree["gate"] = xr.DataTree(gate)
    found = check_gate(tree)
    assert (found.passed, len(found.problems)) == (False, 1)
    with pytest.raises(GateError, match=r"R-hat 1\.200 \(must be below 1\.01\) in beta"):
        make_results(tree)
    forced = make_results(tree, despite_failed_gate=True)
    for table in (forced.wijken, forced.gemeenten, forced.regios):
        assert table["stamp"].str.startswith("CONTROLE NIET GESLAAGD, toch gebruikt: R-hat 1.200").all()
        for column in [name for name in table if name.startswith(("status_w", "status_n"))]:
            assert (table[column] == "geen uitspraak").all()
            assert (table[column.replace("status", "status_reason")] == "controle niet geslaagd").all()
    assert forced.metadata["stamp"] == forced.wijken["stamp"].iloc[0]
    write_results(forced, tmp_path)
    for name in ("wijken.csv", "gemeenten.csv", "calibratie.csv", "verklaard.csv"):
        assert pd.read_csv(tmp_path / name)["stamp"].str.startswith("CONTROLE NIET GESLAAGD").all()


# ---------------------------------------------------------------------------------------------------- disclosure


def test_a_table_that_would_tell_a_suppressed_count_is_not_written(results: Results, tmp_path: Path) -> None:
    wijken, gemeenten = results.wijken, results.gemeenten
    hidden = wijken.index[wijken["observed_state"] == "suppressed"][0]
    name, code = wijken.loc[hidden, "wijknaam"], wijken.loc[hidden, "wijkcode"]
    for column in ("observed_pct", "gap_points_within_gemeente", "gap_points_national"):
        shown = wijken.copy()
        shown.loc[hidden, column] = 4.2
        with pytest.raises(DisclosureError) as caught:
            write_results(replace(results, wijken=shown), tmp_path / "out")
        assert f"{name} ({code})" in str(caught.value)
    own = gemeenten.index[gemeenten["gemeentecode"] == wijken.loc[hidden, "gemeentecode"]][0]
    narrow = gemeenten.copy()
    narrow.loc[own, ["actual_low", "actual_high"]] = narrow.loc[own, "actual_pct"]
    with pytest.raises(DisclosureError, match=rf"{code}.* to within \d counts, fewer than 5"):
        write_results(replace(results, gemeenten=narrow), tmp_path / "out")
    assert not (tmp_path / "out").exists(), "nothing was written"


def test_no_total_tells_more_than_five_counts(results: Results) -> None:
    """From the files alone: a total's interval less the published counts, against what suppression leaves open."""
    wijken = results.wijken
    for row in results.gemeenten[results.gemeenten["wijken_suppressed"] > 0].itertuples():
        members = wijken[wijken["gemeentecode"] == row.gemeentecode]
        published = (members["observed_pct"] * members["youths"] / 100).sum()
        low, high = (row.actual_low * row.youths / 100 - published, row.actual_high * row.youths / 100 - published)
        hidden = members.loc[members["observed_state"] == "suppressed", "youths"]
        left_open = np.minimum(hidden, 9).sum()
        assert -1e-6 <= low <= high <= left_open + 1e-6
        assert high - low + 1 >= min(5, left_open + 1) - 1e-6


# ---------------------------------------------------------------------------------------------------- the truth


def outside(truth: np.ndarray, draws: np.ndarray, probability: float) -> np.ndarray:
    low, high = np.quantile(draws, [(1 - probability) / 2, (1 + probability) / 2], axis=0)
    return (truth < low) | (truth > high)


def test_the_truth_is_found(fitted: Fitted) -> None:
    truth, design = fitted.country.truth, read_design(fitted.tree)
    draws, posterior = read_draws(fitted.tree, design), fitted.tree["posterior"]
    complete = truth["kenmerken"].sel(kenmerk=list(design.kenmerken)).to_numpy()
    per_sd = truth["beta"].sel(kenmerk=list(design.kenmerken)).to_numpy() / complete.std(axis=0)
    alpha = float(truth["alpha"]) + per_sd @ (design.centre - complete.mean(axis=0))  # in the units of the design
    missed = [
        outside(float(truth[name]), posterior[name].to_numpy().ravel(), 0.99)
        for name in ("sigma_regio", "sigma_gemeente", "sigma_wijk", "kappa")
    ]
    missed += [outside(alpha, draws.alpha, 0.99), *outside(per_sd * design.scale, draws.beta, 0.99)]
    assert np.sum(missed) <= 2  # of 32; more would be a chance of 1 in 250

    unchanged = ~design.areas.wijken.index.isin([fitted.high, fitted.low])
    # 798 wijken share 100 gemeente effects and 27 coefficients, so that one country's share strays by 2 points
    assert outside(truth["p"].to_numpy(), expit(draws.eta), 0.95)[unchanged].mean() == pytest.approx(0.05, abs=0.04)
    expected = expected_use(design, draws, "within_gemeente")
    missed_share = outside(truth["expected_within_gemeente"].to_numpy(), expected, 0.95)[unchanged].mean()
    assert missed_share == pytest.approx(0.05, abs=0.05)


def test_randomised_pit_is_uniform(fitted: Fitted, results: Results) -> None:
    """Leave-one-wijk-out, over all wijken that can be judged, suppressed ones included (definitions, calibration)."""
    shares = results.calibration.set_index(["reference", "youths_from", "youths_to"])
    for reference, off in (("within_gemeente", 1.0), ("national", 2.0)):  # gemeente effects are shared in national
        for place, row in shares.loc[reference].iterrows():
            for percent in (95, 80):
                error = off * 3.3 * row[f"se_{percent}"]
                assert row[f"outside_{percent}"] == pytest.approx(100 - percent, abs=error), (reference, place)


def test_mid_p_is_distributed_as_that_of_an_oracle(fitted: Fitted, results: Results) -> None:
    """The oracle knows everything but the wijk effect; published wijken only, as mid-p has ties below."""
    truth = fitted.country.truth
    youths, scale = truth["youths"].to_numpy(), float(truth["sigma_wijk"])
    sd = scale * (truth["youths"].to_numpy() / 700) ** -float(truth["kappa"])
    centre = np.log(truth["p"] / (1 - truth["p"])).to_numpy() - truth["wijk_effect"].to_numpy()
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    users = fitted.areas.wijken["users_low"].to_numpy()[:, None]
    p = expit(centre[:, None] + sd[:, None] * points)
    below, up_to = (binom.cdf(users - i, youths[:, None], p) @ weights / weights.sum() for i in (1, 0))
    oracle = (below + up_to) / 2
    table = results.wijken
    shown = (table["observed_state"] == "published") & table["mid_p_within_gemeente"].notna()
    ours = table.loc[shown, "mid_p_within_gemeente"].to_numpy()
    assert np.corrcoef(ours, oracle[shown])[0, 1] > 0.8
    assert kstest(ours, oracle[shown]).pvalue > 0.01
