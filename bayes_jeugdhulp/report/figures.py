"""Figures of a results folder: what stands out, how surely, and what cannot be told apart."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_jeugdhulp.files import filling
from bayes_jeugdhulp.report.clouds import funnel, observed_against_expected
from bayes_jeugdhulp.report.lists import differences, ranks
from bayes_jeugdhulp.report.style import Page, look
from bayes_jeugdhulp.report.texts import Texts

if TYPE_CHECKING:
    import geopandas as gpd

    from bayes_jeugdhulp.results import Results

REFERENCE = "_within_gemeente"


def write_figures(
    results: "Results",
    directory: str | os.PathLike[str],
    borders: "gpd.GeoDataFrame | None" = None,
    lang: str = "nl",
    formats: Sequence[str] = ("png",),
) -> list[Path]:
    """Draw every figure of a result, against the reference *within gemeente*.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    directory : path
        Folder to write in, made when absent; its parent must exist. Nothing is written when one figure fails.
    borders : GeoDataFrame, optional
        ``wijkcode`` and geometry, of :func:`bayes_jeugdhulp.report.borders.read_borders`; without it there is no map.
    lang : {"nl", "en"}, default "nl"
    formats : sequence of str, default ("png",)
        Of png, svg and pdf.

    Returns
    -------
    list of Path
        ``waargenomen_tegen_verwacht``, ``trechter``, ``verschillen``, ``rangen`` and, with borders, ``kaart``, each
        in every format. Title, source and whether the data are simulated also stand in each file's metadata.

    Raises
    ------
    ValueError
        If there are no texts in this language.
    DataError
        If no wijk of the result has a border.
    JeugdhulpError
        If the folder cannot be written in.
    """
    text = Texts(lang)
    wijken = results.wijken.rename(columns=lambda name: name.removesuffix(REFERENCE))
    drawings: dict[str, Callable[[], Page]] = {
        "waargenomen_tegen_verwacht": lambda: observed_against_expected(wijken, results.metadata, text),
        "trechter": lambda: funnel(wijken, results.metadata, text),
        "verschillen": lambda: differences(wijken, results.metadata, text),
        "rangen": lambda: ranks(wijken, results.metadata, text),
    }
    if borders is not None:
        from bayes_jeugdhulp.report.maps import map_pair

        drawings["kaart"] = lambda: map_pair(wijken, borders, results.metadata, text)
    with look(), filling(directory) as drafts:
        paths = [path for name, draw in drawings.items() for path in draw().save(drafts, name, formats)]
    return [Path(directory, path.name) for path in paths]
