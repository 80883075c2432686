"""Factors in the model of use: expected use by brute force, densities by hand, and a fit from files to tables."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from handmade import make_areas, make_draws
from scipy.special import expit, logsumexp
from scipy.stats import binom, norm

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.factors.working_scale import to_working_scale
from bayes_jeugdhulp.inference import SamplingSpec, fit
from bayes_jeugdhulp.inference.crossvalidation import score_fold
from bayes_jeugdhulp.inference.expected import (
    REFERENCES,
    Draws,
    average_use,
    expected_use,
    fitted_location,
    without_factors,
)
from bayes_jeugdhulp.inference.sbc import quantities
from bayes_jeugdhulp.inference.simulation import without_gaps
from bayes_jeugdhulp.inference.stored import load, read_design, save
from bayes_jeugdhulp.model import Design, ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.spec import WijkEffect
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results import make_results
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.simulated import simulated_netherlands
from bayes_jeugdhulp.sources.simulated_factors import about_indicators

GEMEENTE = [1, 1, 1, 2, 2, 3, 3, 4, 4, 5]
REGIO = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}


def make(spec: ModelSpec | None = None) -> Design:
    """Ten wijken in five gemeenten; two factors, other scores and other doubt in each of three imputations."""
    youths = [500, 60, 700, 900, 400, 300, 800, 450, 500, 640]
    areas = make_areas(youths, [60, 9, 90, 70, 55, 30, 100, 40, 45, 66], gemeente=GEMEENTE, regio=REGIO)
    design = make_design(areas, replace(spec or ModelSpec(), imputations=3), factors=True)
    assert design.fitted.tolist() == [0, 1, 2]
    rng = np.random.default_rng(8)
    roots = [rng.normal(0, 0.6, (3, n, 2, 2)) for n in (10, 5)]
    wijk, gemeente = (root @ np.swapaxes(root, -1, -2) for root in roots)
    scores = LatentScores(("rust", "winkels"), rng.standard_normal((3, 10, 2)), wijk, gemeente, np.ones((5, 2), bool))
    return replace(design, factors=scores)


@pytest.mark.parametrize("outlying", [None, 0.2], ids=["normal", "mixture"])
def test_expected_use_averages_over_what_indicators_leave_open(outlying: float | None) -> None:
    design = make()
    assert design.factors
    assert design.predictors == ("hoogte", "breedte", "rust", "winkels")
    draws = make_draws(design, 6, outlying=outlying)
    assert draws.imputation.tolist() == [0, 1, 2, 0, 1, 2]
    draws = replace(draws, beta=draws.beta * [1, 1, 4, 4])  # so that the open part matters
    plain = replace(design, factors=None)
    small = make_draws(plain, 6, outlying=outlying)  # the same scales, without the part of the factors
    turns = draws.imputation
    variance = design.factors.variance(draws.beta[:, 2:], turns)
    whole = np.sqrt(small.sigma_wijk**2 + variance[0])
    times = np.sqrt((small.times * small.sigma_wijk) ** 2 + variance[0]) / whole
    draws = replace(
        draws,
        sigma_wijk=whole,
        times=times,
        sigma_gemeente=np.sqrt(small.sigma_gemeente**2 + variance[1]),
    )
    rng, count = np.random.default_rng(3), 400_000
    for reference in REFERENCES:
        found = expected_use(design, draws, reference)
        for d, w in [(0, 0), (1, 4), (5, 9)]:
            gamma, turn, g = draws.beta[d, 2:], turns[d], GEMEENTE[w] - 1
            eta = draws.alpha[d] + plain.completed(0)[w] @ draws.beta[d, :2] + design.factors.mean[turn, w] @ gamma
            eta = eta + rng.multivariate_normal(np.zeros(2), design.factors.wijk_covariance[turn, w], count) @ gamma
            if reference == "national":
                open_part = rng.multivariate_normal(np.zeros(2), design.factors.gemeente_covariance[turn, g], count)
                eta += open_part @ gamma + small.sigma_gemeente[d, 0] * rng.standard_normal(count)
                eta += draws.sigma_regio[d] * rng.standard_normal(count)
            else:
                eta += draws.gemeente[d, g] + draws.regio[d, design.regio_of_gemeente[g]]
            own = rng.standard_normal(count)
            if outlying:
                own *= rng.choice(small.times[:, d, 0], count, p=small.share[:, d, 0])
            p = expit(eta + small.sigma_wijk[d, w] * own)
            assert found[d, w] == pytest.approx(p.mean(), abs=4 * p.std() / np.sqrt(count)), (reference, w)

    own = fitted_location(design, draws)[4, 6]
    g = GEMEENTE[6] - 1
    level = draws.gemeente[4, g] + draws.regio[4, design.regio_of_gemeente[g]]
    assert own == pytest.approx(draws.alpha[4] + design.completed(1)[6] @ draws.beta[4] + level)
    at_mean = without_factors(design, draws)
    centred = replace(design, factors=replace(design.factors, mean=0 * design.factors.mean))
    np.testing.assert_allclose(average_use(at_mean), expected_use(centred, draws, "national"), rtol=1e-12)


@pytest.mark.parametrize("kind", ["normal", "mixture"])
def test_what_is_open_widens_the_wijk_effect(kind: WijkEffect) -> None:
    spec = ModelSpec(wijk_effect=kind)
    design = make(spec).counted(1)
    assert design.factors
    start = approximate_posterior(design, spec.priors)
    for coordinates in (None, start):
        model = build_model(design, spec, coordinates)
        point = model.initial_point()
        given = partial(model.compile_fn, inputs=model.value_vars, on_unused_input="ignore")
        names = {v.name: model.rvs_to_values[v].name for v in model.free_RVs}
        at = {name: point[value] for name, value in names.items()}
        rng = np.random.default_rng(5)
        at["factor_level"] = rng.standard_normal((5, 2))
        point[names["factor_level"]] = at["factor_level"]
        outputs = [model["effects"], model["sigma_wijk"], model["kappa"], model["eta"], model["gemeente_effect"]]
        outputs += [model["outlying_share"], model["outlying_scale"]] if kind == "mixture" else []
        outputs = model.replace_rvs_by_values(outputs)
        values = [float(v) if v.ndim == 0 else v for v in given(outputs)(point)]
        effects, sigma, kappa, eta, gemeente, *mixed = values
        gamma = effects[3:5]
        own = effects[-5:] + np.array([at["factor_level"][g] @ _root(design.factors.gemeente_covariance[0, g]) @ gamma
                                       for g in range(5)])  # fmt: skip
        np.testing.assert_allclose(gemeente, own, atol=1e-10)
        variance = np.einsum("k,wkl,l->w", gamma, design.factors.wijk_covariance[0], gamma)
        mu = effects[0] + design.kenmerken_mean @ effects[1:5]
        mu += (own + effects[5:7][design.regio_of_gemeente])[design.gemeente_of_wijk]
        ordinary = sigma * (design.youths / 700) ** -kappa
        parts = [(1.0, ordinary)] if kind == "normal" else [(1 - mixed[0], ordinary), (mixed[0], mixed[1] * ordinary)]
        wanted = logsumexp(
            [np.log(share) + norm.logpdf(eta, mu, np.sqrt(sd**2 + variance)) for share, sd in parts], axis=0
        )
        logp = model.logp(vars=model["eta"], jacobian=False, sum=False)[0]
        np.testing.assert_allclose(given(logp)(point), wanted, rtol=1e-8)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return np.sqrt(values)[:, None] * vectors.T


def table(
    values: dict[str, list[float]], about: dict[str, tuple[str, str]], sizes: dict[str, list[float]]
) -> Indicators:
    index = pd.Index(["WK000100", "WK000101", "WK000102"], name="wijkcode")
    frame = pd.DataFrame(values, index)
    rows = {n: {"factor": f, "sign": 1, "anchor": True, "scale": s} for n, (f, s) in about.items()}
    counted = pd.DataFrame(sizes, index).reindex(columns=frame.columns)
    return Indicators(frame, counted, pd.DataFrame.from_dict(rows, orient="index"), "indicatoren.csv")


def test_working_scales_by_hand() -> None:
    found = to_working_scale(
        table(
            {"eenzaam": [20.0, 50.0, np.nan], "diefstal": [0.0, 9.0, 4.0], "cijfer": [6.0, 8.0, 7.0]},
            {"eenzaam": ("rust", "percentage"), "diefstal": ("rust", "count"), "cijfer": ("rust", "score")},
            {"eenzaam": [100.0, 200.0, np.nan], "diefstal": [1000.0, 2000.0, 500.0]},
        ),
        pd.Index(["WK000100", "WK000101", "WK000102"]),
    )
    share = np.array([20.5 / 101, 100.5 / 201])
    logit = np.log(share / (1 - share))
    np.testing.assert_allclose(found.values[:2, 0], (logit - logit.mean()) / logit.std())
    np.testing.assert_allclose(found.error[:2, 0], 1 / (np.array([101, 201]) * share * (1 - share)) / logit.var())
    assert np.isnan(found.values[2, 0])
    assert found.error[2, 0] == 0
    log = np.log([0.5 / 1000, 9.5 / 2000, 4.5 / 500])
    np.testing.assert_allclose(found.values[:, 1], (log - log.mean()) / log.std())
    np.testing.assert_allclose(found.error[:, 1], 1 / np.array([0.5, 9.5, 4.5]) / log.var())
    np.testing.assert_allclose(found.values[:, 2], np.array([-1, 1, 0]) * np.sqrt(1.5))
    assert (found.error[:, 2] == 0).all()


def test_indicators_that_measure_no_factor_are_refused_together() -> None:
    indicators = table(
        {"a": [1.0, 2.0, 3.0], "b": [2.0, 2.0, 2.0], "c": [1.0, 2.0, 4.0], "d": [np.nan] * 3},
        {"a": ("rust", "score"), "b": ("rust", "score"), "c": ("", "score"), "d": ("rust", "score")},
        {},
    )
    indicators.about.loc[["b", "d"], "anchor"] = False
    with pytest.raises(DataError) as caught:
        to_working_scale(indicators, pd.Index(["WK000100", "WK000101", "WK000102"]))
    told = str(caught.value)
    for part in (
        "column c",
        "no factor is named",
        "has 1 anchor(s)",
        "column b",
        "the same value everywhere",
        "in none of",
    ):
        assert part in told, told


def test_a_gemeente_left_out_keeps_its_indicators_and_not_its_use() -> None:
    """Its score by brute force: what its indicators leave open is drawn, and its own effect."""
    design, gemeente = make(), 0
    assert design.factors
    draws, wijken = make_draws(design, 6), np.flatnonzero(design.gemeente_of_wijk == 0)
    asked: list[Design] = []

    def refit(without: Design) -> Draws:
        asked.append(without)
        return draws

    elpd, expected, _ = score_fold(design, np.array([gemeente]), wijken, refit, 1)
    (without,) = asked
    assert without.factors is design.factors
    assert np.flatnonzero(~without.observed).tolist() == wijken.tolist()

    rng, count, chances, means = np.random.default_rng(4), 200_000, [], []
    for d, turn in enumerate(draws.imputation):
        gamma, scores = draws.beta[d, 2:], design.factors.turn(turn)
        x = design.completed(turn)[wijken]
        of_wijk, of_gemeente = scores.variance(gamma[None], np.zeros(1, int))  # sds of draws hold these already
        level = rng.multivariate_normal(np.zeros(2), scores.gemeente_covariance[0, gemeente], count) @ gamma
        level += np.sqrt(draws.sigma_gemeente[d, 0] ** 2 - of_gemeente[0, gemeente]) * rng.standard_normal(count)
        chance = np.ones(count)
        for i, w in enumerate(wijken):
            own = rng.multivariate_normal(np.zeros(2), scores.wijk_covariance[0, w], count) @ gamma
            eta = draws.alpha[d] + x[i] @ draws.beta[d] + draws.regio[d, 0] + level + own
            p = expit(eta + np.sqrt(draws.sigma_wijk[d, w] ** 2 - of_wijk[0, w]) * rng.standard_normal(count))
            chance *= binom.pmf(design.users_low[w], design.youths[w], p)
            means.append(p.mean())
        chances.append(chance)
    found = np.concatenate(chances)
    assert elpd[0] == pytest.approx(np.log(found.mean()), abs=4 * found.std() / found.mean() / np.sqrt(len(found)))
    np.testing.assert_allclose(expected, np.reshape(means, (6, -1)).mean(axis=0), rtol=0.005)


def test_calibration_looks_at_what_is_open_of_factors_too() -> None:
    design = without_gaps(make())
    np.testing.assert_allclose(design.completed(0), design.kenmerken_mean)
    np.testing.assert_allclose(design.completed(0), make().kenmerken_mean)
    draws = np.arange(2 * 3 * 5 * 2, dtype=float).reshape(2, 3, 5, 2)
    posterior = xr.Dataset(
        {
            "factor_level": (("chain", "draw", "gemeente", "factor"), draws),
            "eta": (("chain", "draw", "wijk"), np.full((2, 3, 10), -2.0)),
        },
        {"gemeente": list(design.gemeenten), "factor": ["rust", "winkels"]},
    )
    found = quantities(posterior, [design])
    np.testing.assert_array_equal(found["factor_level[GM0005 winkels]"], draws[..., 4, 1].ravel())
    assert sum(name.startswith("factor_level") for name in found) == 5


def test_from_indicators_to_tables(tmp_path: Path) -> None:
    country = simulated_netherlands(9, wijken=90, gemeenten=12, regios=3, factor_effects=(0.4, -0.3))
    about = about_indicators().set_index("indicator")
    about["anchor"] = about["anchor"] == "ja"
    values = country.indicators
    indicators = Indicators(values, values * np.nan, about, "gesimuleerd")
    spec = ModelSpec(wijk_effect="normal", kenmerken=("perc_hhverd", "perc_nwmig", "afstandhuisarts"), imputations=2)
    sampling = SamplingSpec(draws=200, tune=250, chains=2, seed=5)
    with pytest.raises(ValueError, match="Student-t"):
        fit(country.areas, replace(spec, wijk_effect="student_t"), sampling, indicators=indicators)
    tree = fit(country.areas, spec, sampling, indicators=indicators, progress=False)
    save(tree, tmp_path / "fit.nc")
    tree = load(tmp_path / "fit.nc")
    factors = ["veiligheid_sociale_cohesie", "voorzieningen"]
    assert tree["posterior"]["kenmerk"].to_numpy()[-2:].tolist() == factors
    gamma = tree["posterior"]["beta"].sel(kenmerk=factors).mean(("chain", "draw")).to_numpy()
    assert gamma[0] > 0.2
    assert gamma[1] < -0.1
    loading = tree["factors"]["loading"].mean(("chain", "draw")).to_series()
    assert (np.sign(loading) == about["sign"]).all()
    assert "factors: loading" in tree["gate"]["quantity"].to_numpy()

    scores = read_design(tree).factors
    assert scores
    wijk = country.truth["gemeente"].to_numpy()
    measured = country.truth["measured"].to_numpy()[:, country.truth["anchor"].to_numpy()].any(axis=1)
    order = [list(read_design(tree).gemeenten).index(code) for code in wijk]
    assert (scores.anchored[order].any(axis=1) == measured).all()
    true = country.truth["factors"].to_numpy()
    for k in range(2):
        assert np.corrcoef(scores.mean[0, :, k], true[:, k])[0, 1] > 0.7
    results = make_results(tree, despite_failed_gate=True)
    parts = results.decomposition.set_index(["counting", "part"])["share"]
    assert parts["per wijk", "factoren"] > 0.1
