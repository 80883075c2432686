"""Columns of Kerncijfers wijken en buurten (CBS): name, meaning and unit, and what each was called in which year."""

from collections.abc import Mapping
from dataclasses import dataclass

FIRST_YEAR = 2013  # files before it have another layout
Names = tuple[tuple[str, int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of Kerncijfers wijken en buurten.

    Attributes
    ----------
    name : str
        What it is called here, and in the files of most years.
    unit : str
        As CBS gives it: aantal, %, x 1 000 euro, km, ...
    titles : tuple of str
        Its titles in StatLine, the newest first; with the title above it where one title stands twice.
    names : tuple of (str, int, int or None)
        Names in the files with the first and last year of each; None where it is still in use.
    share_of : str, optional
        Files of 2013 to 2016 have it as a percentage of this column, ``p_`` for ``a_``, in whole percents.
    """

    name: str
    unit: str
    titles: tuple[str, ...]
    names: Names
    share_of: str | None = None

    def name_in(self, year: int) -> str | None:
        """Name in the file of a year; None where that file has no such figure.

        Examples
        --------
        >>> [COLUMNS["g_wozbag"].name_in(year) for year in (2019, 2020)], COLUMNS["a_nw_all"].name_in(2023)
        (['g_woz', 'g_wozbag'], None)
        """
        return next((name for name, first, last in self.names if first <= year <= (last or year)), None)


def _column(
    name: str,
    unit: str,
    *titles: str,
    until: int | None = None,
    since: int = FIRST_YEAR,
    names: Names | None = None,
    share_of: str | None = None,
) -> Column:
    return Column(name, unit, titles, names or ((name, since, until),), share_of)


# Figures whose definition changed are two columns, never one renamed: migratieachtergrond to 2022, herkomst from 2023.
COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        _column("a_inw", "aantal", "Aantal inwoners"),
        _column("a_man", "aantal", "Mannen"),
        _column("a_vrouw", "aantal", "Vrouwen"),
        _column("a_00_14", "aantal", "0 tot 15 jaar", share_of="a_inw"),
        _column("a_15_24", "aantal", "15 tot 25 jaar", share_of="a_inw"),
        _column("a_25_44", "aantal", "25 tot 45 jaar", share_of="a_inw"),
        _column("a_45_64", "aantal", "45 tot 65 jaar", share_of="a_inw"),
        _column("a_65_oo", "aantal", "65 jaar of ouder", share_of="a_inw"),
        _column("a_ongeh", "aantal", "Ongehuwd", share_of="a_inw"),
        _column("a_gehuwd", "aantal", "Gehuwd", share_of="a_inw"),
        _column("a_gesch", "aantal", "Gescheiden", share_of="a_inw"),
        _column("a_verwed", "aantal", "Verweduwd", share_of="a_inw"),
        _column("a_w_all", "aantal", "Westers totaal", until=2022, share_of="a_inw"),
        _column("a_nw_all", "aantal", "Niet-westers totaal", until=2022, share_of="a_inw"),
        _column("a_marok", "aantal", "Marokko", until=2022, share_of="a_inw"),
        _column("a_antaru", "aantal", "Nederlandse Antillen en Aruba", until=2022, share_of="a_inw"),
        _column("a_suri", "aantal", "Suriname", until=2022, share_of="a_inw"),
        _column("a_tur", "aantal", "Turkije", until=2022, share_of="a_inw"),
        _column("a_ov_nw", "aantal", "Overig niet-westers", until=2022, share_of="a_inw"),
        _column("a_nl_all", "aantal", "Herkomstland/Nederland", since=2023),
        _column("a_eur_al", "aantal", "Herkomstland/Europa (exclusief Nederland)", since=2023),
        _column("a_neu_al", "aantal", "Herkomstland/Buiten Europa", since=2023),
        _column("a_hh", "aantal", "Huishoudens totaal"),
        _column("a_1p_hh", "aantal", "Eenpersoonshuishoudens", share_of="a_hh"),
        _column("a_hh_z_k", "aantal", "Huishoudens zonder kinderen", share_of="a_hh"),
        _column("a_hh_m_k", "aantal", "Huishoudens met kinderen", share_of="a_hh"),
        _column("g_hhgro", "personen", "Gemiddelde huishoudensgrootte"),
        _column("bev_dich", "inwoners per km²", "Bevolkingsdichtheid"),
        _column("a_woning", "aantal", "Woningvoorraad"),
        _column(
            "g_wozbag",
            "x 1 000 euro",
            "Gemiddelde WOZ-waarde van woningen",
            "Gemiddelde woningwaarde",
            names=(("g_woz", 2013, 2019), ("g_wozbag", 2020, None)),
        ),
        _column("p_1gezw", "%", "Percentage eengezinswoning"),
        _column("p_mgezw", "%", "Percentage meergezinswoning"),
        _column("p_leegsw", "%", "Onbewoonde woningen", "Percentage onbewoond"),
        _column("p_koopw", "%", "Koopwoningen"),
        _column("p_huurw", "%", "Huurwoningen totaal"),
        _column("p_wcorpw", "%", "In bezit woningcorporatie"),
        _column("p_ov_hw", "%", "In bezit overige verhuurders"),
        *(
            _column(
                f"a_opl_{old}",
                "aantal",
                *titles,
                names=((f"a_opl_{old}", 2013, 2022), (f"a_opl_{new}", 2023, 2024), (f"a_opl_{old}", 2025, None)),
            )
            for old, new, titles in (
                ("lg", "bvm", ("Basisonderwijs, vmbo, mbo1", "Opleidingsniveau laag")),
                ("md", "hvm", ("Havo, vwo, mbo2-4", "Opleidingsniveau middelbaar")),
                ("hg", "hw", ("Hbo, wo", "Opleidingsniveau hoog")),
            )
        ),
        _column("p_arb_pp", "%", "Nettoarbeidsparticipatie"),
        _column("g_ink_po", "x 1 000 euro", "Gemiddeld inkomen per inkomensontvanger"),
        _column("g_ink_pi", "x 1 000 euro", "Gemiddeld inkomen per inwoner"),
        _column("p_ink_li", "%", "40% personen met laagste inkomen"),
        _column("p_ink_hi", "%", "20% personen met hoogste inkomen"),
        _column("g_hh_sti", "x 1 000 euro", "Gem. gestandaardiseerd inkomen van huish"),
        _column("p_hh_li", "%", "40% huishoudens met laagste inkomen"),
        _column("p_hh_hi", "%", "20% huishoudens met hoogste inkomen"),
        _column("p_hh_lkk", "%", "Huishoudens met een laag inkomen"),
        _column("p_hh_osm", "%", "Huish. onder of rond sociaal minimum"),
        _column("p_hh_110", "%", "Huishoudens tot 110% van sociaal minimum", until=2023),
        _column("p_hh_120", "%", "Huishoudens tot 120% van sociaal minimum", until=2023),
        _column("m_hh_ver", "x 1 000 euro", "Mediaan vermogen van particuliere huish."),
        _column("a_soz_wb", "aantal", "Personen per soort uitkering; Bijstand"),
        _column("a_soz_ao", "aantal", "Personen per soort uitkering; AO"),
        _column("a_soz_ww", "aantal", "Personen per soort uitkering; WW"),
        _column("a_soz_ow", "aantal", "Personen per soort uitkering; AOW"),
        _column("a_jz_tn", "aantal", "Jongeren met jeugdzorg in natura"),
        _column("p_jz_tn", "%", "Percentage jongeren met jeugdzorg"),
        _column("a_wmo_t", "aantal", "Wmo-cliënten"),
        _column("p_wmo_t", "per 1 000 inwoners", "Wmo-cliënten relatief"),
        _column("g_afs_hp", "km", "Afstand tot huisartsenpraktijk"),
        _column("g_afs_gs", "km", "Afstand tot grote supermarkt"),
        _column("g_afs_kv", "km", "Afstand tot kinderdagverblijf"),
        _column("g_afs_sc", "km", "Afstand tot school"),
        _column("g_3km_sc", "gemiddeld aantal", "Scholen binnen 3 km"),
        _column("a_opp_ha", "ha", "Oppervlakte totaal"),
        _column("a_lan_ha", "ha", "Oppervlakte land"),
        _column("ste_mvs", "code 1-5", "Mate van stedelijkheid"),
        _column("ste_oad", "adressen per km²", "Omgevingsadressendichtheid"),
    )
}
