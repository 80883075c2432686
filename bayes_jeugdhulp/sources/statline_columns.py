"""StatLine's columns by what they are called: title, unit and parent to stable names, never the number in their key."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem

REMEDY = "the source changed: look for a newer version of this package, or leave the series out (--without)"

# Name in the KWB files of CBS: title in StatLine, behind a slash what it was called in other years; unit; parent where
# the title stands in a table more than once. Titles of 2024 are those of table 85984NED; older ones come from keys in
# public scripts. A title is cut at 40 characters.
_KWB = """
a_inw | Aantal inwoners | aantal
a_man | Mannen | aantal
a_vrouw | Vrouwen | aantal
a_00_14 | 0 tot 15 jaar | aantal
a_15_24 | 15 tot 25 jaar | aantal
a_25_44 | 25 tot 45 jaar | aantal
a_45_64 | 45 tot 65 jaar | aantal
a_65_oo | 65 jaar of ouder | aantal
a_ongeh | Ongehuwd | aantal
a_gehuwd | Gehuwd | aantal
a_gesch | Gescheiden | aantal
a_verwed | Verweduwd | aantal
a_nl_all | Nederland | aantal | Herkomstland
a_eur_al | Europa (exclusief Nederland) | aantal | Herkomstland
a_neu_al | Buiten Europa | aantal | Herkomstland
a_w_all | Westers totaal | aantal
a_nw_all | Niet-westers totaal | aantal
a_marok | Marokko | aantal
a_antaru | Nederlandse Antillen en Aruba | aantal
a_suri | Suriname | aantal
a_tur | Turkije | aantal
a_ov_nw | Overig niet-westers | aantal
a_geb | Geboorte totaal | aantal
p_geb | Geboorte relatief | per 1 000 inwoners
a_ste | Sterfte totaal | aantal
p_ste | Sterfte relatief | per 1 000 inwoners
a_hh | Huishoudens totaal | aantal
a_1p_hh | Eenpersoonshuishoudens | aantal
a_hh_z_k | Huishoudens zonder kinderen | aantal
a_hh_m_k | Huishoudens met kinderen | aantal
g_hhgro | Gemiddelde huishoudensgrootte | aantal
bev_dich | Bevolkingsdichtheid | aantal inwoners per km²
a_woning | Woningvoorraad | aantal
g_wozbag | Gemiddelde WOZ-waarde van woningen / Gemiddelde woningwaarde | x 1 000 euro
p_1gezw | Percentage eengezinswoning | %
p_mgezw | Percentage meergezinswoning | %
p_bewndw | Percentage bewoond | %
p_leegsw | Onbewoonde woningen / Percentage onbewoond | %
p_koopw | Koopwoningen | %
p_huurw | Huurwoningen totaal | %
p_wcorpw | In bezit woningcorporatie | %
p_ov_hw | In bezit overige verhuurders | %
p_e_o_w | Eigendom onbekend | %
g_ele | Gemiddelde elektriciteitslevering totaal / Gemiddeld elektriciteitsverbruik totaal | kWh
g_ele_ap | Appartement | kWh
g_ele_tw | Tussenwoning | kWh
g_ele_hw | Hoekwoning | kWh
g_ele_2w | Twee-onder-één-kap-woning | kWh
g_ele_vw | Vrijstaande woning | kWh
g_ele_hu | Huurwoning | kWh
g_ele_ko | Eigen woning | kWh
g_gas | Gemiddeld aardgasverbruik totaal | m³
g_gas_ap | Appartement | m³
g_gas_tw | Tussenwoning | m³
g_gas_hw | Hoekwoning | m³
g_gas_2w | Twee-onder-één-kap-woning | m³
g_gas_vw | Vrijstaande woning | m³
g_gas_hu | Huurwoning | m³
g_gas_ko | Eigen woning | m³
p_stadsv | Percentage woningen met stadsverwarming | %
a_opl_lg | Opleidingsniveau laag | aantal
a_opl_md | Opleidingsniveau middelbaar | aantal
a_opl_hg | Opleidingsniveau hoog | aantal
a_opl_bvm | Basisonderwijs, vmbo, mbo1 | aantal
a_opl_hvm | Havo, vwo, mbo2-4 | aantal
a_opl_hw | Hbo, wo | aantal
p_arb_pp | Nettoarbeidsparticipatie | %
p_arb_wn | Percentage werknemers | %
p_arb_zs | Percentage zelfstandigen | %
a_inkont | Aantal inkomensontvangers | aantal
g_ink_po | Gemiddeld inkomen per inkomensontvanger | x 1 000 euro
g_ink_pi | Gemiddeld inkomen per inwoner | x 1 000 euro
p_ink_li | 40% personen met laagste inkomen | %
p_ink_hi | 20% personen met hoogste inkomen | %
g_hh_sti | Gem. gestandaardiseerd inkomen van huish | x 1 000 euro
p_hh_li | 40% huishoudens met laagste inkomen | %
p_hh_hi | 20% huishoudens met hoogste inkomen | %
p_hh_lkk | Huishoudens met een laag inkomen | %
p_hh_osm | Huish. onder of rond sociaal minimum | %
p_hh_110 | Huishoudens tot 110% van sociaal minimum | %
p_hh_120 | Huishoudens tot 120% van sociaal minimum | %
m_hh_ver | Mediaan vermogen van particuliere huish. | x 1 000 euro
a_soz_wb | Personen per soort uitkering; Bijstand | aantal
a_soz_ao | Personen per soort uitkering; AO | aantal
a_soz_ww | Personen per soort uitkering; WW | aantal
a_soz_ow | Personen per soort uitkering; AOW | aantal
a_jz_tn | Jongeren met jeugdzorg in natura | aantal
p_jz_tn | Percentage jongeren met jeugdzorg | %
a_wmo_t | Wmo-cliënten | aantal
p_wmo_t | Wmo-cliënten relatief | per 1 000 inwoners
a_bedv | Bedrijfsvestigingen totaal | aantal
a_bed_a | A Landbouw, bosbouw en visserij | aantal
a_bed_bf | B-F Nijverheid en energie | aantal
a_bed_gi | G+I Handel en horeca | aantal
a_bed_hj | H+J Vervoer, informatie en communicatie | aantal
a_bed_kl | K-L Financiële diensten, onroerend goed | aantal
a_bed_mn | M-N Zakelijke dienstverlening | aantal
a_bed_oq | O-Q Overheid, onderwijs en zorg | aantal
a_bed_ru | R-U Cultuur, recreatie, overige diensten | aantal
a_pau | Personenauto's totaal | aantal
a_bst_b | Personenauto's; brandstof benzine | aantal
a_bst_nb | Personenauto's; overige brandstof | aantal
g_pau_hh | Personenauto's per huishouden | per huishouden
g_pau_km | Personenauto's naar oppervlakte | per km²
a_m2w | Motorfietsen / Motortweewielers | aantal
g_afs_hp | Afstand tot huisartsenpraktijk | km
g_afs_gs | Afstand tot grote supermarkt | km
g_afs_kv | Afstand tot kinderdagverblijf | km
g_afs_sc | Afstand tot school | km
g_3km_sc | Scholen binnen 3 km | aantal
a_opp_ha | Oppervlakte totaal | ha
a_lan_ha | Oppervlakte land | ha
a_wat_ha | Oppervlakte water | ha
pst_mvp | Meest voorkomende postcode | code
pst_dekp | Dekkingspercentage | code
ste_mvs | Mate van stedelijkheid | code
ste_oad | Omgevingsadressendichtheid | per km²
"""
_REPEATED = frozenset({"soort regio", "codering"})  # follow from the region's code
# What a series is fetched for: how its title begins, and its name; its unit is aantal.
_MAIN = {
    "jeugdzorg": (re.compile(r"(?:totaal )?jongeren met jeugd(?:zorg|hulp).*"), "users"),
    "politie": (re.compile(r"geregistreerde misdrijven.*"), "misdrijven"),
}
_WANTED: Mapping[str, Mapping[str, str]] = {
    "kwb": {"a_inw": "Aantal inwoners", "a_00_14": "0 tot 15 jaar", "a_15_24": "15 tot 25 jaar"},
    "jeugdzorg": {"users": "Totaal jongeren met jeugdzorg in natura"},
    "politie": {"misdrijven": "Geregistreerde misdrijven"},
}


def plain(text: Any) -> str:
    """Text without what differs between tables that mean the same: spaces and capitals."""
    return " ".join(str(text or "").split()).casefold()


def _unit(text: Any) -> str:
    """A unit without its spaces; ``x 1 000 euro`` has also been ``1 000 euro``."""
    return plain(text).replace(" ", "").removeprefix("x").removeprefix("aantalinwoners")


def slug(text: str) -> str:
    """A title as a name: small letters and digits, with underscores."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "_", ascii_only).strip("_")


def _vocabulary() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Names with the parent that each asks for ("" for any), by plain title and unit."""
    known: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for line in _KWB.strip().splitlines():
        name, titles, unit, *parent = (part.strip() for part in line.split(" | "))
        for title in titles.split(" / "):
            known[plain(title), _unit(unit)].append((name, plain("".join(parent))))
    return known


_KNOWN = _vocabulary()


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """A table as StatLine gave it.

    Attributes
    ----------
    id : str
    rows : DataFrame of str
        Cells without the spaces around them; null where the source has null.
    properties : list of dict
        DataProperties.
    dimensions : mapping of str to list of dict
        Categories of each dimension, by its key.
    """

    id: str
    rows: pd.DataFrame
    properties: Sequence[Mapping[str, Any]]
    dimensions: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def file(self) -> str:
        """How messages name it."""
        return f"StatLine table {self.id}"

    def dimension(self, *types: str) -> str | None:
        """Key of the first dimension of these types."""
        return next((str(p["Key"]) for p in self.properties if p.get("Type") in types), None)

    @property
    def region(self) -> str:
        """Key of the dimension of regions.

        Raises
        ------
        DataError
            If there is none.
        """
        if (key := self.dimension("GeoDimension", "GeoDetail")) is None:
            raise DataError([Problem(self.file, "it has no dimension of regions", "one", REMEDY)])
        return key

    def titles(self, dimension: str) -> dict[str, str]:
        """Title of each category, by its code."""
        return {str(c["Key"]).strip(): str(c["Title"]).strip() for c in self.dimensions.get(dimension, ())}


def topics(properties: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Columns of figures among the DataProperties, in their order, each with the titles of the groups ``Above`` it."""
    properties = list(properties)
    groups = {p["ID"]: p for p in properties}

    def above(prop: Mapping[str, Any]) -> list[str]:
        group = groups.get(prop.get("ParentID"))
        return [] if group is None else [str(group.get("Title", "")), *above(group)]

    return [{**p, "Above": above(p)} for p in properties if p.get("Key") and str(p.get("Type", "")).endswith("Topic")]


def column_names(series: str, table: RawTable) -> dict[str, str]:
    """Stable names of a table's columns.

    Parameters
    ----------
    series : str
    table : RawTable
        Its rows are not looked at.

    Returns
    -------
    dict of str to str
        Key of each column that is known, to its name. Left out are columns that only repeat the region, those that
        cannot be told from another, and in ``kwb`` those whose title, unit and parent have no name in the KWB files.

    Raises
    ------
    DataError
        If a column that a model needs is not there, or cannot be told from another.

    Examples
    --------
    >>> properties = [
    ...     {"ID": 0, "Type": "GeoDetail", "Key": "WijkenEnBuurten"},
    ...     {"ID": 1, "Type": "TopicGroup", "Key": "", "Title": "Wonen"},
    ...     {"ID": 2, "ParentID": 1, "Type": "Topic", "Key": "Koopwoningen_47", "Title": "Koopwoningen ", "Unit": "%"},
    ... ]
    >>> column_names("nabijheid", RawTable("00000NED", pd.DataFrame(), properties, {}))
    {'Koopwoningen_47': 'p_koopw'}
    """
    columns = [topic for topic in topics(table.properties) if plain(topic["Title"]) not in _REPEATED]
    known = {str(topic["Key"]): _known(series, topic) for topic in columns}
    found = _unique(known)
    if series != "kwb":  # every other measure is named after its title, with the groups above it as far as they tell
        titles = {str(topic["Key"]): [slug(title) for title in (topic["Title"], *topic["Above"])] for topic in columns}
        for groups in range(max(map(len, titles.values()), default=0)):
            named = {key: "_".join(reversed(title[: groups + 1])) for key, title in titles.items() if key not in found}
            found |= {key: name for key, name in _unique(named).items() if name not in found.values()}
    problems = []
    for name, title in _WANTED.get(series, {}).items():
        if name not in found.values():
            fits = ", ".join(key for key, other in known.items() if other == name)
            have = ", ".join(repr(str(topic["Title"]).strip()) for topic in columns[:8])
            what = f"column with the title {title!r} and the unit 'aantal'"
            said = f"more than one {what}: {fits}" if fits else f"no {what}, only {have}, ..."
            problems.append(Problem(table.file, f"it has {said}", "that column, once", REMEDY))
    if problems:
        raise DataError(problems)
    return {key: found[key] for key in known if key in found}


def _known(series: str, topic: Mapping[str, Any]) -> str:
    """Name of a column that has one of its own; "" of others."""
    title, unit = plain(topic["Title"]), _unit(topic.get("Unit"))
    if title.startswith("indelingswijziging"):
        return "ind_wbi"
    if title == "gemeentenaam":
        return "gm_naam"
    if series in _MAIN:
        pattern, name = _MAIN[series]
        return name if pattern.fullmatch(title) and unit == "aantal" else ""
    parents = ("", plain((topic["Above"] or [""])[0]))
    return next((name for name, asked in _KNOWN.get((title, unit), ()) if asked in parents), "")


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    """Those names that stand once."""
    count = Counter(names.values())
    return {key: name for key, name in names.items() if name and count[name] == 1}
