"""The gate's diagnostics against ArviZ's own, what mixed imputations do to them, and what fails it."""

import numpy as np
import pandas as pd
import pytest
from arviz_stats.base import array_stats

from bayes_jeugdhulp.errors import GateError
from bayes_jeugdhulp.inference.gate import Gate, GateThresholds, _diagnose, _judge

CHAINS, DRAWS = 4, 400
AXES = {"chain_axis": 1, "draw_axis": 2}


def chains(elements: int = 3) -> np.ndarray:
    """Autocorrelated draws, (chain, draw, element)."""
    rng = np.random.default_rng(1)
    values = rng.standard_normal((CHAINS, DRAWS, elements))
    for d in range(1, DRAWS):
        values[:, d] += 0.6 * values[:, d - 1]
    return np.exp(values / 2)


def turns(imputations: int) -> np.ndarray:
    return np.tile(np.arange(DRAWS) % imputations, (CHAINS, 1))


def test_with_one_imputation_they_are_those_of_arviz() -> None:
    values = chains()
    values[1, :, 1] += 0.5  # one chain elsewhere
    apart = np.moveaxis(values, 2, 0)
    wanted = (
        array_stats.rhat(apart, method="rank", **AXES),
        array_stats.ess(apart, method="bulk", **AXES),
        array_stats.ess(apart, method="tail", prob=(0.05, 0.95), **AXES),
    )
    for found, expected in zip(_diagnose(values, turns(1)), wanted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_imputations_may_differ_and_chains_may_not() -> None:
    values, two = chains(1), turns(2)
    shifted = values + 10 * two[:, :, None]
    for found, plain in zip(_diagnose(shifted, two), _diagnose(values, two), strict=True):
        np.testing.assert_array_equal(found, plain)
    values[2, two[2] == 1] += 1  # a chain that went elsewhere in one of the imputations
    assert _diagnose(values, two)[0][0] > 1.05
    assert _diagnose(chains(1), two)[0][0] < 1.02


def test_what_never_moved_is_not_a_number() -> None:
    values = chains(2)
    values[:, :, 1] = 0.3
    r_hat, _, _ = _diagnose(values, turns(1))
    assert np.isnan(r_hat).tolist() == [False, True]


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
    gate = Gate(GOOD, failures, divergences, bfmi, refitted=0, high_k=0)
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
