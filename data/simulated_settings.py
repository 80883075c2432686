"""Compute the settings of the simulated Netherlands from the SCP's file of 2017.

    python data/simulated_settings.py --data ../shared/data

writes ``bayes_jeugdhulp/sources/simulated_settings.json``: bin means, correlations, shares and counts only. Every
figure about wijken is a mean over 14 of them or more, so that none gives a wijk's own figure back.
"""

import argparse
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

TARGET = Path(__file__).parents[1] / "bayes_jeugdhulp" / "sources" / "simulated_settings.json"
BINS = [0, 0.005, 0.02, *np.arange(1, 20) / 20, 0.98, 0.995, 1]
LIMIT = 10  # a percentage is missing where the count behind it is smaller

# What a percentage is of, read off its description and off the smallest counts that are published (about LIMIT).
DENOMINATORS = {
    "perc_jong04": "families",
    "perc_1ouder": "families",
    "perc_hhmkhgink": "families",
    "perc_kind_sch5": "youths",
    "perc_ouderpsy": "households",
    "perc_hhverd": "households",
    "perc_hhbijs": "households",
    "perc_hhwan": "households",
}
YOUTHS_PER_FAMILY = 1.75  # gives the 7.8 million households of 2017
DERIVED = "kleinewijk"  # follows from the number of inhabitants
YES_NO = "samenw"
SIZE_CLASSES = [50, 100]  # youths

# Chosen, not computed: in the directions the SCP reports, as large as a ridge regression on the same file, less a
# quarter for what the factors explain; kleine wijk larger, as the SCP's own expectation of small wijken is.
BETA = {
    "perc_sbo_g": 0.02, "perc_vso_g": 0.01, "perc_praktijk_g": 0.00, "perc_hhmk": -0.07, "perc_jong04": -0.04,
    "perc_1ouder": 0.02, "perc_tienmam": 0.01, "perc_hhmkhgink": -0.01, "perc_kind_sch5": 0.02,
    "perc_ouderpsy": 0.05, "perc_hhverd": 0.02, "perc_hhbijs": 0.06, "perc_hhwan": 0.00, "groenedruk": 0.05,
    "grijzedruk": -0.04, "perc_ao": 0.01, "perc_laagopl": -0.02, "gem_gestink": 0.00, "polchrplus": -0.03,
    "perc_nwmig": -0.08, "perc_antsur": 0.02, "perc_1gez": -0.01, "huur_corp": -0.01, "woonwaarde": -0.03,
    "afstandhuisarts": -0.01, "samenw": -0.02, "kleinewijk": 0.08,
}  # fmt: skip


def main() -> None:
    """Read the file, write the settings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds scp_2017/ and regio/")
    settings = compute(*read(parser.parse_args().data))
    TARGET.write_text(rendered(settings), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


def read(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The wijken, their kenmerken (NaN where not published) and the region of each gemeente."""
    file = data / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods"
    sheets = pd.read_excel(file, sheet_name=None, engine="calamine", na_values=["."])
    youths = pd.read_csv(data / "scp_2017" / "jeugdigen_benadering.csv")
    youths["wijk"] = youths["wijkcode"].str[2:].astype(int)
    wijken = sheets["wijk"].merge(sheets["gebruik"], on="wijk").merge(youths, on="wijk")
    kenmerken = wijken[["wijk"]].merge(sheets["determinanten"], on="wijk").drop(columns="wijk")
    regions = pd.read_csv(data / "regio" / "gemeente_2017_jeugdzorgregio.csv")
    return wijken.rename(columns={"jeugdigen_0_17": "youths"}), kenmerken, regions


def compute(wijken: pd.DataFrame, kenmerken: pd.DataFrame, regions: pd.DataFrame) -> dict:
    """All settings, as plain lists and numbers."""
    youths, gemeente = wijken["youths"].to_numpy(float), wijken["gemeentecode"].to_numpy()
    families = youths / YOUTHS_PER_FAMILY
    denominators = pd.DataFrame(
        {"youths": youths, "families": families, "households": 100 * families / kenmerken["perc_hhmk"]}
    )
    complete = completed(kenmerken, denominators)
    of_gemeente = complete.groupby(gemeente).nunique().max() == 1

    continuous = [k for k in complete if k not in (DERIVED, YES_NO)]
    sizes = wijken.groupby("gemeentecode")["wijk"].size()
    columns = complete[continuous].assign(
        samenw=complete[YES_NO], youths=youths, wijken_per_gemeente=wijken["gemeentecode"].map(sizes)
    )
    scores = columns.apply(normal_scores)
    centred = (scores - scores.groupby(gemeente).transform("mean")) / scores.std()
    share = complete[YES_NO].mean()
    stretch = np.ones(len(scores.columns))  # undo what cutting a normal score in two takes from its correlations
    stretch[scores.columns.get_loc(YES_NO)] = np.sqrt(share * (1 - share)) / stats.norm.pdf(stats.norm.ppf(share))
    total = scores.corr().to_numpy() * np.outer(stretch, stretch)
    np.fill_diagonal(total, 1)
    within = (centred.T @ centred).to_numpy() / (len(scores) - len(sizes))
    small = np.searchsorted(SIZE_CLASSES, youths, side="right")
    other = {
        k: [round(float(gap[small == c].mean()), 3) for c in range(len(SIZE_CLASSES) + 1)]
        for k, gap in kenmerken.isna().items()
        if k not in DENOMINATORS and gap.sum() > LIMIT
    }
    return {
        "source": "computed by data/simulated_settings.py; SCP, Jeugdhulp in de wijk (SCP-publicatie 2020-1); CBS",
        "kenmerken": list(complete),
        "gemeente_kenmerken": [k for k in complete if of_gemeente[k]],
        "decimals": {k: decimals(kenmerken[k]) for k in continuous},
        "youths_per_family": YOUTHS_PER_FAMILY,
        "missing_below": LIMIT,
        "denominators": DENOMINATORS,
        "missing_otherwise": {"youths_from": SIZE_CLASSES, "shares": other},
        "missing_share": {k: round(float(v), 3) for k, v in kenmerken.isna().mean().items()},
        "yes_share": round(float(share), 3),
        "bins": [round(float(b), 3) for b in BINS],
        "bin_means": {k: bin_means(columns[k]) for k in columns if k not in (YES_NO, "wijken_per_gemeente")}
        | {
            "wijken_per_gemeente": bin_means(sizes),
            "gemeenten_per_regio": bin_means(regions.groupby("jeugdzorgregio").size()),
        },
        "scores": list(scores),
        "scores_within_gemeente": lower_triangle(within),
        "scores_between_gemeenten": lower_triangle(total - within),
        "published": {
            "suppressed_share": round(float(wijken["perc_jhzv"].isna().mean()), 3),
            "observed_pct_mean": round(float(wijken["perc_jhzv"].mean()), 2),
            "observed_pct_sd": round(float(wijken["perc_jhzv"].std()), 2),
        },
        "chosen": {"alpha": -2.27, "beta": BETA},
    }


def completed(kenmerken: pd.DataFrame, denominators: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Fill gaps: a suppressed percentage is drawn from a censored regression (Tobit) of its logarithm, below its bound.

    Without the censoring the small wijken that are published, which are high, would stand for those that are not.
    """
    rng = np.random.default_rng(seed)
    known = kenmerken.drop(columns=list(DENOMINATORS))
    known = known.fillna(known.median())
    predictors = pd.concat([known, denominators["youths"]], axis=1).apply(normal_scores).assign(constant=1.0).to_numpy()
    filled = kenmerken.assign(**known)
    for name, denominator in DENOMINATORS.items():
        bound = np.log(100 * LIMIT / denominators[denominator].to_numpy())
        values, gap = np.log(kenmerken[name].to_numpy()), kenmerken[name].isna().to_numpy()
        values[gap] = bound[gap]
        mean, sd = tobit(values, gap, predictors)
        below = stats.norm.cdf((bound - mean) / sd)
        drawn = mean + sd * stats.norm.ppf(rng.uniform(size=len(gap)) * below)
        filled[name] = np.exp(np.where(gap, drawn, values))
    return filled


def tobit(values: np.ndarray, censored: np.ndarray, predictors: np.ndarray) -> tuple[np.ndarray, float]:
    """Fitted means and residual sd by maximum likelihood; a censored value stands for anything below it."""

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        sd = np.exp(theta[-1])
        z = (values - predictors @ theta[:-1]) / sd
        mills = np.exp(stats.norm.logpdf(z) - stats.norm.logcdf(z))
        slope = np.where(censored, mills, -z)  # of the log likelihood, in z
        constant = np.where(censored, 0.0, 1.0)
        likelihood = np.where(censored, stats.norm.logcdf(z), stats.norm.logpdf(z) - theta[-1])
        gradient = np.append(-(slope / sd) @ predictors, -(slope * z + constant).sum())
        return -likelihood.sum(), -gradient

    slopes = np.linalg.lstsq(predictors, values, rcond=None)[0]
    start = np.append(slopes, np.log(np.std(values - predictors @ slopes)))
    found = optimize.minimize(loss, start, jac=True, method="BFGS").x
    return predictors @ found[:-1], float(np.exp(found[-1]))


def normal_scores(values: pd.Series | np.ndarray) -> np.ndarray:
    """Standard normal quantiles of the ranks."""
    return stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))


def bin_means(values: pd.Series) -> list[float]:
    """Mean of each slice of the sorted values between two successive BINS, to three figures."""
    edges = np.round(np.array(BINS) * len(values)).astype(int)
    ordered = np.sort(values.to_numpy(float))
    filled = [ordered[a:b].mean() if b > a else ordered[min(a, len(ordered) - 1)] for a, b in pairwise(edges)]
    return [float(f"{v:.3g}") for v in filled]


def lower_triangle(matrix: np.ndarray) -> list[list[float]]:
    """Rows up to and including the diagonal, to two decimals."""
    return [(np.round(row[: i + 1], 2) + 0.0).tolist() for i, row in enumerate(matrix)]


def decimals(values: pd.Series) -> int:
    """Most decimals that a published figure has."""
    return next(d for d in range(9) if np.allclose(values.dropna(), values.dropna().round(d), atol=1e-9))


def rendered(settings: dict) -> str:
    """JSON with one line for each innermost list or table, to keep it readable."""

    def block(value: object, depth: int) -> str:
        pad = "  " * depth
        if isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values()):
            rows = [f"{pad}  {json.dumps(k)}: {block(v, depth + 1)}" for k, v in value.items()]
            return "{\n" + ",\n".join(rows) + f"\n{pad}}}"
        if isinstance(value, list) and any(isinstance(v, list) for v in value):
            return "[\n" + ",\n".join(f"{pad}  {json.dumps(v)}" for v in value) + f"\n{pad}]"
        return json.dumps(value)

    return block(settings, 0) + "\n"


if __name__ == "__main__":
    main()
