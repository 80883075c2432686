"""Effective draws per second: this package against Bambi and lme4, same simulated wijken, same machine, same run.

    python benchmarks/sampling.py --out benchmarks/sampling.json

The model that Bambi can fit leaves out the suppressed wijken, fills missing kenmerken with the median and gives every
wijk effect one scale; ours is fitted to exactly that, and the default model (suppressed counts, imputations, outlying
wijken, a scale that falls with size) beside it. lme4's glmer, where R has it, gives one estimate and no draws.

Every run is a process of its own, with an empty compile directory (cold, the first seed) or with that of a run before
it (warm). Peak memory
is that of the process and its workers, shared pages counted once. ESS is the smallest of bulk and tail over all
parameters, group effects and the same hundred wijken. A second of sampling includes the warm-up; a second in all
includes imports, imputing, building and compiling, not the results and the report, which the others do not make; ours
are timed in the cold run.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bayes_jeugdhulp.files import replacing

if TYPE_CHECKING:
    import xarray as xr

    from bayes_jeugdhulp.areas import Areas

OURS, DEFAULT = "ours", "ours, default model"
PEERS: dict[str, dict[str, Any]] = {"Bambi": {}, "Bambi with nutpie": {"inference_method": "nutpie"}}
SAMPLED_WIJKEN = 100
CONVERGED = 1.05  # largest R-hat
type Runs = dict[str, dict[str, list[dict[str, Any]]]]  # contender, cold or warm, seed
BEFORE_RESULTS = ("import", "build", "compile", "sample")
GLMER = """
suppressMessages(library(lme4)); args <- commandArgs(TRUE); d <- read.csv(args[1])
x <- paste(setdiff(names(d), c("users", "youths", "regio", "gemeente", "wijk")), collapse = " + ")
f <- as.formula(paste("cbind(users, youths - users) ~", x, "+ (1 | regio) + (1 | gemeente) + (1 | wijk)"))
cat(system.time(glmer(f, d, binomial))[["elapsed"]])
"""


def smallest_ess(posterior: "xr.Dataset", wijken: str) -> float:
    """Smallest bulk or tail ESS over everything but the wijk effects, of which a fixed sample counts."""
    import arviz as az
    import numpy as np

    dimension = next(dim for dim in posterior[wijken].dims if dim not in ("chain", "draw"))
    chosen = np.random.default_rng(1).choice(posterior.sizes[dimension], SAMPLED_WIJKEN, replace=False)
    part = posterior.drop_vars(wijken).assign(sampled=posterior[wijken].isel({dimension: np.sort(chosen)}))
    both = [az.ess(part, method=method) for method in ("bulk", "tail")]
    return float(min(min(variable.min() for variable in ess.data_vars.values()) for ess in both))


def figures(size: tuple[int, int, int], *, whole: bool) -> "Areas":
    """Simulated wijken: all of them with their gaps, or what Bambi can take."""
    import bayes_jeugdhulp as bj

    wijken, gemeenten, regios = size
    areas = bj.simulated_netherlands(wijken=wijken, gemeenten=gemeenten, regios=regios).areas
    if whole:
        return areas
    published = areas.select(areas.wijken.index[areas.wijken["observed_state"] == "published"].tolist())
    complete = published.kenmerken.fillna(published.kenmerken.median())
    return replace(published, policy=bj.CountsPolicy(), kenmerken=complete)


def as_frame(areas: "Areas") -> Any:
    """The wijken as a table for a formula."""
    wijken = areas.wijken
    standardised = (areas.kenmerken - areas.kenmerken.mean()) / areas.kenmerken.std(ddof=0)
    return standardised.assign(
        users=wijken["users_low"], youths=wijken["youths"], gemeente=wijken["gemeentecode"],
        regio=wijken["jeugdzorgregio"], wijk=wijken.index,
    ).reset_index(drop=True)  # fmt: skip


def ours(size: tuple[int, int, int], seed: int, *, whole: bool, report: bool) -> dict[str, Any]:
    """Fit one of our models, the default one with its default settings; ESS of the draws that are kept.

    Of four draws the default keeps one, so that later steps have less to do. The model that is compared keeps all of
    1,500 a chain, as Bambi keeps its own.
    """
    begin = time.perf_counter()
    import bayes_jeugdhulp as bj
    from bayes_jeugdhulp.inference.sampling import compile_model  # noqa: F401  imports the sampler

    imported = time.perf_counter() - begin
    areas = figures(size, whole=whole)
    plain = bj.ModelSpec(wijk_effect="normal", wijk_scale="constant", missing="median", youths="given")
    took: dict[str, float] = {}
    tree = bj.fit(
        areas,
        bj.ModelSpec() if whole else plain,
        bj.SamplingSpec(seed=seed) if whole else bj.SamplingSpec(seed=seed, thin=1),
        progress=False,
        report=lambda stage, seconds: took.update({stage: seconds}),
    )
    built = took.pop("imputing kenmerken") + took.pop("building the model")
    seconds = {"import": imported, "build": built}
    seconds |= {"compile": took.pop("compiling the model"), "sample": took.pop("sampling")}
    gate = tree["gate"].to_dataset()
    if report:
        begin = time.perf_counter()
        results = bj.make_results(tree)
        seconds["results"] = sum(took.values()) + time.perf_counter() - begin
        with TemporaryDirectory() as folder:
            begin = time.perf_counter()
            bj.write_report(results, Path(folder, "report"))
            seconds["report"] = time.perf_counter() - begin
    ess = smallest_ess(tree["posterior"].to_dataset(), "eta")
    return {"ess": ess, "r_hat": float(gate["r_hat"].max()), "seconds": seconds}


def bambi(size: tuple[int, int, int], seed: int, options: dict[str, Any]) -> dict[str, Any]:
    """Fit the same model with Bambi, as its user would write it."""
    begin = time.perf_counter()
    import arviz as az
    import bambi as bmb

    imported = time.perf_counter() - begin
    areas = figures(size, whole=False)
    begin = time.perf_counter()
    formula = "p(users, youths) ~ " + " + ".join([*areas.kenmerken, "(1|regio)", "(1|gemeente)", "(1|wijk)"])
    model = bmb.Model(formula, as_frame(areas), family="binomial", noncentered=True)
    model.build()
    built = time.perf_counter() - begin
    begin = time.perf_counter()
    tree = model.fit(chains=4, cores=os.cpu_count(), random_seed=seed, progressbar=False, **options)
    fitted = time.perf_counter() - begin
    sampled = float(tree["posterior"].attrs["sampling_time"])
    seconds = {"import": imported, "build": built, "compile": fitted - sampled, "sample": sampled}
    posterior = tree["posterior"].to_dataset()
    posterior = posterior[[name for name in posterior if name not in ("p", "mu")]]
    r_hat = max(float(variable.max()) for variable in az.rhat(posterior).data_vars.values())
    return {"ess": smallest_ess(posterior, "1|wijk"), "r_hat": r_hat, "seconds": seconds}


def glmer(size: tuple[int, int, int]) -> float | None:
    """Seconds of lme4's estimate of the same model; None without R or lme4."""
    program = shutil.which("Rscript")
    if not program or subprocess.run([program, "-e", "library(lme4)"], capture_output=True, check=False).returncode:
        return None
    with TemporaryDirectory() as folder:
        table = Path(folder, "wijken.csv")
        as_frame(figures(size, whole=False)).to_csv(table, index=False)
        done = subprocess.run([program, "-e", GLMER, str(table)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def one(contender: str, size: tuple[int, int, int], seed: int, *, report: bool) -> dict[str, Any]:
    """Run a contender in this process; ours with results and report where they are asked for."""
    if contender in PEERS:
        return bambi(size, seed, PEERS[contender])
    return ours(size, seed, whole=contender == DEFAULT, report=report)


def apart(contender: str, size: tuple[int, int, int], seed: int, state: str, compiled: Path) -> dict[str, Any]:
    """Run a contender in a process of its own, and see the most memory that it and its workers held."""
    import psutil

    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={compiled}"}
    command = [sys.executable, __file__, "--one", contender, "--seed", str(seed), "--size", *map(str, size)]
    command += ["--report"] if state == "cold" else []
    peak = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as run:
        while run.poll() is None:
            try:
                process = psutil.Process(run.pid)
                family = [process, *process.children(recursive=True)]
                peak = max(peak, sum(member.memory_full_info().pss for member in family))
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.3)
        assert run.stdout is not None
        told = run.stdout.read()
    if run.returncode:
        raise RuntimeError(f"{contender} stopped with {run.returncode}")
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    found["in_all"] = sum(found["seconds"][stage] for stage in BEFORE_RESULTS)
    return found | {"seed": seed, "peak_gib": peak / 2**30}


def converged(runs: Runs) -> Runs:
    """Contenders that converged in every run: effective draws of others are of no use to compare with."""
    return {
        name: states
        for name, states in runs.items()
        if all(run["r_hat"] < CONVERGED for both in states.values() for run in both)
    }


def ratios(runs: Runs) -> dict[str, list[float]]:
    """Effective draws per second of ours as a multiple of those of each peer that converged, per seed."""
    found = {}
    for mine in (OURS, DEFAULT):
        for peer in PEERS.keys() & converged(runs).keys():
            pairs = {state: list(zip(runs[mine][state], runs[peer][state], strict=False)) for state in ("cold", "warm")}
            sampling = [
                (a["ess"] / a["seconds"]["sample"]) / (b["ess"] / b["seconds"]["sample"]) for a, b in pairs["warm"]
            ]
            found[f"{mine} / {peer}, per second of sampling"] = sampling
            for state, both in pairs.items():
                in_all = [(a["ess"] / a["in_all"]) / (b["ess"] / b["in_all"]) for a, b in both]
                found[f"{mine} / {peer}, per second in all, {state}"] = in_all
    return found


def draw(runs: Runs, path: Path) -> None:
    """Where the time goes, per effective draw, the median seed, of those that converged."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    left_out, runs = set(runs) - set(converged(runs)), converged(runs)
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axis = figure.subplots()
    names = [f"{name}, {state}" for name in runs for state in ("cold", "warm") if runs[name][state]]
    left = [0.0] * len(names)
    for stage, colour in zip(BEFORE_RESULTS, mpl.colormaps["viridis"]([0.1, 0.4, 0.65, 0.9]), strict=True):
        width = [
            statistics.median(1000 * run["seconds"][stage] / run["ess"] for run in runs[name][state])
            for name in runs
            for state in ("cold", "warm")
            if runs[name][state]
        ]
        axis.barh(names, width, left=left, label=stage, color=colour)
        left = [a + b for a, b in zip(left, width, strict=True)]
    axis.invert_yaxis()
    axis.set_xlabel("seconds per thousand effective draws (simulated wijken; median of the seeds)")
    if left_out:
        axis.set_title(f"did not converge: {', '.join(left_out)}", loc="right", fontsize="medium")
    axis.legend(frameon=False, loc="upper right")
    axis.spines[["top", "right"]].set_visible(False)
    with replacing(path) as part:
        figure.savefig(part, dpi=150, format="png")


def write(path: Path, size: tuple[int, int, int], runs: Runs, estimate: float | None) -> None:
    """Write what is done so far, so that a long run may be cut short, and draw it."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    summary = {"machine": machine, "wijken": size[0], "data": "gesimuleerd", "glmer_seconds": estimate}
    with replacing(path) as part:
        part.write_text(json.dumps(summary | {"ratios": ratios(runs), "runs": runs}, indent=1) + "\n", encoding="utf-8")
    draw(runs, path.with_suffix(".png"))


def main() -> None:
    """Run every contender for every seed, cold and warm, and write the ratios as they come."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/sampling.json"), help="and a picture beside it")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, nargs=3, default=(2918, 388, 42), metavar=("WIJKEN", "GEMEENTEN", "REGIOS"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--report", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = tuple(options.size)
    if options.one:
        print(json.dumps(one(options.one, size, options.seed, report=options.report)))
        return
    contenders = (OURS, DEFAULT, *PEERS)
    runs: Runs = {name: {"cold": [], "warm": []} for name in contenders}
    estimate = None
    with TemporaryDirectory() as compiled:
        for seed in range(1, options.seeds + 1):
            for name in contenders:
                for state in ("cold", "warm") if seed == 1 else ("warm",):
                    run = apart(name, size, seed, state, Path(compiled, str(contenders.index(name))))
                    runs[name][state].append(run)
                    print(seed, name, state, json.dumps(run), flush=True)
            write(options.out, size, runs, estimate)
    estimate = glmer(size)
    write(options.out, size, runs, estimate)
    for name, values in ratios(runs).items():
        print(f"{name}: {statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})")
    print("glmer:", f"{estimate:.0f} s" if estimate else "no R with lme4 here")


if __name__ == "__main__":
    main()
