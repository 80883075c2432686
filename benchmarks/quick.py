"""How far a quick look is from full sampling, and two full fits from one another.

    python benchmarks/quick.py --reference long.nc --full fit.nc --out benchmarks/quick.json

``--reference`` is a long fit (``bayes-jeugdhulp fit --draws 6000``) and ``--full`` a default one with another seed for
sampling, of the same figures and imputations; the quick look is made here from the reference's own table. Errors of
expectations and differences are in posterior sds of the reference, those of probabilities as they are.
"""

import argparse
import json
import os
import platform
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.special import expit

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, read_draws
from bayes_jeugdhulp.inference.stored import read_design, read_spec


def told(tree: xr.DataTree) -> dict[str, np.ndarray]:
    """Means and sds of everything reported, and what is concluded."""
    design = read_design(tree)
    draws, results = read_draws(tree, design), bj.make_results(tree)
    found = {}
    for name, variable in tree["posterior"].data_vars.items():
        if name != "eta":
            values = variable.stack(every=("chain", "draw")).transpose("every", ...).to_numpy()
            values = values.reshape(len(values), -1)
            found[f"parameters mean {name}"], found[f"parameters sd {name}"] = values.mean(axis=0), values.std(axis=0)
    p = expit(draws.eta)
    for reference in REFERENCES:
        e = expected_use(design, draws, reference)
        for what, values in (("expected", e), ("difference", p - e)):
            found[f"{what} {reference} mean"] = values.mean(axis=0)
            found[f"{what} {reference} sd"] = values.std(axis=0)
        wijken = results.wijken
        found[f"probability {reference}"] = wijken[f"prob_higher_{reference}"].to_numpy()
        found[f"status {reference}"] = wijken[f"status_{reference}"].to_numpy(str)
        found[f"flagged {reference}"] = wijken[f"flagged_{reference}"].to_numpy()
        found[f"rank {reference}"] = wijken[f"expected_rank_{reference}"].to_numpy()
    return found


def distance(one: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> dict[str, float]:
    """99th percentiles of the errors, and how many conclusions differ."""
    found = {}
    means = [name for name in reference if name.startswith("parameters mean")]
    sds = [name.replace(" mean ", " sd ") for name in means]
    errors = [np.abs(one[a] - reference[a]) / reference[b] for a, b in zip(means, sds, strict=True)]
    found["parameters, largest error in sds"] = max(float(error.max()) for error in errors)
    for where in REFERENCES:
        for what in ("expected", "difference"):
            error = np.abs(one[f"{what} {where} mean"] - reference[f"{what} {where} mean"])
            found[f"{what} {where}, 99% in sds"] = float(np.quantile(error / reference[f"{what} {where} sd"], 0.99))
        error = np.abs(one[f"probability {where}"] - reference[f"probability {where}"])
        found[f"prob_higher {where}, 99%"] = float(np.nanquantile(error, 0.99))
        for what in ("status", "flagged"):
            found[f"{what} {where}, differ"] = int((one[f"{what} {where}"] != reference[f"{what} {where}"]).sum())
        places = np.abs(one[f"rank {where}"] - reference[f"rank {where}"])
        found[f"rank {where}, median places"] = float(np.median(places))
    return found


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--reference", type=Path, help="a full fit; without it the simulated Netherlands is fitted twice"
    )
    parser.add_argument("--full", type=Path, help="another full fit, to know what sampling alone does")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.reference:
        tree, full = bj.load(options.reference), bj.load(options.full) if options.full else None
    else:
        areas = bj.simulated_netherlands(1).areas
        tree, full = (bj.fit(areas, sampling=bj.SamplingSpec(seed=seed), progress=False) for seed in (1, 2))
    seconds: dict[str, float] = {}
    seed = json.loads(tree.attrs["sampling_spec"])["seed"]
    quick = bj.quick_fit(read_design(tree).areas, read_spec(tree), seed=seed, report=seconds.__setitem__)
    reference = told(tree)
    found: dict[str, dict] = {"seconds": seconds, "quick": distance(told(quick), reference)}
    if full is not None:
        found["full"] = distance(told(full), reference)
    found["about"] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "data": "gesimuleerd" if tree.attrs["simulated"] else tree.attrs["title"],
        "quick_ess": float(quick["gate"]["ess"].sum()),
        "quick_pareto_k": float(quick["gate"]["pareto_k"].max()),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        with replacing(options.out) as part:
            part.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
