"""The command line; imports nothing heavy until a command needs it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import bayes_jeugdhulp as bj  # light: its names load what they need when they are first asked for
from bayes_jeugdhulp.cli_boundaries import breaks, crosswalk, fetch_borders
from bayes_jeugdhulp.cli_calibrate import calibrate
from bayes_jeugdhulp.cli_compare import compare, crossvalidate
from bayes_jeugdhulp.cli_fetch import fetch
from bayes_jeugdhulp.cli_many import fit_files, turns_of
from bayes_jeugdhulp.cli_options import given, listed_names, make_settings, quieten, sampling_options, tell_stage
from bayes_jeugdhulp.cli_report import check_gemeenten, list_files, read_published, report, stage
from bayes_jeugdhulp.errors import DataError, GateError, JeugdhulpError, Problem
from bayes_jeugdhulp.files import check_writable, filling

if TYPE_CHECKING:
    from bayes_jeugdhulp.areas import Areas

EXIT_CODES = """Exit codes: 0 done; 1 interrupted, or a fault of the program; 2 options or data are wrong, and the
message says what to do; 3 the fit did not pass the gate; 4 a table would have given a suppressed count away."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
OUT = click.Path(path_type=Path)
DEMO_PAGES = 3  # gemeenten that get a PDF in the demo


class _Commands(click.Group):
    """Lists commands in the order of use; prints an error that is the user's to solve without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except JeugdhulpError as error:
            told = "\n".join(map(str, error.problems)) if isinstance(error, DataError) else str(error)
            click.ClickException(told).show()
            ctx.exit(error.exit_code)


@click.group(
    cls=_Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 120},
)
@click.version_option(bj.__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Estimate the jeugdhulp use to be expected per wijk, and say which wijken lie outside it."""


@main.command(epilog=EXIT_CODES)
@click.option("--out", type=OUT, required=True, help="Folder for everything; files of the same names are replaced.")
@sampling_options
@click.option("--wijken", type=int, hidden=True)
@click.option("--gemeenten", type=int, hidden=True)
@click.option("--regios", type=int, hidden=True)
@click.option("--imputations", type=int, hidden=True)
def demo(
    out: Path,
    wijken: int | None,
    gemeenten: int | None,
    regios: int | None,
    imputations: int | None,
    seed: int | None,
    **sampling: float | None,
) -> None:
    """Fit a simulated Netherlands and write all there is to see.

    The fit, the report, the borders and the truth that was simulated; no data are needed.
    """
    check_writable(out, directory=True)
    started = time.monotonic()
    with stage("Loading the libraries"):
        quieten()
        from bayes_jeugdhulp.sources.simulated_factors import about_indicators

        spec = make_settings(bj.ModelSpec, imputations=imputations)
        sampler = make_settings(bj.SamplingSpec, seed=seed, **sampling)
    with stage("Simulating a Netherlands (gesimuleerd)"):
        country = bj.simulated_netherlands(**given(seed=seed, wijken=wijken, gemeenten=gemeenten, regios=regios))
    with stage("Fitting the model"):
        tree = bj.fit(country.areas, spec, sampler, report=tell_stage)
    with filling(out) as folder:
        with stage("Writing the fit"):
            bj.save(tree, folder / "fit.nc")
            borders = country.borders.assign(data="gesimuleerd")
            borders.to_file(folder / "grenzen_gesimuleerd.gpkg", layer="grenzen_gesimuleerd", driver="GPKG")
            country.truth.to_netcdf(folder / "waarheid_gesimuleerd.nc", engine="h5netcdf")
            country.indicators.assign(data="gesimuleerd").to_csv(folder / "indicatoren_gesimuleerd.csv")
            about = about_indicators().assign(data="gesimuleerd")
            about.to_csv(folder / "over_indicatoren_gesimuleerd.csv", index=False)
        gate = bj.check_gate(tree)
        if gate.passed:
            with stage("Making the results"):
                results = bj.make_results(tree)
            shown = results.gemeenten.sort_values("wijken", ascending=False, kind="stable").head(DEMO_PAGES)
            codes, regions = shown["gemeentecode"].tolist(), shown["jeugdzorgregio"].head(1).tolist()
            bj.write_report(results, folder, borders, gemeenten=codes, regions=regions, stage=stage)
            bj.write_prior_figure(tree, folder / "figuren" / "prior.png")
        written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    click.echo(str(gate))
    if gate.passed:
        click.echo(bj.summarise(results))
    list_files(out, written)
    click.echo(f"Every figure is simulated (gesimuleerd). Total: {time.monotonic() - started:.0f} s", err=True)
    if not gate.passed:
        raise GateError(f"the fit did not pass the gate, so there are no results; {out / 'fit.nc'} holds the draws")


@main.command(epilog=EXIT_CODES)
@click.option("--source", type=click.Choice(["scp", "cbs", "table"]), required=True,
              help="scp: the SCP's file; cbs: files of CBS; table: yours.")  # fmt: skip
@click.option("--file", "files", type=FILE_OR_FOLDER, required=True, multiple=True, help="scp: the ODS file. table: "
              "CSV, Parquet or Excel. cbs: Kerncijfers wijken en buurten, or a folder that fetch wrote. Repeatable: a "
              "fit of each, such as of each year.")  # fmt: skip
@click.option("--youths", type=FILE, help="scp only: CSV with the number of youths per wijk.")
@click.option("--jeugdzorg", type=FILE, multiple=True, help="cbs only: StatLine's table of jeugdzorg per wijk, where "
              "--file lacks it; one for each --file.")  # fmt: skip
@click.option(
    "--form", help="cbs only: form, such as 'jeugdhulp zonder verblijf'; default the one that was fetched, else all."
)
@click.option("--empty-means", type=click.Choice(["suppressed", "missing"]), help="cbs only: what an empty count says.")
@click.option("--regions", type=FILE, help="scp and cbs: table with the jeugdzorgregio of each gemeente.")
@click.option("--suppressed-below", type=int, metavar="N", help="table and cbs: smallest count the source publishes.")
@click.option("--rounded-to", type=int, metavar="N", help="table and cbs: published counts are multiples of this.")
@click.option("--dot-means", type=click.Choice(["suppressed", "missing"]), help="table only: what a lone . stands for.")
@click.option("--decimal", type=click.Choice([",", "."]), help="table only: the decimal mark, where it is in doubt.")
@click.option("--sheet", help="table only: the sheet of a spreadsheet; default the first.")
@click.option("--title", multiple=True, help="table only: what the figures are, in every output; one for each --file.")
@click.option("--simulated", is_flag=True, help="table only: the figures are invented, and every output says so.")
@click.option("--attribution", help="table only: how the source asks to be named.")
@click.option("--year", "years", type=int, metavar="N", multiple=True, help="table and cbs: year of the figures; one "
              "for each --file.")  # fmt: skip
@click.option("--out", type=OUT, required=True, help="NetCDF file for the fit, such as fit.nc; of several, a folder.")
@click.option("--workers", type=click.IntRange(1), help="Of several fits, how many side by side; one when not given.")
@sampling_options
@click.option(
    "--quick", is_flag=True, help="An approximation in seconds, marked as one in every output; to look at only."
)
@click.option(
    "--wijk-effect", type=click.Choice(["normal", "student-t", "mixture"]), help="Distribution of the wijk effects."
)
@click.option("--wijk-scale", type=click.Choice(["size", "constant"]), help="Whether their sd falls with size.")
@click.option("--spatial", type=click.Choice(["bym2"]), help="A part of the wijk effects that neighbours share.")
@click.option("--borders", type=FILE, help="Borders of the wijken of this year, for --spatial.")
@click.option("--coefficients", type=click.Choice(["normal", "r2d2", "horseshoe"]), help="Prior of the coefficients.")
@click.option("--gemeente-means", is_flag=True, help="Gemeente means of the kenmerken as predictors too (Mundlak).")
@click.option("--missing", type=click.Choice(["multiple", "median"]), help="How missing kenmerken are filled in.")
@click.option("--imputations", type=int, metavar="N", help="Completed tables fitted under --missing multiple.")
@click.option("--kenmerken", metavar="A,B,...", help="Only these kenmerken; default all.")
@click.option("--without", metavar="A,B,...", help="All kenmerken but these.")
@click.option("--indicators", type=FILE, help="Indicators of factors, one row a wijk: CSV, Parquet or Excel.")
@click.option("--about", type=FILE, help="What each indicator measures: its factor, sign, anchor and scale.")
@click.option(
    "--factors", type=click.Choice(["joint", "cut", "plug-in"]), help="How the uncertainty of the factors flows in."
)
@click.option("--marked", type=FILE, help="File with a column wijkcode: wijken with an afwijkende populatie.")
@click.option("--leave-out-marked", is_flag=True, help="Fit without the figures of marked wijken.")
@click.option("--region", "regions_kept", metavar="CODE", multiple=True, help="Only this jeugdzorgregio or gemeente "
              "(repeatable; at least five gemeenten). Kenmerken that are constant there are left out.")  # fmt: skip
def fit(
    source: str,
    files: tuple[Path, ...],
    out: Path,
    workers: int | None,
    youths: Path | None,
    jeugdzorg: tuple[Path, ...],
    form: str | None,
    empty_means: str | None,
    regions: Path | None,
    suppressed_below: int | None,
    rounded_to: int | None,
    dot_means: str | None,
    decimal: str | None,
    sheet: str | None,
    title: tuple[str, ...],
    simulated: bool,
    attribution: str | None,
    years: tuple[int, ...],
    quick: bool,
    wijk_effect: str | None,
    wijk_scale: str | None,
    spatial: str | None,
    borders: Path | None,
    coefficients: str | None,
    gemeente_means: bool,
    missing: str | None,
    imputations: int | None,
    kenmerken: str | None,
    without: str | None,
    indicators: Path | None,
    about: Path | None,
    factors: str | None,
    marked: Path | None,
    leave_out_marked: bool,
    regions_kept: tuple[str, ...],
    **sampling: float | None,
) -> None:
    """Fit the model to real figures and save it as one NetCDF file.

    Every later command takes that file, and ArviZ opens it too. Of several files each has a fit of its own, named after
    it: one that fails leaves the others as they are, and the same command goes on where it was broken off.
    """
    described: dict[str, object] = {"dot_means": dot_means, "decimal": decimal, "sheet": sheet, "title": title or None}
    described |= {"attribution": attribution, "simulated": simulated or None}
    of_cbs: dict[str, object] = {"jeugdzorg": jeugdzorg or None, "form": form, "empty_means": empty_means}
    publishing: dict[str, object] = {"suppressed_below": suppressed_below, "rounded_to": rounded_to}
    foreign: dict[str, dict[str, object]] = {
        "scp": publishing | described | of_cbs | {"year": years or None},
        "cbs": described | {"youths": youths},
        "table": of_cbs | {"youths": youths, "regions": regions},
    }
    for name, value in foreign[source].items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} does not go with --source {source}")
    if source == "scp" and youths is None:
        raise click.UsageError("--source scp needs --youths: the SCP's file has no numbers of youths")
    if missing == "median" and imputations is not None:
        raise click.UsageError("--imputations does not go with --missing median")
    if (indicators is None) != (about is None) or (factors is not None and indicators is None):
        raise click.UsageError("--indicators and --about go together, and --factors goes with them")
    if indicators is not None and wijk_effect == "student-t":
        raise click.UsageError("--indicators does not go with --wijk-effect student-t")
    if (spatial is None) != (borders is None):
        raise click.UsageError("--spatial and --borders go together")
    if spatial is not None and indicators is not None:
        raise click.UsageError("--spatial does not go with --indicators")
    if quick:
        for name in given(**(sampling | {"seed": None, "indicators": indicators})):
            raise click.UsageError(f"--{name} does not go with --quick")
    turns = turns_of(files, jeugdzorg=jeugdzorg, title=title, year=years)
    many = len(files) > 1
    for name in given(youths=youths, indicators=indicators, borders=borders, quick=quick or None) if many else ():
        raise click.UsageError(f"--{name} takes one --file")
    if workers is not None and not many:
        raise click.UsageError("--workers goes with several --file: one fit has all cores as it is")
    check_writable(out, directory=many)

    with stage("Loading the libraries"):
        quieten()
        spec = make_settings(
            bj.ModelSpec,
            kenmerken=listed_names(kenmerken),
            without=listed_names(without),
            wijk_effect=wijk_effect and wijk_effect.replace("-", "_"),
            wijk_scale=wijk_scale,
            spatial=spatial,
            coefficients=coefficients,
            gemeente_means=gemeente_means or None,
            missing=missing,
            factors=factors and factors.replace("-", "_"),
            imputations=imputations,
        )
        sampler = make_settings(bj.SamplingSpec, **sampling)
        if quick:
            from bayes_jeugdhulp.inference.quick import refuse

            make_settings(refuse, spec=spec)
        policy = make_settings(bj.CountsPolicy, **publishing) if given(**publishing) or source == "table" else None

    def read(file: Path, **own: object) -> tuple[Areas, bj.ModelSpec]:
        """Read a file with the options that are its own: its areas, and the model for them."""
        areas: Areas
        if youths is not None:
            areas = bj.read_scp(file, youths, regions)
        elif source == "cbs":
            chosen = given(**of_cbs, regions=regions, policy=policy) | own
            areas = bj.read_cbs(file, **chosen, say=lambda message: click.echo(f"  {message}", err=True))
        else:
            areas = bj.read_table(file, policy=policy, **(given(**described) | own))
        if marked is not None:
            from bayes_jeugdhulp.sources.table import mark_from_file

            areas = mark_from_file(areas, marked)
        own_spec = spec
        if regions_kept:
            from bayes_jeugdhulp.model import drop_constant_kenmerken

            areas = areas.select(regions_kept)
            own_spec, dropped = drop_constant_kenmerken(areas, spec)
            for name, reason in dropped.items():
                click.echo(f"  {name} is {reason} in this part of the country and is left out", err=True)
        if leave_out_marked:
            areas = areas.leave_out_marked()
        from bayes_jeugdhulp.model.design import choose_kenmerken

        used = choose_kenmerken(areas, own_spec)
        told = f"{file.name}: " if many else ""
        click.echo(f"{told}kenmerken in the model ({len(used)}): {', '.join(used)}", err=True)
        return areas, own_spec

    with stage("Reading the figures"):
        fits: dict[str, tuple[Areas, bj.ModelSpec]] = {}
        problems: list[Problem] = []
        for name, turn in turns.items():
            try:
                fits[name] = read(**turn)
            except DataError as error:
                problems += error.problems
        if problems:
            raise DataError(problems)
        measured = None if indicators is None else bj.read_indicators(indicators, about)
        graph = None if borders is None else bj.neighbours(bj.read_borders(borders), "apart")
    if many:
        fit_files(fits, sampler, out, workers)
        return
    ((areas, spec),) = fits.values()
    with stage("Fitting the model"):
        if quick:
            tree = bj.quick_fit(areas, spec, seed=sampler.seed, report=tell_stage)
        else:
            tree = bj.fit(areas, spec, sampler, indicators=measured, neighbours=graph, report=tell_stage)
    with stage("Writing the fit"):
        bj.save(tree, out)
    gate = bj.check_gate(tree)
    click.echo(str(gate))
    click.echo(out)
    if not gate.passed:
        raise GateError(f"{out} is saved, but the fit did not pass the gate: no results come from it as it is")


@main.command(epilog=EXIT_CODES)
@click.argument("fit", type=FILE, metavar="FIT.NC")
def check(fit: Path) -> None:
    """Print the gate of a saved fit, and what it owes to the priors; exit 0 when passed, 3 when not."""
    tree = bj.load(fit)
    gate = bj.check_gate(tree)
    click.echo(str(gate))
    if not gate.passed:
        raise click.exceptions.Exit(GateError.exit_code)
    click.echo("sensitivity to the strength of the priors and of the figures (below 0.05 it hardly matters):")
    click.echo(bj.prior_sensitivity(tree).to_string(float_format="{:.3f}".format))
    click.echo("to look at both: prior.png of results, and step 4 of docs/tutorial.md; the last four rows are results")


@main.command(epilog=EXIT_CODES)
@click.argument("fit", type=FILE, metavar="FIT.NC")
@click.option("--out", type=OUT, required=True, help="Folder for the tables and figures.")
@click.option("--gemeente", metavar="CODE", multiple=True, help="Only this gemeente, such as GM0518 (repeatable).")
@click.option("--borders", type=FILE, help="Borders for the map: GeoPackage, GeoJSON, TopoJSON or shapefile.")
@click.option("--totals", type=FILE, help="Published users per gemeente, to hold actual use to: CSV, Parquet or Excel.")
@click.option("--totals-rounded-to", type=int, metavar="N", help="Published totals are multiples of this.")
@click.option("--totals-suppressed-below", type=int, metavar="N", help="Smallest total that is published.")
@click.option("--breaks", type=FILE, help="Gemeenten with a possible break in registration, as breaks writes them.")
@click.option("--despite-failed-gate", is_flag=True, help="Go on without a passed gate; every output is stamped.")
def results(
    fit: Path,
    out: Path,
    gemeente: tuple[str, ...],
    borders: Path | None,
    totals: Path | None,
    totals_rounded_to: int | None,
    totals_suppressed_below: int | None,
    breaks: Path | None,
    despite_failed_gate: bool,
) -> None:
    """Write the tables and figures of a saved fit.

    wijken and gemeenten, as CSV and Parquet, and the figures as PNG.
    """
    published = read_published(totals, totals_rounded_to, totals_suppressed_below)
    marked = {} if breaks is None else bj.read_breaks(breaks)
    check_writable(out, directory=True)
    with stage("Reading the fit"):
        tree = bj.load(fit)
        check_gemeenten(tree, gemeente, fit)
    outlines = None
    if borders is not None:
        with stage("Reading the borders"):
            outlines = bj.read_borders(borders)
    with stage("Making the results"):
        from bayes_jeugdhulp.results import select_gemeenten

        made = bj.make_results(tree, totals=published, despite_failed_gate=despite_failed_gate)
        if breaks is not None:
            made = bj.with_breaks(made, marked)
        if gemeente:
            made = select_gemeenten(made, gemeente)
    with filling(out) as folder:
        bj.write_results(made, folder)
        with stage("Drawing the figures"):
            bj.write_figures(made, folder, borders=outlines)
            bj.write_prior_figure(tree, folder / "prior.png")
        written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    click.echo(bj.summarise(made))
    list_files(out, written)


for _command in (report, crossvalidate, compare, calibrate, fetch, fetch_borders, crosswalk, breaks):
    _command.epilog = EXIT_CODES
    main.add_command(_command)
