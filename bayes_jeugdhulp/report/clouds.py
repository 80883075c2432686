"""Figures with a point for every published wijk: actual against expected use, and the funnel."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from bayes_jeugdhulp.report.sentences import outside_sentence
from bayes_jeugdhulp.report.style import HIGHER, INK, LOWER, NEUTRAL, Page, Settings, numbers, page, words
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results.funnel import limit, overdispersion

TICKS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def drawable(wijken: pd.DataFrame, text: Texts) -> tuple[pd.DataFrame, str]:
    """Wijken with a published figure and an expectation, and a sentence that counts the others by reason."""
    published = wijken["observed_state"] == "published"
    judged = wijken["expected_loo_pct"].notna()
    left_out = {
        "suppressed": int((wijken["observed_state"] == "suppressed").sum()),
        "missing": int((wijken["observed_state"] == "missing").sum()),
        "unjudged": int((published & ~judged).sum()),
    }
    parts = "; ".join(text.count(key, n) for key, n in left_out.items() if n)
    return wijken[published & judged], text("not_drawn", parts=parts) if parts else ""


def faint(points: int) -> str:
    """Opacity, as two hexadecimal digits, at which so many points neither vanish nor run together."""
    return f"{int(255 * np.interp(points, [100, 2000], [0.6, 0.28])):02x}"


def observed_against_expected(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> Page:
    """Actual use of every published wijk against its leave-one-out expectation."""
    drawn, left_out = drawable(wijken, text)
    x, y = drawn["expected_loo_pct"].to_numpy(), drawn["observed_pct"].to_numpy()
    explained = 1 - ((y - x) ** 2).sum() / max(((y - y.mean()) ** 2).sum(), 1e-12) if len(drawn) else 0.0
    share = text.number(100 * explained)
    title = text("scatter_title", share=share) if explained > 0 else text("scatter_title_none")
    subtitle = outside_sentence(wijken, metadata, text)
    sheet = page(words(metadata, text, title, subtitle, f"{text('scatter_caption')} {left_out}"), body=4.7)
    (axes,) = sheet.axes((0.6, 1.75, 0.5, 0.05))

    def area(youths: Any) -> Any:
        return 2 + np.asarray(youths) / 55

    marks = {"binnen": (NEUTRAL, "o", "within"), "hoger": (HIGHER, "^", "above"), "lager": (LOWER, "v", "below")}
    handles = []
    for flag, (colour, marker, label) in marks.items():
        here = drawn[drawn["outside_interval"] == flag]
        inside = flag == "binnen"
        axes.scatter(
            here["expected_loo_pct"],
            here["observed_pct"],
            s=area(here["youths"]),
            facecolors=colour + (faint(len(drawn)) if inside else "99"),
            edgecolors="none" if inside else INK,
            linewidths=0.5,
            marker=marker,
        )
        face: Settings = {"markerfacecolor": colour + "99", "markeredgecolor": "none" if inside else INK}
        handles.append(Line2D([], [], linestyle="", marker=marker, markersize=6, label=text(label), **face))
    for youths in (300, 1000, 3000):
        size: Settings = {"markersize": area(youths) ** 0.5, "label": text("size", youths=youths)}
        handles.append(Line2D([], [], linestyle="", marker="o", color=NEUTRAL + "80", markeredgecolor="none", **size))
    if len(drawn):
        low, high = 0.0, float(max(x.max(), y.max()))
        axes.set(xlim=(max(0.0, x.min() - 1), x.max() + 1), ylim=(low, high * 1.04))
        axes.axline((0, 0), slope=1, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
        along: Settings = {"rotation": 45, "rotation_mode": "anchor", "transform_rotates_text": True}
        axes.text(axes.get_xlim()[1], axes.get_xlim()[1], text("equal") + " ", ha="right", va="bottom", **along)
    axes.set(xlabel=text("expected_axis"), ylabel=text("observed_axis"))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, labelspacing=0.9)
    numbers(axes, text)
    return sheet


def funnel(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts) -> Page:
    """Gap between actual and expected use against the number of youths, with limits that allow for overdispersion."""
    drawn, left_out = drawable(wijken, text)
    youths, expected = drawn["youths"].to_numpy(float), drawn["expected_loo_pct"].to_numpy()
    gap = drawn["gap_points"].to_numpy()
    variance = expected * (100 - expected) / youths  # binomial, in points squared
    tau2 = overdispersion(gap, variance) if len(drawn) > 1 else 0.0
    mean = float(np.average(expected, weights=youths)) if len(drawn) else 0.0
    quarters = pd.Series(youths).rank(pct=True).to_numpy()
    small, large = (float(np.median(np.abs(gap[q]))) if q.any() else 0.0 for q in (quarters <= 0.25, quarters > 0.75))
    title = (
        text("funnel_title", small=text.number(small, 1), large=text.number(large, 1))
        if round(small, 1) > round(large, 1)
        else text("funnel_title_flat")
    )
    selection = text("funnel_selection") if (wijken["observed_state"] == "suppressed").any() else ""
    how = f"{text('funnel_caption', mean=text.number(mean, 1))} {selection} {left_out}"
    clear = text("clear", margin=text.margin(metadata))
    sheet = page(words(metadata, text, title, text("funnel_subtitle"), how, clear), body=4.4)
    (axes,) = sheet.axes((0.6, 0.85, 0.5, 0.05))
    for status, colour, marker, label in (
        (("als verwacht", "geen uitspraak"), NEUTRAL, "o", "other"),
        (("hoger",), HIGHER, "^", "clearly_higher"),
        (("lager",), LOWER, "v", "clearly_lower"),
    ):
        here = drawn[drawn["status"].isin(status)]
        grey = label == "other"
        axes.scatter(
            here["youths"],
            here["gap_points"],
            s=7 if grey else 26,
            color=colour + (faint(len(drawn)) if grey else ""),
            edgecolors="none" if grey else "white",
            linewidths=0.4,
            marker=marker,
            label=text(label),
            zorder=2 if grey else 3,
        )
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xscale("log")
    if len(drawn):
        ends = youths.min() / 1.15, youths.max() * 1.15
        size = np.geomspace(*ends, 200)
        for probability, style, label in ((0.95, (0, (4, 2)), "funnel_inner"), (0.998, "-", "funnel_outer")):
            half = limit(mean * (100 - mean) / size, tau2, probability)
            for side in (half, -half):
                axes.plot(size, side, color=INK, linewidth=0.8, linestyle=style, zorder=4)
            where: Settings = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "size": 7.5}
            axes.annotate(text(label), (ends[1], half[-1]), annotation_clip=False, **where)
        lowest = -limit(mean * (100 - mean) / size, tau2, 0.998)[0]
        axes.set(xlim=ends, ylim=(max(lowest, gap.min() * 1.1 - 1), gap.max() * 1.08 + 1))
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel=text("youths_axis"), ylabel=text("gap_axis"))
    axes.legend(loc="upper right", handletextpad=0.2)
    numbers(axes, text, "x")
    numbers(axes, text, "y", signed=True)
    return sheet
