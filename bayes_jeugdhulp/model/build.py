"""The generative model, as it is written in the design: wijken in gemeenten in jeugdzorgregio's."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import IntervalTerms, interval_terms, published_binomial
from bayes_jeugdhulp.model.spatial import SpatialGraph, smooth_patterns, spatial_field
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import REFERENCE_YOUTHS, Start
from bayes_jeugdhulp.model.transforms import (
    DataInformed,
    FieldWhitening,
    MixtureInformed,
    NestedWhitening,
    OneScaleWhitening,
    coordinates,
    product,
    reciprocal,
)

Term = Callable[[Design], TensorVariable]


def build_model(design: Design, spec: ModelSpec, start: Start | None = None, *, term: Term | None = None) -> pm.Model:
    """Write the model down in PyMC.

    ``users ~ Binomial(youths, p)`` as published, ``logit p = alpha + x beta + regio + gemeente + wijk``. A spatial
    effect is part of the wijk's. Factors are columns of x, at their means given the indicators; what these leave open
    of a factor, times its coefficient, is part of the wijk's effect and of the gemeente's.

    Parameters
    ----------
    design : Design
    spec : ModelSpec
    start : Start, optional
        Approximate posterior (:func:`bayes_jeugdhulp.model.start.approximate_posterior`) in whose coordinates to
        sample. Without it the model is the same, only slower to sample.
    term : callable, optional
        A term of your own of the log odds: called with the design inside the model, it makes PyMC variables and
        returns an expression of shape (wijk,). It stays in both expectations, as kenmerken do.

    Returns
    -------
    pymc.Model
        Variables ``alpha`` (), ``beta`` (kenmerk), ``regio_effect`` (regio), ``gemeente_effect`` (gemeente), ``eta``
        (wijk; the log odds of use), the scales ``sigma_kenmerken, sigma_regio, sigma_gemeente, sigma_wijk``, ``kappa``,
        ``nu``, ``outlying_share`` and ``outlying_scale`` where chosen, what the prior of the coefficients adds,
        ``spatial_effect`` (wijk; on the log odds scale) and ``spatial_share`` where chosen, and the observed ``users``
        (observed_wijk). With factors also ``factor_width`` (factor), variances that turn the normal prior of their
        coefficients into a Student-t, and ``factor_level`` (gemeente, factor), what a gemeente's factors differ from
        their means, in standard units; ``gemeente_effect`` includes it. All that comes from the data is ``pm.Data``, as
        :func:`packed` arranges it, so that a compiled model serves every table of the same wijken. With a term of
        your own also ``term`` (wijk).

    Raises
    ------
    ValueError
        If that term has a variable with as many elements as there are wijken: a second wijk effect, which would explain
        away the deviations that one looks for.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> from bayes_jeugdhulp.model import make_design
    >>> areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    >>> spec = bj.ModelSpec(missing="median", wijk_effect="normal")
    >>> model = build_model(make_design(areas, spec), spec)
    >>> [variable.name for variable in model.observed_RVs], model.named_vars_to_dims["eta"]
    (['users'], ('wijk',))
    """
    priors, wijken = spec.priors, design.areas.wijken
    k = len(design.predictors)
    coords = {
        "wijk": wijken.index.to_list(),
        "gemeente": list(design.gemeenten),
        "kenmerk": list(design.predictors),
        "observed_wijk": wijken.index[design.observed].to_list(),
    }
    if design.regios:
        coords["regio"] = list(design.regios)
    if design.factors:
        coords["factor"] = list(design.factors.names)

    with pm.Model(coords=coords) as model:
        values = model_data(design, start, design.kenmerken_mean)
        data = _named(values)
        sigma, coefficients = _scales(spec, design)
        scales = [pt.constant([priors.alpha[1]]), coefficients]
        if design.regios:
            scales.append(pt.repeat(sigma["regio"], len(design.regios)))
        scales.append(pt.repeat(sigma["gemeente"], len(design.gemeenten)))

        # one stacked variable, because alpha, beta and the group effects are whitened together
        means = np.zeros(1 + k + len(design.regios) + len(design.gemeenten))
        means[0] = priors.alpha[0]
        whitened = {"transform": _whitening(spec, design, start, data)} if start else {}
        effects = pm.Normal("effects", means, pt.concatenate(scales), **whitened)
        alpha = pm.Deterministic("alpha", effects[0])
        beta = pm.Deterministic("beta", effects[1 : 1 + k], dims="kenmerk")
        own = effects[-len(design.gemeenten) :]
        spread: TensorVariable | None = None
        if design.factors:
            gamma = beta[-len(design.factors.names) :]
            open_level = pm.Normal("factor_level", dims=("gemeente", "factor"))
            own = own + (product(data["factor_gemeente_root"], gamma) * open_level).sum(axis=1)
            spread = (product(data["factor_wijk_root"], gamma) ** 2).sum(axis=1)
        gemeente = pm.Deterministic("gemeente_effect", own, dims="gemeente")
        level = alpha + gemeente
        if design.regios:
            regio = pm.Deterministic("regio_effect", effects[1 + k : -len(design.gemeenten)], dims="regio")
            level = level + regio[data["regio_of_gemeente"]]

        mu = product(data["kenmerken"], beta) + level[data["gemeente_of_wijk"]]
        if term is not None:
            mu = mu + pm.Deterministic("term", _own_term(term, design, model), dims="wijk")
        if design.graph:
            share = pm.Beta("spatial_share", *priors.spatial_share)
            mu = mu + _spatial_effect(design.graph, sigma["wijk"] * pt.sqrt(share), data)
            sigma["wijk"] = sigma["wijk"] * pt.sqrt(1 - share)
        scale = sigma["wijk"]
        if spec.wijk_scale == "size":
            kappa = pm.Normal("kappa", 0, priors.kappa)
            scale = pt.exp(pt.log(sigma["wijk"]) - kappa * data["log_size"])
        kind = MixtureInformed if spec.wijk_effect == "mixture" else DataInformed
        informed = {"transform": kind(data["wijk_z"], data["wijk_information"])} if start else {}
        eta = _wijken(spec, mu, scale, spread, informed)

        terms = IntervalTerms(*(data[f"interval_{name}"] for name in IntervalTerms.__slots__))
        published_binomial(
            "users",
            eta[data["observed"]],
            terms,
            len(values["interval_ratios"]),
            design.users_low[design.observed],
            policy=design.areas.policy,
            dims="observed_wijk",
        )
    return model


def _whitening(spec: ModelSpec, design: Design, start: Start, data: dict[str, Any]) -> NestedWhitening:
    size, regios = len(start.prior), len(design.regios)
    if spec.coefficients == "normal" and size > 1 and not design.factors:
        return OneScaleWhitening(data, size, regios, start.prior[1])
    return NestedWhitening(data, size, regios)


def _own_term(term: Term, design: Design, model: pm.Model) -> TensorVariable:
    before = set(model.free_RVs)
    value = term(design)
    for variable in set(model.free_RVs) - before:
        dims = model.named_vars_to_dims.get(variable.name)
        lengths = (
            [len(model.coords[dim] or ()) for dim in dims] if dims else [size or 0 for size in variable.type.shape]
        )
        if np.prod(lengths) >= len(design.youths):
            raise ValueError(
                f"{variable.name!r}, in the term of your own, has {np.prod(lengths)} elements for "
                f"{len(design.youths)} wijken: a second wijk effect, which would explain every deviation away; let "
                "wijken share its elements"
            )
    return value


def _spatial_effect(graph: SpatialGraph, sigma: TensorVariable, data: dict[str, Any]) -> TensorVariable:
    """The part of the wijk effects that varies smoothly over neighbours."""
    smooth = {name: value for name, value in data.items() if name.startswith("spatial_")}
    whitening = FieldWhitening(graph.component, smooth or None)
    return spatial_field("spatial_effect", graph, sigma, dims="wijk", transform=whitening)


def _scales(spec: ModelSpec, design: Design) -> tuple[dict[str, TensorVariable], TensorVariable]:
    """Sd of each part of the linear predictor, and of each coefficient."""
    factors = len(design.factors.names) if design.factors else 0
    priors, k = spec.priors, len(design.predictors) - factors
    if not factors:
        return _kenmerken_scales(spec, design, k, "kenmerk")
    pm.modelcontext(None).add_coord("own_kenmerk", list(design.predictors[:k]))
    sigma, coefficients = _kenmerken_scales(spec, design, k, "own_kenmerk")
    df, scale = priors.factors
    width = pm.InverseGamma("factor_width", df / 2, df / 2, dims="factor")
    return sigma, pt.concatenate([coefficients, scale * pt.sqrt(width / factors)])


def _kenmerken_scales(
    spec: ModelSpec, design: Design, k: int, dim: str
) -> tuple[dict[str, TensorVariable], TensorVariable]:
    """Sd of each part but the factors, and of the coefficients of kenmerken, which have this dimension."""
    priors = spec.priors
    weights = dict(zip(("kenmerken", "regio", "gemeente", "wijk"), priors.variance_share, strict=True))
    if not design.regios:
        del weights["regio"]
    if spec.coefficients == "normal":
        widths = {part: getattr(priors, part) for part in weights}
        if design.factors:
            widths["kenmerken"] = priors.kenmerken_beside_factors
        sigma = {part: pm.HalfNormal(f"sigma_{part}", width) for part, width in widths.items()}
        return sigma, pt.repeat(sigma["kenmerken"] / np.sqrt(k), k)
    if spec.coefficients == "horseshoe":
        del weights["kenmerken"]
    total = pm.LogNormal("sigma_total", np.log(priors.total[0]), priors.total[1])
    pm.modelcontext(None).add_coord("part", list(weights))
    share = pm.Dirichlet("variance_share", np.array(list(weights.values())), dims="part")
    sigma = {part: pm.Deterministic(f"sigma_{part}", total * pt.sqrt(share[i])) for i, part in enumerate(weights)}
    if spec.coefficients == "r2d2":
        own = pm.Dirichlet("kenmerk_share", np.full(k, priors.kenmerk_share), dims=dim)
        return sigma, sigma["kenmerken"] * pt.sqrt(own)
    # relevant / (1 - relevant) is the expected number of kenmerken that matter over that of the others
    largest = priors.relevant / (1 - priors.relevant) / np.sqrt(design.observed.sum())
    tau = pm.HalfCauchy("tau", largest * sigma["wijk"])
    free = (tau * pm.HalfCauchy("local", 1.0, dims=dim)) ** 2
    df, scale = priors.slab
    slab = pm.InverseGamma("slab", df / 2, df * scale**2 / 2)
    variance = free * slab / (free + slab)
    pm.Deterministic("sigma_kenmerken", pt.sqrt(variance.sum()))
    return sigma, pt.sqrt(variance)


OF_OBSERVED = ("observed", "interval_youths", "interval_low", "interval_constant")  # as many as figures take part
PLACES = ("observed", "interval_rows", "gemeente_of_wijk", "regio_of_gemeente")  # whole numbers, to index with
OF_OPEN = ("interval_rows", "interval_shift", "interval_ratios")  # as many as of these are known within bounds


def packed(values: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Data as a model has them: three arrays, by what decides their size; two where every count is exact.

    PyMC 6.4 loses data that only a transformation uses; each of these is used elsewhere too.

    Parameters
    ----------
    values : dict
        From :func:`model_data`.
    """
    figures = [np.ravel(value) for name, value in values.items() if name not in (*OF_OBSERVED, *OF_OPEN)]
    found = {
        "figures": np.concatenate(figures),
        "of_observed": np.vstack([values[name] for name in OF_OBSERVED]),
    }
    if len(values["interval_ratios"]):
        found["of_open"] = np.vstack([values[name] for name in OF_OPEN])
    return found


def _named(values: Mapping[str, NDArray]) -> dict[str, TensorVariable]:
    """Register data in the model, and give each part its name back."""
    whole: dict[str, Any] = {name: pm.Data(name, value) for name, value in packed(values).items()}
    named = {name: whole["of_observed"][i] for i, name in enumerate(OF_OBSERVED)}
    unused = tuple(pt.constant(values[name]) for name in OF_OPEN)
    of_open = whole.get("of_open")
    parts = unused if of_open is None else (of_open[0], of_open[1], of_open[2:])
    named |= dict(zip(OF_OPEN, parts, strict=True))
    at = 0
    for name, value in values.items():
        if name not in named:
            named[name] = whole["figures"][at : at + value.size].reshape(value.shape)
            at += value.size
    return named | {name: named[name].astype("int64") for name in PLACES}


def model_data(
    design: Design, start: Start | None, x: NDArray[np.float64], steps: int | None = None
) -> dict[str, NDArray]:
    """Everything in a model that comes from the data, by name.

    Parameters
    ----------
    design : Design
    start : Start, optional
        Adds the coordinates to sample in.
    x : ndarray, shape (wijk, kenmerk)
        Standardised kenmerken without gaps.
    steps : int, optional
        For how many open counts a graph was written; default those of the widest bounds.
    """
    observed = np.flatnonzero(design.observed)
    low, high = design.users_low[observed], design.users_high[observed]
    terms = interval_terms(design.youths[observed], low, high, steps)
    return {
        "gemeente_of_wijk": design.gemeente_of_wijk,
        "regio_of_gemeente": design.regio_of_gemeente,
        "kenmerken": x,
        "log_size": np.log(design.youths / REFERENCE_YOUTHS),
        **_roots(design),
        "observed": observed,
        **{f"interval_{name}": getattr(terms, name) for name in IntervalTerms.__slots__},
        **(coordinates(start) if start else {}),
        **(_patterns(design.graph, start) if start and design.graph else {}),
    }


def _patterns(graph: SpatialGraph, start: Start) -> dict[str, NDArray]:
    """What :class:`FieldWhitening` stretches, and what the data say of a wijk, its own effect integrated out."""
    patterns, precision = smooth_patterns(graph)
    information = start.information / (1 + start.information * start.scales["sigma_wijk"] ** 2)
    return {
        "spatial_patterns": patterns,
        "spatial_precision": precision,
        "spatial_information": np.array(information.mean()),
    }


def _roots(design: Design) -> dict[str, NDArray]:
    """Per wijk and gemeente R with R'R the covariance that scores leave open: that of f'gamma is then |R gamma|^2."""
    if not design.factors:
        return {}
    found = {}
    for level in ("wijk", "gemeente"):
        values, vectors = np.linalg.eigh(getattr(design.factors, f"{level}_covariance")[0])
        roots = np.sqrt(np.maximum(values, 0))[..., None] * np.swapaxes(vectors, -1, -2)
        found[f"factor_{level}_root"] = roots
    return found


def _wijken(
    spec: ModelSpec,
    mu: TensorVariable,
    scale: TensorVariable,
    spread: TensorVariable | None,
    informed: dict[str, Any],
) -> TensorVariable:
    """The log odds of use: mu, the wijk effect, and what is open of its factors, of variance ``spread``."""
    priors = spec.priors
    whole = scale if spread is None else pt.sqrt(scale**2 + spread)
    if spec.wijk_effect == "normal":
        return pm.Normal("eta", mu, whole, dims="wijk", **informed)
    if spec.wijk_effect == "student_t":
        nu = 2 + pm.Gamma("nu_above_2", *priors.nu)
        pm.Deterministic("nu", nu)
        return pm.StudentT("eta", nu=nu, mu=mu, sigma=scale, dims="wijk", **informed)
    share = pm.Beta("outlying_share", *priors.outlying_share)
    times = 2 + pm.HalfNormal("outlying_scale_above_2", priors.outlying_scale)
    pm.Deterministic("outlying_scale", times)
    if spread is not None:
        times = pt.sqrt((times * scale) ** 2 + spread) / whole
    return pm.CustomDist(
        "eta", share, times, mu, whole, logp=_two_normals, random=_draw_two_normals, dims="wijk", **informed
    )


def _two_normals(
    value: TensorVariable, share: TensorVariable, times: TensorVariable, mu: TensorVariable, scale: TensorVariable
) -> TensorVariable:
    """Log density of ordinary and outlying wijken, which of the two summed out."""
    square = ((value - mu) * reciprocal(scale)) ** 2
    wide = times**-2  # below 1, so that neither part overflows beside the other
    parts = (1 - share) * pt.exp((wide - 1) * square / 2) + share / times
    return pt.log(parts) - wide * square / 2 - pt.log(scale) - np.log(2 * np.pi) / 2


def _draw_two_normals(
    share: NDArray,
    times: NDArray,
    mu: NDArray,
    scale: NDArray,
    rng: np.random.Generator,
    size: tuple[int, ...] | None = None,
) -> NDArray:
    shape = size if size is not None else np.broadcast_shapes(share.shape, times.shape, mu.shape, scale.shape)
    return mu + scale * np.where(rng.random(shape) < share, times, 1.0) * rng.standard_normal(shape)
