"""Where the differences between wijken come from: kenmerken, region, gemeente, wijk, chance, and what goes together."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.expected import (
    Draws,
    Reference,
    average_use,
    regional_terms,
    without_factors,
    without_neighbours,
)
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.status import interval

Array = NDArray[np.float64]

GROUPS = ("regio", "gemeente", "buren")
CHANCE = "toeval"
TOGETHER = "kenmerken met regio en gemeente"
REST = "overige samenhang"
TOTAL = "totaal"


def variance_parts(levels: Mapping[str, Array], noise: Array, weights: Array) -> dict[str, Array]:
    """Split the variance of percentages over wijken into parts that add up to it, per posterior draw.

    Each level is the mean of p given what came before and one thing more, ``E[p | x], E[p | x, r], E[p | x, r, u], p``:
    on the scale of percentages a part is the difference with the level before it (a Doob decomposition), so that the
    parts add to p wijk by wijk whatever the link. Variances are those of the wijken at hand, not of a population they
    were drawn from (Gelman 2005, Annals of Statistics 33:1-53).

    Parameters
    ----------
    levels : dict
        Name of a part to the mean of p that includes it, each of shape (draw, wijk), from the first to p itself.
        ``regio``, ``gemeente`` and ``buren`` are effects of groups, the last is the wijk, all others count as
        kenmerken.
    noise : ndarray, shape (draw, wijk)
        Variance of the percentage given p: ``p (1 - p) / n``.
    weights : ndarray, shape (wijk,)
        What a wijk counts for; any scale.

    Returns
    -------
    dict
        Variance of each part, ``toeval`` (chance), twice the covariance of kenmerken and group effects, twice the
        other covariances, and ``totaal``: the expected variance of the percentages, the sum of the others. Shape
        (draw,) each.

    Examples
    --------
    >>> kenmerken, p = np.array([[0.1, 0.2]]), np.array([[0.1, 0.4]])
    >>> parts = variance_parts({"kenmerken": kenmerken, "wijk": p}, np.zeros((1, 2)), np.ones(2))
    >>> {name: float(100**2 * value[0].round(6)) for name, value in parts.items() if value[0] > 1e-6}
    {'kenmerken': 25.0, 'wijk': 100.0, 'overige samenhang': 100.0, 'totaal': 225.0}
    """
    return _parts(list(levels), _moments(list(levels.values()), noise, weights / weights.sum()))


def _moments(levels: Sequence[Array], noise: Array, share: Array) -> Array:
    """Sums over wijken that the parts follow from, (level + 1, level + 1, draw): of products of levels, and of levels.

    The last row and column have the sums of levels themselves, and where they meet that of chance.
    """
    last = len(levels)
    moments = np.empty((last + 1, last + 1, len(noise)))
    for i, value in enumerate(levels):
        moments[i, last] = moments[last, i] = value @ share
        for j in range(i + 1):
            moments[i, j] = moments[j, i] = (value * levels[j]) @ share
    # a weighted mean over wijken holds part of the noise of each of them
    moments[last, last] = noise @ (share * (1 - share))
    return moments


def _parts(names: list[str], moments: Array) -> dict[str, Array]:
    means = moments[-1, :-1]
    between = moments[:-1, :-1] - means[:, None] * means
    step = np.eye(len(names)) - np.eye(len(names), k=-1)  # from levels to the differences between them
    between = np.einsum("ik,kls,jl->ijs", step, between, step)

    parts = {name: between[i, i] for i, name in enumerate(names)}
    parts[CHANCE] = moments[-1, -1]
    grouped = np.isin(names, GROUPS)
    fixed = ~grouped & (np.arange(len(names)) < len(names) - 1)
    parts[TOGETHER] = 2 * between[np.ix_(fixed, grouped)].sum(axis=(0, 1))
    parts[REST] = between.sum(axis=(0, 1)) - np.einsum("iis->s", between) - parts[TOGETHER]
    return parts | {TOTAL: between.sum(axis=(0, 1)) + parts[CHANCE]}


def decompose(design: Design, draws: Draws, expected: Mapping[Reference, Array], probability: float) -> pd.DataFrame:
    """Where the differences between the percentages of wijken come from, every wijk or every youth counting once.

    Of all wijken of the fit: for suppressed and missing ones the model's own percentage.

    Parameters
    ----------
    design : Design
    draws : Draws
    expected : dict
        e_w per reference, each of shape (draw, wijk), as probabilities.
    probability : float
        Of the intervals.

    Returns
    -------
    DataFrame
        ``counting, part, sd_points, share, share_low, share_high``; the shares of one ``counting`` add to 1.
        ``sd_points`` is empty for covariances, which can be negative.
    """
    whole = Decomposition(design)
    whole.add(design, draws, expected)
    return whole.table(probability)


class Decomposition:
    """As :func:`decompose`, of a part of the wijken at a time.

    Parameters
    ----------
    design : Design
        Of all wijken.
    """

    def __init__(self, design: Design):
        youths = design.youths.astype(float)
        self._shares = {"per wijk": np.full(len(youths), 1 / len(youths)), "per jeugdige": youths / youths.sum()}
        self._moments: dict[str, Array] = {}
        self._names: list[str] = []

    def add(self, design: Design, draws: Draws, expected: Mapping[Reference, Array]) -> None:
        """Add a part of the wijken."""
        p = expit(draws.eta)
        levels = {"kenmerken": expected["national"]}
        if design.factors:
            levels = {"kenmerken": average_use(without_factors(design, draws)), "factoren": expected["national"]}
        if design.regios:
            levels["regio"] = average_use(regional_terms(design, draws))
        within = {"gemeente": expected["within_gemeente"]}
        if draws.spatial:
            within = {"gemeente": average_use(without_neighbours(design, draws)), "buren": expected["within_gemeente"]}
        levels |= within | {"wijk": p}
        noise = p * (1 - p) / design.counts.youths[np.searchsorted(design.fitted, draws.imputation)]
        self._names = list(levels)
        for counting, share in self._shares.items():
            moments = _moments(list(levels.values()), noise, share[design.place])
            self._moments[counting] = self._moments.get(counting, 0) + moments

    def table(self, probability: float) -> pd.DataFrame:
        """What :func:`decompose` returns."""
        tables = []
        for counting, moments in self._moments.items():
            parts = _parts(self._names, moments)
            shares = np.stack(list(parts.values()), axis=1) / parts[TOTAL][:, None]
            low, high = interval(shares, probability)
            sds = {name: 100 * np.sqrt(value).mean() for name, value in parts.items() if name not in (TOGETHER, REST)}
            tables.append(
                pd.DataFrame(
                    {
                        "counting": counting,
                        "part": list(parts),
                        "sd_points": [sds.get(name, np.nan) for name in parts],
                        "share": shares.mean(axis=0),
                        "share_low": low,
                        "share_high": high,
                    }
                )
            )
        return pd.concat(tables, ignore_index=True)
