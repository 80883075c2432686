"""One gemeente on one or two pages of A4, as a PDF to send along with a letter."""

import os
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayes_jeugdhulp.errors import DataError, unknown_gemeenten
from bayes_jeugdhulp.files import check_writable, replacing
from bayes_jeugdhulp.report.gemeente_chart import BOLD, FONT, GREY, Axis, axis_ends, in_order
from bayes_jeugdhulp.report.lists import records
from bayes_jeugdhulp.report.sentences import cautions, gemeente_sentences, provenance, wijk_sentences
from bayes_jeugdhulp.report.style import COLOURS, INK, WARNING, finding, unchecked
from bayes_jeugdhulp.report.texts import Texts, relative
from bayes_jeugdhulp.results.disclosure import guard

if TYPE_CHECKING:
    from bayes_jeugdhulp.results import Results

WITHIN = "_within_gemeente"
# Letters shrink a little where that saves a page, and more until two pages hold a gemeente with many wijken.
SCALES = {1: (1.0, 0.94, 0.88), 2: (1.0, 0.88, 0.78, 0.69, 0.61)}
SHOWN_AS_SENTENCE = 12
CHART = 53.0  # millimetres
# behind a number of youths that the source did not give
MARKS = {"given": "", "derived": " a", "recovered": " d", "guessed": " \N{ALMOST EQUAL TO}"}


def write_gemeente_pages(
    results: "Results",
    directory: str | os.PathLike[str],
    codes: Sequence[str] | None = None,
    language: str = "nl",
) -> list[Path]:
    """Write a PDF for each of some gemeenten.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    directory : path
        Made when absent; its parent must exist.
    codes : sequence of str, optional
        Such as GM0518; default all gemeenten of the result.
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    list of Path
        ``GM0518.pdf`` and so on.

    Raises
    ------
    DataError
        If a code does not occur.
    DisclosureError
        If a table would give a suppressed count away; then nothing is written.
    ValueError
        If there are no texts in this language.
    """
    text = Texts(language)
    known = results.gemeenten["gemeentecode"].tolist()
    codes = known if codes is None else codes
    if unknown := unknown_gemeenten(codes, known, results.metadata["title"]):
        raise DataError(unknown)
    guard(results)
    directory = check_writable(directory, directory=True)
    directory.mkdir(exist_ok=True)
    _register_fonts()
    said = {"wijken": wijk_sentences(results, language=language, beside=False)}
    said |= {"gemeenten": gemeente_sentences(results, language)}
    totals = results.gemeenten.set_index("gemeentecode")
    short = results.wijken.rename(columns=lambda name: name.removesuffix(WITHIN))
    paths = []
    for code in codes:
        wijken = in_order(short[short["gemeentecode"] == code])
        path = directory / f"{code}.pdf"
        with replacing(path) as part:
            _write(part, code, totals.loc[[code]].iloc[0], wijken, said, results, text)
        paths.append(path)
    return paths


def _register_fonts() -> None:
    """Letters that come with matplotlib, so that a page is the same everywhere and knows every accent."""
    import matplotlib
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    for name in (FONT, BOLD):
        registerFont(TTFont(name, folder / f"{name}.ttf"))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def _write(
    path: Path,
    code: str,
    total: pd.Series,
    wijken: pd.DataFrame,
    said: Mapping[str, pd.Series],
    results: "Results",
    text: Texts,
) -> None:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    metadata = results.metadata
    found = finding(wijken, text)
    title = text("one_title", gemeente=total["gemeentenaam"], finding=f"{found[0].lower()}{found[1:]}")
    warnings = [text("simulated_note")] if metadata["simulated"] else []
    warnings += [text.stamp(metadata)] if metadata["stamp"] else []
    about = {"title": title, "author": "bayes_jeugdhulp", "subject": " ".join([*warnings, metadata["attribution"]])}
    about |= {
        "keywords": "gesimuleerd" if metadata["simulated"] else "",
        "lang": {"nl": "nl-NL"}.get(text.lang, "en-GB"),
    }
    sides = {"leftMargin": 15 * mm, "rightMargin": 15 * mm, "topMargin": 17 * mm, "bottomMargin": 15 * mm}
    for pages, scale in ((pages, scale) for pages, scales in SCALES.items() for scale in scales):
        story = _story(code, total, wijken, said, results, text, found, warnings, scale)
        document = SimpleDocTemplate(str(path), pagesize=A4, **about, **sides)
        document.build(story, canvasmaker=_numbered(metadata, total["gemeentenaam"], text))
        if document.page <= pages:
            return


def _story(
    code: str,
    total: pd.Series,
    wijken: pd.DataFrame,
    said: Mapping[str, pd.Series],
    results: "Results",
    text: Texts,
    found: str,
    warnings: Sequence[str],
    scale: float,
) -> list[Any]:
    """What stands on the pages, from top to bottom."""
    from reportlab.lib.colors import HexColor, white
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    metadata = results.metadata

    def style(size: float, **settings: Any) -> ParagraphStyle:
        settings = {"fontName": FONT, "textColor": HexColor(INK)} | settings
        return ParagraphStyle("", fontSize=size * scale, leading=1.38 * size * scale, **settings)

    body = style(9)
    head = style(10.5, fontName=BOLD, spaceBefore=9 * scale, spaceAfter=3 * scale)
    small = style(7.2, textColor=HexColor(GREY), spaceAfter=2)
    alarm = style(8.5, fontName=BOLD, textColor=white, backColor=HexColor(WARNING), borderPadding=4, spaceAfter=9)
    story: list[Any] = [Paragraph(escape(warning), alarm) for warning in warnings]
    story.append(Paragraph(escape(total["gemeentenaam"]), style(20, fontName=BOLD)))
    story.append(Paragraph(escape(found) + ".", style(11, textColor=HexColor(GREY), spaceAfter=7)))
    approximate = bool((wijken["youths_quality"] != "given").any())
    story += [_key_figures(total, text, scale, approximate=approximate), Spacer(1, 6 * scale)]
    story.append(Paragraph(escape(said["gemeenten"][code]), body))
    story.append(Paragraph(text("one_wijken"), head))
    story.append(_forest(wijken, metadata, text, scale))
    how = "one_how_relative" if relative(metadata) else "one_how"
    written = {"interval": text.share(metadata["interval"]), "margin": text.margin(metadata)}
    story += [Spacer(1, 3), Paragraph(f"{text(how, **written)} {_qualities(wijken, text)}".strip(), small)]
    clear = wijken[wijken["status"].isin(["hoger", "lager"]) & (wijken["observed_state"] == "published")]
    if not unchecked(wijken):
        told = [
            Paragraph(f"<b>{escape(name)}</b>. {escape(said['wijken'][wijk])}", style(8.5, spaceAfter=3 * scale))
            for wijk, name in clear[["wijkcode", "wijknaam"]].head(SHOWN_AS_SENTENCE).itertuples(index=False)
        ]
        nothing = not wijken["status"].isin(["hoger", "lager"]).any()
        told = told or ([Paragraph(text("one_nothing"), style(8.5))] if nothing else [])
        story += [KeepTogether([Paragraph(text("one_standing_out"), head), *told])] if told else []
    points = [
        Paragraph(f"\N{BULLET} {escape(c)}", style(8, leftIndent=9, firstLineIndent=-9)) for c in cautions(text.lang)
    ]
    story.append(KeepTogether([Paragraph(text("one_cautions"), head), *points]))
    made = [Paragraph(f"<b>{escape(name)}</b>. {escape(part)}", small) for name, part in provenance(results, text.lang)]
    story.append(KeepTogether([Paragraph(text("one_made"), head), *made]))
    return story


def _key_figures(total: pd.Series, text: Texts, scale: float, *, approximate: bool) -> Any:
    """Actual use, what fits, and the difference, each with its interval."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    known = total["wijken_suppressed"] + total["wijken_missing"] == 0
    near = text("one_near") if approximate else ""

    def span(name: str, written: Callable[[float], str]) -> str:
        ends = {end: written(total[name.format(end)]) for end in ("low", "high")}
        return "" if ends["low"] == ends["high"] else text("one_interval", **ends)  # no wider than its rounding

    numbers = [text.percent(total["actual_pct"]), text.percent(total["expected_pct_national"])]
    numbers.append(text.points(total["difference_points_national"]))
    spans = [
        (near or text("one_exact")) if known else span("actual_{}", text.percent) or near,
        span("expected_{}_national", text.percent),
        f"{span('difference_{}_national', text.points)} {text('one_points')}".strip(),
    ]
    rows = [numbers, [text(f"one_{name}") for name in ("actual", "expected", "difference")], spans]
    table = Table(rows, colWidths=["30%", "40%", "30%"], rowHeights=[22 * scale, 12 * scale, 12 * scale])
    status = total["status_national"]
    colour = COLOURS[status] if status in ("hoger", "lager") else INK
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, 0), BOLD, 16 * scale),
            ("FONT", (0, 1), (-1, 1), FONT, 8 * scale),
            ("FONT", (0, 2), (-1, 2), FONT, 7.5 * scale),
            ("TEXTCOLOR", (0, 2), (-1, 2), HexColor(GREY)),
            ("TEXTCOLOR", (2, 0), (2, 0), HexColor(colour)),
            ("BACKGROUND", (0, 0), (-1, -1), HexColor("#F4F4F2")),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    return table


def _forest(wijken: pd.DataFrame, metadata: Mapping[str, Any], text: Texts, scale: float) -> Any:
    """A table of the wijken with their differences drawn in it."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Table

    band = 0.0 if relative(metadata) else float(metadata["margin"])
    axis = Axis(*axis_ends(wijken, band), band, CHART * mm, scale)
    names = ("wijk", "youths", "observed", "fits", "axis", "status")
    rows: list[list[Any]] = [[text(f"one_{name}") for name in names]]
    rows[0][4] = axis.head(text)
    instead = {"suppressed": text("one_hidden"), "missing": text("one_missing")}
    shares: list[list[str]] = [
        [
            f"{text.number(youths)}{MARKS[quality]}",
            instead.get(state) or text.percent(observed),
            text.percent(expected),
        ]
        for youths, quality, state, observed, expected in wijken[
            ["youths", "youths_quality", "observed_state", "observed_pct", "expected_pct"]
        ].itertuples(index=False, name=None)
    ]
    widths = [42 * mm, 17 * mm, 20 * mm, 16 * mm, CHART * mm, 27.8 * mm]
    plain = {"fontSize": 7.6 * scale, "leading": 9 * scale, "textColor": HexColor(INK), "splitLongWords": 1}
    heights, least = [9 * mm * scale], 4.9 * mm * scale
    for wijk, written in zip(records(wijken), shares, strict=True):
        clear = wijk.status in ("hoger", "lager")
        look = {"fontName": BOLD, "textColor": HexColor(COLOURS[wijk.status])} if clear else {"fontName": FONT}
        said = text(wijk.status)
        if wijk.status == "geen uitspraak":
            said = text("one_no_verdict", reason=text(f"page_reason_{wijk.status_reason}"))
        name = Paragraph(escape(wijk.wijknaam), ParagraphStyle("", fontName=FONT, **plain))
        verdict = Paragraph(escape(said), ParagraphStyle("", **plain | look))
        around = {name: widths[0] - 6, verdict: widths[5] - 8}
        tall = max(part.wrap(width, 1000)[1] for part, width in around.items()) + 3 * scale
        heights.append(max(least, tall))
        rows.append([name, *written, axis.row(wijk, text, heights[-1]), verdict])
    table = Table(rows, colWidths=widths, rowHeights=heights, repeatRows=1)
    looks: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, 7.6 * scale),
        ("FONT", (0, 0), (-1, 0), BOLD, 7.2 * scale),
        ("ALIGN", (1, 0), (3, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("RIGHTPADDING", (0, 0), (0, -1), 6),
        ("LEFTPADDING", (5, 0), (5, -1), 5),
        ("RIGHTPADDING", (5, 0), (5, -1), 3),
        ("LEFTPADDING", (4, 0), (4, -1), 0),
        ("RIGHTPADDING", (4, 0), (4, -1), 0),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, HexColor(GREY)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.2, HexColor("#DDDDDD")),
    ]
    table.setStyle(looks)
    return table


def _qualities(wijken: pd.DataFrame, text: Texts) -> str:
    """What the marks behind the numbers of youths mean, of those that stand in the table."""
    found = wijken["youths_quality"].value_counts()
    parts = [
        text.count("one_quality_part", int(found[quality]), mark=mark.strip(), word=text(f"page_quality_{quality}"))
        for quality, mark in MARKS.items()
        if mark and quality in found
    ]
    return text("one_quality", parts="; ".join(parts)) if parts else ""


def _numbered(metadata: Mapping[str, Any], gemeente: str, text: Texts) -> Any:
    """Pages with their number among all, a running head, and the word across simulated figures."""
    from reportlab.lib.colors import Color, HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    width, height = A4
    red = tuple(int(WARNING[i : i + 2], 16) / 255 for i in (1, 3, 5))

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            self.kept: list[dict] = []

        def showPage(self) -> None:  # noqa: N802  reportlab's name
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for state in self.kept:
                self.__dict__.update(state)
                self._around(len(self.kept))
                super().showPage()
            super().save()

        def _around(self, pages: int) -> None:
            self.setFillColor(HexColor(GREY))
            self.setFont(FONT, 7.5)
            self.drawString(17 * mm, height - 11 * mm, f"{text('one_head')} \N{MIDDLE DOT} {gemeente}")
            number = text("one_page", page=self._pageNumber, pages=pages)
            self.drawRightString(width - 17 * mm, 9 * mm, number)
            self.drawString(17 * mm, 9 * mm, text("caution"))
            if metadata["simulated"]:
                self.setFillColor(Color(*red, alpha=0.1))
                self.setFont(BOLD, 64)
                self.translate(width / 2, height / 2)
                self.rotate(50)
                self.drawCentredString(0, 0, text("simulated"))

    return Numbered
