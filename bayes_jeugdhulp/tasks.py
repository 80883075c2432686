"""Many tasks over any executor: cores shared out, each result kept as it comes, failures told by name."""

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import closing
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

import bayes_jeugdhulp
from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.files import replacing

type Report = Callable[[int, int], None]

_CORES: ContextVar[int | None] = ContextVar("cores", default=None)


class _Failure(str):
    """What a task that failed gives in place of a result: its message."""


def usable_cores() -> int:
    """Cores that the running task may use: its share where it runs beside others, else all of this process."""
    return _CORES.get() or getattr(os, "process_cpu_count", os.cpu_count)() or 1  # the first from Python 3.13


def side_by_side[T](function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
    """As ``map``, in as many threads as there are cores: for arrays so large that numpy works outside Python's lock."""
    calls = list(zip(*arguments, strict=True))
    cores = min(usable_cores(), len(calls))
    if cores < 2:
        return [function(*call) for call in calls]

    def one(call: tuple[Any, ...]) -> T:
        _CORES.set(1)  # of this thread
        return function(*call)

    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(one, calls))


def share_of_cores(executor: Executor | None, tasks: int) -> int:
    """Cores for each task, so that all together have no more than there are.

    Those of this machine over the workers of a pool that will have work; one where they cannot be counted, as on a
    cluster. All for tasks that run one after another.
    """
    if executor is None:
        return usable_cores()
    workers = getattr(executor, "_max_workers", None)  # of both pools of concurrent.futures; nothing public tells
    return max(1, usable_cores() // max(1, min(workers, tasks))) if workers else 1


def run_tasks[T](
    run: Callable[..., T],
    tasks: Mapping[str, tuple[Any, ...]],
    executor: Executor | None = None,
    *,
    cores: int | None = None,
    kept: Mapping[str, T] | None = None,
    keep: Callable[[str, T], None] | None = None,
    report: Report | None = None,
) -> tuple[dict[str, T], dict[str, str]]:
    """Run tasks side by side; one that fails leaves the others as they are.

    Parameters
    ----------
    run : callable
        Called with the arguments of a task, in a process of the executor.
    tasks : dict
        Name to arguments.
    executor : concurrent.futures.Executor, optional
        Default: one after another in this process.
    cores : int, optional
        That each task may use; default :func:`share_of_cores`.
    kept : dict, optional
        Results of tasks that need not be run again.
    keep : callable, optional
        Called with the name and the result of each task as it ends.
    report : callable, optional
        Called with the number of tasks that ended and in all.

    Returns
    -------
    done : dict
        Name to result, in the order of ``tasks``.
    failed : dict
        Name to message.
    """
    done = dict(kept or {})
    todo = {name: arguments for name, arguments in tasks.items() if name not in done}
    failed: dict[str, str] = {}
    if report and tasks:
        report(len(done), len(tasks))
    share = cores or share_of_cores(executor, len(todo))
    with closing(_outcomes(run, todo, executor, share)) as outcomes:
        for name, outcome in outcomes:
            if isinstance(outcome, _Failure):
                failed[name] = outcome
            else:
                done[name] = outcome
                if keep:
                    keep(name, outcome)
            if report:
                report(len(done) + len(failed), len(tasks))
    return {name: done[name] for name in tasks if name in done}, failed


def _outcomes[T](
    run: Callable[..., T], tasks: Mapping[str, tuple[Any, ...]], executor: Executor | None, cores: int
) -> Generator[tuple[str, T | _Failure]]:
    if executor is None:
        for name, arguments in tasks.items():
            yield name, _attempt(cores, run, *arguments)
        return
    futures = {executor.submit(_attempt, cores, run, *arguments): name for name, arguments in tasks.items()}
    try:
        for future in as_completed(futures):
            try:
                outcome: T | _Failure = future.result()
            except Exception as error:  # it never came back: the process died, or could not be told what to do
                outcome = _failure(error)
            yield futures.pop(future), outcome
    finally:
        for future in futures:  # an interrupt starts nothing that still waits
            future.cancel()


def _attempt[T](cores: int, run: Callable[..., T], *arguments: Any) -> T | _Failure:
    """Run a task within its cores; an error comes back as text, for not every exception survives the way."""
    before = _CORES.set(cores)
    try:
        with threadpool_limits(cores):
            return run(*arguments)
    except Exception as error:  # whatever it is, the other tasks go on
        return _failure(error)
    finally:
        _CORES.reset(before)


def _failure(error: Exception) -> _Failure:
    return _Failure(error if isinstance(error, JeugdhulpError) else f"{type(error).__name__}: {error}")


def run_tables(
    run: Callable[..., pd.DataFrame],
    tasks: Mapping[str, tuple[Any, ...]],
    executor: Executor | None = None,
    *,
    journal: Path | None = None,
    cores: int | None = None,
    report: Report | None = None,
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Run tasks that each give a table, as :func:`run_tasks`; a task whose table is in the journal is not run again.

    Parameters
    ----------
    run, tasks, executor, cores, report
        As for :func:`run_tasks`; names of tasks are names of files too.
    journal : Path, optional
        Folder, made when absent, where each table is kept as its task ends.
    """
    if journal is None:
        return run_tasks(run, tasks, executor, cores=cores, report=report)
    journal.mkdir(parents=True, exist_ok=True)
    places = {name: journal / f"{name}.csv" for name in tasks}
    kept = {name: pd.read_csv(place) for name, place in places.items() if place.exists()}

    def keep(name: str, table: pd.DataFrame) -> None:
        with replacing(places[name]) as part:
            table.to_csv(part, index=False)

    return run_tasks(run, tasks, executor, cores=cores, kept=kept, keep=keep, report=report)


def fingerprint(*parts: bytes) -> str:
    """Of what results hang on and of the package's code, so that those of two versions are never taken together."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    for path in sorted(Path(bayes_jeugdhulp.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def failure_text(failed: Mapping[str, str]) -> str:
    """A line a message, behind the names of all tasks that failed with it."""
    names: dict[str, list[str]] = {}
    for name, message in failed.items():
        names.setdefault(message, []).append(name)
    return "\n".join(f"{', '.join(alike)}: {message}" for message, alike in names.items())
