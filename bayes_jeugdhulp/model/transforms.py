"""Coordinates in which the posterior is nearly a standard normal.

A transform changes how the sampler moves, not the model: the log density gains exactly the log Jacobian, and prior and
predictive draws never see it. PyMC hands a transform the inputs of its variable, so that conditional coordinates
follow the current scales.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.logprob.transforms import Transform
from pytensor.compile.builders import OpFromGraph
from pytensor.tensor.linalg import cholesky, solve_triangular
from pytensor.tensor.variable import TensorVariable
from scipy.linalg import eigh

from bayes_jeugdhulp.model.start import Start

Array = NDArray[np.float64]


def coordinates(start: Start) -> dict[str, Array]:
    """The numbers behind the coordinates of a start, by the names they have as data of a model.

    Parameters
    ----------
    start : Start
        From :func:`bayes_jeugdhulp.model.start.approximate_posterior`.
    """
    levels = {"regio": start.regio, "gemeente": start.gemeente}
    return {
        "dense_information": start.dense,
        "dense_pull": start.pull,
        **_directions(start.dense, start.prior),
        "wijk_z": start.z,
        "wijk_information": start.information,
        **{f"{name}_z": level.z for name, level in levels.items()},
        **{f"{name}_x": level.x for name, level in levels.items()},
        **{f"{name}_information": level.information for name, level in levels.items()},
    }


def _directions(dense: Array, prior: Array) -> dict[str, Array]:
    """Directions of (alpha, beta) in which neither the data nor the prior couples anything; see OneScaleWhitening."""
    both, of_coefficients = dense + np.diag(prior**-2), np.append(0, prior[1:] ** -2)
    shares, directions = eigh(np.diag(of_coefficients), both)
    return {
        "dense_directions": directions,
        "dense_inverse": directions.T @ both,
        "dense_shares": np.clip(shares, 0, 1),
        "dense_volume": np.array(-np.linalg.slogdet(both).logabsdet / 2),
    }


def reciprocal(x: TensorVariable) -> TensorVariable:
    """``1 / x``, with a gradient that has no further division.

    PyTensor writes products of inverses as quotients, and their gradients as quotients of these: a hundred divisions a
    wijk in the mixture, which were two thirds of its gradient. It does not look inside a graph of its own.
    """
    inner = x.type()
    inverse: Any = OpFromGraph([inner], [1 / inner], pullback=_pull_reciprocal)(x)
    return inverse


def _pull_reciprocal(inputs: list, outputs: list, grads: list) -> list[TensorVariable]:
    return [-grads[0] * outputs[0] ** 2]


def product(matrix: Any, other: Any) -> TensorVariable:
    """The product of a matrix and a vector or a matrix, as sums that PyTensor fuses with what surrounds them.

    Its ``dot`` takes ten seconds of compilation and more for each layout of its inputs, to save a twentieth of a
    gradient.

    Parameters
    ----------
    matrix : tensor, shape (..., n)
    other : tensor, shape (n,) or (n, m)
    """
    return (matrix * other).sum(axis=-1) if other.ndim == 1 else (matrix[..., None] * other).sum(axis=-2)


class NestedWhitening(Transform):
    """Sample alpha, beta, region and gemeente effects, stacked, in the coordinates of their approximate posterior.

    Group effects integrated out, the data say of (alpha, beta) what a normal with precision ``dense`` says, so that
    they are nearly normal with that precision plus their priors'. Given these, the data say ``z - x (alpha, beta)`` of
    a region effect with information ``J``, so that it is nearly normal with precision ``J + sigma^-2``; given these
    and the region, likewise for a gemeente effect. The scales are the current ones, those of the coefficients too, so
    that a scale near 0 makes no funnel. Within a level the groups share nothing: no other matrix is factored.

    Parameters
    ----------
    values : dict
        From :func:`coordinates`, and ``regio_of_gemeente``; as arrays or as data of a model that can be replaced.
    size : int
        Number of alpha and beta.
    regios : int
        Number of regions; 0 where there are none.
    """

    name = "whitened"
    ndim_supp = 1

    def __init__(self, values: Mapping[str, Any], size: int, regios: int):
        self._values, self._size, self._regios = values, size, regios

    def _split(self, stacked: TensorVariable) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
        after = self._size + self._regios
        return stacked[: self._size], stacked[self._size : after], stacked[after:]

    def _root(self, inputs: tuple[TensorVariable, ...]) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
        """Location, root of the precision and unit in which both are, of (alpha, beta).

        In units of their prior sds, so that a coefficient whose sd is next to nothing does no harm.
        """
        mu, scale = (self._split(part)[0] for part in inputs[-2:])
        root = cholesky(scale[:, None] * self._values["dense_information"] * scale + pt.eye(self._size))
        pull = scale * self._values["dense_pull"] + mu / scale
        return solve_triangular(root, pull, lower=True), root, scale

    def _to_dense(self, value: TensorVariable, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        location, root, scale = self._root(inputs)
        return scale * solve_triangular(root.T, location + value, lower=False)

    def _from_dense(self, dense: TensorVariable, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        location, root, scale = self._root(inputs)
        return pt.dot(root.T, dense / scale) - location

    def _log_volume(self, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        _, root, scale = self._root(inputs)
        return pt.sum(pt.log(scale) - pt.log(pt.diag(root)))

    def _regio(self, dense: TensorVariable, sigma: TensorVariable) -> tuple[TensorVariable, TensorVariable]:
        """Location and precision of the region effects given (alpha, beta)."""
        values, scale = self._values, self._split(sigma)[1]
        precision = values["regio_information"] + scale**-2
        left = values["regio_z"] - product(values["regio_x"], dense)
        return values["regio_information"] * left / precision, precision

    def _gemeente(
        self, dense: TensorVariable, regio: TensorVariable, sigma: TensorVariable
    ) -> tuple[TensorVariable, TensorVariable]:
        """Location and precision of the gemeente effects given (alpha, beta) and the region effects."""
        values, scale = self._values, self._split(sigma)[2]
        precision = values["gemeente_information"] + scale**-2
        left = values["gemeente_z"] - product(values["gemeente_x"], dense)
        if self._regios:
            left = left - regio[values["regio_of_gemeente"]]
        return values["gemeente_information"] * left / precision, precision

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From whitened coordinates to effects."""
        dense, regio, gemeente = self._split(value)
        dense = self._to_dense(dense, inputs)
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
        gemeente = (gemeente - location) * precision**0.5
        return pt.concatenate([self._from_dense(dense, inputs), whitened, gemeente])

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Log determinant of a block-triangular matrix: the scales on its diagonal."""
        _, regio, gemeente = self._split(inputs[-1])
        levels = [("regio", regio), ("gemeente", gemeente)] if self._regios else [("gemeente", gemeente)]
        groups = sum(pt.sum(pt.log(self._values[f"{name}_information"] + scale**-2)) for name, scale in levels)
        return self._log_volume(inputs) - 0.5 * groups


class OneScaleWhitening(NestedWhitening):
    """As :class:`NestedWhitening`, where one scale is that of all coefficients: no matrix is factored in sampling.

    With ``dense`` and the prior's precision at a reference scale ``c``, V diagonalises their sum to 1 and the part of
    the coefficients to shares; at a scale ``s`` the precision in these directions is ``1 + (c^2 / s^2 - 1) share``.

    Parameters
    ----------
    values, size, regios
        As for :class:`NestedWhitening`.
    reference : float
        The scale ``c``, of which ``Start.prior`` is.
    """

    def __init__(self, values: Mapping[str, Any], size: int, regios: int, reference: float):
        super().__init__(values, size, regios)
        self._reference = reference

    def _widths(self, inputs: tuple[TensorVariable, ...]) -> tuple[TensorVariable, TensorVariable]:
        """Location and sds in these directions."""
        mu, scale = (self._split(part)[0] for part in inputs[-2:])
        directions, times = self._values["dense_directions"], (self._reference / scale[1]) ** 2
        widths = (1 + (times - 1) * self._values["dense_shares"]) ** -0.5
        pull = self._values["dense_pull"] + mu * scale**-2
        return widths**2 * product(directions.T, pull), widths

    def _to_dense(self, value: TensorVariable, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        location, widths = self._widths(inputs)
        return product(self._values["dense_directions"], location + widths * value)

    def _from_dense(self, dense: TensorVariable, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        location, widths = self._widths(inputs)
        return (product(self._values["dense_inverse"], dense) - location) / widths

    def _log_volume(self, inputs: tuple[TensorVariable, ...]) -> TensorVariable:
        return pt.sum(pt.log(self._widths(inputs)[1])) + self._values["dense_volume"]


class DataInformed(Transform):
    """Sample a normal (or Student-t) variable in the coordinates of its approximate posterior given mu and sigma.

    With a normal approximation of the likelihood, mean ``z`` and information ``J``, the posterior of an element is
    nearly normal with precision ``J + sigma^-2`` and mean ``(J z + mu sigma^-2) / (J + sigma^-2)``. Where ``J`` is 0
    this is the non-centred parametrisation, where it is large the centred one.

    Parameters
    ----------
    z, information : ndarray or tensor, shape (wijk,)
        On the scale of the linear predictor; ``information`` 0 where the data say little.
    """

    name = "informed"
    ndim_supp = 0

    def __init__(self, z: Any, information: Any):
        self._z, self._information = z, information

    def _location_scale(self, inputs: tuple[TensorVariable, ...]) -> tuple[TensorVariable, TensorVariable]:
        *_, mu, sigma = inputs
        variance = sigma**2
        left = reciprocal(1 + self._information * variance)
        return mu + self._information * variance * left * (self._z - mu), sigma * pt.sqrt(left)

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From informed coordinates to the variable."""
        location, scale = self._location_scale(inputs)
        return location + value * scale

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From the variable to informed coordinates."""
        location, scale = self._location_scale(inputs)
        return (value - location) / scale

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Log of the scale of each element."""
        return pt.log(self._location_scale(inputs)[1])


class FieldWhitening(Transform):
    """Sample a field that adds to 0 in every component in one number less for each, its smooth patterns widened.

    A component of n wijken has n - 1 coordinates, by a rotation (of which the one of :class:`pymc.ZeroSumNormal` is the
    pattern), in units of the field's scale; a wijk without neighbours has one. The data bound what smooth patterns can
    be, the prior hardly does, and the other way about for rough ones: with precision P of the field and information J
    per wijk a pattern has an sd of nearly (P + J)^-1/2, and is stretched by that over the sd of the last of them.

    Parameters
    ----------
    component : ndarray of int, shape (wijk,)
    values : dict, optional
        ``spatial_patterns`` (wijk, pattern), ``spatial_precision`` (pattern,) and ``spatial_information`` (), as arrays
        or as data of a model. Without them nothing is stretched.
    """

    name = "rotated"
    ndim_supp = 1

    def __init__(self, component: NDArray[np.int64], values: Mapping[str, Any] | None = None):
        size = np.bincount(component)
        last = np.unique(component[::-1], return_index=True)[1]
        self._values, self._many = values, np.flatnonzero(size > 1)
        self._last = len(component) - 1 - last[self._many]
        self._free = np.setdiff1d(np.arange(len(component)), self._last)
        self._component, self._root = component[self._free], np.sqrt(size[self._many])
        self._size = size
        self._share = np.where(size > 1, 1 / (np.sqrt(size) + size), 0.0)[self._component]
        self._order = np.argsort(np.concatenate([self._free, self._last]))

    def _stretch(self, sigma: TensorVariable) -> tuple[TensorVariable, TensorVariable]:
        """Patterns, and how much wider each is than the last of them."""
        assert self._values is not None
        variance = self._values["spatial_information"] * sigma**2
        precision = self._values["spatial_precision"]
        return self._values["spatial_patterns"], pt.sqrt((precision[-1] + variance) / (precision + variance))

    def backward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From coordinates to the field."""
        sums = pt.inc_subtensor(pt.zeros(len(self._size))[self._component], value)
        rotated = pt.concatenate([value - self._share * sums[self._component], -sums[self._many] / self._root])
        field = rotated[self._order]
        if self._values is not None:
            patterns, stretch = self._stretch(inputs[-2])
            field = field + pt.dot(patterns, (stretch - 1) * pt.dot(patterns.T, field))
        return inputs[-2] * field

    def forward(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """From the field to coordinates."""
        field = value / inputs[-2]
        if self._values is not None:
            patterns, stretch = self._stretch(inputs[-2])
            field = field + pt.dot(patterns, (1 / stretch - 1) * pt.dot(patterns.T, field))
        sums = pt.set_subtensor(pt.zeros(len(self._size))[self._many], -self._root * field[self._last])
        return field[self._free] + self._share * sums[self._component]

    def log_jac_det(self, value: TensorVariable, *inputs: TensorVariable) -> TensorVariable:
        """Of a rotation, a stretch and a scale."""
        unit = len(self._free) * pt.log(inputs[-2])
        return unit if self._values is None else unit + pt.sum(pt.log(self._stretch(inputs[-2])[1]))


class MixtureInformed(DataInformed):
    """Sample a mixture of two normals in the coordinates of the mean and sd of its approximate posterior.

    As :class:`DataInformed` for each of the two, with their posterior weights: as the share of outlying wijken grows,
    a wijk that may be one moves outwards without a change of its coordinate.

    Parameters
    ----------
    z, information : ndarray or tensor, shape (wijk,)
        On the scale of the linear predictor; ``information`` 0 where the data say little.
    """

    def _location_scale(self, inputs: tuple[TensorVariable, ...]) -> tuple[TensorVariable, TensorVariable]:
        *_, share, times, mu, sigma = inputs
        off, prior, prior_outlying = self._z - mu, sigma**2, (sigma * times) ** 2
        doubt, doubt_outlying = 1 + self._information * prior, 1 + self._information * prior_outlying
        both = reciprocal(doubt * doubt_outlying)
        pulled = self._information * off
        odds = (1 - share) / share * doubt_outlying * pt.sqrt(both)
        outlying = reciprocal(1 + odds * pt.exp(-(pulled**2) * (prior_outlying - prior) * both / 2))
        variance, variance_outlying = prior * doubt_outlying * both, prior_outlying * doubt * both
        wider = variance_outlying - variance
        step = wider * pulled
        spread = variance + outlying * (wider + (1 - outlying) * step**2)
        return mu + variance * pulled + outlying * step, pt.sqrt(spread)
