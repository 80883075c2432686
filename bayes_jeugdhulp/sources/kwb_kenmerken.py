"""Open counterparts of the SCP's kenmerken, from Kerncijfers wijken en buurten, as far as the file of a year goes."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

Figures = pd.DataFrame


@dataclass(frozen=True, slots=True)
class Kenmerk:
    """A kenmerk that is computed from Kerncijfers wijken en buurten.

    Attributes
    ----------
    name : str
    meaning : str
        With its unit and what it is a share of.
    scp : str
        Kenmerk of the SCP that it stands for; "" where it stands for none.
    likeness : str
        The same; near (another group of people or another unit); far (goes with it); or "" where it stands for none.
    needs : tuple of str
        Figures that it is computed from.
    compute : callable
        From the figures, an area a row.
    """

    name: str
    meaning: str
    scp: str
    likeness: str
    needs: tuple[str, ...]
    compute: Callable[[Figures], pd.Series]


def _share(part: str, whole: str) -> Callable[[Figures], pd.Series]:
    """100 part / whole. Both are rounded, so that a part may come out above its whole."""
    return lambda f: (100 * f[part] / f[whole].where(f[whole] > 0)).clip(upper=100)


def _of_working_age(part: str) -> Callable[[Figures], pd.Series]:
    def compute(f: Figures) -> pd.Series:
        people = f["a_15_24"] + f["a_25_44"] + f["a_45_64"]
        return (100 * f[part] / people.where(people > 0)).clip(upper=100)

    return compute


def _pressure(young: bool) -> Callable[[Figures], pd.Series]:
    """Per 100 people from 20 to 64; half of those from 15 to 24 are taken to be 20 or older."""

    def compute(f: Figures) -> pd.Series:
        twenties = f["a_15_24"] / 2
        middle = twenties + f["a_25_44"] + f["a_45_64"]
        return 100 * (f["a_00_14"] + twenties if young else f["a_65_oo"]) / middle.where(middle > 0)

    return compute


def _as_it_is(name: str) -> Callable[[Figures], pd.Series]:
    return lambda f: f[name]


def _laagopgeleid(f: Figures) -> pd.Series:
    people = f["a_opl_lg"] + f["a_opl_md"] + f["a_opl_hg"]
    return 100 * f["a_opl_lg"] / people.where(people > 0)


def _antsur(f: Figures) -> pd.Series:
    return (100 * (f["a_antaru"] + f["a_suri"]) / f["a_inw"].where(f["a_inw"] > 0)).clip(upper=100)


_WORKING = ("a_15_24", "a_25_44", "a_45_64")
_PRESSURE = ("a_00_14", *_WORKING)
KENMERKEN = (
    Kenmerk(
        "hh_met_kinderen",
        "households with children, % of households",
        "perc_hhmk",
        "the same",
        ("a_hh_m_k", "a_hh"),
        _share("a_hh_m_k", "a_hh"),
    ),
    Kenmerk(
        "hh_hoog_inkomen",
        "households with an income in the highest 20%, % of all households",
        "perc_hhmkhgink",
        "near",
        ("p_hh_hi",),
        _as_it_is("p_hh_hi"),
    ),
    Kenmerk(
        "gescheiden",
        "divorced, % of inhabitants",
        "perc_kind_sch5",
        "far",
        ("a_gesch", "a_inw"),
        _share("a_gesch", "a_inw"),
    ),
    Kenmerk(
        "bijstand",
        "people with bijstand, % of those aged 15 to 64",
        "perc_hhbijs",
        "near",
        ("a_soz_wb", *_WORKING),
        _of_working_age("a_soz_wb"),
    ),
    Kenmerk(
        "sociaal_minimum",
        "households on or about the social minimum, % of households",
        "perc_hhwan",
        "far",
        ("p_hh_osm",),
        _as_it_is("p_hh_osm"),
    ),
    Kenmerk(
        "groenedruk", "0 to 19 per 100 aged 20 to 64 (estimated)", "groenedruk", "the same", _PRESSURE, _pressure(True)
    ),
    Kenmerk(
        "grijzedruk",
        "65 and older per 100 aged 20 to 64 (estimated)",
        "grijzedruk",
        "the same",
        ("a_65_oo", *_WORKING),
        _pressure(False),
    ),
    Kenmerk(
        "arbeidsongeschikt",
        "people with an AO benefit, % of those aged 15 to 64",
        "perc_ao",
        "near",
        ("a_soz_ao", *_WORKING),
        _of_working_age("a_soz_ao"),
    ),
    Kenmerk(
        "laagopgeleid",
        "basisonderwijs, vmbo or mbo1, % of those whose level is known",
        "perc_laagopl",
        "the same",
        ("a_opl_lg", "a_opl_md", "a_opl_hg"),
        _laagopgeleid,
    ),
    Kenmerk(
        "gest_inkomen",
        "standardised household income, x 1,000 euro",
        "gem_gestink",
        "the same",
        ("g_hh_sti",),
        _as_it_is("g_hh_sti"),
    ),
    Kenmerk(
        "niet_westers",
        "niet-westerse migratieachtergrond, % of inhabitants (to 2022)",
        "perc_nwmig",
        "the same",
        ("a_nw_all", "a_inw"),
        _share("a_nw_all", "a_inw"),
    ),
    Kenmerk(
        "antilliaans_surinaams",
        "Antilliaanse or Surinaamse migratieachtergrond, % of inhabitants (to 2022)",
        "perc_antsur",
        "the same",
        ("a_antaru", "a_suri", "a_inw"),
        _antsur,
    ),
    Kenmerk(
        "herkomst_buiten_europa",
        "herkomst buiten Europa, % of inhabitants (from 2023; another definition than niet-westers)",
        "perc_nwmig",
        "near",
        ("a_neu_al", "a_inw"),
        _share("a_neu_al", "a_inw"),
    ),
    Kenmerk(
        "eengezins", "one-family houses, % of dwellings", "perc_1gez", "the same", ("p_1gezw",), _as_it_is("p_1gezw")
    ),
    Kenmerk(
        "corporatiehuur",
        "let by corporaties, % of dwellings",
        "huur_corp",
        "the same",
        ("p_wcorpw",),
        _as_it_is("p_wcorpw"),
    ),
    Kenmerk(
        "woningwaarde", "mean WOZ value, x 1,000 euro", "woonwaarde", "the same", ("g_wozbag",), _as_it_is("g_wozbag")
    ),
    Kenmerk(
        "afstand_huisarts",
        "distance to a huisartsenpraktijk, km",
        "afstandhuisarts",
        "the same",
        ("g_afs_hp",),
        _as_it_is("g_afs_hp"),
    ),
    Kenmerk(
        "kleine_wijk",
        "1 where there are fewer than 1,000 inhabitants, else 0",
        "kleinewijk",
        "the same",
        ("a_inw",),
        lambda f: (f["a_inw"] < 1000).astype(float).where(f["a_inw"].notna()),
    ),
    Kenmerk("koopwoningen", "owner-occupied, % of dwellings", "", "", ("p_koopw",), _as_it_is("p_koopw")),
    Kenmerk("adressendichtheid", "addresses per km² nearby", "", "", ("ste_oad",), _as_it_is("ste_oad")),
)
# kenmerken of the SCP without a counterpart in Kerncijfers wijken en buurten, and where there is something like it
WITHOUT = {
    "perc_sbo_g": "speciaal basisonderwijs, per gemeente: Jeugdmonitor",
    "perc_vso_g": "voortgezet speciaal onderwijs, per gemeente: Jeugdmonitor",
    "perc_praktijk_g": "praktijkonderwijs, per gemeente: Jeugdmonitor",
    "perc_jong04": "youngest child 0 to 4: microdata only",
    "perc_1ouder": "eenouderhuishoudens: not in Kerncijfers wijken en buurten",
    "perc_tienmam": "teenage mothers, per gemeente: Jeugdmonitor",
    "perc_ouderpsy": "psychiatric medicines: microdata only",
    "perc_hhverd": "households with a suspect: microdata only; crimes registered by the police are no suspects",
    "polchrplus": "votes for Christian parties, per gemeente: Kiesraad",
    "samenw": "cooperation of gemeenten: an inventory of its time",
}


def kenmerken_of(figures: Figures) -> pd.DataFrame:
    """Compute the kenmerken that a year's figures allow.

    Parameters
    ----------
    figures : DataFrame
        As in :class:`~bayes_jeugdhulp.sources.kwb.Kwb`.

    Returns
    -------
    DataFrame like ``figures``, one column a kenmerk
        Those of which every figure is there. Empty where a figure is, and where there is nobody to be a share of.

    Examples
    --------
    >>> figures = pd.DataFrame({"a_hh_m_k": [30.0, 5], "a_hh": [120.0, 0], "g_wozbag": [231.0, None]})
    >>> kenmerken_of(figures).to_dict("list")
    {'hh_met_kinderen': [25.0, nan], 'woningwaarde': [231.0, nan]}
    """
    return pd.DataFrame({k.name: k.compute(figures) for k in KENMERKEN if set(k.needs) <= set(figures)}, figures.index)
