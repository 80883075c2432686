"""Many simulated countries: do intervals cover, and is what surprises as rare as it should be? (Long.)"""

import os

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from bayes_jeugdhulp.inference import SamplingSpec
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, read_draws
from bayes_jeugdhulp.inference.loo import good_k, leave_one_out
from bayes_jeugdhulp.inference.marginal import add_predictive, new_wijk
from bayes_jeugdhulp.inference.sampling import sample_model
from bayes_jeugdhulp.model import ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results.calibration import calibration_per_size, randomised_pit
from bayes_jeugdhulp.results.surprise import predictive, surprise
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

SPEC = ModelSpec(wijk_effect="normal", imputations=2)
COUNTRIES = int(os.environ.get("BAYES_JEUGDHULP_COUNTRIES", "16"))  # .ci/run takes fewer
SCALES = ("sigma_regio", "sigma_gemeente", "sigma_wijk", "kappa")


def judge(seed: int) -> tuple[dict[str, float], pd.DataFrame]:
    """Share of wijken whose truth lies in its 95% interval, z of the scales; shares outside per size class."""
    country = simulated_netherlands(
        seed, wijken=400, gemeenten=60, regios=8, wijk_effect="normal", factor_effects=(0, 0)
    )
    truth, design = country.truth, make_design(country.areas, SPEC)
    start = approximate_posterior(design, SPEC.priors)
    tree = sample_model(build_model(design, SPEC, start), design, start, SamplingSpec(draws=500), progress=False)
    add_predictive(tree, design, seed=1)
    draws = read_draws(tree, design)
    weights, k, _ = leave_one_out(tree, design)

    def covered(name: str, values: np.ndarray) -> float:
        low, high = np.quantile(values, [0.025, 0.975], axis=0)
        return float(np.mean((low <= truth[name].to_numpy()) & (truth[name].to_numpy() <= high)))

    found = {"p": covered("p", expit(draws.eta))}
    pits = {}
    for reference in REFERENCES:
        found[reference] = covered(f"expected_{reference}", expected_use(design, draws, reference))
        replicates = predictive(new_wijk(design, draws, reference, 1), weights, design.youths)
        seen = surprise(replicates, design.users_low, design.users_high, design.areas.policy)
        pit = randomised_pit(seen.below, seen.up_to, seed)
        pits[reference] = np.where(k > good_k(weights.shape[1]), np.nan, pit)
    for name in SCALES:
        values = tree["posterior"][name].to_numpy()
        found[name] = float((values.mean() - truth[name]) / values.std())
    return found, calibration_per_size(pits, design.youths)


@pytest.mark.heavy
def test_intervals_cover_and_surprises_are_as_rare_as_they_should_be() -> None:
    every = [judge(seed) for seed in range(100, 100 + COUNTRIES)]
    found = pd.DataFrame([shares for shares, _ in every])
    error = found.std() / np.sqrt(COUNTRIES)
    for name in ("p", "within_gemeente"):
        assert 0.94 - 3 * error[name] < found[name].mean() < 0.96 + 3 * error[name], name
    # the error of a national expectation is shared by all its wijken: countries cover, or do not, as a whole
    assert found["national"].mean() > 0.9
    for name in SCALES:
        assert abs(found[name].mean()) < 3 / np.sqrt(COUNTRIES), name
        assert found[name].std() < 1.6, name  # 1, were the prior the truth; 1.6 has a chance of 1 in 1,000

    calibration = pd.concat([table for _, table in every])
    pooled = calibration.groupby(["reference", "youths_from", "youths_to"])
    for (reference, *place), table in pooled:
        weight = table["wijken"] / table["wijken"].sum()
        for percent, wanted in ((95, 5), (80, 20)):
            share = (weight * table[f"outside_{percent}"]).sum()
            margin = 1 + 3 * np.sqrt(wanted * (100 - wanted) / table["wijken"].sum())
            assert share < wanted + margin, (reference, place, percent, share)
            if reference == "within_gemeente":  # national: 60 gemeenten and 27 kenmerken leave too little to differ
                assert share > wanted - margin, (reference, place, percent, share)
