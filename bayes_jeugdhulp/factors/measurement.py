"""The latent measurement model: indicators of a wijk measure its factors, on the wijk's and the gemeente's level."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_jeugdhulp.model.nuts import compile_for_nuts, sample_nuts
from bayes_jeugdhulp.model.transforms import DataInformed, product

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TUNE, DRAWS, CHAINS = 700, 1500, 4


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Indicators as the measurement model takes them: on one scale, with what sampling adds to them.

    Attributes
    ----------
    factors, indicators : tuple of str
    factor_of : ndarray of int, shape (indicator,)
    sign : ndarray, shape (indicator,)
        1 where a high value goes with a high factor, else -1.
    anchor : ndarray of bool, shape (indicator,)
        Whether intercept and loading are the same in every gemeente.
    values : ndarray, shape (wijk, indicator)
        Mean 0 and sd 1 over the wijken that have the indicator; NaN elsewhere.
    error : ndarray, shape (wijk, indicator)
        Variance that sampling adds, in the same units; 0 where nothing is known of it.
    """

    factors: tuple[str, ...]
    indicators: tuple[str, ...]
    factor_of: NDArray[np.int64]
    sign: Array
    anchor: Mask
    values: Array
    error: Array

    @property
    def known(self) -> Mask:
        """Where an indicator was measured, shape (wijk, indicator)."""
        return ~np.isnan(self.values)


def measurement_model(measured: Measured, x: Array, gemeente_of_wijk: NDArray[np.int64]) -> pm.Model:
    """Write the measurement model down in PyMC, the wijk's own part of each factor integrated out.

    ``z_wj = intercept_j + own_gj + sign_j loading_j f_wk + noise_wj``: an anchor has no ``own``, another indicator has
    one of estimated sd in each gemeente that measures it. ``f_w = x_w B + a_g + e_w``, with ``e_w`` normal of sd 1 (the
    unit of a factor) and correlated, ``a_g`` normal and correlated; the noise has variance ``noise_j^2`` and what
    sampling adds.

    Parameters
    ----------
    measured : Measured
    x : ndarray, shape (wijk, kenmerk)
        Kenmerken without gaps, which predict the factors: their principal components (:func:`components_of`), or any
        other rotation, for the prior is the same in all of them.
    gemeente_of_wijk : ndarray of int, shape (wijk,)

    Returns
    -------
    pymc.Model
        The indicators are ``pm.Data`` of the names of :func:`measurement_data`, so that a compiled model serves other
        values of what was measured in the same places. Variables ``loading, intercept, noise, own_sd`` (indicator;
        ``own_sd`` of those that are no anchors), ``intercept_at_mean`` (indicator; the mean of the indicator over the
        wijken that have it), ``share`` (factor, part; of the factor's variance, a priori uniform over its three parts),
        ``slope`` (kenmerk, factor), ``slope_sd, level_sd`` (factor; the roots of what kenmerken and gemeente have over
        what the wijk has), ``wijk_correlation, level_correlation`` (factor, factor), ``coefficient`` (kenmerk, factor;
        B, ``slope`` times ``slope_sd`` over the root of the number of kenmerken) and the effects of gemeenten ``level``
        (gemeente, factor; standard normal) and ``own`` (own_place: a gemeente and one of its indicators).
    """
    gemeenten, count = int(gemeente_of_wijk.max()) + 1, len(measured.factors)
    places, where = _own_effects(measured, gemeente_of_wijk)
    free = np.flatnonzero(~measured.anchor)
    coords = {
        "factor": list(measured.factors),
        "indicator": list(measured.indicators),
        "free_indicator": [measured.indicators[j] for j in free],
        "kenmerk": np.arange(x.shape[1]),
        "gemeente": np.arange(gemeenten),
        "part": ["kenmerken", "gemeente", "wijk"],
        "own_place": np.arange(len(places)),
    }
    with pm.Model(coords=coords) as model:
        values, error = (pm.Data(name, value) for name, value in measurement_data(measured).items())
        # loadings have their priors on a factor of sd 1: in units of its wijk part every further indicator would make
        # it likelier that this part is nearly all of the factor, as each loading then has the more room
        share = pm.Dirichlet("share", np.ones(3), dims=("factor", "part"))
        loading = pm.HalfNormal("loading", pt.sqrt(share[:, 2])[measured.factor_of], dims="indicator")
        at_mean = pm.Normal("intercept_at_mean", 0.0, 0.5, dims="indicator")
        noise = pm.HalfNormal("noise", 1.0, dims="indicator")
        slope_sd = pm.Deterministic("slope_sd", pt.sqrt(share[:, 0] / share[:, 2]), dims="factor")
        # as many wijken as there are say more of most coefficients than their prior does: with the wijk's own part of
        # sd 1, and half of what x tells lost in gemeenten and indicators
        informed = DataInformed(0.0, (x**2).sum(axis=0)[:, None] / 2)
        width = slope_sd / np.sqrt(x.shape[1])
        slope = pm.Normal("coefficient", 0.0, width, dims=("kenmerk", "factor"), transform=informed)
        pm.Deterministic("slope", slope / width, dims=("kenmerk", "factor"))
        level_sd = pm.Deterministic("level_sd", pt.sqrt(share[:, 1] / share[:, 2]), dims="factor")
        level = pm.Normal("level", dims=("gemeente", "factor"))
        omega = pt.eye(1)
        if count > 1:
            roots = {part: _correlation_root(f"{part}_partial", count) for part in ("wijk", "level")}
            for part, root in roots.items():
                pm.Deterministic(f"{part}_correlation", product(root, root.T))
            omega, level = product(roots["wijk"], roots["wijk"].T), product(level, roots["level"].T)
        centre = product(x, slope) + (level * level_sd)[gemeente_of_wijk]
        mean = (measured.sign * loading) * centre[:, measured.factor_of]
        if len(places):
            own_sd = pm.HalfNormal("own_sd", 0.5, dims="free_indicator")
            # what its wijken say of an intercept, when noise and factor leave an indicator a sd of some .7
            measuring = DataInformed(0.0, 2.0 * np.bincount(where[measured.known & ~measured.anchor]))
            width = own_sd[np.searchsorted(free, places[:, 1])]
            own = pm.Normal("own", 0.0, width, dims="own_place", transform=measuring)
            own = pt.concatenate([own, pt.zeros(1)])  # the last place is of cells without an effect
            mean = mean + own[where]
        # an intercept where its indicator was measured hangs together with nothing else
        known = measured.known
        intercept = pm.Deterministic(
            "intercept", at_mean - (known * mean).sum(axis=0) / known.sum(axis=0), dims="indicator"
        )
        mean = mean + intercept
        pm.Potential("indicators", _log_likelihood(measured, values, error, mean, loading, noise, omega))
    return model


def measurement_data(measured: Measured) -> dict[str, Array]:
    """Values and sampling variances of the indicators as a measurement model takes them, shape (wijk, indicator)."""
    return {"values": np.where(measured.known, measured.values, 0.0), "error": measured.error}


def _correlation_root(name: str, count: int, eta: float = 2.0) -> TensorVariable:
    """Cholesky factor of a correlation matrix with an LKJ prior, from its partial correlations.

    These are independent Beta variables on (-1, 1) (Lewandowski, Kurowicka & Joe 2009, J. Multivariate Analysis
    100:1989-2001). PyMC's own needs a loop to be compiled.
    """
    pairs = [(j, i) for j in range(count) for i in range(j)]
    shape = np.array([eta + (count - 2 - i) / 2 for _, i in pairs])
    partial = 2 * pm.Beta(name, shape, shape) - 1
    root: list[list[Any]] = [[pt.zeros(()) for _ in range(count)] for _ in range(count)]
    for j in range(count):
        left = pt.ones(())
        for i in range(j):
            own = partial[pairs.index((j, i))]
            root[j][i], left = own * pt.sqrt(left), left * (1 - own**2)
        root[j][j] = pt.sqrt(left)
    return pt.stacklists(root)


def components_of(x: Array) -> Array:
    """Principal components of standardised kenmerken, shape (wijk, kenmerk): in which slopes go their own ways.

    Examples
    --------
    >>> x = np.array([[1.0, 1.1], [-1.0, -0.9], [0.0, -0.2]])
    >>> turned = components_of(x)
    >>> np.allclose(turned @ turned.T, (x - x.mean(axis=0)) @ (x - x.mean(axis=0)).T)
    True
    """
    centred = x - x.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2].T


def _own_effects(
    measured: Measured, gemeente_of_wijk: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which (gemeente, indicator) have an intercept of their own, and which of these each cell takes."""
    known = measured.known & ~measured.anchor
    pair = gemeente_of_wijk[:, None] * len(measured.indicators) + np.arange(len(measured.indicators))
    places, inverse = np.unique(pair[known], return_inverse=True)
    where = np.full(known.shape, len(places))
    where[known] = inverse
    return np.column_stack(np.divmod(places, len(measured.indicators))), where


def _log_likelihood(
    measured: Measured,
    values: TensorVariable,
    error: TensorVariable,
    mean: TensorVariable,
    loading: TensorVariable,
    noise: TensorVariable,
    omega: TensorVariable,
) -> TensorVariable:
    """Log density of the known indicators, the wijk's own part of the factors integrated out (Woodbury)."""
    known = measured.known
    weight = known / (noise**2 + error)
    residual = values - mean
    member = (measured.factor_of[:, None] == np.arange(len(measured.factors))).astype(float)
    information = product(weight * loading**2, member)  # diagonal, for an indicator measures one factor
    pull = product(weight * residual * (measured.sign * loading), member)
    inverse: Any = pt.linalg.inv(omega)
    count = len(measured.factors)
    precision = [
        [inverse[i, j] + (information[:, i] if i == j else 0.0 * information[:, 0]) for j in range(count)]
        for i in range(count)
    ]
    square, log_determinant = _elimination(precision, [pull[:, i] for i in range(count)])
    cells = (weight * residual**2).sum() - pt.log(pt.where(known, weight, 1.0)).sum() + known.sum() * np.log(2 * np.pi)
    wijken = (square - log_determinant).sum() - len(known) * pt.log(pt.linalg.det(omega))
    return (wijken - cells) / 2


def _elimination(
    matrix: list[list[TensorVariable]], right: list[TensorVariable]
) -> tuple[TensorVariable, TensorVariable]:
    """``b' A^-1 b`` and ``log |A|`` of many small symmetric matrices at once, by Gaussian elimination."""
    matrix, right = [list(row) for row in matrix], list(right)
    square, log_determinant = pt.zeros(()), pt.zeros(())
    for i in range(len(right)):
        pivot = matrix[i][i]
        square, log_determinant = square + right[i] ** 2 / pivot, log_determinant + pt.log(pivot)
        for j in range(i + 1, len(right)):
            times = matrix[j][i] / pivot
            right[j] = right[j] - times * right[i]
            for k in range(i + 1, len(right)):
                matrix[j][k] = matrix[j][k] - times * matrix[i][k]
    return square, log_determinant


def compile_measurement(model: pm.Model) -> Any:
    """Compile a measurement model for the sampler; for the default indicators some half a minute, the first time."""
    return compile_for_nuts(model)


def sample_measurement(
    compiled: Any,
    measured: Measured,
    seed: int,
    *,
    draws: int = DRAWS,
    tune: int = TUNE,
    chains: int = CHAINS,
    progress: bool = False,
) -> xr.DataTree:
    """Sample a compiled measurement model: groups ``posterior`` and ``sample_stats``.

    Parameters
    ----------
    compiled : nutpie.CompiledModel
        From :func:`compile_measurement`.
    measured : Measured
        The indicators it was written for, or others measured in the same places.
    seed : int
    draws, tune, chains : int
        Kept draws and warm-up of each chain.
    progress : bool
    """
    informed = compiled.with_data(**measurement_data(measured))
    return sample_nuts(informed, draws=draws, tune=tune, chains=chains, seed=seed, progress=progress)
