"""The spatial effect against dense matrices: scale, density, draws, what the others tell, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from handmade import make_areas, make_draws
from scipy.special import expit
from scipy.stats import binom, multivariate_normal
from test_docs_columns import Unsampled, table

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import DataError, JeugdhulpError
from bayes_jeugdhulp.inference import SamplingSpec, crossvalidate, fit, load, prior_sensitivity, sampling, save
from bayes_jeugdhulp.inference.expected import average_use, fitted_terms, read_draws, terms
from bayes_jeugdhulp.inference.marginal import log_probability_of_figures
from bayes_jeugdhulp.inference.neighbourhood import given_others
from bayes_jeugdhulp.inference.simulation import draw_truth
from bayes_jeugdhulp.inference.stored import constant_data, provenance, read_design
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.model.spatial import SpatialGraph, draw_fields, graph_of_edges, smooth_patterns, spatial_field
from bayes_jeugdhulp.model.transforms import FieldWhitening
from bayes_jeugdhulp.results import make_results
from bayes_jeugdhulp.results.criteria import rank_bands
from bayes_jeugdhulp.results.decomposition import decompose
from bayes_jeugdhulp.results.simulations import run_simulations
from bayes_jeugdhulp.results.totals import replicate_users
from bayes_jeugdhulp.sources.neighbours import Neighbours, neighbours
from bayes_jeugdhulp.sources.simulated import simulated_netherlands

Array = np.ndarray

# five in a square with a tail, a wijk alone between them in order, and a pair
EDGES = np.array([[0, 1], [1, 3], [0, 2], [2, 3], [3, 4], [6, 7]])
COMPONENTS = ([0, 1, 2, 3, 4], [5], [6, 7])
SIGMA = 0.3


def dense(edges: Array = EDGES, wijken: int = 8) -> tuple[Array, Array]:
    """Covariance of the scaled field, and the scale of each wijk, by eigenvalues."""
    laplacian = np.zeros((wijken, wijken))
    for i, j in edges:
        laplacian[[i, j], [i, j]] += 1
        laplacian[[i, j], [j, i]] -= 1
    covariance, scale = np.zeros((wijken, wijken)), np.ones(wijken)
    for members in COMPONENTS:
        rows = np.ix_(members, members)
        covariance[rows] = np.linalg.pinv(laplacian[rows]) if len(members) > 1 else 1.0
        scale[members] = np.exp(np.log(np.diag(covariance)[members]).mean())
        covariance[rows] /= scale[members[0]]
    return covariance, scale


@pytest.fixture(scope="module")
def graph() -> SpatialGraph:
    return graph_of_edges(EDGES, 8)


def test_every_component_is_scaled_on_its_own(graph: SpatialGraph) -> None:
    covariance, scale = dense()
    assert graph.component.tolist() == [0, 0, 0, 0, 0, 1, 2, 2]
    np.testing.assert_allclose(graph.scale, scale, rtol=1e-12)
    np.testing.assert_allclose(graph.variance, np.diag(covariance), rtol=1e-12)
    assert scale[6] == pytest.approx(0.25)  # by hand: the half difference of a pair, of variance 1


def test_the_scale_of_the_country_is_the_published_one(data_folder: Path) -> None:
    pairs = pd.read_csv(data_folder / "geo" / "adj_bym2_2022_edges.csv")
    codes = pd.Index(np.unique(pairs[["focal", "neighbor"]]))
    found = graph_of_edges(np.column_stack([codes.get_indexer(pairs[name]) for name in ("focal", "neighbor")]), 3340)
    assert found.scale[0].round(4) == 0.7137
    assert not found.component.any()


def test_draws_have_the_covariance(graph: SpatialGraph) -> None:
    covariance = dense()[0]
    drawn = draw_fields(graph, 60_000, np.random.default_rng(1))
    for members in COMPONENTS:
        if len(members) > 1:
            np.testing.assert_allclose(drawn[:, members].sum(axis=1), 0, atol=1e-12)
    error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / len(drawn))
    assert (np.abs(np.cov(drawn.T) - covariance) < 4.5 * error).all()


def patterned(graph: SpatialGraph) -> dict[str, Array]:
    patterns, precision = smooth_patterns(graph)
    return {
        "spatial_patterns": patterns[:, :3],
        "spatial_precision": precision[:3],
        "spatial_information": np.array(4.0),
    }


def test_patterns_are_those_of_the_precision(graph: SpatialGraph) -> None:
    patterns, precision = smooth_patterns(graph)
    np.testing.assert_allclose(patterns.T @ patterns, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(dense()[0] @ patterns, patterns / precision, atol=1e-12)
    assert (np.diff(precision) >= 0).all()


@pytest.mark.parametrize("stretched", [False, True])
def test_density_is_that_of_a_dense_normal_where_sums_are_0(graph: SpatialGraph, stretched: bool) -> None:
    """In coordinates, with their Jacobian; and there and back again."""
    transform = FieldWhitening(graph.component, patterned(graph) if stretched else None)
    with pm.Model() as model:
        spatial_field("field", graph, pt.constant(SIGMA), transform=transform)
    name = model.value_vars[0].name
    density = model.compile_logp()
    inputs = (pt.constant(SIGMA), pt.constant(graph.scale))
    z = pt.vector()
    back = transform.backward(z, *inputs)
    there = pytensor.function([z], [back, transform.forward(back, *inputs)])
    rng = np.random.default_rng(3)
    points = rng.normal(size=(4, 6))  # 8 wijken less two sums
    covariance = SIGMA**2 * dense()[0]
    jacobian = np.linalg.slogdet(_derivative(lambda at: there(at)[0], points[0]))
    for point in points:
        field, again = there(point)
        np.testing.assert_allclose(again, point, atol=1e-12)
        np.testing.assert_allclose([field[:5].sum(), field[6:].sum()], 0, atol=1e-12)
        wanted = multivariate_normal(cov=covariance, allow_singular=True).logpdf(field) + jacobian.logabsdet
        assert density({name: point}) == pytest.approx(wanted, abs=1e-8)


def _derivative(function: object, at: Array) -> Array:
    """Of fields by coordinates, seen in an orthonormal basis of the fields that add to 0."""
    moved = np.column_stack([function(at + step) - function(at) for step in np.eye(len(at))])  # type: ignore[operator]
    covariance = dense()[0]
    values, vectors = np.linalg.eigh(covariance)
    return vectors[:, values > 1e-9].T @ moved


def test_what_the_others_tell_is_what_dense_conditioning_finds(graph: SpatialGraph) -> None:
    """Held are the log odds of the others, and how the others' fields differ from their mean."""
    covariance, rng = SIGMA**2 * dense()[0], np.random.default_rng(4)
    sd = rng.uniform(0.1, 0.4, (1, 8))
    effect = SIGMA * draw_fields(graph, 1, rng)
    own = sd * rng.standard_normal((1, 8))
    mean, variance = given_others(graph, effect, np.array([SIGMA**2]), own, sd)
    for w in range(8):
        others = np.delete(np.arange(8), w)
        part = next(members for members in COMPONENTS if w in members)
        centred = np.eye(8)
        for i in set(part) - {w}:
            centred[i, [j for j in part if j != w]] -= 1 / (len(part) - 1)
        seen = np.vstack([centred[others], np.eye(8)[others]])  # of the fields
        joint = seen @ covariance @ seen.T
        joint[7:, 7:] += np.diag(sd[0, others] ** 2)
        values = seen @ effect[0] + np.concatenate([np.zeros(7), own[0, others]])
        gain = covariance[w] @ seen.T @ np.linalg.pinv(joint, rcond=1e-10)
        assert mean[0, w] == pytest.approx(gain @ values, abs=1e-9)
        assert variance[0, w] == pytest.approx(covariance[w, w] - gain @ seen @ covariance[w], abs=1e-9)
    assert (mean[0, 5], variance[0, 5]) == (0, pytest.approx(SIGMA**2))


def small_areas() -> Areas:
    youths = [300, 700, 500, 1200, 800, 400, 900, 600]
    return make_areas(youths, [30, 60, 50, None, 90, 50, 95, 40], gemeente=[1, 1, 2, 2, 3, 4, 5, 5])


def small_neighbours(areas: Areas, year: int | None = None) -> Neighbours:
    codes = (*areas.wijken.index, "WK999900")  # a wijk without figures, which is left out
    return Neighbours(codes, np.vstack([EDGES, [[5, 8]]]), np.zeros(9, np.int64), year=year)


MIXTURE = ModelSpec(spatial="bym2", youths="given")


@pytest.fixture(scope="module")
def design() -> Design:
    areas = small_areas()
    return make_design(areas, MIXTURE, neighbours=small_neighbours(areas))


def drawn_from_the_prior(design: Design, count: int) -> tuple[xr.DataTree, Array]:
    """Draws that all have the same scales, their effects anew in each; and which wijken are outlying."""
    assert design.graph
    rng = np.random.default_rng(6)
    share, times, sigma, spatial_share = 0.3, 3.0, 0.3, 0.6
    outlying = rng.random((count, 8)) < share
    effect = sigma * np.sqrt(spatial_share) * draw_fields(design.graph, count, rng)
    own = sigma * np.sqrt(1 - spatial_share) * np.where(outlying, times, 1) * rng.standard_normal((count, 8))
    fixed = {
        "alpha": -2.2,
        "sigma_gemeente": 0.1,
        "sigma_wijk": sigma,
        "spatial_share": spatial_share,
        "outlying_share": share,
        "outlying_scale": times,
    }
    vectors = {"beta": np.zeros((count, 2)), "gemeente_effect": np.zeros((count, 5))}
    vectors |= {"spatial_effect": effect, "eta": -2.2 + effect + own}
    dims = {"beta": "kenmerk", "gemeente_effect": "gemeente", "spatial_effect": "wijk", "eta": "wijk"}
    variables = {name: (("chain", "draw"), np.full((1, count), value)) for name, value in fixed.items()}
    variables |= {name: (("chain", "draw", dims[name]), values[None]) for name, values in vectors.items()}
    dataset = xr.Dataset(variables, {"imputation": ("draw", np.zeros(count, int))})
    return xr.DataTree.from_dict({"posterior": dataset}), outlying


def test_a_wijk_is_one_like_others_of_what_is_foreseen(design: Design) -> None:
    """With outlying wijken too: its field is as far from its mean as the variance says, whatever the others are."""
    tree, _ = drawn_from_the_prior(design, 40_000)
    draws = read_draws(tree, design)
    assert draws.spatial
    away = (draws.spatial.effect - draws.spatial.given) / np.sqrt(draws.spatial.given_variance)
    np.testing.assert_allclose((away**2).mean(axis=0), 1, atol=4.5 * np.sqrt(2 / 40_000))
    for w in range(8):
        together = np.corrcoef(away[:, w], np.delete(draws.eta, w, axis=1), rowvar=False)[0, 1:]
        assert np.abs(together).max() < 4.5 / np.sqrt(40_000)
    # and so are its log odds, of which the two parts of the mixture are the rest
    fitted = fitted_terms(design, draws)
    spread = (fitted.share * fitted.times**2).sum(axis=0) * fitted.sigma**2
    np.testing.assert_allclose(((draws.eta - fitted.location) ** 2 / spread).mean(axis=0), 1, atol=0.05)


def test_every_average_is_what_brute_force_finds(design: Design) -> None:
    """Expected use for both references, the likelihood, replicates and parts, from draws of field and own effect."""
    tree, _ = drawn_from_the_prior(design, 6)
    draws = read_draws(tree, design)
    assert draws.spatial
    assert design.graph
    rng, count = np.random.default_rng(8), 200_000
    own = 0.3 * np.sqrt(0.4) * np.where(rng.random((count, 8)) < 0.3, 3.0, 1.0) * rng.standard_normal((count, 8))
    field = 0.3 * np.sqrt(0.6) * draw_fields(design.graph, count, rng)
    within = draws.spatial.given[0] + np.sqrt(draws.spatial.given_variance[0]) * rng.standard_normal((count, 8))
    p = {
        "within_gemeente": expit(-2.2 + within + own),
        "national": expit(-2.2 + field + own + 0.1 * rng.standard_normal((count, 8))),
    }
    expected = {}
    for reference, found in p.items():
        expected[reference] = average_use(terms(design, draws, reference))
        error = found.std(axis=0) / np.sqrt(count)
        assert (np.abs(expected[reference][0] - found.mean(axis=0)) < 4.5 * error).all()
    one = fitted_terms(design, draws).rows(np.array([0]))
    likelihood = np.exp(log_probability_of_figures(design, one, np.flatnonzero(design.observed))[0])
    n, k = design.youths, design.users_low
    chance = binom.pmf(k, n, p["within_gemeente"])
    error = chance.std(axis=0) / np.sqrt(count)
    assert (np.abs(likelihood - chance.mean(axis=0)) < 4.5 * error)[design.observed].all()
    parts = decompose(design, draws, expected, 0.95)
    once = parts[parts["counting"] == "per wijk"].set_index("part")
    assert once.index[:4].tolist() == ["kenmerken", "gemeente", "buren", "wijk"]
    assert once["share"].drop("totaal").sum() == pytest.approx(1)


def test_replicates_share_what_neighbours_share(design: Design) -> None:
    tree, _ = drawn_from_the_prior(design, 40_000)
    draws = read_draws(tree, design)
    assert draws.spatial
    big = replace(design, areas=replace(design.areas, wijken=design.areas.wijken.assign(youths=10**6)))
    drawn = {name: replicate_users(big, draws, name, 1) / 1e6 for name in ("within_gemeente", "national")}
    eta = {name: np.log(p / (1 - p)) + 2.2 for name, p in drawn.items()}
    covariance = 0.09 * 0.6 * dense()[0] + 0.01 * np.equal.outer(design.gemeente_of_wijk, design.gemeente_of_wijk)
    own = 0.09 * 0.4 * (0.7 + 0.3 * 9)
    np.testing.assert_allclose(np.cov(eta["national"].T), covariance + own * np.eye(8), atol=0.006)
    np.testing.assert_allclose(np.cov((eta["within_gemeente"] - draws.spatial.effect).T), own * np.eye(8), atol=0.006)


def test_what_does_not_go_together_is_refused_in_one_message(design: Design) -> None:
    areas = small_areas()
    graph = small_neighbours(areas)
    for spec, given in ((MIXTURE, None), (ModelSpec(), graph)):
        with pytest.raises(DataError, match="both or neither; give neighbours"):
            make_design(areas, spec, neighbours=given)
    few = replace(graph, codes=("WK000100", *(f"WK88880{i}" for i in range(8))), year=2022)
    with pytest.raises(DataError) as found:
        make_design(replace(areas, year=2021), MIXTURE, neighbours=few)
    assert "borders of 2022; expected borders of 2021" in str(found.value)
    assert "7 of 8 wijken have no border (WK000101, WK000200, WK000201, WK000300, WK000400, ...)" in str(found.value)
    with pytest.raises(DataError, match="no two wijken of the figures are neighbours"):
        make_design(areas, MIXTURE, neighbours=replace(graph, edges=graph.edges[-1:]))
    with pytest.raises(ValueError, match="not with Student-t"):
        ModelSpec(spatial="bym2", wijk_effect="student_t")
    with pytest.raises(ValueError, match="factors and a spatial effect do not go together"):
        fit(areas, MIXTURE, neighbours=graph, indicators=object(), progress=False)  # type: ignore[arg-type]
    draws = make_draws(make_design(areas, ModelSpec()), 2)
    with pytest.raises(JeugdhulpError, match="--kinds prior,posterior"):
        draw_truth(design, draws, "model", np.random.default_rng(1))


def test_a_design_comes_back_with_its_graph(design: Design) -> None:
    tree = xr.DataTree.from_dict({"constant_data": constant_data(design)})
    tree.attrs = provenance(design.areas)
    back = read_design(tree)
    assert back.graph
    assert design.graph
    for name in SpatialGraph.__slots__:
        np.testing.assert_array_equal(getattr(back.graph, name), getattr(design.graph, name))


def test_a_whole_fit_is_saved_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the sampler, which is the prior: a design of two components and wijken alone, its tables and refusals."""
    country = simulated_netherlands(3, wijken=60, gemeenten=8, regios=2)
    graph = neighbours(country.borders, "apart")
    monkeypatch.setattr(sampling, "compile_model", Unsampled)
    made = fit(country.areas, replace(MIXTURE, missing="median"), SamplingSpec(chains=2, draws=20), neighbours=graph)
    save(made, tmp_path / "fit.nc")
    tree = load(tmp_path / "fit.nc")
    stored = tree["constant_data"].to_dataset()
    documented = {name: dims for name, dims, _ in table("columns.md", "### `constant_data`")}
    names = {str(name) for name in (*stored.data_vars, *stored.attrs)}
    assert names - documented.keys() == {f"graph_{n}" for n in SpatialGraph.__slots__}
    assert "spatial_effect" not in tree["log_prior"]
    assert tree["log_prior"]["spatial_share"].dims == ("chain", "draw")
    results = make_results(tree, despite_failed_gate=True)
    assert "buren" in results.decomposition["part"].to_numpy()
    assert results.wijken["expected_pct_within_gemeente"].between(1, 40).all()
    assert "spatial_share" in prior_sensitivity(tree).index
    with pytest.raises(JeugdhulpError, match="leave-one-wijk-out"):
        crossvalidate(tree, folds=2)
    with ThreadPoolExecutor(1) as executor, pytest.raises(JeugdhulpError, match="--kinds prior,posterior"):
        run_simulations(tmp_path / "fit.nc", {"prior": 1, "heavy": 1}, executor)


@pytest.mark.heavy
def test_the_truth_is_a_draw_like_the_others(tmp_path: Path) -> None:
    """Simulation-based calibration from the prior and around a fit, over all quantities and a field with islands."""
    country = simulated_netherlands(3, wijken=100, gemeenten=16, regios=3)
    graph = neighbours(country.borders, "apart")
    spec = ModelSpec(spatial="bym2", imputations=1, kenmerken=("perc_1ouder", "perc_hhbijs"))
    tree = fit(country.areas, spec, SamplingSpec(draws=300), neighbours=graph, progress=False)
    assert len(np.unique(tree["constant_data"]["graph_component"])) > 1
    save(tree, tmp_path / "fit.nc")
    with ThreadPoolExecutor(1) as executor:
        ranks, *_ = run_simulations(tmp_path / "fit.nc", {"prior": 40, "posterior": 24}, executor)
    found = rank_bands(ranks)
    assert {"spatial_share", "sigma_wijk", "log_likelihood"} <= set(found["prior"].ecdf)
    assert {kind: bands.left for kind, bands in found.items()} == {"prior": (), "posterior": ()}
