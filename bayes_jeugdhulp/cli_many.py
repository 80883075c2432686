"""What ``fit`` does with several files: a fit of each, side by side; nothing heavy is imported until then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.cli_options import progress, worker_pool
from bayes_jeugdhulp.cli_report import stage
from bayes_jeugdhulp.errors import GateError, JeugdhulpError

if TYPE_CHECKING:
    from bayes_jeugdhulp.areas import Areas


def turns_of(files: Sequence[Path], **options: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """What each file is read with, by the name of its fit; an option is given once for each file, or not at all."""
    for option, values in options.items():
        if len(values) not in (0, len(files)):
            raise click.UsageError(
                f"--{option} is given {len(values)} times; expected {len(files)}, as often as --file"
            )
    names = [path.resolve().name if path.is_dir() else path.stem for path in files]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise click.UsageError(f"several --file are called {', '.join(twice)}, as their fits would be; rename them")
    rows = ({option: values[i] for option, values in options.items() if values} for i in range(len(files)))
    return {name: {"file": path, **row} for name, path, row in zip(names, files, rows, strict=True)}


def fit_files(
    fits: dict[str, tuple[Areas, bj.ModelSpec]], sampler: bj.SamplingSpec, out: Path, workers: int | None
) -> None:
    """Fit each into a folder, print its gate, and tell in the end what failed."""
    from bayes_jeugdhulp.tasks import failure_text

    asked = {name: (*parts, sampler) for name, parts in fits.items()}
    with stage(f"Fitting {len(fits)} models"), worker_pool(workers or 1) as executor, progress("fits") as report:
        paths, failed = bj.fit_many(asked, out, executor, report=report)
    unsound = []
    for name, path in paths.items():
        gate = bj.check_gate(bj.load(path))
        click.echo(f"{name}: {gate}\n{out / path.name}")
        if not gate.passed:
            unsound.append(path.name)
    if failed:
        raise JeugdhulpError(
            f"{len(failed)} of {len(fits)} fits failed; the others are in {out}\n{failure_text(failed)}"
        )
    if unsound:
        raise GateError(f"{', '.join(unsound)} did not pass the gate: no results come from them as they are")
