"""How surprising a published count is for a new wijk with the same kenmerken: mid-p, intervals, the flag."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, expit, ndtr

from bayes_jeugdhulp.counts import CountsPolicy

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

ATOMS = 100  # per wijk; evenly spaced on the normal scale, so that the tails are as fine as the middle


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """Weighted distribution of a new wijk's use, as a few atoms per wijk.

    Attributes
    ----------
    p, mass : ndarray, shape (wijk, atom)
        Probabilities of use, and their weights, adding to 1 per wijk.
    youths : ndarray of int, shape (wijk,)
    """

    p: Array
    mass: Array
    youths: Counts

    @classmethod
    def of_atoms(cls, p: Array, youths: Counts) -> "Predictive":
        """The usual atoms, of shape (wijk, atom), with the mass that each stands for."""
        return cls(p, np.tile(np.diff(_edges()), (len(youths), 1)), youths)

    def replaced(self, wijken: NDArray[np.int64], other: "Predictive") -> "Predictive":
        """With the distributions of some wijken from another, in the order of ``wijken``."""
        p = self.p.copy()
        p[wijken] = other.p
        return Predictive(p, self.mass, self.youths)

    def at_most(self, counts: Counts) -> Array:
        """P(replicate <= counts), shape (wijk,); 0 below 0."""
        inside = np.maximum(counts, 0)[:, None]
        return np.where(counts < 0, 0.0, (self.mass * bdtr(inside, self.youths[:, None], self.p)).sum(axis=1))

    def quantile(self, level: float) -> Counts:
        """Smallest count with ``P(replicate <= count) >= level``, shape (wijk,)."""
        below, reached = np.full(len(self.youths), -1), self.youths.copy()
        while (reached - below > 1).any():
            middle = (below + reached) // 2
            enough = self.at_most(middle) >= level
            reached, below = np.where(enough, middle, reached), np.where(enough, below, middle)
        return reached


def predictive(eta: Array, weights: Array, youths: Counts) -> Predictive:
    """Compress weighted draws of a new wijk's log odds.

    Parameters
    ----------
    eta : ndarray, shape (draw, wijk)
    weights : ndarray, shape (wijk, draw)
        Leave-one-out weights, adding to 1.
    youths : ndarray of int, shape (wijk,)

    Returns
    -------
    Predictive
    """
    edges, mass = _edges(), np.diff(_edges())
    atoms = np.empty((len(youths), ATOMS))
    for w in range(len(youths)):
        order = np.argsort(eta[:, w])
        share = weights[w, order]
        cumulative = np.concatenate([[0], np.cumsum(share)])
        use = np.concatenate([[0], np.cumsum(share * expit(eta[order, w]))])
        atoms[w] = np.diff(np.interp(edges * cumulative[-1], cumulative, use)) / (mass * cumulative[-1])
    return Predictive.of_atoms(np.clip(atoms, 0, 1), youths)


def _edges() -> Array:
    """Where the probability is cut into atoms."""
    edges = ndtr(np.linspace(-3.5, 3.5, ATOMS + 1))
    edges[0], edges[-1] = 0, 1
    return edges


@dataclass(frozen=True, slots=True, eq=False)
class Surprise:
    """A published figure against the replicates of a new wijk, in published space.

    Attributes
    ----------
    mid_p : ndarray, shape (wijk,)
        ``P(rep < y) + P(rep = y) / 2``: near 1 is higher than expected.
    low, high : ndarray of float, shape (wijk,)
        Closed predictive interval as counts the source would publish; a suppressed end stands at the bound of what
        suppression leaves open (0, or the limit less one).
    outside : ndarray of str, shape (wijk,)
        hoger, lager or binnen.
    below, up_to : ndarray, shape (wijk,)
        ``P(rep < y)`` and ``P(rep <= y)``, from which a randomised PIT follows.
    """

    mid_p: Array
    low: Array
    high: Array
    outside: NDArray[np.str_]
    below: Array
    up_to: Array


def surprise(
    predicted: Predictive, users_low: Counts, users_high: Counts, policy: CountsPolicy, probability: float = 0.95
) -> Surprise:
    """Compare published figures, known as bounds, with their predictive distribution.

    Parameters
    ----------
    predicted : Predictive
    users_low, users_high : ndarray of int, shape (wijk,)
        Bounds of the true count. All counts within them are published alike and count as equal.
    policy : CountsPolicy
        Publishes the ends of the interval.
    probability : float, default 0.95

    Returns
    -------
    Surprise

    Notes
    -----
    Marshall & Spiegelhalter 2003, Stat Med 22:1649-60 (mixed predictive check), with the mid-p turned so that near 1
    is higher than expected.

    Examples
    --------
    >>> certain = Predictive(np.array([[0.1]]), np.array([[1.0]]), np.array([100]))
    >>> s = surprise(certain, np.array([30]), np.array([30]), CountsPolicy(10))
    >>> s.outside[0], float(s.low[0]), float(s.high[0])
    (np.str_('hoger'), 0.0, 16.0)
    """
    tail = (1 - probability) / 2
    below, up_to = predicted.at_most(users_low - 1), predicted.at_most(users_high)
    # the same two comparisons as with the ends of the closed interval, without rounding them first
    outside = np.where(below >= 1 - tail, "hoger", np.where(up_to < tail, "lager", "binnen"))
    ends = [policy.publish(predicted.quantile(level)) for level in (tail, 1 - tail)]
    low, high = (
        np.minimum(np.where(end == policy.SUPPRESSED, bound, end), predicted.youths).astype(float)
        for end, bound in zip(ends, policy.suppressed_bounds, strict=True)
    )
    return Surprise((below + up_to) / 2, low, high, outside, below, up_to)


def chance_of_extreme(predicted: Predictive, policy: CountsPolicy, probability: float = 0.95) -> Array:
    """How often the mid-p of a replicate itself lies outside the central interval, shape (wijk,).

    Counts are whole and published alike in groups, so that this is not ``1 - probability``: in small wijken it is less
    or more, and 0 where the group at the end is likelier than its tail.

    Examples
    --------
    >>> certain = Predictive(np.array([[0.1]]), np.array([[1.0]]), np.array([100]))
    >>> chance_of_extreme(certain, CountsPolicy()).round(3), chance_of_extreme(certain, CountsPolicy(10)).round(3)
    (array([0.044]), array([0.021]))
    """
    tail = (1 - probability) / 2
    chance = np.zeros(len(predicted.youths))
    for level in (tail, 1 - tail):
        low, high = policy.bounds(policy.publish(predicted.quantile(level)))
        below, up_to = predicted.at_most(low - 1), predicted.at_most(np.minimum(high, predicted.youths))
        middle = (below + up_to) / 2
        if level == tail:
            chance += np.where(middle < level, up_to, below)
        else:
            chance += 1 - np.where(middle > level, below, up_to)
    return chance
