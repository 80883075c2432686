"""The figure of one gemeente: the difference of each of its wijken with its interval."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayes_jeugdhulp.report.gemeente_chart import axis_ends, in_order
from bayes_jeugdhulp.report.lists import records
from bayes_jeugdhulp.report.style import COLOURS, INK, NEUTRAL, Page, Settings, finding, numbers, page, words
from bayes_jeugdhulp.report.texts import Texts, relative

LINE = 0.185  # inches a wijk


def gemeente_differences(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> Page:
    """Dot and interval of every wijk of one gemeente, the highest published one first, hidden ones below, unordered."""
    ordered = in_order(wijken)
    band = 0.0 if relative(metadata) else float(metadata["margin"])
    low, high = axis_ends(ordered, band)
    n = {status: int((ordered["status"] == status).sum()) for status in COLOURS}
    found = finding(ordered, text)
    title = text("one_title", gemeente=ordered["gemeentenaam"].iloc[0], finding=f"{found[0].lower()}{found[1:]}")
    written = {"interval": text.share(metadata["interval"]), "margin": text.margin(metadata)}
    how = text("one_how" if band else "one_how_relative", **written)
    counts = text("differences_subtitle", expected=n["als verwacht"], unknown=n["geen uitspraak"])
    sheet = page(words(metadata, text, title, counts, how), body=LINE * len(ordered) + 0.75)
    (axes,) = sheet.axes((2.5, 1.25, 0.5, 0.1))
    axes.set(xlim=(low - 0.2, high + 0.2), ylim=(len(ordered) - 0.4, -0.6), yticks=[], xlabel=text("points"))
    axes.axvspan(-band, band, color="#ececec", linewidth=0)
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.spines["left"].set_visible(False)
    side: Settings = {"transform": axes.get_yaxis_transform(), "va": "center", "size": 8}
    instead = {"suppressed": text("one_hidden"), "missing": text("one_missing")}
    for y, wijk in enumerate(records(ordered)):
        colour = NEUTRAL if wijk.status == "geen uitspraak" else COLOURS[wijk.status]
        published, inside = wijk.observed_state == "published", low <= wijk.difference_points <= high
        ends = np.clip([wijk.difference_low, wijk.difference_high], low, high)
        if inside or not published:
            axes.plot(ends, [y, y], color=colour, linewidth=1.4, linestyle="-" if published else ":")
        if published and inside:
            face = colour if wijk.outside_interval in ("hoger", "lager") else "white"
            axes.plot(wijk.difference_points, y, marker="o", markersize=5, markerfacecolor=face, color=colour)
        if published and not inside:
            above = wijk.difference_points > high
            digits: Settings = {"ha": "right" if above else "left", "va": "center", "size": 8, "weight": "bold"}
            axes.text(high if above else low, y, text.points(wijk.difference_points), color=colour, **digits)
        axes.text(-0.02, y, _short(wijk.wijknaam), ha="right", **side)
        said = text(wijk.status) if published else instead[wijk.observed_state]
        axes.text(1.02, y, said, ha="left", color=INK if wijk.status == "geen uitspraak" else colour, **side)
    numbers(axes, text, "x", signed=True)
    return sheet


def _short(name: str, longest: int = 36) -> str:
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
