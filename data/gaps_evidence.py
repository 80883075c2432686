"""What the mechanism of the gaps is worth: imputed cells against their truth, and use in gemeenten left out.

    python data/gaps_evidence.py --data ../shared/data

prints the tables of ``docs/method.md#missing-kenmerken``; without ``--data`` those of the simulated Netherlands only.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model.design import Design, make_design
from bayes_jeugdhulp.model.gaps import hidden_small_counts
from bayes_jeugdhulp.model.imputation import impute
from bayes_jeugdhulp.model.spec import ModelSpec, Priors
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, approximate_posterior
from bayes_jeugdhulp.sources.scp_bounds import FAMILIES, HOUSEHOLDS, ROUNDING, kenmerken_upper
from bayes_jeugdhulp.sources.simulated import SimulatedNetherlands

FOLDS, FITTED, SEEDS = 20, 8, (2017, 1, 2)
LIMIT = 10  # of users and of the people behind a kenmerk


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder that holds scp_2017/ and regio/")
    data = parser.parse_args().data
    countries = [bj.simulated_netherlands(seed, kenmerken_bounds=True) for seed in SEEDS]
    print("hidden cells of", len(SEEDS), "simulated countries; errors in sds of the kenmerk")
    print(pd.concat([cells(country) for country in countries]).groupby(level=0, sort=False).mean().round(3), flush=True)
    areas, truth = countries[0].areas, countries[0].truth["kenmerken"]
    print(f"\nR2 of use in gemeenten left out, simulated Netherlands {SEEDS[0]}")
    print(out_of_sample(areas, truth.sel(wijk=areas.wijken.index.to_numpy()).to_pandas()).to_string(), flush=True)
    if data:
        scp = data / "scp_2017"
        files = (scp / "Wijkdata_Jeugdhulp_in_de_wijk.ods", scp / "jeugdigen_benadering.csv")
        areas = bj.read_scp(*files, data / "regio" / "gemeente_2017_jeugdzorgregio.csv")
        print("\ngaps of 2017", described(areas).to_string(), sep="\n")
        print("\nR2 of use in gemeenten left out, 2017", flush=True)
        print(out_of_sample(areas).to_string())


def cells(country: SimulatedNetherlands) -> pd.DataFrame:
    """Bias, root mean squared error and coverage of imputed cells whose count was hidden."""
    areas = country.areas
    known, upper = areas.kenmerken.to_numpy(), areas.kenmerken_upper.to_numpy()
    truth = country.truth["kenmerken"].sel(wijk=areas.wijken.index.to_numpy()).to_numpy()
    size = np.log(areas.wijken["youths"].to_numpy(float))
    group = np.unique(areas.wijken["gemeentecode"].to_numpy(str), return_inverse=True)[1]
    stated, none = hidden_small_counts(known, size), np.full_like(upper, np.nan)
    hidden = ~np.isnan(upper[np.isnan(known)])
    value, sd = truth[np.isnan(known)][hidden], truth.std(axis=0)[np.nonzero(np.isnan(known))[1]][hidden]
    person = upper[np.isnan(known)][hidden] / (LIMIT - 1)  # a share is a whole number of people
    rows = {}
    for name, bounds, small in (
        ("at random", none, stated & False),
        ("limit drawn", none, stated),
        ("bound known", upper, stated & False),
    ):
        drawn = impute(known, bounds, size, group, small, draws=100, seed=1)[:, hidden]
        error = (drawn.mean(axis=0) - value) / sd
        low, high = np.quantile(np.round(drawn / person), (0.025, 0.975), axis=0) * person
        inside = (value >= low - 0.01 * person) & (value <= high + 0.01 * person)
        rows[name] = {"bias": error.mean(), "rmse": np.sqrt((error**2).mean()), "95% interval covers": inside.mean()}
    return pd.DataFrame(rows).T


def described(areas: Areas) -> pd.DataFrame:
    """Where the gaps are; and how often a share not looked at is a whole number over the households that were found."""
    size, gap, bounded = areas.wijken["youths"], areas.kenmerken.isna(), areas.kenmerken_upper.notna()
    small = hidden_small_counts(areas.kenmerken.to_numpy(), np.log(size.to_numpy(float)))
    whole = gap.groupby(areas.wijken["gemeentecode"]).transform("all") & gap
    table = {
        "gaps": gap.sum(),
        "median youths": pd.Series({name: size[gap[name]].median() for name in gap}),
        "in gemeenten that lack it": whole.sum(),
        "bound found": bounded.sum(),
        "hidden small counts": pd.Series(small, gap.columns),
    }
    checks, spread = {}, {}
    for name in (*HOUSEHOLDS, *FAMILIES):
        without = kenmerken_upper(areas.kenmerken.assign(**{name: np.nan}), size.to_numpy(float))[name]
        some = bounded.any(axis=1) & ~gap[name] & (without < 100)
        share, people = areas.kenmerken.loc[some, name], np.round(100 * (LIMIT - 1) / without[some])
        limit, log_n = np.log(areas.kenmerken_upper[name].where(lambda b: b < 100)).dropna(), np.log(size)
        power, level = np.polyfit(log_n[limit.index], limit, 1)
        spread[name] = -power, (limit - level - power * log_n[limit.index]).std()
        checks[name] = (abs(np.round(share * people / 100) / people * 100 - share) < ROUNDING).mean()
    known = pd.DataFrame(spread, ["power of the limit", "noise"]).T.assign(**{"whole numbers": pd.Series(checks)})
    return pd.DataFrame(table).join(known)[gap.any()].round(3)


def out_of_sample(areas: Areas, truth: pd.DataFrame | None = None) -> pd.DataFrame:
    """R2 per treatment of the gaps."""
    blind = replace(areas, kenmerken_upper=areas.kenmerken * np.nan)
    gaps = areas.kenmerken.isna()
    gaps = gaps.loc[:, gaps.sum() > gaps.shape[0] / 100].astype(float).add_prefix("gap_")
    with_gaps = pd.concat([areas.kenmerken, gaps], axis=1)
    upper = areas.kenmerken_upper.reindex(columns=with_gaps.columns)
    flagged = replace(areas, kenmerken=with_gaps, kenmerken_upper=upper)
    median, ours = ModelSpec(missing="median"), ModelSpec(imputations=FITTED)
    treatments = {
        "median": (areas, median),
        "median and gap indicators": (flagged, median),
        "multiple, at random": (blind, replace(ours, small_counts=())),
        "multiple, limits drawn": (blind, ours),
        "multiple, bounds known": (areas, ours),
        "the same and gap indicators": (flagged, ours),
    }
    if truth is not None:
        treatments["the complete table"] = (replace(areas, kenmerken=truth, kenmerken_upper=truth * np.nan), median)
    return pd.DataFrame({name: scores(make_design(*choice, seed=1)) for name, choice in treatments.items()}).T.round(3)


def scores(design: Design) -> dict[str, float]:
    """R2 of the published figures in gemeenten left out, given that they are published."""
    fold = np.random.default_rng(0).permutation(len(design.gemeenten)) % FOLDS
    held = fold[design.gemeente_of_wijk]
    expected = np.zeros(len(held))
    for part in range(FOLDS):
        out = held == part
        state = np.where(out, "missing", design.areas.wijken["observed_state"])
        training = replace(design, areas=replace(design.areas, wijken=design.areas.wijken.assign(observed_state=state)))
        above, below = np.sum([predict(training, row, out) for row in design.fitted], axis=0)
        expected[out] = above / below
    seen, n = design.published, design.youths
    users = (design.users_low + design.users_high) / 2
    return {
        "R2": r2(users[seen] / n[seen], expected[seen], np.ones(seen.sum())),
        "weighted by youths": r2(users[seen] / n[seen], expected[seen], n[seen]),
        "500 youths or more": r2(*(x[seen & (n >= 500)] for x in (users / n, expected, np.ones(len(n))))),
        "fewer": r2(*(x[seen & (n < 500)] for x in (users / n, expected, np.ones(len(n))))),
    }


def predict(training: Design, imputation: int, out: np.ndarray) -> np.ndarray:
    """Over a new gemeente and wijk: the mean of y/n where it is published, and the probability that it is."""
    design = replace(training, imputed=training.imputed[[imputation]], fitted=np.array([0]))
    start = approximate_posterior(design, Priors())
    k, x, n = len(design.kenmerken), design.kenmerken_mean[out], design.youths[out][:, None]
    mu = start.effects[0] + x @ start.effects[1 : 1 + k]
    if design.regios:
        mu += start.effects[1 + k :][design.regio_of_gemeente[design.gemeente_of_wijk[out]]]
    wijk = start.scales["sigma_wijk"] * (n[:, 0] / REFERENCE_YOUTHS) ** -start.scales["kappa"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    p = special.expit(mu[:, None] + np.hypot(wijk, start.scales["sigma_gemeente"])[:, None] * nodes)
    weights = weights / weights.sum()
    # E[y 1(y >= c)] = n p P(Binomial(n - 1, p) >= c - 1)
    return np.array([(p * stats.binom.sf(LIMIT - 2, n - 1, p)) @ weights, stats.binom.sf(LIMIT - 1, n, p) @ weights])


def r2(y: np.ndarray, expected: np.ndarray, weight: np.ndarray) -> float:
    """Share of the variance explained."""
    return float(1 - weight @ (y - expected) ** 2 / (weight @ (y - np.average(y, weights=weight)) ** 2))


if __name__ == "__main__":
    main()
