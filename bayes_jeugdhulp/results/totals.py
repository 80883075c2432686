"""Youth-weighted totals per gemeente, region and country: actual use with what is suppressed, and expected use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit

from bayes_jeugdhulp.inference.expected import Draws, Reference, location, standard_effects
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.spatial import draw_fields

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

SHOWN_COUNTS = 5  # an interval that we show of suppressed counts covers at least this many


def draw_users(design: Design, draws: Draws, seed: int | np.random.Generator) -> Counts:
    """Draw the true counts given what was published, shape (draw, wijk).

    Known counts stand as they are; a suppressed or rounded one is drawn within its bounds given the wijk's own use,
    a missing one freely. With one generator for all, parts of a design one after another are drawn as the whole is.
    """
    rng = np.random.default_rng(seed)
    users = np.tile(design.users_low, (len(draws.eta), 1))
    for w in np.flatnonzero(design.users_high > design.users_low).tolist():
        if design.areas.wijken["observed_state"].iloc[w] == "missing":
            users[:, w] = rng.binomial(design.youths[w], expit(draws.eta[:, w]))
            continue
        cumulative = hidden_pmf(design, draws, w).cumsum(axis=1)
        place = rng.random((len(cumulative), 1)) * cumulative[:, -1:]
        users[:, w] += (cumulative < place).sum(axis=1)
    return users


def hidden_pmf(design: Design, draws: Draws, wijk: int) -> Array:
    """Probabilities of every count within the bounds of a wijk given its own use, shape (draw, count)."""
    counts = np.arange(design.users_low[wijk], design.users_high[wijk] + 1)
    youths = np.full(len(counts), design.youths[wijk])
    terms = log_interval_binomial(youths, counts, counts)(draws.eta[:, [wijk]])
    chance = np.exp(terms - terms.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)


def replicate_users(design: Design, draws: Draws, reference: Reference, seed: int) -> Counts:
    """Draw counts of new wijken with the same kenmerken, shape (draw, wijk); see :class:`Replicates`."""
    return Replicates(reference, seed)(design, draws)


class Replicates:
    """Draws counts of new wijken with the same kenmerken, a part of a design at a time; parts make no difference.

    Wijken of one gemeente share what the reference shares: for ``national`` a new region and gemeente effect. Spatial
    effects are new for ``national``, and shared as the neighbours share them; within the gemeente they are the fitted
    ones, as its own effect is.

    Parameters
    ----------
    reference : {"within_gemeente", "national"}
    seed : int
    """

    def __init__(self, reference: Reference, seed: int):
        self._reference, self._streams = reference, np.random.default_rng(seed).spawn(5)
        self._level: Array | None = None

    def __call__(self, design: Design, draws: Draws) -> Counts:
        """Draw for the next wijken, shape (draw, wijk)."""
        shared, kenmerken, effects, which, counts = self._streams
        eta, shape = location(design, draws, self._reference), draws.eta.shape[::-1]
        if self._reference == "national":
            if self._level is None:
                self._level = _new_level(design, draws, shared)
            eta += self._level[:, design.gemeente_of_wijk]
        if draws.spatial and design.graph:
            if self._reference == "national":
                eta += np.sqrt(draws.spatial.variance)[:, None] * draw_fields(design.graph, len(eta), shared)
            else:
                eta += draws.spatial.effect
        eta += kenmerken.standard_normal(shape).T * np.sqrt(draws.kenmerken_variance)
        eta += standard_effects(draws, shape[0], effects, which) * draws.sigma_wijk
        return counts.binomial(design.youths[:, None], expit(eta).T).T


def _new_level(design: Design, draws: Draws, rng: np.random.Generator) -> Array:
    """New effects of gemeenten and regions, shape (draw, gemeente)."""
    count = len(draws.alpha)
    level = rng.standard_normal((count, len(design.gemeenten)))
    level *= draws.sigma_gemeente
    if design.regios:
        regio = rng.standard_normal((count, len(design.regios))) * draws.sigma_regio[:, None]
        for gemeente, of in enumerate(design.regio_of_gemeente):  # all at once they take as much memory again
            level[:, gemeente] += regio[:, of]
    return level


def sum_by(values: Array | Counts, group: Counts, groups: int) -> Array:
    """Add up the last axis by group, (..., wijk) to (..., group)."""
    members = csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=(groups, len(group)))
    return np.asarray(members @ values.T).T


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """What is not exactly known of the counts of each group; arrays of shape (group,).

    Attributes
    ----------
    low, high
        Interval of the sum of the counts that are not exactly known, widened to cover five counts or all that the
        bounds leave open.
    """

    low: Array
    high: Array


def hidden_interval(
    users: Array | NDArray[np.integer], least: Array, most: Array, probability: float, shown: int = SHOWN_COUNTS
) -> Hidden:
    """Interval of sums of hidden counts that gives none of them away.

    Parameters
    ----------
    users : ndarray, shape (draw, group)
        Draws of the sums of hidden counts.
    least, most : ndarray, shape (group,)
        Their bounds.
    probability : float
    shown : int, default 5
        Counts that the interval covers at least, where the bounds leave that many open.

    Examples
    --------
    >>> shut = hidden_interval(np.full((10, 1), 8.0), np.array([0.0]), np.array([9.0]), 0.95)
    >>> shut.low.tolist(), shut.high.tolist()
    ([5.0], [9.0])
    """
    tail = (1 - probability) / 2
    low, high = np.quantile(users, [tail, 1 - tail], axis=0, method="inverted_cdf")
    need = np.minimum(shown, most - least + 1)
    lack = np.maximum(need - (high - low + 1), 0)
    low = np.clip(low - np.ceil(lack / 2), least, most - need + 1)
    return Hidden(low, np.maximum(high, low + need - 1))
