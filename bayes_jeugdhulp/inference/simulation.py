"""Invented figures for the wijken of a fit, with the truth behind them; also from truths the model does not have."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.inference.expected import Draws, location, standard_effects
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.youths import UncertainCounts, draw_counts, draw_youths, nearest_pair

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
World = Literal["model", "youths", "heavy", "steep", "correlated", "urban", "misregistered"]

WORLDS: dict[World, str] = {
    "model": "the fitted model itself",
    "youths": "the same, the true numbers of youths lying about the approximations as these are said to",
    "heavy": "wijk effects Student-t with 3 degrees of freedom",
    "steep": "below 700 youths the scale of the wijk effect falls with a power 0.2 higher",
    "correlated": "gemeente effects correlate 0.5 with what the kenmerken of the gemeente lead one to expect",
    "urban": "gemeente effects correlate 0.5 with the log of the gemeente's youths",
    "misregistered": "in the gemeente with the most wijken 40% of the users of every second wijk go unregistered",
}
NO_WORLDS = (
    "the fit has a spatial effect; expected one without: no figures are invented from neighbours, nor has the oracle "
    "them; calibrate with simulation-based calibration alone (--kinds prior,posterior)"
)
TAILS, STEEPER, CORRELATION, LOST = 3.0, 0.2, 0.5, 0.4


def with_given_youths(design: Design) -> Design:
    """A design whose numbers of youths are taken as they stand."""
    return replace(design, counts=_as_they_stand(design, len(design.fitted)))


def without_gaps(design: Design) -> Design:
    """A design with one table: missing kenmerken and scores of factors at their means, youths as they stand.

    So the model is written, from which prior draws come (:func:`bayes_jeugdhulp.model.build.build_model`).
    """
    imputed, factors = design.imputed.mean(axis=0)[None], design.factors
    if factors:
        factors = replace(factors.turn(0), mean=factors.mean.mean(axis=0)[None])
    counts = _as_they_stand(design, 1)
    return replace(design, imputed=imputed, fitted=np.array([0]), counts=counts, factors=factors)


def _as_they_stand(design: Design, times: int) -> UncertainCounts:
    values = (design.youths, design.users_low, design.users_high)
    return UncertainCounts(*(np.tile(part, (times, 1)) for part in values))


def regios_alone(design: Design) -> Design:
    """A design without gemeente effects of its own: the wijken of a region (or of the country) as one gemeente.

    A mistake on purpose, for calibration to bring to light; not for factors, whose levels are those of gemeenten.
    """
    regios = design.regios or ("",)
    of_gemeente = design.regio_of_gemeente if design.regios else np.zeros(len(design.gemeenten), np.int64)
    return replace(
        design,
        gemeenten=regios,
        gemeente_of_wijk=of_gemeente[design.gemeente_of_wijk],
        regio_of_gemeente=np.arange(len(regios)),
    )


def draw_truth(design: Design, draws: Draws, world: World, rng: np.random.Generator) -> Draws:
    """Coefficients and scales of one posterior draw, with new regions, gemeenten and wijken: a posterior of one draw.

    Parameters
    ----------
    design : Design
        One of its imputations, chosen at random, is what the kenmerken truly are.
    draws : Draws
    world : str
        See :data:`WORLDS`.
    rng : numpy.random.Generator

    Raises
    ------
    JeugdhulpError
        If the fit has a spatial effect.
    """
    if design.graph:
        raise JeugdhulpError(NO_WORLDS)
    i = rng.integers(len(draws.alpha))
    regio = draws.sigma_regio[i] * rng.standard_normal((1, draws.regio.shape[1]))
    gemeente = rng.standard_normal((1, draws.gemeente.shape[1]))
    x = design.completed(int(rng.integers(len(design.imputed))))
    if world in ("correlated", "urban"):
        members, youths = (np.bincount(design.gemeente_of_wijk, part) for part in (None, design.youths))
        kenmerken = np.bincount(design.gemeente_of_wijk, x @ draws.beta[i]) / members
        level = kenmerken if world == "correlated" else np.log(youths)
        level = (level - level.mean()) / level.std()
        gemeente = CORRELATION * level + np.sqrt(1 - CORRELATION**2) * gemeente
    sigma = draws.sigma_wijk[[i]]
    if world == "steep":
        sigma = sigma * np.minimum(design.youths / 700, 1.0) ** -STEEPER
    truth = Draws(
        alpha=draws.alpha[[i]],
        beta=draws.beta[[i]],
        regio=regio,
        gemeente=draws.sigma_gemeente[i] * gemeente,
        eta=np.zeros_like(sigma),
        sigma_regio=draws.sigma_regio[[i]],
        sigma_gemeente=draws.sigma_gemeente[[i]],
        sigma_wijk=sigma,
        nu=np.array([TAILS]) if world == "heavy" else None if draws.nu is None else draws.nu[[i]],
        share=draws.share[:, [i]] if world != "heavy" else np.ones((1, 1, 1)),
        times=draws.times[:, [i]] if world != "heavy" else np.ones((1, 1, 1)),
        kenmerken_variance=draws.kenmerken_variance[[i]],
        imputation=np.zeros(1, np.int64),
    )
    effects = standard_effects(truth, len(design.youths), rng) * sigma
    return replace(truth, eta=location(design, truth, "within_gemeente", x) + effects)


def draw_users(design: Design, truth: Draws, world: World, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """True numbers of youths and of users as registered, each of shape (wijk,)."""
    youths = draw_youths(design.areas.wijken, rng) if world == "youths" else design.youths
    users = rng.binomial(youths, expit(truth.eta[0]))
    if world == "misregistered":
        largest = np.flatnonzero(design.gemeente_of_wijk == np.bincount(design.gemeente_of_wijk).argmax())[::2]
        users[largest] = rng.binomial(users[largest], 1 - LOST)
    return youths, users


def observe(design: Design, users: Counts) -> Design:
    """The design with these counts published as its source publishes; figures that were missing stay so."""
    policy, table = design.areas.policy, design.areas.wijken
    published = policy.publish(users)
    low, high = policy.bounds(published)
    youths = design.youths
    hidden = published == policy.SUPPRESSED
    missing = ~design.observed
    low, high = np.where(missing, 0, low), np.where(missing, youths, np.minimum(high, youths))
    state = np.select([missing, hidden], ["missing", "suppressed"], "published")
    pct = np.where(state == "published", 100 * published / youths, np.nan)
    wijken = table.assign(observed_state=state, observed_pct=pct, users_low=low, users_high=high)
    return with_given_youths(replace(design, areas=replace(design.areas, wijken=wijken)))


def observe_unsure(design: Design, youths: Counts, users: Counts, seed: int) -> Design:
    """The design with these users of these youths published, whose numbers of youths its reader does not know.

    Where the source prints percentages, the reader moves each approximation to the nearest number of youths that fits;
    the numbers of every fitted imputation are drawn anew.

    Parameters
    ----------
    design : Design
        Its numbers of youths are the approximations.
    youths, users : ndarray of int, shape (wijk,)
        The true ones.
    seed : int
        Of the drawn numbers.
    """
    policy, areas = design.areas.policy, design.areas
    seen = observe(replace(design, areas=replace(areas, wijken=areas.wijken.assign(youths=youths))), users)
    table, published = seen.areas.wijken, seen.published
    low, high = (table[name].to_numpy().copy() for name in ("users_low", "users_high"))
    read = np.maximum(design.youths, low)
    pct = table["observed_pct"].to_numpy() * (youths / read if policy.pct_decimals is None else 1)
    if policy.pct_decimals is not None:
        pct = pct.round(policy.pct_decimals)
        for w in np.flatnonzero(published):
            read[w], low[w] = nearest_pair(pct[w], int(read[w]), policy)
        high = np.where(published, low, high)
    high = np.where(table["observed_state"] == "missing", read, np.minimum(high, read))
    wijken = table.assign(youths=read, observed_pct=pct, users_low=low, users_high=high)
    counts = draw_counts(wijken, policy, len(design.fitted), seed)
    return replace(design, areas=replace(areas, wijken=wijken), counts=counts)
