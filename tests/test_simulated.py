"""The simulated Netherlands: like the settings, true to its own truth, and the same every time."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from bayes_jeugdhulp import read_scp
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.sources.simulated import SimulatedNetherlands, simulated_netherlands
from bayes_jeugdhulp.sources.simulated_kenmerken import read_settings
from bayes_jeugdhulp.sources.simulated_names import place_names

SETTINGS = read_settings()


@pytest.fixture(scope="module")
def country() -> SimulatedNetherlands:
    return simulated_netherlands()


@pytest.fixture(scope="module")
def small() -> SimulatedNetherlands:
    return simulated_netherlands(1, wijken=300, gemeenten=40, regios=6)


def test_the_same_seed_gives_the_same_country(country: SimulatedNetherlands) -> None:
    again = simulated_netherlands()
    pd.testing.assert_frame_equal(again.areas.wijken, country.areas.wijken)
    pd.testing.assert_frame_equal(again.areas.kenmerken, country.areas.kenmerken)
    pd.testing.assert_frame_equal(again.indicators, country.indicators)
    xr.testing.assert_identical(again.truth, country.truth)
    other = simulated_netherlands(2018)
    assert (other.areas.wijken["youths"].to_numpy() != country.areas.wijken["youths"].to_numpy()).mean() > 0.9


def test_the_default_country_is_the_same_on_every_machine(country: SimulatedNetherlands) -> None:
    truth = country.truth
    assert int(truth["youths"].sum()) == 3_398_841
    assert int(truth["users"].sum()) == 350_939
    assert truth["wijknaam"].to_numpy()[:2].tolist() == ["Oud-Schelverkamp", "Steurello-West"]


def test_another_wijk_effect_leaves_the_wijken_as_they_are(country: SimulatedNetherlands) -> None:
    normal = simulated_netherlands(wijk_effect="normal", factor_effects=(0, 0))
    pd.testing.assert_frame_equal(normal.areas.kenmerken, country.areas.kenmerken)
    xr.testing.assert_equal(normal.truth["gemeente_effect"], country.truth["gemeente_effect"])
    assert np.isinf(normal.truth["nu"])


def test_it_says_that_it_is_simulated(country: SimulatedNetherlands) -> None:
    areas = country.areas
    assert areas.simulated
    assert country.truth.attrs["simulated"] == 1
    for text in (areas.title, areas.attribution, country.truth.attrs["title"]):
        assert "esimuleerd" in text
    assert areas.wijken.index[0] == "WK900100"
    assert set(areas.wijken["jeugdzorgregio"]) == {f"JZ{n}" for n in range(51, 93)}


def test_it_is_as_published_in_2017(country: SimulatedNetherlands) -> None:
    wijken, published = country.areas.wijken, SETTINGS["published"]
    assert (len(wijken), wijken["gemeentecode"].nunique(), wijken["jeugdzorgregio"].nunique()) == (2918, 388, 42)
    assert np.mean(wijken["observed_state"] == "suppressed") == pytest.approx(published["suppressed_share"], abs=0.03)
    assert wijken["observed_pct"].mean() == pytest.approx(published["observed_pct_mean"], abs=0.4)
    assert wijken["observed_pct"].std() == pytest.approx(published["observed_pct_sd"], abs=0.5)
    gaps = country.areas.kenmerken.isna().mean()
    assert abs(gaps - pd.Series(SETTINGS["missing_share"])).max() < 0.05


def test_quantiles_and_correlations_are_those_of_the_settings(country: SimulatedNetherlands) -> None:
    complete = country.truth["kenmerken"].to_pandas().assign(youths=country.truth["youths"])
    at = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    bins = np.array(SETTINGS["bins"])
    for name, means in SETTINGS["bin_means"].items():
        if name in complete:
            wanted = np.interp(at, (bins[1:] + bins[:-1]) / 2, means)
            margin = 0.05 * (wanted[-1] - wanted[0]) + 0.5 * 10.0 ** -SETTINGS["decimals"].get(name, 0)
            np.testing.assert_allclose(complete[name].quantile(at), wanted, atol=margin, err_msg=name)
    names = [name for name in SETTINGS["scores"] if name in complete]
    lower = [SETTINGS[key] for key in ("scores_within_gemeente", "scores_between_gemeenten")]
    wanted = np.array([np.pad(np.add(*rows), (0, len(lower[0]) - len(rows[0]))) for rows in zip(*lower, strict=True)])
    table = pd.DataFrame(wanted + np.tril(wanted, -1).T, SETTINGS["scores"], SETTINGS["scores"]).loc[names, names]
    difference = (complete[names].corr("spearman") - 6 / np.pi * np.arcsin(table / 2)).abs()
    assert difference.stack().mean() < 0.03
    assert difference.drop(index="samenw", columns="samenw").max().max() < 0.2
    of_gemeente = complete.groupby(country.areas.wijken["gemeentecode"]).nunique().max() == 1
    assert set(of_gemeente.index[of_gemeente]) == set(SETTINGS["gemeente_kenmerken"])


def test_a_percentage_is_missing_where_the_count_behind_it_is_small() -> None:
    country = simulated_netherlands(3, wijken=600, gemeenten=80, regios=9, kenmerken_bounds=True)
    areas, complete = country.areas, country.truth["kenmerken"].to_pandas()
    pd.testing.assert_frame_equal(areas.kenmerken, complete.where(areas.kenmerken.notna()), check_names=False)
    for name in SETTINGS["denominators"]:
        missing, bound = areas.kenmerken[name].isna(), areas.kenmerken_upper[name]
        assert (bound.notna() == missing).all()
        assert (complete[name][missing] <= bound[missing]).all()
        assert areas.wijken["youths"][missing].median() < areas.wijken["youths"][~missing].median()
    assert areas.kenmerken_upper.drop(columns=list(SETTINGS["denominators"])).isna().all().all()
    assert simulated_netherlands(3, wijken=60, gemeenten=8, regios=2).areas.kenmerken_upper.isna().all().all()


def test_p_follows_from_its_parts(small: SimulatedNetherlands) -> None:
    truth = small.truth
    kenmerken = truth["kenmerken"].to_numpy()
    x = (kenmerken - kenmerken.mean(axis=0)) / kenmerken.std(axis=0)
    regio_of_wijk = truth["regio_of_gemeente"].sel(gemeente=truth["gemeente_of_wijk"])
    eta = float(truth["alpha"]) + x @ truth["beta"].to_numpy() + truth["factors"].to_numpy() @ truth["gamma"].to_numpy()
    eta += truth["regio_effect"].sel(regio=regio_of_wijk).to_numpy()
    eta += truth["gemeente_effect"].sel(gemeente=truth["gemeente_of_wijk"]).to_numpy()
    np.testing.assert_allclose(truth["p"], 1 / (1 + np.exp(-eta - truth["wijk_effect"])), rtol=1e-12)
    np.testing.assert_allclose(truth["factors"].mean("wijk"), 0, atol=1e-12)
    np.testing.assert_allclose(truth["factors"].std("wijk"), 1, rtol=1e-12)


@pytest.mark.parametrize("wijk_effect", ["heavy", "normal"])
def test_expectations_average_over_what_they_should(wijk_effect: str) -> None:
    truth = simulated_netherlands(5, wijken=40, gemeenten=6, regios=2, wijk_effect=wijk_effect, nu=3.0).truth
    scale = float(truth["sigma_wijk"]) * (truth["youths"].to_numpy() / 700) ** -float(truth["kappa"])
    kind = stats.t(3) if wijk_effect == "heavy" else stats.norm()
    smallest = int(truth["youths"].to_numpy().argmin())
    own = special.logit(truth["p"].to_numpy()) - truth["wijk_effect"].to_numpy()
    by_quad = integrate.quad(
        lambda t: special.expit(own[smallest] + scale[smallest] * t) * kind.pdf(t), -np.inf, np.inf, epsabs=1e-12
    )[0]
    assert float(truth["expected_within_gemeente"][smallest]) == pytest.approx(by_quad, abs=1e-9)

    rng, gemeente = np.random.default_rng(0), truth["gemeente_of_wijk"][smallest]
    regio = truth["regio_of_gemeente"].sel(gemeente=gemeente)
    groups = float(truth["regio_effect"].sel(regio=regio) + truth["gemeente_effect"].sel(gemeente=gemeente))
    new = (
        rng.normal(0, 0.08, 400_000)
        + rng.normal(0, 0.15, 400_000)
        + scale[smallest] * kind.rvs(400_000, random_state=rng)
    )
    p = special.expit(own[smallest] - groups + new)
    error = p.std() / np.sqrt(len(p))
    assert float(truth["expected_national"][smallest]) == pytest.approx(p.mean(), abs=4 * error)


def test_heavy_tails_put_a_few_wijken_far_out(country: SimulatedNetherlands) -> None:
    truth = country.truth
    scale = float(truth["sigma_wijk"]) * (truth["youths"] / 700) ** -float(truth["kappa"])
    t = (truth["wijk_effect"] / scale).to_numpy()
    assert stats.kstest(t, stats.t(3).cdf).pvalue > 0.01
    assert 5 < (np.abs(t) > 8).sum() < 25


@pytest.mark.parametrize("policy", [CountsPolicy(), CountsPolicy(10), CountsPolicy(8, 5)])
def test_users_are_published_as_the_policy_says(policy: CountsPolicy) -> None:
    country = simulated_netherlands(4, wijken=200, gemeenten=20, regios=3, policy=policy)
    users, wijken = country.truth["users"].to_numpy(), country.areas.wijken
    assert ((wijken["users_low"] <= users) & (users <= wijken["users_high"])).all()
    np.testing.assert_array_equal(wijken["observed_state"] == "suppressed", users < policy.suppressed_below)


def test_indicators_measure_their_factor_where_they_are_measured(country: SimulatedNetherlands) -> None:
    truth, indicators = country.truth, country.indicators
    factor = truth["factors"].to_pandas()[truth["factor_of_indicator"].to_numpy()].set_axis(indicators.columns, axis=1)
    correlation = indicators.corrwith(factor)
    np.testing.assert_allclose(correlation, truth["loading"], atol=0.08)
    gemeente = country.areas.wijken["gemeentecode"]
    lacking = indicators.isna().groupby(gemeente).mean()
    assert lacking.isin([0, 1]).all().all()
    anchors = lacking[indicators.columns[truth["anchor"].to_numpy()]]
    assert anchors.shape[1] == 4
    assert (anchors.sum(axis=1) == 0).mean() == pytest.approx(0.9, abs=0.01)
    assert (lacking.sum(axis=1) == 7).mean() == pytest.approx(0.35, abs=0.01)
    assert (lacking.sum(axis=1) == 17).mean() == pytest.approx(0.05, abs=0.01)


@given(st.data())
@hypothesis_settings(max_examples=15, deadline=None)
def test_any_size_works(data: st.DataObject) -> None:
    regios = data.draw(st.integers(1, 10))
    gemeenten = data.draw(st.integers(regios, 30))
    wijken = data.draw(st.integers(gemeenten, 150))
    country = simulated_netherlands(data.draw(st.integers(0, 99)), wijken=wijken, gemeenten=gemeenten, regios=regios)
    table = country.areas.wijken
    assert (len(table), table["gemeentecode"].nunique(), table["jeugdzorgregio"].nunique()) == (
        wijken,
        gemeenten,
        regios,
    )
    assert table["wijknaam"].is_unique
    assert (table.index.str[2:6] == table["gemeentecode"].str[2:]).all()
    assert np.isfinite(country.truth["p"]).all()
    assert table.index.to_list() == country.truth["wijk"].to_numpy().tolist() == country.indicators.index.to_list()


@pytest.mark.parametrize(
    "sizes", [{"wijken": 10, "gemeenten": 20}, {"gemeenten": 41}, {"wijken": 1000, "gemeenten": 5, "regios": 1}]
)
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is not possible: each level needs"):
        simulated_netherlands(**{"wijken": 3000, "gemeenten": 388, "regios": 42} | sizes)


def test_names_of_gemeenten_and_wijken_differ() -> None:
    gemeenten, wijken = place_names(np.random.default_rng(0), 388, 2918)
    assert len({*gemeenten, *wijken}) == 388 + 2918


def test_the_truth_can_be_saved(small: SimulatedNetherlands, tmp_path: Path) -> None:
    small.truth.to_netcdf(tmp_path / "truth.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "truth.nc", engine="h5netcdf") as again:
        xr.testing.assert_equal(again["expected_national"], small.truth["expected_national"])


def mainland_parts(borders: gpd.GeoDataFrame, group: pd.Series) -> gpd.GeoSeries:
    """The land of each group, without islands."""
    mainland = borders[~borders["island"].to_numpy()]
    return mainland.dissolve(group.loc[mainland["wijkcode"]].to_numpy()).geometry


@pytest.mark.parametrize("size", [(2918, 388, 42), (300, 40, 6), (30, 6, 2)])
def test_borders_are_nested_and_whole(size: tuple[int, int, int]) -> None:
    wijken, gemeenten, regios = size
    country = simulated_netherlands(6, wijken=wijken, gemeenten=gemeenten, regios=regios)
    borders, table = country.borders, country.areas.wijken
    assert country.borders is borders
    assert borders["wijkcode"].to_list() == table.index.to_list()
    assert borders.crs == "EPSG:28992"
    assert borders.is_valid.all()
    assert (borders.geom_type == "Polygon").all()
    assert borders.union_all().area == pytest.approx(borders.area.sum(), rel=1e-9)  # nothing lies over another
    for column in ("gemeentecode", "jeugdzorgregio"):
        assert (mainland_parts(borders, table[column]).geom_type == "Polygon").all()
    assert borders["island"].mean() < 0.2


def test_borders_are_wide_where_few_people_live(country: SimulatedNetherlands) -> None:
    area = country.borders.set_index("wijkcode").area
    kenmerken = country.truth["kenmerken"].to_pandas()
    assert stats.spearmanr(area, kenmerken["afstandhuisarts"]).statistic > 0.2
    assert stats.spearmanr(area, kenmerken["huur_corp"]).statistic < -0.1


def test_it_resembles_the_real_file(country: SimulatedNetherlands, data_folder: Path) -> None:
    real = read_scp(
        data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods",
        data_folder / "scp_2017" / "jeugdigen_benadering.csv",
        data_folder / "regio" / "gemeente_2017_jeugdzorgregio.csv",
    )
    areas = country.areas
    assert list(areas.kenmerken) == list(real.kenmerken)
    at = [0.25, 0.5, 0.75]
    for name in areas.kenmerken:  # of what is published, so gaps included
        spread = np.ptp(real.kenmerken[name].quantile([0.1, 0.9])) or 1.0
        ours, theirs = areas.kenmerken[name].quantile(at), real.kenmerken[name].quantile(at)
        np.testing.assert_allclose(ours, theirs, atol=0.1 * spread, err_msg=name)
    np.testing.assert_allclose(
        areas.wijken["observed_pct"].quantile(at), real.wijken["observed_pct"].quantile(at), atol=0.5
    )
    assert not set(areas.wijken["gemeentenaam"]) & set(real.wijken["gemeentenaam"])
    for codes in ("gemeentecode", "jeugdzorgregio"):
        assert not set(areas.wijken[codes]) & set(real.wijken[codes])
