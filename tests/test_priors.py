"""What the priors predict before any count is seen (definitions, Priors)."""

from pathlib import Path

import numpy as np
import pymc as pm
import pytest
from scipy.special import expit

from bayes_jeugdhulp import read_scp
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model import ModelSpec, build_model, make_design
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


def share_of_sensible_draws(areas: Areas, choice: dict, graph: Neighbours | None = None) -> float:
    spec = ModelSpec(missing="median", **choice)  # imputing for real takes time and does not touch the priors
    design = make_design(areas, spec, neighbours=graph)
    eta = pm.draw(build_model(design, spec)["eta"], 2000, random_seed=1, mode="FAST_COMPILE")
    p = 100 * expit(eta)
    mean, spread = p @ design.youths / design.youths.sum(), p.std(axis=1)
    return float(np.mean((mean > 3) & (mean < 25) & (spread > 1) & (spread < 8)))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_nine_in_ten_prior_draws_could_be_a_country(choice: dict) -> None:
    """National mean between 3 and 25%, sd over wijken between 1 and 8 points."""
    assert share_of_sensible_draws(simulated_netherlands(3, wijken=600, gemeenten=80, regios=9).areas, choice) >= 0.9


def test_nine_in_ten_prior_draws_with_a_spatial_effect_could_be_a_country() -> None:
    country = simulated_netherlands(3, wijken=600, gemeenten=80, regios=9)
    assert share_of_sensible_draws(country.areas, {"spatial": "bym2"}, neighbours(country.borders, "apart")) >= 0.9


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_nine_in_ten_prior_draws_could_be_the_netherlands(choice: dict, data_folder: Path) -> None:
    real = read_scp(
        data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods",
        data_folder / "scp_2017" / "jeugdigen_benadering.csv",
        data_folder / "regio" / "gemeente_2017_jeugdzorgregio.csv",
    )
    assert share_of_sensible_draws(real, choice) >= 0.9
