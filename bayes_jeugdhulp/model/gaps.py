"""Why a kenmerk is missing: at random, or hidden because few people stand behind it; and the scale it is imputed on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

Array = NDArray[np.float64]

DISCRETE_VALUES = 10  # a column with at most this many different values keeps to those values
FEWEST_GAPS = 20  # fewer say nothing about a limit
# normal priors (mean, sd) of how a limit depends on size, see Limit: the level's lies around the lowest values; power
# and noise are as in the SCP's file, where the limits of seven kenmerken are known (data/gaps_evidence.py)
LEVEL_SD, POWER, LOG_NOISE = 2.0, (1.0, 0.1), (np.log(0.25), 0.25)


def hidden_small_counts(kenmerken: Array, size: Array) -> NDArray[np.bool_]:
    """Which kenmerken look like shares that are hidden where few people stand behind them.

    Those are shares between 0 and 100 of more than ten different values, never 0 (a 0 would be hidden), with 20 gaps
    or more that lie in smaller wijken than the figures do (by the median).

    Parameters
    ----------
    kenmerken : ndarray, shape (wijk, kenmerk)
        NaN where missing.
    size : ndarray, shape (wijk,)
        Logarithm of the number of youths.

    Returns
    -------
    ndarray of bool, shape (kenmerk,)

    Examples
    --------
    >>> size = np.log(np.arange(10.0, 110))
    >>> share = np.linspace(5, 20, 100)
    >>> share[:25] = np.nan
    >>> hidden_small_counts(np.column_stack([share, share * 100]), size).tolist()
    [True, False]
    """
    gap = np.isnan(kenmerken)
    return np.array(
        [
            missing.sum() >= FEWEST_GAPS
            and bool((known > 0).all() and (known <= 100).all())
            and len(np.unique(known)) > DISCRETE_VALUES
            and bool(np.median(size[missing]) < np.median(size[~missing]))
            for missing, known in ((gap[:, j], kenmerken[~gap[:, j], j]) for j in range(kenmerken.shape[1]))
        ],
        dtype=bool,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Scores of one kenmerk, about normal, and the way back to values.

    Attributes
    ----------
    observed : ndarray
        Sorted values that are known.
    logarithmic : bool
        Standardised logarithms, which reach below the lowest value that is published; otherwise normal quantiles of
        the ranks, which do not.
    centre, spread : float
        Mean and sd of the logarithms.
    """

    observed: Array
    logarithmic: bool
    centre: float
    spread: float

    @classmethod
    def of(cls, values: Array, logarithmic: bool) -> "Scale":
        """Make the scale of known values; logarithms where asked and possible."""
        logarithmic = bool(logarithmic and (values > 0).all())
        logs = np.log(values) if logarithmic else np.zeros(1)
        return cls(np.sort(values), logarithmic, float(logs.mean()), float(logs.std()))

    def scores(self, values: Array) -> Array:
        """From values to scores; equal values share their middle rank."""
        if self.logarithmic:
            return (np.log(values) - self.centre) / self.spread
        ranks = (np.searchsorted(self.observed, values, "left") + np.searchsorted(self.observed, values, "right")) / 2
        return self._quantile(ranks)

    def ceiling(self, upper: Array) -> Array:
        """Highest score of a value that is at most ``upper``."""
        if self.logarithmic:
            return self.scores(upper)
        return self._quantile(np.searchsorted(self.observed, upper, "right").astype(float))

    def values(self, scores: Array) -> Array:
        """From scores to values, at most the highest observed; discrete kenmerken keep to their values."""
        if self.logarithmic:
            return np.minimum(np.exp(self.centre + self.spread * scores), self.observed[-1])
        last = len(self.observed) - 1
        position = ndtr(scores) * len(self.observed) - 0.5
        if len(np.unique(self.observed)) <= DISCRETE_VALUES:
            return self.observed[np.clip(np.round(position).astype(int), 0, last)]
        return np.interp(position, np.arange(last + 1), self.observed)

    def _quantile(self, ranks: Array) -> Array:
        return ndtri(np.clip(ranks, 0.5, len(self.observed) - 0.5) / len(self.observed))


class Limit:
    """The share below which a kenmerk is hidden, where the number of people that it is a share of is not known.

    A share is hidden where it is less than ``c / D_w``, of which neither is known::

        log(c / D_w) ~ N(level - power (size_w - mean size), noise^2)

    so a gap is a probit of size and value. ``power`` is about 1: people are in proportion to youths. Parameters are
    drawn by random-walk Metropolis steps with the hidden values integrated out, which makes them mix.

    Parameters
    ----------
    scale : Scale
        Logarithmic.
    scores : ndarray, shape (known,)
        Of the known values.
    size : ndarray, shape (wijk,)
    gap : ndarray of bool, shape (wijk,)
    ceiling : ndarray, shape (wijk,)
        Known limits as scores, infinite where not known.
    """

    def __init__(self, scale: Scale, scores: Array, size: Array, gap: NDArray[np.bool_], ceiling: Array):
        bounded = gap & np.isfinite(ceiling)
        self.open = gap & ~bounded
        size = size - size.mean()
        self._sizes = [size[rows] for rows in (~gap, bounded, self.open)]
        self._scale, self._scores, self._ceiling = scale, scores, ceiling[bounded]
        lowest = np.quantile(scale.centre + scale.spread * scores + self._sizes[0], 0.01)
        self._prior = np.array([lowest, POWER[0], LOG_NOISE[0]]), np.array([LEVEL_SD, POWER[1], LOG_NOISE[1]])
        self._theta, self._of_known = self._prior[0], self._log_known(self._prior[0])
        self._steps = np.eye(3) * 0.05

    def _limits(self, theta: Array, sizes: Array) -> Array:
        return (theta[0] - theta[1] * sizes - self._scale.centre) / self._scale.spread

    def _log_known(self, theta: Array) -> float:
        """What the known values say: most of the work, and the same in every sweep."""
        noise = np.exp(theta[2]) / self._scale.spread
        return float(log_ndtr((self._scores - self._limits(theta, self._sizes[0])) / noise).sum())

    def _log_posterior(self, theta: Array, of_known: float, mean: Array, sd: float) -> float:
        bounded, hidden = (self._limits(theta, sizes) for sizes in self._sizes[1:])
        noise = np.exp(theta[2]) / self._scale.spread
        return float(
            of_known
            + log_ndtr((hidden - mean) / np.hypot(sd, noise)).sum()
            - (((self._ceiling - bounded) / noise) ** 2).sum() / 2
            - len(bounded) * np.log(noise)
            - (((theta - self._prior[0]) / self._prior[1]) ** 2).sum() / 2
        )

    def tune(self, mean: Array, sd: float) -> None:
        """Start at the mode, with steps of its curvature."""
        with np.errstate(all="ignore"):  # far trial points
            found = minimize(
                lambda theta: -self._log_posterior(theta, self._log_known(theta), mean, sd), self._theta, method="BFGS"
            )
        self._theta, self._of_known = found.x, self._log_known(found.x)
        self._steps = np.linalg.cholesky(found.hess_inv) * 2.38 / np.sqrt(3)

    def draw(self, mean: Array, sd: float, rng: np.random.Generator) -> tuple[Array, float]:
        """Draw the parameters given all that is known; return the limit of the open gaps and its sd, as scores.

        Parameters
        ----------
        mean : ndarray, shape (open,)
        sd : float
            Of the values in the open gaps, given everything but that they are hidden, as scores.
        """
        proposal = self._theta + self._steps @ rng.standard_normal(3)
        of_known = self._log_known(proposal)
        gain = self._log_posterior(proposal, of_known, mean, sd)
        gain -= self._log_posterior(self._theta, self._of_known, mean, sd)
        if np.log(rng.random()) < gain:
            self._theta, self._of_known = proposal, of_known
        return self._limits(self._theta, self._sizes[2]), float(np.exp(self._theta[2]) / self._scale.spread)
