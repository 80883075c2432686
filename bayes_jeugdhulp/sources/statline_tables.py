"""Series of StatLine tables: their ids per year, and what is taken of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bayes_jeugdhulp.sources.statline import CBS, THIRD_PARTIES

FORM = "Jeugdhulp zonder verblijf"


@dataclass(frozen=True, slots=True)
class Series:
    """A series of tables: one a year, or one for many.

    Attributes
    ----------
    name : str
    ids : mapping of int to str
        Id of the table of a year.
    title : str
        Regular expression for the title of a table that is not among the ids; ``{year}`` stands for the year.
    levels : tuple of str
        Prefixes of the region codes that are taken.
    chosen : mapping of str to str
        Code that is taken of a dimension, by its key; every other dimension is taken whole.
    source, licence : str
        Licence is "" where it is not declared here: the table's own terms hold.
    server : str
    needed : bool
        Whether a model cannot do without it.
    earlier : bool
        Whether the newest period before the year will do (figures of a survey, held once in some years).
    """

    name: str
    ids: Mapping[int, str]
    title: str
    levels: tuple[str, ...] = ("NL", "GM", "WK")
    chosen: Mapping[str, str] = field(default_factory=dict)
    source: str = "CBS StatLine"
    licence: str = "CC BY 4.0"
    server: str = CBS
    needed: bool = False
    earlier: bool = False

    def titled(self, title: str, year: int) -> bool:
        """Whether a title of the catalogue is the one of this series and year; a provisional year has asterisks."""
        pattern = self.title.format(year=year) + r"\s*\*{0,2}"
        return re.fullmatch(pattern, " ".join(title.split()), flags=re.IGNORECASE) is not None

    def attribution(self, table: str, retrieved: str) -> str:
        """The words in which the source asks to be named.

        Parameters
        ----------
        table : str
        retrieved : str
            Date, as ISO writes it.

        Examples
        --------
        >>> SERIES["kwb"].attribution("85318NED", "2024-05-06")
        'Bron: CBS StatLine, tabel 85318NED (geraadpleegd 2024-05-06), CC BY 4.0; bewerking bayes_jeugdhulp. Het CBS is
        niet verantwoordelijk voor de bewerking.'
        """
        of = f", {self.licence}" if self.licence else ""
        party = "Het CBS" if self.server == CBS else "De bron"
        return (
            f"Bron: {self.source}, tabel {table} (geraadpleegd {retrieved}){of}; bewerking bayes_jeugdhulp. "
            f"{party} is niet verantwoordelijk voor de bewerking."
        )


SERIES: Mapping[str, Series] = {
    series.name: series
    for series in (
        Series(
            "kwb",
            {
                2015: "83220NED",
                2016: "83487NED",
                2017: "83765NED",
                2018: "84286NED",
                2019: "84583NED",
                2020: "84799NED",
                2021: "85039NED",
                2022: "85318NED",
                2023: "85618NED",
                2024: "85984NED",
                2025: "86165NED",
            },
            r"Kerncijfers wijken en buurten {year}",
            needed=True,
        ),
        Series(
            "jeugdzorg",
            {
                2015: "82964NED",
                2016: "83563NED",
                2017: "83782NED",
                2019: "84615NED",
                2021: "85075NED",
                2022: "85335NED",
                2023: "85685NED",
                2025: "86204NED",
            },
            r".*jeugd(?:zorg|hulp).*; wijken, {year}",
            needed=True,
        ),
        Series(
            "gebieden",
            {
                2016: "83287NED",
                2017: "83553NED",
                2018: "83859NED",
                2019: "84378NED",
                2020: "84721NED",
                2021: "84929NED",
                2022: "85067NED",
                2023: "85385NED",
                2024: "85755NED",
                2025: "86059NED",
            },
            r"Gebieden in Nederland {year}",
            levels=("GM",),
            needed=True,
        ),
        Series(
            "nabijheid",
            {
                2016: "83749NED",
                2017: "84334NED",
                2018: "84463NED",
                2019: "84718NED",
                2021: "85231NED",
                2022: "85560NED",
                2024: "86134NED",
                2025: "86270NED",
            },
            r"Nabijheid voorzieningen;.*wijk.* {year}",
        ),
        Series(
            "rivm",
            {2016: "50052NED"}
            | dict.fromkeys((2017, 2018, 2019, 2020), "50090NED")
            | dict.fromkeys((2021, 2022), "50120NED")
            | dict.fromkeys((2023, 2024), "50150NED"),
            r"Gezondheid per wijk en buurt;.*{year}.*",
            chosen={"Marges": "MW00000", "Leeftijd": "20300"},  # the value itself, of all of 18 years and older
            source="RIVM, GGD'en en CBS (StatLine, data derden)",
            licence="",
            server=THIRD_PARTIES,
            earlier=True,
        ),
        Series(
            "politie",
            dict.fromkeys(range(2012, 2026), "47018NED"),
            r"Geregistreerde misdrijven; soort misdrijf, wijk, buurt, jaarcijfers",
            source="Politie (StatLine, data derden)",
            licence="",
            server=THIRD_PARTIES,
        ),
    )
}
