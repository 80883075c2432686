"""The command that fetches tables of CBS StatLine; imports nothing heavy until it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bayes_jeugdhulp.files import check_writable

NAMES = ("kwb", "jeugdzorg", "gebieden", "nabijheid", "rivm", "politie")
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--year", type=click.IntRange(2013, 2100), required=True, help="Year of the figures.", metavar="N")
@click.option("--out", type=FOLDER, required=True, help="Folder for the tables and their manifest.")
@click.option("--form", metavar="TITLE", help="Form of jeugdzorg by its title; default 'Jeugdhulp zonder verblijf'.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only this series (repeatable).")
@click.option("--without", type=click.Choice(NAMES), multiple=True, help="Not this series (repeatable).")
@click.option(
    "--table", "tables", metavar="SERIES=ID", multiple=True, help="Take this table for a series (repeatable)."
)
@click.option("--incomplete", type=click.Choice(NAMES), multiple=True,
              help="Take this series though rows are lacking that its own dimensions list (repeatable).")  # fmt: skip
@click.option("--server", metavar="URL", envvar="BAYES_JEUGDHULP_SERVER", show_envvar=True,
              help="A mirror, for all tables; default the servers of CBS.")  # fmt: skip
@click.option("--cache", type=FOLDER, envvar="BAYES_JEUGDHULP_CACHE", show_envvar=True,
              help="Folder for what was fetched before; default that of the system.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Seconds to wait for an answer.")
@click.option("--attempts", type=click.IntRange(1), metavar="N", help="Times that a request is made before it failed.")
@click.option("--pause", type=click.FloatRange(0), metavar="S", help="Seconds before the second; then twice as long.")
def fetch(
    year: int,
    out: Path,
    form: str | None,
    only: tuple[str, ...],
    without: tuple[str, ...],
    tables: tuple[str, ...],
    incomplete: tuple[str, ...],
    server: str | None,
    cache: Path | None,
    **patience: float | None,
) -> None:
    """Fetch the tables of a year from CBS StatLine, as they are, with a manifest of where they come from.

    Kerncijfers wijken en buurten, jeugdzorg per wijk, gebieden, nabijheid, and tables of RIVM and the police. What was
    fetched before and did not change is taken from the cache; a fetch that broke off goes on where it stopped.
    """
    if only and without:
        raise click.UsageError("--only does not go with --without")
    ids = dict(table.partition("=")[::2] for table in tables)
    if wrong := [name for name, table in ids.items() if name not in NAMES or not table.isalnum()]:
        expected = f"SERIES=ID such as kwb=85318NED, with SERIES one of {', '.join(NAMES)}"
        raise click.UsageError(f"--table {wrong[0]}: expected {expected}")
    check_writable(out, directory=True)
    from bayes_jeugdhulp.sources.fetching import fetch as fetch_tables
    from bayes_jeugdhulp.sources.statline import Patience

    given: dict[str, Any] = {name: value for name, value in patience.items() if value is not None}
    manifest = fetch_tables(
        year,
        out,
        series=[name for name in only or NAMES if name not in without],
        **({} if form is None else {"form": form}),
        ids=ids,
        incomplete=incomplete,
        server=server,
        cache=cache,
        patience=Patience(**given),
        say=lambda message: click.echo(message, err=True),
        bar=_bar,
    )
    for entry in manifest["tables"]:
        click.echo(f"{out / entry['series']}: {entry['title']} ({entry['id']}), {entry['rows']:,} rows")
    click.echo(out / "manifest.json")


@contextmanager
def _bar(title: str, rows: int) -> Iterator[Callable[[int], Any]]:
    """A bar on a terminal, a line elsewhere."""
    with click.progressbar(length=rows, label=title, file=sys.stderr, show_pos=True) as bar:
        yield bar.update
