"""Numbers of youths that are not known exactly: which, with how many users, fit a published figure; draws of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, gammaln

from bayes_jeugdhulp.counts import Counts, CountsPolicy

Array = NDArray[np.float64]

TAILS = 3  # degrees of freedom of the prior of log n: one approximation in ten is far worse than the others
USE = (3.5, 28.0)  # Beta prior of a wijk's use, 3 to 25%: what the priors of the model say before any figure is seen
WIDEST = 8.0  # numbers looked at: up to this factor from the approximation
GRID, SPAN = 400, 10.0  # where no decimals single any out: so many, and up to so many scales away
SHARES = (0.025, 0.16, 0.5, 0.84, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class UncertainCounts:
    """Numbers of youths with what they leave open of the users; arrays of one shape, such as (imputation, wijk).

    Attributes
    ----------
    youths
        Number of youths.
    users_low, users_high
        Inclusive bounds of the true number of users among that many youths.
    """

    youths: Counts
    users_low: Counts
    users_high: Counts

    def part(self, place: slice) -> "UncertainCounts":
        """Those of some wijken, which are the last axis."""
        return UncertainCounts(self.youths[..., place], self.users_low[..., place], self.users_high[..., place])


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a wijk's numbers may be; arrays of shape (candidate,), from the smallest number of youths up.

    Attributes
    ----------
    youths, users_low, users_high
        As in :class:`UncertainCounts`.
    weight
        Probability of each; they add to 1.
    """

    youths: Counts
    users_low: Counts
    users_high: Counts
    weight: Array


def pairs(pct: float, decimals: int, low: int, high: int) -> tuple[Counts, Counts]:
    """All numbers of youths and users that print as a percentage.

    Parameters
    ----------
    pct : float
        Printed percentage, 0 to 100.
    decimals : int
        Decimals it was printed with.
    low, high : int
        Smallest and largest number of youths looked at, 1 or more.

    Returns
    -------
    youths, users : ndarray of int64, shape (pair,)
        With ``100 users / youths`` rounded to ``pct``; where it lies halfway both ways of rounding count. In whole
        numbers, so exactly.

    Examples
    --------
    >>> pairs(14.737, 3, 1, 300)
    (array([ 95, 190, 285]), array([14, 28, 42]))
    """
    printed, steps = round(pct * 10**decimals), 2 * 10 ** (decimals + 2)
    youths = np.arange(low, high + 1, dtype=np.int64)
    first = np.maximum(-((1 - 2 * printed) * youths // steps), 0)  # rounded up
    last = np.minimum((2 * printed + 1) * youths // steps, youths)
    fit = np.maximum(last - first + 1, 0)
    inside = np.arange(fit.sum()) - np.repeat(fit.cumsum() - fit, fit)
    return np.repeat(youths, fit), np.repeat(first, fit) + inside


def candidates(
    youths: int, log_sd: float, low: int, high: int, policy: CountsPolicy, pct: float | None = None
) -> Candidates:
    """Numbers that a wijk's figure leaves open, weighted.

    Parameters
    ----------
    youths : int
        The approximation.
    log_sd : float
        Sd of the log of the true number around it, above 0.
    low, high : int
        Bounds of the users, not cut off at ``youths``; no bound at all from a factor of eight above it.
    policy : CountsPolicy
        Its ``pct_decimals`` says whether ``pct`` singles out pairs.
    pct : float, optional
        The published percentage.

    Returns
    -------
    Candidates

    Notes
    -----
    The weight of n youths is its prior, a Student-t for log n with ``TAILS`` degrees of freedom and sd ``log_sd``,
    times the probability of what was published among n youths, the use of the wijk averaged over the prior ``USE``
    (beta-binomial). No other figure takes part. The second factor matters: without it large numbers would be drawn too
    often, for the larger n, the more of its neighbours have a count that prints as ``pct``.
    """
    scale = log_sd * np.sqrt((TAILS - 2) / TAILS)
    if pct is None or policy.pct_decimals is None:
        least, span = max(low, 1), min(np.exp(SPAN * scale), WIDEST)
        edges = np.log(max(youths / span, least)), np.log(max(youths * span, least + 1))
        n = np.unique(np.rint(np.exp(np.linspace(*edges, GRID))).astype(np.int64))
        highs, chance = np.minimum(high, n), np.ones(len(n))
        if low > 0 or high < n[-1]:
            counts = np.arange(low, highs.max() + 1)
            terms = _log_beta_binomial(np.minimum(counts, n[:, None]), n[:, None])
            chance = np.where(counts <= highs[:, None], np.exp(terms), 0).sum(axis=1)
        return _weighted(n, np.full(len(n), low), highs, chance * np.gradient(n), youths, scale)
    span = WIDEST
    while True:  # a pair there is, at the latest among 10^(decimals + 2) youths
        n, k = pairs(pct, policy.pct_decimals, max(int(youths / span), 1), int(youths * span) + 1)
        shown = k >= policy.suppressed_below
        if shown.any():
            n, k = n[shown], k[shown]
            return _weighted(n, k, k, np.exp(_log_beta_binomial(k, n)), youths, scale)
        span *= 2


def nearest_pair(pct: float, youths: int, policy: CountsPolicy) -> tuple[int, int]:
    """Number of youths nearest to an approximation that a printed percentage allows, with its users.

    Examples
    --------
    >>> nearest_pair(14.737, 200, CountsPolicy(suppressed_below=10, pct_decimals=3))
    (190, 28)
    """
    assert policy.pct_decimals is not None
    span = 1.25
    while True:
        n, k = pairs(pct, policy.pct_decimals, max(int(youths / span), 1), int(youths * span) + 1)
        shown = k >= policy.suppressed_below
        if shown.any():
            best = np.abs(n[shown] - youths).argmin()
            return int(n[shown][best]), int(k[shown][best])
        span *= 2


def draw_youths(wijken: pd.DataFrame, rng: np.random.Generator) -> Counts:
    """True numbers of youths about the approximations, from their prior (:func:`candidates`), shape (wijk,)."""
    scale = wijken["youths_log_sd"].to_numpy() * np.sqrt((TAILS - 2) / TAILS)
    factor = np.exp(scale * rng.standard_t(TAILS, len(wijken))).clip(1 / WIDEST, WIDEST)
    return np.maximum(np.rint(wijken["youths"].to_numpy() * factor), 1).astype(np.int64)


def _weighted(n: Counts, low: Counts, high: Counts, chance: Array, centre: int, scale: float) -> Candidates:
    standard = (np.log(n) - np.log(centre)) / scale
    weight = chance / n * (1 + standard**2 / TAILS) ** (-(TAILS + 1) / 2)
    return Candidates(n, low, high, weight / weight.sum())


def _log_beta_binomial(k: ArrayLike, n: ArrayLike) -> Array:
    """Log probability of k users among n youths, use being ``Beta(*USE)``."""
    k, n = np.asarray(k, float), np.asarray(n, float)
    a, b = USE
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return choose + betaln(k + a, n - k + b) - betaln(a, b)


def all_candidates(wijken: pd.DataFrame, policy: CountsPolicy) -> list[Candidates]:
    """Candidates of every wijk; of one whose number is exact that number alone.

    Parameters
    ----------
    wijken : DataFrame
        As in :class:`~bayes_jeugdhulp.areas.Areas`.
    policy : CountsPolicy

    Returns
    -------
    list of Candidates, one a wijk
    """
    columns = ["youths", "youths_log_sd", "users_low", "users_high", "observed_pct", "observed_state"]
    found = []
    for n, log_sd, low, high, pct, state in wijken[columns].itertuples(index=False, name=None):
        if log_sd == 0:
            found.append(Candidates(*(np.array([value]) for value in (n, low, high, 1.0))))
        else:
            cut = high == n  # a bound cut off there is too low for a larger number of youths
            most = {"published": high, "suppressed": max(high, policy.suppressed_bounds[1]), "missing": WIDEST * n}
            top = int(most[state]) if cut else high
            found.append(candidates(n, log_sd, low, top, policy, pct if state == "published" else None))
    return found


def draw_counts(wijken: pd.DataFrame, policy: CountsPolicy, imputations: int, seed: int) -> UncertainCounts:
    """Draw numbers of youths, with the users that go with them, for every wijk.

    Parameters
    ----------
    wijken : DataFrame
        As in :class:`~bayes_jeugdhulp.areas.Areas`: ``youths_log_sd`` says whose number is uncertain.
    policy : CountsPolicy
    imputations : int
        How many times.
    seed : int

    Returns
    -------
    UncertainCounts, shape (imputation, wijk)
        A published percentage gives pairs of youths and users that print as it; a suppressed or missing figure youths
        alone, with bounds of the users; an exact number itself. Draws of a wijk are stratified over the imputations.

    Examples
    --------
    >>> from bayes_jeugdhulp.areas import build_areas
    >>> frame = pd.DataFrame({
    ...     "wijkcode": ["WK000100", "WK000101"], "gemeentecode": "GM0001", "youths": [93, 60], "users": [14, 9],
    ...     "youths_log_sd": [0.1, 0], "observed_pct": [14.737, 15.0], "observed_state": "published"})
    >>> areas = build_areas(frame, pd.DataFrame(index=range(2)), policy=CountsPolicy(pct_decimals=3), title="voorbeeld")
    >>> counts = draw_counts(areas.wijken, areas.policy, 2, seed=1)
    >>> counts.youths.tolist(), counts.users_low.tolist()
    ([[95, 60], [95, 60]], [[14, 9], [14, 9]])
    """
    rng = np.random.default_rng(seed)
    drawn = np.empty((3, imputations, len(wijken)), np.int64)
    for w, found in enumerate(all_candidates(wijken, policy)):
        levels = (rng.permutation(imputations) + rng.random(imputations)) / imputations
        drawn[:, :, w] = _at(found, levels)
    return UncertainCounts(*drawn)


def spread_of_counts(wijken: pd.DataFrame, policy: CountsPolicy, shares: tuple[float, ...] = SHARES) -> UncertainCounts:
    """Numbers of youths at quantiles of what they may be, with their users, shape (share, wijk)."""
    levels = np.array(shares)
    found = [_at(wijk, levels) for wijk in all_candidates(wijken, policy)]
    return UncertainCounts(*np.stack(found, axis=2))


def _at(found: Candidates, levels: Array) -> Counts:
    """Youths, users_low and users_high at levels of the cumulative weight, shape (3, level)."""
    place = np.searchsorted(found.weight.cumsum(), levels).clip(max=len(found.weight) - 1)
    return np.stack([found.youths, found.users_low, found.users_high])[:, place]
