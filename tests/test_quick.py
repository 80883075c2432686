"""A quick look: its densities against the model's own, its draws against brute force, all of it against a full fit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Fitted
from scipy.special import expit
from scipy.stats import binom, norm

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.errors import GateError
from bayes_jeugdhulp.inference.expected import REFERENCES, expected_use, read_draws
from bayes_jeugdhulp.inference.laplace import STEPS, Figures, Posterior
from bayes_jeugdhulp.inference.quick import quick_posterior
from bayes_jeugdhulp.inference.scales import Unbounded
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.model import ModelSpec, build_model, make_design
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results import make_results

SPEC = ModelSpec(missing="median")
VECTOR = np.array([-1.6, -2.0, -2.1, -1.9, 0.2, 0.3, -2.5])


@pytest.fixture(scope="module")
def design() -> Design:
    return make_design(bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas, SPEC)


def test_the_prior_is_that_of_the_model(design: Design) -> None:
    model, unbounded = build_model(design, SPEC), Unbounded(SPEC, regios=True)
    values = unbounded.values(VECTOR)
    effects = np.random.default_rng(1).normal(0, 0.1, 1 + len(design.predictors) + 2 + 8)
    names = [*unbounded.names, "effects"]
    inputs = [model.rvs_to_values[model[name]] for name in names]
    log_prior = model.compile_fn(model.logp([model[name] for name in names]), inputs=inputs, point_fn=False)
    posterior = Posterior(Figures(design, 0), SPEC, unbounded, effects)
    scales = unbounded.scales(VECTOR[None])
    (whole,), own = posterior.log_density(posterior.prior_sd(scales), effects[None], np.zeros((1, 60)))
    whole += float(unbounded.log_density(VECTOR))
    assert whole + own.sum() == pytest.approx(float(log_prior(*VECTOR, effects)), rel=1e-6)
    assert (scales.sigma_wijk[0], scales.shares[1, 0]) == (values["sigma_wijk"], values["outlying_share"])


def brute_force(design: Design, mu: np.ndarray, posterior: Posterior) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log probability of each figure, and mean and sd of its log odds, on a fine grid."""
    scales = posterior.unbounded.scales(VECTOR[None])
    sigma = scales.sigma_wijk * (design.youths / 700) ** -scales.kappa
    at = np.linspace(-30, 30, 12_001)[:, None]
    eta = mu + at * sigma
    density = sum(share * norm.pdf(at, scale=times) for share, times in zip(scales.shares, scales.times, strict=True))
    p = expit(eta)
    density = density * (
        binom.cdf(design.users_high, design.youths, p) - binom.cdf(design.users_low - 1, design.youths, p)
    )
    total = density.sum(axis=0)
    mean = (density * eta).sum(axis=0) / total
    return np.log(total * 0.005), mean, np.sqrt((density * (eta - mean) ** 2).sum(axis=0) / total)


def test_figures_and_draws_are_those_of_brute_force(design: Design) -> None:
    """Published and suppressed figures, around the predictor where they are expanded and some way off."""
    unbounded = Unbounded(SPEC, regios=True)
    effects = np.zeros(1 + len(design.predictors) + 2 + 8)
    effects[0] = -2.2
    posterior = Posterior(Figures(design, 0), SPEC, unbounded, effects)
    scales, figures = unbounded.scales(VECTOR[None]), posterior.figures
    mu = figures.mu(effects[None])
    with ThreadPoolExecutor(1) as pool:
        posterior.prepare(VECTOR + 0.3 * np.vstack([np.zeros(7), np.eye(7), -np.eye(7)]), pool)
    expansion = posterior.expand(scales)
    assert (design.users_high > design.users_low).sum() == 4
    for off in (-0.6, -0.1, 0.0, 0.1, 0.6):
        assert expansion.covers(mu + off)
        wanted = brute_force(design, mu + off, posterior)[0]
        np.testing.assert_allclose(expansion.at(mu + off).log_p[0], wanted, atol=1e-3)
        np.testing.assert_allclose(expansion.log_p(mu + off)[0], wanted, atol=1e-3)
    assert not expansion.covers(mu + 3)
    step = 1e-4
    low, middle, high = (brute_force(design, mu + off, posterior)[0] for off in (-step, 0, step))
    np.testing.assert_allclose(expansion.at(mu).slope[0], (high - low) / (2 * step), atol=2e-3)
    np.testing.assert_allclose(expansion.at(mu).curvature[0], (high + low - 2 * middle) / step**2, atol=0.2)

    rng, many = np.random.default_rng(1), 4000
    levels = (np.arange(many)[:, None] + 0.5) / many
    part, *steps = rng.permuted(np.broadcast_to(levels, (STEPS + 2, many, 60)), axis=1)
    drawn = figures.draw(mu, expansion.at(mu), expansion.sigma, part, norm.ppf(np.stack(steps)), rng)
    _, mean, sd = brute_force(design, mu, posterior)
    np.testing.assert_allclose((drawn.mean(axis=0) - mean) / sd, 0, atol=0.08)
    np.testing.assert_allclose(drawn.std(axis=0) / sd, 1, atol=0.08)


def test_it_is_near_a_full_fit(fitted: Fitted) -> None:
    """Means within a fraction of a posterior sd, and conclusions that differ as those of two full fits would."""
    full = read_design(fitted.tree)
    tree, weights = quick_posterior(full, fitted.spec, 2000, seed=1)
    assert float(weights["pareto_k"].max()) < weights.attrs["good_k"]
    assert float(weights["ess"].sum()) > 400
    quick, slow = read_draws(tree, full), read_draws(fitted.tree, full)
    assert tree["posterior"]["imputation"].to_numpy()[:4].tolist() == [*full.fitted, *full.fitted]
    p, wanted = expit(quick.eta), expit(slow.eta)
    for reference in REFERENCES:
        e, expected = (expected_use(full, draws, reference) for draws in (quick, slow))
        for found, true in ((e, expected), (p - e, wanted - expected)):
            error = np.abs(found.mean(axis=0) - true.mean(axis=0)) / true.std(axis=0)
            assert np.quantile(error, 0.99) < 0.2
            assert np.median(found.std(axis=0) / true.std(axis=0)) == pytest.approx(1, abs=0.05)
        above, truly = (p > e).mean(axis=0), (wanted > expected).mean(axis=0)
        assert np.quantile(np.abs(above - truly), 0.99) < 0.05


@pytest.fixture(scope="module")
def quick() -> "bj.Results":
    areas = bj.simulated_netherlands(1, wijken=250, gemeenten=30, regios=5).areas
    return bj.quick_fit(areas, ModelSpec(imputations=2))


def test_every_output_says_that_it_is_an_approximation(quick, tmp_path: Path) -> None:
    gate = bj.check_gate(quick)
    assert gate.passed
    assert gate.quick
    assert "check of the quick look: passed" in str(gate)
    results = make_results(quick)
    assert (results.wijken["stamp"] == "SNELLE BENADERING, geen volledige schatting").all()
    assert {"hoger", "lager", "als verwacht"} & set(results.wijken["status_national"])
    page = bj.write_page(results, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "SNELLE BENADERING" in page
    assert "CONTROLE NIET GESLAAGD" not in page
    bj.save(quick, tmp_path / "quick.nc")
    assert bj.check_gate(bj.load(tmp_path / "quick.nc")).quick
    assert len(bj.prior_sensitivity(quick)) > 5


def test_weights_that_cannot_be_trusted_give_nothing(quick) -> None:
    for name, value in (("pareto_k", 0.9), ("ess", 60.0)):
        worse = quick.copy()
        worse["gate"] = quick["gate"].to_dataset().assign({name: quick["gate"][name] * 0 + value})
        with pytest.raises(GateError, match="fit without --quick"):
            make_results(worse)


def test_draws_near_which_no_normal_is_are_counted(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, turn = Posterior.draw, iter(range(1000))

    def failing(*given: object) -> object:
        if next(turn) % 50 == 0:
            raise np.linalg.LinAlgError
        return whole(*given)

    monkeypatch.setattr(Posterior, "draw", failing)
    with pytest.raises(GateError, match="not for a quick look"):
        quick_posterior(design, SPEC, 100, seed=1)


def test_what_is_no_matter_for_a_quick_look_is_refused(tmp_path: Path) -> None:
    areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
    with pytest.raises(ValueError, match="wijk_effect 'student_t'"):
        bj.quick_fit(areas, replace(SPEC, wijk_effect="student_t"))
    (tmp_path / "a.csv").write_text("x")
    command = [
        "fit",
        "--source",
        "table",
        "--file",
        str(tmp_path / "a.csv"),
        "--out",
        str(tmp_path / "f.nc"),
        "--quick",
    ]
    for more, said in (
        (["--draws", "100"], "--draws does not go with --quick"),
        (["--wijk-effect", "student-t"], "student_t"),
    ):
        done = CliRunner().invoke(main, command + more)
        assert done.exit_code == 2
        assert said in done.output
