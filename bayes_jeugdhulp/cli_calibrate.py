"""The command that gathers calibration evidence; imports nothing heavy until it runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bayes_jeugdhulp.cli_options import progress, worker_pool
from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.files import check_writable, filling


@click.command()
@click.argument("fit", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FIT.NC")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the tables and the picture.")
@click.option("--simulations", type=click.IntRange(2, 500), default=200, help="Of the model itself: ranks and shares.")
@click.option("--others", type=click.IntRange(0, 500), default=20, help="Of each wrong world and each broken model.")
@click.option("--kinds", metavar="A,B,...", help="Only these: prior, posterior, no gemeente, no suppressed (SBC), "
              "model, heavy, steep, correlated, misregistered (worlds).")  # fmt: skip
@click.option("--journal", type=click.Path(file_okay=False, path_type=Path),
              help="Keeps each simulation here as it ends: an interrupted run goes on.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes side by side.")
def calibrate(
    fit: Path, out: Path, simulations: int, others: int, kinds: str | None, journal: Path | None, workers: int
) -> None:
    """Gather evidence on what a fit's statements are worth.

    Figures are simulated for the wijken of the fit, fitted again, and what is then said is counted against the truth:
    ranks of parameters (SBC), intervals, flags, ranks of wijken, also where the truth is not what the model thinks.
    """
    check_writable(out, directory=True)
    from bayes_jeugdhulp.report.ranks import write_rank_figure
    from bayes_jeugdhulp.results.criteria import SOUND, criteria, rank_bands
    from bayes_jeugdhulp.results.evidence import pooled
    from bayes_jeugdhulp.results.simulations import KINDS, RANKS, run_simulations
    from bayes_jeugdhulp.tasks import failure_text

    chosen = KINDS if kinds is None else tuple(name.strip() for name in kinds.split(",") if name.strip())
    if unknown := [name for name in chosen if name not in KINDS]:
        raise click.UsageError(f"there is no kind {', '.join(unknown)}; expected {', '.join(KINDS)}")
    number = {kind: simulations if kind in (*SOUND, "model") else others for kind in chosen}

    with worker_pool(workers) as executor, progress("simulations") as report:
        ranks, counted, failed = run_simulations(fit, number, executor, report, journal)
    asked = sum(number.values())
    if failed and len(failed) == asked:
        raise JeugdhulpError(f"every simulation failed\n{failure_text(failed)}")
    per_kind = rank_bands(ranks) if len(ranks) else {}
    shares = pooled(counted) if len(counted) else counted
    verdicts = criteria(shares, per_kind)
    with filling(out) as folder:
        for name, table in (("rangen", ranks), ("aandelen", shares), ("criteria", verdicts)):
            if len(table):
                table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
        if per_kind:
            write_rank_figure(per_kind, RANKS, folder / "rangen.png")
    click.echo(verdicts.to_string(index=False, float_format=lambda value: f"{value:.1f}"))
    for path in sorted(out.iterdir()):
        click.echo(path)
    if failed:
        again = "run again, and only these are" if journal else "with --journal the others are kept for another run"
        some = f"{len(failed)} of {asked} simulations failed and are not counted"
        raise JeugdhulpError(f"{some}: {again}\n{failure_text(failed)}")
