"""What indicators say of the factors of each wijk, in the form a model of use takes: means and what they leave open."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flow = Literal["joint", "cut", "plug_in"]


@dataclass(frozen=True, slots=True, eq=False)
class LatentScores:
    """Posterior of the factors given the indicators, never the use of jeugdhulp; one for each fitted imputation.

    The parameters of the measurement model (loadings, intercepts, spreads) are one posterior draw in each; given them
    the factors of a wijk are normal. In units of the factors' own sd over wijken, around their mean.

    Attributes
    ----------
    names : tuple of str
    mean : ndarray, shape (fitted imputation, wijk, factor)
    wijk_covariance : ndarray, shape (fitted imputation, wijk, factor, factor)
        What the indicators leave open of a wijk beside the others of its gemeente.
    gemeente_covariance : ndarray, shape (fitted imputation, gemeente, factor, factor)
        What they leave open of a gemeente as a whole.
    anchored : ndarray of bool, shape (gemeente, factor)
        Where an anchor was measured. Elsewhere the level of the gemeente comes from the prior given its kenmerken.
    """

    names: tuple[str, ...]
    mean: Array
    wijk_covariance: Array
    gemeente_covariance: Array
    anchored: NDArray[np.bool_]

    def turn(self, fitted: int) -> "LatentScores":
        """Those of one fitted imputation, counted from 0."""
        one = slice(fitted, fitted + 1)
        return replace(
            self,
            mean=self.mean[one],
            wijk_covariance=self.wijk_covariance[one],
            gemeente_covariance=self.gemeente_covariance[one],
        )

    def part(self, place: slice) -> "LatentScores":
        """Those of some wijken, with those of all gemeenten."""
        return replace(self, mean=self.mean[:, place], wijk_covariance=self.wijk_covariance[:, place])

    def flowing(self, flow: Flow, gemeente_of_wijk: NDArray[np.int64], seed: int) -> "LatentScores":
        """Let their uncertainty flow into a model of use in one of three ways.

        Parameters
        ----------
        flow : {"joint", "cut", "plug_in"}
            joint: as they are; the figures of use weigh what the indicators leave open, and the coefficient is not
            drawn to 0. cut: one draw of the factors for each imputation takes the place of the means; the figures
            have no say, and the coefficient is drawn to 0 as far as the scores are unsure. plug_in: the means as if
            they were the factors.
        gemeente_of_wijk : ndarray of int, shape (wijk,)
        seed : int
        """
        if flow == "joint":
            return self
        mean = self.mean
        if flow == "cut":
            rng = np.random.default_rng(seed)
            own = _draw(self.wijk_covariance, rng)
            mean = mean + own + _draw(self.gemeente_covariance, rng)[:, gemeente_of_wijk]
        return replace(
            self,
            mean=mean,
            wijk_covariance=np.zeros_like(self.wijk_covariance),
            gemeente_covariance=np.zeros_like(self.gemeente_covariance),
        )

    def variance(self, coefficients: Array, turns: NDArray[np.int64]) -> tuple[Array, Array]:
        """Variance on the scale of the linear predictor that the scores leave open.

        Parameters
        ----------
        coefficients : ndarray, shape (draw, factor)
        turns : ndarray of int, shape (draw,)
            Fitted imputation of each draw, counted from 0.

        Returns
        -------
        wijk : ndarray, shape (draw, wijk)
        gemeente : ndarray, shape (draw, gemeente)
        """
        products = coefficients[:, :, None] * coefficients[:, None, :]
        found = []
        for covariance in (self.wijk_covariance, self.gemeente_covariance):
            variance = np.empty((len(products), covariance.shape[1]))
            for turn in np.unique(turns):
                rows = turns == turn
                variance[rows] = np.tensordot(products[rows], covariance[turn], axes=([1, 2], [1, 2]))
            found.append(variance)
        return found[0], found[1]


def _draw(covariance: Array, rng: np.random.Generator) -> Array:
    """A normal draw for each covariance matrix, shape without the last axis."""
    values, vectors = np.linalg.eigh(covariance)
    z = rng.standard_normal(covariance.shape[:-1]) * np.sqrt(np.maximum(values, 0))
    return (vectors @ z[..., None])[..., 0]
