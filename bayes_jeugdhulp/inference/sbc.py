"""Simulation-based calibration: whether the truth is a draw like the others of its posterior."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr
from arviz_stats.ecdf_utils import ecdf_pit
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.sampling import Compiled, SamplingSpec
from bayes_jeugdhulp.inference.simulation import observe
from bayes_jeugdhulp.model.build import model_data
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.likelihood import log_interval_binomial
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import Start, approximate_posterior, likelihood_on_logit

Array = NDArray[np.float64]

SAMPLING = SamplingSpec(draws=50, tune=200, chains=2, thin=6, acceptance=0.8)  # thinned to near independence: 100 draws
ELEMENTS = 5  # of every vector, spread evenly over its length; wijken and gemeenten from small to large
FAMILY = 0.01  # chance that any band of a right model is left


def prior_ranks(
    tree: xr.DataTree,
    design: Design,
    compiled: Compiled,
    spec: ModelSpec,
    index: int,
    *,
    drop_suppressed: bool = False,
) -> dict[str, float]:
    """Rank of one prior draw among the draws of the posterior of the figures it led to (Talts et al. 2018).

    Parameters
    ----------
    tree : xarray.DataTree
        A fit, for its groups ``prior`` and ``prior_predictive``.
    design : Design
        Without gaps (:func:`~bayes_jeugdhulp.inference.simulation.without_gaps`), as the prior draws have it.
    compiled : Compiled
    spec : ModelSpec
    index : int
        Which prior draw.
    drop_suppressed : bool, default False
        Fit without the suppressed figures: a mistake that calibration must bring to light.

    Returns
    -------
    dict
        Quantity to a value between 0 and 1, uniform if the posterior is right: the rank, ties and gaps evened out.
    """
    truth = tree["prior"].to_dataset().isel(draw=[index])
    users = np.zeros(len(design.youths), np.int64)
    users[design.observed] = tree["prior_predictive"]["users"].isel(chain=0, draw=index).to_numpy()
    seen = observe(design, users)
    start = approximate_posterior(seen, spec.priors)
    fitted = seen.without(np.flatnonzero(seen.observed & ~seen.published)) if drop_suppressed else seen
    sampled = compiled.sample(fitted, start, SAMPLING)["posterior"].to_dataset()
    return _ranks(quantities(sampled, [seen]), quantities(truth, [seen]), index)


def posterior_ranks(
    posterior: xr.Dataset, design: Design, compiled: Compiled, spec: ModelSpec, index: int
) -> dict[str, float]:
    """Rank of one posterior draw after a second look at the same wijken that it led to.

    The first figures are the fit's own, the second are drawn from the draw, effects of every wijk included; of the
    posterior of both, the draw is one like the others (Saeilynoja, Schmitt, Buerkner & Vehtari 2025, arXiv 2502.03279).
    """
    truth = posterior.isel(chain=[0], draw=[index])
    rng = np.random.default_rng(index)
    again = observe(design, rng.binomial(design.youths, expit(truth["eta"].to_numpy()[0, 0])))
    start = _start_of_both(design, again, spec)
    first, second = (model_data(one, start, design.completed(0), compiled.steps) for one in (design, again))
    data = _both(first, second)
    run = compiled.run(data, SAMPLING, SAMPLING.draws, seed=index)
    sampled = run["posterior"].to_dataset().isel(draw=slice(None, None, SAMPLING.thin))
    return _ranks(quantities(sampled, [design, again]), quantities(truth, [design, again]), index)


def _both(first: dict[str, NDArray], second: dict[str, NDArray]) -> dict[str, NDArray]:
    """Figures of two looks at the same wijken, one after the other."""
    joined = dict(first)
    for name in ("observed", "interval_youths", "interval_low", "interval_constant"):
        joined[name] = np.concatenate([first[name], second[name]])
    joined["interval_rows"] = np.concatenate([first["interval_rows"], second["interval_rows"] + len(first["observed"])])
    joined["interval_shift"] = np.concatenate([first["interval_shift"], second["interval_shift"]])
    joined["interval_ratios"] = np.concatenate([first["interval_ratios"], second["interval_ratios"]], axis=1)
    return joined


def _start_of_both(first: Design, second: Design, spec: ModelSpec) -> Start:
    (z, information), (z_again, information_again) = (likelihood_on_logit(design) for design in (first, second))
    both = information + information_again
    mean = (information * z + information_again * z_again) / np.where(both > 0, both, 1)
    return approximate_posterior(first, spec.priors, (np.where(both > 0, mean, z), both))


def quantities(posterior: xr.Dataset, looks: list[Design]) -> dict[str, Array]:
    """Scalars, elements of vectors from small to large areas, and the log likelihood, each of shape (draw,)."""
    design = looks[0]
    wijken = np.argsort(design.youths)
    gemeenten = np.argsort(np.bincount(design.gemeente_of_wijk, design.youths))
    order = {"wijk": wijken, "gemeente": gemeenten, "kenmerk": np.arange(len(design.predictors))}
    found: dict[str, Array] = {}
    for name, variable in posterior.data_vars.items():
        if str(name).endswith("_above_2") or name == "effects":
            continue  # what they are made of is there too
        values = variable.transpose("chain", "draw", ...).to_numpy()
        values = values.reshape(values.shape[0] * values.shape[1], -1)
        dims = [str(dim) for dim in variable.dims if dim not in ("chain", "draw")]
        if not dims:
            found[str(name)] = values[:, 0]
            continue
        labels = [" ".join(map(str, parts)) for parts in product(*(variable[dim].to_numpy() for dim in dims))]
        places = order.get(dims[0], np.arange(values.shape[1])) if len(dims) == 1 else np.arange(values.shape[1])
        for place in places[np.linspace(0, len(places) - 1, min(ELEMENTS, len(places))).astype(int)]:
            found[f"{name}[{labels[place]}]"] = values[:, place]
    eta = posterior["eta"].transpose("chain", "draw", "wijk").to_numpy().reshape(-1, len(design.youths))
    total = np.zeros(len(eta))
    for look in looks:
        seen = np.flatnonzero(look.observed)
        log_p = log_interval_binomial(look.youths[seen], look.users_low[seen], look.users_high[seen])
        total += log_p(eta[:, seen]).sum(axis=1)
    return found | {"log_likelihood": total}


def _ranks(sampled: dict[str, Array], truth: dict[str, Array], seed: int) -> dict[str, float]:
    rng = np.random.default_rng([seed, 1])
    return {
        name: float(((sampled[name] < value[0]).sum() + rng.random()) / (len(sampled[name]) + 1))
        for name, value in truth.items()
        if name in sampled
    }


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """ECDF of each quantity's ranks, and the band that all of them keep within with probability 1 - FAMILY.

    Attributes
    ----------
    points : ndarray, shape (point,)
    ecdf : dict
        Quantity to ECDF at the points.
    low, high : ndarray, shape (point,)
    """

    points: Array
    ecdf: dict[str, Array]
    low: Array
    high: Array

    @property
    def left(self) -> tuple[str, ...]:
        """Quantities whose ECDF leaves the band."""
        slack = 1e-9
        return tuple(
            name
            for name, values in self.ecdf.items()
            if ((values < self.low - slack) | (values > self.high + slack)).any()
        )


def bands(ranks: dict[str, Array], seed: int = 1) -> Bands:
    """Compare ranks with the uniform distribution, family-wise over all quantities.

    Parameters
    ----------
    ranks : dict
        Quantity to values between 0 and 1, shape (simulation,).
    seed : int, default 1
        Of the simulation behind the bands.

    Notes
    -----
    Simultaneous bands of Saeilynoja, Buerkner & Vehtari 2022, Stat Comput 32:32, as ArviZ computes them, at
    ``1 - FAMILY / number of quantities`` (Bonferroni).
    """
    probability = 1 - FAMILY / len(ranks)
    first = next(iter(ranks.values()))
    rng = np.random.default_rng(seed)
    points, _, low, high = ecdf_pit(first, probability, n_simulations=max(1000, int(20 / (1 - probability))), rng=rng)
    ecdf = {
        name: np.searchsorted(np.sort(values), points, side="right") / len(values) for name, values in ranks.items()
    }
    return Bands(points, ecdf, low, high)
