"""The evidence itself: simulations, the oracle, ranks and shares against what is known of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import make_areas, make_draws
from scipy.special import expit
from scipy.stats import binom

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference import SamplingSpec, fit, save
from bayes_jeugdhulp.inference.expected import Draws
from bayes_jeugdhulp.inference.oracle import oracle_draws
from bayes_jeugdhulp.inference.sbc import _both, bands
from bayes_jeugdhulp.inference.simulation import (
    draw_truth,
    draw_users,
    observe,
    observe_unsure,
    regios_alone,
    without_gaps,
)
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.model.build import model_data
from bayes_jeugdhulp.model.likelihood import IntervalTerms, log_interval
from bayes_jeugdhulp.results import simulations
from bayes_jeugdhulp.results.criteria import BROKEN, SOUND, criteria, rank_bands
from bayes_jeugdhulp.results.evidence import _flag_counts, pooled
from bayes_jeugdhulp.results.simulations import run_simulations
from bayes_jeugdhulp.results.status import FlagRule, Size
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

GEMEENTE = np.array([1, 1, 1, 2, 2, 3, 3, 4, 4, 5])
REGIO = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}


def small_design() -> Design:
    """Ten wijken in five gemeenten in two regions; one figure is suppressed and one missing."""
    users = [60, 3, 90, 70, 55, None, 100, 40, 45, 66]
    youths = [500, 60, 700, 900, 400, 300, 800, 450, 500, 640]
    areas = make_areas(youths, users, gemeente=GEMEENTE.tolist(), regio=REGIO, policy=CountsPolicy(10))
    return make_design(areas, ModelSpec())


def mixed(draws: Draws) -> Draws:
    """The same draws with a tenth of the wijken outlying."""
    count = len(draws.alpha)
    return replace(
        draws,
        share=np.stack([np.full((count, 1), 0.9), np.full((count, 1), 0.1)]),
        times=np.stack([np.ones((count, 1)), np.full((count, 1), 4.0)]),
    )


def test_the_oracle_draws_what_importance_sampling_does() -> None:
    design = small_design()
    truth = mixed(make_draws(design, 2, constant=True))
    truth = Draws(**{name: _first(name, getattr(truth, name)) for name in Draws.__slots__})
    drawn = oracle_draws(design, truth, 20_000, np.random.default_rng(1))

    # everything anew from its distribution, weighted by the probability of the figures
    rng, count = np.random.default_rng(2), 400_000
    regio = truth.sigma_regio[0] * rng.standard_normal((count, 2))
    gemeente = truth.sigma_gemeente[0] * rng.standard_normal((count, 5))
    times = np.where(rng.random((count, 10)) < 0.1, 4.0, 1.0)
    level = gemeente + regio[:, design.regio_of_gemeente]
    eta = truth.alpha[0] + design.kenmerken_mean @ truth.beta[0] + level[:, design.gemeente_of_wijk]
    eta += times * truth.sigma_wijk[0] * rng.standard_normal((count, 10))
    p = expit(eta)
    chance = binom.cdf(design.users_high, design.youths, p) - binom.cdf(design.users_low - 1, design.youths, p)
    weight = np.prod(chance[:, design.observed], axis=1)
    weight /= weight.sum()
    enough = 1 / (weight**2).sum()
    for found, wanted in ((drawn.eta, eta), (drawn.gemeente, gemeente), (drawn.regio, regio)):
        mean = weight @ wanted
        sd = np.sqrt(weight @ (wanted - mean) ** 2)
        np.testing.assert_allclose(found.mean(axis=0), mean, atol=5 * sd.max() / np.sqrt(enough))
        np.testing.assert_allclose(found.std(axis=0), sd, rtol=5 / np.sqrt(enough))


def _first(name: str, values: np.ndarray | None) -> np.ndarray | None:
    if values is None:
        return None
    return values[:, :1] if name in ("share", "times") else values[:1]


def test_figures_are_published_as_the_source_would_and_missing_ones_stay_missing() -> None:
    design = small_design()
    seen = observe(design, np.array([8, 3, 9, 10, 11, 50, 12, 13, 14, 15]))
    table = seen.areas.wijken
    assert table["observed_state"].tolist() == ["suppressed"] * 3 + ["published"] * 2 + ["missing"] + ["published"] * 4
    assert table["users_low"].tolist() == [0, 0, 0, 10, 11, 0, 12, 13, 14, 15]
    assert table["users_high"].tolist() == [9, 9, 9, 10, 11, 300, 12, 13, 14, 15]
    assert (seen.counts.users_low == seen.users_low).all()


def test_worlds_are_wrong_in_the_way_they_say() -> None:
    country = simulated_netherlands(4, wijken=900, gemeenten=150, regios=10)
    design = without_gaps(make_design(country.areas, ModelSpec(imputations=1)))
    draws = mixed(make_draws(design, 2, constant=True))
    rng = np.random.default_rng(3)
    kenmerken = design.kenmerken_mean @ draws.beta[0]
    level = np.bincount(design.gemeente_of_wijk, kenmerken) / np.bincount(design.gemeente_of_wijk)

    size = np.log(np.bincount(design.gemeente_of_wijk, design.youths))

    def correlation(world: str, with_what: np.ndarray) -> float:
        drawn = [draw_truth(design, draws, world, rng).gemeente[0] for _ in range(40)]
        return float(np.mean([np.corrcoef(gemeente, with_what)[0, 1] for gemeente in drawn]))

    assert abs(correlation("model", level)) < 0.05
    assert abs(correlation("model", size)) < 0.05
    assert correlation("correlated", level) == pytest.approx(0.5, abs=0.05)
    assert correlation("urban", size) == pytest.approx(0.5, abs=0.05)
    truth = draw_truth(design, draws, "misregistered", rng)
    largest = design.gemeente_of_wijk == np.bincount(design.gemeente_of_wijk).argmax()
    users = np.mean([draw_users(design, truth, "misregistered", rng)[1] for _ in range(200)], axis=0)
    registered = users / (design.youths * expit(truth.eta[0]))
    assert registered[~largest].mean() == pytest.approx(1, abs=0.02)
    assert registered[largest][::2].mean() == pytest.approx(0.6, abs=0.05)
    assert draw_truth(design, draws, "heavy", rng).nu == [3]


def test_youths_that_the_reader_does_not_know_fit_the_percentages_that_he_sees() -> None:
    design, rng = small_design(), np.random.default_rng(1)
    policy = CountsPolicy(10, pct_decimals=3)
    table = design.areas.wijken.assign(youths_log_sd=0.3)
    design = replace(design, areas=replace(design.areas, wijken=table, policy=policy))
    truth = make_draws(design, 2, constant=True)
    youths, users = draw_users(design, truth, "youths", rng)
    assert (youths != design.youths).all()
    seen = observe_unsure(design, youths, users, seed=1)
    read = seen.areas.wijken
    shown = seen.published
    assert 0 < shown.sum() < 9 == seen.observed.sum()
    np.testing.assert_allclose(read["observed_pct"][shown], 100 * (users / youths)[shown], atol=0.0005)
    for numbers in (read, seen.counts):
        n, k = np.asarray(numbers.youths)[..., shown], np.asarray(numbers.users_low)[..., shown]
        np.testing.assert_allclose(100 * k / n, np.broadcast_to(100 * (users / youths)[shown], n.shape), atol=0.001)
    assert (seen.users_high[~shown & seen.observed] == np.minimum(9, seen.youths)[~shown & seen.observed]).all()
    logs = np.log([draw_users(design, truth, "youths", rng)[0] / design.youths for _ in range(4000)])
    assert np.median(np.abs(logs)) == pytest.approx(0.3 / np.sqrt(3) * 0.765, rel=0.05)  # quartile of Student-t, 3 df


def test_without_gemeenten_a_region_is_one() -> None:
    design = small_design()
    broken = regios_alone(design)
    assert broken.gemeenten == broken.regios == design.regios
    assert broken.gemeente_of_wijk.tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert broken.regio_of_gemeente.tolist() == [0, 1]


def test_two_looks_add_their_log_likelihoods() -> None:
    design = small_design()
    again = observe(design, np.array([70, 12, 4, 80, 41, 20, 110, 35, 5, 60]))
    parts = [model_data(one, None, one.kenmerken_mean, 9) for one in (design, again)]
    eta = np.random.default_rng(1).normal(-2, 0.3, 10)

    def log_likelihood(data: dict[str, np.ndarray]) -> float:
        terms = IntervalTerms(*(data[f"interval_{name}"] for name in IntervalTerms.__slots__))
        return float(log_interval(terms, eta[data["observed"]], 9).sum())

    assert log_likelihood(_both(*parts)) == pytest.approx(sum(log_likelihood(part) for part in parts), rel=1e-12)


def test_bands_hold_what_is_uniform_and_show_what_is_not() -> None:
    rng = np.random.default_rng(5)
    even = {f"quantity {i}": rng.random(100) for i in range(20)}
    assert bands(even).left == ()
    assert bands(even | {"biased": rng.beta(1.8, 1, 100), "narrow": rng.beta(0.4, 0.4, 100)}).left == (
        "biased",
        "narrow",
    )


def test_shares_are_pooled_over_simulations() -> None:
    counted = pd.DataFrame(
        {
            "world": "model",
            "who": "fit",
            "reference": "national",
            "measure": "flagged hoger: false",
            "youths_from": [0.0, 150.0, 0.0, 150.0],
            "count": [1.0, 0.0, 3.0, 2.0],
            "of": [10.0, 0.0, 10.0, 20.0],
            "seed": [1, 1, 2, 2],
        }
    )
    table = pooled(counted).set_index("youths_from")
    assert table["percent"].round(9).to_dict() == {-1.0: 15.0, 0.0: 20.0, 150.0: 10.0}
    # residuals 1 - .15 * 10 and 5 - .15 * 30 of 40: the ratio estimator's error
    assert table.loc[-1.0, "se"] == pytest.approx(100 * np.sqrt((0.5**2 + 0.5**2) * 2) / 40)
    verdicts = criteria(pooled(counted), {}).set_index("youths_from")["verdict"]
    assert set(verdicts) == {"undecided"}  # 15, 20 and 10 with errors of 7 to 10
    # none of 5 and of 15 twice over: no spread, yet no proof that it is not a tenth; none of 1,000 twice is one
    none = counted.assign(count=0.0, of=[5.0, 15.0, 5.0, 15.0])
    assert set(criteria(pooled(none), {})["verdict"]) == {"undecided"}
    assert set(criteria(pooled(none.assign(of=1000.0)), {})["verdict"]) == {"missed"}
    sure = counted.assign(count=1000.0, of=10000.0, world="urban")
    assert criteria(pooled(sure), {})[["world", "verdict"]].drop_duplicates().to_numpy().tolist() == [["urban", "met"]]


def test_the_oracle_is_compared_within_each_simulation() -> None:
    """It finds two more of ten every time: what differs between simulations is no error of that."""
    fit = pd.DataFrame({"world": "model", "who": "fit", "reference": "national", "youths_from": 0.0, "seed": range(8)})
    fit = fit.assign(measure="flagged hoger: of those 1.5 to 2.5 m away", count=np.arange(8.0), of=10.0)
    table = pooled(pd.concat([fit, fit.assign(who="oracle", count=fit["count"] + 2)]))
    less = table[(table["who"] == "oracle less fit") & (table["youths_from"] == -1)].iloc[0]
    assert (less["percent"], less["se"]) == (pytest.approx(20), pytest.approx(0, abs=1e-9))
    assert table[table["who"] == "oracle"]["se"].min() > 5
    found = criteria(table, {})
    assert found[["criterion", "verdict"]].drop_duplicates().to_numpy().tolist() == [
        ["points behind the oracle, flagged hoger: of those 1.5 to 2.5 m away", "missed"]
    ]


def test_flags_are_counted_against_the_truth() -> None:
    higher = np.array([0.99, 0.95, 0.91, 0.2, 0.97])
    size = Size(higher, higher, higher, higher, np.zeros(5), 1 - higher)
    truth, judged = np.array([2.0, 0.5, -1.0, 2.2, 5.0]), np.array([True, True, True, True, False])
    found = {
        name: (pytest.approx((hit * among).sum()), int(among.sum()))
        for name, (hit, among) in _flag_counts(size, truth, judged, FlagRule(), np.ones(5)).items()
    }
    assert found["status hoger: false"] == (2, 3)
    assert found["status hoger: on the other side of 0"] == (1, 3)
    assert found["status hoger: of those 1.5 to 2.5 m away"] == (1, 2)
    assert found["flagged hoger: false"] == (2, 3)
    assert found["flagged hoger: false by its own account"] == (0.01 + 0.05 + 0.09, 3)
    assert found["status als verwacht: false"] == (1, 1)
    assert found["any status"] == (4, 4)


def test_a_journal_spares_what_was_run_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[tuple[str, int]] = []

    def run_task(task: simulations.Task) -> pd.DataFrame:
        run.append((task.kind, task.index))
        if len(run) == 2:
            raise FloatingPointError("a step too far")
        return pd.DataFrame({"kind": [task.kind], "quantity": "alpha", "rank": 0.5, "index": task.index})

    monkeypatch.setattr(simulations, "run_task", run_task)
    (tmp_path / "fit.nc").write_text("one")
    (tmp_path / "other.nc").write_text("two")
    lengths, why = [], {"no_gemeente_001": "FloatingPointError: a step too far"}
    for name, number in (("fit", 3), ("fit", 3), ("fit", 4), ("other", 1)):
        with ThreadPoolExecutor(1) as executor:
            ranks, counted, failed = run_simulations(
                tmp_path / f"{name}.nc", {"no gemeente": number}, executor, journal=tmp_path / "journal"
            )
        lengths.append((len(ranks), len(counted), len(run), failed))
    assert lengths == [(2, 0, 3, why), (3, 0, 4, {}), (4, 0, 5, {}), (1, 0, 6, {})]
    assert [index for _, index in run] == [0, 1, 2, 1, 3, 0]


@pytest.mark.heavy
def test_the_model_passes_and_broken_ones_do_not(tmp_path: Path) -> None:
    """A small version of `bayes-jeugdhulp calibrate`, with so much suppressed that leaving it out must show."""
    country = simulated_netherlands(6, wijken=150, gemeenten=25, regios=4, policy=CountsPolicy(suppressed_below=16))
    tree = fit(country.areas, ModelSpec(imputations=2), SamplingSpec(draws=300), progress=False)
    save(tree, tmp_path / "fit.nc")
    number = dict.fromkeys(SOUND, 24) | dict.fromkeys(BROKEN, 32) | {"model": 12}
    with ThreadPoolExecutor(1) as executor:
        ranks, counted, failed = run_simulations(tmp_path / "fit.nc", number, executor)
    assert failed == {}
    per_kind = rank_bands(ranks)
    assert {kind: per_kind[kind].left for kind in SOUND} == dict.fromkeys(SOUND, ())
    for kind in BROKEN:
        assert per_kind[kind].left, kind
    shares = pooled(counted).query("who == 'fit' and youths_from == -1").set_index(["reference", "measure"])
    for measure, wanted in (("outside 95%", 5), ("outside 80%", 20), ("p_w in its 95% interval", 95)):
        found = shares.loc[("within_gemeente", measure)]
        assert abs(found["percent"] - wanted) < 1 + 4 * found["se"], measure
