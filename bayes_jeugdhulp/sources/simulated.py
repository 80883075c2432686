"""The simulated Netherlands: invented wijken that behave as the real ones do, with the truth kept beside them.

Marginal distributions, correlations and gaps imitate the SCP's file of 2017 through the settings that
``data/simulated_settings.py`` computed from it; names, codes, borders, effects and counts are invented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special, stats

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.sources.simulated_factors import FACTORS, with_factors, with_indicators
from bayes_jeugdhulp.sources.simulated_kenmerken import (
    Floats,
    Ints,
    draw_kenmerken,
    draw_scores,
    group_index,
    read_settings,
    regio_sizes,
    standardised,
)
from bayes_jeugdhulp.sources.simulated_names import place_names

if TYPE_CHECKING:
    import geopandas as gpd

WijkEffect = Literal["heavy", "normal"]

TITLE = "Gesimuleerd Nederland (geen echte cijfers)"
ATTRIBUTION = "Gesimuleerd door bayes_jeugdhulp: verzonnen wijken, geen echte cijfers"
SIGMA_WIJK: dict[WijkEffect, float] = {"heavy": 0.09, "normal": 0.15}  # about the same bulk


@dataclass(frozen=True, eq=False)  # no slots: borders are drawn when they are first asked for, and kept
class SimulatedNetherlands:
    """A simulated country; make one with :func:`simulated_netherlands`.

    Attributes
    ----------
    areas : Areas
        What a source would publish, ``simulated=True``.
    truth : Dataset
        What made it, dims ``wijk, gemeente, regio, kenmerk, factor, indicator``; every variable has a ``long_name``.
    indicators : DataFrame, index ``wijkcode``, one column an indicator
        In standard units; empty where a gemeente does not measure it.
    seed : int
    """

    areas: Areas
    truth: xr.Dataset
    indicators: pd.DataFrame
    seed: int

    @cached_property
    def borders(self) -> "gpd.GeoDataFrame":
        """Invented borders: ``wijkcode, island, geometry`` (EPSG:28992), see :func:`simulated_borders.draw_borders`."""
        from bayes_jeugdhulp.sources.simulated_borders import draw_borders

        return draw_borders(self.truth, self.seed)


def simulated_netherlands(
    seed: int = 2017,
    *,
    wijken: int = 2918,
    gemeenten: int = 388,
    regios: int = 42,
    wijk_effect: WijkEffect = "heavy",
    factor_effects: tuple[float, float] = (0.10, 0.05),
    sigma_regio: float = 0.14,
    sigma_gemeente: float = 0.11,
    sigma_wijk: float | None = None,
    kappa: float = 0.29,
    nu: float = 3.0,
    policy: CountsPolicy = CountsPolicy(suppressed_below=10),  # noqa: B008  frozen
    kenmerken_bounds: bool = False,
) -> SimulatedNetherlands:
    """Simulate a country of wijken, gemeenten and jeugdzorgregio's.

    Parameters
    ----------
    seed : int, default 2017
        The same seed gives the same country. Effects, counts, indicators and borders have random streams of their
        own: another ``wijk_effect`` leaves the wijken and their kenmerken as they are.
    wijken, gemeenten, regios : int
        Numbers of each; default those of 2017.
    wijk_effect : {"heavy", "normal"}
        Student-t with ``nu`` degrees of freedom, or normal.
    factor_effects : (float, float), default (0.10, 0.05)
        Coefficients of the two factors, each with mean 0 and sd 1 over wijken. A high
        ``veiligheid_sociale_cohesie`` means *little* safety and cohesion, as in the Haaglanden study; a high
        ``voorzieningen`` means many of them. Where (0, 0), the model without factors is the true one.
    sigma_regio, sigma_gemeente : float
        Sd of the region and gemeente effects (logit).
    sigma_wijk : float, optional
        Scale of the wijk effects at 700 youths (logit); default 0.09 (heavy) or 0.15 (normal).
    kappa : float, default 0.29
        Power with which that scale falls with size.
    nu : float, default 3
        Degrees of freedom of heavy wijk effects.
    policy : CountsPolicy, default suppressed below 10
        How the users are published.
    kenmerken_bounds : bool, default False
        Give the upper bound of each kenmerk that is missing because the count behind it is small. The SCP's file
        prints none; its reader works most of them out.

    Returns
    -------
    SimulatedNetherlands
        ``areas``, as a source would publish them; ``truth``, ``indicators`` and ``borders``.

    Raises
    ------
    ValueError
        If the numbers of areas do not fit each other or the codes, or a choice does not exist.

    Notes
    -----
    Wijk w of gemeente g in region r with n_w youths, kenmerken x_w (standardised with mean and sd, ddof 0, over all
    wijken of the complete table) and factors f_w::

        users_w ~ Binomial(n_w, p_w)
        logit p_w = alpha + x_w' beta + f_w' gamma + regio_effect_r + gemeente_effect_g + wijk_effect_w
        wijk_effect_w = sigma_wijk (n_w / 700)^-kappa t_w,   t_w ~ Student-t(nu) or N(0, 1)

    Kenmerken follow a Gaussian copula with a gemeente and a wijk part. A percentage is a count over its denominator
    and missing where that count is below 10.

    Examples
    --------
    >>> country = simulated_netherlands(1, wijken=60, gemeenten=8, regios=2)
    >>> len(country.areas), country.areas.simulated, country.truth["p"].dims
    (60, True, ('wijk',))
    """
    if wijk_effect not in SIGMA_WIJK:
        raise ValueError(f"wijk_effect is one of {', '.join(SIGMA_WIJK)}, not {wijk_effect!r}")
    if not 1 <= regios <= gemeenten <= wijken <= min(99 * gemeenten, 25_000) or regios > 57 or gemeenten > 3000:
        raise ValueError(
            f"{wijken} wijken in {gemeenten} gemeenten in {regios} regios is not possible: each level needs at least"
            " as many areas as the one above, at most 99 wijken a gemeente, 25,000 wijken, 3,000 gemeenten, 57 regios"
        )
    setting = read_settings()
    rng = {
        part: np.random.default_rng([seed, i])
        for i, part in enumerate(("places", "gaps", "factors", "effects", "users", "indicators"))
    }
    scores, gemeente = draw_scores(rng["places"], setting, wijken, gemeenten)
    regio = np.repeat(np.arange(regios), regio_sizes(setting, gemeenten, regios))
    complete, youths, published, upper = draw_kenmerken(rng["gaps"], setting, scores)
    truth = _named(rng["places"], gemeente, regio).assign(
        youths=("wijk", youths),
        kenmerken=(("wijk", "kenmerk"), complete.to_numpy()),
        kenmerk=list(complete),
        factor=list(FACTORS),
        alpha=setting["chosen"]["alpha"],
        beta=("kenmerk", [setting["chosen"]["beta"][k] for k in complete]),
        gamma=("factor", np.asarray(factor_effects, float)),
        sigma_regio=sigma_regio,
        sigma_gemeente=sigma_gemeente,
        sigma_wijk=SIGMA_WIJK[wijk_effect] if sigma_wijk is None else sigma_wijk,
        kappa=kappa,
        nu=np.inf if wijk_effect == "normal" else nu,
    )
    truth = with_factors(rng["factors"], truth)
    truth = _with_use(rng["effects"], rng["users"], truth)
    truth, indicators = with_indicators(rng["indicators"], truth)
    truth.attrs = {"title": TITLE, "simulated": 1, "seed": seed, "wijk_effect": wijk_effect}
    for name, long_name in LONG_NAMES.items():
        truth[name].attrs["long_name"] = long_name
    areas = _areas(truth, published, upper if kenmerken_bounds else None, policy)
    return SimulatedNetherlands(areas, truth, indicators, seed)


def _named(rng: np.random.Generator, gemeente: Ints, regio: Ints) -> xr.Dataset:
    """Invented codes and names; codes that no real area has (GM9001, WK900100, JZ51 and on)."""
    number = np.arange(len(regio)) + min(9001, 10000 - len(regio))
    within = np.arange(len(gemeente)) - np.searchsorted(gemeente, gemeente)
    regios = regio[-1] + 1
    gemeentecode = np.array([f"GM{n:04d}" for n in number], dtype=object)
    regiocode = np.array([f"JZ{n + min(51, 100 - regios):02d}" for n in range(regios)], dtype=object)
    gemeentenaam, wijknaam = place_names(rng, len(regio), len(gemeente))
    return xr.Dataset(
        coords={
            "wijk": [f"WK{number[g]:04d}{k:02d}" for g, k in zip(gemeente, within, strict=True)],
            "gemeente": gemeentecode,
            "regio": regiocode,
            "wijknaam": ("wijk", np.array(wijknaam, dtype=object)),
            "gemeentenaam": ("gemeente", np.array(gemeentenaam, dtype=object)),
            "regionaam": ("regio", np.array([f"Simulatieregio {n + 1:02d}" for n in range(regios)], dtype=object)),
            "gemeente_of_wijk": ("wijk", gemeentecode[gemeente]),
            "regio_of_gemeente": ("gemeente", regiocode[regio]),
        }
    )


def _with_use(effects: np.random.Generator, counts: np.random.Generator, truth: xr.Dataset) -> xr.Dataset:
    """Group and wijk effects, p, the two expectations and the users."""
    youths, nu = truth["youths"].to_numpy(), float(truth["nu"])
    regio, gemeente = group_index(truth, "regio"), group_index(truth, "gemeente")
    s_r, s_u = float(truth["sigma_regio"]), float(truth["sigma_gemeente"])
    regio_effect = s_r * effects.standard_normal(truth.sizes["regio"])
    gemeente_effect = s_u * effects.standard_normal(truth.sizes["gemeente"])
    scale = float(truth["sigma_wijk"]) * (youths / 700) ** -float(truth["kappa"])
    shape = len(youths)
    wijk_effect = scale * (effects.standard_normal(shape) if np.isinf(nu) else effects.standard_t(nu, shape))
    fixed = truth["alpha"] + standardised(truth["kenmerken"]) @ truth["beta"] + truth["factors"] @ truth["gamma"]
    national = fixed.to_numpy()
    mean = national + regio_effect[regio] + gemeente_effect[gemeente]
    p = special.expit(mean + wijk_effect)

    density = stats.norm.pdf if np.isinf(nu) else stats.t(nu).pdf
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    groups = np.hypot(s_r, s_u) * nodes
    expected_national = (
        sum(w * average_over_effect(national + group, scale, density) for group, w in zip(groups, weights, strict=True))
        / weights.sum()
    )
    return truth.assign(
        regio_effect=("regio", regio_effect),
        gemeente_effect=("gemeente", gemeente_effect),
        wijk_effect=("wijk", wijk_effect),
        p=("wijk", p),
        expected_within_gemeente=("wijk", average_over_effect(mean, scale, density)),
        expected_national=("wijk", expected_national),
        # by the inverse of the distribution: what happens in one wijk leaves the draws of the others as they are
        users=("wijk", stats.binom.ppf(counts.random(len(youths)), youths, p).astype(np.int64)),
    )


def average_over_effect(mean: Floats, scale: Floats, density: Callable[[Floats], Floats]) -> Floats:
    """Average of expit(mean + scale t) over t with this density, by the double-exponential rule.

    Takahasi & Mori (1974): with t = sinh(pi/2 sinh(x)) the trapezoid rule converges exponentially, also for heavy
    tails.

    Examples
    --------
    >>> average_over_effect(np.array([0.0]), np.array([2.0]), stats.t(3).pdf).round(12)
    array([0.5])
    """
    x, step = np.linspace(-3.0, 3.0, 121, retstep=True)
    t = np.sinh(np.pi / 2 * np.sinh(x))
    weights = density(t) * np.pi / 2 * np.cosh(x) * np.cosh(np.pi / 2 * np.sinh(x)) * step
    return special.expit(mean[:, None] + scale[:, None] * t) @ (weights / weights.sum())


def _areas(truth: xr.Dataset, published: pd.DataFrame, upper: pd.DataFrame | None, policy: CountsPolicy) -> Areas:
    gemeente = group_index(truth, "gemeente")
    shown = policy.publish(truth["users"].to_numpy())
    hidden = shown == policy.SUPPRESSED
    frame = pd.DataFrame(
        {
            "wijkcode": truth["wijk"].to_numpy(),
            "wijknaam": truth["wijknaam"].to_numpy(),
            "gemeentecode": truth["gemeente"].to_numpy()[gemeente],
            "gemeentenaam": truth["gemeentenaam"].to_numpy()[gemeente],
            "jeugdzorgregio": truth["regio"].to_numpy()[group_index(truth, "regio")],
            "youths": truth["youths"].to_numpy(),
            "users": np.where(hidden, np.nan, shown),
            "observed_state": np.where(hidden, "suppressed", "published"),
        }
    )
    return build_areas(
        frame,
        published,
        policy=policy,
        title=TITLE,
        kenmerken_upper=upper,
        attribution=ATTRIBUTION,
        year=2017,
        simulated=True,
    )


LONG_NAMES = {
    "alpha": "intercept (logit)",
    "beta": "coefficients of the standardised kenmerken",
    "gamma": "coefficients of the factors",
    "sigma_regio": "sd of the region effects",
    "sigma_gemeente": "sd of the gemeente effects",
    "sigma_wijk": "scale of the wijk effects at 700 youths",
    "kappa": "power with which that scale falls with size",
    "nu": "degrees of freedom of the wijk effects (inf: normal)",
    "regio_effect": "effect of each region (logit)",
    "gemeente_effect": "effect of each gemeente (logit)",
    "wijk_effect": "effect of each wijk (logit)",
    "youths": "number of youths",
    "kenmerken": "kenmerken without gaps, in their own units",
    "factors": "factors, mean 0 and sd 1 over wijken; high safety factor = little safety and cohesion",
    "p": "probability of use, wijk effect included",
    "expected_within_gemeente": "p averaged over the wijk effect; kenmerken, factors, region and gemeente given",
    "expected_national": "p averaged over new region, gemeente and wijk effects; kenmerken and factors given",
    "users": "true number of users",
    "loading": "loading of each indicator on its factor",
    "anchor": "whether intercept and loading are the same everywhere",
    "factor_of_indicator": "factor that an indicator measures",
    "indicator_intercept": "intercept of each indicator per gemeente",
    "measured": "whether a gemeente measures an indicator",
}
