"""Everything of a report in one folder: page, spreadsheet, GeoPackage, tables, figures and pages of gemeenten."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_jeugdhulp.files import filling
from bayes_jeugdhulp.report.border_years import as_laid
from bayes_jeugdhulp.report.figures import write_figures
from bayes_jeugdhulp.report.gemeente_page import write_gemeente_pages
from bayes_jeugdhulp.report.geopackage import write_geopackage
from bayes_jeugdhulp.report.page import write_page
from bayes_jeugdhulp.report.spreadsheet import write_spreadsheet
from bayes_jeugdhulp.results import write_results
from bayes_jeugdhulp.results.disclosure import guard

if TYPE_CHECKING:
    import geopandas as gpd

    from bayes_jeugdhulp.results import Results


def write_report(
    results: "Results",
    directory: str | os.PathLike[str],
    borders: "gpd.GeoDataFrame | None" = None,
    language: str = "nl",
    *,
    gemeenten: Sequence[str] = (),
    regions: Sequence[str] = (),
    drawn: Sequence[str] | None = None,
    formats: Sequence[str] = ("png", "svg"),
    stage: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> list[Path]:
    """Write the whole report.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    directory : path
        Made when absent; its parent must exist. Nothing is written when one part fails.
    borders : GeoDataFrame, optional
        Of :func:`bayes_jeugdhulp.read_borders`, or laid under the figures by
        :func:`bayes_jeugdhulp.report.border_years.lay_borders`. Without it there are no maps and no GeoPackage.
    language : {"nl", "en"}, default "nl"
    gemeenten : sequence of str, default ()
        Codes of gemeenten that get a PDF.
    regions : sequence of str, default ()
        Jeugdzorgregio's that get a map of their own.
    drawn : sequence of str, optional
        Codes of gemeenten that get a figure; default those of ``gemeenten``.
    formats : sequence of str, default ("png", "svg")
        Of the figures: png, svg, pdf.
    stage : callable, optional
        Gives a context for each part, to say what is being done.

    Returns
    -------
    list of Path
        ``rapport.html``, ``jeugdhulp.xlsx``, ``jeugdhulp.gpkg``, the tables as CSV and Parquet, ``metadata.json``, and
        in ``figuren`` and ``gemeenten`` the figures and PDFs.

    Raises
    ------
    DisclosureError
        If a figure would give a suppressed count away; then nothing is written.
    DataError
        If no wijk has a border, or a gemeente or region does not occur.
    ValueError
        If there are no texts in this language.
    """
    guard(results)
    laid = None if borders is None else as_laid(borders, results.wijken, results.metadata)
    with filling(directory) as folder:
        with stage("Writing the tables"):
            write_results(results, folder)
            write_spreadsheet(results, folder / "jeugdhulp.xlsx", language)
            if laid is not None:
                write_geopackage(results, folder / "jeugdhulp.gpkg", laid, language)
        with stage("Writing the page"):
            write_page(results, folder / "rapport.html", borders=laid, language=language)
        with stage("Drawing the figures"):
            pictured = gemeenten if drawn is None else drawn
            write_figures(results, folder / "figuren", laid, language, formats, gemeenten=pictured, regions=regions)
        if gemeenten:
            with stage("Writing the pages of gemeenten"):
                write_gemeente_pages(results, folder / "gemeenten", gemeenten, language)
        written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [Path(directory, path) for path in written]
