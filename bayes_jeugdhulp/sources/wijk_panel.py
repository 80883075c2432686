"""Figures of several years on the wijken of one: counts split by addresses, rates weighted, bounds kept honest."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.borders import CODE
from bayes_jeugdhulp.sources.crosswalk import Crosswalk, crosswalk_of, shares
from bayes_jeugdhulp.sources.reading import collecting

LEAST_SHARE = 0.01  # a pair with less of both wijken is taken for corrected addresses
HALF = 0.5  # share of its addresses without which a wijk counts as not found
FIGURES = ("youths", "users_low", "users_high")
NEEDED = ("wijkcode", *FIGURES, "observed_state")


@dataclass(frozen=True, slots=True, eq=False)
class WijkPanel:
    """Figures of several years, on the wijken of one.

    Attributes
    ----------
    table : DataFrame
        A row a year and wijk, sorted: ``year, wijkcode, gemeentecode`` (of that wijk, from its code); ``youths``
        (number; a fraction where it was split); ``users``, a point (middle of the bounds) only where all that
        contributes was published, else NaN; ``users_low``, ``users_high``, inclusive bounds that hold wherever in a
        split wijk the users lived, but for the pairs in ``moved``; ``observed_state`` (published; suppressed or missing
        where a part is); ``split``, whether part of a wijk is in it; ``parts``, how many wijken contribute; then the
        kenmerken.
    unmatched : DataFrame
        A row a wijk whose figures stand nowhere in ``table``: ``year, wijkcode, reason``, ``youths``, ``users_low``
        and ``users_high``.
    moved : DataFrame
        Pairs that were taken for corrected addresses: ``year, old, new, addresses``; the figures went to the other
        pairs of the old wijk.
    to_year : int
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame
    moved: pd.DataFrame
    to_year: int


def wijk_panel(
    figures: Mapping[int, Areas | pd.DataFrame],
    crosswalks: Mapping[int, Crosswalk],
    to_year: int,
    *,
    counts: Collection[str] = (),
    least_share: float = LEAST_SHARE,
) -> WijkPanel:
    """Bring figures of several years to the wijken of one.

    For comparing years in words and pictures, and for kenmerken of an earlier year. A split figure is spread by
    addresses, as if users lived as the addresses do: it is no count, and may enter a likelihood as its bounds only,
    made with ``least_share=0``: with the default, users of the pairs in ``moved`` are taken to have stayed.

    Parameters
    ----------
    figures : mapping of int to Areas or DataFrame
        By year, that of the Areas where they have one. A DataFrame has a row a wijk: ``wijkcode``, ``youths``,
        ``users_low`` and ``users_high`` (0 and ``youths`` where nothing is known) and ``observed_state`` (published,
        suppressed, missing); every other column is a kenmerk.
    crosswalks : mapping of int to Crosswalk
        By year: from it to ``to_year``, or the way back (the years in it tell; where they are others it is refused).
        That year itself needs none.
    to_year : int
        The year whose wijken the figures are brought to.
    counts : collection of str, default ()
        Kenmerken that are numbers (of inhabitants, say): split and added up; figures of some year must have them. The
        others are rates and means: averaged, weighted by addresses, or by youths where the crosswalk has none. NaN
        where a part of them is not known.
    least_share : float, default 0.01
        A pair that holds less than this of both its wijken is taken for corrected addresses, and its figures go to
        the other pairs of the old wijk; see ``moved``. That is a guess: with 0 no pair is passed over, and the bounds
        hold whatever the few addresses are. Addresses that the other year does not have (crosswalk's ``unmatched_old``)
        are in either case taken to lie where the others of their wijk do.

    Returns
    -------
    WijkPanel
        The youths of ``table`` and ``unmatched`` add up to those of ``figures``, year by year, and so do users where
        all are published; bounds of sums are never narrower than those of ``figures``.

    Raises
    ------
    DataError
        With every year that has no crosswalk or one of other years, lacks a column, has a code that is none or fits
        none of its wijken; and every name in ``counts`` that no year has.

    Examples
    --------
    Of WK000100 a quarter became WK000101; WK000102, suppressed, went up in it.

    >>> rows = [("WK000100", "WK000100", 300), ("WK000100", "WK000101", 100), ("WK000102", "WK000101", 50)]
    >>> frame = pd.DataFrame({"wijkcode": ["WK000100", "WK000102"], "youths": [400, 60], "users_low": [40, 0],
    ...     "users_high": [40, 9], "observed_state": ["published", "suppressed"], "bijstand": [4.0, 10.0]})
    >>> panel = wijk_panel({2017: frame}, {2017: crosswalk_of(rows)}, 2022)
    >>> panel.table[["wijkcode", "youths", "users", "users_low", "users_high", "bijstand"]].values.tolist()
    [['WK000100', 300.0, 30.0, 0, 40, 4.0], ['WK000101', 160.0, nan, 0, 49, 6.0]]
    """
    problems: list[Problem] = []
    carried: list[tuple[pd.DataFrame, ...]] = []
    counts = {counts} if isinstance(counts, str) else set(counts)
    known: set[str] = set()
    for year, given in sorted(figures.items()):
        with collecting(problems):
            frame, crosswalk = _checked(year, given, crosswalks.get(year), to_year)
            known |= set(frame.columns) - set(NEEDED)
            pairs, moved = _without_corrections(crosswalk.pairs, least_share)
            found = pairs["addresses"].groupby(pairs["old"]).sum(min_count=1)
            lost = crosswalk.unmatched_old.reindex(found.index).fillna(0)
            scattered = set(found.index[found / (found + lost) < HALF])
            parts = (*_carried(frame, pairs, scattered, counts), moved)
            carried.append(tuple(part.assign(year=year) for part in parts))
    if carried and not problems:
        expected = f"one of {', '.join(sorted(known)) or 'none: the figures have no kenmerken'}"
        problems += [
            Problem("counts", f"no year has a kenmerk {name!r}", expected, "name it as the figures do")
            for name in sorted(counts - known)
        ]
    if problems or not carried:
        raise DataError(problems or [Problem("figures", "there are none", "figures by year", "give them")])
    table, unmatched, moved = (pd.concat(parts, ignore_index=True) for parts in zip(*carried, strict=True))
    table = table.sort_values(["year", "wijkcode"], ignore_index=True)
    table["gemeentecode"] = "GM" + table["wijkcode"].str[2:6]
    first = ["year", "wijkcode", "gemeentecode"]
    return WijkPanel(
        table[[*first, *table.columns.difference(first, sort=False)]],
        unmatched[["year", "wijkcode", "reason", *FIGURES]],
        moved[["year", "old", "new", "addresses"]],
        to_year,
    )


def _checked(
    year: int, given: Areas | pd.DataFrame, crosswalk: Crosswalk | None, to_year: int
) -> tuple[pd.DataFrame, Crosswalk]:
    """Figures of a year as one table, and the crosswalk from it."""
    frame = (
        given.wijken[[*FIGURES, "observed_state"]].join(given.kenmerken).reset_index()
        if isinstance(given, Areas)
        else given
    )

    def refuse(found: str, expected: str, remedy: str) -> DataError:
        return DataError([Problem(f"figures of {year}", found, expected, remedy)])

    if absent := [name for name in NEEDED if name not in frame]:
        raise refuse(f"there is no column {', '.join(absent)}", ", ".join(NEEDED), "add it")
    if isinstance(given, Areas) and given.year not in (None, year):
        raise refuse(f"these are figures of {given.year}", f"those of {year}", "give them under their own year")
    fits = frame["wijkcode"].map(lambda code: isinstance(code, str) and re.match(CODE, code) is not None)
    if not fits.all():
        wrong = frame.loc[~fits, "wijkcode"].iloc[0]
        raise refuse(f"wijkcode holds {wrong!r}", "codes such as WK051801", "restore the letters and zeros they lost")
    if (twice := frame["wijkcode"].duplicated()).any():
        raise refuse(f"{frame.loc[twice, 'wijkcode'].iloc[0]} stands twice", "one row a wijk", "remove one")
    if year == to_year:
        return frame, crosswalk_of((code, code, np.nan) for code in frame["wijkcode"])
    if crosswalk is None:
        raise refuse("there is no crosswalk of this year", f"one to {to_year}", "make it (make_crosswalk)")
    if crosswalk.old_year == to_year or crosswalk.new_year == year:
        crosswalk = crosswalk.reversed()
    years = crosswalk.old_year, crosswalk.new_year
    if years[0] not in (None, year) or years[1] not in (None, to_year):
        told = f"the crosswalk {crosswalk.file} is one between {' and '.join(str(y or 'another year') for y in years)}"
        raise refuse(told, f"one between {year} and {to_year}", "take the one of these years")
    if not crosswalk.pairs["old"].isin(frame["wijkcode"]).any():
        raise refuse(f"none of the wijken is an old one of {crosswalk.file}", "some", "check the years of both")
    return frame, crosswalk


def _without_corrections(pairs: pd.DataFrame, least: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs without those that hold next to nothing of both wijken, shares of the old wijk made whole; and those."""
    small = (pairs["share_old"] < least) & (pairs["share_new"] < least)
    kept = pairs[~small].copy()
    kept["share_old"] = shares(kept["share_old"], kept["old"])
    lost = small & ~pairs["old"].isin(kept["old"])  # all of a wijk in crumbs: then none is a correction
    return pd.concat([kept, pairs[lost]]), pairs[small & ~lost]


def _carried(
    frame: pd.DataFrame, pairs: pd.DataFrame, scattered: set[str], counts: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures of one year on the new wijken; and those that have no place there, with the reason."""
    known = pairs["share_old"].notna() & ~pairs["old"].isin(scattered)
    to = pairs[known].merge(frame, left_on="old", right_on="wijkcode")
    share, whole = to["share_old"], to["share_old"] >= 1
    kenmerken = [name for name in frame.columns if name not in NEEDED]
    counted = to["addresses"].notna().groupby(to["new"]).transform("all")
    weight = to["addresses"].where(counted, to["youths"] * share)
    added = pd.DataFrame(
        {
            "youths": to["youths"] * share,
            "users": ((to["users_low"] + to["users_high"]) / 2 * share).where(to["observed_state"] == "published"),
            "users_low": to["users_low"].where(whole, 0),
            "users_high": to["users_high"],
            "suppressed": to["observed_state"] == "suppressed",
            "missing": to["observed_state"] == "missing",
            "split": ~whole,
            "parts": 1,
            "weight": weight,
        }
        | {name: to[name] * (share if name in counts else weight) for name in kenmerken}
    )
    groups = added.groupby(to["new"].rename("wijkcode"))
    sums = groups.sum().mask(added.isna().groupby(to["new"]).any())  # with a part unknown the sum is too
    rates = [name for name in kenmerken if name not in counts]
    sums[rates] = sums[rates].div(sums["weight"], axis=0)
    table = sums[["youths", "users", "users_low", "users_high"]].assign(
        observed_state=np.select([sums["missing"] > 0, sums["suppressed"] > 0], ["missing", "suppressed"], "published"),
        split=sums["split"] > 0,
        parts=sums["parts"].astype(int),
    )
    rest = frame.loc[~frame["wijkcode"].isin(to["old"]), ["wijkcode", *FIGURES]]
    asked = {"most of its addresses are gone": scattered, "no addresses to split it by": set(pairs["old"])}
    reasons = [
        next((why for why, codes in asked.items() if code in codes), "no successor known") for code in rest["wijkcode"]
    ]
    return table.join(sums[kenmerken]).reset_index(), rest.assign(reason=reasons)
