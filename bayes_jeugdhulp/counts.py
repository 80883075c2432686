"""How a published count hides the true one: rounding and suppression as bounds per wijk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CountsPolicy:
    """How a source publishes a count of users.

    A true count k is suppressed when ``k < suppressed_below``, else rounded to the nearest multiple of
    ``rounded_to`` (a count halfway goes up). Both orders of the two steps are covered: give the limit in true counts.

    Parameters
    ----------
    suppressed_below : int, default 0
        Smallest true count that is published; 0 means that nothing is suppressed.
    rounded_to : int, default 1
        Published counts are multiples of this; 1 means exact.
    pct_decimals : int, optional
        The source prints no counts but exact percentages with this many decimals; where the number of youths is
        uncertain, so is the count, and the two belong together (:mod:`bayes_jeugdhulp.youths`).

    Raises
    ------
    ValueError
        If a setting is out of range.

    Notes
    -----
    Bounds follow Heitjan & Rubin (1990), JASA 85: what is known of k is the set of counts that would have been
    published so. That set is always a run of whole numbers here, and the publishing map never reverses an order.

    Examples
    --------
    >>> scp = CountsPolicy(suppressed_below=10)
    >>> scp.bounds([10, 57]), scp.suppressed_bounds
    ((array([10, 57]), array([10, 57])), (0, 9))
    >>> cbs = CountsPolicy(suppressed_below=8, rounded_to=5)
    >>> cbs.bounds([10])
    (array([8]), array([12]))
    >>> cbs.publish([3, 8, 12, 13])
    array([-1, 10, 10, 15])
    """

    suppressed_below: int = 0
    rounded_to: int = 1
    pct_decimals: int | None = None

    SUPPRESSED = -1  # stands below every count, as suppressed figures do

    def __post_init__(self) -> None:
        if self.suppressed_below < 0:
            raise ValueError(f"suppressed_below must be 0 or more, not {self.suppressed_below}")
        if self.rounded_to < 1:
            raise ValueError(f"rounded_to must be 1 or more, not {self.rounded_to}")
        if self.pct_decimals is not None and (self.rounded_to > 1 or not 0 <= self.pct_decimals <= 9):
            raise ValueError("pct_decimals must be 0 to 9, of percentages from counts that are not rounded")

    @property
    def suppressed_bounds(self) -> tuple[int, int]:
        """Smallest and largest true count that would be suppressed."""
        return 0, max(self.suppressed_below - 1, 0)

    def bounds(self, published: ArrayLike) -> tuple[Counts, Counts]:
        """Smallest and largest true count behind published ones.

        Parameters
        ----------
        published : array_like of int
            Published counts; ``SUPPRESSED`` for suppressed ones.

        Returns
        -------
        low, high : ndarray of int64, same shape
            Inclusive bounds. Clip them to the number of youths where that is known.

        Raises
        ------
        ValueError
            If a count could not have been published under this policy.
        """
        published = np.asarray(published, dtype=np.int64)
        hidden = published == self.SUPPRESSED
        wrong = ~self.publishable(published)
        if wrong.any():
            raise ValueError(f"counts that this policy does not publish: {np.unique(published[wrong]).tolist()}")
        low = np.maximum(published - self.rounded_to // 2, self.suppressed_below)
        high = published + (self.rounded_to - 1) // 2
        return np.where(hidden, 0, low), np.where(hidden, self.suppressed_bounds[1], high)

    def publishable(self, published: ArrayLike) -> NDArray[np.bool_]:
        """Whether counts are ones that this policy can publish (``SUPPRESSED`` only where it suppresses at all)."""
        published = np.asarray(published, dtype=np.int64)
        reached = published + (self.rounded_to - 1) // 2 >= self.suppressed_below
        shown = (published >= 0) & (published % self.rounded_to == 0) & reached
        return np.where(published == self.SUPPRESSED, self.suppressed_below > 0, shown)

    def publish(self, counts: ArrayLike) -> Counts:
        """Publish true counts as the source would: rounded, and ``SUPPRESSED`` below the limit."""
        counts = np.asarray(counts, dtype=np.int64)
        rounded = (counts + self.rounded_to // 2) // self.rounded_to * self.rounded_to
        return np.where(counts < self.suppressed_below, self.SUPPRESSED, rounded)
