"""One look for every figure: a finding on top, the picture, then what it is and where it comes from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter

from bayes_jeugdhulp.report.texts import Texts

# Orange and purple stay apart for every kind of colour blindness, and neither says good or bad as red and green do.
HIGHER, LOWER, NEUTRAL, FAINT, INK = "#c2570c", "#5b3a96", "#8a8a8a", "#c9c9c9", "#222222"
WARNING = "#9b1c1c"
COLOURS: Mapping[str, str] = {"hoger": HIGHER, "lager": LOWER, "als verwacht": "#4d4d4d", "geen uitspraak": FAINT}
Settings = dict[str, Any]
WIDTH = 7.2  # inches: a page of A4 between its margins
EDGE = 0.15
LOOK: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so a figure is the same everywhere
    "font.size": 8.5,
    "axes.edgecolor": "#777777",
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.fontsize": 8,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.35,
    "svg.hashsalt": "bayes_jeugdhulp",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around a picture.

    Parameters
    ----------
    title : str
        The finding, in one sentence.
    subtitle : str
    caption : sequence of str
        Paragraphs below the picture.
    source : str
    simulated, invented : str, default ""
        Word written across a figure of invented data, and the sentence below it.
    stamp : str, default ""
        Warning of an overridden check.
    """

    title: str
    subtitle: str
    caption: Sequence[str]
    source: str
    simulated: str = ""
    invented: str = ""
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A figure with its words in place, and the room left between them."""

    figure: Figure
    words: Words
    bottom: float
    top: float

    def axes(
        self, margins: tuple[float, float, float, float], rows: int = 1, columns: int = 1, **spacing: Any
    ) -> list[Axes]:
        """Axes in the room between the words; margins left, right, bottom and top in inches."""
        width, height = self.figure.get_size_inches()
        left, right, bottom, top = margins
        sides = {"left": left / width, "right": 1 - right / width}
        ends = {"bottom": self.bottom + bottom / height, "top": self.top - top / height}
        grid = self.figure.add_gridspec(rows, columns, **sides, **ends, **spacing)
        return [self.figure.add_subplot(grid[i]) for i in range(rows * columns)]

    def save(self, directory: Path, name: str, formats: Sequence[str]) -> list[Path]:
        """Write the figure in each format, with its words in the file's own metadata."""
        paths = []
        for suffix in formats:
            path = directory / f"{name}.{suffix}"
            self.figure.savefig(path, metadata=_metadata(self.words, suffix))
            if suffix == "svg":
                path.write_text(_rounded_paths(path.read_text(encoding="utf-8")), encoding="utf-8")
            paths.append(path)
        return paths


def _rounded_paths(svg: str) -> str:
    """Coordinates to a hundredth of a point: six decimals double the file of a map."""
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)


def page(words: Words, body: float, dpi: int = 200) -> Page:
    """Set out the words of a figure around a picture.

    Parameters
    ----------
    words : Words
    body : float
        Height of the picture in inches.
    dpi : int, default 200
    """
    blocks = {
        "stamp": (_lines(words.stamp, 8.5, bold=True), 8.5),
        "title": (_lines(words.title, 12.5, bold=True, balanced=True), 12.5),
        "subtitle": (_lines(words.subtitle, 9, balanced=True), 9),
        "caption": ([line for part in [*words.caption, words.source] for line in _lines(part, 7.5)], 7.5),
        "invented": (_lines(words.invented, 7.5, bold=True), 7.5),
    }
    heights = {key: len(lines) * size * 1.32 / 72 for key, (lines, size) in blocks.items()}
    gap = 0.09
    height = 2 * EDGE + sum(heights.values()) + body + 2 * gap + (gap + 0.12 if words.stamp else 0)
    figure = Figure(figsize=(WIDTH, height), dpi=dpi)
    y = height - EDGE

    def write(key: str, **settings: Any) -> None:
        nonlocal y
        lines, size = blocks[key]
        where = (EDGE / WIDTH, y / height)
        figure.text(*where, "\n".join(lines), size=size, va="top", linespacing=1.25, **settings)
        y -= heights[key]

    if words.stamp:
        y -= 0.06
        write("stamp", weight="bold", color="white", bbox={"facecolor": WARNING, "edgecolor": "none", "pad": 4})
        y -= gap + 0.06
    write("title", weight="bold")
    y -= gap / 2
    write("subtitle", color="#444444")
    top = y - gap / 2
    y = EDGE + heights["caption"] + heights["invented"]
    bottom = y + gap
    write("caption", color="#555555")
    write("invented", weight="bold", color=WARNING)
    if words.simulated:
        middle = (bottom + top) / 2 / height
        across: Settings = {"rotation": 28, "ha": "center", "va": "center", "zorder": 10}
        size = min(54.0, 17 * body)  # what fits a picture of this height
        figure.text(0.5, middle, words.simulated, size=size, weight="bold", color=WARNING, alpha=0.13, **across)
    return Page(figure, words, bottom / height, top / height)


def _lines(paragraph: str, size: float, bold: bool = False, balanced: bool = False) -> list[str]:
    """Wrap to the page by the true width of the words; balanced lines are about equally long."""
    font = FontProperties(family=LOOK["font.family"], size=size, weight="bold" if bold else "normal")
    measured = [(word, _points(word, font)) for word in paragraph.split()]
    space, room = _points("n n", font) - _points("nn", font), (WIDTH - 2 * EDGE) * 72

    def wrap(width: float) -> list[str]:
        lines: list[str] = []
        used = np.inf
        for word, length in measured:
            if used + space + length > width:
                lines.append(word)
                used = length
            else:
                lines[-1] += f" {word}"
                used += space + length
        return lines

    lines = wrap(room)
    while balanced and len(lines) > 1 and len(wrap(room - 5)) == len(lines):
        room -= 5
        lines = wrap(room)
    return lines


def _points(word: str, font: FontProperties) -> float:
    return float(text_to_path.get_text_width_height_descent(word, font, ismath=False)[0])


def _metadata(words: Words, suffix: str) -> dict[str, Any]:
    about = " ".join(filter(None, [words.stamp, words.invented, words.subtitle, *words.caption]))
    if suffix == "png":
        return {
            "Title": words.title,
            "Description": about,
            "Source": words.source,
            "Simulated": words.simulated or "no",
            "Warning": words.stamp or "no",
        }
    keywords = ", ".join(filter(None, [words.simulated, words.stamp]))
    if suffix == "svg":
        return {"Title": words.title, "Description": about, "Source": words.source, "Keywords": keywords, "Date": None}
    if suffix == "pdf":
        subject = f"{about} {words.source}"
        return {"Title": words.title, "Subject": subject, "Keywords": keywords, "CreationDate": None}
    return {}


def look() -> Any:
    """Context in which figures get this look, whatever the user's own matplotlib settings are."""
    return matplotlib.rc_context(LOOK)


def numbers(axes: Axes, text: Texts, which: str = "both", signed: bool = False) -> None:
    """Write an axis in the number notation of the language."""

    def written(value: float, _: object) -> str:
        return ("+" if signed and value > 0 else "") + text.short(round(value, 9))

    for axis in ["x", "y"] if which == "both" else [which]:
        getattr(axes, f"{axis}axis").set_major_formatter(FuncFormatter(written))


def words(metadata: Mapping[str, Any], text: Texts, title: str, subtitle: str, *caption: str) -> Words:
    """The words of one figure, with what every figure must say; empty paragraphs are left out."""
    simulated, source = bool(metadata["simulated"]), metadata["attribution"].strip().rstrip(".")
    source = source.removeprefix("Bron:").removeprefix("Source:").strip()
    source = text("source", source=source) if source else text("no_source")
    year = "" if metadata["year"] is None else text("year", year=str(metadata["year"]))
    return Words(
        title=title,
        subtitle=subtitle,
        caption=[part for part in caption if part] + [f"{text('reference')} {text('caution')}"],
        source=f"{source} {year}".strip(),
        simulated=text("simulated") if simulated else "",
        invented=text("simulated_note") if simulated else "",
        stamp=text.stamp(metadata),
    )


def unchecked(wijken: pd.DataFrame) -> bool:
    """Whether nothing is concluded of any wijk because the gate did not pass: then "none is higher" is no finding."""
    return bool((wijken["status_reason"] == "controle niet geslaagd").all())


def finding(wijken: pd.DataFrame, text: Texts) -> str:
    """How many wijken are clearly higher and lower, as a title: both directions are always told."""
    if unchecked(wijken):
        return text("unchecked")
    higher, lower = (int((wijken["status"] == status).sum()) for status in ("hoger", "lager"))
    if len(wijken) == 1:
        return text("finding_one", status=text(wijken["status"].iloc[0]))
    if not higher + lower:
        return text("finding_none", total=len(wijken))
    first, n = ("hoger", higher) if higher else ("lager", lower)
    rest = ("lager_n" if lower else "lager_0") if higher else "hoger_0"
    other = text(f"finding_and_{rest}", n=lower)
    return f"{text.count(f'finding_{first}', n, total=len(wijken))}, {other}"
