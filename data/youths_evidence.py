"""How far the approximate numbers of youths of the SCP's wijken lie from the truth, as printed decimals tell.

    python data/youths_evidence.py --data ../shared/data

A percentage with three decimals is given by few numbers of youths. Where the true numbers lie around the approximation
(0-14 year-olds and 0.3 times the 15-24 year-olds of 2021, by code) shows as a heap of such numbers among those that
fit by chance: the centre and the sd are those of highest likelihood. ``perc_jhzv`` is what the package models;
``perc_kind_sch5`` (children whose parents divorced) is a witness that knows nothing of the use of jeugdhulp.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.youths import TAILS, USE, all_candidates, draw_counts, pairs

SIZES = [150, 300, 500, 800, 1500]
AROUND = 8  # numbers of youths looked at: up to this factor from the approximation
IMPUTATIONS = 50


def centre_and_sd(approximation: pd.Series, pct: pd.Series) -> tuple[float, float]:
    """Factor and sd of the log with the highest likelihood, for a Student-t with ``TAILS`` degrees of freedom."""
    found = [pairs(p, 3, max(int(n / AROUND), 1), int(n * AROUND)) for n, p in zip(approximation, pct, strict=True)]
    found = [(n[k >= 10], k[k >= 10]) for n, k in found]
    wijk = np.repeat(np.arange(len(found)), [len(n) for n, _ in found])
    n, k = (np.concatenate(part) for part in zip(*found, strict=True))
    log_ratio = np.log(n / approximation.to_numpy()[wijk])
    base = stats.betabinom.pmf(k, n, *USE) / n

    def loss(theta: np.ndarray) -> float:
        scale = np.exp(theta[1]) / stats.t.std(TAILS)
        likelihood = np.bincount(wijk, base * stats.t.pdf(log_ratio, TAILS, theta[0], scale), len(found))
        return -np.log(likelihood[likelihood > 0]).sum()

    best = min(
        (optimize.minimize(loss, [start, np.log(0.12)], method="Nelder-Mead") for start in (0.0, 0.1)),
        key=lambda fit: fit.fun,
    )
    return float(np.exp(best.x[0])), float(np.exp(best.x[1]))


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    scp = folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods", folder / "scp_2017" / "jeugdigen_benadering.csv"
    areas = bj.read_scp(*scp)
    kwb = pd.read_csv(folder / "cbs" / "kwb_jeugdzorg_wijken_2021.csv").set_index("gwb_code_10")
    method = pd.read_csv(scp[1]).set_index("wijkcode")["methode"]
    by_code = method.index[method.str.startswith("kwb")]
    approximation = (kwb["a_00_14"] + 0.3 * kwb["a_15_24"]).reindex(by_code)

    rows = []
    for name, pct in (
        ("perc_jhzv", areas.wijken["observed_pct"]),
        ("perc_kind_sch5", areas.kenmerken["perc_kind_sch5"]),
    ):
        printed = pct.reindex(by_code)
        for low, high in pairwise(SIZES):
            chosen = printed.notna() & approximation.between(low, high, inclusive="left")
            factor, sd = centre_and_sd(approximation[chosen], printed[chosen])
            rows.append((name, f"{low}-{high}", int(chosen.sum()), round(factor, 3), round(sd, 3)))
    print(
        pd.DataFrame(rows, columns=["percentage", "approximation", "wijken", "factor", "sd of log"]).to_string(
            index=False
        )
    )

    wijken = areas.wijken
    drawn = draw_counts(wijken, areas.policy, IMPUTATIONS, seed=2017).youths
    weights = [found.weight for found in all_candidates(wijken, areas.policy)]
    effective = pd.Series([1 / (weight**2).sum() for weight in weights], wijken.index)
    sure = pd.Series([weight.max() > 0.95 for weight in weights], wijken.index)
    spread = pd.Series(np.log(drawn).std(axis=0), wijken.index)
    kinds = [wijken["youths_quality"], wijken["observed_state"]]
    table = {
        "wijken": wijken.groupby(kinds).size(),
        "one number above 95%": sure.groupby(kinds).sum(),
        "effective numbers, median": effective.groupby(kinds).median().round(1),
        "sd of log, median": spread.groupby(kinds).median().round(3),
    }
    print(f"\n{pd.DataFrame(table).to_string()}")
    edges = [1, 1.05, 2, 5, 10, 100, np.inf]
    published = effective[wijken["observed_state"] == "published"]
    classes = pd.cut(published, edges, right=False).value_counts().sort_index()
    print(f"\neffective numbers, published wijken\n{classes.to_string()}")
    print(
        f"\nyouths in all: {drawn.sum(axis=1).mean() / 1e6:.2f} million drawn, {wijken['youths'].sum() / 1e6:.2f} read"
    )


if __name__ == "__main__":
    main()
