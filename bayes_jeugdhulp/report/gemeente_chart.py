"""The wijken of one gemeente in their order, and their differences drawn as dots with intervals on a page."""

from typing import Any

import numpy as np
import pandas as pd

from bayes_jeugdhulp.report.style import COLOURS
from bayes_jeugdhulp.report.texts import Texts

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
GREY = "#555555"


def in_order(wijken: pd.DataFrame) -> pd.DataFrame:
    """Published wijken by their difference, the highest first; then the others by code, for those get no place."""
    published = wijken["observed_state"] == "published"
    ordered = wijken[published].sort_values("difference_points", ascending=False, kind="stable")
    return pd.concat([ordered, wijken[~published].sort_values("wijkcode")])


def axis_ends(wijken: pd.DataFrame, band: float) -> tuple[float, float]:
    """Ends of the axis: of nearly all intervals, so that one extreme wijk does not press the others together."""
    low, high = wijken["difference_low"], wijken["difference_high"]
    usual = 1.5 * float(pd.concat([-low, high]).quantile(0.9))
    lowest, highest = min(float(low.min()), -2 * band), max(float(high.max()), 2 * band)
    return max(lowest, -max(usual, 6.0)), min(highest, max(usual, 6.0))


class Axis:
    """Draws differences on one scale, a cell of the table at a time."""

    def __init__(self, low: float, high: float, band: float, width: float, scale: float):
        self.low, self.high, self.band, self.width, self.scale = low, high, band, width, scale

    def at(self, value: float) -> float:
        """Place of a difference, in points from the left of the cell."""
        return float(6 + (value - self.low) / (self.high - self.low) * (self.width - 12))

    def _cell(self, height: float) -> Any:
        from reportlab.graphics.shapes import Drawing, Line, Rect
        from reportlab.lib.colors import HexColor

        drawing = Drawing(self.width, height)
        if self.band:
            left, right = self.at(-self.band), self.at(self.band)
            drawing.add(Rect(left, 0, right - left, height, fillColor=HexColor("#ECECEC"), strokeColor=None))
        drawing.add(Line(self.at(0), 0, self.at(0), height, strokeColor=HexColor("#888888"), strokeWidth=0.5))
        return drawing

    def head(self, text: Texts) -> Any:
        """The axis: its name and a few values."""
        from reportlab.graphics.shapes import String
        from reportlab.lib.colors import HexColor

        height = 8.6 * 2.83 * self.scale
        drawing = self._cell(3 * self.scale)
        drawing.height = height
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if (self.high - self.low) / s <= 7)
        for value in np.arange(np.ceil(self.low / step) * step, self.high + 1e-9, step):
            place: dict[str, Any] = {"textAnchor": "middle", "fontName": FONT, "fontSize": 6.5 * self.scale}
            label = text.points(value).removesuffix(",0").removesuffix(".0")
            drawing.add(String(self.at(value), 4 * self.scale, label, fillColor=HexColor(GREY), **place))
        place = {"textAnchor": "middle", "fontName": BOLD, "fontSize": 7.2 * self.scale}
        drawing.add(String(self.width / 2, height - 8 * self.scale, text("one_axis"), **place))
        return drawing

    def row(self, wijk: Any, text: Texts, height: float) -> Any:
        """Dot and interval of one wijk, in a row of this height; beyond the axis, the difference in digits."""
        from reportlab.graphics.shapes import Circle, Line, String
        from reportlab.lib.colors import HexColor, white

        drawing = self._cell(height)
        colour = HexColor("#9A9A9A" if wijk.status == "geen uitspraak" else COLOURS[wijk.status])
        middle, published = height / 2, wijk.observed_state == "published"
        ends = np.clip([wijk.difference_low, wijk.difference_high], self.low, self.high)
        if published and not self.low <= wijk.difference_points <= self.high:
            above, size = wijk.difference_points > self.high, 6.8 * self.scale
            label, anchor = text.points(wijk.difference_points), "end" if above else "start"
            look = {"fontName": BOLD, "fontSize": size, "fillColor": colour, "textAnchor": anchor}
            drawing.add(String(self.at(self.high if above else self.low), middle - size / 3, label, **look))
            room = 0.2 * (self.high - self.low)  # for the digits
            ends = np.clip(ends, self.low + (0 if above else room), self.high - (room if above else 0))
        line = Line(
            self.at(ends[0]), middle, self.at(ends[1]), middle, strokeColor=colour, strokeWidth=1.1 * self.scale
        )
        line.strokeDashArray = None if published else [1.5, 1.5]
        drawing.add(line)
        if published and self.low <= wijk.difference_points <= self.high:
            face = colour if wijk.outside_interval in ("hoger", "lager") else white
            dot = {"strokeColor": colour, "strokeWidth": 1, "fillColor": face}
            drawing.add(Circle(self.at(wijk.difference_points), middle, 2.1 * self.scale, **dot))
        return drawing
