"""What the tables take from the draws of each wijk, a part of the wijken at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.expected import (
    REFERENCES,
    STORED,
    Reference,
    Terms,
    average_use,
    fitted_terms,
    terms,
)
from bayes_jeugdhulp.inference.loo import leave_one_out, read_left_out
from bayes_jeugdhulp.inference.marginal import NewWijken, draw_new_wijk
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.decomposition import Decomposition
from bayes_jeugdhulp.results.groups import Grouping, Sums
from bayes_jeugdhulp.results.other_youths import status_changes
from bayes_jeugdhulp.results.scratch import Scratch, scratch
from bayes_jeugdhulp.results.status import FlagRule, Size, joined, mean_and_interval, size_of_difference, status_of
from bayes_jeugdhulp.results.surprise import ATOMS, Predictive, predictive
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS, Counts, Replicates, draw_users
from bayes_jeugdhulp.tasks import side_by_side
from bayes_jeugdhulp.youths import UncertainCounts, spread_of_counts

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class LeaveOneOut:
    """What follows for each wijk without its own figure: by weights, or from draws of its own where k asked for them.

    Parameters
    ----------
    tree : xarray.DataTree
    design : Design
        Of all wijken.
    seed : int
    """

    def __init__(self, tree: xr.DataTree, design: Design, seed: int):
        wijken = len(design.youths)
        self._tree, self._design, self._seed = tree, design, seed
        self._new = {reference: NewWijken(wijken, seed) for reference in REFERENCES}
        self._mean = {reference: np.empty(wijken) for reference in REFERENCES}
        self._atoms = {reference: np.empty((wijken, ATOMS)) for reference in REFERENCES}

    def add(self, place: slice, weights: Array, left_open: Mapping[Reference, Terms], expected: Mapping) -> None:
        """Add a part of the wijken.

        Parameters
        ----------
        place : slice
            Which they are; parts come in their order.
        weights : ndarray, shape (wijk, draw)
            From :func:`bayes_jeugdhulp.inference.loo.leave_one_out`.
        left_open, expected : dict
            Per reference what use follows from, and e_w per draw.
        """
        youths = self._design.youths[place]

        def one(reference: Reference) -> None:
            self._mean[reference][place] = 100 * np.einsum("ws,sw->w", weights, expected[reference])
            eta = self._new[reference](left_open[reference])
            self._atoms[reference][place] = predictive(eta, weights, youths).p

        side_by_side(one, left_open)

    def expected(self, reference: Reference) -> Array:
        """Expected use in percent, shape (wijk,)."""
        mean = self._mean[reference].copy()
        wijken, left_out = read_left_out(self._tree, self._design, reference)
        if left_out is not None:
            mean[wijken] = 100 * average_use(left_out).mean(axis=0)
        return mean

    def predictive(self, reference: Reference) -> Predictive:
        """Distribution of a new wijk's use."""
        found = Predictive.of_atoms(self._atoms[reference], self._design.youths)
        wijken, left_out = read_left_out(self._tree, self._design, reference)
        if left_out is None:
            return found
        eta = draw_new_wijk(left_out, self._seed)
        equal = np.full(eta.T.shape, 1 / len(eta))
        return found.replaced(wijken, predictive(eta, equal, self._design.youths[wijken]))


@dataclass(slots=True, eq=False)
class OfReference:
    """Summaries of wijken against one reference; those of parts are joined.

    Attributes
    ----------
    expected, ratio : ndarray, shape (3, wijk)
        Posterior mean and interval of expected use in percent, and of own use as its multiple.
    size : Size
        Of own less expected use, in percentage points.
    youths_matter : ndarray of bool, shape (wijk,)
        See :func:`bayes_jeugdhulp.results.other_youths.status_changes`.
    difference : array, shape (draw, wijk)
        Own less expected use, in percentage points.
    """

    expected: Array
    ratio: Array
    size: Size
    youths_matter: Mask
    difference: Scratch


@dataclass(slots=True, eq=False)
class Summaries:
    """What the tables are made of.

    Attributes
    ----------
    of : dict
        Reference to summaries of the wijken.
    left_out : LeaveOneOut
    lager_allowed : ndarray of bool, shape (wijk,)
        Wijken whose count stays open over five values or more, so that *lager* gives none away.
    sums : dict
        Name of a level to what it adds up.
    decomposition : Decomposition
    users : ndarray of int, shape (draw, wijk)
        Draws of the true counts; no wijken unless asked for.
    """

    of: dict[Reference, OfReference]
    left_out: LeaveOneOut
    lager_allowed: Mask
    sums: dict[str, Sums]
    decomposition: Decomposition
    users: Counts = field(default_factory=lambda: np.zeros((0, 0), np.int64))


def summarise(
    tree: xr.DataTree,
    design: Design,
    rule: FlagRule,
    seed: int,
    groupings: Mapping[str, Grouping],
    *,
    keep_users: bool = False,
    numbers: int | None = None,
) -> Summaries:
    """Go through the wijken of a fit, a part at a time.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit.
    design : Design
    rule : FlagRule
    seed : int
    groupings : dict
        Name to a level to add up to.
    keep_users : bool, default False
        Keep draws of the true counts, all at once.
    numbers : int, optional
        See :func:`bayes_jeugdhulp.inference.blocks.parts`.

    Returns
    -------
    Summaries
    """
    sizes = tree["posterior"].sizes
    shape = sizes["chain"] * sizes["draw"], len(design.youths)
    spread = spread_of_counts(design.areas.wijken, design.areas.policy)
    rng = np.random.default_rng(seed)
    replicates = {reference: Replicates(reference, seed) for reference in REFERENCES}
    left_out, decomposition = LeaveOneOut(tree, design, seed), Decomposition(design)
    sums = {name: Sums(grouping, shape[0]) for name, grouping in groupings.items()}
    difference = {reference: scratch(shape, STORED) for reference in REFERENCES}
    kept = np.empty(shape if keep_users else (0, 0), np.int64)
    found: dict[Reference, list[tuple]] = {reference: [] for reference in REFERENCES}
    allowed = []
    for part, draws in blocks(tree, design, numbers):
        place = part.place if part.whole else slice(0, shape[1])
        weights = leave_one_out(tree, part)[0]
        left_open = {reference: terms(part, draws, reference) for reference in REFERENCES}
        expected = {reference: average_use(left_open[reference]) for reference in REFERENCES}
        left_out.add(place, weights, left_open, expected)
        decomposition.add(part, draws, expected)
        users = draw_users(part, draws, rng)
        allowed.append(_lager_allowed(users))
        if keep_users:
            kept[:, place] = users
        drawn = side_by_side(Replicates.__call__, replicates.values(), [part] * 2, [draws] * 2)
        new = dict(zip(replicates, drawn, strict=True))
        for level in sums.values():
            level.add(part, draws, expected, users, new)
        del weights, left_open, new
        own, fitted, spread_here = 100 * expit(draws.eta), fitted_terms(part, draws), spread.part(place)
        against = partial(_against, own=own, fitted=fitted, spread=spread_here, rule=rule)
        summaries = side_by_side(against, [expected[reference] for reference in REFERENCES])
        for reference, (apart, *summary) in zip(REFERENCES, summaries, strict=True):
            difference[reference][:, place] = apart
            found[reference].append(tuple(summary))
    of = {reference: _joined(found[reference], difference[reference]) for reference in REFERENCES}
    return Summaries(of, left_out, np.concatenate(allowed), sums, decomposition, kept)


def _against(
    expected: Array, own: Array, fitted: Terms, spread: UncertainCounts, rule: FlagRule
) -> tuple[Array, Array, Array, Size, Mask]:
    """Differences of own use, in percent, with the expected share, and what becomes of an :class:`OfReference`."""
    percent = 100 * expected
    apart = own - percent
    size = size_of_difference(apart, rule, percent)
    reported = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
    matter = status_changes(spread, fitted, expected, rule, reported)
    of_expected, of_ratio = (mean_and_interval(values, rule.probability) for values in (percent, own / percent))
    return apart, of_expected, of_ratio, size, matter


def _joined(found: list[tuple], difference: Scratch) -> OfReference:
    expected, ratio, size, matter = zip(*found, strict=True)
    return OfReference(np.hstack(expected), np.hstack(ratio), joined(size), np.concatenate(matter), difference)


def _lager_allowed(users: Counts) -> Mask:
    low, high = np.quantile(users, [0.025, 0.975], axis=0, method="inverted_cdf")
    return high - low + 1 >= SHOWN_COUNTS
