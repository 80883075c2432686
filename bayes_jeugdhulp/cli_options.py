"""Options that commands share, and what becomes of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from concurrent.futures import Executor


def sampling_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options of a SamplingSpec, which holds their defaults and limits."""
    shorter = "Share of steps to accept: nearer to 1 steps are shorter, and divergences rarer."
    command = click.option("--acceptance", type=float, metavar="P", help=shorter)(command)
    for name, what in (
        ("seed", "Seed of every random number; the same seed gives the same result."),
        ("chains", "Chains."),
        ("tune", "Draws thrown away while a chain learns its step, per chain and imputation."),
        ("draws", "Draws kept per chain."),
    ):
        command = click.option(f"--{name}", type=int, metavar="N", help=what)(command)
    return command


def quieten() -> None:
    """Load pymc and silence its own messages: the stages say what is being done."""
    import logging

    import pymc  # noqa: F401  it sets the level itself when it loads

    logging.getLogger("pymc").setLevel("WARNING")


def tell_stage(name: str, seconds: float) -> None:
    """Print what a stage of the fit took."""
    click.echo(f"  {name}: {seconds:.1f} s", err=True)


def given(**options: Any) -> dict[str, Any]:
    """Keep the options that were given: the default of the others stands with the function."""
    return {name: value for name, value in options.items() if value is not None}


def make_settings[T](kind: Callable[..., T], **options: Any) -> T:
    """Make a spec from the options that were given; its refusal becomes a message."""
    try:
        return kind(**given(**options))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def listed_names(text: str | None) -> tuple[str, ...] | None:
    """Split names at their commas."""
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor | None]:
    """Processes to work side by side; none for one worker, which is this process."""
    if workers == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=quieten)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of many are done: a bar on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():

        def tell(done: int, of: int) -> None:
            if done * 20 // of > (done - 1) * 20 // of:
                click.echo(f"{done} of {of} {what}", err=True)

        yield tell
        return
    with click.progressbar(length=1, label=what, file=sys.stderr, show_pos=True) as bar:

        def draw(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield draw
