"""Indicators on the scale of the measurement model: logits, logs or scores, with the variance that sampling adds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.factors.measurement import Measured
from bayes_jeugdhulp.sources.indicators import Indicators

Array = NDArray[np.float64]
ANCHORS = 2  # that a factor needs (definitions: Factors)


def to_working_scale(indicators: Indicators, wijkcodes: pd.Index) -> Measured:
    """Put indicators on the scale of the measurement model.

    A percentage of n respondents is a logit, with variance ``1 / ((n + 1) p (1 - p))`` from sampling; a count is a log,
    per inhabitant where inhabitants are given, with variance ``1 / (count + 1/2)``; half a person is added to each so
    that 0 has a place. A score stays as it is, and what sampling adds to it is part of the indicator's noise. So it is
    for a percentage without respondents, which is a logit where none is 0 or 100.

    Parameters
    ----------
    indicators : Indicators
    wijkcodes : Index of str

    Returns
    -------
    Measured

    Raises
    ------
    DataError
        If an indicator has no factor, was measured in none of the wijken or has the same value everywhere, or a factor
        has fewer than two anchors.
    """
    matched = indicators.of_wijken(wijkcodes)
    about = matched.about
    factors = tuple(dict.fromkeys(name for name in about["factor"] if name))
    problems = [
        Problem(matched.file, "no factor is named", "the factor that it measures", "name it, or leave it out", column=n)
        for n in about.index[about["factor"] == ""]
    ]
    for factor in factors:
        found = int((about["anchor"] & (about["factor"] == factor)).sum())
        if found < ANCHORS:
            problems.append(
                Problem(
                    matched.file,
                    f"factor {factor!r} has {found} anchor(s)",
                    f"at least {ANCHORS}: they make its level the same thing in every gemeente",
                    "mark the indicators of a national source as anchor",
                )
            )
    values, error = np.empty(matched.values.shape), np.zeros(matched.values.shape)
    for j, name in enumerate(about.index):
        scale, size = about["scale"].iloc[j], matched.sizes.iloc[:, j].to_numpy()
        values[:, j], error[:, j] = _working(matched.values.iloc[:, j].to_numpy(), size, scale)
        if np.isnan(values[:, j]).all():
            nowhere = "measured in none of the wijken"
            problems.append(Problem(matched.file, nowhere, "a value in some of them", "leave it out", column=name))
        elif not np.nanstd(values[:, j]) > 0:
            problems.append(
                Problem(matched.file, "the same value everywhere", "at least two values", "leave it out", column=name)
            )
    if problems:
        raise DataError(problems)
    sd = np.nanstd(values, axis=0)
    return Measured(
        factors=factors,
        indicators=tuple(str(name) for name in about.index),
        factor_of=np.array([factors.index(name) for name in about["factor"]]),
        sign=about["sign"].to_numpy(float),
        anchor=about["anchor"].to_numpy(bool),
        values=(values - np.nanmean(values, axis=0)) / sd,
        error=np.where(np.isnan(values), 0.0, error) / sd**2,
    )


def _working(values: Array, size: Array, scale: str) -> tuple[Array, Array]:
    """Values and variance of sampling of one indicator."""
    none = np.zeros(len(values))
    if scale == "count":
        some = values + 0.5
        return np.log(some / np.where(np.isnan(size), 1.0, size)), 1 / some
    if scale == "percentage":
        if np.isnan(size[~np.isnan(values)]).any():
            share = values / 100
            inside = ~((share <= 0) | (share >= 1)).any()
            return (np.log(share / (1 - share)) if inside else values), none
        share = (values / 100 * size + 0.5) / (size + 1)
        return np.log(share / (1 - share)), 1 / ((size + 1) * share * (1 - share))
    return values, none
