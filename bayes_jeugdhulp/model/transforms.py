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

from bayes_jeugdhulp.model.start import Start

Array = NDArray[np.float64]


class NestedWhitening(Transform):
    """Sample alpha, beta, region and gemeente effects, stacked, in the coordinates of their approximate posterior.

    (alpha, beta) are whitened by their approximate posterior, group effects integrated out. Given these, the data say
    ``z - x (alpha, beta)`` of a region effect with information ``J``, so that it is nearly normal with precision
    ``J + sigma^-2``; given these and the region, likewise for a gemeente effect. The scales are the current ones, so
    that a scale near 0 makes no funnel. Within a level the groups share nothing, so that no matrix is factored here.

    Parameters
    ----------
    start : Start
        From :func:`bayes_jeugdhulp.model.start.approximate_posterior`.
    """

    name = "whitened"
    ndim_supp = 1

    def __init__(self, start: Start):
        root = np.linalg.cholesky(start.dense)
        self._size, self._regios = len(root), len(start.regio.z)
        self._mean = start.effects[: self._size]
        self._whiten, self._unwhiten = root.T.copy(), np.linalg.inv(root.T)
        self._log_det = -np.log(np.diag(root)).sum()
        self._start = start

    def _split(self, stacked: TensorVariable) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
        after = self._size + self._regios
        return stacked[: self._size], stacked[self._size : after], stacked[after:]

    def _regio(self, dense: TensorVariable, sigma: TensorVariable) -> tuple[TensorVariable, TensorVariable]:
        """Location and precision of the region effects given (alpha, beta)."""
        level, scale = self._start.regio, self._split(sigma)[1]
        precision = level.information + scale**-2
        return level.information * (level.z - pt.dot(level.x, dense)) / precision, precision

    def _gemeente(
        self, dense: TensorVariable, regio: TensorVariable, sigma: TensorVariable
    ) -> tuple[TensorVariable, TensorVariable]:
        """Location and precision of the gemeente effects given (alpha, beta) and the region effects."""
        level, scale = self._start.gemeente, self._split(sigma)[2]
        precision = level.information + scale**-2
        left = level.z - pt.dot(level.x, dense)
        if self._regios:
            left = left - regio[self._start.regio_of_gemeente]
        return level.information * left / precision, precision

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From whitened coordinates to effects."""
        dense, regio, gemeente = self._split(value)
        dense = self._mean + pt.dot(self._unwhiten, dense)
        location, precision = self._regio(dense, inputs[-1])
        regio = location + regio * precision**-0.5
        location, precision = self._gemeente(dense, regio, inputs[-1])
        return pt.concatenate([dense, regio, location + gemeente * precision**-0.5])

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From effects to whitened coordinates."""
        dense, regio, gemeente = self._split(value)
        location, precision = self._regio(dense, inputs[-1])
        whitened = (regio - location) * precision**0.5
        location, precision = self._gemeente(dense, regio, inputs[-1])
        return pt.concatenate(
            [pt.dot(self._whiten, dense - self._mean), whitened, (gemeente - location) * precision**0.5]
        )

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Log determinant of a block-triangular matrix: the scales on its diagonal."""
        _, regio, gemeente = self._split(inputs[-1])
        precisions = [
            level.information + scale**-2
            for level, scale in ((self._start.regio, regio), (self._start.gemeente, gemeente))
            if len(level.z)
        ]
        return self._log_det - 0.5 * sum(pt.sum(pt.log(precision)) for precision in precisions)


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
