"""Figures with wijken in an order: the surest deviations, and the ranks with what they leave open."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from bayes_jeugdhulp.report.style import COLOURS, INK, Page, Settings, finding, numbers, page, unchecked, words
from bayes_jeugdhulp.report.texts import Texts, relative

LISTED = 10
PROBABILITY = {"hoger": "prob_higher", "lager": "prob_lower"}
HEAD = {"hoger": "higher", "lager": "lower"}


def listed(wijken: pd.DataFrame, status: str) -> pd.DataFrame:
    """All wijken that may stand in a top list: this status and a published figure, the most probable first."""
    part = wijken[(wijken["status"] == status) & (wijken["observed_state"] == "published")]
    part = part.assign(probability=part[PROBABILITY[status]], size=part["difference_points"].abs())
    return part.sort_values(["probability", "size"], ascending=False, kind="stable")


def differences(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> Page:
    """The wijken that are most surely higher and lower than expected, each with interval, probability and rank."""
    n = {status: int((wijken["status"] == status).sum()) for status in COLOURS}
    lists = {status: listed(wijken, status) for status in PROBABILITY}
    shown = {status: part.head(LISTED) for status, part in lists.items()}
    interval = text.share(metadata["interval"])
    band = 0.0 if relative(metadata) else float(metadata["margin"])  # a relative margin differs for every wijk
    title, refused = finding(wijken, text), unchecked(wijken)
    subtitle = text("differences_subtitle", expected=n["als verwacht"], unknown=n["geen uitspraak"])
    ranked = int(np.nanmax([len(wijken), wijken["rank_high"].max()]))
    written = {"margin": text.margin(metadata), "band": text("margin_band") if band else ""}
    caption = text("differences_caption", interval=interval, ranked=ranked, **written)
    clear = text("clear", margin=text.margin(metadata))
    rows = [max(len(part), 1) + 2.4 for part in shown.values()]
    sheet = page(words(metadata, text, title, subtitle, caption, clear), body=sum(rows) * 0.2 + 0.75)
    panels = sheet.axes((2.85, 1.3, 0.75, 0), rows=2, height_ratios=rows, hspace=0)
    both = pd.concat([part[["difference_low", "difference_high"]] for part in shown.values()])
    ends = np.array([np.nanmin([-2 * band, *both["difference_low"]]), np.nanmax([2 * band, *both["difference_high"]])])
    for axes, (status, part) in zip(panels, shown.items(), strict=True):
        axes.set(xlim=ends + np.array([-0.04, 0.04]) * np.ptp(ends), ylim=(max(len(part), 1) - 0.4, -2.8), yticks=[])
        axes.axvspan(-band, band, color="#ececec", linewidth=0)
        axes.axvline(0, color=INK, linewidth=0.7)
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(axes is panels[1])
        side: Settings = {"transform": axes.get_yaxis_transform(), "va": "center"}
        axes.text(-0.885, -1.75, text(f"{HEAD[status]}_head"), weight="bold", size=9, color=COLOURS[status], **side)
        for x, head in ((1.17, "chance_head"), (1.42, "rank_head")):
            axes.text(x, -1.75, text(head) if len(part) else "", size=7.5, color="#555555", ha="right", **side)
        note = (
            _note(n[status], len(lists[status]), text)
            if n[status]
            else text("geen uitspraak" if refused else f"{HEAD[status]}_none")
        )
        axes.text(-0.885, -0.95 if len(part) else -0.4, note, size=7.5, color="#555555", **side)
        for y, wijk in enumerate(records(part)):
            line: Settings = {"color": COLOURS[status], "zorder": 3}
            axes.plot([wijk.difference_low, wijk.difference_high], [y, y], linewidth=1.6, **line)
            face = COLOURS[status] if wijk.outside_interval == status else "white"
            axes.plot(wijk.difference_points, y, marker="o", markersize=5.5, markerfacecolor=face, **line)
            axes.text(-0.02, y, wijk_label(wijk), ha="right", size=8, **side)
            axes.text(1.17, y, text.chance(wijk.probability), ha="right", size=8, **side)
            axes.text(1.42, y, rank_span(wijk, text), ha="right", size=8, **side)
    panels[0].tick_params(axis="x", length=0, labelbottom=False)
    panels[1].set_xlabel(text("points"))
    numbers(panels[1], text, "x", signed=True)
    dot: Settings = {"marker": "o", "color": "#555555", "linestyle": "", "markersize": 5.5}
    filled = Line2D([], [], label=text("outside", interval=interval), **dot)
    hollow = Line2D([], [], label=text("inside"), markerfacecolor="white", **dot)
    place: Settings = {"loc": "lower right", "bbox_to_anchor": (1.42, -0.75 / (rows[1] * 0.2)), "ncols": 2}
    if len(both):
        panels[1].legend(handles=[filled, hollow], handletextpad=0.1, columnspacing=1, borderpad=0, **place)
    return sheet


def _note(total: int, named: int, text: Texts) -> str:
    """How a top list relates to all wijken of its status."""
    note = text("top", shown=LISTED, n=named) if named > LISTED else text("all_shown")
    return note if named == total else f"{note}; {text('unnamed', n=total - named)}"


def records(part: pd.DataFrame) -> Any:
    """Rows with the columns as attributes; their types are those of the table."""
    return part.itertuples(index=False)


def wijk_label(wijk: Any, longest: int = 40) -> str:
    """Name of a wijk with its gemeente, cut where it does not fit."""
    label = f"{wijk.wijknaam} ({wijk.gemeentenaam})"
    return label if len(label) <= longest else label[: longest - 1].rstrip(" (-") + "\N{HORIZONTAL ELLIPSIS}"


def rank_span(wijk: Any, text: Texts) -> str:
    """Interval of a rank, as 3-120."""
    return f"{text.number(wijk.rank_low)}\N{EN DASH}{text.number(wijk.rank_high)}"


def ranks(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> Page:
    """Rank intervals of all wijken in order, and by name those that are most surely higher than expected."""
    ranked = wijken.dropna(subset="expected_rank").sort_values("expected_rank", kind="stable")
    named = listed(wijken, "hoger").head(LISTED)
    total = int(max(len(ranked), ranked["rank_high"].max())) if len(ranked) else 0  # ranks may be those of more wijken
    interval = text.share(metadata["interval"])
    width = int((ranked["rank_high"] - ranked["rank_low"] + 1).median()) if total else 0
    title = text(
        "ranks_title" if width > total / 3 else "ranks_title_sharp", interval=interval, width=width, total=total
    )
    caption = text("ranks_caption", interval=interval)
    clear = text("clear", margin=text.margin(metadata))
    below = len(named) * 0.2 + 0.8 if len(named) else 0.0
    sheet = page(words(metadata, text, title, text("ranks_subtitle"), caption, clear), body=3.7 + below)
    (axes,) = sheet.axes((0.7, 0.2, below + 0.3, 0.05))
    order, thin = np.arange(1, len(ranked) + 1), min(2.0, max(0.35, 300 / max(len(ranked), 1)))
    for status, colour in COLOURS.items():
        here = (ranked["status"] == status).to_numpy()
        line: Settings = {"color": colour, "linewidth": max(thin, 0.8) if status in PROBABILITY else thin}
        axes.vlines(order[here], ranked["rank_low"][here], ranked["rank_high"][here], **line)
    axes.plot(order, ranked["expected_rank"], color=INK, linewidth=1, zorder=4)
    axes.set(
        xlim=(0, len(ranked) + 1), ylim=(total + 1, 0), xticks=[], yticks=_rank_ticks(total), ylabel=text("ranks_axis")
    )
    axes.set_xlabel(text("ranks_order", n=len(ranked)))
    handles = [Line2D([], [], color=colour, linewidth=4, label=text(status)) for status, colour in COLOURS.items()]
    handles.append(Line2D([], [], color=INK, linewidth=1, label=text("ranks_expected")))
    axes.legend(handles=handles, loc="upper right", frameon=True, framealpha=0.85, edgecolor="none")
    numbers(axes, text, "y")
    if len(named):
        _named_ranks(sheet, named, total, below, text)
    return sheet


def _named_ranks(sheet: Page, named: pd.DataFrame, total: int, height: float, text: Texts) -> None:
    body = (sheet.top - sheet.bottom) * sheet.figure.get_size_inches()[1]
    (axes,) = sheet.axes((2.85, 0.85, 0.45, body - height + 0.3))
    side: Settings = {"transform": axes.get_yaxis_transform(), "va": "center", "size": 8}
    end = int(min(total, np.ceil(1.05 * named["rank_high"].max())))
    axes.text(-0.77, -1.2, text.count("ranks_named", len(named)), **side | {"size": 9, "weight": "bold"})
    for y, wijk in enumerate(records(named)):
        axes.hlines(y, wijk.rank_low, wijk.rank_high, color=COLOURS["hoger"], linewidth=2.2)
        axes.plot(wijk.expected_rank, y, marker="o", markersize=4.5, color=INK, clip_on=False)
        axes.text(-0.02, y, wijk_label(wijk), ha="right", **side)
        axes.text(1.2, y, rank_span(wijk, text), ha="right", **side)
    axes.set(xlim=(1, max(end, 2)), ylim=(len(named) - 0.4, -0.6), yticks=[], xticks=_rank_ticks(end))
    axes.set_xlabel(text("ranks_zoom", shown=end, total=total))
    axes.spines["left"].set_visible(False)
    numbers(axes, text, "x")


def _rank_ticks(total: int) -> list[int]:
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if total / s <= 7), 10_000)
    return [1, *range(step, total + 1, step)] if step > 1 else list(range(1, total + 1))
