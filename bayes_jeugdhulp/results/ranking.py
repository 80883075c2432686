"""Ranks over posterior draws, which show what cannot be told apart. Pure functions over arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.results.scratch import Scratch, scratch, stretches

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Summary of ranks per unit; rank 1 is the highest.

    Attributes
    ----------
    expected, low, high : ndarray, shape (unit,)
        Posterior mean and equal-tailed interval of the rank.
    prob_top : ndarray, shape (unit,)
        Posterior probability of being among the first ``top``.
    """

    expected: Array
    low: Array
    high: Array
    prob_top: Array


def rank_units(theta: Scratch, top: int = 10, probability: float = 0.95) -> Ranks:
    """Rank units within every draw.

    Parameters
    ----------
    theta : ndarray, shape (draw, unit)
    top : int, default 10
    probability : float, default 0.95
        Of the equal-tailed rank interval.

    Returns
    -------
    Ranks

    Notes
    -----
    The expected rank ``1 + sum_j P(theta_j > theta_k)`` is best under squared-error loss (Lin, Louis, Paddock &
    Ridgeway 2006, Bayesian Analysis 1(4):915-946, with rank 1 for the highest). Rank intervals as Goldstein &
    Spiegelhalter 1996, JRSS A 159.

    Examples
    --------
    >>> rank_units(np.array([[0.3, 0.1, 0.2], [0.3, 0.2, 0.1]])).expected.tolist()
    [1.0, 2.5, 2.5]
    """
    draws, units = theta.shape
    ranks = scratch(theta.shape, np.int32)
    place = np.arange(1, units + 1, dtype=np.int32)[None, :]
    for rows in stretches(draws, units):
        order = np.argsort(-theta[rows], axis=1, kind="stable")
        ranked = np.empty(order.shape, np.int32)
        np.put_along_axis(ranked, order, place, axis=1)
        ranks[rows] = ranked
    tail = (1 - probability) / 2
    found = []
    for columns in stretches(units, draws):
        of_units = ranks[:, columns]
        low, high = np.quantile(of_units, [tail, 1 - tail], axis=0, method="inverted_cdf")
        found.append((of_units.mean(axis=0), low, high, (of_units <= top).mean(axis=0)))
    return Ranks(*(np.concatenate(column) for column in zip(*found, strict=True)))
