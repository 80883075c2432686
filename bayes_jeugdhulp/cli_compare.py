"""The commands that foresee held-out gemeenten and lay fits side by side; they import nothing heavy until they run."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.cli_options import given, progress, worker_pool
from bayes_jeugdhulp.files import check_writable

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("fit", type=FILE, metavar="FIT.NC")
@click.option("--folds", type=int, metavar="N", help="Parts that the gemeenten are dealt over; each is a fit.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default FIT.NC itself.")
@click.option("--workers", type=click.IntRange(1), default=1, help="Processes side by side, a fold in each.")
def crossvalidate(fit: Path, folds: int | None, out: Path | None, workers: int) -> None:
    """Foresee each gemeente from the others, and keep how well it went in the file of the fit.

    The model is fitted again without one fold of gemeenten at a time. Until all are done each fold is kept beside the
    file, in a folder of its name that ends in .folds: broken off, the same command goes on.
    """
    journal = check_writable(check_writable(out or fit).with_suffix(".folds"), directory=True)
    import xarray as xr

    tree = bj.load(fit)
    with worker_pool(workers) as executor, progress("folds") as report:
        scores = bj.crossvalidate(tree, **given(folds=folds), report=report, executor=executor, journal=journal)
    tree["crossvalidation"] = xr.DataTree(scores)
    bj.save(tree, out or fit)
    shutil.rmtree(journal, ignore_errors=True)
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
