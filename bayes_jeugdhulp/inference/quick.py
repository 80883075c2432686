"""A quick look: the posterior by nested Laplace approximation and importance sampling; nothing is compiled."""

import json
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.errors import GateError
from bayes_jeugdhulp.inference.expected import STORED
from bayes_jeugdhulp.inference.gate import NOT_QUICK
from bayes_jeugdhulp.inference.laplace import STEPS, Figures, Posterior, batches
from bayes_jeugdhulp.inference.loo import add_loo, good_k, resample, smoothed_weights
from bayes_jeugdhulp.inference.marginal import add_predictive
from bayes_jeugdhulp.inference.proposal import Proposal, propose
from bayes_jeugdhulp.inference.sampling import Clock, SamplingSpec, add_prior_draws
from bayes_jeugdhulp.inference.scales import Unbounded
from bayes_jeugdhulp.inference.stored import constant_data, provenance
from bayes_jeugdhulp.model.build import build_model
from bayes_jeugdhulp.model.design import Design, make_design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.tasks import usable_cores

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

ENOUGH = 500  # effective vectors of scales, below which more are proposed
LOST = 0.01  # share of the draws near which no normal may be found
PAIR = 2  # draws of effects to each vector of scales, on either side of their mode; the costly part is done once


@dataclass(frozen=True, slots=True, eq=False)
class _Proposed:
    """Proposed draws of one fitted imputation: ``PAIR`` to each vector of scales, one after another.

    Attributes
    ----------
    vectors : (draw, scale)
    effects : (draw, effect)
    log_weights : (draw,)
        Minus infinity for what is lost.
    """

    vectors: Array
    effects: Array
    log_weights: Array


def _propose(posterior: Posterior, proposal: Proposal, count: int, seed: int, pool: Executor) -> _Proposed:
    """Draw so many vectors of scales, and two of effects given each, on either side of their mode."""
    vectors, log_q = proposal.draw(count, seed)
    posterior.prepare(np.vstack([proposal.mode, vectors]), pool)
    half = np.random.default_rng(seed).standard_normal((count, len(posterior.effects)))

    def some(at: Indices) -> tuple[Array, Array]:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                effects, log_weights = posterior.draw(vectors[at], np.stack([half[at], -half[at]]))
        except np.linalg.LinAlgError:  # scales so far out that no normal is near
            return np.tile(posterior.effects, (len(at), PAIR, 1)), np.full((len(at), PAIR), -np.inf)
        return effects, log_weights - log_q[at, None]

    effects, log_weights = (np.concatenate(part) for part in zip(*pool.map(some, batches(count)), strict=True))
    return _Proposed(np.repeat(vectors, PAIR, axis=0), effects.reshape(count * PAIR, -1), log_weights.ravel())


def _draw_log_odds(posterior: Posterior, proposed: _Proposed, chosen: Indices, seed: int, pool: Executor) -> Array:
    """Log odds of every wijk given each chosen draw, shape (chosen, wijk); its levels are spread over the draws."""
    rng, count, figures = np.random.default_rng([seed, 1]), len(chosen), posterior.figures
    levels = np.broadcast_to((np.arange(count)[:, None] + 0.5) / count, (STEPS + 2, count, len(figures.group)))
    part, *normals = rng.permuted(levels, axis=1)
    seeds = rng.integers(2**63, size=count)

    def some(at: Indices) -> Array:
        expansion = posterior.expand(posterior.unbounded.scales(proposed.vectors[chosen[at]]))
        mu = figures.mu(proposed.effects[chosen[at]])
        own = ndtri(np.stack([step[at] for step in normals]))
        return figures.draw(mu, expansion.at(mu), expansion.sigma, part[at], own, np.random.default_rng(seeds[at[0]]))

    return np.concatenate(list(pool.map(some, batches(count))))


def quick_fit(
    areas: Areas,
    spec: ModelSpec | None = None,
    *,
    draws: int = 2000,
    seed: int = 2017,
    report: Callable[[str, float], None] | None = None,
) -> xr.DataTree:
    """Look quickly at what a fit would say: an approximation, and marked as one in every output.

    Nothing is compiled and no chain is run; see :func:`quick_posterior`. Where its importance weights are not to be
    trusted the gate does not pass, and nothing comes of it.

    Parameters
    ----------
    areas : Areas
    spec : ModelSpec, optional
        Default that of :func:`bayes_jeugdhulp.fit`.
    draws : int, default 2000
        Kept, all imputations together.
    seed : int, default 2017
        Of imputations, proposals and predictive draws.
    report : callable, optional
        Called with the name and the seconds of every finished stage.

    Returns
    -------
    xarray.DataTree
        As :func:`bayes_jeugdhulp.fit` gives, in one chain. ``gate`` has the effective draws and the Pareto k of the
        weights; a wijk whose leave-one-out weights cannot be trusted, its gemeente integrated out, is not refitted and
        gets no statement.

    Raises
    ------
    DataError
        If the areas cannot carry the model; see :func:`bayes_jeugdhulp.model.design.make_design`.
    GateError
        If no normal is near the posterior of the effects for more than one in a hundred sets of scales.
    ValueError
        If the model has Student-t or spatial wijk effects, or a prior of the coefficients other than the normal.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> areas = bj.simulated_netherlands(1, wijken=250, gemeenten=30, regios=5).areas
    >>> gate = bj.check_gate(quick_fit(areas, bj.ModelSpec(imputations=2)))
    >>> gate.passed, gate.quick
    (True, True)
    """
    spec, clock = spec or ModelSpec(), Clock(report)
    refuse(spec)
    design = make_design(areas, spec, seed=seed)
    clock("imputing kenmerken")
    tree, weights = quick_posterior(design, spec, draws, seed)
    clock("approximating")
    choices = {"model_spec": json.dumps(asdict(spec)), "sampling_spec": json.dumps(asdict(SamplingSpec(seed=seed)))}
    tree.attrs = provenance(areas) | choices
    tree["constant_data"] = xr.DataTree(constant_data(design))
    add_predictive(tree, design, seed=seed)
    clock("predictions")
    add_loo(tree, design)
    clock("leave-one-out")
    model = build_model(design, spec)
    add_prior_draws(tree, model, seed)
    clock("prior")
    tree["gate"] = xr.DataTree(weights)
    tree["sample_stats"] = xr.DataTree(weights[["ess"]])
    return tree


def refuse(spec: ModelSpec) -> None:
    """Refuse what is no matter for a quick look."""
    for name, allowed in (
        ("wijk_effect", ("normal", "mixture")),
        ("coefficients", ("normal",)),
        ("spatial", ("none",)),
    ):
        if (chosen := getattr(spec, name)) not in allowed:
            raise ValueError(f"a quick look does not go with {name} {chosen!r}; fit without it")


def quick_posterior(design: Design, spec: ModelSpec, draws: int, seed: int) -> tuple[xr.DataTree, xr.Dataset]:
    """Draw from the posterior by nested Laplace approximation and importance sampling.

    Given the scales the effects of gemeenten, regions and kenmerken are nearly normal once the wijk effects are
    integrated out (Laplace), and so the scales have an approximate marginal density (Tierney & Kadane 1986; Rue,
    Martino & Chopin 2009). Scales are drawn from a Student-t around its mode, effects given them from that normal, and
    importance weights, Pareto-smoothed, put both right; they are resampled, and the log odds of a wijk are drawn anew
    for each draw that is kept.

    Parameters
    ----------
    design : Design
    spec : ModelSpec
    draws : int
        Kept, all imputations together; about as many are proposed, two to each vector of scales, or two or four times
        as many where they are worth little.
    seed : int

    Returns
    -------
    tree : DataTree
        Groups ``posterior``, with one chain, as of a full fit, and ``log_prior``.
    weights : Dataset
        Of the importance weights of each imputation (quantity): ``ess``, how many equally weighted vectors of scales
        they are worth, and ``pareto_k``, which is of all together.
    """
    each = -(-draws // len(design.fitted))
    unbounded = Unbounded(spec, bool(design.regios))
    begin = approximate_posterior(design, spec.priors)
    seeds = np.random.SeedSequence(seed).generate_state(len(design.fitted)).tolist()
    vector, effects, posteriors, proposals = unbounded.start(begin.scales), begin.effects, [], []
    with threadpool_limits(1), ThreadPoolExecutor(usable_cores()) as pool:
        for turn, index in enumerate(design.fitted):
            posterior = Posterior(Figures(design.counted(turn), index), spec, unbounded, effects)
            proposal = propose(posterior, vector, pool)
            posteriors.append(posterior)
            proposals.append(proposal)
            vector, effects = proposal.mode, posterior.effects
        count = 2 ** round(np.log2(each / PAIR))  # a power of 2, as a Sobol sequence asks
        for more in (1, 2, 4):
            proposed = [
                _propose(posterior, proposal, more * count, own, pool)
                for posterior, proposal, own in zip(posteriors, proposals, seeds, strict=True)
            ]
            weights, k = _weigh(proposed)
            sizes = 1 / (weights.reshape(len(seeds), -1, PAIR).sum(axis=2) ** 2).sum(axis=1)
            if sizes.sum() > ENOUGH:
                break
        parts = []
        for posterior, part, weight, own in zip(posteriors, proposed, weights, seeds, strict=True):
            chosen = resample(weight, each)
            eta = _draw_log_odds(posterior, part, chosen, own, pool)
            parts.append((part.vectors[chosen], part.effects[chosen], eta))
    # imputations take turns along draw, as in a full fit
    joined = [np.stack(part, axis=1).reshape(-1, part[0].shape[-1]) for part in zip(*parts, strict=True)]
    named = _named(design, unbounded.values(joined[0]), joined[1], joined[2], each)
    names = [f"weights, imputation {index}" for index in design.fitted]
    found = {"ess": ("quantity", sizes), "pareto_k": ("quantity", np.full(len(sizes), k))}
    judged = xr.Dataset(found, {"quantity": names}, {"good_k": good_k(weights.size)})
    return xr.DataTree.from_dict({"posterior": named, "log_prior": _log_prior(named, unbounded, spec)}), judged


def _weigh(proposed: list[_Proposed]) -> tuple[Array, float]:
    """Smoothed weights of the draws of each imputation, shape (imputation, draw), and their Pareto k."""
    log_weights = np.stack([part.log_weights for part in proposed])
    lost = ~np.isfinite(log_weights)
    if lost.mean() > LOST:
        raise GateError(NOT_QUICK)
    log_weights[lost] = log_weights[~lost].max() - 600  # a weight of 0, as a number
    turns = np.repeat(np.arange(len(proposed)), log_weights.shape[1])
    (weights,), (k,) = smoothed_weights(log_weights.reshape(1, -1), turns)
    weights = weights.reshape(log_weights.shape)
    return weights / weights.sum(axis=1, keepdims=True), float(k)


def _log_prior(posterior: xr.Dataset, unbounded: Unbounded, spec: ModelSpec) -> xr.Dataset:
    """Log prior of what a user can choose a prior for."""
    vectors = unbounded.vector({name: posterior[name].to_numpy() for name in unbounded.names})
    found: dict[str, Any] = {name: (("chain", "draw"), values) for name, values in unbounded.log_prior(vectors).items()}
    alpha, beta = posterior["alpha"], posterior["beta"]
    width = posterior["sigma_kenmerken"] / np.sqrt(posterior.sizes["kenmerk"])
    found["alpha"] = alpha.dims, norm.logpdf(alpha, *spec.priors.alpha)
    found["beta"] = beta.dims, norm.logpdf(beta, 0, np.asarray(width)[..., None])
    return xr.Dataset(found, {"kenmerk": posterior["kenmerk"]})


def _named(design: Design, scales: dict[str, Array], effects: Array, eta: Array, each: int) -> xr.Dataset:
    """Draws by the names and dims that the model gives them, in one chain."""
    k, regios = len(design.predictors), len(design.regios)
    variables: dict[str, tuple[tuple[str, ...], Array]] = {name: ((), values) for name, values in scales.items()}
    if "outlying_share" in scales:
        variables["outlying_scale"] = (), 2 + scales["outlying_scale_above_2"]
    variables |= {"alpha": ((), effects[:, 0]), "beta": (("kenmerk",), effects[:, 1 : 1 + k])}
    if regios:
        variables["regio_effect"] = ("regio",), effects[:, 1 + k : 1 + k + regios]
    variables |= {
        "gemeente_effect": (("gemeente",), effects[:, 1 + k + regios :]),
        "eta": (("wijk",), eta.astype(STORED)),
    }
    coords = {
        "chain": [0],
        "draw": np.arange(len(eta)),
        "kenmerk": list(design.predictors),
        "gemeente": list(design.gemeenten),
        "wijk": design.areas.wijken.index.to_list(),
        "imputation": ("draw", np.tile(design.fitted, each)),
    } | ({"regio": list(design.regios)} if regios else {})
    return xr.Dataset({n: (("chain", "draw", *dims), v[None]) for n, (dims, v) in variables.items()}, coords)
