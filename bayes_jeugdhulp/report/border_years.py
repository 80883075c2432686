"""Borders laid under figures, also of another year: by a crosswalk, by code and name, and what stays unconfirmed."""

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.borders import unmatched
from bayes_jeugdhulp.sources.crosswalk import Crosswalk, read_crosswalk

if TYPE_CHECKING:
    import geopandas as gpd


def lay_borders(
    borders: "gpd.GeoDataFrame",
    wijken: pd.DataFrame,
    figures_year: int | None = None,
    *,
    borders_year: int | None = None,
    crosswalk: str | os.PathLike[str] | Crosswalk | None = None,
    source: str = "",
) -> "gpd.GeoDataFrame":
    """Give each wijk of the figures its border, and say which of them are not sure.

    An equal code is not an equal area: codes are used again. Of the 2,532 wijken of 2017 whose code exists in 2022, 88
    are another area by then, all under another name.

    Parameters
    ----------
    borders : GeoDataFrame
        Of :func:`bayes_jeugdhulp.sources.borders.read_borders`.
    wijken : DataFrame
        ``wijkcode`` and ``wijknaam``.
    figures_year : int, optional
        Without it the borders are taken to be of the same year.
    borders_year : int, optional
        Default: what ``borders.attrs`` tells.
    crosswalk : path or Crosswalk, optional
        Two columns of wijk codes, in either order: of the figures, and of the borders; a file as
        :func:`bayes_jeugdhulp.read_crosswalk` reads it. An empty code says that it is not known; several rows of one
        wijk join their borders into one. Where it counts addresses, pairs of a few of them are passed over.
    source : str, default ""
        How the source of the borders asks to be named.

    Returns
    -------
    GeoDataFrame
        ``wijkcode`` (of the figures), ``geometry`` and ``confirmed``, in the system of ``borders``. Borders without
        figures stay in it, with a ``*`` behind a code that another wijk of the figures has. ``confirmed`` is False
        where only the code is equal: with a crosswalk that does not tell, or with another or an unknown year and no
        equal name; and where a crosswalk counts more than a tenth of other addresses in the border. ``attrs`` hold
        ``figures_year``, ``borders_year``, ``crosswalk`` (bool), ``source``, ``without_border``, ``without_figures``,
        ``unconfirmed`` and ``merged`` (lists of codes; merged: of several wijken that became one, which have no border
        either).

    Raises
    ------
    DataError
        If no wijk has a border, or the crosswalk has no two columns of codes or fits neither.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> shapes = [box(0, 0, 1, 1), box(1, 0, 2, 1)]
    >>> borders = gpd.GeoDataFrame({"wijkcode": ["WK000100", "WK000101"]}, geometry=shapes, crs="EPSG:28992")
    >>> borders.attrs = {"year": 2022, "names": {"WK000100": "Wijk 00 Kern", "WK000101": "Haven"}}
    >>> wijken = pd.DataFrame({"wijkcode": ["WK000100", "WK000101"], "wijknaam": ["Kern", "Polder"]})
    >>> lay_borders(borders, wijken, 2017)["confirmed"].tolist()
    [True, False]
    """
    year = borders_year or borders.attrs.get("year")
    codes, merged = wijken["wijkcode"], []
    theirs = set(borders["wijkcode"])
    links = pd.DataFrame({"ours": codes, "theirs": codes, "confirmed": True})
    if crosswalk is not None:
        read = crosswalk if isinstance(crosswalk, Crosswalk) else read_crosswalk(crosswalk)
        known = _known_pairs(read, set(codes), theirs)
        rest = codes[~codes.isin(known["ours"]) & ~codes.isin(known["theirs"])]
        unknown = pd.DataFrame({"ours": rest, "theirs": rest, "confirmed": False})
        links = pd.concat([known, unknown])
        several = links.groupby("theirs")["ours"].transform("nunique") > 1
        merged = sorted(links.loc[several, "ours"].unique())
        links = links[~links["ours"].isin(merged)]
    elif figures_year is not None and year != figures_year:
        names = borders.attrs.get("names", {})
        pairs = zip(codes, wijken["wijknaam"], strict=True)
        links["confirmed"] = [code in names and _plain(names[code]) == _plain(name) for code, name in pairs]
    links = links[links["theirs"].isin(theirs)]
    laid = borders.merge(links, left_on="wijkcode", right_on="theirs", how="left")
    free = laid["ours"].isna()
    clash = free & laid["wijkcode"].isin(set(codes))
    laid["wijkcode"] = laid["ours"].where(~free, laid["wijkcode"] + clash.map({True: "*", False: ""}))
    laid["confirmed"] = free | laid["confirmed"].eq(True)
    laid = laid[["wijkcode", "geometry", "confirmed"]]
    if laid["wijkcode"].duplicated().any():
        laid = laid.dissolve("wijkcode", aggfunc="min").reset_index()[["wijkcode", "geometry", "confirmed"]]
    laid = laid.sort_values("wijkcode", ignore_index=True)
    without_border, without_figures = unmatched(laid, codes)
    laid.attrs = {
        "figures_year": figures_year,
        "borders_year": year,
        "crosswalk": crosswalk is not None,
        "source": source,
        "without_border": without_border,
        "without_figures": without_figures,
        "unconfirmed": laid.loc[~laid["confirmed"], "wijkcode"].tolist(),
        "merged": merged,
    }
    return laid


def as_laid(borders: "gpd.GeoDataFrame", wijken: pd.DataFrame, metadata: Mapping[str, Any]) -> "gpd.GeoDataFrame":
    """Borders as :func:`lay_borders` gives them: as they are where that was done, else by code and name."""
    if "confirmed" in borders:
        return borders
    if metadata["simulated"]:  # its borders are invented along with it
        return lay_borders(borders, wijken, source=metadata["attribution"])
    return lay_borders(borders, wijken, metadata["year"])


def some_of(laid: "gpd.GeoDataFrame", codes: Collection[str]) -> "gpd.GeoDataFrame":
    """The borders of some wijken only, and what is to be known of those."""
    part = laid[laid["wijkcode"].isin(set(codes))].reset_index(drop=True)
    lists = ("without_border", "unconfirmed", "merged")
    part.attrs = laid.attrs | {name: [code for code in laid.attrs[name] if code in set(codes)] for name in lists}
    part.attrs["without_figures"] = []
    return part


def _plain(name: str) -> str:
    """A name without its number, capitals and marks: "Wijk 03 Oude Dorp" and "Oude-dorp" are one."""
    return re.sub(r"[\W\d_]", "", re.sub(r"^wijk\s*\d+", "", name.lower()))


def _known_pairs(crosswalk: Crosswalk, ours: set[str], theirs: set[str]) -> pd.DataFrame:
    """Columns ``ours``, ``theirs`` and ``confirmed``; which year is which follows from the codes."""

    def fitting(pairs: pd.DataFrame) -> int:
        return int((pairs["old"].isin(ours) & pairs["new"].isin(theirs)).sum())

    best = max((crosswalk, crosswalk.reversed()), key=lambda way: fitting(way.pairs))
    if not fitting(best.pairs):
        found = "no row has a wijk of the figures and one of the borders"
        expected = "two columns of wijk codes: of the figures, and of the borders"
        raise DataError([Problem(crosswalk.file, found, expected, "take the crosswalk of their years")])
    pairs = best.successors().rename(columns={"old": "ours", "new": "theirs"})
    return pairs[pairs["ours"].isin(ours)]
