"""The sampling coordinates leave the model as it is: their Jacobians, and the log density against the plain model."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pymc.logprob.transforms import Transform

from bayes_jeugdhulp.model import ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.start import Arrow, approximate_posterior
from bayes_jeugdhulp.model.transforms import ArrowWhitening, DataInformed
from bayes_jeugdhulp.sources.simulated import simulated_netherlands


def whole(arrow: Arrow) -> np.ndarray:
    """The arrow as one precision matrix."""
    return np.block([[arrow.dense, arrow.cross], [arrow.cross.T, np.diag(arrow.groups)]])


@pytest.fixture
def arrow() -> Arrow:
    rng = np.random.default_rng(4)
    x, member = rng.normal(size=(40, 3)), np.eye(5)[rng.integers(0, 5, 40)]
    return Arrow(rng.normal(size=8), x.T @ x, x.T @ member, member.sum(axis=0) + 0.3)


def check_jacobian(transform: Transform, size: int, inputs: tuple[np.ndarray, ...] = ()) -> np.ndarray:
    """There and back again; the log determinant against that of the numeric Jacobian, which is returned."""
    value, given = pt.vector("value"), [pt.as_tensor(part) for part in inputs]
    there = transform.backward(value, *given)
    back, log_det = transform.forward(there, *given), transform.log_jac_det(value, *given)
    evaluate = pytensor.function([value], [there, back, pt.sum(log_det)], mode="FAST_COMPILE")
    for v in np.random.default_rng(1).normal(scale=3, size=(3, size)):
        _, again, log_jacobian = evaluate(v)
        np.testing.assert_allclose(again, v, rtol=0, atol=1e-11)
        # both transforms are linear in the value, so that central differences are exact
        jacobian = np.column_stack([(evaluate(v + e)[0] - evaluate(v - e)[0]) / 2 for e in np.eye(size)])
        assert log_jacobian == pytest.approx(np.linalg.slogdet(jacobian).logabsdet, abs=1e-9)
    return jacobian


def test_arrow_whitening(arrow: Arrow) -> None:
    transform = ArrowWhitening(arrow)
    jacobian = check_jacobian(transform, 8)
    np.testing.assert_allclose(jacobian @ jacobian.T, np.linalg.inv(whole(arrow)), atol=1e-12)  # standard normal there
    np.testing.assert_allclose(transform.backward(pt.zeros(8)).eval(mode="FAST_COMPILE"), arrow.mean, atol=1e-14)


def test_data_informed_lies_between_non_centred_and_centred() -> None:
    z, information = np.array([0.7, -2.0, -2.5, 3.0]), np.array([0.0, 0.4, 30.0, 1e9])
    mu, sigma = np.array([-2.0, -1.9, -2.2, -2.3]), np.array([0.2, 0.5, 0.1, 0.3])
    transform = DataInformed(z, information)
    check_jacobian(transform, 4, (mu, sigma))
    at = [transform.backward(pt.as_tensor(np.full(4, v)), mu, sigma).eval(mode="FAST_COMPILE") for v in (0.0, 1.0)]
    location, scale = at[0], at[1] - at[0]
    assert (location[0], scale[0]) == (pytest.approx(mu[0]), pytest.approx(sigma[0]))
    assert (location[3], scale[3]) == (pytest.approx(z[3]), pytest.approx(1e9**-0.5, rel=1e-6))
    np.testing.assert_allclose(scale**-2, information + sigma**-2, rtol=1e-6)
    np.testing.assert_allclose(location, (information * z + mu / sigma**2) / (information + sigma**-2), rtol=1e-9)


@pytest.mark.parametrize(
    "choice",
    [{}, {"wijk_effect": "student_t", "wijk_scale": "constant", "without": ("perc_nwmig",)}],
    ids=["normal", "student_t"],
)
@pytest.mark.parametrize("regios", [1, 3])
def test_the_log_density_is_that_of_the_plain_model(choice: dict, regios: int) -> None:
    spec = ModelSpec(imputations=1, **choice)
    areas = simulated_netherlands(2, wijken=50, gemeenten=8, regios=regios).areas
    design = make_design(areas, spec)
    start = approximate_posterior(design, spec.priors)
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
        sigma = here["sigma_wijk"] * (design.youths / 700) ** -here.get("kappa", 0)
        arrow_part = -np.linalg.slogdet(whole(start.arrow)).logabsdet / 2
        wijk_part = -np.log(start.information + sigma**-2).sum() / 2
        jacobians = density["plain", True](point) + arrow_part + wijk_part
        assert density["moved", True](there) == pytest.approx(jacobians, rel=1e-8)
