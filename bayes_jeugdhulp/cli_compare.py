"""The commands that foresee held-out gemeenten and lay fits side by side; they import nothing heavy until they run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.files import check_writable

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("fit", type=FILE, metavar="FIT.NC")
@click.option("--folds", type=int, metavar="N", help="Parts that the gemeenten are dealt over; each is a fit.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default FIT.NC itself.")
def crossvalidate(fit: Path, folds: int | None, out: Path | None) -> None:
    """Foresee each gemeente from the others, and keep how well it went in the file of the fit.

    The model is fitted again without one fold of gemeenten at a time.
    """
    check_writable(out or fit)
    import xarray as xr

    def report(done: int, of: int) -> None:
        click.echo(f"fold {done} of {of}")

    tree = bj.load(fit)
    crossvalidated = bj.crossvalidate if folds is None else partial(bj.crossvalidate, folds=folds)
    tree["crossvalidation"] = xr.DataTree(crossvalidated(tree, report=report))
    bj.save(tree, out or fit)
    elpd = tree["crossvalidation"]["elpd"]
    click.echo(f"elpd of {elpd.size} held-out gemeenten: {float(elpd.sum()):.1f}")
    click.echo(out or fit)


@click.command()
@click.argument("fits", type=FILE, nargs=-1, required=True, metavar="FIT.NC...")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the tables; without it they are printed.")
def compare(fits: tuple[Path, ...], out: Path | None) -> None:
    """Lay fits of the same figures side by side; statuses are compared with those of the first.

    What each foresees, how its intervals cover per size class, and which statuses change.
    """
    if len(fits) < 2:
        raise click.UsageError("compare takes two fits or more")
    if out is not None:
        check_writable(out, directory=True)
    found = bj.compare((path.stem, bj.load(path)) for path in fits)
    if out is None:
        click.echo(str(found))
        return
    for path in bj.write_comparison(found, out):
        click.echo(path)
