"""The spatial effect of a wijk as the other wijken foresee it, its own figure unseen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_jeugdhulp.model.spatial import SpatialGraph

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spatial:
    """Posterior draws of the spatial effects.

    Attributes
    ----------
    effect : (draw, wijk)
        As fitted: the wijk's own figure takes part.
    variance : (draw,)
        Of a wijk whose field has variance 1.
    given, given_variance : (draw, wijk)
        Mean and variance given the rest of the draw; see :func:`given_others`.
    """

    effect: Array
    variance: Array
    given: Array
    given_variance: Array

    def new(self, graph: SpatialGraph) -> Array:
        """Variance of an effect that no neighbour tells of, shape (draw, wijk)."""
        return self.variance[:, None] * graph.variance


def given_others(graph: SpatialGraph, effect: Array, variance: Array, own: Array, sd: Array) -> tuple[Array, Array]:
    """Mean and variance of the spatial effect of each wijk, its own figure and log odds unseen.

    Parameters
    ----------
    graph : SpatialGraph
    effect : ndarray, shape (draw, wijk)
    variance : ndarray, shape (draw,)
    own, sd : ndarray, shape (draw, wijk)
        The part of the wijk effect that is not shared, and its sd.

    Returns
    -------
    mean, variance : ndarray, shape (draw, wijk)

    Notes
    -----
    Effects b of a component of n wijken add to 0, so that the others together would give that of wijk w away. What is
    held is how the others differ among each other, and their log odds, which are all that their figures depend on. With
    ``psi_j`` the effect of j less the mean of all but w, and c that of w less that mean, ``b_w = c (n - 1) / n`` and
    ``b_j = psi_j - c / n``. The field says ``c ~ N(mean of psi over the d neighbours, variance / (scale d))``, and the
    log odds ``own_j + b_j ~ N(psi_j - c / n, sd_j)``, which matters in small components only.
    """
    size, degree = graph.size, graph.summed(np.ones(len(graph.component)))
    many = np.maximum(size - 1, 1)
    shift = effect / many  # psi less the effect, for the others of this wijk's component
    precision = graph.scale * degree
    pull = graph.scale * (graph.summed(effect) + degree * shift)
    weight = sd**-2
    members = np.eye(graph.component.max() + 1)[graph.component]

    def over_others(values: Array) -> Array:
        return (values @ members)[:, graph.component] - values

    others = over_others(weight)
    told = variance[:, None] * others / size**2
    pull = pull - variance[:, None] / size * (over_others(weight * own) - shift * others)
    alone = size == 1
    precision = np.where(alone, 1.0, precision + told)
    back = (size - 1) / size
    mean = np.where(alone, 0.0, back * pull / precision)
    return mean, variance[:, None] * np.where(alone, 1.0, back**2 / precision)
