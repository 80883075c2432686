"""A term of one's own: in the model, in what is expected, and refused where it would be a second wijk effect."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from conftest import Fitted
from handmade import make_areas, make_draws
from pytensor.tensor.variable import TensorVariable
from scipy.special import logit
from scipy.stats import norm

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.errors import JeugdhulpError, ResultFileError
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, fitted_location, regional_terms
from bayes_jeugdhulp.model import Design, ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.build import Term
from bayes_jeugdhulp.results import simulations

SPEC = ModelSpec(wijk_effect="normal", missing="median")
ODD = np.arange(12) % 2


def made() -> Design:
    return make_design(make_areas([400] * 12, [40] * 12, gemeente=np.repeat(range(6), 2).tolist()), SPEC)


def odd_wijken(design: Design) -> TensorVariable:
    return pm.Normal("odd", 0, 0.1) * ODD


def test_it_is_part_of_the_log_odds_in_the_model() -> None:
    design = made()
    model, plain = build_model(design, SPEC, term=odd_wijken), build_model(design, SPEC)
    point = model.initial_point() | {"odd": np.array(0.3), "eta": logit(np.linspace(0.05, 0.2, 12))}

    def logp(of: pm.Model) -> np.ndarray:
        compiled = of.compile_fn(
            of.logp([of["eta"]], sum=False)[0],
            inputs=of.value_vars,
            mode="FAST_COMPILE",
            on_unused_input="ignore",
        )
        return compiled({name: point[name] for name in of.initial_point()})

    mu = np.full(12, point["effects"][0])  # every effect starts at its mean
    sd = np.exp(point["sigma_wijk_log__"]) * (400 / 700) ** -point["kappa"]
    change = norm.logpdf(point["eta"], mu + 0.3 * ODD, sd) - norm.logpdf(point["eta"], mu, sd)
    assert np.abs(change).max() > 0.1
    np.testing.assert_allclose(logp(model) - logp(plain), change, rtol=1e-6, atol=1e-9)


def wide(design: Design) -> TensorVariable:
    return pm.Normal("own", 0, 0.1, dims="wijk")


def long(design: Design) -> TensorVariable:
    return pm.Normal("own", 0, 0.1, shape=12)


@pytest.mark.parametrize("term", [wide, long])
def test_a_number_for_every_wijk_is_refused(term: Term) -> None:
    with pytest.raises(
        ValueError, match=r"'own', in the term of your own, has 12 elements for 12 wijken: a second wijk"
    ):
        build_model(made(), SPEC, term=term)


def test_it_is_part_of_every_expectation() -> None:
    design = made()
    plain = make_draws(design, 20)
    with_term = replace(plain, term=np.tile(0.2 * ODD, (20, 1)))
    for reference in REFERENCES:
        odds = [logit(expected_use(design, draws, reference)) for draws in (with_term, plain)]
        assert (odds[0] - odds[1])[:, ODD == 0] == pytest.approx(0)
        assert (odds[0] - odds[1])[:, ODD == 1] == pytest.approx(0.2, abs=0.01)  # averaged over the wijk effect
    for found in (fitted_location, lambda *of: regional_terms(*of).location):
        np.testing.assert_allclose(found(design, with_term) - found(design, plain), with_term.term, atol=1e-12)


def test_what_fits_the_model_again_asks_for_it(example_folder: Path, tmp_path: Path) -> None:
    tree = bj.load(example_folder / "fit.nc")
    with pytest.raises(JeugdhulpError, match="the fit has no term of its own"):
        bj.crossvalidate(tree, term=odd_wijken)
    tree.attrs["term"] = "odd_wijken"
    for term in (None, wide):
        with pytest.raises(JeugdhulpError, match="the fit has the term odd_wijken of its own; give crossvalidate the"):
            bj.crossvalidate(tree, term=term)
    bj.save(tree, tmp_path / "own.nc")
    with pytest.raises(JeugdhulpError, match=r"own\.nc: fitted with odd_wijken, a term of its own"):
        simulations._loaded(str(tmp_path / "own.nc"))


def test_a_fit_that_is_kept_is_read_if_it_is_the_one(fitted: Fitted, tmp_path: Path) -> None:
    file = tmp_path / "kept.nc"
    bj.save(fitted.tree, file)
    again = bj.fit(fitted.areas, fitted.spec, fitted.sampling, keep=file)
    xr.testing.assert_equal(again["posterior"].to_dataset(), fitted.tree["posterior"].to_dataset())
    with pytest.raises(ResultFileError, match=r"kept\.nc: a fit that differs in sampling_spec from the one"):
        bj.fit(fitted.areas, fitted.spec, replace(fitted.sampling, seed=2), keep=file)
    with pytest.raises(ResultFileError, match="differs in data_hash, model_spec"):
        bj.fit(fitted.country.areas, bj.ModelSpec(), fitted.sampling, keep=file)
    with pytest.raises(ValueError, match="neighbours or a term of your own is not kept"):
        bj.fit(fitted.areas, term=odd_wijken, keep=file)
    with pytest.raises(JeugdhulpError, match=r"the folder .* does not exist"):
        bj.fit(fitted.areas, keep=tmp_path / "nowhere" / "fit.nc")
