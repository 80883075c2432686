"""Many fits side by side: how many times as fast as one after another, on the same cores.

    python benchmarks/many.py --out benchmarks/many.json

Fits of simulated countries, each with all cores, one after another in one process; then the same in a pool of
processes that share the cores. Compiled code is there already in both: the first fit of all is not counted.
"""

import argparse
import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.tasks import usable_cores

Fits = dict[str, tuple[bj.Areas, bj.ModelSpec | None, bj.SamplingSpec | None]]


def seconds(fits: Fits, workers: int) -> float:
    """Time that the fits take."""
    begin = time.perf_counter()
    with TemporaryDirectory() as folder:
        if workers == 1:
            _, failed = bj.fit_many(fits, folder)
        else:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                _, failed = bj.fit_many(fits, folder, pool)
    assert not failed, failed
    return time.perf_counter() - begin


def main() -> None:
    """Time both ways and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=6)
    parser.add_argument("--wijken", type=int, default=600)
    parser.add_argument("--workers", type=int, default=usable_cores())
    parser.add_argument("--out", type=Path, default=Path("benchmarks/many.json"))
    options = parser.parse_args()
    shape = {"wijken": options.wijken, "gemeenten": options.wijken // 8, "regios": 10}
    fits: Fits = {
        f"country {seed}": (bj.simulated_netherlands(seed, **shape).areas, None, bj.SamplingSpec(draws=800))
        for seed in range(1, options.fits + 1)
    }
    first = next(iter(fits))
    seconds({first: fits[first]}, 1)
    one_by_one, together = seconds(fits, 1), seconds(fits, options.workers)
    summary = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "data": "gesimuleerd",
        "fits": options.fits,
        **shape,
        "workers": options.workers,
        "seconds one after another": one_by_one,
        "seconds side by side": together,
        "times as fast": one_by_one / together,
    }
    with replacing(options.out) as part:
        part.write_text(json.dumps(summary, indent=1) + "\n")
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
