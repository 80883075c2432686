"""The command that writes what a policymaker opens; imports nothing heavy until it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.errors import DataError, JeugdhulpError, meant, unknown_gemeenten
from bayes_jeugdhulp.files import check_writable

if TYPE_CHECKING:
    import xarray as xr

    from bayes_jeugdhulp.results import Results
    from bayes_jeugdhulp.sources.totals import PublishedTotals

MANY = 50  # files of one kind that are listed one by one
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    click.echo(f"{name} ...", err=True)
    started = time.monotonic()
    yield
    click.echo(f"{name}: {time.monotonic() - started:.1f} s", err=True)


@click.command()
@click.argument("fit", type=FILE, metavar="FIT.NC")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the report.")
@click.option("--borders", type=FILE, help="Borders of the wijken: GeoPackage, GeoJSON, TopoJSON or shapefile.")
@click.option("--borders-year", type=int, metavar="N", help="Their year, where the file does not tell.")
@click.option("--borders-source", metavar="TEXT", help="How the source of the borders asks to be named.")
@click.option("--crosswalk", type=FILE, help="Two columns of wijk codes: of the figures, and of the borders.")
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", help="Language of everything in the report.")
@click.option("--gemeente", metavar="CODE", multiple=True, help="PDF and figure for this gemeente (repeatable).")
@click.option("--all-gemeenten", is_flag=True, help="A PDF for every gemeente.")
@click.option("--region", metavar="CODE", multiple=True, help="A map of this jeugdzorgregio (repeatable).")
@click.option("--totals", type=FILE, help="Published users per gemeente, to hold actual use to: CSV, Parquet or Excel.")
@click.option("--totals-rounded-to", type=int, metavar="N", help="Published totals are multiples of this.")
@click.option("--totals-suppressed-below", type=int, metavar="N", help="Smallest total that is published.")
@click.option("--breaks", type=FILE, help="Gemeenten with a possible break in registration, as breaks writes them.")
@click.option("--without-factors", type=FILE, metavar="FIT.NC", help="The same fit without factors: what they change.")
@click.option("--despite-failed-gate", is_flag=True, help="Go on without a passed gate; every output is stamped.")
def report(
    fit: Path,
    out: Path,
    borders: Path | None,
    borders_year: int | None,
    borders_source: str | None,
    crosswalk: Path | None,
    lang: str,
    gemeente: tuple[str, ...],
    all_gemeenten: bool,
    region: tuple[str, ...],
    totals: Path | None,
    totals_rounded_to: int | None,
    totals_suppressed_below: int | None,
    breaks: Path | None,
    without_factors: Path | None,
    despite_failed_gate: bool,
) -> None:
    """Write the report of a saved fit: page, spreadsheet, GeoPackage, tables, figures, PDFs of gemeenten.

    For who reads it: rapport.html opens in any browser, without a network.
    """
    given: dict[str, object] = {
        "--borders-year": borders_year,
        "--borders-source": borders_source,
        "--crosswalk": crosswalk,
    }
    given |= {"--region": region or None}
    if borders is None and (lonely := [name for name, value in given.items() if value is not None]):
        raise click.UsageError(f"{', '.join(lonely)} goes with --borders")
    if gemeente and all_gemeenten:
        raise click.UsageError("--gemeente does not go with --all-gemeenten")
    published = read_published(totals, totals_rounded_to, totals_suppressed_below)
    marked = {} if breaks is None else bj.read_breaks(breaks)
    check_writable(out, directory=True)
    with stage("Reading the fit"):
        tree = bj.load(fit)
        check_gemeenten(tree, gemeente, fit)
        check_regions(tree, region, fit)
    with stage("Making the results"):
        results = bj.make_results(tree, totals=published, despite_failed_gate=despite_failed_gate)
        if breaks is not None:
            results = bj.with_breaks(results, marked)
    if without_factors is not None:
        with stage("Laying it beside the fit without factors"):
            results = compared(results, tree, fit, without_factors)
    laid = None
    if borders is not None:
        with stage("Reading the borders"):
            from bayes_jeugdhulp.report.border_years import lay_borders
            from bayes_jeugdhulp.report.sentences import border_sentences

            simulated = results.metadata["simulated"]
            year = None if simulated else results.metadata["year"]
            laid = lay_borders(
                bj.read_borders(borders),
                results.wijken,
                year,
                borders_year=borders_year,
                crosswalk=crosswalk,
                source=borders_source or (results.metadata["attribution"] if simulated else ""),
            )
            for sentence in border_sentences(laid, "en"):
                click.echo(f"  {sentence}", err=True)
    from bayes_jeugdhulp.report.folder import refilling

    with refilling(out) as folder:
        codes = results.gemeenten["gemeentecode"].tolist() if all_gemeenten else list(gemeente)
        bj.write_report(results, folder, laid, lang, gemeenten=codes, regions=region, drawn=gemeente, stage=stage)
        bj.write_prior_figure(tree, folder / "figuren" / "prior.png", lang)
        written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    list_files(out, written)


def compared(results: Results, tree: xr.DataTree, fit: Path, without: Path) -> Results:
    """Results of a fit with what its factors do to the differences; a pair that cannot tell is refused."""
    from bayes_jeugdhulp.results.factor_effects import describe_change

    found = bj.compare([(str(without), bj.load(without)), (str(fit), tree)])
    if found.factors.empty:
        raise JeugdhulpError(
            f"{without} beside {fit}: not a pair that passed the gate, of which only {fit} has factors; give the fit "
            "of the same command without --indicators and --about"
        )
    return replace(results, metadata=results.metadata | {"factor_change": describe_change(found.factors)})


def check_gemeenten(tree: xr.DataTree, codes: tuple[str, ...], fit: Path) -> None:
    """Refuse a code that the fit does not have, before anything costly."""
    if unknown := unknown_gemeenten(codes, tree["constant_data"]["gemeente"].to_numpy().tolist(), str(fit)):
        raise DataError(unknown)


def check_regions(tree: xr.DataTree, codes: tuple[str, ...], fit: Path) -> None:
    """Refuse a jeugdzorgregio that the fit does not have, before anything costly, and name those it has."""
    known = sorted(set(tree["constant_data"]["jeugdzorgregio"].to_numpy().tolist()))
    if unknown := [code for code in codes if code not in known]:
        raise JeugdhulpError(
            f"{fit}: no jeugdzorgregio {', '.join(unknown)} in this fit{meant(unknown[0], known)}; expected one of "
            f"{', '.join(known)}; correct it"
        )


def read_published(path: Path | None, rounded_to: int | None, suppressed_below: int | None) -> PublishedTotals | None:
    """Published totals of gemeenten with what their source hides, or none; options that do not fit are refused."""
    options = {"rounded_to": rounded_to, "suppressed_below": suppressed_below}
    given = {name: value for name, value in options.items() if value is not None}
    if path is None:
        if given:
            raise click.UsageError("--totals-rounded-to and --totals-suppressed-below go with --totals")
        return None
    try:
        policy = bj.CountsPolicy(**given)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return bj.read_totals(path, policy)


def list_files(folder: Path, written: list[Path]) -> None:
    """Print what was made; of many files in one folder only how many."""
    for path in written:
        many = [other for other in written if other.parent == path.parent and other.suffix == path.suffix]
        if len(many) <= MANY:
            click.echo(folder / path)
        elif path == many[0]:
            click.echo(f"{folder / path.parent}: {len(many)} files {path.suffix}")
