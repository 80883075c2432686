"""The page that a policymaker opens: one HTML file with map, table and gemeenten, that works without a network."""

import base64
import hashlib
import html
import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.report.border_years import as_laid
from bayes_jeugdhulp.report.page_borders import pack_borders
from bayes_jeugdhulp.report.page_data import page_data, page_texts
from bayes_jeugdhulp.report.sentences import border_sentences
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results.disclosure import guard

if TYPE_CHECKING:
    import geopandas as gpd

    from bayes_jeugdhulp.results import Results

AROUND = 0.05  # borders without figures are drawn this far around those with them, as a share of the map's size


def write_page(
    results: "Results",
    path: str | os.PathLike[str],
    *,
    borders: "gpd.GeoDataFrame | None" = None,
    language: str = "nl",
) -> Path:
    """Write the page.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    path : path
        The HTML file; its folder must exist.
    borders : GeoDataFrame, optional
        Of :func:`bayes_jeugdhulp.read_borders`, or laid under the figures by
        :func:`bayes_jeugdhulp.report.border_years.lay_borders`. Wijken whose border is not confirmed, because it is of
        another year, are hatched. Without borders there is no map; table and gemeenten stay.
    language : {"nl", "en"}, default "nl"

    Returns
    -------
    Path
        The file, which asks nothing of a network and holds no figure that the tables do not.

    Raises
    ------
    DisclosureError
        If a figure would give a suppressed count away; then nothing is written.
    DataError
        If no wijk has a border.
    ValueError
        If there are no texts in this language.
    JeugdhulpError
        If the file cannot be written.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> write_page(results, "page.html", language="en").name
    'page.html'
    """
    guard(results)
    path = Path(path)
    page = make_page(results, borders, language)
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def make_page(results: "Results", borders: "gpd.GeoDataFrame | None", language: str) -> str:
    """The page as text; not guarded, so for :func:`write_page` only."""
    text, metadata = Texts(language), results.metadata
    data, notes = page_data(results, language), ""
    if borders is not None:
        near = _near(as_laid(borders, results.wijken, metadata), set(results.wijken["wijkcode"]))
        unconfirmed = near.loc[~near["confirmed"], "wijkcode"].tolist()
        data["borders"] = pack_borders(near) | {"unconfirmed": unconfirmed}
        notes = " ".join(border_sentences(near, language))
    files = resources.files("bayes_jeugdhulp.report") / "page_files"
    style, script = ((files / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    raw = {
        "style": style,
        "script": script,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        # A name that holds </script> must not end the element that holds the data.
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    written = page_texts(metadata, text) | {
        "warning": " ".join(
            filter(None, [text("page_stamp") if metadata["check_failures"] else "", text.stamp(metadata)])
        ),
        "simulated": data["simulated"],
        "tab_title": " · ".join(filter(None, [data["simulated"], text("page_title")])),
        "source_title": metadata["title"] if not metadata["simulated"] else text("simulated_note"),
        "description": data["references"]["within_gemeente"]["finding"],
        "actual_whole": _actual_whole(results, text),
        "unmatched": notes,
    }

    def fill(match: re.Match[str]) -> str:
        return raw[match[1]] if match[1] in raw else html.escape(written[match[1]])

    return re.sub(r"\{\{(\w+)\}\}", fill, (files / "page.html").read_text(encoding="utf-8"))


def _near(laid: "gpd.GeoDataFrame", codes: set[str]) -> "gpd.GeoDataFrame":
    """Borders of the wijken of the figures, and what lies around them within a frame."""
    west, south, east, north = laid[laid["wijkcode"].isin(codes)].total_bounds
    around = AROUND * max(east - west, north - south)
    frame = (west - around, south - around, east + around, north + around)
    near = laid.clip(frame, keep_geom_type=True, sort=True).reset_index(drop=True)
    near.attrs = laid.attrs | {"without_figures": [code for code in near["wijkcode"] if code not in codes]}
    return near


def _actual_whole(results: "Results", text: Texts) -> str:
    """Use of all wijken together, where the page shows all of them."""
    whole = results.regios.iloc[-1]
    if whole["wijken"] != len(results.wijken):
        return ""
    actual, youths = text.percent(whole["actual_pct"]), int(whole["youths"])
    if (results.wijken["youths_quality"] == "given").all() and (results.wijken["observed_state"] == "published").all():
        return text("page_actual_whole", actual=actual, youths=youths)
    return text("page_actual_about", actual=actual, youths=int(float(f"{youths:.2g}")))


def _hash(content: str) -> str:
    """What the page's own security policy knows its style and program by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
