"""Leave-one-wijk-out by weights beside fits that leave each wijk out for real, on a small simulated country.

    python data/loo_evidence.py

Writes loo_evidence.csv, a row a wijk with a figure: Pareto k and elpd by weights, the same with its gemeente integrated
out, elpd by a refit, and whether the package would have integrated its gemeente out by itself. Everything is simulated.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.inference.expected import read_draws
from bayes_jeugdhulp.inference.loo import add_loo, good_k, integrate_gemeente
from bayes_jeugdhulp.inference.marginal import add_predictive, marginal_log_likelihood
from bayes_jeugdhulp.inference.sampling import compile_model
from bayes_jeugdhulp.model import build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior

OUT = Path(__file__).parent / "loo_evidence.csv"
SAMPLING = bj.SamplingSpec(draws=2000, thin=1)
LIMIT = good_k(4 * 2000)
KENMERKEN = ("perc_1ouder", "perc_hhbijs", "huur_corp")
COLUMNS = ["wijkcode", "pareto_k", "elpd_weights", "k_integrated", "elpd_integrated", "elpd_refit"]


def compute() -> pd.DataFrame:
    """Fit once with every figure, and once without each."""
    areas = bj.simulated_netherlands(3, wijken=60, gemeenten=10, regios=2).areas
    spec = bj.ModelSpec(kenmerken=KENMERKEN, missing="median", youths="given")
    design = make_design(areas, spec)
    start = approximate_posterior(design, spec.priors)
    compiled = compile_model(build_model(design, spec, start), start)
    tree = compiled.sample(design, start, SAMPLING)
    add_predictive(tree, design, seed=1)
    add_loo(tree, design)
    rows = []
    for w in np.flatnonzero(design.observed):
        without = design.without(np.array([w]))
        draws = read_draws(compiled.sample(without, start, SAMPLING), without)
        p = np.exp(marginal_log_likelihood(design, draws)[:, w])
        one = tree["loo"].to_dataset().isel(wijk=w)
        weighted = [float(one[name]) for name in ("pareto_k", "elpd")]
        integrated, k = integrate_gemeente(tree, design, np.array([w]))[int(w)]
        rows.append((design.areas.wijken.index[w], *weighted, k, integrated.elpd, np.log(p.mean())))
    return pd.DataFrame(rows, columns=COLUMNS).assign(integrated_by_itself=lambda t: t["pareto_k"] > LIMIT)


def main() -> None:
    """Write the table and print what it comes to."""
    table = compute()
    table.to_csv(OUT, index=False, float_format="%.4f")
    asked, trusted = table["integrated_by_itself"], table["k_integrated"] <= LIMIT
    print(
        f"GESIMULEERD: {len(table)} wijken, of which {asked.sum()} have a k that asks to integrate their gemeente out"
    )
    for name, among, how in (
        ("the others", ~asked, "weights"),
        ("these, where that k is trusted", asked & trusted, "integrated"),
        ("all where it is trusted", trusted, "integrated"),
    ):
        by, true = table.loc[among, f"elpd_{how}"], table.loc[among, "elpd_refit"]
        apart = (by - true).abs().max()
        print(
            f"{name}: {among.sum()} wijken, elpd by {how} {by.sum():.2f}, by refits {true.sum():.2f}, "
            f"{apart:.3f} apart at most"
        )


if __name__ == "__main__":
    main()
