"""Figures of a results folder: what stands out, how surely, and what cannot be told apart."""

import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.files import filling
from bayes_jeugdhulp.report.clouds import funnel, observed_against_expected
from bayes_jeugdhulp.report.gemeente_figure import gemeente_differences
from bayes_jeugdhulp.report.lists import differences, ranks
from bayes_jeugdhulp.report.style import Page, look
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results.disclosure import guard

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from bayes_jeugdhulp.results import Results

REFERENCE = "_within_gemeente"


def write_figures(
    results: "Results",
    directory: str | os.PathLike[str],
    borders: "gpd.GeoDataFrame | None" = None,
    lang: str = "nl",
    formats: Sequence[str] = ("png",),
    *,
    gemeenten: Sequence[str] = (),
    regions: Sequence[str] = (),
) -> list[Path]:
    """Draw every figure of a result, against the reference *within gemeente*.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    directory : path
        Folder to write in, made when absent; its parent must exist. Nothing is written when one figure fails.
    borders : GeoDataFrame, optional
        ``wijkcode`` and geometry, of :func:`bayes_jeugdhulp.sources.borders.read_borders`; without it there is no map.
    lang : {"nl", "en"}, default "nl"
    formats : sequence of str, default ("png",)
        Of png, svg and pdf.
    gemeenten : sequence of str, default ()
        Codes of gemeenten that get a figure of their own.
    regions : sequence of str, default ()
        Jeugdzorgregio's that get a map of their own; only with borders.

    Returns
    -------
    list of Path
        ``waargenomen_tegen_verwacht``, ``trechter``, ``verschillen``, ``rangen`` and, with borders, ``kaart``; then
        ``gemeente_GM0518`` and ``kaart_JZ09`` and so on; each in every format. Title, source and whether the data are
        simulated also stand in each file's metadata.

    Raises
    ------
    ValueError
        If there are no texts in this language.
    DataError
        If no wijk of the result has a border, or a gemeente or region does not occur.
    DisclosureError
        If a figure would give a suppressed count away.
    JeugdhulpError
        If the folder cannot be written in.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> [path.name for path in write_figures(results, "figures", lang="en")]
    ['waargenomen_tegen_verwacht.png', 'trechter.png', 'verschillen.png', 'rangen.png']
    """
    text = Texts(lang)
    guard(results)
    wijken = results.wijken.rename(columns=lambda name: name.removesuffix(REFERENCE))
    drawings: dict[str, Callable[[], Page]] = {
        "waargenomen_tegen_verwacht": lambda: observed_against_expected(wijken, results.metadata, text),
        "trechter": lambda: funnel(wijken, results.metadata, text),
        "verschillen": lambda: differences(wijken, results.metadata, text),
        "rangen": lambda: ranks(wijken, results.metadata, text),
    }
    _check_known(wijken, gemeenten, regions, results.metadata["title"])
    if borders is not None:
        from bayes_jeugdhulp.report.border_years import as_laid, some_of
        from bayes_jeugdhulp.report.maps import map_pair

        laid = as_laid(borders, wijken, results.metadata)
        drawings["kaart"] = partial(map_pair, wijken, laid, results.metadata, text)
        for regio in regions:
            part = wijken[wijken["jeugdzorgregio"] == regio]
            shapes = some_of(laid, part["wijkcode"])
            name = "kaart_" + re.sub(r"\W+", "_", regio)
            drawings[name] = partial(map_pair, part, shapes, results.metadata, text, regio)
    for code in gemeenten:
        part = wijken[wijken["gemeentecode"] == code]
        drawings[f"gemeente_{code}"] = partial(gemeente_differences, part, results.metadata, text)
    with look(), filling(directory) as drafts:
        paths = [path for name, draw in drawings.items() for path in draw().save(drafts, name, formats)]
    return [Path(directory, path.name) for path in paths]


def _check_known(wijken: "pd.DataFrame", gemeenten: Sequence[str], regions: Sequence[str], title: str) -> None:
    known = {"gemeente": set(wijken["gemeentecode"]), "jeugdzorgregio": set(wijken["jeugdzorgregio"])}
    asked = [("gemeente", code) for code in gemeenten] + [("jeugdzorgregio", regio) for regio in regions]
    if unknown := [(kind, code) for kind, code in asked if code not in known[kind]]:
        raise DataError(
            Problem(title, f"no {kind} {code!r} in this fit", "a code as in gemeenten.csv", "look it up there")
            for kind, code in unknown
        )
