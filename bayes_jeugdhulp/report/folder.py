"""Everything of a report in one folder: page, spreadsheet, GeoPackage, tables, figures and pages of gemeenten."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
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


FILES = "report_files"  # in metadata.json: what a report wrote, so that the next one can clear it away


@contextmanager
def refilling(directory: str | os.PathLike[str]) -> Iterator[Path]:
    """Fill a folder as :func:`bayes_jeugdhulp.files.filling`, and clear away what only an earlier report wrote there.

    Without it the map or the PDF of an earlier fit would stay beside a new page. Only files that the
    ``metadata.json`` of the earlier report lists are removed; whatever else stands in the folder stays.

    Parameters
    ----------
    directory : path
        The target folder, made when absent.

    Yields
    ------
    Path
        An empty folder to write in; a ``metadata.json`` in it gets the list of all files.

    Raises
    ------
    JeugdhulpError
        If the folder cannot be written in.
    """
    target = Path(directory).resolve()
    earlier = _listed(target)
    with filling(target) as folder:
        yield folder
        written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        if (about := folder / "metadata.json").is_file():
            described = json.loads(about.read_text(encoding="utf-8")) | {FILES: sorted(written)}
            about.write_text(json.dumps(described, indent=2, ensure_ascii=False), encoding="utf-8")
    for path in (target / name for name in earlier - written):
        if path.resolve().is_relative_to(target) and path.is_file():
            path.unlink()
            if path.parent != target and not any(path.parent.iterdir()):
                path.parent.rmdir()


def _listed(directory: Path) -> set[str]:
    """Files that an earlier report wrote in a folder, as its ``metadata.json`` says; none where it does not say."""
    try:
        described = json.loads((directory / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    names = described.get(FILES, []) if isinstance(described, dict) else []
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


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
        Made when absent; its parent must exist. Nothing is written when one part fails. What an earlier report
        wrote in it and this one does not is removed; other files stay.
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

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> written = write_report(results, "report", formats=("png",))
    >>> [path.name for path in written if path.suffix == ".html"]
    ['rapport.html']
    """
    guard(results)
    laid = None if borders is None else as_laid(borders, results.wijken, results.metadata)
    with refilling(directory) as folder:
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
