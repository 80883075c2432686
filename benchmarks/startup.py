"""What a user waits for before anything is sampled, as ratios in one run.

    python benchmarks/startup.py --out benchmarks/startup.json

- ``--help`` and ``import bayes_jeugdhulp``, in starts of a bare interpreter;
- building and compiling the national model with an empty compile directory; a second time in another process; and a
  third with other figures of as many wijken, as shares of the first;
- whether ``check`` and ``results`` of a saved fit compile anything: files in the compile directory after them.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bayes_jeugdhulp.files import replacing

COMPILE = """
import sys, time
import bayes_jeugdhulp as bj
from bayes_jeugdhulp.inference.sampling import compile_model
from bayes_jeugdhulp.model import build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior
areas = bj.simulated_netherlands(int(sys.argv[1])).areas
spec = bj.ModelSpec(missing="median")
design = make_design(areas, spec)
start = approximate_posterior(design, spec.priors)
begin = time.perf_counter()
compile_model(build_model(design, spec, start), start)
print(time.perf_counter() - begin)
"""
SMALL_FIT = """
import sys
import bayes_jeugdhulp as bj
areas = bj.simulated_netherlands(1, wijken=150, gemeenten=25, regios=4).areas
bj.save(bj.fit(areas, sampling=bj.SamplingSpec(draws=600), progress=False), sys.argv[1])
"""
CLI = ("-m", "bayes_jeugdhulp")
TIMES = 9


def seconds(*arguments: str, **environment: str) -> tuple[float, str]:
    """Run Python; the time it takes and what it prints."""
    begin = time.perf_counter()
    done = subprocess.run(
        (sys.executable, *arguments), capture_output=True, text=True, env=os.environ | environment, check=True
    )
    return time.perf_counter() - begin, done.stdout


def compile_seconds(seed: int, directory: Path) -> float:
    """Seconds to build and compile the national model in a process of its own."""
    return float(seconds("-c", COMPILE, str(seed), PYTENSOR_FLAGS=f"base_compiledir={directory}")[1])


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/startup.json"))
    options = parser.parse_args()

    def middle(*arguments: str) -> float:
        return statistics.median(seconds(*arguments)[0] for _ in range(TIMES))

    bare = middle("-c", "pass")
    found = {
        "bare_start_seconds": bare,
        "help_in_bare_starts": middle(*CLI, "--help") / bare,
        "import_in_bare_starts": middle("-c", "import bayes_jeugdhulp") / bare,
    }
    with TemporaryDirectory() as folder:
        directory = Path(folder, "compiled")
        first, second, other = (compile_seconds(seed, directory) for seed in (1, 1, 2))
        found |= {
            "first_compile_seconds": first,
            "second_of_first": second / first,
            "other_figures_of_first": other / first,
        }
        fit, empty = Path(folder, "fit.nc"), Path(folder, "empty")
        seconds("-c", SMALL_FIT, str(fit))
        for command in (("check", str(fit)), ("results", str(fit), "--out", str(Path(folder, "results")))):
            taken, _ = seconds(*CLI, *command, PYTENSOR_FLAGS=f"base_compiledir={empty}")
            found[f"{command[0]}_seconds"] = taken
        found["files_compiled_by_them"] = sum(path.is_file() for path in empty.rglob("*")) if empty.exists() else 0
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    for name, value in found.items():
        print(f"{name}: {value:.2f}")
    with replacing(options.out) as part:
        part.write_text(
            json.dumps({"machine": machine, "data": "gesimuleerd"} | found, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
