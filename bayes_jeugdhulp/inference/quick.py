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
from bayes_jeugdhulp.inference.laplace import Figures, Posterior, Proposal, propose
from bayes_jeugdhulp.inference.loo import add_loo, good_k, resample, smoothed_weights
from bayes_jeugdhulp.inference.marginal import add_predictive
from bayes_jeugdhulp.inference.sampling import Clock, SamplingSpec, add_prior_draws
from bayes_jeugdhulp.inference.scales import Unbounded
from bayes_jeugdhulp.inference.stored import constant_data, provenance
from bayes_jeugdhulp.model.build import build_model
from bayes_jeugdhulp.model.design import Design, make_design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.tasks import usable_cores

Array = NDArray[np.float64]

LOST = 0.01  # share of the draws near which no normal may be found


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Proposed draws of one fitted imputation, and the log of their weights; shapes begin with (draw,)."""

    vectors: Array
    effects: Array
    eta: Array
    log_weights: Array


def _draw(posterior: Posterior, proposal: Proposal, count: int, seed: int, pool: Executor) -> _Drawn:
    """Draw scales, effects given them and log odds given both; levels of the last are stratified over the draws."""
    figures, rng = posterior.figures, np.random.default_rng(seed)
    vectors, log_q = proposal.draw(count, seed)
    standard = rng.standard_normal((count, len(posterior.effects)))
    levels = np.broadcast_to((np.arange(count)[:, None] + 0.5) / count, (count, len(figures.group)))
    part, normal = rng.permuted(levels, axis=0), ndtri(rng.permuted(levels, axis=0))
    seeds = rng.integers(2**63, size=count)

    def one(i: int) -> tuple[Array, Array, float]:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                effects, at, expansion, log_weight = posterior.draw(vectors[i], standard[i])
        except (np.linalg.LinAlgError, ValueError):  # scales so far out that no normal is near
            return posterior.effects, np.zeros(len(figures.group)), -np.inf
        own = np.random.default_rng(seeds[i])
        eta = figures.draw(figures.mu(effects), at, expansion.sigma, part[i], normal[i], own)
        return effects, eta, log_weight - log_q[i]

    effects, eta, log_weights = zip(*pool.map(one, range(count)), strict=True)
    return _Drawn(vectors, np.stack(effects), np.stack(eta), np.array(log_weights))


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
        weights; a wijk whose leave-one-out weights cannot be trusted is not refitted and gets no statement.

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
    importance weights, Pareto-smoothed, put both right; they are resampled, and the log odds of a wijk are drawn given
    both.

    Parameters
    ----------
    design : Design
    spec : ModelSpec
    draws : int
        Kept, all imputations together; about as many are proposed.
    seed : int

    Returns
    -------
    tree : DataTree
        Groups ``posterior``, with one chain, as of a full fit, and ``log_prior``.
    weights : Dataset
        Of the importance weights of each imputation (quantity): ``ess``, how many equally weighted draws they are
        worth, and ``pareto_k``, which is of all together.
    """
    count = 2 ** round(np.log2(draws / len(design.fitted)))  # a power of 2, as a Sobol sequence asks
    unbounded = Unbounded(spec, bool(design.regios))
    begin = approximate_posterior(design, spec.priors)
    seeds = np.random.SeedSequence(seed).generate_state(len(design.fitted)).tolist()
    posteriors = [
        Posterior(Figures(design.counted(turn), index), spec, unbounded, begin.effects)
        for turn, index in enumerate(design.fitted)
    ]
    with threadpool_limits(1), ThreadPoolExecutor(usable_cores()) as pool:
        proposal = propose(posteriors[0], unbounded.start(begin.scales))
        for posterior in posteriors[1:]:
            posterior.effects = posterior.laplace(proposal.mode)[1]
        drawn = [_draw(posterior, proposal, count, own, pool) for posterior, own in zip(posteriors, seeds, strict=True)]
    turns = np.repeat(design.fitted, count)
    log_weights = np.concatenate([part.log_weights for part in drawn])
    lost = ~np.isfinite(log_weights)
    if lost.mean() > LOST:
        raise GateError(NOT_QUICK)
    log_weights[lost] = log_weights[~lost].max() - 600  # a weight of 0, as a number
    (weights,), (k,) = smoothed_weights(log_weights[None], turns)
    each, parts, sizes = -(-draws // len(drawn)), [], []
    for index, part in zip(design.fitted, drawn, strict=True):
        weight = weights[turns == index] / weights[turns == index].sum()
        sizes.append(1 / (weight**2).sum())
        chosen = resample(weight, each)
        parts.append((part.vectors[chosen], part.effects[chosen], part.eta[chosen]))
    # imputations take turns along draw, as in a full fit
    joined = [np.stack(part, axis=1).reshape(-1, part[0].shape[-1]) for part in zip(*parts, strict=True)]
    named = _named(design, unbounded.values(joined[0]), joined[1], joined[2], each)
    names = [f"weights, imputation {index}" for index in design.fitted]
    found = {"ess": ("quantity", np.array(sizes)), "pareto_k": ("quantity", np.full(len(sizes), k))}
    judged = xr.Dataset(found, {"quantity": names}, {"good_k": good_k(len(turns))})
    return xr.DataTree.from_dict({"posterior": named, "log_prior": _log_prior(named, unbounded, spec)}), judged


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
