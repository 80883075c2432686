"""The commands for borders, crosswalks and breaks in registration; they import nothing heavy until they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.cli_report import stage
from bayes_jeugdhulp.files import check_writable, replacing

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FIGURES = click.Path(exists=True, path_type=Path)
OUT = click.Path(path_type=Path)


@click.command("fetch-borders")
@click.option("--year", type=int, required=True, metavar="N", help="Year of the borders.")
@click.option("--out", type=OUT, required=True, help="GeoPackage to write, such as wijken_2022.gpkg.")
@click.option("--url", metavar="URL", help="Another server than PDOK, up to the year.")
def fetch_borders(year: int, out: Path, url: str | None) -> None:
    """Download the borders of the wijken of one year from PDOK (CBS/Kadaster, CC BY 4.0)."""

    def told(rows: int) -> None:
        click.echo(f"  {rows} wijken", err=True)

    with stage(f"Fetching the borders of {year}"):
        server: dict[str, Any] = {} if url is None else {"base_url": url}
        bj.fetch_borders(year, out, report=told, **server)
    click.echo(out)


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--out", type=OUT, required=True, help="CSV to write; report --crosswalk takes it.")
def crosswalk(old: Path, new: Path, out: Path) -> None:
    """Find which wijk became which, from the postcodes and house numbers of two years (CSV or zip of the CBS)."""
    check_writable(out)
    with stage("Counting the addresses"):
        made = bj.make_crosswalk(old, new)
    bj.write_crosswalk(made, out)
    several = (made.pairs["share_old"] < 1) & (made.pairs["share_old"] >= 0.01)
    click.echo(f"{made.pairs['old'].nunique()} wijken became {made.pairs['new'].nunique()}", err=True)
    click.echo(f"{made.pairs.loc[several, 'old'].nunique()} wijken lie in several by now", err=True)
    for side, left in (("old", made.unmatched_old), ("new", made.unmatched_new)):
        alone = (~left.index.isin(made.pairs[side])).sum()
        click.echo(f"{left.sum():.0f} addresses of the {side} year have no match; of {alone} wijken none has", err=True)
    if made.without_wijk:
        click.echo(f"{made.without_wijk} addresses have no wijk in their file and are passed over", err=True)
    click.echo(out)


@click.command()
@click.argument("old", type=FIGURES)
@click.argument("new", type=FIGURES)
@click.option("--out", type=OUT, required=True, help="CSV to write; results and report take it as --breaks.")
@click.option(
    "--source", type=click.Choice(["table", "cbs"]), default="table", show_default=True, help="What OLD and NEW are."
)
@click.option("--years", type=int, nargs=2, metavar="N N", help="Years of OLD and NEW, where CBS's file tells none.")
@click.option("--empty-means", type=click.Choice(["suppressed", "missing"]), help="What empty counts of CBS say.")
@click.option("--suppressed-below", type=int, metavar="N", help="Smallest count that the source publishes.")
@click.option("--rounded-to", type=int, metavar="N", help="Published counts are multiples of this.")
@click.option("--dot-means", type=click.Choice(["suppressed", "missing"]), help="What a lone . stands for.")
@click.option("--decimal", type=click.Choice([",", "."]), help="The decimal mark, where it is in doubt.")
@click.option("--nested", is_flag=True, help="Users of NEW are among those of OLD: one form, and all forms.")
def breaks(
    old: Path,
    new: Path,
    out: Path,
    source: str,
    years: tuple[int, int] | None,
    empty_means: str | None,
    suppressed_below: int | None,
    rounded_to: int | None,
    dot_means: str | None,
    decimal: str | None,
    nested: bool,
) -> None:
    """Mark gemeenten whose figures jump in most wijken at once between two tables of the same wijken.

    Tables as fit --source table reads them; with --source cbs a file of Kerncijfers with jeugdzorg in it, or a folder
    that fetch wrote.
    """
    of_cbs: dict[str, Any] = {"years": years, "empty_means": empty_means}
    marks: dict[str, Any] = {"dot_means": dot_means, "decimal": decimal}
    for name, value in (of_cbs if source == "table" else marks).items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} does not go with --source {source}")
    for path in (old, new):
        if source == "table" and path.is_dir():
            raise click.UsageError(f"{path} is a folder: a folder that fetch wrote goes with --source cbs")
    check_writable(out)
    hides = {"suppressed_below": suppressed_below, "rounded_to": rounded_to}
    try:
        policy = bj.CountsPolicy(**{name: value for name, value in hides.items() if value is not None})
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with stage("Reading the figures"):
        if source == "table":
            before, after = (bj.read_table(path, policy, **marks) for path in (old, new))
        else:
            told: dict[str, Any] = {
                "policy": None if set(hides.values()) == {None} else policy,
                "empty_means": empty_means,
            }
            before, after = (
                bj.read_cbs(path, year=year, **told)
                for path, year in zip((old, new), years or (None, None), strict=True)
            )
    with stage("Looking for breaks"):
        from bayes_jeugdhulp.report.sentences import break_sentences
        from bayes_jeugdhulp.results.breaks import BREAK, NOT_DELIVERED

        found = bj.find_breaks(before, after, nested=nested)
    said = break_sentences(found.gemeenten)
    with replacing(out) as temporary:
        found.gemeenten.round(6).assign(sentence=said.to_numpy()).to_csv(temporary, index=False)
    marked = (found.gemeenten["verdict"] == BREAK) | (found.gemeenten["reason"] == NOT_DELIVERED)
    for row in found.gemeenten[marked].itertuples():
        click.echo(f"{row.gemeentecode} {row.gemeentenaam}: {said.loc[str(row.gemeentecode)]}")
    counts = found.gemeenten["verdict"].value_counts()
    click.echo("; ".join(f"{verdict}: {n}" for verdict, n in counts.items()), err=True)
    if found.unmatched:
        click.echo(f"{len(found.unmatched)} wijken stand in one table only", err=True)
    click.echo(out)
