"""The priors of the coefficients against one another, on a simulated Netherlands: speed, and what they predict.

``python benchmarks/coefficients.py`` fits each prior to the same 400 wijken with 27 kenmerken and prints, per prior,
the gradient steps a draw, divergences, the smallest effective sample size (bulk or tail, over all that the gate looks
at) per second of sampling, and the leave-one-wijk-out elpd less that of the default prior with its standard error.
"""

import numpy as np
import pandas as pd

import bayes_jeugdhulp as bj


def main() -> None:
    """Fit, compare, print."""
    country = bj.simulated_netherlands(
        12, wijken=400, gemeenten=60, regios=8, wijk_effect="normal", factor_effects=(0, 0)
    )
    rows, elpd = {}, {}
    for name in ("normal", "r2d2", "horseshoe"):
        seconds: dict[str, float] = {}
        spec = bj.ModelSpec(missing="median", coefficients=name)
        tree = bj.fit(country.areas, spec, bj.SamplingSpec(thin=1), progress=False, report=seconds.__setitem__)
        gate = bj.check_gate(tree)
        smallest = gate.table[["ess_bulk", "ess_tail"]].to_numpy().min()
        elpd[name] = tree["loo"]["elpd"].to_numpy()
        gain = elpd[name] - elpd["normal"]
        gain = gain[~np.isnan(gain)]
        rows[name] = {
            "steps": float(tree["sample_stats"]["n_steps"].mean()),
            "divergences": gate.divergences,
            "ess": smallest,
            "ess_per_second": smallest / seconds["sampling"],
            "elpd_gain": gain.sum(),
            "se": gain.std(ddof=1) * np.sqrt(len(gain)),
            "passed": gate.passed,
        }
    print(pd.DataFrame.from_dict(rows, orient="index").to_string(float_format="{:.1f}".format))


if __name__ == "__main__":
    main()
