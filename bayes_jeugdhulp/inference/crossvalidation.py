"""How well the use of a gemeente is foreseen that took no part in the fit: folds of gemeenten, each fitted anew."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import bdtrc, expit

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.inference.expected import Draws, average_use, fitted_terms, regional_terms
from bayes_jeugdhulp.inference.loo import Refit
from bayes_jeugdhulp.inference.marginal import draw_new_wijk, log_probability_per_draw
from bayes_jeugdhulp.inference.sampling import compile_model
from bayes_jeugdhulp.inference.stored import read_design, read_spec
from bayes_jeugdhulp.model.build import Term, build_model
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.start import approximate_posterior

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

REACH, NODES, FINE = 4.5, 15, 301  # sds of a gemeente effect to either side; points computed; points in between
SCORED = 300  # draws that a gemeente is scored with


def crossvalidate(
    tree: xr.DataTree,
    folds: int = 10,
    seed: int = 2017,
    report: Callable[[int, int], None] | None = None,
    *,
    term: Term | None = None,
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
        Called with the number of folds done and in all.
    term : callable, optional
        The term of your own that the fit was made with, where there is one.

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
    start = approximate_posterior(design, spec.priors)
    compiled = compile_model(build_model(design, spec, start, term=term), start)

    def refit(without: Design) -> Draws:
        return compiled.refit(without, spec, seed)

    fold = gemeente_folds(design, folds, seed)
    expected, published, elpd = np.empty(len(design.youths)), np.empty(len(design.youths)), np.empty(len(fold))
    for i in range(folds):
        gemeenten = np.flatnonzero(fold == i)
        wijken = np.flatnonzero(np.isin(design.gemeente_of_wijk, gemeenten))
        elpd[gemeenten], expected[wijken], published[wijken] = score_fold(design, gemeenten, wijken, refit, seed)
        if report:
            report(i + 1, folds)
    return xr.Dataset(
        {
            "fold": ("gemeente", fold),
            "elpd": ("gemeente", elpd),
            "expected": ("wijk", expected),
            "expected_published": ("wijk", published),
        },
        {"gemeente": list(design.gemeenten), "wijk": design.areas.wijken.index.to_numpy(str)},
        {"folds": folds, "seed": seed},
    )


def gemeente_folds(design: Design, folds: int, seed: int) -> Indices:
    """Deal gemeenten over folds in a random order, each to the fold with the fewest wijken, shape (gemeente,)."""
    sizes = np.bincount(design.gemeente_of_wijk)
    fold, load = np.empty(len(sizes), np.int64), np.zeros(folds)
    for gemeente in np.random.default_rng(seed).permutation(len(sizes)):
        fold[gemeente] = np.argmin(load)
        load[fold[gemeente]] += sizes[gemeente]
    return fold


def score_fold(
    design: Design, gemeenten: Indices, wijken: Indices, refit: Refit, seed: int
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

    The log likelihood of a gemeente is smooth in its effect, so that a cubic spline through a few values serves the
    integral, however many wijken make it narrow.

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
    known = fitted_terms(design, draws)
    fixed = replace(known, location=known.location - draws.gemeente[:, design.gemeente_of_wijk]).rows(rows)
    scored = replace(draws, imputation=draws.imputation[rows])
    sigma = draws.sigma_gemeente[rows][:, design.gemeente_of_wijk]
    members = (design.gemeente_of_wijk[wijken][:, None] == gemeenten).astype(float)
    observed = wijken[design.observed[wijken]]
    at = np.linspace(-REACH, REACH, NODES)
    values = np.empty((NODES, len(rows), len(gemeenten)))
    for value, z in zip(values, at, strict=True):
        moved = replace(fixed, location=fixed.location + z * sigma)
        value[...] = log_probability_per_draw(design, scored, moved, observed)[:, wijken] @ members
    fine, step = np.linspace(-REACH, REACH, FINE, retstep=True)
    logs = CubicSpline(at, values)(fine) - (fine**2 / 2 + np.log(2 * np.pi) / 2 - np.log(step))[:, None, None]
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
