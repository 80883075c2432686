"""Kenmerken of the simulated Netherlands: a Gaussian copula with a gemeente and a wijk part, and its gaps."""

import json
from importlib import resources
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def read_settings() -> dict[str, Any]:
    """Settings computed from the real file; what each means is told in ``data/README.md``."""
    text = resources.files("bayes_jeugdhulp.sources").joinpath("simulated_settings.json").read_text(encoding="utf-8")
    return json.loads(text)


def draw_scores(
    rng: np.random.Generator, setting: dict[str, Any], wijken: int, gemeenten: int
) -> tuple[pd.DataFrame, Ints]:
    """Normal scores (wijk x variable) and the gemeente of each wijk: the copula, without its marginals."""
    names = setting["scores"]
    between = rng.standard_normal((gemeenten, len(names))) @ _root(setting["scores_between_gemeenten"])
    order = between[:, names.index("wijken_per_gemeente")]
    weights = _with_marginal(order, setting["bin_means"]["wijken_per_gemeente"], setting["bins"])
    gemeente = np.repeat(np.arange(gemeenten), _apportioned(weights, wijken, 99))
    within = rng.standard_normal((wijken, len(names))) @ _root(setting["scores_within_gemeente"])
    return pd.DataFrame(between[gemeente] + within, columns=names), gemeente


def _root(lower: list[list[float]]) -> Floats:
    """Symmetric square root of the nearest covariance matrix; symmetric, so that no sign is left to the machine."""
    matrix = np.zeros((len(lower), len(lower)))
    for i, row in enumerate(lower):
        matrix[i, : i + 1] = matrix[: i + 1, i] = row
    values, vectors = np.linalg.eigh(matrix)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return np.where(matrix.diagonal() > 0, root, 0.0)  # exactly 0 for what does not vary


def _with_marginal(scores: Floats, bin_means: list[float], bins: list[float]) -> Floats:
    """Replace ranks by quantiles; equal scores (wijken of one gemeente) stay equal."""
    middles = (np.array(bins[1:]) + np.array(bins[:-1])) / 2
    return np.interp((stats.rankdata(scores) - 0.5) / len(scores), middles, bin_means)


def _apportioned(weights: Floats, total: int, most: int) -> Ints:
    """Whole numbers from 1 to ``most`` in proportion to weights, with this total (largest remainders)."""
    ideal = weights / weights.sum() * total
    parts = np.clip(np.floor(ideal), 1, most).astype(np.int64)
    while gap := total - int(parts.sum()):
        step = np.sign(gap)
        room = np.flatnonzero((parts + step >= 1) & (parts + step <= most))
        parts[room[np.argsort(step * (parts - ideal)[room], kind="stable")[: abs(gap)]]] += step
    return parts


def regio_sizes(setting: dict[str, Any], gemeenten: int, regios: int) -> Ints:
    """Number of gemeenten of each region."""
    means = setting["bin_means"]["gemeenten_per_regio"]
    order = np.argsort(np.arange(regios) * 0.618 % 1, kind="stable").astype(float)  # large and small ones mixed
    return _apportioned(_with_marginal(order, means, setting["bins"]), gemeenten, gemeenten)


def draw_kenmerken(
    rng: np.random.Generator, setting: dict[str, Any], scores: pd.DataFrame
) -> tuple[pd.DataFrame, Ints, pd.DataFrame, pd.DataFrame]:
    """Complete kenmerken, youths, published kenmerken (with gaps) and upper bounds of what is missing."""
    table = {
        k: _with_marginal(scores[k].to_numpy(), m, setting["bins"])
        for k, m in setting["bin_means"].items()
        if k in scores
    }
    youths = np.rint(table["youths"]).astype(np.int64)
    share = stats.rankdata(scores["samenw"]) / len(scores)
    table["samenw"] = (share > 1 - setting["yes_share"]).astype(float)
    # groene druk is 0-19 and grijze druk 65+, both per 100 of 20-64; youths are 18 of those 20 years
    inhabitants = youths / 0.9 * (100 + table["groenedruk"] + table["grijzedruk"]) / table["groenedruk"]
    table["kleinewijk"] = (inhabitants < 1000).astype(float)
    complete = pd.DataFrame(table)[setting["kenmerken"]].round(setting["decimals"])

    families = youths / setting["youths_per_family"]
    of = {"youths": youths, "families": families, "households": 100 * families / complete["perc_hhmk"]}
    gaps = pd.DataFrame(False, index=complete.index, columns=complete.columns)
    upper = pd.DataFrame(np.nan, index=complete.index, columns=complete.columns)
    for name, denominator in setting["denominators"].items():
        people = np.maximum(np.rint(of[denominator]), 1)
        count = np.rint(people * complete[name] / 100)
        complete[name] = (100 * count / people).round(3)
        gaps[name] = count < setting["missing_below"]
        bound = np.minimum(100 * (setting["missing_below"] - 1) / people, 100).round(3)
        upper[name] = np.where(gaps[name], bound, np.nan)
    other = setting["missing_otherwise"]
    size_class = np.searchsorted(other["youths_from"], youths, side="right")
    for name, shares in other["shares"].items():
        gaps[name] = rng.random(len(youths)) < np.array(shares)[size_class]
    return complete, youths, complete.mask(gaps), upper


def standardised(kenmerken: xr.DataArray) -> xr.DataArray:
    """Mean 0 and sd 1 (ddof 0) over all wijken of the complete table, the x of the truth; a constant becomes 0."""
    sd = kenmerken.std("wijk")
    return (kenmerken - kenmerken.mean("wijk")) / sd.where(sd > 0, 1.0)


def group_index(truth: xr.Dataset, level: Literal["gemeente", "regio"]) -> Ints:
    """Position, along ``level``, of the group that each wijk lies in."""
    index = truth.indexes["gemeente"].get_indexer(truth["gemeente_of_wijk"].to_index())
    if level == "regio":
        index = truth.indexes["regio"].get_indexer(truth["regio_of_gemeente"].to_index())[index]
    return index
