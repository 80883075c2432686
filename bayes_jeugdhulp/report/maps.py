"""The pair of maps: the difference with the expectation, as far as it is certain, and the expectation itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from bayes_jeugdhulp.report.border_years import as_laid
from bayes_jeugdhulp.report.sentences import PERHAPS, border_sentences, outside_sentence
from bayes_jeugdhulp.report.style import INK, Page, finding, page, words
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.sources.borders import RD

if TYPE_CHECKING:
    import geopandas as gpd

FINEST = 1000  # of so many parts of the map's width; finer bends cannot be seen, and make an SVG of ten megabytes
LARGE = 3.0  # points; a clear difference beyond it gets the darkest colour
# Fewer colours as uncertainty grows (Correll, Moritz & Heer 2018): five, two, one.
CLEAR = {
    "lager, groot": "#4a2a85",
    "lager": "#9a86c5",
    "als verwacht": "#fbf3c4",
    "hoger": "#f0a258",
    "hoger, groot": "#b04a08",
}
PROBABLE = {"misschien lager": "#d3cbe3", "misschien hoger": "#f6dcc2"}
UNCERTAIN = {"onzeker": "#dedede"}
PALETTE: Mapping[str, str] = CLEAR | PROBABLE | UNCERTAIN
SHADES = ("#e4f1ec", "#b5dcd3", "#7fbfbd", "#46969f", "#1c6474")
EMPTY = "#ffffff"


def suppressed_value(wijken: pd.DataFrame) -> pd.Series:
    """Class of the value-suppressing palette of each wijk.

    Parameters
    ----------
    wijken : DataFrame
        ``status, status_reason, difference_points, prob_higher, prob_lower``.

    Returns
    -------
    Series of str
        A key of ``PALETTE``: the status and whether the difference is large, where there is a status; "misschien
        hoger" or "misschien lager" where there is none only because it is uncertain and the probability is .7 or
        more; else "onzeker".
    """
    size = wijken["difference_points"]
    unsure = wijken["status_reason"] == "onzeker"
    cases = {
        "lager, groot": (wijken["status"] == "lager") & (size <= -LARGE),
        "hoger, groot": (wijken["status"] == "hoger") & (size >= LARGE),
        "lager": wijken["status"] == "lager",
        "hoger": wijken["status"] == "hoger",
        "als verwacht": wijken["status"] == "als verwacht",
        "misschien lager": unsure & (wijken["prob_lower"] >= PERHAPS),
        "misschien hoger": unsure & (wijken["prob_higher"] >= PERHAPS),
    }
    return pd.Series(np.select(list(cases.values()), list(cases), "onzeker"), index=wijken.index)


def map_pair(
    wijken: pd.DataFrame, borders: "gpd.GeoDataFrame", metadata: Mapping[str, Any], text: Texts, place: str = ""
) -> Page:
    """Difference with the expectation beside the expectation, for wijken that have a border; place: of which part."""
    borders = as_laid(borders, wijken, metadata)
    shapes = borders[["wijkcode", "geometry", "confirmed"]].merge(wijken, on="wijkcode", how="left")
    shapes = shapes if shapes.crs is None else shapes.to_crs(RD)
    title, among = finding(wijken, text), wijken.loc[wijken["status"].isin(["hoger", "lager"]), "gemeentecode"]
    if len(among) > 1:
        title = text("map_title", finding=title, gemeenten=text.count("gemeenten", among.nunique()))
    title = f"{place}: {title[0].lower()}{title[1:]}" if place else title
    interval, margin = text.share(metadata["interval"]), text.margin(metadata)
    number = outside_sentence(wijken, metadata, text)
    how = text("map_caption", margin=margin, interval=interval, outside=number)
    west, south, east, north = shapes.total_bounds
    shapes.geometry = shapes.simplify_coverage((east - west) / FINEST)
    height = float(np.clip(3.4 * (north - south) / (east - west), 1.6, 5.0))
    legend = 1.35
    notes = " ".join(border_sentences(borders, text.lang))
    said = words(metadata, text, title, text("map_subtitle"), how, notes, text("clear", margin=margin))
    sheet = page(said, body=height + legend + 0.25, dpi=250)
    left, right = sheet.axes((0.15, 0.15, legend, 0.25), columns=2, wspace=0.02)
    keys = sheet.axes((0.15, 0.15, 0, height + 0.3), columns=2, wspace=0.02)

    known = shapes["observed_state"].isin(["published", "suppressed"]).to_numpy()
    colours = suppressed_value(shapes).map(PALETTE).where(known, EMPTY)
    unsure = ~shapes["confirmed"].to_numpy(bool)
    suppressed = (shapes["observed_state"] == "suppressed").to_numpy()
    _draw(left, shapes, colours, {"......": ~known, "///////": known & suppressed, "xxxxx": unsure})
    flagged = shapes["outside_interval"].isin(["hoger", "lager"]).to_numpy()
    if flagged.any():
        shapes[flagged].boundary.plot(ax=left, color=INK, linewidth=0.35 if len(shapes) > 1000 else 0.9, zorder=4)
    values = shapes["expected_pct"].to_numpy(float)
    filled = ~np.isnan(values)
    edges = np.unique(np.round(np.quantile(values[filled], [0.2, 0.4, 0.6, 0.8]), 1)) if filled.any() else np.array([])
    shade = [SHADES[i] if ok else EMPTY for i, ok in zip(np.searchsorted(edges, values), filled, strict=True)]
    _draw(right, shapes, pd.Series(shade), {"......": ~filled, "xxxxx": unsure})
    borders_of_gemeenten = shapes.assign(gemeente=shapes["gemeentecode"].fillna(shapes["wijkcode"].str[2:6]))
    lines = borders_of_gemeenten[["gemeente", "geometry"]].dissolve("gemeente").boundary
    for axes, name in ((left, "map_difference"), (right, "map_expected")):
        lines.plot(ax=axes, color="#555555", linewidth=0.25, zorder=3)
        axes.set_title(text(name), pad=3)
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.margins(0.01)
    _difference_key(keys[0], text, interval)
    _expected_key(keys[1], text, edges, gaps=not (known & filled).all(), unsure=bool(unsure.any()))
    return sheet


def _draw(axes: Axes, shapes: "gpd.GeoDataFrame", colours: pd.Series, hatches: Mapping[str, np.ndarray]) -> None:
    """Fill every wijk; hatch some: without figures, suppressed, border not confirmed."""
    shapes.plot(ax=axes, color=colours.to_numpy(), edgecolor=colours.to_numpy(), linewidth=0.15, aspect=None)
    for hatch, where in hatches.items():
        if where.any():  # as one shape: a hatch for every wijk apart takes seconds
            whole = shapes[where][["geometry"]].dissolve()
            whole.plot(ax=axes, facecolor="none", hatch=hatch, edgecolor="#777777", linewidth=0, aspect=None, zorder=2)


def _key_axes(axes: Axes) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 5))
    axes.set_axis_off()


def _difference_key(axes: Axes, text: Texts, interval: str) -> None:
    """The palette as a tree: fewer classes where less is certain."""
    _key_axes(axes)
    for y, row, name in ((3.4, CLEAR, "map_clear"), (2.6, PROBABLE, "map_probable"), (1.8, UNCERTAIN, "map_uncertain")):
        width = 6.5 / len(row)
        for i, colour in enumerate(row.values()):
            axes.add_patch(
                Rectangle((3 + i * width, y), width, 0.75, facecolor=colour, edgecolor="white", linewidth=0.8)
            )
        axes.text(2.8, y + 0.37, text(name), ha="right", va="center", size=7.5)
    large = text.number(LARGE)
    ends = (f"\N{MINUS SIGN}{large}", text("als verwacht"), f"+{large}")
    for x, label in zip((3 + 1.3, 3 + 3.25, 3 + 5.2), ends, strict=True):
        axes.text(x, 4.3, label, ha="center", va="bottom", size=7)
    axes.text(3, 4.3, text("lager"), ha="left", va="bottom", size=7)
    axes.text(9.5, 4.3, text("hoger"), ha="right", va="bottom", size=7)
    signs: list[tuple[float, str, dict[str, Any]]] = [
        (0.2, text("map_suppressed"), {"hatch": "///////", "edgecolor": "#777777", "linewidth": 0}),
        (5.2, text("map_outside", interval=interval), {"edgecolor": INK, "linewidth": 1.1}),
    ]
    for x, label, look in signs:
        axes.add_patch(
            Rectangle((x, 0.5), 0.75, 0.65, facecolor=UNCERTAIN["onzeker"] if "hatch" in look else EMPTY, **look)
        )
        axes.text(x + 0.95, 0.82, label, va="center", size=7.5)


def _expected_key(axes: Axes, text: Texts, edges: np.ndarray, *, gaps: bool, unsure: bool) -> None:
    _key_axes(axes)
    for i, colour in enumerate(SHADES[: len(edges) + 1]):
        axes.add_patch(Rectangle((1 + 1.6 * i, 3.4), 1.6, 0.75, facecolor=colour, edgecolor="white", linewidth=0.8))
    for i, edge in enumerate(edges):
        axes.text(2.6 + 1.6 * i, 3.25, text.number(edge, 1), ha="center", va="top", size=7.5)
    axes.text(1, 4.3, text("map_expected_unit"), va="bottom", size=7)
    for x, shown, hatch, name in ((0.2, gaps, "......", "map_empty"), (5.2, unsure, "xxxxx", "map_unconfirmed")):
        if shown:
            look: dict[str, Any] = {"facecolor": EMPTY, "hatch": hatch, "edgecolor": "#777777", "linewidth": 0}
            axes.add_patch(Rectangle((x, 0.5), 0.75, 0.65, **look))
            axes.text(x + 0.95, 0.82, text(name), va="center", size=7.5)
