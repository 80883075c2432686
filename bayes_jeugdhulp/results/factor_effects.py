"""What factors go with, in points of use, and what they do to the differences of wijken."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.expected import (
    REFERENCES,
    Draws,
    Reference,
    Terms,
    average_use,
    terms,
    without_factors,
)
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.status import interval

Array = NDArray[np.float64]

KEPT = 1000  # draws of a fit that another is laid beside
STRONGEST = 2  # indicators that tell what a high factor means
SURE = 0.9  # probability from which a difference surely becomes smaller or larger


def factor_effects(parts: Iterable[tuple[Design, Draws]], loading: "xr.DataArray", probability: float) -> pd.DataFrame:
    """Coefficients of the factors, as log odds and as points of use.

    Parameters
    ----------
    parts : iterable of (Design, Draws)
        The wijken, all at once or from :func:`bayes_jeugdhulp.inference.blocks.blocks`.
    loading : DataArray, dims (chain, draw, indicator)
        Signed loadings of the indicators, of group ``factors``.
    probability : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a factor: ``factor``; ``coefficient, coefficient_low, coefficient_high`` (log odds for one sd over
        wijken more); ``points, points_low, points_high``: percentage points of expected use between wijken half an sd
        above and half an sd below their own, other predictors and the gemeente the same, averaged over all wijken;
        ``prob_positive``; ``gemeenten_anchored``, in how many of the ``gemeenten`` an anchor was measured.
        ``high_indicators, low_indicators``: which indicators are high and which low where the factor is high, the two
        strongest of either kind.

    Notes
    -----
    No effect of a measure: an average difference between wijken, given what else is in the model (an average
    predictive comparison, Gelman & Pardoe 2007, Sociological Methodology 37:23-51, without their weights).
    """
    wijken, totals = 0, np.zeros(1)
    for design, draws in parts:
        assert design.factors
        names, scores = design.factors.names, design.factors
        gamma = draws.beta[:, -len(names) :]
        within = terms(design, draws, "within_gemeente")
        wijken, totals = wijken + len(design.youths), totals + _points(within, gamma)
    strength = loading.mean(("chain", "draw")).to_series()
    rows = []
    for k, name in enumerate(names):
        points = totals[k] / wijken
        own = strength[(loading["factor_of_indicator"] == name).to_numpy()]
        ends: dict[str, Any] = {}
        for what, values in (("coefficient", gamma[:, k]), ("points", points)):
            low, high = interval(values[:, None], probability)
            ends |= {what: values.mean(), f"{what}_low": low[0], f"{what}_high": high[0]}
        rows.append(
            {
                "factor": name,
                **ends,
                "prob_positive": (gamma[:, k] > 0).mean(),
                "gemeenten_anchored": int(scores.anchored[:, k].sum()),
                "gemeenten": len(scores.anchored),
                "high_indicators": "; ".join(own[own > 0].nlargest(STRONGEST).index),
                "low_indicators": "; ".join(own[own < 0].nsmallest(STRONGEST).index),
            }
        )
    return pd.DataFrame(rows)


def _points(within: Terms, gamma: Array) -> Array:
    """Points of use between half an sd above and below, added up over wijken, shape (factor, draw)."""
    found = []
    for half in gamma.T[..., None] / 2:
        above, below = (average_use(replace(within, location=within.location + sign * half)) for sign in (1, -1))
        found.append(100 * (above - below).sum(axis=1))
    return np.stack(found)


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Own and expected use of every wijk in some draws of a fit, percent.

    Attributes
    ----------
    identity : DataFrame
        ``wijkcode, wijknaam, gemeentecode, gemeentenaam, observed_state``.
    own : ndarray, shape (draw, wijk)
    expected : dict
        Reference to an array of that shape.
    factors : ndarray, shape (draw, wijk)
        What the factors add to the national expectation: e_w less what it is with the factors of an average wijk; 0
        where no factors take part.
    """

    identity: pd.DataFrame
    own: Array
    expected: dict[Reference, Array]
    factors: Array


def sizes(tree: xr.DataTree) -> Sizes:
    """Read from a fit what :func:`factor_change` compares, in no more draws than that needs."""
    design = read_design(tree)
    found = []
    for part, draws in blocks(tree, design):
        rows = np.linspace(0, len(draws.alpha) - 1, min(KEPT, len(draws.alpha))).astype(int)
        use = [100 * average_use(terms(part, draws, reference).rows(rows)) for reference in REFERENCES]
        national, added = use[REFERENCES.index("national")], np.zeros_like(use[0])
        if part.factors:
            added = national - 100 * average_use(without_factors(part, draws).rows(rows))
        found.append((100 * expit(draws.eta[rows]), *use, added))
    own, *use, added = (np.concatenate(column, axis=1) for column in zip(*found, strict=True))
    names = ["wijknaam", "gemeentecode", "gemeentenaam", "observed_state"]
    identity = design.areas.wijken[names].reset_index()
    return Sizes(identity, own, dict(zip(REFERENCES, use, strict=True)), added)


def factor_change(with_factors: Sizes, without: Sizes, probability: float, seed: int = 1) -> pd.DataFrame:
    """What the factors do to the difference of every wijk: two fits of the same figures, with and without them.

    Parameters
    ----------
    with_factors, without : Sizes
        Of the same wijken.
    probability : float
        Of the intervals.
    seed : int, default 1
        Of the pairing of draws.

    Returns
    -------
    DataFrame
        One row a wijk. For each reference ``difference_without, difference_with`` (points, posterior means of own less
        expected use), ``change`` (the second less the first) with ``change_low, change_high``, and ``prob_smaller``,
        the probability that the wijk lies nearer to the expectation with factors than to the one without. Beside them
        ``factors_points_national`` with its interval: what factors add to e_w within the fit that has them.

    Notes
    -----
    The wijk's own use is one and the same, whichever model expects it, so that the change of the difference is that of
    the expectation, ``e_without - e_with``, and nearer means ``|p - e_with| < |p - e_without|`` with p of the fit with
    factors. The two expectations are paired at random, as if unrelated; they share their figures, so that intervals are
    too wide rather than too narrow, and probabilities lie nearer to 1/2.
    """
    rng = np.random.default_rng(seed)
    count = min(len(with_factors.own), len(without.own))
    rows, others = (rng.permutation(len(part.own))[:count] for part in (with_factors, without))
    table = with_factors.identity
    for reference in REFERENCES:
        means = [(part.own - part.expected[reference]).mean(axis=0) for part in (without, with_factors)]
        expected, before = with_factors.expected[reference][rows], without.expected[reference][others]
        own = with_factors.own[rows]
        low, high = interval(before - expected, probability)
        columns = {
            "difference_without": means[0],
            "difference_with": means[1],
            "change": means[1] - means[0],
            "change_low": low,
            "change_high": high,
            "prob_smaller": (np.abs(own - expected) < np.abs(own - before)).mean(axis=0),
        }
        table = table.assign(**{f"{name}_{reference}": values for name, values in columns.items()})
    low, high = interval(with_factors.factors, probability)
    ends = {"factors_points": with_factors.factors.mean(axis=0), "factors_low": low, "factors_high": high}
    return table.assign(**{f"{name}_national": values for name, values in ends.items()})


def describe_change(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Add a :func:`factor_change` up: how many differences become smaller, how many surely, and by how much.

    Returns
    -------
    dict
        Reference to ``wijken, smaller, surely_smaller, surely_larger`` (numbers of wijken; surely from a probability of
        .9) and ``mean_without, mean_with``, the mean size of the differences in points, without their sign.

    Examples
    --------
    >>> columns = {"difference_without": [2.0, -1.0], "difference_with": [1.0, -1.5], "prob_smaller": [0.95, 0.3]}
    >>> both = {f"{name}_{r}": values for name, values in columns.items() for r in REFERENCES}
    >>> describe_change(pd.DataFrame(both))["national"]["surely_smaller"]
    1
    """
    found: dict[str, dict[str, float]] = {}
    for reference in REFERENCES:
        before, after = (table[f"difference_{which}_{reference}"].abs() for which in ("without", "with"))
        chance = table[f"prob_smaller_{reference}"]
        found[reference] = {
            "wijken": len(table),
            "smaller": int((after < before).sum()),
            "surely_smaller": int((chance >= SURE).sum()),
            "surely_larger": int((chance <= 1 - SURE).sum()),
            "mean_without": float(before.mean()),
            "mean_with": float(after.mean()),
        }
    return found
