"""How time and memory grow with the number of areas; a fit, and its tables, each in a process of its own.

    python benchmarks/growth.py --out benchmarks/growth.json
    python benchmarks/growth.py --areas 700 2918 --draws 500
    python benchmarks/growth.py --sampling --thin 4 --imputations 4 --out sampling_growth.json

The default model on simulated countries with as many wijken to a gemeente as the Netherlands has, of one imputed table
and with every draw kept; with ``--sampling`` only the sampling, of one table (kenmerken filled with the median) with as
many draws as one of so many imputations has. Sizes that were run before stay in the file if machine, draws and what is
done are the same. ESS is the smallest of bulk and tail over all parameters, group effects and a fixed sample of a
hundred wijken, as in sampling.py. The picture lies beside the file.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sampling import smallest_ess

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.sampling import compile_model
from bayes_jeugdhulp.model import build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior

AREAS = (700, 2918, 14_600, 58_000)
NETHERLANDS = {"wijken": 2918, "gemeenten": 388, "regios": 42}
LARGEST_GIB = 8


def peak_gib() -> float:
    """Most memory that this process has had."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def country(areas: int, seed: int) -> Areas:
    """A country of so many areas: simulated ones of at most the size of the Netherlands beside one another."""
    count = -(-areas // NETHERLANDS["wijken"])
    sizes = np.diff(np.linspace(0, areas, count + 1).round().astype(int)).tolist()
    parts, before = [], 0
    for i, wijken in enumerate(sizes):
        smaller = {name: round(wijken * most / NETHERLANDS["wijken"]) for name, most in NETHERLANDS.items()}
        part = bj.simulated_netherlands(seed + i, **smaller).areas
        names = part.wijken["gemeentecode"].unique().tolist()
        number = part.wijken["gemeentecode"].map({name: before + k for k, name in enumerate(names)})
        before += len(names)
        codes = pd.Index(
            [f"WK{g:04d}{code[-2:]}" for g, code in zip(number, number.index, strict=True)], name="wijkcode"
        )
        wijken_of_part = part.wijken.assign(
            gemeentecode=[f"GM{g:04d}" for g in number], jeugdzorgregio=f"{i}-" + part.wijken["jeugdzorgregio"]
        )
        tables = wijken_of_part, part.kenmerken, part.kenmerken_upper
        parts.append([table.set_axis(codes) for table in tables])
    wijken_table, kenmerken, upper = (pd.concat(column) for column in zip(*parts, strict=True))
    return replace(part, wijken=wijken_table, kenmerken=kenmerken, kenmerken_upper=upper)


def fit_one(areas: int, draws: int, seed: int, thin: int, imputations: int, file: Path) -> dict[str, Any]:
    """Fit one country and save it: seconds and peak memory up to the end of each stage."""
    whole = country(areas, seed)
    stages: dict[str, dict[str, float]] = {"importing and simulating": {"peak_gib": peak_gib()}}

    def report(stage: str, seconds: float) -> None:
        stages[stage] = {"seconds": seconds, "peak_gib": peak_gib()}
        print(f"{areas}: {stage} {seconds:.1f} s, {peak_gib():.2f} GiB", file=sys.stderr, flush=True)

    spec, sampling = bj.ModelSpec(imputations=imputations), bj.SamplingSpec(draws=draws, seed=seed, thin=thin)
    tree = bj.fit(whole, spec, sampling, progress=False, report=report)
    begin = time.perf_counter()
    bj.save(tree, file)
    report("saving", time.perf_counter() - begin)
    return {
        **{name: tree["posterior"].sizes[dim] for name, dim in (("areas", "wijk"), ("gemeenten", "gemeente"))},
        "stages": stages,
        "file_gib": file.stat().st_size / 2**30,
        "ess": smallest_ess(tree["posterior"].to_dataset(), "eta"),
        "gate": bj.check_gate(tree).problems or "passed",
    }


def results_of(path: Path) -> dict[str, float]:
    """Make the tables of a saved fit, as the command ``results`` does: seconds and peak memory."""
    begin = time.perf_counter()
    bj.make_results(bj.load(path), despite_failed_gate=True)
    return {"seconds": time.perf_counter() - begin, "peak_gib": peak_gib()}


def in_own_process(*choices: str) -> dict[str, Any]:
    """What this script prints with these options; started from one that is small, whose peak it would have else."""
    done = subprocess.run((sys.executable, __file__, *choices), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def sample_one(areas: int, draws: int, seed: int, thin: int, imputations: int) -> dict[str, Any]:
    """Sample one table of a country, with the draws of one imputation: seconds, steps and memory."""
    spec = bj.ModelSpec(missing="median")
    design = make_design(country(areas, seed), spec)
    start = approximate_posterior(design, spec.priors)
    compiled = compile_model(build_model(design, spec, start), start)
    begin = time.perf_counter()
    tree = compiled.sample(design, start, bj.SamplingSpec(draws=-(-draws // imputations), seed=seed, thin=thin))
    return {
        "stages": {"sampling": {"seconds": time.perf_counter() - begin, "peak_gib": peak_gib()}},
        "steps": float(tree["sample_stats"]["n_steps"].mean()),
        "ess": smallest_ess(tree["posterior"].to_dataset(), "eta"),
    }


def ratios(runs: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Seconds per effective draw of each size as a multiple of those of the Netherlands: of sampling, and in all."""
    cost = {}
    for areas, run in runs.items():
        seconds = {stage: found.get("seconds", 0.0) for stage, found in run["stages"].items()}
        cost[areas] = {"sampling": seconds["sampling"] / run["ess"], "in all": sum(seconds.values()) / run["ess"]}
    own = cost.get(str(NETHERLANDS["wijken"]))
    return {areas: {kind: found[kind] / own[kind] for kind in own} for areas, found in cost.items()} if own else {}


def draw(summary: dict[str, Any], path: Path) -> None:
    """Seconds of every stage and peak memory against the number of areas."""
    from matplotlib.figure import Figure

    runs = {int(areas): run for areas, run in summary["runs"].items()}
    figure = Figure(figsize=(10, 5), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    stages = [stage for stage, found in next(iter(runs.values()))["stages"].items() if "seconds" in found]
    for stage in stages:
        time_axes.plot(list(runs), [run["stages"][stage]["seconds"] for run in runs.values()], "o-", label=stage)
    time_axes.set(xscale="log", yscale="log", xlabel="areas", ylabel="seconds")
    figure.legend(loc="outside lower center", ncols=5, fontsize="small")
    memory_axes.plot(list(runs), [run["peak_gib"] for run in runs.values()], "o-")
    memory_axes.axhline(LARGEST_GIB, color="grey", linestyle=":")
    memory_axes.set(xscale="log", yscale="log", xlabel="areas", ylabel="peak memory, GiB")
    for axis in (time_axes.xaxis, time_axes.yaxis, memory_axes.xaxis, memory_axes.yaxis):
        axis.set_major_formatter("{x:,g}")
    memory_axes.yaxis.set_minor_formatter("{x:g}")
    draws = "one table" if summary["only"] else f"{summary['draws']} draws a chain"
    figure.suptitle(f"Growth with the number of areas, simulated; {draws}; {summary['machine']}")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Run every size and write what is done so far, so that a long run may be cut short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, nargs="+", default=AREAS)
    parser.add_argument("--draws", type=int, default=bj.SamplingSpec().draws)
    parser.add_argument("--thin", type=int, default=1, help="4 is the default of a fit: as many draws, kept of more")
    parser.add_argument("--imputations", type=int, default=1, help="that are fitted; 4 is the default of a fit")
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/growth.json"))
    parser.add_argument("--sampling", action="store_true", help="sample one table, and nothing else")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        asked = options.one, options.draws, options.seed, options.thin, options.imputations
        print(json.dumps(sample_one(*asked) if options.sampling else fit_one(*asked, options.file)))
        return
    if options.file:
        print(json.dumps(results_of(options.file)))
        return
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    summary: dict[str, Any] = {
        "machine": machine,
        "data": "gesimuleerd",
        "draws": options.draws,
        "thin": options.thin,
        "imputations": options.imputations,
        "seed": options.seed,
        "only": "sampling" if options.sampling else "",
    }
    runs: dict[str, Any] = {}
    if options.out.exists():
        before = json.loads(options.out.read_text())
        runs = before["runs"] if all(before.get(name) == value for name, value in summary.items()) else {}
    for areas in options.areas:
        choices = ["--one", str(areas), "--draws", str(options.draws), "--seed", str(options.seed)]
        choices += ["--thin", str(options.thin), "--imputations", str(options.imputations)]
        choices += ["--sampling"] if options.sampling else []
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "fit.nc"
            run = in_own_process(*choices, "--file", str(file))
            if not options.sampling:
                run["stages"]["results"] = in_own_process("--file", str(file))
        run["peak_gib"] = max(found["peak_gib"] for found in run["stages"].values())
        runs[str(areas)] = run
        runs = dict(sorted(runs.items(), key=lambda item: int(item[0])))
        summary |= {"runs": runs, "per_effective_draw": ratios(runs)}
        with replacing(options.out) as part:
            part.write_text(json.dumps(summary, indent=1) + "\n")
        with replacing(options.out.with_suffix(".png")) as part:
            draw(summary, part)


if __name__ == "__main__":
    main()
