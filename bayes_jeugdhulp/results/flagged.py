"""The flagged set: as many units as can be named while the expected share of false flags stays below a limit."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.results.status import FlagRule, Size

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PROBABILITY = {"hoger": "prob_higher", "lager": "prob_lower"}


def flagged_set(prob: Array, candidates: Mask, q: float = 0.10) -> Mask:
    """Largest set whose expected share of false flags is at most ``q``.

    Parameters
    ----------
    prob : ndarray, shape (unit,)
        Posterior probability that the unit is what the flag says.
    candidates : ndarray of bool, shape (unit,)
        Units that may be flagged at all.
    q : float, default 0.10

    Returns
    -------
    ndarray of bool, shape (unit,)

    Notes
    -----
    The expected share is the mean of ``1 - prob`` over the set (Newton et al. 2004, Biostatistics 5:155-176; Mueller,
    Parmigiani & Rice 2006), so the largest set is that of the largest probabilities. Two rules keep it fair: units of
    equal probability are flagged together or not at all, and a unit that is no more likely than not what the flag says
    is never flagged, however sure the others are; so a unit is never flagged in two directions.

    Examples
    --------
    >>> flagged_set(np.array([0.99, 0.7, 0.95, 0.85]), np.array([True, True, True, True])).tolist()
    [True, False, True, True]
    """
    eligible = candidates & (prob > 0.5)
    falling = np.sort(prob[eligible])[::-1]
    affordable = np.cumsum(1 - falling) <= q * np.arange(1, len(falling) + 1) + 1e-9
    last_of_equals = np.append(falling[:-1] > falling[1:], True)[: len(falling)]
    least = falling[affordable & last_of_equals].min(initial=np.inf)
    return eligible & (prob >= least)


def flag(size: Size, rule: FlagRule, obstacles: dict[str, Mask], lager_allowed: Mask | None = None) -> NDArray[np.str_]:
    """Flag units in either direction.

    Parameters
    ----------
    size : Size
    rule : FlagRule
        Its ``q`` holds for each direction.
    obstacles : dict
        Reason to units it holds for; such a unit is never flagged.
    lager_allowed : ndarray of bool, optional
        Suppressed units of which *lager* may be said, as for :func:`bayes_jeugdhulp.results.status.statuses`.

    Returns
    -------
    ndarray of str, shape (unit,)
        hoger, lager or "".

    Examples
    --------
    >>> from bayes_jeugdhulp.results.status import size_of_difference
    >>> size = size_of_difference(np.array([[3.0, 0.2, -4.0], [2.5, -0.3, -4.0]]), FlagRule())
    >>> flag(size, FlagRule(), {"afgeschermd": np.array([False, False, True])}).tolist()
    ['hoger', '', '']
    """
    flagged = np.full(size.mean.shape, "", object)
    for direction, name in PROBABILITY.items():
        barred = np.zeros(size.mean.shape, bool)
        for reason, holds in obstacles.items():
            if reason == "afgeschermd" and direction == "lager" and lager_allowed is not None:
                holds = holds & ~lager_allowed
            barred |= holds
        flagged[flagged_set(getattr(size, name), ~barred, rule.q)] = direction
    return flagged.astype(str)


def describe_flags(table: pd.DataFrame, level: str, reference: str) -> list[dict[str, Any]]:
    """Size and expected share of false flags of the sets in a table, one record a direction.

    Parameters
    ----------
    table : DataFrame
        With ``flagged``, ``prob_higher`` and ``prob_lower`` of this reference.
    level : {"wijken", "gemeenten", "regios"}
    reference : {"within_gemeente", "national"}

    Returns
    -------
    list of dict
        ``expected_false`` and ``lowest_probability`` are None for an empty set.
    """
    records = []
    for direction, name in PROBABILITY.items():
        prob = table.loc[table[f"flagged_{reference}"] == direction, f"{name}_{reference}"]
        shares = {"expected_false": 1 - prob.mean(), "lowest_probability": prob.min()} if len(prob) else {}
        records.append(
            {
                "level": level,
                "reference": reference,
                "direction": direction,
                "size": len(prob),
                "expected_false": None,
                "lowest_probability": None,
            }
            | {key: round(float(value), 6) for key, value in shares.items()}
        )
    return records
