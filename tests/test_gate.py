"""The gate: what fails it, and what it says then."""

import numpy as np
import pandas as pd
import pytest

from bayes_jeugdhulp.errors import GateError
from bayes_jeugdhulp.inference.gate import Gate, GateThresholds, _judge

GOOD = pd.DataFrame({"r_hat": [1.004], "ess_bulk": [900.0], "ess_tail": [700.0]}, index=["alpha"])


@pytest.mark.parametrize(
    ("table", "divergences", "bfmi", "found"),
    [
        ({}, 0, 0.9, ""),
        ({"r_hat": 1.01}, 0, 0.9, "R-hat 1.010 (must be below 1.01) in alpha"),
        ({"r_hat": np.inf, "ess_bulk": 0.0}, 0, 0.9, "R-hat inf"),
        ({"ess_tail": 399.0}, 0, 0.9, "effective sample size 399 (at least 400) in alpha"),
        ({"ess_bulk": 120.0}, 0, 0.9, "effective sample size 120"),
        ({}, 3, 0.9, "3 divergences (at most 0)"),
        ({}, 0, 0.3, "E-BFMI 0.30 (must be above 0.3)"),
        ({}, 0, np.nan, "E-BFMI nan"),
    ],
)
def test_thresholds(table: dict[str, float], divergences: int, bfmi: float, found: str) -> None:
    failures = _judge(GOOD.assign(**table), divergences, bfmi, GateThresholds())
    gate = Gate(GOOD, failures, divergences, bfmi, 0, 0, 0)
    problems, advice = gate.problems, gate.advice
    assert gate.passed != bool(problems) == bool(advice) == bool(found)
    assert found in "; ".join(problems)
    assert ("NOT passed" in str(gate)) == bool(found)
    if not found:
        assert gate.require() == ""
    else:
        with pytest.raises(GateError) as caught:
            gate.require()
        assert all(line in str(caught.value) for line in (*problems, *advice))
        short = "; ".join(failure.short for failure in failures)
        assert gate.require(despite=True) == f"CONTROLE NIET GESLAAGD, toch gebruikt: {short}"
