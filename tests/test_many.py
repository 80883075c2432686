"""Many tasks, fits and folds: one that fails, what runs again, the cores each is told, an interrupt, any executor."""

import _thread
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_docs_columns import Unsampled
from threadpoolctl import threadpool_info

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.errors import DataError, JeugdhulpError, Problem
from bayes_jeugdhulp.inference import crossvalidation, sampling
from bayes_jeugdhulp.inference.sampling import Compiled
from bayes_jeugdhulp.tasks import failure_text, run_tables, run_tasks, share_of_cores, usable_cores

MODEL = bj.ModelSpec(wijk_effect="normal", missing="median"), bj.SamplingSpec(chains=2, draws=20)
BAD = DataError([Problem("b.csv", "no rows", "one row per wijk", "export it again")])


def halved(number: int) -> int:
    if number % 2:
        raise BAD if number == 1 else ValueError("odd")
    return number // 2


@pytest.fixture(params=["in this process", "threads"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    with nullcontext() if request.param == "in this process" else ThreadPoolExecutor(2) as made:
        yield made


def test_what_fails_is_told_by_name_and_the_others_are_kept(executor: Executor | None) -> None:
    kept, told = {}, []
    tasks = {f"task {number}": (number,) for number in range(6)}
    done, failed = run_tasks(
        halved, tasks, executor, kept={"task 4": 7}, keep=kept.__setitem__, report=lambda *numbers: told.append(numbers)
    )
    assert done == {"task 0": 0, "task 2": 1, "task 4": 7}
    assert list(done) == sorted(done)
    assert kept == {"task 0": 0, "task 2": 1}
    assert failed == {"task 1": str(BAD), "task 3": "ValueError: odd", "task 5": "ValueError: odd"}
    assert told == [(number, 6) for number in range(1, 7)]
    assert failure_text({"a": "odd", "b": "no rows", "c": "odd"}) == "a, c: odd\nb: no rows"


def test_an_interrupt_starts_nothing_that_waits_and_keeps_what_is_done(tmp_path: Path) -> None:
    started: list[int] = []
    release = threading.Event()

    def table(number: int) -> pd.DataFrame:
        started.append(number)
        assert number == 0 or release.wait(10)
        return pd.DataFrame({"number": [number + 1 / 3]})

    def interrupt(ended: int, _: int) -> None:
        if ended == 1:
            raise KeyboardInterrupt

    tasks = {f"{number}": (number,) for number in range(5)}
    for executor in (None, ThreadPoolExecutor(1)):
        with pytest.raises(KeyboardInterrupt):
            run_tables(table, tasks, executor, journal=tmp_path / str(executor is None), report=interrupt)
    release.set()
    executor.shutdown()
    assert started[:2] == [0, 0]
    assert set(started[2:]) <= {1}, "the one that ran when the interrupt came"
    started.clear()
    tables, _ = run_tables(table, tasks, journal=tmp_path / "True")
    assert started == [1, 2, 3, 4]
    assert [float(tables[name]["number"].iloc[0]) for name in tasks] == [number + 1 / 3 for number in range(5)]


def test_workers_times_cores_are_no_more_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "process_cpu_count", lambda: 8, raising=False)
    with ThreadPoolExecutor(2) as two, ThreadPoolExecutor(3) as three, ThreadPoolExecutor(20) as twenty:
        shares = [share_of_cores(pool, 10) for pool in (None, two, three, twenty)]
        assert (shares, share_of_cores(twenty, 2)) == ([8, 4, 2, 1], 4)
        told, _ = run_tasks(lambda: (usable_cores(), _threads()), {"a": (), "b": ()}, two)
        given, _ = run_tasks(lambda: (usable_cores(), _threads()), {"a": ()}, two, cores=1)
    assert [cores for cores, _ in told.values()] == [4, 4]
    assert given == {"a": (1, 1)}
    assert share_of_cores(_Cluster(), 10) == 1
    assert usable_cores() == 8


def _threads() -> int:
    """The most threads that a library of linear algebra would use."""
    return max((library["num_threads"] for library in threadpool_info()), default=1)


class _Cluster(Executor):
    """Does not tell how many workers it has, as Dask's does not."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **given: Any) -> Future[Any]:
        raise NotImplementedError


def test_the_sampler_has_the_cores_of_its_task_and_an_interrupt_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    cancelled: list[bool] = []
    running = SimpleNamespace(wait=lambda: "draws", cancel=lambda: cancelled.append(True))

    def sample(_: object, **given: Any) -> object:
        asked.append(given["cores"])
        assert not given["blocking"], "it would hand on the draws so far when interrupted"
        return running

    monkeypatch.setattr("nutpie.sample", sample)
    monkeypatch.setattr(sampling, "packed", dict)
    model = Compiled(SimpleNamespace(with_data=lambda **_: None), 0)

    def run() -> object:
        return model.run({"log_size": np.zeros(60)}, bj.SamplingSpec(chains=4), 10, 1)

    with ThreadPoolExecutor(1) as executor:
        assert run_tasks(run, {"a": ()}, executor, cores=3) == ({"a": "draws"}, {})
        assert run_tasks(run, {"a": ()}, executor, cores=9) == ({"a": "draws"}, {})
    assert asked == [3, 4]

    def interrupted() -> None:
        raise KeyboardInterrupt

    running.wait = interrupted
    with pytest.raises(KeyboardInterrupt):
        run()
    assert cancelled == [True]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Models that were compiled, by their number of wijken; sampling is a draw from the prior."""
    sizes: list[int] = []

    def compile_model(model: Any, start: Any) -> Unsampled:
        sizes.append(len(start.eta))
        return Unsampled(model, start)

    monkeypatch.setattr(sampling, "compile_model", compile_model)
    monkeypatch.setattr(crossvalidation, "compile_model", compile_model)
    return sizes


@pytest.fixture(scope="module")
def areas() -> bj.Areas:
    return bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas


def test_only_fits_that_failed_are_made_again(areas: bj.Areas, compiled: list[int], tmp_path: Path) -> None:
    part = areas.select(["JZ51"])  # two gemeenten: too few
    fits = {"2021": (areas, *MODEL), "2022": (part, *MODEL)}
    paths, failed = bj.fit_many(fits, tmp_path / "fits")
    assert paths == {"2021": tmp_path / "fits" / "2021.nc"}
    assert "2 gemeente(n)" in failed["2022"]
    larger = areas.select(["JZ52"])
    fits["2022"] = (larger, *MODEL)
    with ThreadPoolExecutor(1) as executor:
        paths, failed = bj.fit_many(fits, tmp_path / "fits", executor)
    assert ([*paths], failed) == (["2021", "2022"], {})
    assert compiled == [60, len(larger)]
    assert len(bj.load(paths["2022"])["posterior"]["wijk"]) == len(larger)
    _, failed = bj.fit_many({"2021": (larger, *MODEL)}, tmp_path / "fits")
    assert "2021.nc: a fit that differs in data_hash" in failed["2021"]
    with pytest.raises(ValueError, match="'a/b' cannot be the name of a file"):
        bj.fit_many({"a/b": (areas, *MODEL)}, tmp_path / "fits")


def test_a_file_that_a_worker_wrote_elsewhere_is_a_failure(
    areas: bj.Areas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bayes_jeugdhulp.inference.many.fit", lambda *_, **__: None)
    paths, failed = bj.fit_many({"2021": (areas, *MODEL)}, tmp_path / "fits")
    assert paths == {}
    assert "expected a folder that all workers share" in failed["2021"]


def test_folds_go_on_where_one_failed_and_are_the_same_over_an_executor(
    areas: bj.Areas, compiled: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tree, real = bj.fit(areas, *MODEL), crossvalidation.score_fold
    whole = bj.crossvalidate(tree, folds=3, seed=5)
    with ThreadPoolExecutor(2) as executor:
        xr.testing.assert_identical(whole, bj.crossvalidate(tree, folds=3, seed=5, executor=executor))
    left_out = np.flatnonzero(whole["fold"] == 1)
    scored: list[list[int]] = []

    def fails(design: Any, gemeenten: Any, *rest: Any) -> Any:
        scored.append(gemeenten.tolist())
        if 1 in whole["fold"].to_numpy()[gemeenten] and len(scored) < 4:
            raise FloatingPointError("a step too far")
        return real(design, gemeenten, *rest)

    monkeypatch.setattr(crossvalidation, "score_fold", fails)
    with pytest.raises(JeugdhulpError) as told:
        bj.crossvalidate(tree, folds=3, seed=5, journal=tmp_path / "kept")
    codes = ", ".join(tree["posterior"]["gemeente"].to_numpy()[left_out])
    assert str(told.value) == (
        f"1 of 3 folds failed, and the others are kept in {tmp_path / 'kept'}\n"
        f"fold_001 ({codes}): FloatingPointError: a step too far"
    )
    bj.save(tree, tmp_path / "fit.nc")
    again = bj.crossvalidate(bj.load(tmp_path / "fit.nc"), folds=3, seed=5, journal=tmp_path / "kept")
    xr.testing.assert_identical(whole, again)
    assert [len(scored), scored[-1]] == [4, left_out.tolist()]
    compiled.clear()
    bj.crossvalidate(tree, folds=3, seed=5, journal=tmp_path / "kept")
    assert (len(scored), compiled) == (4, []), "all are there: nothing is even compiled"
    bj.crossvalidate(tree, folds=3, seed=6, journal=tmp_path / "kept")
    tree["constant_data"]["youths"] = tree["constant_data"]["youths"] + 1
    bj.crossvalidate(tree, folds=3, seed=5, journal=tmp_path / "kept")
    assert len(scored) == 10, "another seed, and other figures"
    tree.attrs["term"] = "own"
    with pytest.raises(ValueError, match="term of your own is not kept"):
        bj.crossvalidate(tree, folds=3, term=own, journal=tmp_path / "kept")


def own(_: Any) -> float:
    return 0.0


def end_process(status: int) -> None:
    os._exit(status)


@pytest.mark.heavy
def test_processes_give_what_one_does_and_one_that_dies_is_told(areas: bj.Areas, tmp_path: Path) -> None:
    """For real: processes that import everything anew, compile and sample."""
    model = MODEL[0], bj.SamplingSpec(chains=2, draws=50, tune=100)
    fits = {"one": (areas, *model), "few": (areas.select(["JZ51"]), *model), "two": (areas, model[0], None)}
    fits["two"] = (areas, model[0], bj.SamplingSpec(chains=2, draws=50, tune=100, seed=5))
    processes = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    with processes(1) as first:  # a process that compiled anything afresh rounds otherwise: this one may have, too
        first.submit(bj.fit, areas, *model, progress=False).result()
    with processes(2) as executor:
        paths, failed = bj.fit_many(fits, tmp_path / "fits", executor)
        assert ([*paths], [*failed]) == (["one", "two"], ["few"])
        assert "expected at least 5: differences between gemeenten" in failed["few"]
        tree = bj.load(paths["one"])
        folds = bj.crossvalidate(tree, folds=2, executor=executor)
        _, failed = run_tasks(end_process, {"dies": (1,)}, executor)
        assert failed["dies"].startswith("BrokenProcessPool")
    with processes(1) as one:
        alone = one.submit(bj.fit, areas, *model, progress=False).result()
        np.testing.assert_array_equal(alone["posterior"]["eta"], tree["posterior"]["eta"])
        xr.testing.assert_identical(one.submit(bj.crossvalidate, tree, folds=2).result(), folds)


@pytest.mark.heavy
def test_an_interrupted_fit_is_not_taken_for_a_whole_one(areas: bj.Areas, tmp_path: Path) -> None:
    stages: list[str] = []

    def report(stage: str, _: float) -> None:
        stages.append(stage)
        if stage == "compiling the model":
            threading.Timer(2, _thread.interrupt_main).start()

    endless = bj.SamplingSpec(chains=2, draws=1_000_000)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell leaves it off in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            bj.fit(areas, MODEL[0], endless, keep=tmp_path / "fit.nc", progress=False, report=report)
    finally:
        signal.signal(signal.SIGINT, before)
    assert stages[-1] == "compiling the model"
    assert not list(tmp_path.iterdir())
