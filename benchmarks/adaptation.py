"""How near the sampler aims, how long it warms up and how many chains: seconds to an effective draw of each choice.

    python benchmarks/adaptation.py --out benchmarks/adaptation.json

One table of the simulated Netherlands and one of a tenth of it (kenmerken filled with the median), each compiled once
and sampled as the default samples one of its imputations; ``--seeds`` seeds a choice. The seconds include the warm-up.
ESS is the smallest of bulk and tail over all parameters, group effects and a fixed sample of a hundred wijken, as in
sampling.py.
"""

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from sampling import smallest_ess

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.sampling import compile_model
from bayes_jeugdhulp.model import build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior

SIZES = {
    "the Netherlands": {"wijken": 2918, "gemeenten": 388},
    "a tenth": {"wijken": 292, "gemeenten": 39, "regios": 5},
}
DEFAULT = bj.SamplingSpec(draws=375)
CHOICES: dict[str, dict[str, Any]] = {
    "default": {},
    **{f"acceptance {aim}": {"acceptance": aim} for aim in (0.6, 0.7, 0.8, 0.9, 0.95)},
    **{f"warm-up {tune}": {"tune": tune} for tune in (200, 800)},
    "2 chains": {"chains": 2, "draws": 750},
    "8 chains": {"chains": 8, "draws": 188},
}


def main() -> None:
    """Sample every choice, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for size, numbers in SIZES.items():
        spec = bj.ModelSpec(missing="median")
        design = make_design(bj.simulated_netherlands(**numbers).areas, spec)
        start = approximate_posterior(design, spec.priors)
        compiled = compile_model(build_model(design, spec, start), start)
        compiled.sample(design, start, replace(DEFAULT, draws=10, tune=50))  # what runs first is slower
        found[size] = {}
        for choice, values in CHOICES.items():
            runs = []
            for seed in range(options.seeds):
                begin = time.perf_counter()
                tree = compiled.sample(design, start, replace(DEFAULT, seed=seed, **values))
                seconds, stats = time.perf_counter() - begin, tree["sample_stats"]
                ess = smallest_ess(tree["posterior"].to_dataset(), "eta")
                divergences, steps = int(stats["diverging"].sum()), float(stats["n_steps"].mean())
                runs.append({"seconds": seconds, "ess": ess, "divergences": divergences, "steps": steps})
            cost = statistics.mean(run["seconds"] / run["ess"] for run in runs)
            found[size][choice] = {"milliseconds_per_effective_draw": 1000 * cost, "runs": runs}
            print(f"{size}, {choice}: {1000 * cost:.1f} ms; {runs}", flush=True)
    about = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    if options.out:
        with replacing(options.out) as part:
            part.write_text(json.dumps({"machine": about, "data": "gesimuleerd", "sizes": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
