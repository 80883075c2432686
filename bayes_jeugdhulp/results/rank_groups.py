"""Groups of units that cannot be told apart, and a capped share of pairs that the groups put in the wrong order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.scratch import Scratch, stretches

Array = NDArray[np.float64]

DRAWS = 1000  # for the probabilities of pairs: then a probability has a standard error of at most 0.016
COMPARISONS, FEWEST = 10**11, 200  # of pairs in all draws, about; of more units fewer draws, but no fewer than so many
ROWS = 250  # draws compared at a time, so that their number fits in a byte


@dataclass(frozen=True, slots=True, eq=False)
class RankGroups:
    """Units in groups, 1 the highest.

    Attributes
    ----------
    group : ndarray of int, shape (unit,)
    count : int
        Number of groups.
    ordered : float
        Share of all pairs of units that lie in different groups.
    misordered : float or None
        Expected share of those pairs that lie the wrong way round; None where there is one group.
    """

    group: NDArray[np.int64]
    count: int
    ordered: float
    misordered: float | None

    def describe(self, level: str, reference: str) -> dict[str, Any]:
        """A record of all but the groups themselves."""
        shares = {"ordered": round(self.ordered, 6), "misordered": self.misordered and round(self.misordered, 6)}
        return {"level": level, "reference": reference, "groups": self.count, **shares}


def rank_groups(
    theta: Scratch, q: float = 0.10, *, expected_rank: Array | None = None, draws: int | None = None
) -> RankGroups:
    """Cut the order of units into groups, where the posterior can tell them apart.

    Parameters
    ----------
    theta : ndarray, shape (draw, unit)
    q : float, default 0.10
        Largest expected share of mis-ordered pairs, between 0 and 0.5.
    expected_rank : ndarray, shape (unit,), optional
        Order in which the units are cut, 1 the highest; default the posterior mean of their rank.
    draws : int, optional
        Draws that the probabilities of pairs are taken from: all, or this many at random (always the same ones).
        Default 1,000, and fewer from 14,000 units on, down to 200.

    Returns
    -------
    RankGroups

    Raises
    ------
    ValueError
        If ``q`` is out of range.

    Notes
    -----
    Kline, Rose & Walters 2023, arXiv 2306.13005: a pair put in the right order earns lambda and one in the wrong order
    costs 1, so that i goes above j, where they are alone, if ``P(theta_i > theta_j) > 1 / (1 + lambda)``. With
    ``lambda = q / (1 - q)`` that threshold is ``1 - q``, and the groups maximise the sum of
    ``P(theta_i > theta_j) - (1 - q)`` over all pairs put in order. At the maximum no two neighbouring groups gain from
    being one, so between neighbours, and over all pairs put in order, the expected mis-ordered share is at most ``q``.
    Where nothing can be told apart there is one group.

    Groups are runs of the expected rank, which their method does not ask; within that the maximum is exact (dynamic
    programming over the cuts). Equal draws count as the wrong order. Time grows with draws x units^2, memory with
    draws x units, of the draws that are taken.

    Examples
    --------
    >>> found = rank_groups(np.array([[3.0, 0.1, 0.2], [2.9, 0.2, 0.1]]))
    >>> found.group.tolist(), found.ordered.__round__(2), found.misordered
    ([1, 2, 2], 0.67, 0.0)
    """
    if not 0 < q < 0.5:
        raise ValueError(f"q must lie between 0 and 0.5, not {q}")
    expected = rank_units(theta).expected if expected_rank is None else expected_rank
    order, n = np.argsort(expected, kind="stable"), theta.shape[1]
    if draws is None:
        draws = int(np.clip(2 * COMPARISONS / n**2, FEWEST, DRAWS))
    # at random, for draws of different imputations take turns
    chosen = np.sort(np.random.default_rng(0).permutation(theta.shape[0])[:draws])
    within = [(rows, chosen[(chosen >= rows.start) & (chosen < rows.stop)]) for rows in stretches(theta.shape[0], n)]
    ranks = np.concatenate([_dense_ranks(theta[rows][own - rows.start][:, order]) for rows, own in within])
    blocks = np.array_split(ranks, -(-len(ranks) // ROWS))

    all_above = 0.0
    forgone = np.zeros(n)  # by one group from this unit up to the present one
    least, start = np.zeros(n + 1), np.zeros(n + 1, int)  # forgone by the best groups of the first so many units
    for unit in range(n):
        above = sum((part[:, :unit] > part[:, [unit]]).sum(axis=0, dtype=np.uint8).astype(float) for part in blocks)
        above = np.asarray(above) / len(ranks)
        all_above += above.sum()
        forgone[:unit] += np.cumsum((above - (1 - q))[::-1])[::-1]
        total = least[: unit + 1] + forgone[: unit + 1]
        start[unit + 1] = total.argmin()
        least[unit + 1] = total[start[unit + 1]]

    cuts = [n]
    while cuts[0]:
        cuts.insert(0, int(start[cuts[0]]))
    sizes = np.diff(cuts)
    group = np.empty(n, int)
    group[order] = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    pairs, together = n * (n - 1) / 2, (sizes * (sizes - 1) / 2).sum()
    if together == pairs:
        return RankGroups(group, len(sizes), 0.0, None)
    right = all_above - (least[n] + (1 - q) * together)
    return RankGroups(group, len(sizes), float(1 - together / pairs), float(max(1 - right / (pairs - together), 0)))


def _dense_ranks(theta: Array) -> NDArray[np.uint16 | np.uint32]:
    """Ranks within every draw, equal values alike, in few bytes."""
    order = np.argsort(theta, axis=1)
    steps = np.diff(np.take_along_axis(theta, order, axis=1), axis=1, prepend=np.inf) > 0
    ranks = np.empty(theta.shape, np.uint16 if theta.shape[1] < 2**16 else np.uint32)
    np.put_along_axis(ranks, order, np.cumsum(steps, axis=1, dtype=ranks.dtype), axis=1)
    return ranks
