"""Print how the simulated Netherlands compares with the real one of 2017, as a Markdown table; draw its map.

python data/simulated_compare.py --data ../shared/data --map simulated.png
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from bayes_jeugdhulp import read_scp, simulated_netherlands
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model.design import make_design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.sources.simulated import SimulatedNetherlands

SEEDS = (2017, 1, 2)
SIZES = [100, 300, 800, 2000, 25000]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds scp_2017/ and regio/")
    parser.add_argument("--map", type=Path, help="file for a map of the first simulated country")
    given = parser.parse_args()
    scp, regions = given.data / "scp_2017", given.data / "regio" / "gemeente_2017_jeugdzorgregio.csv"
    real = read_scp(scp / "Wijkdata_Jeugdhulp_in_de_wijk.ods", scp / "jeugdigen_benadering.csv", regions)
    simulated = {seed: simulated_netherlands(seed) for seed in SEEDS}
    columns = {"2017": figures(real, real)} | {f"seed {s}": figures(c.areas, real) for s, c in simulated.items()}
    table = pd.DataFrame(columns).map(lambda v: f"{v:,.0f}" if v >= 1000 else f"{v:.3g}")
    print("| | " + " | ".join(table) + " |\n|" + " --- |" * (len(table.columns) + 1))
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join(row) + " |")
    if given.map:
        draw(simulated[SEEDS[0]], given.map)


def figures(areas: Areas, real: Areas) -> dict[str, float]:
    """Everything that is compared."""
    wijken, kenmerken = areas.wijken, areas.kenmerken
    published = (wijken["observed_state"] == "published").to_numpy()
    observed, sizes = wijken["observed_pct"][published], wijken.groupby("gemeentecode").size()
    youths = wijken["youths"]
    pairs = np.tril_indices(len(kenmerken.columns), -1)
    difference = (kenmerken.corr("spearman") - real.kenmerken.corr("spearman")).abs().to_numpy()[pairs]
    counted = real.kenmerken.isna().mean()
    gaps = kenmerken.isna().mean()[counted[counted > 0.02].index]
    loo = {gemeente: leave_one_out(areas, gemeente) for gemeente in (False, True)}
    r2 = {k: 1 - np.mean((loo[k] - observed) ** 2) / observed.var(ddof=0) for k in loo}
    residual = observed - loo[True]
    n = youths[published]
    spec = ModelSpec()
    scales = approximate_posterior(make_design(areas, spec), spec.priors).scales
    return (
        {
            "youths": youths.sum(),
            **{f"youths per wijk, {q}% quantile": youths.quantile(q / 100) for q in (10, 50, 90)},
            "gemeenten with one wijk": (sizes == 1).sum(),
            "most wijken in a gemeente": sizes.max(),
            "wijken suppressed, %": 100 * (~published).mean(),
            "observed use, mean of wijken, %": observed.mean(),
            "observed use, weighted by youths, %": np.average(observed, weights=n),
            "observed use, sd over wijken, points": observed.std(),
            **{f"observed use, {q}% quantile": observed.quantile(q / 100) for q in (1, 25, 50, 75, 99)},
            "observed use, highest": observed.max(),
            "correlations of kenmerken, mean difference from 2017": difference.mean(),
            "correlations of kenmerken, largest difference": difference.max(),
            "R2 of kenmerken, leave-one-wijk-out": r2[False],
            "R2 with gemeente, leave-one-wijk-out": r2[True],
        }
        | {
            f"residual sd (from quartiles), {a} to {b} youths, points": stats.iqr(residual[(n >= a) & (n < b)]) / 1.349
            for a, b in pairwise(SIZES)
        }
        | {f"{name}, quick approximation": value for name, value in scales.items()}
        | {f"missing: {name}, %": 100 * share for name, share in gaps.items()}
    )


def leave_one_out(areas: Areas, gemeente: bool) -> pd.Series:
    """Observed use of each published wijk predicted from the others: least squares, gemeente effects shrunken."""
    wijken = areas.wijken[areas.wijken["observed_state"] == "published"]
    x = areas.kenmerken.loc[wijken.index].fillna(areas.kenmerken.median())
    design = ((x - x.mean()) / x.std()).assign(constant=1.0).to_numpy()
    penalty = np.zeros(design.shape[1])
    if gemeente:
        groups = pd.get_dummies(wijken["gemeentecode"]).to_numpy(float)
        design, penalty = np.hstack([design, groups]), np.append(penalty, np.full(groups.shape[1], 3.0))
    hat = design @ np.linalg.solve(design.T @ design + np.diag(penalty), design.T)
    residual = wijken["observed_pct"] - hat @ wijken["observed_pct"]
    return wijken["observed_pct"] - residual / (1 - hat.diagonal())


def draw(country: SimulatedNetherlands, file: Path) -> None:
    import matplotlib.pyplot as plt

    borders = country.borders.merge(country.areas.wijken.reset_index(), on="wijkcode")
    figure, axes = plt.subplots(figsize=(8, 9.5), layout="constrained")
    shown = {"color": "lightgrey", "label": "afgeschermd"}
    borders.plot(
        "observed_pct",
        ax=axes,
        cmap="cividis",
        vmin=4,
        vmax=20,
        legend=True,
        missing_kwds=shown,
        legend_kwds={"shrink": 0.5, "label": "jeugdhulp zonder verblijf, %"},
    )
    borders.dissolve("gemeentecode").boundary.plot(ax=axes, color="white", linewidth=0.3)
    borders.dissolve("jeugdzorgregio").boundary.plot(ax=axes, color="black", linewidth=0.8)
    axes.set_title(country.areas.title)
    axes.set_axis_off()
    figure.savefig(file, dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()
