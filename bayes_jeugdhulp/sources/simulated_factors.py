"""Factors of the simulated Netherlands and the indicators that measure them, in some gemeenten."""

import numpy as np
import pandas as pd
import xarray as xr

from bayes_jeugdhulp.sources.simulated_kenmerken import Floats, group_index, standardised

FACTORS = ("veiligheid_sociale_cohesie", "voorzieningen")
# What a factor goes with, as weights of standardised kenmerken; they explain half of it.
FACTOR_KENMERKEN = {
    "veiligheid_sociale_cohesie": {"perc_hhverd": 0.4, "perc_nwmig": 0.3, "huur_corp": 0.3, "perc_1ouder": 0.2},
    "voorzieningen": {"afstandhuisarts": -0.5, "perc_1gez": -0.4, "perc_nwmig": 0.2},
}
# indicator: (factor, loading, anchor). Anchors stand for national registers, the others for gemeentelijke surveys.
INDICATORS: dict[str, tuple[str, float, bool]] = {
    "diefstallen": ("veiligheid_sociale_cohesie", 0.70, True),
    "geweld": ("veiligheid_sociale_cohesie", 0.75, True),
    "overlast_straat": ("veiligheid_sociale_cohesie", 0.85, False),
    "overlast_jongeren": ("veiligheid_sociale_cohesie", 0.75, False),
    "overlast_bewoners": ("veiligheid_sociale_cohesie", 0.90, False),
    "overlast_horeca": ("veiligheid_sociale_cohesie", 0.50, False),
    "verloedering": ("veiligheid_sociale_cohesie", 0.70, False),
    "eenzaamheid": ("veiligheid_sociale_cohesie", 0.80, False),
    "saamhorigheid": ("veiligheid_sociale_cohesie", -0.75, False),
    "thuis_voelen": ("veiligheid_sociale_cohesie", -0.90, False),
    "omgang_met_elkaar": ("veiligheid_sociale_cohesie", -0.90, False),
    "tevreden_bevolkingssamenstelling": ("veiligheid_sociale_cohesie", -0.85, False),
    "kinderopvang": ("voorzieningen", 0.80, True),
    "basisscholen": ("voorzieningen", 0.70, True),
    "huisartsenpraktijken": ("voorzieningen", 0.90, False),
    "speelplekken": ("voorzieningen", 0.60, False),
    "ontevreden_voorzieningen": ("voorzieningen", -0.50, False),
}
INDICATOR_GEMEENTE_SD = 0.3


def about_indicators() -> pd.DataFrame:
    """What each indicator measures, as a user writes it down: ``indicator, factor, sign, anchor, scale``."""
    rows = [
        (name, factor, 1 if loading > 0 else -1, "ja" if anchor else "nee", "score")
        for name, (factor, loading, anchor) in INDICATORS.items()
    ]
    return pd.DataFrame(rows, columns=["indicator", "factor", "sign", "anchor", "scale"])


def with_factors(rng: np.random.Generator, truth: xr.Dataset) -> xr.Dataset:
    """Two factors: half of their variance goes with kenmerken, a fifth is the gemeente's, the rest the wijk's own."""
    x = standardised(truth["kenmerken"])
    gemeente = group_index(truth, "gemeente")
    columns = []
    for weights in FACTOR_KENMERKEN.values():
        signal = x.sel(kenmerk=list(weights)).to_numpy() @ np.array(list(weights.values()))
        own = np.sqrt(0.2) * rng.standard_normal(truth.sizes["gemeente"])[gemeente]
        own = own + np.sqrt(0.3) * rng.standard_normal(truth.sizes["wijk"])
        columns.append(_unit(np.sqrt(0.5) * _unit(signal) + own))
    return truth.assign(factors=(("wijk", "factor"), np.column_stack(columns)))


def _unit(values: Floats) -> Floats:
    return (values - values.mean()) / (values.std() or 1.0)


def with_indicators(rng: np.random.Generator, truth: xr.Dataset) -> tuple[xr.Dataset, pd.DataFrame]:
    """Indicators = gemeente's intercept + loading x factor + noise, and which gemeenten measure them."""
    names = list(INDICATORS)
    factor_of, loading, anchor = (np.array(column) for column in zip(*INDICATORS.values(), strict=True))
    gemeenten, index = truth.sizes["gemeente"], group_index(truth, "gemeente")
    intercept = INDICATOR_GEMEENTE_SD * rng.standard_normal((gemeenten, len(names))) * ~anchor
    noise = rng.standard_normal((truth.sizes["wijk"], len(names))) * np.sqrt(1 - loading**2)
    values = intercept[index] + truth["factors"].sel(factor=list(factor_of)).to_numpy() * loading + noise

    # of every 20 gemeenten: 7 lack half of the indicators that are no anchors, 1 lacks the anchors, 1 has none at all
    kind = rng.permutation(gemeenten) * 20 // gemeenten
    half = np.zeros_like(intercept, dtype=bool)
    half[:, ~anchor] = rng.permuted(np.tile(np.arange((~anchor).sum()) % 2 == 0, (gemeenten, 1)), axis=1)
    kind = kind[:, None]
    lacks = ((kind < 7) & half) | ((kind == 7) & anchor) | (kind == 8)
    truth = truth.assign_coords(indicator=names).assign(
        loading=("indicator", loading),
        anchor=("indicator", anchor),
        factor_of_indicator=("indicator", factor_of.astype(object)),
        indicator_intercept=(("gemeente", "indicator"), intercept),
        measured=(("gemeente", "indicator"), ~lacks),
    )
    index_name = pd.Index(truth["wijk"].to_numpy(), name="wijkcode")
    return truth, pd.DataFrame(np.where(lacks[index], np.nan, values), index=index_name, columns=names)
