"""Many fits, of years, forms or models, over any executor: each in a file of its own, and found there the next time."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.files import check_writable
from bayes_jeugdhulp.inference.sampling import SamplingSpec, fit
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.tasks import run_tasks

ELSEWHERE = "the fit ended, but its file is not here; expected a folder that all workers share; name one"


def fit_many(
    fits: Mapping[str, tuple[Areas, ModelSpec | None, SamplingSpec | None]],
    folder: str | Path,
    executor: Executor | None = None,
    *,
    cores: int | None = None,
    report: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, Path], dict[str, str]]:
    """Fit many models; one that fails is told by its name, and the others go on.

    Parameters
    ----------
    fits : dict
        Name to areas, model and sampling, as :func:`bayes_jeugdhulp.fit` takes them.
    folder : path
        Where each fit is saved as it ends, as ``name.nc``; made when absent. A fit that is there already, of the same
        figures, model and sampling, is not made again, so that the same call goes on where another was broken off.
    executor : concurrent.futures.Executor, optional
        A process pool, or that of a Dask client (``client.get_executor()``) whose workers write in this very folder.
        Default: one after another in this process.
    cores : int, optional
        That each fit may use. Default: those of this machine shared out over the workers, one where they cannot be
        counted (Dask), all for fits that follow one another.
    report : callable, optional
        Called with the number of fits that ended and in all.

    Returns
    -------
    paths : dict
        Name to file. A fit that did not pass the gate is one of them.
    failed : dict
        Name to message.

    Raises
    ------
    JeugdhulpError
        If the folder cannot be written in.
    ValueError
        If a name cannot be that of a file.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    >>> model = bj.ModelSpec(wijk_effect="normal", missing="median"), bj.SamplingSpec(draws=100, tune=100)
    >>> paths, failed = fit_many({"all": (areas, *model), "part": (areas.select(["JZ51"]), *model)}, "fits")
    >>> [path.name for path in paths.values()], list(failed)
    (['all.nc'], ['part'])
    """
    for name in fits:
        if Path(name).name != name:
            raise ValueError(f"{name!r} cannot be the name of a file; expected one without slashes, such as '2022'")
    check_writable(folder, directory=True).mkdir(exist_ok=True)
    paths = {name: Path(folder).absolute() / f"{name}.nc" for name in fits}
    tasks = {name: (paths[name], *parts) for name, parts in fits.items()}
    done, failed = run_tasks(_fit, tasks, executor, cores=cores, report=report)
    absent = {name: f"{paths[name]}: {ELSEWHERE}" for name in done if not paths[name].exists()}
    return {name: paths[name] for name in done if name not in absent}, failed | absent


def _fit(path: Path, areas: Areas, spec: ModelSpec | None, sampling: SamplingSpec | None) -> None:
    """Fit into a file; nothing comes back, for the file has it all."""
    fit(areas, spec, sampling, keep=path, progress=False)
