"""How well the leave-one-out intervals and expectations fit the published figures, per size class."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.expected import Reference

Array = NDArray[np.float64]

SIZE_CLASSES = (0, 150, 500, 1500, np.inf)  # youths; as the first measurements were made


def randomised_pit(below: Array, up_to: Array, seed: int) -> Array:
    """Uniform when the predictive distribution is right: drawn evenly between ``P(rep < y)`` and ``P(rep <= y)``."""
    return below + np.random.default_rng(seed).random(len(below)) * (up_to - below)


def calibration_per_size(pits: Mapping[Reference, Array], youths: NDArray[np.int64]) -> pd.DataFrame:
    """Share of wijken whose randomised PIT lies outside the central 95 and 80%, per size class and reference.

    Parameters
    ----------
    pits : dict
        Reference to randomised PIT values, shape (wijk,); NaN where a wijk cannot be judged.
    youths : ndarray of int, shape (wijk,)

    Returns
    -------
    DataFrame
        ``reference, youths_from, youths_to, wijken, outside_95, outside_80`` (percent; 5 and 20 when calibrated) and
        ``se_95, se_80``, the standard error of each share by chance alone; the last row of a reference holds all.
    """
    rows = []
    bounds = [*pairwise(SIZE_CLASSES), (0, np.inf)]
    for reference, pit in pits.items():
        for start, stop in bounds:
            chosen = pit[(youths >= start) & (youths < stop) & ~np.isnan(pit)]
            if not len(chosen):
                continue
            row = {"reference": reference, "youths_from": start, "youths_to": stop, "wijken": len(chosen)}
            for percent in (95, 80):
                tail = (1 - percent / 100) / 2
                row[f"outside_{percent}"] = 100 * np.mean((chosen < tail) | (chosen > 1 - tail))
                row[f"se_{percent}"] = np.sqrt((100 - percent) * percent / len(chosen))
            rows.append(row)
    return pd.DataFrame(rows)


def explained(
    observed: Array, youths: NDArray[np.int64], expected: Mapping[Reference, tuple[Array, Array]]
) -> pd.DataFrame:
    """R2 (``1 - SSE / SST``) of expected on published percentages, in sample and leave-one-wijk-out.

    Parameters
    ----------
    observed : ndarray, shape (wijk,)
        Published percentages, NaN where there is none.
    youths : ndarray of int, shape (wijk,)
    expected : dict
        Reference to expected percentages, in sample and leave-one-out; also of wijken that get no statement.

    Returns
    -------
    DataFrame
        ``reference, expectation, wijken, r2, r2_weighted`` (weighted by youths).
    """
    published = ~np.isnan(observed)
    return pd.DataFrame(
        {
            "reference": reference,
            "expectation": expectation,
            "wijken": published.sum(),
            "r2": weighted_r2(observed[published], values[published], np.ones(published.sum())),
            "r2_weighted": weighted_r2(observed[published], values[published], youths[published].astype(float)),
        }
        for reference, pair in expected.items()
        for expectation, values in zip(("in sample", "leave-one-wijk-out"), pair, strict=True)
    )


def weighted_r2(observed: Array, expected: Array, weight: Array) -> float:
    """Share of the weighted variance that is explained, ``1 - SSE / SST``.

    Examples
    --------
    >>> weighted_r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]), np.ones(3))
    0.5
    """
    spread = observed - np.average(observed, weights=weight)
    return float(1 - weight @ (observed - expected) ** 2 / (weight @ spread**2))
