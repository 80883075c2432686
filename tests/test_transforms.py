"""The sampling coordinates leave the model as it is: their Jacobians, and the log density against the plain model."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from handmade import with_factors
from pymc.logprob.transforms import Transform
from scipy.stats import norm

from bayes_jeugdhulp.model import Design, ModelSpec, Priors, build_model, make_design
from bayes_jeugdhulp.model.start import Start, approximate_posterior
from bayes_jeugdhulp.model.transforms import (
    DataInformed,
    MixtureInformed,
    NestedWhitening,
    OneScaleWhitening,
    coordinates,
)
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

NORMAL = ModelSpec(imputations=1, wijk_effect="normal")


@cache
def started(regios: int, spec: ModelSpec, factors: int = 0) -> tuple[Design, Start]:
    areas = simulated_netherlands(2, wijken=50, gemeenten=8, regios=regios).areas
    design = make_design(areas, spec)
    design = with_factors(design, factors) if factors else design
    return design, approximate_posterior(design, spec.priors)


def check_jacobian(transform: Transform, size: int, inputs: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """There and back again; the log determinant against that of the numeric Jacobian. Returns centre and Jacobian."""
    value, given = pt.vector("value"), [pt.as_tensor(part) for part in inputs]
    there = transform.backward(value, *given)
    back, log_det = transform.forward(there, *given), transform.log_jac_det(value, *given)
    evaluate = pytensor.function([value], [there, back, pt.sum(log_det)], mode="FAST_COMPILE")
    for v in np.random.default_rng(1).normal(scale=3, size=(2, size)):
        _, again, log_jacobian = evaluate(v)
        np.testing.assert_allclose(again, v, rtol=0, atol=1e-10)
        # both transforms are linear in the value, so that central differences are exact
        jacobian = np.column_stack([(evaluate(v + e)[0] - evaluate(v - e)[0]) / 2 for e in np.eye(size)])
        assert log_jacobian == pytest.approx(np.linalg.slogdet(jacobian).logabsdet, abs=1e-8)
    return evaluate(np.zeros(size))[0], jacobian


def scales(design: Design, regio: float, gemeente: float) -> np.ndarray:
    """Prior sds of the stacked effects."""
    k, priors = len(design.kenmerken), Priors()
    parts = [(priors.alpha[1], 1), (priors.kenmerken / np.sqrt(k), k), (regio, len(design.regios))]
    return np.concatenate([np.full(count, sd) for sd, count in [*parts, (gemeente, len(design.gemeenten))]])


def whitening(kind: type[NestedWhitening], design: Design, start: Start) -> NestedWhitening:
    values = coordinates(start) | {"regio_of_gemeente": design.regio_of_gemeente}
    reference = (start.prior[1],) if kind is OneScaleWhitening else ()
    return kind(values, len(start.prior), len(design.regios), *reference)


WHITENINGS = pytest.mark.parametrize("kind", [NestedWhitening, OneScaleWhitening])


@WHITENINGS
@pytest.mark.parametrize("regios", [1, 3])
def test_effects_are_standard_normal_where_their_posterior_is(regios: int, kind: type[NestedWhitening]) -> None:
    """At the estimated scales, against the whole posterior precision of the normal approximation."""
    design, start = started(regios, ModelSpec(imputations=1))
    sigma = scales(design, start.scales.get("sigma_regio", 1), start.scales["sigma_gemeente"])
    sigma[1 : len(start.prior)] /= 3  # another scale of the coefficients than the directions were made with
    prior_mean = np.zeros(len(sigma))
    prior_mean[0] = Priors().alpha[0]
    centre, jacobian = check_jacobian(whitening(kind, design, start), len(sigma), (prior_mean, sigma))

    variance = (start.scales["sigma_wijk"] * (design.youths / 700) ** -start.scales["kappa"]) ** 2
    known = start.information > 0
    weight = np.where(known, 1 / (1 / np.where(known, start.information, 1) + variance), 0)
    members = np.eye(len(design.gemeenten))[design.gemeente_of_wijk]
    regio = np.eye(len(design.regios))[design.regio_of_gemeente][design.gemeente_of_wijk] if regios > 1 else []
    x = np.column_stack([np.ones(50), design.kenmerken_mean, *([regio] if regios > 1 else []), members])
    precision = x.T @ (weight[:, None] * x) + np.diag(sigma**-2)
    mean = np.linalg.solve(precision, x.T @ (weight * start.z) + prior_mean * sigma**-2)
    np.testing.assert_allclose(jacobian @ jacobian.T, np.linalg.inv(precision), atol=1e-9)
    np.testing.assert_allclose(centre, mean, atol=1e-9)


@WHITENINGS
def test_a_scale_near_zero_makes_no_funnel(kind: type[NestedWhitening]) -> None:
    """Where the data say nothing of a group, its effect is its scale times a standard normal."""
    design, start = started(3, ModelSpec(imputations=1))
    k, groups = 1 + len(design.kenmerken), len(design.gemeenten)
    for regio, gemeente in ((1e-4, 0.2), (0.2, 1e-4), (3.0, 0.01)):
        sigma = scales(design, regio, gemeente)
        _, jacobian = check_jacobian(whitening(kind, design, start), len(sigma), (np.zeros(len(sigma)), sigma))
        own = np.diag(jacobian)
        assert (own[k:-groups] <= regio * (1 + 1e-9)).all()
        assert (own[-groups:] <= gemeente * (1 + 1e-9)).all()
        if regio < 0.001:
            np.testing.assert_allclose(own[k:-groups], regio, rtol=0.01)


def test_mixture_informed_is_a_linear_map() -> None:
    z, information = np.array([0.7, -2.0, -2.5, -1.0]), np.array([0.0, 0.4, 30.0, 900.0])
    inputs = tuple(np.array(part) for part in (0.06, 4.0, [-2.0, -1.9, -2.2, -2.3], [0.2, 0.5, 0.1, 0.12]))
    check_jacobian(MixtureInformed(z, information), 4, inputs)


def test_data_informed_lies_between_non_centred_and_centred() -> None:
    z, information = np.array([0.7, -2.0, -2.5, 3.0]), np.array([0.0, 0.4, 30.0, 1e9])
    mu, sigma = np.array([-2.0, -1.9, -2.2, -2.3]), np.array([0.2, 0.5, 0.1, 0.3])
    location, jacobian = check_jacobian(DataInformed(z, information), 4, (mu, sigma))
    scale = np.diag(jacobian)
    assert (location[0], scale[0]) == (pytest.approx(mu[0]), pytest.approx(sigma[0]))
    assert (location[3], scale[3]) == (pytest.approx(z[3]), pytest.approx(1e9**-0.5, rel=1e-6))
    np.testing.assert_allclose(scale**-2, information + sigma**-2, rtol=1e-6)
    np.testing.assert_allclose(location, (information * z + mu / sigma**2) / (information + sigma**-2), rtol=1e-9)


def two_normals(here: dict[str, np.ndarray]) -> list[tuple[float, float]]:
    share, times = here["outlying_share"], 2 + here["outlying_scale_above_2"]
    return [(1 - share, 1.0), (share, times)]


def own_scale(start: Start, design: Design, here: dict[str, np.ndarray], sigma: np.ndarray) -> np.ndarray:
    """Posterior sd of each wijk's log odds given all else, under the normal approximation of its likelihood."""
    if "outlying_share" not in here:
        return (start.information + sigma**-2) ** -0.5
    k = 1 + len(design.kenmerken)
    effects = here["effects"]
    level = effects[-len(design.gemeenten) :] + effects[k : -len(design.gemeenten)][design.regio_of_gemeente]
    mu = effects[0] + design.kenmerken_mean @ effects[1:k] + level[design.gemeente_of_wijk]
    grid = mu[:, None] + sigma[:, None] * np.linspace(-60, 60, 40_001)
    density = sum(w * norm.pdf(grid, mu[:, None], t * sigma[:, None]) for w, t in two_normals(here))
    density *= np.exp(-start.information[:, None] * (grid - start.z[:, None]) ** 2 / 2)
    density /= density.sum(axis=1, keepdims=True)
    mean = (density * grid).sum(axis=1)
    return np.sqrt((density * grid**2).sum(axis=1) - mean**2)


def coefficient_scales(here: dict[str, np.ndarray], spec: ModelSpec, design: Design) -> np.ndarray:
    """Prior sds of alpha and the coefficients."""
    k = len(design.kenmerken)
    if spec.coefficients == "horseshoe":
        own = here["tau"] * here["local"]
        scales = own * np.sqrt(here["slab"] / (here["slab"] + own**2))
    else:
        scales = here["sigma_kenmerken"] * np.sqrt(here.get("kenmerk_share", np.full(k, 1 / k)))
    widths = here.get("factor_width", np.zeros(0))
    of_factors = Priors().factors[1] * np.sqrt(widths / max(len(widths), 1))
    return np.concatenate([[Priors().alpha[1]], scales, of_factors])


@pytest.mark.parametrize(
    ("regios", "spec", "factors"),
    [
        (3, NORMAL, 0),
        (1, replace(NORMAL, without=("perc_nwmig",), wijk_scale="constant"), 0),
        (3, ModelSpec(imputations=1, wijk_effect="student_t"), 0),
        (3, ModelSpec(imputations=1, wijk_effect="mixture"), 0),
        (3, replace(NORMAL, coefficients="r2d2"), 0),
        (1, replace(NORMAL, coefficients="horseshoe"), 0),
        (3, NORMAL, 2),
    ],
    ids=["normal", "one region, constant scale", "student_t", "mixture", "r2d2", "one region, horseshoe", "factors"],
)
def test_the_log_density_is_that_of_the_plain_model(regios: int, spec: ModelSpec, factors: int) -> None:
    design, start = started(regios, spec, factors)
    plain, moved = build_model(design, spec), build_model(design, spec, start)
    names = {"effects": "effects_whitened__", "eta": "eta_informed__"}
    density = {
        (kind, jacobian): model.compile_logp(jacobian=jacobian, mode="FAST_COMPILE")
        for kind, model in (("plain", plain), ("moved", moved))
        for jacobian in (True, False)
    }
    place = moved.compile_fn(moved.unobserved_value_vars, mode="FAST_COMPILE", on_unused_input="ignore")
    labels = [variable.name for variable in moved.unobserved_value_vars]
    first = moved.initial_point()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        there = {name: value + rng.normal(scale=0.5, size=np.shape(value)) for name, value in first.items()}
        here = dict(zip(labels, place(there), strict=True))
        point = {**{k: v for k, v in there.items() if k not in names.values()}, **{k: here[k] for k in names}}
        assert density["moved", False](there) == pytest.approx(density["plain", False](point), rel=1e-8)

        wijk = here["sigma_wijk"] * (design.youths / 700) ** -here.get("kappa", 0.0)
        coefficients = coefficient_scales(here, spec, design)
        jacobians = -np.linalg.slogdet(start.dense + np.diag(coefficients**-2)).logabsdet / 2
        jacobians += np.log(own_scale(start, design, here, wijk)).sum()
        for level in ("regio", "gemeente") if design.regios else ("gemeente",):
            jacobians -= np.log(getattr(start, level).information + here[f"sigma_{level}"] ** -2).sum() / 2
        assert density["moved", True](there) == pytest.approx(density["plain", True](point) + jacobians, rel=1e-8)
