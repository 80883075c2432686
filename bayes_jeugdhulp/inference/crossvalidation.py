"""How well the use of a gemeente is foreseen that took no part in the fit: folds of gemeenten, each fitted anew."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import bdtrc, expit

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.inference.expected import Draws, average_use, read_draws, regional_terms
from bayes_jeugdhulp.inference.gemeente_effect import log_density_of_effect, log_probability_by_effect
from bayes_jeugdhulp.inference.marginal import draw_new_wijk
from bayes_jeugdhulp.inference.sampling import Compiled, compile_model
from bayes_jeugdhulp.inference.stored import read_design, read_spec
from bayes_jeugdhulp.model.build import Term, build_model
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.tasks import failure_text, fingerprint, run_tables

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SCORES = ("elpd", "expected", "expected_published")  # of gemeenten, of wijken, of wijken
SCORED = 300  # draws that a gemeente is scored with


def crossvalidate(
    tree: xr.DataTree,
    folds: int = 10,
    seed: int = 2017,
    report: Callable[[int, int], None] | None = None,
    *,
    term: Term | None = None,
    executor: Executor | None = None,
    journal: str | Path | None = None,
    cores: int | None = None,
) -> xr.Dataset:
    """Leave out a fold of gemeenten at a time, fit the rest, and see what was foreseen of the fold.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit; its model is compiled again and its data are those of the fit.
    folds : int, default 10
        As many as there are gemeenten leaves one gemeente out at a time.
    seed : int, default 2017
        Of the folds, the same for every model, and of the draws.
    report : callable, optional
        Called with the number of folds that ended and in all.
    term : callable, optional
        The term of your own that the fit was made with, where there is one.
    executor : concurrent.futures.Executor, optional
        A process pool, or that of a Dask client (``client.get_executor()``): every process compiles the model once, and
        needs to import ``term``. Default: folds one after another in this process.
    journal : path, optional
        Folder where each fold is kept as it ends; those that are there already, of this very fit and this very code,
        are not fitted again. So a crossvalidation that was broken off, or of which a fold failed, goes on.
    cores : int, optional
        That each fold may use. Default: those of this machine shared out over the workers, one where they cannot be
        counted (Dask), all for folds that follow one another.

    Returns
    -------
    Dataset, dims ``gemeente`` and ``wijk``
        ``fold`` and ``elpd`` (gemeente): log of the joint predictive probability of all figures of the gemeente,
        suppressed ones as intervals, its own effect integrated out. ``expected`` (wijk), and ``expected_published``
        (wijk): what is expected of y / n given that it is published, shares.

    Raises
    ------
    JeugdhulpError
        If there are fewer than two folds or more than gemeenten, the fit has another term of its own, or a spatial
        effect: what the neighbours of a held-out gemeente tell of all its wijken together is not integrated over here.
        If a fold failed, when all others have ended: names its gemeenten.
    ValueError
        If a crossvalidation with a term of your own is to be kept: the journal does not tell which.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> crossvalidate(bj.load("fit.nc"), folds=2)["fold"].dims
    ('gemeente',)
    """
    design, spec = read_design(tree), read_spec(tree)
    if not 2 <= folds <= len(design.gemeenten):
        raise JeugdhulpError(
            f"{folds} folds; expected 2 to {len(design.gemeenten)}, the number of gemeenten; give another"
        )
    if design.graph:
        raise JeugdhulpError(
            "a fit with a spatial effect; expected one without: wijken of a held-out gemeente would share what its "
            "neighbours tell; compare such fits leave-one-wijk-out (compare)"
        )
    own = tree.attrs.get("term")
    if own != (term and term.__name__):
        raise JeugdhulpError(
            f"the fit has {'the term ' + own if own else 'no term'} of its own; give crossvalidate the same, in Python"
        )
    if journal and term:
        raise ValueError("a crossvalidation with a term of your own is not kept: leave out the journal")
    fold, model = gemeente_folds(design, folds, seed), _Model(token_hex(), design, spec, term)
    tasks = {f"fold_{i:03d}": (model, np.flatnonzero(fold == i), seed) for i in range(folds)}
    place = Path(journal) / _fingerprint(tree, folds, seed) if journal else None
    tables, failed = run_tables(_fold, tasks, executor, journal=place, cores=cores, report=report)
    if failed:
        missed = {
            f"{name} ({', '.join(design.gemeenten[g] for g in tasks[name][1])})": why for name, why in failed.items()
        }
        kept = f"the others are kept in {journal}" if journal else "with a journal the others would be kept"
        raise JeugdhulpError(f"{len(failed)} of {folds} folds failed, and {kept}\n{failure_text(missed)}")
    found = {name: np.empty(len(fold if name == "elpd" else design.youths)) for name in SCORES}
    for table in tables.values():
        for name, part in table.groupby("score"):
            found[str(name)][part["place"]] = part["value"]
    return xr.Dataset(
        {
            "fold": ("gemeente", fold),
            **{name: ("gemeente" if name == "elpd" else "wijk", values) for name, values in found.items()},
        },
        {"gemeente": list(design.gemeenten), "wijk": design.areas.wijken.index.to_numpy(str)},
        {"folds": folds, "seed": seed},
    )


@dataclass(frozen=True, slots=True)
class _Model:
    """What a process compiles once: told from others by its token, for the rest is large."""

    token: str
    design: Design = field(compare=False)
    spec: ModelSpec = field(compare=False)
    term: Term | None = field(compare=False)


@lru_cache(maxsize=1)
def _compiled(model: _Model) -> Compiled:
    start = approximate_posterior(model.design, model.spec.priors)
    return compile_model(build_model(model.design, model.spec, start, term=model.term), start)


def _fold(model: _Model, gemeenten: Indices, seed: int) -> pd.DataFrame:
    """Scores of a fold: which score, of which gemeente or wijk of the design, and its value."""
    wijken = np.flatnonzero(np.isin(model.design.gemeente_of_wijk, gemeenten))
    compiled = _compiled(model)
    values = score_fold(
        model.design,
        gemeenten,
        wijken,
        lambda without: read_draws(compiled.refit(without, model.spec, seed), without),
        seed,
    )
    parts = zip(SCORES, (gemeenten, wijken, wijken), values, strict=True)
    return pd.concat([pd.DataFrame({"score": name, "place": at, "value": value}) for name, at, value in parts])


def _fingerprint(tree: xr.DataTree, folds: int, seed: int) -> str:
    """Of all that folds and their scores hang on: the figures with their imputations, the model, the seed."""
    variables = tree["constant_data"].to_dataset().variables.values()
    data = (pd.util.hash_array(np.ravel(variable.to_numpy())).tobytes() for variable in variables)
    choices = (tree.attrs["model_spec"], tree.attrs["counts_policy"], str(folds), str(seed))
    return fingerprint(*(text.encode() for text in choices), *data)


def gemeente_folds(design: Design, folds: int, seed: int) -> Indices:
    """Deal gemeenten over folds in a random order, each to the fold with the fewest wijken, shape (gemeente,)."""
    sizes = np.bincount(design.gemeente_of_wijk)
    fold, load = np.empty(len(sizes), np.int64), np.zeros(folds)
    for gemeente in np.random.default_rng(seed).permutation(len(sizes)):
        fold[gemeente] = np.argmin(load)
        load[fold[gemeente]] += sizes[gemeente]
    return fold


def score_fold(
    design: Design, gemeenten: Indices, wijken: Indices, refit: Callable[[Design], Draws], seed: int
) -> tuple[Array, Array, Array]:
    """Fit without some gemeenten and score them.

    Returns
    -------
    elpd : ndarray, shape (len(gemeenten),)
    expected, published : ndarray, shape (len(wijken),)
        Expected use, and that given that it is published, shares.
    """
    draws = refit(design.without(wijken))
    elpd = score_gemeenten(design, draws, gemeenten, wijken)
    ahead = regional_terms(design, draws).select(wijken)
    p = expit(draw_new_wijk(ahead, seed))
    limit = design.areas.policy.suppressed_below
    return elpd, average_use(ahead).mean(axis=0), expected_if_published(p, design.youths[wijken], limit)


def score_gemeenten(design: Design, draws: Draws, gemeenten: Indices, wijken: Indices) -> Array:
    """Log of the joint predictive probability of the figures of each gemeente, its effect integrated out.

    Parameters
    ----------
    design : Design
    draws : Draws
        Of a fit without these gemeenten.
    gemeenten, wijken : ndarray of int
        The gemeenten, and all their wijken.

    Returns
    -------
    ndarray, shape (len(gemeenten),)
    """
    rows = np.linspace(0, len(draws.alpha) - 1, min(SCORED, len(draws.alpha))).astype(int)
    members = (design.gemeente_of_wijk[wijken][:, None] == gemeenten).astype(float)
    observed = wijken[design.observed[wijken]]
    values = [value[:, wijken] @ members for value in log_probability_by_effect(design, draws, observed, rows)]
    logs = log_density_of_effect(np.stack(values))
    largest = logs.max(axis=(0, 1))
    return largest + np.log(np.exp(logs - largest).sum(axis=0).mean(axis=0))


def expected_if_published(p: Array, youths: Indices, limit: int) -> Array:
    """E[y / n] given that y is at least the secrecy limit: what a published percentage is to be compared with.

    Parameters
    ----------
    p : ndarray, shape (draw, wijk)
        Draws of the probability of use of a new wijk.
    youths : ndarray of int, shape (wijk,)
    limit : int
        Smallest count that is published; 0 where all are.

    Returns
    -------
    ndarray, shape (wijk,)
        NaN where no count can be published.

    Notes
    -----
    ``E[k 1(k >= L)] = n p P(Binomial(n - 1, p) >= L - 1)``.

    Examples
    --------
    >>> expected_if_published(np.array([[0.5]]), np.array([2]), 2).tolist()
    [1.0]
    """
    if limit == 0:
        return p.mean(axis=0)
    reached = bdtrc(limit - 1, youths, p)
    one_less = bdtrc(limit - 2, np.maximum(youths - 1, 0), p) if limit > 1 else np.ones_like(p)
    possible = youths >= limit
    with np.errstate(invalid="ignore"):
        return np.where(possible, (p * one_less).mean(axis=0) / reached.mean(axis=0), np.nan)
