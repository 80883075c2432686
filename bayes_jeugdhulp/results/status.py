"""What may be concluded of a difference: higher, lower, as expected, or nothing, and then why."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NO_STATEMENT = "geen uitspraak"
# reasons in the order in which the first that holds is given
REASONS = (
    "controle niet geslaagd",
    "afwijkende populatie",
    "afgeschermd",
    "cijfer ontbreekt",
    "enige wijk van de gemeente",
    "te weinig jeugdigen",
    "aantal jeugdigen onzeker",
    "k te hoog",
    "onzeker",
)


@dataclass(frozen=True, slots=True)
class FlagRule:
    """When a difference is called higher, lower or as expected.

    Parameters
    ----------
    margin : float, default 1.0
        Called m: the difference that matters, in percentage points, or a share of expected use where ``relative``.
    pi : float, default 0.9
        Posterior probability that a statement hoger or lager needs.
    pi0 : float, default 0.8
        Posterior probability that a statement als verwacht needs.
    minimum_youths : int, default 50
        Fewer youths: no statement.
    probability : float, default 0.95
        Of every reported interval, equal-tailed.
    q : float, default 0.10
        Largest expected share of mistakes: of false flags in the flagged set, and of mis-ordered pairs of rank groups.
    relative : bool, default False
        Take ``margin`` as a share of expected use, such as 0.10.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> FlagRule(margin=0.1, relative=True).pi
    0.9
    >>> FlagRule(pi=2)
    Traceback (most recent call last):
    ...
    ValueError: pi must lie between 0.5 and 1, not 2
    """

    margin: float = 1.0
    pi: float = 0.9
    pi0: float = 0.8
    minimum_youths: int = 50
    probability: float = 0.95
    q: float = 0.10
    relative: bool = False

    def __post_init__(self) -> None:
        for name in ("pi", "pi0", "probability"):
            if not 0.5 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie between 0.5 and 1, not {getattr(self, name)}")
        if self.margin < 0 or self.minimum_youths < 0:
            raise ValueError("margin and minimum_youths must be 0 or more")
        if not 0 < self.q < 0.5:
            raise ValueError(f"q must lie between 0 and 0.5, not {self.q}")
        if self.relative and self.margin >= 1:
            raise ValueError(f"a relative margin is a share of expected use, such as 0.10, not {self.margin}")


@dataclass(frozen=True, slots=True, eq=False)
class Size:
    """Posterior of a difference, in percentage points; arrays of shape (unit,).

    Attributes
    ----------
    mean, low, high
        Posterior mean and equal-tailed interval.
    prob_higher, prob_lower, prob_near
        ``P(d > m)``, ``P(d < -m)``, ``P(|d| <= m)``; they add to 1. For a relative margin m is that share of e.
    """

    mean: Array
    low: Array
    high: Array
    prob_higher: Array
    prob_lower: Array
    prob_near: Array


def size_of_difference(difference: Array, rule: FlagRule, expected: Array | None = None) -> Size:
    """Summarise draws of a difference.

    Parameters
    ----------
    difference : ndarray, shape (draw, unit)
        In percentage points.
    rule : FlagRule
    expected : ndarray, shape (draw, unit), optional
        Expected use, in percent; a relative margin needs it.

    Raises
    ------
    ValueError
        If the margin is relative and no expected use is given.
    """
    margin: float | Array = rule.margin
    if rule.relative:
        if expected is None:
            raise ValueError("a relative margin needs expected use")
        margin = rule.margin * expected
    low, high = interval(difference, rule.probability)
    higher, lower = (difference > margin).mean(axis=0), (difference < -margin).mean(axis=0)
    near = (np.abs(difference) <= margin).mean(axis=0)
    return Size(difference.mean(axis=0), low, high, higher, lower, near)


def joined(sizes: Iterable[Size]) -> Size:
    """Sizes of parts as one."""
    parts = list(sizes)
    return Size(*(np.concatenate([getattr(one, part.name) for one in parts]) for part in fields(Size)))


def interval(draws: Array, probability: float) -> tuple[Array, Array]:
    """Equal-tailed interval over draws, shape (draw, unit) to two of (unit,)."""
    tail = (1 - probability) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def mean_and_interval(draws: Array, probability: float) -> Array:
    """Posterior mean and equal-tailed interval, shape (draw, unit) to (3, unit)."""
    return np.stack([draws.mean(axis=0), *interval(draws, probability)])


def status_of(prob_higher: Array, prob_lower: Array, prob_near: Array, rule: FlagRule) -> NDArray[np.str_]:
    """Status by the probabilities alone, shape (unit,): hoger, lager, als verwacht or geen uitspraak."""
    holds = [prob_higher >= rule.pi, prob_lower >= rule.pi, prob_near >= rule.pi0]
    return np.select(holds, ["hoger", "lager", "als verwacht"], NO_STATEMENT)


def statuses(
    size: Size, rule: FlagRule, obstacles: dict[str, Mask], lager_allowed: Mask | None = None
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Status and reason per unit.

    Parameters
    ----------
    size : Size
    rule : FlagRule
    obstacles : dict
        Reason (one of ``REASONS``) to units it holds for; the first in the order of ``REASONS`` is given.
    lager_allowed : ndarray of bool, optional
        Suppressed units of which *lager* may be said.

    Returns
    -------
    status, reason : ndarray of str
        Reason is "" unless the status is "geen uitspraak".

    Examples
    --------
    >>> size = size_of_difference(np.array([[3.0, 0.2, 1.0], [2.5, -0.3, -4.0]]), FlagRule())
    >>> [part.tolist() for part in statuses(size, FlagRule(), {})]
    [['hoger', 'als verwacht', 'geen uitspraak'], ['', '', 'onzeker']]
    """
    status = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
    reason = np.where(status == NO_STATEMENT, "onzeker", "").astype(object)
    for name in reversed(REASONS):
        if name in obstacles:
            holds = obstacles[name]
            if name == "afgeschermd" and lager_allowed is not None:
                holds = holds & ~((status == "lager") & lager_allowed)
            reason[holds] = name
    return np.where(reason == "", status, NO_STATEMENT), reason.astype(str)
