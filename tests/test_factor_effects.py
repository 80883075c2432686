"""Coefficients in points of use, what factors do to differences, and the sentences that say so."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fake_results import fake_results
from handmade import make_areas, make_draws
from report_results import report_results

from bayes_jeugdhulp import cli_report
from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.report.page_data import page_data
from bayes_jeugdhulp.report.sentences import factor_sentences
from bayes_jeugdhulp.results.factor_effects import Sizes, describe_change, factor_change, factor_effects


def make() -> Design:
    areas = make_areas([500, 60, 700, 900, 400, 300], [60, 9, 90, 70, 55, 30], gemeente=[1, 1, 2, 3, 4, 5])
    design = make_design(areas, ModelSpec(imputations=2), factors=True)
    rng = np.random.default_rng(8)
    anchored = np.array([[True, False]] * 3 + [[True, True]] * 2)
    wijk, gemeente = (np.tile(0.1 * np.eye(2), (2, n, 1, 1)) for n in (6, 5))
    scores = LatentScores(("rust", "winkels"), rng.standard_normal((2, 6, 2)), wijk, gemeente, anchored)
    return replace(design, factors=scores)


def test_points_are_expected_use_half_an_sd_up_less_half_an_sd_down() -> None:
    design = make()
    assert design.factors
    draws = make_draws(design, 40)
    names = ["lawaai", "stilte", "groen", "bakker", "slager", "kapper"]
    factor_of = ["rust"] * 3 + ["winkels"] * 3
    loading = xr.DataArray(
        np.tile([-0.9, 0.7, 0.4, 0.3, 0.8, 0.5], (2, 5, 1)),
        dims=("chain", "draw", "indicator"),
        coords={"indicator": names, "factor_of_indicator": ("indicator", factor_of)},
    )
    table = factor_effects([(design, draws)], loading, 0.9).set_index("factor")
    for k, name in enumerate(design.factors.names):
        step = 0.5 * np.eye(2)[k]
        up, down = (
            replace(design, factors=replace(design.factors, mean=design.factors.mean + s * step)) for s in (1, -1)
        )
        points = 100 * (expected_use(up, draws, "within_gemeente") - expected_use(down, draws, "within_gemeente"))
        per_draw = points.mean(axis=1)
        row = table.loc[name]
        assert row["points"] == pytest.approx(per_draw.mean(), rel=1e-9)
        assert row[["points_low", "points_high"]].tolist() == pytest.approx(
            np.quantile(per_draw, [0.05, 0.95]).tolist()
        )
        gamma = draws.beta[:, 2 + k]
        assert row["coefficient"] == pytest.approx(gamma.mean())
        assert row["prob_positive"] == (gamma > 0).mean()
    assert table["gemeenten_anchored"].tolist() == [5, 2]
    assert table["high_indicators"].tolist() == ["stilte; groen", "slager; kapper"]
    assert table["low_indicators"].tolist() == ["lawaai", ""]


def sizes(own: list[float], expected: list[float], factors: list[float]) -> Sizes:
    """Three draws that are all the same, so that the pairing does not matter."""
    frame = pd.DataFrame({"wijkcode": ["WK1", "WK2", "WK3"], "wijknaam": "", "gemeentecode": "", "gemeentenaam": ""})
    own_draws, expected_draws, added = (np.tile(np.array(values, float), (3, 1)) for values in (own, expected, factors))
    return Sizes(frame, own_draws, dict.fromkeys(REFERENCES, expected_draws), added)


def test_what_factors_do_to_differences_by_hand() -> None:
    with_factors = sizes([12, 8, 10], [11, 9, 10.5], [1.0, -0.5, 0])
    without = sizes([12, 8, 10], [10, 8.5, 10], [0, 0, 0])
    table = factor_change(with_factors, without, 0.95)
    for reference in REFERENCES:
        found = {name: table[f"{name}_{reference}"].tolist() for name in ("difference_without", "difference_with")}
        assert found == {"difference_without": [2, -0.5, 0], "difference_with": [1, -1, -0.5]}
        assert table[f"change_{reference}"].tolist() == [-1, -0.5, -0.5]
        assert table[f"change_high_{reference}"].tolist() == [-1, -0.5, -0.5]
        assert table[f"prob_smaller_{reference}"].tolist() == [1, 0, 0]
    assert table["factors_points_national"].tolist() == [1, -0.5, 0]
    wanted = {"wijken": 3, "smaller": 1, "surely_smaller": 1, "surely_larger": 2}
    assert describe_change(table)["national"] == wanted | {
        "mean_without": pytest.approx(2.5 / 3),
        "mean_with": pytest.approx(2.5 / 3),
    }


def test_random_pairing_gives_the_probability_of_independent_expectations() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"wijkcode": ["WK1"]})
    p, e, before = (rng.normal(m, s, (4000, 1)) for m, s in ((12, 0.5), (11, 0.4), (10.8, 0.4)))
    given = [Sizes(frame, own, dict.fromkeys(REFERENCES, expected), 0 * own) for own, expected in ((p, e), (p, before))]
    table = factor_change(*given, 0.95)
    own, expected, other = (rng.normal(m, s, 1_000_000) for m, s in ((12, 0.5), (11, 0.4), (10.8, 0.4)))
    chance = (np.abs(own - expected) < np.abs(own - other)).mean()
    assert table["prob_smaller_national"][0] == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 4000))


ROWS = pd.DataFrame(
    {
        "factor": ["sociale_rust", "winkels", "groen"],
        "points": [0.84, -0.62, 0.1],
        "points_low": [0.31, -1.12, -0.2],
        "points_high": [1.36, -0.1, 0.4],
        "high_indicators": ["thuis_voelen; omgang", "bakkers", ""],
        "low_indicators": ["overlast", "", "stenen"],
    }
)


def test_coefficients_in_words() -> None:
    results = replace(fake_results(40), factors=ROWS)
    higher, lower, unsure, warning = factor_sentences(results)
    assert higher == (
        "Wijken die een standaardafwijking hoger staan op sociale rust (hoog betekent hier: hoge cijfers voor thuis "
        "voelen en omgang en lage cijfers voor overlast) gebruiken, bij verder gelijke kenmerken en in dezelfde "
        "gemeente, gemiddeld ongeveer 0,8 procentpunt meer jeugdhulp (95%-interval 0,3 tot 1,4)."
    )
    assert "ongeveer 0,6 procentpunt minder jeugdhulp (95%-interval 0,1 tot 1,1)" in lower
    assert "niet te zeggen" in unsure
    assert "tussen \N{MINUS SIGN}0,2 en +0,4 procentpunt" in unsure
    assert warning.startswith("Een kenmerk van een wijk is geen oorzaak")
    assert "0.6 percentage points less jeugdhulp" in factor_sentences(results, "en")[1]
    stamped = replace(results, metadata=results.metadata | {"check_failures": ["R-hat 1.2"]})
    assert factor_sentences(stamped) == factor_sentences(fake_results(40)) == ()


def test_what_the_page_says_of_factors() -> None:
    counts = {"wijken": 1200, "smaller": 700, "surely_smaller": 31, "surely_larger": 4}
    change = {"within_gemeente": counts | {"mean_without": 1.26, "mean_with": 1.04}}
    results = report_results(40, factor_change=change)
    results = replace(results, factors=ROWS)
    said = factor_sentences(results)[-1]
    assert "in 700 van de 1.200 wijken kleiner en in 500 groter" in said
    assert "van 1,3 naar 1,0 procentpunt" in said
    assert said in page_data(results)["references"]["national"]["may"]


def test_a_report_beside_a_fit_without_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = sizes([12, 8, 10], [11, 9, 10.5], [1, 0, 0]), sizes([12, 8, 10], [10, 8.5, 10], [0, 0, 0])
    table = factor_change(*pair, 0.95)
    given: list[str] = []

    def compare(fits: list[tuple[str, xr.DataTree]]) -> SimpleNamespace:
        given.extend(label for label, _ in fits)
        return SimpleNamespace(factors=table)

    monkeypatch.setattr(cli_report.bj, "load", lambda path: xr.DataTree())
    monkeypatch.setattr(cli_report.bj, "compare", compare)
    paths = (Path("met.nc"), Path("zonder.nc"))
    found = cli_report.compared(report_results(40), xr.DataTree(), *paths)
    assert found.metadata["factor_change"]["national"]["smaller"] == 1
    assert given == ["zonder.nc", "met.nc"]
    table = pd.DataFrame()
    with pytest.raises(JeugdhulpError, match=r"zonder\.nc beside met\.nc: not a pair that passed the gate"):
        cli_report.compared(report_results(40), xr.DataTree(), *paths)
