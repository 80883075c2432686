"""Time of a national fit with factors, and whether its measurement passes the gate; beside the same without factors.

    python benchmarks/factors.py --measurement    # the measurement alone
    python benchmarks/factors.py                  # both fits

On the simulated Netherlands, 17 indicators; seconds on the clock and of processors. Figures stand in docs/factors.md.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.inference.factors import measure_factors
from bayes_jeugdhulp.inference.gate import diagnose_measurement
from bayes_jeugdhulp.model import make_design
from bayes_jeugdhulp.sources.simulated_factors import about_indicators


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measurement", action="store_true", help="only measure the factors")
    parser.add_argument("--wijken", type=int, default=2918)
    parser.add_argument("--gemeenten", type=int, default=388)
    given = parser.parse_args()
    country = bj.simulated_netherlands(wijken=given.wijken, gemeenten=given.gemeenten)
    with TemporaryDirectory() as folder:
        values, about = Path(folder, "indicatoren.csv"), Path(folder, "over_indicatoren.csv")
        country.indicators.to_csv(values)
        about_indicators().to_csv(about, index=False)
        indicators = bj.read_indicators(values, about, decimal=".")
    if given.measurement:
        clock, design = stages(), make_design(country.areas, bj.ModelSpec(), 2017, factors=True)
        clock("imputing kenmerken", 0)
        _, sampled, _ = measure_factors(design, indicators, "joint", 2017)
        clock("measuring factors", 0)
        stats = sampled["sample_stats"]
        print(f"steps a draw {float(stats['n_steps'].mean()):.1f}, divergences {int(stats['diverging'].sum())}")
        table = diagnose_measurement(sampled)
        print(table.to_string(float_format="{:.4g}".format))
        return
    for name, measured in (("with factors", indicators), ("without", None)):
        print(name)
        tree = bj.fit(country.areas, indicators=measured, progress=False, report=stages())
        print(bj.check_gate(tree))


def stages() -> Callable[[str, float], None]:
    """Print each stage with its seconds on the clock and of processors."""
    last = [time.perf_counter(), time.process_time()]

    def report(stage: str, _: float) -> None:
        now = [time.perf_counter(), time.process_time()]
        clock, processors = np.subtract(now, last)
        print(f"  {stage}: {clock:.0f} s, {processors:.0f} s of processors", flush=True)
        last[:] = now

    return report


if __name__ == "__main__":
    main()
