"""The measurement model against dense normal algebra written out independently."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy.stats import beta, kstest, multivariate_normal

from bayes_jeugdhulp.factors.latent import LatentScores
from bayes_jeugdhulp.factors.measurement import Measured, _correlation_root, measurement_model
from bayes_jeugdhulp.factors.moments import latent_scores

Array = np.ndarray
GEMEENTE = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 4])
FACTOR_OF, SIGN = np.array([0, 0, 0, 1, 1]), np.array([1.0, -1.0, 1.0, 1.0, -1.0])
ANCHOR = np.array([True, False, False, True, False])


def make(factors: int = 2) -> tuple[Measured, Array]:
    """Ten wijken in five gemeenten; the fourth measures nothing, the fifth no anchor, single cells are missing."""
    rng = np.random.default_rng(4)
    values = rng.standard_normal((10, 5))
    values[GEMEENTE == 3] = np.nan
    values[np.ix_(GEMEENTE == 4, ANCHOR)] = np.nan
    values[1, 2] = values[6, 0] = values[7, 4] = np.nan
    error = np.where(rng.random((10, 5)) < 0.5, 0.1, 0.0)
    factor_of = np.minimum(FACTOR_OF, factors - 1)
    names = ("veiligheid", "voorzieningen")[:factors]
    return Measured(names, tuple("abcde"), factor_of, SIGN, ANCHOR, values, error), rng.standard_normal((10, 2))


def point(measured: Measured, seed: int = 0) -> xr.Dataset:
    """One draw of the parameters."""
    rng, count = np.random.default_rng(seed), len(measured.factors)
    variables = {
        "loading": ("indicator", rng.uniform(0.5, 1, 5)),
        "intercept": ("indicator", rng.normal(0, 0.2, 5)),
        "noise": ("indicator", rng.uniform(0.4, 0.8, 5)),
        "own_sd": ("free_indicator", rng.uniform(0.2, 0.4, 3)),
        "slope": (("kenmerk", "factor"), rng.standard_normal((2, count))),
        "slope_sd": ("factor", rng.uniform(0.4, 0.8, count)),
        "level_sd": ("factor", rng.uniform(0.3, 0.6, count)),
    }
    for name, value in (("wijk", 0.4), ("level", -0.3)):
        variables[f"{name}_correlation"] = (("factor", "other"), np.where(np.eye(count), 1, value))
    return xr.Dataset(variables)


def joint(measured: Measured, x: Array, draw: xr.Dataset) -> tuple[Array, Array, Array, Array, Array]:
    """Mean and covariance of factors (wijk by wijk) and of the known indicators, and the covariance of the two."""
    count, known = len(measured.factors), measured.known
    loadings = np.zeros((5, count))
    for j in range(5):
        loadings[j, measured.factor_of[j]] = measured.sign[j] * float(draw["loading"][j])
    sd = draw["level_sd"].to_numpy()
    level = draw["level_correlation"].to_numpy() * np.outer(sd, sd)
    f_mean = (x @ (draw["slope"] * draw["slope_sd"]).to_numpy() / np.sqrt(2)).ravel()
    same = GEMEENTE[:, None] == GEMEENTE
    f_cov = np.kron(same, level) + np.kron(np.eye(10), draw["wijk_correlation"].to_numpy())
    own = np.zeros(5)
    own[~ANCHOR] = draw["own_sd"].to_numpy() ** 2
    big = np.kron(np.eye(10), loadings)
    z_mean = np.tile(draw["intercept"].to_numpy(), 10) + big @ f_mean
    z_cov = big @ f_cov @ big.T + np.kron(same, np.diag(own))
    z_cov += np.diag((np.tile(draw["noise"].to_numpy() ** 2, 10)) + measured.error.ravel())
    rows = np.flatnonzero(known.ravel())
    return f_mean, f_cov, z_mean[rows], z_cov[np.ix_(rows, rows)], (f_cov @ big.T)[:, rows]


@pytest.mark.parametrize("factors", [1, 2])
def test_scores_are_those_of_dense_conditioning(factors: int) -> None:
    measured, x = make(factors)
    draw = point(measured)
    found = latent_scores(draw.expand_dims(chain=1, draw=1), measured, x, GEMEENTE, 1, 0)
    f_mean, f_cov, z_mean, z_cov, across = joint(measured, x, draw)
    gain = across @ np.linalg.inv(z_cov)
    mean = (f_mean + gain @ (measured.values[measured.known] - z_mean)).reshape(10, factors)
    covariance = (f_cov - gain @ across.T).reshape(10, factors, 10, factors)

    centre = f_mean.reshape(10, factors)
    unit = np.sqrt(centre.var(axis=0) + draw["level_sd"].to_numpy() ** 2 + 1)
    np.testing.assert_allclose(found.mean[0], (mean - mean.mean(axis=0)) / unit, atol=1e-12)
    units, loadings = np.outer(unit, unit), np.zeros((5, factors))
    loadings[np.arange(5), measured.factor_of] = SIGN * draw["loading"].to_numpy()
    weight = measured.known / (draw["noise"].to_numpy() ** 2 + measured.error)
    omega = np.linalg.inv(draw["wijk_correlation"].to_numpy())
    spread = np.array([np.linalg.inv(omega + loadings.T @ np.diag(row) @ loadings) for row in weight])
    for g in range(5):
        wijken = np.flatnonzero(g == GEMEENTE)
        shared, apart = found.gemeente_covariance[0, g] * units, found.wijk_covariance[0, wijken] * units
        whole = np.mean([covariance[w, :, w] for w in wijken], axis=0)
        np.testing.assert_allclose(apart.mean(axis=0) + shared, whole, atol=1e-12)
        between = covariance[wijken][:, :, wijken].mean(axis=(0, 2))
        np.testing.assert_allclose(between - spread[wijken].sum(axis=0) / len(wijken) ** 2, shared, atol=1e-12)
    assert found.anchored.tolist() == [[True] * factors] * 3 + [[False] * factors] * 2
    nothing = GEMEENTE == 3
    assert np.allclose(found.mean[0, nothing], (centre[nothing] - mean.mean(axis=0)) / unit)
    assert np.allclose(found.wijk_covariance[0, nothing] * units, draw["wijk_correlation"].to_numpy())


def test_the_log_density_is_that_of_a_normal_per_wijk() -> None:
    measured, x = make()
    draw = point(measured)
    model = measurement_model(measured, x, GEMEENTE)
    rng = np.random.default_rng(3)
    places = 12  # (gemeente, indicator) that are measured and no anchor
    level, own = rng.standard_normal((5, 2)), rng.standard_normal(places)
    values = {str(name): draw[name].to_numpy() for name in draw.data_vars} | {"level": level, "own": own}
    values["coefficient"] = (draw["slope"] * draw["slope_sd"]).to_numpy() / np.sqrt(2)
    values["intercept_at_mean"] = values["intercept"]
    parts = np.column_stack([draw["slope_sd"] ** 2, draw["level_sd"] ** 2, np.ones(2)])
    values["share"] = parts / parts.sum(axis=1, keepdims=True)
    values |= {
        f"{part}_partial": np.array([(1 + values[f"{part}_correlation"][0, 1]) / 2]) for part in ("wijk", "level")
    }
    inputs = [variable for variable in model.free_RVs if variable.name != "own_sd"]  # that acts by own
    found = float(
        model.compile_fn(model["indicators"], inputs=inputs, point_fn=False)(*[values[v.name] for v in inputs])
    )

    loadings = np.zeros((5, 2))
    loadings[np.arange(5), FACTOR_OF] = SIGN * draw["loading"].to_numpy()
    root = np.linalg.cholesky(draw["level_correlation"].to_numpy())
    centre = x @ (draw["slope"] * draw["slope_sd"]).to_numpy() / np.sqrt(2)
    centre = centre + ((level @ root.T) * draw["level_sd"].to_numpy())[GEMEENTE]
    mean = centre @ loadings.T
    free = np.flatnonzero(~ANCHOR).tolist()
    pairs = [(g, j) for g in range(5) for j in free if measured.known[g == GEMEENTE, j].any()]
    assert len(pairs) == places
    for (g, j), value in zip(pairs, own, strict=True):
        mean[g == GEMEENTE, j] += value
    known = measured.known
    mean += draw["intercept"].to_numpy() - np.array([mean[known[:, j], j].mean() for j in range(5)])
    wanted = 0.0
    for w in np.flatnonzero(measured.known.any(axis=1)):
        k = measured.known[w]
        cov = loadings @ draw["wijk_correlation"].to_numpy() @ loadings.T
        cov += np.diag(draw["noise"].to_numpy() ** 2 + measured.error[w])
        wanted += multivariate_normal.logpdf(measured.values[w, k], mean[w, k], cov[np.ix_(k, k)])
    assert found == pytest.approx(wanted, rel=1e-10)


def test_three_ways_for_uncertainty_to_flow() -> None:
    rng = np.random.default_rng(1)
    root = rng.standard_normal((2000, 10, 2, 2)) * 0 + np.array([[0.5, 0.0], [0.2, 0.4]])
    covariance = root @ np.swapaxes(root, -1, -2)
    scores = LatentScores(("a", "b"), np.zeros((2000, 10, 2)), covariance, covariance[:, :5] / 4, np.ones((5, 2), bool))
    assert scores.flowing("joint", GEMEENTE, 1) is scores
    plugged = scores.flowing("plug_in", GEMEENTE, 1)
    assert (plugged.mean == 0).all()
    assert (plugged.wijk_covariance == 0).all()
    cut = scores.flowing("cut", GEMEENTE, 1)
    assert (cut.gemeente_covariance == 0).all()
    drawn = cut.mean
    np.testing.assert_allclose(np.cov(drawn[:, 9].T), covariance[0, 0] * 1.25, atol=0.02)
    between = np.cov(drawn[:, 0].T, drawn[:, 1].T)[:2, 2:]  # two wijken of one gemeente share its part
    np.testing.assert_allclose(between, covariance[0, 0] / 4, atol=0.02)

    gamma = np.array([[0.3, -0.1], [0.0, 0.2]])
    wijk, gemeente = scores.variance(gamma, np.array([3, 0]))
    wanted = [g @ covariance[0, 0] @ g for g in gamma]
    np.testing.assert_allclose(wijk, np.repeat(np.array(wanted)[:, None], 10, axis=1))
    np.testing.assert_allclose(gemeente, np.repeat(np.array(wanted)[:, None], 5, axis=1) / 4)


def test_correlations_have_an_lkj_prior() -> None:
    """With three factors r has the density (1 - r^2)^(eta + 1/2 - 1), of the same shape for every pair."""
    with pm.Model():
        root = _correlation_root("partial", 3)
        drawn = np.array(pm.draw(root @ root.T, 4000, random_seed=1))
    np.testing.assert_allclose(drawn[:, range(3), range(3)], 1, atol=1e-12)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert kstest((drawn[:, i, j] + 1) / 2, beta(2.5, 2.5).cdf).pvalue > 0.001
