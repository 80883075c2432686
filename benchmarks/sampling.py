"""Effective draws per second of sampling: this package against Bambi, same simulated wijken, same machine, same run.

    python benchmarks/sampling.py --out benchmarks/sampling.json

The model that Bambi can fit leaves out the suppressed wijken, fills missing kenmerken with the median and gives every
wijk effect one scale; ours is fitted to exactly that, and the default model (suppressed counts, imputations, a scale
that falls with size) beside it. ESS is the smallest of bulk and tail over all parameters, group effects and the same
hundred wijken; a second of sampling includes the warm-up, not the compilation.
"""

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import replace
from pathlib import Path

import arviz as az
import numpy as np
import xarray as xr

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.gate import add_gate
from bayes_jeugdhulp.inference.sampling import sample_model
from bayes_jeugdhulp.model import build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior

SAMPLED_WIJKEN = 100
PEERS: dict[str, dict] = {"bambi": {}}


def smallest_ess(posterior: xr.Dataset, wijken: str) -> float:
    """Smallest bulk or tail ESS over everything but the wijk effects, of which a fixed sample counts."""
    dimension = next(dim for dim in posterior[wijken].dims if dim not in ("chain", "draw"))
    chosen = np.random.default_rng(1).choice(posterior.sizes[dimension], SAMPLED_WIJKEN, replace=False)
    part = posterior.drop_vars(wijken).assign(sampled=posterior[wijken].isel({dimension: np.sort(chosen)}))
    both = [az.ess(part, method=method) for method in ("bulk", "tail")]
    return float(min(min(variable.min() for variable in ess.data_vars.values()) for ess in both))


def ours(areas: Areas, spec: bj.ModelSpec, sampling: bj.SamplingSpec) -> dict[str, float]:
    """Fit one of our models; the draws are those that are kept, the seconds those of all draws."""
    stages: dict[str, float] = {}
    last = time.perf_counter()

    def clock(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[stage], last = now - last, now

    design = make_design(areas, spec, seed=sampling.seed)
    start = approximate_posterior(design, spec.priors)
    tree = sample_model(build_model(design, spec, start), design, start, sampling, progress=False, clock=clock)
    add_gate(tree, design)
    posterior = tree["posterior"].to_dataset().drop_vars("effects")
    seconds = stages["sampling"]
    ess = smallest_ess(posterior, "eta")
    table = tree["gate"].to_dataset()
    passed = bool(
        (table["r_hat"] < 1.01).all() and (table["ess_bulk"] >= 400).all() and (table["ess_tail"] >= 400).all()
    )
    return {"ess": ess, "seconds": seconds, "ess_per_second": ess / seconds, "gate_passed": passed}


def bambi(areas: Areas, seed: int, options: dict) -> dict[str, float]:
    """Fit the same model with Bambi, as its user would write it."""
    import bambi as bmb

    wijken = areas.wijken
    standardised = (areas.kenmerken - areas.kenmerken.mean()) / areas.kenmerken.std(ddof=0)
    data = standardised.assign(
        users=wijken["users_low"], youths=wijken["youths"], gemeente=wijken["gemeentecode"],
        regio=wijken["jeugdzorgregio"], wijk=wijken.index,
    )  # fmt: skip
    formula = "p(users, youths) ~ " + " + ".join([*areas.kenmerken, "(1|regio)", "(1|gemeente)", "(1|wijk)"])
    model = bmb.Model(formula, data.reset_index(drop=True), family="binomial", noncentered=True)
    model.build()
    begin = time.perf_counter()
    tree = model.fit(chains=4, cores=os.cpu_count(), random_seed=seed, progressbar=False, **options)
    total = time.perf_counter() - begin
    stats = tree["sample_stats"]
    seconds = float(stats.attrs.get("sampling_time") or tree["posterior"].attrs.get("sampling_time") or total)
    posterior = tree["posterior"].to_dataset()
    ess = smallest_ess(posterior[[name for name in posterior if name not in ("p", "mu")]], "1|wijk")
    r_hat = max(
        float(variable.max()) for variable in az.rhat(posterior.drop_vars("p", errors="ignore")).data_vars.values()
    )
    return {"ess": ess, "seconds": seconds, "total": total, "ess_per_second": ess / seconds, "r_hat": r_hat}


def main() -> None:
    """Run every contender for every seed and write the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/sampling.json"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--wijken", type=int, default=2918)
    parser.add_argument("--gemeenten", type=int, default=388)
    parser.add_argument("--regios", type=int, default=42)
    options = parser.parse_args()
    whole = bj.simulated_netherlands(wijken=options.wijken, gemeenten=options.gemeenten, regios=options.regios).areas
    published = whole.select(whole.wijken.index[whole.wijken["observed_state"] == "published"].tolist())
    common = replace(
        published, policy=bj.CountsPolicy(), kenmerken=published.kenmerken.fillna(published.kenmerken.median())
    )
    plain = bj.ModelSpec(wijk_effect="normal", wijk_scale="constant", missing="median", youths="given")
    runs: dict[str, list[dict[str, float]]] = {}
    for seed in range(1, options.seeds + 1):
        sampling = bj.SamplingSpec(seed=seed)
        contenders = {
            "ours": lambda s=sampling: ours(common, plain, s),
            "ours, default model": lambda s=sampling: ours(whole, bj.ModelSpec(), s),
            **{name: lambda s=seed, more=more: bambi(common, s, more) for name, more in PEERS.items()},
        }
        for name, run in contenders.items():
            runs.setdefault(name, []).append(run())
            print(seed, name, {key: round(value, 3) for key, value in runs[name][-1].items()}, flush=True)
        write(options.out, runs, len(common))
    for name, values in ratios(runs).items():
        print(f"{name}: {statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})")


def ratios(runs: dict[str, list[dict[str, float]]]) -> dict[str, list[float]]:
    """Effective draws per second of ours as a multiple of each peer's, per seed."""
    rate = {name: [run["ess_per_second"] for run in done] for name, done in runs.items()}
    return {
        f"{mine} / {peer}": [a / b for a, b in zip(rate[mine], rate[peer], strict=True)]
        for mine in ("ours", "ours, default model")
        for peer in PEERS
    }


def write(path: Path, runs: dict[str, list[dict[str, float]]], wijken: int) -> None:
    """Write what is done so far, so that a long run may be cut short."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    summary = {"machine": machine, "wijken": wijken, "data": "gesimuleerd", "runs": runs, "ratios": ratios(runs)}
    with replacing(path) as part:
        part.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
