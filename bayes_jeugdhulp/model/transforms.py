"""Coordinates in which the posterior is nearly a standard normal.

A transform changes how the sampler moves, not the model: the log density gains exactly the log Jacobian, and prior and
predictive draws never see it. PyMC hands a transform the inputs of its variable, so that conditional coordinates
follow the current scales.
"""

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.logprob.transforms import Transform
from pytensor.tensor.variable import TensorVariable

from bayes_jeugdhulp.model.start import Arrow

Array = NDArray[np.float64]


class ArrowWhitening(Transform):
    """Whiten a stacked vector (dense part, one effect a group) by an approximate posterior precision.

    The precision is an arrow: a full block for the dense part and a diagonal for the groups,
    ``[[A, B], [B', D]]``. With the Schur complement ``S = A - B D^-1 B' = L L'``,
    ``dense = m + L^-T value`` and ``groups = m_groups - D^-1 B' (dense - m) + D^-1/2 value``.

    Parameters
    ----------
    arrow : Arrow
        Approximate posterior mean and precision, from :func:`bayes_jeugdhulp.model.start.approximate_posterior`.
    """

    name = "whitened"
    ndim_supp = 1

    def __init__(self, arrow: Arrow):
        root = np.linalg.cholesky(arrow.dense - (arrow.cross / arrow.groups) @ arrow.cross.T)
        self._size = len(root)
        self._dense_mean, self._groups_mean = np.split(arrow.mean, [self._size])
        self._whiten = root.T.copy()
        self._unwhiten = np.linalg.inv(root.T)
        self._onto_groups = arrow.cross.T / arrow.groups[:, None]
        self._group_scale = arrow.groups**-0.5
        self._log_jac_det = -np.log(np.diag(root)).sum() - 0.5 * np.log(arrow.groups).sum()

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From whitened coordinates to effects."""
        shift = pt.dot(self._unwhiten, value[: self._size])
        groups = self._groups_mean - pt.dot(self._onto_groups, shift) + self._group_scale * value[self._size :]
        return pt.concatenate([self._dense_mean + shift, groups])

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From effects to whitened coordinates."""
        shift = value[: self._size] - self._dense_mean
        groups = value[self._size :] - self._groups_mean + pt.dot(self._onto_groups, shift)
        return pt.concatenate([pt.dot(self._whiten, shift), groups / self._group_scale])

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Constant: the transform is linear."""
        return pt.constant(self._log_jac_det)


class DataInformed(Transform):
    """Sample a normal (or Student-t) variable in the coordinates of its approximate posterior given mu and sigma.

    With a normal approximation of the likelihood, mean ``z`` and information ``J``, the posterior of an element is
    nearly normal with precision ``J + sigma^-2`` and mean ``(J z + mu sigma^-2) / (J + sigma^-2)``. Where ``J`` is 0
    this is the non-centred parametrisation, where it is large the centred one.

    Parameters
    ----------
    z, information : ndarray, shape (wijk,)
        On the scale of the linear predictor; ``information`` 0 where the data say little.
    """

    name = "informed"
    ndim_supp = 0

    def __init__(self, z: Array, information: Array):
        self._pull = information * z
        self._information = information

    def _location_precision(self, inputs: tuple[TensorVariable, ...]) -> tuple[TensorVariable, TensorVariable]:
        *_, mu, sigma = inputs
        prior = sigma**-2
        precision = self._information + prior
        return (self._pull + mu * prior) / precision, precision

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From informed coordinates to the variable."""
        location, precision = self._location_precision(inputs)
        return location + value * precision**-0.5

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From the variable to informed coordinates."""
        location, precision = self._location_precision(inputs)
        return (value - location) * precision**0.5

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Log of the scale of each element."""
        _, precision = self._location_precision(inputs)
        return -0.5 * pt.log(precision)
