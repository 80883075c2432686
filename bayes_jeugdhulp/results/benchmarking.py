"""Actual use held to published totals: what is hidden of the counts, drawn given their sum in each gemeente."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from scipy.stats import norm

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.inference.expected import Draws
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.groups import Grouping
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS, Counts, hidden_interval, hidden_pmf, sum_by
from bayes_jeugdhulp.sources.totals import PublishedTotals

Array = NDArray[np.float64]

CELLS = 10_000_000  # numbers held at a time
WIDE, NOISE = 100, 1e-14  # counts from which the fast Fourier transform is quicker, and what it leaves where there is 0


@dataclass(frozen=True, slots=True, eq=False)
class Benchmarked:
    """Counts held to published totals.

    Attributes
    ----------
    users : ndarray of int, shape (draw, wijk)
        Draws of the true counts given what was published of them and of their totals.
    low, high : ndarray of float, shape (gemeente,)
        Bounds of the sum of a gemeente's hidden counts, as far as we use them.
    totals : DataFrame
        One row a gemeente: ``low, high, sd, remainder`` of its total; NaN where it has none.
    widened : ndarray of bool, shape (gemeente,)
        Where the total says more of the hidden counts than we use.
    """

    users: Counts
    low: Array
    high: Array
    totals: pd.DataFrame
    widened: NDArray[np.bool_]


def draw_given_sum(pmfs: list[Array], weight: Array, rng: np.random.Generator) -> Counts:
    """Draw counts given what is known of their sum.

    Parameters
    ----------
    pmfs : list of ndarray, each of shape (draw, count)
        Per unit the probabilities of 0, 1, 2, ... given each posterior draw.
    weight : ndarray, shape (sum,)
        How probable what is known is for a sum of 0, 1, 2, ...; beyond its end impossible.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (draw, unit)
        None of it where every draw makes what is known impossible: then the shape is (0, unit).

    Notes
    -----
    The exact joint posterior of the counts: a draw d is taken in proportion to the probability it gives to what is
    known, ``sum_s weight[s] P(sum = s | d)`` (systematic resampling), then the sum given d, then the counts from the
    last to the first given what is left of it, with the distributions of the partial sums by convolution.

    Examples
    --------
    >>> even = np.full((4, 3), 1 / 3)
    >>> draw_given_sum([even, even], np.array([0, 0, 0, 0, 1.0]), np.random.default_rng(1)).tolist()
    [[2, 2], [2, 2], [2, 2], [2, 2]]
    """
    draws, size = len(pmfs[0]), len(weight)
    step = max(CELLS // (size * len(pmfs)), 1)
    parts = [np.arange(start, min(start + step, draws)) for start in range(0, draws, step)]
    weight = weight[: sum(pmf.shape[1] - 1 for pmf in pmfs) + 1]
    evidence = np.concatenate([_partial_sums(pmfs, part, size)[-1] @ weight for part in parts])
    if not evidence.sum() > 0:
        return np.empty((0, len(pmfs)), int)
    cumulative = evidence.cumsum()
    taken = np.searchsorted(cumulative, (np.arange(draws) + 1 - rng.random()) / draws * cumulative[-1])
    counts = np.empty((draws, len(pmfs)), int)
    for part in parts:
        rows = np.arange(len(part))[:, None]
        sums = _partial_sums(pmfs, taken[part], size)
        left = _pick(sums[-1] * weight, rng)[:, None]
        for unit in range(len(pmfs) - 1, -1, -1):
            before = left - np.arange(pmfs[unit].shape[1])
            last = sums[unit].shape[1] - 1
            chance = sums[unit][rows, np.clip(before, 0, last)] * ((before >= 0) & (before <= last))
            counts[part, unit] = _pick(pmfs[unit][taken[part]] * chance, rng)
            left = left - counts[part, unit][:, None]
    return counts


def _partial_sums(pmfs: list[Array], rows: Counts, size: int) -> list[Array]:
    """Distributions of the sums of the first 0, 1, 2, ... counts, cut off at ``size``, each of shape (row, sum)."""
    sums = [np.ones((len(rows), 1))]
    for pmf in pmfs:
        short, long = sorted((sums[-1], pmf[rows]), key=lambda part: part.shape[1])
        if short.shape[1] > WIDE:
            total = fftconvolve(short, long, axes=1)[:, :size]
            total[total < NOISE] = 0
        else:
            total = np.zeros((len(rows), min(short.shape[1] + long.shape[1] - 1, size)))
            for count in range(min(short.shape[1], size)):
                part = long[:, : total.shape[1] - count]
                total[:, count : count + part.shape[1]] += short[:, [count]] * part
        sums.append(total)
    return sums


def _pick(weight: Array, rng: np.random.Generator) -> Counts:
    """Draw a column of every row in proportion to its weight."""
    cumulative = weight.cumsum(axis=1)
    return (cumulative < (1 - rng.random((len(weight), 1))) * cumulative[:, -1:]).sum(axis=1)


def left_open(low: int, high: int, least: int, most: int, shown: int = SHOWN_COUNTS) -> tuple[int, int]:
    """Bounds of a hidden sum that give none of it away: as they are where they are wide, else widened.

    Parameters
    ----------
    low, high : int
        What the total says.
    least, most : int
        What is known without it.
    shown : int, default 5
        Sums to leave open at least, where ``least`` and ``most`` do.

    Returns
    -------
    low, high : int
        The blocks that hold the bounds, of a fixed division of ``least..most`` in blocks of ``shown`` or more: every
        sum in a block gives the same answer, so that no reader can tell which it was.

    Examples
    --------
    >>> [left_open(sum, sum, 0, 9) for sum in (0, 4, 5, 9)], left_open(2, 6, 0, 9), left_open(7, 7, 0, 7)
    ([(0, 4), (0, 4), (5, 9), (5, 9)], (2, 6), (0, 7))
    """
    if high - low + 1 >= min(shown, most - least + 1):
        return low, high
    blocks = max((most - least + 1) // shown, 1)
    first, last = (min((bound - least) // shown, blocks - 1) for bound in (low, high))
    return least + shown * first, most if last == blocks - 1 else least + shown * (last + 1) - 1


class Hold(NamedTuple):
    """What a total says of a sum of hidden counts: bounds, the weight of every sum, and whether bounds were widened."""

    low: int
    high: int
    weight: Array
    widened: bool


def hold(total: pd.Series, known: int, least: int, most: int) -> Hold | None:
    """What a published total says of the sum of hidden counts, as far as that gives nothing away.

    Parameters
    ----------
    total : Series
        ``low, high, sd, remainder``: a row of :class:`~bayes_jeugdhulp.sources.totals.PublishedTotals`.
    known : int
        Sum of the known counts.
    least, most : int
        Bounds of the sum of the hidden ones.

    Returns
    -------
    Hold
        ``weight`` is that of ``least``, ``least + 1``, ... ``most``.
    None
        If no sum agrees with the total.
    """
    sums = np.arange(least, most + 1)
    top = total["high"] - known - np.nan_to_num(total["remainder"])
    bottom = total["low"] - known - total["remainder"]  # NaN, no bound at all, where the remainder is not known
    if total["sd"]:
        log_weight = (norm.logcdf if np.isnan(bottom) else norm.logpdf)((top - sums) / total["sd"])
        return Hold(least, most, np.exp(log_weight - log_weight.max()), widened=False)
    told = int(np.fmax(least, bottom)), int(min(most, top))
    if told[0] > told[1]:
        return None
    low, high = left_open(*told, least, most)
    return Hold(low, high, ((low <= sums) & (sums <= high)).astype(float), widened=told != (low, high))


def benchmark(design: Design, draws: Draws, users: Counts, totals: PublishedTotals, seed: int) -> Benchmarked:
    """Hold actual counts to published totals.

    Parameters
    ----------
    design : Design
    draws : Draws
    users : ndarray of int, shape (draw, wijk)
        From :func:`bayes_jeugdhulp.results.totals.draw_users`; they stay where there is no total.
    totals : PublishedTotals
        Totals of gemeenten that are not in the fit are passed over.
    seed : int

    Returns
    -------
    Benchmarked

    Raises
    ------
    DataError
        Naming every gemeente whose total no counts add up to, unless it has an error (``users_sd``); or if no gemeente
        of the fit has a total.

    Notes
    -----
    With total T, known counts K, hidden ones that add to H, and R users outside the listed wijken, ``T = K + H + R``: H
    lies from ``T_low - K - R`` to ``T_high - K - R``, and where R is not known anywhere up to ``T_high - K`` (a flat
    prior on R >= 0). With an error of the total, Normal(0, sd), H has the weight of the normal density instead, or of
    its distribution function where R is not known.

    Where hidden counts are nearly normal the mean is that of Datta, Ghosh, Steorts & Maples 2011, TEST 20(3):574-588,
    ``x1 = x0 + W R (R'W R + L)^-1 (t - R'x0)`` with W the covariance of the counts and L = sd^2. Their formula adjusts
    real numbers; here counts stay whole and within their bounds.
    """
    rng = np.random.default_rng(seed)
    hidden, gemeenten = design.users_high > design.users_low, design.gemeenten
    known, low, high = (
        sum_by(counts, design.gemeente_of_wijk, len(gemeenten)).astype(int)
        for counts in (design.users_low * ~hidden, design.users_low * hidden, design.users_high * hidden)
    )
    given = totals.gemeenten.reindex(gemeenten)
    widened, users, problems = np.zeros(len(gemeenten), bool), users.copy(), []
    for g in np.flatnonzero(given["low"].notna()):
        wijken = np.flatnonzero(hidden & (design.gemeente_of_wijk == g)).tolist()
        found, drawn = hold(given.iloc[g], known[g], low[g], high[g]), users[:, wijken]
        if found and len(wijken):
            drawn = draw_given_sum([hidden_pmf(design, draws, w) for w in wijken], found.weight, rng)
            drawn += design.users_low[wijken]
        if not found or not len(drawn):
            listed = f"{known[g] + low[g]} to {known[g] + high[g]}"
            problems.append(_contradiction(given.iloc[g], totals.file, listed))
            continue
        users[:, wijken] = drawn
        low[g], high[g], widened[g] = found.low, found.high, found.widened
    if given["low"].isna().all():
        found_none = f"none of the {len(gemeenten)} gemeenten of the fit has a total here"
        problems.append(Problem(totals.file, found_none, "codes such as GM0518", "take the totals of the same year"))
    if problems:
        raise DataError(problems)
    return Benchmarked(users, low.astype(float), high.astype(float), given, widened)


def _contradiction(total: pd.Series, file: str, listed: str) -> Problem:
    figure = f"{total['low']:g}" + (f" to {total['high']:g}" if total["high"] > total["low"] else "")
    outside = "" if np.isnan(total["remainder"]) else f" and {total['remainder']:.0f} outside them"
    return Problem(
        file,
        f"the total of {total.name} is {figure}, but its listed wijken have {listed} users{outside}",
        "a total that these add up to",
        "check its year and kind of jeugdhulp, or fill in users_remainder, or the sd of its error as users_sd",
        int(total["row"]),
        "users",
    )


def benchmarked_columns(grouping: Grouping, design: Design, held: Benchmarked, probability: float) -> dict[str, Array]:
    """Columns of one level.

    Parameters
    ----------
    grouping : Grouping
        Gemeenten, or groups of them.
    design : Design
    held : Benchmarked
    probability : float
        Of the intervals.

    Returns
    -------
    dict of ndarray, each of shape (group,)
        ``totals_used``, number of totals; percentages ``actual_*_benchmarked``, NaN where there is no total;
        ``remainder_low`` and ``remainder_high``, users outside the listed wijken, NaN unless every gemeente has a total
        and none would give hidden counts away.
    """
    of_wijk, gemeenten = design.gemeente_of_wijk, len(design.gemeenten)
    group = grouping.group[np.unique(of_wijk, return_index=True)[1]]  # of each gemeente
    known = design.users_low == design.users_high
    sure, sums = np.where(known, design.users_low, 0), np.where(known, 0, held.users)

    def total(values: Array | NDArray[np.bool_]) -> Array:
        return np.bincount(group, values, grouping.count)  # a NaN stays in its own group

    hidden_sums = sum_by(sums, grouping.group, grouping.count)
    hidden = hidden_interval(hidden_sums, total(held.low), total(held.high), probability)
    actual = np.stack([hidden_sums.mean(axis=0), hidden.low, hidden.high])
    shares = 100 * (actual + total(sum_by(sure, of_wijk, gemeenten))) / total(sum_by(design.youths, of_wijk, gemeenten))
    used = total(held.totals["low"].notna().to_numpy())

    # per gemeente: what its total leaves, where users outside are not known themselves
    own = hidden_interval(sum_by(sums, of_wijk, gemeenten), held.low, held.high, probability)
    left = held.totals[["low", "high"]].to_numpy().T - sum_by(sure, of_wijk, gemeenten) - np.stack([own.high, own.low])
    left = np.where(held.totals["sd"] > 0, left, np.maximum(left, 0))
    left = np.where(held.totals["remainder"].notna(), held.totals["remainder"], left)
    low, high = (total(np.where(held.widened, np.nan, end)) for end in left)
    names = ("actual_pct_benchmarked", "actual_low_benchmarked", "actual_high_benchmarked")
    return {
        "totals_used": used.astype(int),
        **{name: np.where(used, share, np.nan) for name, share in zip(names, shares, strict=True)},
        "remainder_low": low,
        "remainder_high": high,
    }
