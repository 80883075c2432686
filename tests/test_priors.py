"""What the priors predict before any count is seen (definitions, Priors)."""

from pathlib import Path

import numpy as np
import pymc as pm
import pytest
from handmade import with_factors
from scipy.special import expit
from scipy.stats import kstest, t

from bayes_jeugdhulp import read_scp
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model import ModelSpec, Priors, build_model, make_design
from bayes_jeugdhulp.model.spec import Coefficients
from bayes_jeugdhulp.sources.neighbours import Neighbours, neighbours
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

CHOICES = [
    {"wijk_effect": effect, "wijk_scale": scale}
    for effect in ("normal", "student_t", "mixture")
    for scale in ("size", "constant")
]


CHOICES += [
    {"wijk_effect": effect, "coefficients": prior}
    for effect in ("normal", "student_t")
    for prior in ("r2d2", "horseshoe")
]


WITH_FACTORS = [(choice, 2) for choice in CHOICES if choice["wijk_effect"] != "student_t"]
WITH_FACTORS += [({"wijk_effect": "mixture"}, count) for count in (1, 3)]


def share_of_sensible_draws(areas: Areas, choice: dict, factors: int = 0, graph: Neighbours | None = None) -> float:
    spec = ModelSpec(missing="median", **choice)  # imputing for real takes time and does not touch the priors
    design = make_design(areas, spec, neighbours=graph)
    design = with_factors(design, factors) if factors else design
    eta = pm.draw(build_model(design, spec)["eta"], 2000, random_seed=1, mode="FAST_COMPILE")
    p = 100 * expit(eta)
    mean, spread = p @ design.youths / design.youths.sum(), p.std(axis=1)
    return float(np.mean((mean > 3) & (mean < 25) & (spread > 1) & (spread < 8)))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_nine_in_ten_prior_draws_could_be_a_country(choice: dict) -> None:
    """National mean between 3 and 25%, sd over wijken between 1 and 8 points."""
    assert share_of_sensible_draws(simulated_netherlands(3, wijken=600, gemeenten=80, regios=9).areas, choice) >= 0.9


@pytest.mark.parametrize(
    ("choice", "factors"), WITH_FACTORS, ids=lambda c: str(c) if c in (1, 2, 3) else "-".join(c.values())
)
def test_nine_in_ten_prior_draws_could_be_a_country_with_factors(choice: dict, factors: int) -> None:
    areas = simulated_netherlands(3, wijken=600, gemeenten=80, regios=9).areas
    assert share_of_sensible_draws(areas, choice, factors) >= 0.9


@pytest.mark.parametrize("coefficients", ["normal", "r2d2", "horseshoe"])
def test_factors_have_a_prior_of_their_own(coefficients: Coefficients) -> None:
    spec = ModelSpec(missing="median", coefficients=coefficients)
    areas = simulated_netherlands(3, wijken=60, gemeenten=12, regios=2).areas
    model = build_model(with_factors(make_design(areas, spec), 3), spec)
    beta, scale = pm.draw([model["beta"], model["sigma_kenmerken"]], 4000, random_seed=1, mode="FAST_COMPILE")
    df, width = Priors().factors
    for k in range(3):
        assert kstest(beta[:, -3 + k], t(df, scale=width / np.sqrt(3)).cdf).pvalue > 0.01
    # nor does the number of factors take anything from what the kenmerken share
    assert np.mean((beta[:, :-3] ** 2).sum(axis=1)) == pytest.approx(np.mean(scale**2), rel=0.1)


def test_nine_in_ten_prior_draws_with_a_spatial_effect_could_be_a_country() -> None:
    country = simulated_netherlands(3, wijken=600, gemeenten=80, regios=9)
    assert (
        share_of_sensible_draws(country.areas, {"spatial": "bym2"}, graph=neighbours(country.borders, "apart")) >= 0.9
    )


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_nine_in_ten_prior_draws_could_be_the_netherlands(choice: dict, data_folder: Path) -> None:
    real = read_scp(
        data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods",
        data_folder / "scp_2017" / "jeugdigen_benadering.csv",
        data_folder / "regio" / "gemeente_2017_jeugdzorgregio.csv",
    )
    assert share_of_sensible_draws(real, choice) >= 0.9
    if choice == {"wijk_effect": "mixture", "wijk_scale": "size"}:
        assert share_of_sensible_draws(real, choice, factors=3) >= 0.9
