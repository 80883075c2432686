"""Expected use: the average of p over everything indexed by the wijk that is not known, for two references."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student_t

from bayes_jeugdhulp.inference.neighbourhood import Spatial, given_others
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS
from bayes_jeugdhulp.tasks import side_by_side

Array = NDArray[np.float64]
Reference = Literal["within_gemeente", "national"]
REFERENCES: tuple[Reference, ...] = ("within_gemeente", "national")

NODES = 9  # Gauss-Hermite; exact to 1e-9 up to an sd of .5, to 2e-8 at .7 and to 2e-6 at 1 (test_expected)
BLOCK = 25_000  # numbers at a time: what stays in a processor's cache
STORED = np.float32  # of what a fit keeps per draw and wijk: half the memory, and rounding far below Monte Carlo error
HEAVY_NODES = 41  # for a Student-t wijk effect; exact to 2e-4 of the value (test_expected)


@dataclass(frozen=True, slots=True)
class Draws:
    """Posterior draws as plain arrays, chains stacked; shapes begin with (draw,).

    Attributes
    ----------
    alpha : (draw,)
    beta : (draw, kenmerk)
    regio, gemeente : (draw, regio) and (draw, gemeente)
        Effects; ``regio`` has no columns where there is no such level.
    eta : (draw, wijk)
    sigma_regio : (draw,)
    sigma_gemeente : (draw, gemeente)
        With what indicators leave open of its factors; without factors the same for all.
    sigma_wijk : (draw, wijk)
        Scale of each wijk's own effect, with what indicators leave open of its factors.
    nu : (draw,) or None
        Degrees of freedom of the wijk effects, where they are Student-t.
    share, times : (component, draw, 1 or wijk)
        Normal parts of the wijk effect's distribution: their shares, and their sds as multiples of ``sigma_wijk``. One
        part of share 1 unless there are outlying wijken.
    kenmerken_variance : (draw, wijk)
        Variance of the linear predictor over a wijk's imputed kenmerken, given its known ones; these never saw y.
    imputation : (draw,)
        Which completed table a draw belongs to.
    term : (draw, wijk) or None
        A term of one's own of the log odds (:func:`bayes_jeugdhulp.model.build.build_model`).
    spatial : Spatial or None
        Where neighbouring wijken share an effect; ``sigma_wijk`` is then that of the wijk's own part.
    """

    alpha: Array
    beta: Array
    regio: Array
    gemeente: Array
    eta: Array
    sigma_regio: Array
    sigma_gemeente: Array
    sigma_wijk: Array
    nu: Array | None
    share: Array
    times: Array
    kenmerken_variance: Array
    imputation: NDArray[np.int64]
    term: Array | None = None
    spatial: Spatial | None = None

    def part(self, place: slice) -> "Draws":
        """Those of some wijken, for :meth:`bayes_jeugdhulp.model.design.Design.part`."""
        share, times = (part if part.shape[-1] == 1 else part[..., place] for part in (self.share, self.times))
        return replace(
            self,
            eta=self.eta[:, place],
            sigma_wijk=self.sigma_wijk[:, place],
            kenmerken_variance=self.kenmerken_variance[:, place],
            term=None if self.term is None else self.term[:, place],
            share=share,
            times=times,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What a new wijk's log odds are drawn from: ``location + normal + wijk effect``; shapes begin with (draw, wijk).

    Attributes
    ----------
    location : (draw, wijk)
    variance : (draw, wijk)
        Of the normal part: missing kenmerken, the spatial effect and, for the national reference, a new region and
        gemeente.
    sigma : (draw, wijk)
        Scale of the wijk effect.
    nu : (draw, 1 or wijk) or None
    share, times : (component, draw, 1 or wijk)
        See :class:`Draws`.
    """

    location: Array
    variance: Array
    sigma: Array
    nu: Array | None
    share: Array
    times: Array

    def select(self, wijken: NDArray[np.int64]) -> "Terms":
        """Keep these wijken."""

        def kept(values: Array) -> Array:
            return values if values.shape[-1] == 1 else values[..., wijken]

        nu = None if self.nu is None else kept(self.nu)
        parts = (self.location, self.variance, self.sigma), (self.share, self.times)
        (location, variance, sigma), (share, times) = ([kept(values) for values in part] for part in parts)
        return Terms(location, variance, sigma, nu, share, times)

    def rows(self, draws: NDArray[np.int64]) -> "Terms":
        """Keep these draws."""
        nu = None if self.nu is None else self.nu[draws]
        variance = self.variance if len(self.variance) == 1 else self.variance[draws]
        return Terms(self.location[draws], variance, self.sigma[draws], nu, self.share[:, draws], self.times[:, draws])


def read_draws(tree: xr.DataTree, design: Design) -> Draws:
    """Stack the chains of a fit's posterior; of a part of its design, the draws of those wijken."""
    posterior = tree["posterior"].to_dataset().isel(wijk=design.place)

    def stacked(name: str) -> Array:
        values = posterior[name].transpose("chain", "draw", ...).to_numpy()
        return values.reshape(-1, *values.shape[2:]).astype(float, copy=False)

    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    imputation = np.tile(posterior["imputation"].to_numpy(), posterior.sizes["chain"])
    turns = np.searchsorted(design.fitted, imputation)
    log_size = np.log(design.counts.youths / REFERENCE_YOUTHS)[turns]
    kappa = stacked("kappa") if "kappa" in posterior else np.zeros(draws)
    beta = stacked("beta")
    share, times = np.ones((1, draws, 1)), np.ones((1, draws, 1))
    if "outlying_share" in posterior:
        outlying = stacked("outlying_share")[:, None]
        share = np.stack([1 - outlying, outlying])
        times = np.stack([np.ones((draws, 1)), stacked("outlying_scale")[:, None]])
    shared = stacked("spatial_share") if design.graph else np.zeros(draws)
    sigma_wijk = (stacked("sigma_wijk") * np.sqrt(1 - shared))[:, None] * np.exp(-kappa[:, None] * log_size)
    sigma_gemeente = np.broadcast_to(stacked("sigma_gemeente")[:, None], (draws, len(design.gemeenten)))
    if design.factors:
        of_wijk, of_gemeente = design.factors.variance(beta[:, -len(design.factors.names) :], turns)
        whole = np.sqrt(sigma_wijk**2 + of_wijk)
        times, sigma_wijk = np.sqrt((times * sigma_wijk) ** 2 + of_wijk) / whole, whole
        sigma_gemeente = np.sqrt(sigma_gemeente**2 + of_gemeente)
    found = Draws(
        alpha=stacked("alpha"),
        beta=beta,
        regio=stacked("regio_effect") if design.regios else np.zeros((draws, 0)),
        gemeente=stacked("gemeente_effect"),
        eta=stacked("eta"),
        sigma_regio=stacked("sigma_regio") if design.regios else np.zeros(draws),
        sigma_gemeente=sigma_gemeente,
        sigma_wijk=sigma_wijk,
        nu=stacked("nu") if "nu" in posterior else None,
        share=share,
        times=times,
        kenmerken_variance=_kenmerken_variance(design, beta),
        imputation=imputation,
        term=stacked("term") if "term" in posterior else None,
    )
    if not design.graph:
        return found
    effect, variance = stacked("spatial_effect"), shared * stacked("sigma_wijk") ** 2
    return replace(found, spatial=_spatial(design, found, effect, variance))


def _spatial(design: Design, draws: Draws, effect: Array, variance: Array) -> Spatial:
    """Which of the two parts of a mixture a wijk is in is drawn, so that the others' effects are normal given it."""
    assert design.graph
    own = draws.eta - fitted_location(design, draws) - effect
    sd = draws.sigma_wijk
    if len(draws.share) == 2:
        rng = np.random.default_rng(len(own))
        wide = draws.times[1]
        odds = draws.share[0] / draws.share[1] * wide * np.exp(-((own / sd) ** 2) / 2 * (1 - wide**-2))
        sd = np.where(rng.random(own.shape) * (1 + odds) < 1, wide * sd, sd)
    return Spatial(effect, variance, *given_others(design.graph, effect, variance, own, sd))


def location(design: Design, draws: Draws, reference: Reference, x: Array | None = None) -> Array:
    """Linear predictor without what is indexed by the wijk, shape (draw, wijk).

    Parameters
    ----------
    design : Design
    draws : Draws
    reference : {"within_gemeente", "national"}
        With the fitted regio and gemeente effects, or without.
    x : ndarray, shape (wijk, kenmerk), optional
        Kenmerken; default their mean over imputations.
    """
    eta = draws.alpha[:, None] + draws.beta @ (design.kenmerken_mean if x is None else x).T
    if draws.term is not None:
        eta += draws.term
    if design.factors and x is None:
        _add(eta, draws, {index: design.known(index) - design.kenmerken_mean for index in np.unique(draws.imputation)})
    if reference == "within_gemeente":
        eta += draws.gemeente[:, design.gemeente_of_wijk]
        if design.regios:
            eta += draws.regio[:, design.regio_of_gemeente[design.gemeente_of_wijk]]
    return eta


def fitted_location(design: Design, draws: Draws) -> Array:
    """The linear predictor that each draw was fitted with: the kenmerken of its own imputation, shape (draw, wijk)."""
    eta = location(design, draws, "within_gemeente")
    _add(eta, draws, {index: design.completed(index) - design.known(index) for index in np.unique(draws.imputation)})
    return eta


def _add(eta: Array, draws: Draws, x: Mapping[int, Array]) -> None:
    """Add to each draw what comes of the predictors of its own imputation."""
    for index, own in x.items():
        rows = draws.imputation == index
        eta[rows] += draws.beta[rows] @ own.T


def standard_effects(
    draws: Draws, wijken: int, rng: np.random.Generator, which: np.random.Generator | None = None
) -> Array:
    """Draw wijk effects as multiples of ``sigma_wijk``, shape (draw, wijk).

    Which part of a mixture each is from is drawn by a generator of its own, where one is given: then wijken drawn a
    few at a time are the same ones.
    """
    shape = (wijken, len(draws.alpha))
    if draws.nu is not None:
        return rng.standard_t(np.broadcast_to(draws.nu, shape)).T
    effects = rng.standard_normal(shape).T
    if len(draws.share) == 2:
        outlying = draws.share[1] > (which or rng).random(shape).T
        effects = effects * np.where(outlying, draws.times[1], 1)
    return effects


def _kenmerken_variance(design: Design, beta: Array) -> Array:
    variance = np.zeros((len(beta), len(design.youths)))
    deviation = design.imputed - design.imputed.mean(axis=0)
    wijken, first = np.unique(design.cell_wijk, return_index=True)  # cells stand in the order of their wijken
    for wijk, cells in zip(wijken, np.split(np.arange(len(design.cell_wijk)), first)[1:], strict=True):
        away, own = deviation[:, cells], beta[:, design.cell_kenmerk[cells]]
        variance[:, wijk] = np.einsum("dc,dc->d", own @ (away.T @ away / len(away)), own)
    return variance


def normal_variance(design: Design, draws: Draws, reference: Reference) -> Array:
    """Variance of what is averaged over beside the wijk's own part, shape (draw, wijk).

    Missing kenmerken given the known ones, and within the gemeente the spatial effect given that of the other wijken;
    for the national reference a new region, gemeente and spatial effect.
    """
    if reference == "national":
        return draws.kenmerken_variance + (draws.sigma_regio**2)[:, None] + _new_gemeente(design, draws)
    return draws.kenmerken_variance + (draws.spatial.given_variance if draws.spatial else 0.0)


def _new_gemeente(design: Design, draws: Draws) -> Array:
    """Variance of a new gemeente, and of a new spatial effect that no neighbour tells of."""
    variance = draws.sigma_gemeente[:, design.gemeente_of_wijk] ** 2
    return variance + _new_spatial(design, draws)


def _new_spatial(design: Design, draws: Draws) -> Array | float:
    return 0.0 if draws.spatial is None or design.graph is None else draws.spatial.new(design.graph)


def terms(design: Design, draws: Draws, reference: Reference) -> Terms:
    """What expected use and a new wijk follow from, with everything indexed by the wijk left open."""
    centre = location(design, draws, reference)
    if draws.spatial and reference == "within_gemeente":
        centre = centre + draws.spatial.given
    return _terms(draws, centre, normal_variance(design, draws, reference))


def without_neighbours(design: Design, draws: Draws) -> Terms:
    """As :func:`terms` within the gemeente, with spatial effects that no neighbour tells of."""
    variance = draws.kenmerken_variance + _new_spatial(design, draws)
    return _terms(draws, location(design, draws, "within_gemeente"), variance)


def without_factors(design: Design, draws: Draws) -> Terms:
    """As :func:`terms` for the national reference, every wijk with factors at the mean of the country."""
    assert design.factors
    national = terms(design, draws, "national")
    gamma = draws.beta[:, -len(design.factors.names) :]
    turns = np.searchsorted(design.fitted, draws.imputation)
    away = np.einsum("df,dwf->dw", gamma, design.factors.mean[turns])
    return replace(national, location=national.location - away)


def regional_terms(design: Design, draws: Draws) -> Terms:
    """As :func:`terms`, for wijken of a gemeente that took no part in the fit: its region is known, its effect new."""
    centre = location(design, draws, "national")
    if design.regios:
        centre += draws.regio[:, design.regio_of_gemeente[design.gemeente_of_wijk]]
    return _terms(draws, centre, draws.kenmerken_variance + _new_gemeente(design, draws))


def fitted_terms(design: Design, draws: Draws, *, field: bool = False) -> Terms:
    """What the likelihood of a wijk follows from: the kenmerken that each draw was fitted with, the fitted groups.

    The spatial effect of the wijk is left open given that of the others, and is part of the wijk's own effect here;
    with ``field`` it is the fitted one.
    """
    centre = fitted_location(design, draws)
    found = _terms(draws, centre, np.zeros((1, 1)))
    if draws.spatial is None:
        return found
    if field:
        return replace(found, location=centre + draws.spatial.effect)
    whole = np.sqrt(draws.sigma_wijk**2 + draws.spatial.given_variance)
    times = np.sqrt((draws.times * draws.sigma_wijk) ** 2 + draws.spatial.given_variance) / whole
    share = np.broadcast_to(draws.share, times.shape)
    return replace(found, location=centre + draws.spatial.given, sigma=whole, times=times, share=share)


def _terms(draws: Draws, centre: Array, variance: Array) -> Terms:
    nu = None if draws.nu is None else draws.nu[:, None]
    return Terms(centre, variance, draws.sigma_wijk, nu, draws.share, draws.times)


def mean_probability(location: Array, sd: Array, nodes: int = NODES) -> Array:
    """Average of ``expit(location + sd z)`` over a standard normal ``z``, by Gauss-Hermite quadrature.

    Parameters
    ----------
    location, sd : ndarray, same shape
    nodes : int

    Returns
    -------
    ndarray, same shape

    Examples
    --------
    >>> float(mean_probability(np.array(0.0), np.array(2.0)).round(12))
    0.5
    """
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    flat_location, flat_sd = (np.ravel(part) for part in np.broadcast_arrays(location, sd))
    total = np.zeros(flat_location.shape)

    def average(start: int) -> None:
        part = slice(start, start + BLOCK)
        for point, weight in zip(points, weights / weights.sum(), strict=True):
            total[part] += weight * expit(flat_location[part] + point * flat_sd[part])

    side_by_side(average, range(0, total.size, BLOCK))
    return total.reshape(np.broadcast_shapes(np.shape(location), np.shape(sd)))


def expected_use(design: Design, draws: Draws, reference: Reference) -> Array:
    """e_w per posterior draw, a probability, shape (draw, wijk); definitions: Per wijk."""
    return average_use(terms(design, draws, reference))


def average_use(terms: Terms) -> Array:
    """Average of the probability of use over all that terms leave open, shape (draw, wijk)."""
    total = np.zeros_like(terms.location)
    if terms.nu is None:
        for share, times in zip(terms.share, terms.times, strict=True):
            total += share * mean_probability(terms.location, np.sqrt(terms.variance + (times * terms.sigma) ** 2))
        return total
    # the double-exponential rule (Takahasi & Mori 1974): nodes of equal probability lose 1% or more in the far tails
    x = np.linspace(-2.5, 2.5, HEAVY_NODES)
    steps = np.sinh(np.pi / 2 * np.sinh(x))
    weights = [
        student_t.pdf(s, terms.nu) * np.cosh(at) * np.cosh(np.arcsinh(s)) for s, at in zip(steps, x, strict=True)
    ]
    sd, whole = np.sqrt(terms.variance), sum(weights)
    for step, weight in zip(steps, weights, strict=True):
        total += weight / whole * mean_probability(terms.location + step * terms.sigma, sd, nodes=3)
    return total
