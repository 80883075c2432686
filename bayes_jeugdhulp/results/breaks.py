"""Breaks in registration: gemeenten whose figures jump in most wijken at once between two tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import DataError, Problem

Floats = NDArray[np.float64]

BREAK, NO_SIGN, NOT_JUDGED = "mogelijke breuk in de registratie", "geen aanwijzing", "niet te beoordelen"
TOO_FEW, NOT_DELIVERED = "te weinig wijken", "niets geleverd in een of beide tabellen"
LEFT_OPEN, SPLIT_OPEN = "afgeschermde cijfers laten het open", "gesplitste of afgeschermde cijfers laten het open"
BOUNDED = ("suppressed", "split")  # states of which only the bounds are known
QUARTILE = float(norm.ppf(0.75))  # the median of the absolute value of a standard normal
FAR_OUT = 2.5  # sd from which a gemeente tells nothing of the ordinary spread
FAR_QUARTILE = float(norm.ppf(0.25 + norm.cdf(FAR_OUT) / 2))  # that median of a normal cut off there
MANY = 5  # wijken of a gemeente from which the spread between wijken is learned
HUBER, LOSS = 1.345, 1 / 0.95  # beyond this many sd a wijk pulls no harder; what that costs where all are normal
STEPS = 30
LEAST_LEFT = 0.1  # of the deviation of a wijk that outweighs all others
LEAST_GEMEENTEN = 20
FIGURES = ("youths", "users_low", "users_high", "observed_state")


@dataclass(frozen=True, slots=True)
class BreakRule:
    """When a shift counts as a possible break.

    Parameters
    ----------
    error : float, default 0.05
        Probability that any gemeente at all is marked by its z where nothing breaks and shifts are normal
        (Bonferroni over the gemeenten that can be judged); docs/boundaries.md has what simulations make of it.
    least_change : float, default 0.2
        The shift beside the country's is at least this: up by a fifth, or down to a share of 1 / 1.2.
    along : float, default 0.65
        At least this share of the wijken that tell a direction moves the same way.
    wijken : int, default 3
        At least this many wijken tell a direction: in fewer a break cannot be told from a change in a wijk.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    error: float = 0.05
    least_change: float = 0.2
    along: float = 0.65
    wijken: int = 3

    def __post_init__(self) -> None:
        if not (0 < self.error < 1 and self.least_change >= 0 and 0 <= self.along <= 1 and self.wijken >= 1):
            raise ValueError(f"a setting is out of range: {self}")


@dataclass(frozen=True, slots=True, eq=False)
class Breaks:
    """Shifts of gemeenten between two tables, and what they may mean.

    Attributes
    ----------
    gemeenten : DataFrame
        A row a gemeente, sorted by code: ``gemeentecode, gemeentenaam``; ``wijken`` with a figure in both tables,
        those known within bounds included, ``wijken_suppressed`` and ``wijken_split`` (in either; split counts first);
        ``change_pct``, the change of use beside the country's in percent, with ``change_low`` and ``change_high``, its
        95% interval (what such bounds leave open included); ``z``; ``moving_along``, the share of wijken that move the
        same way, of those that tell; ``verdict`` and ``reason``, empty unless it is *niet te beoordelen*.
    country_pct : float
        Change of use in the middle gemeente, percent.
    spread_gemeenten, spread_wijken : float
        Ordinary spread of shifts, beyond chance: sd of the log, between gemeenten and between wijken of one.
    z_limit : float
    unmatched : tuple of str
        Wijk codes that stand in one table only.
    rule : BreakRule
    """

    gemeenten: pd.DataFrame
    country_pct: float
    spread_gemeenten: float
    spread_wijken: float
    z_limit: float
    unmatched: tuple[str, ...]
    rule: BreakRule


def find_breaks(
    old: Areas | pd.DataFrame, new: Areas | pd.DataFrame, rule: BreakRule | None = None, *, nested: bool = False
) -> Breaks:
    """Mark gemeenten whose use shifts in most wijken at once, far more than elsewhere.

    Parameters
    ----------
    old, new : Areas or DataFrame
        Two years, or the total and one form of jeugdhulp, of the same wijken by code. Where borders changed, bring
        both to one year first (:func:`bayes_jeugdhulp.wijk_panel`), and give the rows of each year in its ``table``:
        a wijk with part of another in it enters by its bounds, as a suppressed one does. Names of gemeenten are those
        of ``new``, and their codes where it has none.
    rule : BreakRule, optional
        When a shift counts.
    nested : bool, default False
        Whether the users of ``new`` are among those of ``old``, as of a form and the total: then less is chance.

    Returns
    -------
    Breaks
        A row a gemeente with its verdict, and what is ordinary in the country.

    Raises
    ------
    DataError
        If fewer than twenty gemeenten can be judged: there is then no country to hold them to; if nested figures
        are no smaller; or if a DataFrame lacks a column or has a wijk twice.

    Notes
    -----
    Of wijk w the shift is d_w = log((k' + .5) / (n' + 1)) - log((k + .5) / (n + 1)). Chance gives it the variance
    v_w = (1 - q) / m + (1 - q') / m', with m = n q, m' = n' q', q the use of the wijk over both tables together and
    q' = q times the country's ratio (nested: (1 - that ratio) / m'); rounding to a run of r counts adds (r^2 - 1) / 12
    over the square of m. The shift of a gemeente is Huber's M-estimate (1964, Annals of Mathematical Statistics
    35:73-101; constant 1.345) of the location of d_w with sd (v_w + s_w^2)^1/2: no wijk pulls it far. Its variance is
    taken as 1 / (.95 sum 1 / (v_w + s_w^2)). A suppressed count enters by its bounds: the least and the greatest d_w
    give a least and a greatest shift, and z is that of the end nearest to the country's median shift. The spreads s_w
    (of wijken around their gemeente) and s_g (of gemeenten) are those for which the median of the absolute deviation /
    sd is that of a standard normal, .674. Median shift and s_g are found again without the gemeenten farther than
    2.5 sd from it (and .665, of a normal cut off there), until one in six that break hardly moves them.
    z = (shift - median) / sqrt(variance + s_g^2).

    Examples
    --------
    Thirty gemeenten of five wijken; in the second year one of them delivers half of its figures.

    >>> from bayes_jeugdhulp import CountsPolicy, build_areas
    >>> codes = [f"WK{gemeente:04d}{wijk:02d}" for gemeente in range(1, 31) for wijk in range(5)]
    >>> users = pd.Series([200 + 7 * (place % 9) for place in range(150)], codes)
    >>> def areas(users):
    ...     about = {"wijkcode": codes, "gemeentecode": [f"GM{code[2:6]}" for code in codes], "youths": 2000}
    ...     frame = pd.DataFrame(about | {"users": users.to_numpy(), "observed_state": "published"})
    ...     return build_areas(frame, pd.DataFrame(index=frame.index), policy=CountsPolicy(), title="invented")
    >>> later = users.where(~users.index.str.startswith("WK0007"), users // 2)
    >>> found = find_breaks(areas(users), areas(later)).gemeenten.set_index("gemeentecode")
    >>> found.index[found["verdict"] == BREAK].tolist(), round(found.at["GM0007", "change_pct"])
    (['GM0007'], -50)
    """
    rule = rule or BreakRule()
    figures = [_by_wijk(old, "the first table"), _by_wijk(new, "the second table")]
    both = figures[0].index.intersection(figures[1].index).sort_values()
    tables = [figure.loc[both] for figure in figures]
    there = [table["observed_state"] != "missing" for table in tables]
    before, after = (table[there[0] & there[1]] for table in tables)
    wijken = pd.DataFrame(
        {"gemeentecode": after["gemeentecode"]}
        | {f"{name}_{side}": table[name] for side, table in (("old", before), ("new", after)) for name in FIGURES}
    )
    table, about = judge_shifts(wijken, rule, nested=nested)
    named = figures[1].drop_duplicates("gemeentecode").set_index("gemeentecode")["gemeentenaam"]
    rest = named.index.difference(table.index)
    table = pd.concat([table, _not_judged(rest)]).sort_index()
    delivered = [
        (seen | (side["users_low"] > 0)).groupby(tables[1]["gemeentecode"]).any()
        for seen, side in zip(there, tables, strict=True)
    ]
    silent = ~(delivered[0] & delivered[1])
    table.loc[silent.index[silent], "reason"] = NOT_DELIVERED
    table.insert(0, "gemeentenaam", named.reindex(table.index))
    unmatched = figures[0].index.symmetric_difference(figures[1].index)
    return Breaks(table.reset_index(), **about, unmatched=tuple(unmatched), rule=rule)


def _by_wijk(given: Areas | pd.DataFrame, which: str) -> pd.DataFrame:
    """Figures by wijk; a published one that was split becomes bounds, which no point stands in for."""
    if isinstance(given, Areas):
        return given.wijken
    needed = ("wijkcode", "gemeentecode", *FIGURES)
    if absent := [name for name in needed if name not in given]:
        found = f"there is no column {', '.join(absent)}"
        raise DataError([Problem(which, found, ", ".join(needed), "give the rows of one year of a wijk_panel")])
    if (twice := given["wijkcode"].duplicated()).any():
        found = f"{given.loc[twice, 'wijkcode'].iloc[0]} stands twice"
        raise DataError([Problem(which, found, "one row a wijk", "give the rows of one year of a wijk_panel")])
    frame = given.set_index("wijkcode")
    frame = frame[frame["youths"] > 0].assign(gemeentenaam=frame.get("gemeentenaam", frame["gemeentecode"]))
    if "split" in frame:
        split = frame["split"] & (frame["observed_state"] != "missing")
        frame["observed_state"] = frame["observed_state"].mask(split, "split")
    # the bounds of a split wijk count all users of another: more than it has youths tell nothing of its use
    frame["users_high"] = np.maximum(np.minimum(frame["users_high"], frame["youths"]), frame["users_low"])
    return frame


def judge_shifts(wijken: pd.DataFrame, rule: BreakRule, *, nested: bool = False) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table of :class:`Breaks` from pairs of figures, and the spreads it is held to.

    Parameters
    ----------
    wijken : DataFrame
        A row a wijk with a figure in both tables: ``gemeentecode``, and of both ``_old`` and ``_new``: ``youths``,
        ``users_low``, ``users_high`` and ``observed_state`` (published, suppressed or split).
    rule : BreakRule
    nested : bool, default False

    Returns
    -------
    gemeenten : DataFrame, index gemeentecode
    about : dict
        ``country_pct, spread_gemeenten, spread_wijken, z_limit``.

    Raises
    ------
    DataError
        As :func:`find_breaks`.
    """
    codes, group = np.unique(wijken["gemeentecode"], return_inverse=True)
    states = wijken[["observed_state_old", "observed_state_new"]]
    hidden = states.isin(BOUNDED).any(axis=1).to_numpy()
    of_state = {state: np.bincount(group, (states == state).any(axis=1), len(codes)).astype(int) for state in BOUNDED}
    low, high, variance = _wijk_shifts(wijken, nested)
    size = np.bincount(group)
    spread, plain = 0.0, ~hidden & (np.bincount(group[~hidden], minlength=len(codes))[group] >= MANY)
    for _ in range(5):  # weights hang on the spread and the spread on the locations; it settles in two or three
        sd_wijk = np.sqrt(variance + spread**2)
        share = sd_wijk[plain] ** -2 / np.bincount(group[plain], sd_wijk[plain] ** -2, len(codes))[group[plain]]
        around = _locations(low[plain], sd_wijk[plain], group[plain], len(codes))[group[plain]]
        # a location takes a share of each wijk along with it: what is left of the deviation is that much smaller
        spread = _spread(np.abs(low[plain] - around) / np.sqrt(np.maximum(1 - share, LEAST_LEFT)), variance[plain])
    sd_wijk = np.sqrt(variance + spread**2)
    ends = np.stack([_locations(end, sd_wijk, group, len(codes)) for end in (low, high)])
    error = LOSS / np.bincount(group, 1 / sd_wijk**2)
    enough = size >= rule.wijken
    if enough.sum() < LEAST_GEMEENTEN:
        found = f"{int(enough.sum())} gemeenten have {rule.wijken} wijken or more with a figure in both"
        expected = f"{LEAST_GEMEENTEN}, to know what is ordinary"
        raise DataError([Problem("the two tables", found, expected, "take both for the whole country")])
    middle, ordinary, quantile = ends.mean(axis=0), enough, QUARTILE
    for _ in range(5):  # the first round over all, the next without those that then lie far out
        country = float(np.median(middle[ordinary]))
        between = _spread(np.abs(middle[ordinary] - country), error[ordinary], quantile)
        sd = np.sqrt(error + between**2)
        ordinary, quantile = enough & (np.abs(middle - country) < FAR_OUT * sd), FAR_QUARTILE
    near, far = np.sort(np.abs(ends - country), axis=0)
    near[(ends[0] <= country) & (country <= ends[1])] = 0
    side = np.sign(middle - country)
    up, down = low > country, high < country
    tells = np.bincount(group, up | down, len(codes))
    along = np.bincount(group, np.where(side[group] > 0, up, down), len(codes)) / np.maximum(tells, 1)
    limit = float(norm.isf(rule.error / 2 / enough.sum()))

    def passes(distance: Floats) -> NDArray[np.bool_]:
        return (distance >= limit * sd) & (distance >= np.log1p(rule.least_change)) & (along >= rule.along)

    # one that moved exactly as the country did, with nothing hidden, is known not to break
    known = np.bincount(group, up | down | (low == high), len(codes))
    marked, open_ = passes(near) & enough & (tells >= rule.wijken), passes(far)
    verdict = np.select([marked, open_ | ~enough | (known < rule.wijken)], [BREAK, NOT_JUDGED], NO_SIGN)
    reasons = [verdict != NOT_JUDGED, enough & (of_state["split"] > 0), enough & (of_state["suppressed"] > 0)]
    reason = np.select(reasons, ["", SPLIT_OPEN, LEFT_OPEN], TOO_FEW)
    half = norm.ppf(0.975) * np.sqrt(error)
    table = pd.DataFrame(
        {
            "wijken": size,
            "wijken_suppressed": of_state["suppressed"],
            "wijken_split": of_state["split"],
            "change_pct": _percent(middle - country),
            "change_low": _percent(ends[0] - half - country),
            "change_high": _percent(ends[1] + half - country),
            "z": side * near / sd,
            "moving_along": np.where(tells > 0, along, np.nan),
            "verdict": verdict,
            "reason": reason,
        },
        index=pd.Index(codes, name="gemeentecode"),
    )
    about = {"country_pct": float(_percent(country)), "spread_gemeenten": between, "spread_wijken": spread}
    return table, about | {"z_limit": limit}


def _percent(shift: Any) -> Any:
    return 100 * np.expm1(shift)


def _not_judged(codes: "pd.Index[str]") -> pd.DataFrame:
    """Gemeenten without a wijk with a figure in both."""
    counts = {"wijken": 0, "wijken_suppressed": 0, "wijken_split": 0}
    empty = dict.fromkeys(["change_pct", "change_low", "change_high", "z", "moving_along"], np.nan)
    words = {"verdict": NOT_JUDGED, "reason": TOO_FEW}
    return pd.DataFrame(counts | empty | words, index=codes)


def _wijk_shifts(wijken: pd.DataFrame, nested: bool) -> tuple[Floats, Floats, Floats]:
    """Least and greatest shift of each wijk, equal where both counts are published, and its variance by chance."""
    n, least, most, middle, hidden = {}, {}, {}, {}, {}
    for side in ("old", "new"):
        n[side] = wijken[f"youths_{side}"].to_numpy(float)
        least[side], most[side] = (wijken[f"users_{end}_{side}"].to_numpy(float) for end in ("low", "high"))
        middle[side] = (least[side] + most[side]) / 2
        hidden[side] = wijken[f"observed_state_{side}"].isin(BOUNDED).to_numpy()
    rate = {side: middle[side].sum() / n[side].sum() for side in n}
    ratio = rate["new"] / rate["old"]
    use = (middle["old"] + middle["new"] + 0.5) / (n["old"] + ratio * n["new"] + 1)
    expected = {"old": n["old"] * use, "new": n["new"] * use * ratio}
    if nested and ratio >= 1:
        found = f"users are {ratio:.2f} times as many in the second table as in the first"
        raise DataError([Problem("the two tables", found, "fewer: one form beside the total", "turn them around")])
    if nested:
        variance = (1 - ratio) / expected["new"]
    else:
        variance = sum((1 - expected[side] / n[side]).clip(0) / expected[side] for side in n)
    for side in n:
        run = np.where(hidden[side], 1, most[side] - least[side] + 1)
        variance = variance + (run**2 - 1) / 12 / expected[side] ** 2

    def log_use(side: str, count: dict[str, Floats]) -> Floats:
        users = np.where(hidden[side], count[side], middle[side])
        return np.log((users + 0.5) / (n[side] + 1))

    low = log_use("new", least) - log_use("old", most)
    high = log_use("new", most) - log_use("old", least)
    return low, high, variance


def _locations(values: Floats, sd: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Huber's location of each group, from its median onwards; NaN of an empty one."""
    medians = pd.Series(values).groupby(group).median().reindex(range(groups))
    found: Floats = np.array(medians, np.float64)
    for _ in range(STEPS):
        weight = np.minimum(1, HUBER / np.maximum(np.abs(values - found[group]) / sd, 1e-12)) / sd**2
        total = np.bincount(group, weight, groups)
        np.divide(np.bincount(group, weight * values, groups), total, out=found, where=total > 0)
    return found


def _spread(deviation: Floats, variance: Floats, quantile: float = QUARTILE) -> float:
    """The sd beside known variances for which the median of deviation / sd is that of a standard normal."""

    def excess(sd: float) -> float:
        return float(np.median(deviation / np.sqrt(variance + sd**2))) - quantile

    if not len(deviation) or excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, deviation.max() / quantile + 1e-6, xtol=1e-6))
