"""Whether factors are measured and used rightly: figures invented for one country, again and again, the truth known.

    python data/factors_evidence.py --simulations 20 --journal evidence

prints the tables of ``docs/factors.md#evidence``. Each simulation is kept in the journal as it ends; an interrupted run
goes on where it was, and ``--simulations 0`` prints what there is. What takes long and shows its answer soon is done in
the first simulations only: ``cut``, and gemeenten left out where factors matter. Everything is simulated.
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.factors.latent import Flow, LatentScores
from bayes_jeugdhulp.factors.measurement import (
    Measured,
    compile_measurement,
    components_of,
    measurement_model,
    sample_measurement,
)
from bayes_jeugdhulp.factors.moments import latent_scores
from bayes_jeugdhulp.factors.working_scale import to_working_scale
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.crossvalidation import gemeente_folds, score_gemeenten
from bayes_jeugdhulp.inference.expected import REFERENCES, read_draws
from bayes_jeugdhulp.inference.factors import measurement_summary
from bayes_jeugdhulp.inference.loo import leave_one_out
from bayes_jeugdhulp.inference.marginal import add_predictive, new_wijk
from bayes_jeugdhulp.inference.sampling import Compiled, SamplingSpec, compile_model
from bayes_jeugdhulp.inference.simulation import observe
from bayes_jeugdhulp.model import Design, ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results.calibration import randomised_pit
from bayes_jeugdhulp.results.comparison import difference_from
from bayes_jeugdhulp.results.surprise import predictive, surprise
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.simulated_factors import (
    FACTOR_KENMERKEN,
    INDICATOR_GEMEENTE_SD,
    INDICATORS,
    about_indicators,
)

WIJKEN, GEMEENTEN, REGIOS = 200, 30, 4
KENMERKEN = tuple(dict.fromkeys(name for weights in FACTOR_KENMERKEN.values() for name in weights))
SPEC = ModelSpec(kenmerken=KENMERKEN, wijk_effect="normal")
SAMPLING = SamplingSpec(draws=400, tune=150, chains=2, thin=1, acceptance=0.8)
FOLDS, LEFT_OUT = 5, SamplingSpec(draws=100, tune=75, chains=2, thin=1, acceptance=0.8)
FIRST = 10  # simulations that have everything
# Of a factor's variance half goes with kenmerken, a fifth is the gemeente's, the rest the wijk's own, of sd 1.
UNIT, LEVEL_SD, CORRELATION = 0.3**-0.5, (0.2 / 0.3) ** 0.5, 0.3
SIGMA_REGIO, SIGMA_GEMEENTE, SIGMA_WIJK, KAPPA = 0.14, 0.11, 0.15, 0.29
WAYS: tuple[Flow, ...] = ("joint", "cut", "plug_in")


@dataclass(frozen=True, slots=True)
class Kind:
    """A truth: coefficients of two factors, strength of loadings, simulations with gemeenten left out, times a turn."""

    gamma: tuple[float, float]
    strength: float = 1.0
    crossvalidated: int = 0
    times: int = 1


KINDS = {
    "ordinary": Kind((0.25, -0.15), crossvalidated=FIRST),
    "noise": Kind((0.0, 0.0), crossvalidated=10**6, times=2),
    "weak indicators": Kind((0.25, -0.15), strength=0.45),
    "large": Kind((0.6, -0.4)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """What all simulations share: wijken, kenmerken without gaps, who measures what, and the compiled models."""

    design: Design
    components: np.ndarray
    slopes: np.ndarray  # of the factors on the components, shape (kenmerk, factor), in units of the wijk's own part
    measures: np.ndarray  # shape (gemeente, indicator)
    measurement: Any = None
    use: Compiled | None = None
    without: Compiled | None = None

    @property
    def lacks(self) -> np.ndarray:
        """What each gemeente lacks: nothing or a half (0), the anchors (1), everything (2)."""
        _, _, anchor = (np.array(column) for column in zip(*INDICATORS.values(), strict=True))
        return np.where(~self.measures.any(axis=1), 2, np.where(~self.measures[:, anchor].any(axis=1), 1, 0))


LACKS = ("some anchors", "no anchors", "no indicators")


def make_country() -> Country:
    """Take the places and kenmerken of a simulated Netherlands; of 30 gemeenten 10 lack half, 3 the anchors, 6 all."""
    country = bj.simulated_netherlands(1, wijken=WIJKEN, gemeenten=GEMEENTEN, regios=REGIOS)
    complete = country.truth["kenmerken"].sel(wijk=country.areas.wijken.index.to_numpy()).to_pandas()[list(KENMERKEN)]
    areas = replace(country.areas, kenmerken=complete, kenmerken_upper=complete * np.nan)
    design = make_design(areas, SPEC, factors=True)
    x = design.kenmerken_mean
    components = components_of(x)
    signals = []
    for weights in FACTOR_KENMERKEN.values():
        signal = x @ np.array([weights.get(name, 0.0) for name in KENMERKEN])
        signals.append(signal / signal.std() * np.sqrt(0.5) * UNIT)
    slopes = np.linalg.lstsq(components, np.column_stack(signals), rcond=None)[0]
    rng = np.random.default_rng(1)
    _, _, anchor = (np.array(column) for column in zip(*INDICATORS.values(), strict=True))
    kind = rng.permutation(GEMEENTEN)[:, None] * 30 // GEMEENTEN
    half = np.zeros((GEMEENTEN, len(anchor)), bool)
    half[:, ~anchor] = rng.permuted(np.tile(np.arange((~anchor).sum()) % 2 == 0, (GEMEENTEN, 1)), axis=1)
    lacks = ((kind < 10) & half) | ((kind >= 10) & (kind < 13) & anchor) | ((kind >= 13) & (kind < 19))
    return Country(design, components, slopes, ~lacks)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Invented figures and what they come from."""

    design: Design
    measured: Measured
    factors: np.ndarray  # shape (wijk, factor), standard units
    gamma: np.ndarray
    eta: np.ndarray
    parameters: xr.Dataset  # of the measurement, as a posterior of one draw
    loading: np.ndarray  # signed, in standard units


def simulate(country: Country, kind: Kind, seed: int) -> Truth:
    """Draw factors, indicators and users."""
    rng, design = np.random.default_rng(seed), country.design
    place = design.gemeente_of_wijk
    root = np.linalg.cholesky([[1, CORRELATION], [CORRELATION, 1]])
    level = LEVEL_SD * rng.standard_normal((GEMEENTEN, 2)) @ root.T
    raw = country.components @ country.slopes + level[place] + rng.standard_normal((WIJKEN, 2)) @ root.T
    factors = (raw - raw.mean(axis=0)) / UNIT

    names, (factor, loading, anchor) = (
        list(INDICATORS),
        (np.array(part) for part in zip(*INDICATORS.values(), strict=True)),
    )
    factor_of = np.unique(factor, return_inverse=True)[1]
    loading = kind.strength * loading
    own = INDICATOR_GEMEENTE_SD * rng.standard_normal((GEMEENTEN, len(names))) * ~anchor
    noise = np.sqrt(1 - loading**2)
    values = own[place] + factors[:, factor_of] * loading + noise * rng.standard_normal((WIJKEN, len(names)))
    values = np.where(country.measures[place], values, np.nan)
    table = pd.DataFrame(values, design.areas.wijken.index, names)
    about = about_indicators().set_index("indicator")
    about["anchor"] = about["anchor"] == "ja"
    measured = to_working_scale(Indicators(table, table * np.nan, about, "simulated"), table.index)

    effects = SIGMA_GEMEENTE * rng.standard_normal(GEMEENTEN)
    effects += (SIGMA_REGIO * rng.standard_normal(REGIOS))[design.regio_of_gemeente]
    beta, gamma = rng.normal(0, 0.08, len(KENMERKEN)), np.array(kind.gamma)
    scale = SIGMA_WIJK * (design.youths / 700) ** -KAPPA
    eta = -2.2 + design.kenmerken_mean @ beta + factors @ gamma + effects[place] + scale * rng.standard_normal(WIJKEN)
    seen = observe(design, rng.binomial(design.youths, expit(eta)))

    sd, k = np.nanstd(values, axis=0), len(KENMERKEN)
    correlation = np.array([[1, CORRELATION], [CORRELATION, 1]])
    parameters = xr.Dataset(
        {
            "loading": ("indicator", np.abs(loading) / UNIT / sd),
            "intercept": (
                "indicator",
                -(np.nanmean(values, axis=0) + loading * raw.mean(axis=0)[factor_of] / UNIT) / sd,
            ),
            "noise": ("indicator", noise / sd),
            "own_sd": ("free_indicator", (INDICATOR_GEMEENTE_SD / sd)[~anchor]),
            "slope": (("kenmerk", "factor"), country.slopes * np.sqrt(k)),
            "slope_sd": ("factor", np.ones(2)),
            "level_sd": ("factor", np.full(2, LEVEL_SD)),
            "wijk_correlation": (("factor", "other"), correlation),
            "level_correlation": (("factor", "other"), correlation),
        }
    ).expand_dims(chain=1, draw=1)
    return Truth(seen, measured, factors, gamma, eta, parameters, loading / sd)


def compiled_for(country: Country) -> Country:
    """Compile the three models once."""
    truth = simulate(country, KINDS["ordinary"], 0)
    place = country.design.gemeente_of_wijk
    measurement = compile_measurement(measurement_model(truth.measured, country.components, place))
    scores = latent_scores(truth.parameters, truth.measured, country.components, place, 1, 0)
    graphs = []
    for design in (with_scores(truth.design, scores), truth.design):
        start = approximate_posterior(design, SPEC.priors)
        graphs.append(compile_model(build_model(design.counted(0), SPEC, start), start))
    return replace(country, measurement=measurement, use=graphs[0], without=graphs[1])


def with_scores(design: Design, scores: LatentScores) -> Design:
    """Add factors to a design, with as many fitted tables as there are sets of scores."""
    turns = np.arange(len(scores.mean))
    return replace(once(design, len(turns)), factors=scores)


def once(design: Design, times: int = 1) -> Design:
    """Give a design so many fitted tables; without gaps they are all the same."""
    counts = replace(
        design.counts, **{n: np.tile(getattr(design, n), (times, 1)) for n in ("youths", "users_low", "users_high")}
    )
    return replace(design, imputed=design.imputed[:1].repeat(times, axis=0), fitted=np.arange(times), counts=counts)


def as_known(country: Country, factors: np.ndarray) -> LatentScores:
    """Scores of factors that are known: no doubt about them."""
    zero = np.zeros((1, 1, 2, 2))
    names = tuple(FACTOR_KENMERKEN)
    return LatentScores(
        names, factors[None], zero.repeat(WIJKEN, 1), zero.repeat(GEMEENTEN, 1), np.ones((GEMEENTEN, 2), bool)
    )


def run(country: Country, name: str, index: int) -> pd.DataFrame:
    """Simulate once; one row a measure."""
    began, kind, seed = time.process_time(), KINDS[name], 1000 * list(KINDS).index(name) + index
    truth = simulate(country, kind, seed)
    place, rows = country.design.gemeente_of_wijk, {}
    sampled = sample_measurement(country.measurement, truth.measured, seed, draws=300, tune=300, chains=2)
    posterior = sampled["posterior"].to_dataset()
    rows["divergences of the measurement"] = float(sampled["sample_stats"]["diverging"].sum())
    rows |= measures_of_scores(country, truth, posterior, seed)

    joint = latent_scores(posterior, truth.measured, country.components, place, SPEC.imputations, seed)
    ways = {"joint": joint}
    if truth.gamma.any():
        chosen = [way for way in WAYS if way != "cut" or index < FIRST]
        ways |= {way: joint.flowing(way, place, seed) for way in chosen}
        ways["true parameters"] = latent_scores(truth.parameters, truth.measured, country.components, place, 1, seed)
        ways["true factors"] = as_known(country, truth.factors)
    designs = {way: with_scores(truth.design, scores) for way, scores in ways.items()}
    for way, design in designs.items():
        tree = country.use.sample(design, approximate_posterior(design, SPEC.priors), replace(SAMPLING, seed=seed))
        beta = tree["posterior"]["beta"].to_numpy()[..., -2:].reshape(-1, 2)
        low, high = np.quantile(beta, (0.025, 0.975), axis=0)
        for k in range(2):
            rows[f"gamma {k + 1} error: {way}"] = beta[:, k].mean() - truth.gamma[k]
            rows[f"gamma {k + 1} covered: {way}"] = float(low[k] <= truth.gamma[k] <= high[k])
            rows[f"gamma {k + 1} width: {way}"] = high[k] - low[k]
        if way in ("joint", "plug_in"):
            rows |= measures_of_use(country, truth, tree, design, way, seed)
    if index < kind.crossvalidated:
        rows |= gains(country, truth, designs, seed)
    rows["seconds of processors"] = time.process_time() - began
    return pd.DataFrame({"kind": name, "index": index, "measure": list(rows), "value": list(rows.values())})


def measures_of_scores(country: Country, truth: Truth, posterior: xr.Dataset, seed: int) -> dict[str, float]:
    """Coverage of loadings, of scores per wijk and of their means per gemeente, by what the gemeente lacks."""
    place, rows = country.design.gemeente_of_wijk, {}
    summary = measurement_summary(posterior, truth.measured, country.components)
    loading = summary["loading"].to_numpy().reshape(-1, len(truth.loading))
    low, high = np.quantile(loading, (0.025, 0.975), axis=0)
    rows["loadings covered"] = ((low <= truth.loading) & (truth.loading <= high)).mean()
    rows["loadings error"] = (np.abs(loading.mean(axis=0)) - np.abs(truth.loading)).mean()
    # many draws of the parameters, so that the coverage is that of the posterior and not of the few that a fit takes
    scores = latent_scores(posterior, truth.measured, country.components, place, 100, seed)
    wijk, gemeente = (
        np.diagonal(part, axis1=2, axis2=3) for part in (scores.wijk_covariance, scores.gemeente_covariance)
    )
    members = (np.arange(GEMEENTEN)[:, None] == place) / np.bincount(place)[:, None]
    mean = np.einsum("gw,swk->sgk", members, scores.mean)
    both = {
        "score": (scores.mean, wijk + gemeente[:, place], truth.factors, country.lacks[place]),
        "gemeente mean": (
            mean,
            gemeente + np.einsum("gw,swk->sgk", members**2, wijk),
            members @ truth.factors,
            country.lacks,
        ),
    }
    for what, (centre, variance, true, lacks) in both.items():
        sd = np.sqrt(variance.mean(axis=0) + centre.var(axis=0))
        error = (centre.mean(axis=0) - true) / sd
        for which, called in enumerate(LACKS):
            chosen = lacks == which
            rows[f"{what} covered: {called}"] = (np.abs(error[chosen]) < 1.96).mean()
            rows[f"{what} rmse: {called}"] = np.sqrt(((error * sd)[chosen] ** 2).mean())
    return rows


def measures_of_use(
    country: Country, truth: Truth, tree: xr.DataTree, design: Design, way: str, seed: int
) -> dict[str, float]:
    """Share of wijken outside their leave-one-out interval, by whether anything is measured; of p_w inside its own."""
    add_predictive(tree, design, seed=seed)
    draws = read_draws(tree, design)
    weights, _, _ = leave_one_out(tree, design)
    none = country.lacks[design.gemeente_of_wijk] == 2
    rows = {}
    low, high = np.quantile(draws.eta, (0.025, 0.975), axis=0)
    inside = (low <= truth.eta) & (truth.eta <= high)
    rows[f"p covered: {way}"] = inside.mean()
    for reference in REFERENCES:
        replicates = predictive(new_wijk(design, draws, reference, seed), weights, design.youths)
        seen = surprise(replicates, design.users_low, design.users_high, design.areas.policy)
        pit = randomised_pit(seen.below, seen.up_to, seed)
        for percent in (95, 80):
            outside = np.abs(pit - 0.5) > percent / 200
            for called, chosen in (("no indicators", none), ("indicators", ~none)):
                rows[f"outside {percent}%, {reference}, {called}: {way}"] = outside[chosen].mean()
    return rows


def gains(country: Country, truth: Truth, designs: dict[str, Design], seed: int) -> dict[str, float]:
    """Log score of gemeenten left out, with factors less without, and its paired standard error."""
    named = [way for way in ("joint", "true parameters", "true factors") if way in designs]
    ways = {way: (designs[way], country.use) for way in named}
    ways["without"] = (once(truth.design), country.without)
    fold = gemeente_folds(truth.design, FOLDS, seed)
    scores = {way: np.empty(GEMEENTEN) for way in ways}
    for part in range(FOLDS):
        gemeenten = np.flatnonzero(fold == part)
        wijken = np.flatnonzero(fold[truth.design.gemeente_of_wijk] == part)
        for way, (design, compiled) in ways.items():
            left = design.without(wijken)
            tree = compiled.sample(left, approximate_posterior(left, SPEC.priors), replace(LEFT_OUT, seed=seed))
            scores[way][gemeenten] = score_gemeenten(design, read_draws(tree, left), gemeenten, wijken)
    rows = {}
    for way in ways:
        if way != "without":
            gain, se, _ = difference_from(scores[way], scores["without"])
            rows |= {f"gain: {way}": gain, f"gain se: {way}": se}
    return rows


def summarised(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over simulations with its Monte Carlo standard error; a row a measure, a column a kind."""
    found = table.groupby(["measure", "kind"], sort=False)["value"].agg(["mean", "std", "count"])
    se = found["std"] / np.sqrt(found["count"])
    said = [f"{mean:.3f} ± {error:.3f}" for mean, error in zip(found["mean"], se, strict=True)]
    counted = table.groupby("kind")["index"].nunique().astype(str).rename("simulations")
    wide = pd.Series(said, found.index).unstack().reindex(columns=list(dict.fromkeys(table["kind"]))).fillna("")
    return pd.concat([counted.to_frame().T, wide])


def beyond_chance(table: pd.DataFrame) -> pd.Series:
    """Per kind the share of simulations in which the gain is two paired standard errors or more."""
    wide = table.pivot(index=["kind", "index"], columns="measure", values="value")
    wide = wide.dropna(subset="gain: joint")
    return (wide["gain: joint"] >= 2 * wide["gain se: joint"]).groupby("kind").agg(["mean", "count"])


def main() -> None:
    """Run what the journal lacks, and print what all of it shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=20, help="of each kind, of noise twice as many; default 20")
    parser.add_argument("--journal", type=Path, default=Path("factors-evidence"), help="folder where each is kept")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    given = parser.parse_args()
    given.journal.mkdir(parents=True, exist_ok=True)
    places = {
        (kind, index): given.journal / f"{kind.replace(' ', '_')}_{index:03d}.csv"
        for round_ in range(given.simulations)
        for kind in given.kinds
        for index in range(round_ * KINDS[kind].times, (round_ + 1) * KINDS[kind].times)
    }
    todo = {task: place for task, place in places.items() if not place.exists()}
    if todo:
        country = compiled_for(make_country())
    for task, place in todo.items():
        found = run(country, *task)
        with replacing(place) as part:
            found.to_csv(part, index=False)
        print(*task, f"{found['value'].iloc[-1]:.0f} s", flush=True)
    table = pd.concat([pd.read_csv(place) for place in sorted(given.journal.glob("*.csv"))], ignore_index=True)
    print(summarised(table).to_string())
    print("gain of two paired standard errors or more:", beyond_chance(table).to_string(), sep="\n")


if __name__ == "__main__":
    main()
