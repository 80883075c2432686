"""Which CBS table counts the users of a year, of which ages, and how it rounds and hides them, with the source."""

from dataclasses import dataclass
from typing import Literal

from bayes_jeugdhulp.counts import CountsPolicy

Series = Literal["jeugdzorg", "kwb"]

# Name, then how tables write it: a code in raw rows, words in exports. A child may be in several: they do not add up.
FORMS = {
    "jeugdzorg": ("T001203", "Totaal", "Totaal jeugdzorg", "Totaal vormen van jeugdzorg", "Alle vormen van jeugdzorg"),
    "jeugdhulp": ("A042502", "Totaal jeugdhulp"),
    "jeugdhulp zonder verblijf": ("A042503", "Totaal jeugdhulp zonder verblijf"),
    "jeugdhulp met verblijf": ("A027918", "Totaal jeugdhulp met verblijf"),
    "jeugdbescherming": ("A027919",),
    "jeugdreclassering": ("A027920",),
}
FIVES = CountsPolicy(suppressed_below=8, rounded_to=5)


@dataclass(frozen=True, slots=True)
class Publishing:
    """How one table publishes counts in a run of years.

    Attributes
    ----------
    series : {"jeugdzorg", "kwb"}
        The tables of jeugdzorg per wijk, or the column ``a_jz_tn`` of Kerncijfers wijken en buurten.
    first, last : int or None
        Years that this was looked at for; None for the newest.
    policy : CountsPolicy
    ages : str
        Ages of the youths that are counted.
    source : str
        What says so.
    """

    series: Series
    first: int
    last: int | None
    policy: CountsPolicy
    ages: str
    source: str


PUBLISHING = (
    Publishing(
        "kwb",
        2024,
        None,
        FIVES,
        "0-22",
        "explanation of Kerncijfers wijken en buurten 2024 (85984NED): rounded to fives, 0 to 7 secret",
    ),
    Publishing(
        "jeugdzorg",
        2021,
        None,
        FIVES,
        "0-22",
        "rows of 2021 and 2022 (85075NED, 85335NED): multiples of 5, the smallest 10, which is how Kerncijfers wijken "
        "en buurten 2024 says that CBS rounds and hides its figures of care",
    ),
)


def publishing_of(series: str, year: int) -> Publishing | None:
    """How a table publishes the counts of a year; None where nothing here says so.

    Examples
    --------
    >>> publishing_of("jeugdzorg", 2021).policy
    CountsPolicy(suppressed_below=8, rounded_to=5, pct_decimals=None)
    >>> publishing_of("jeugdzorg", 2017) is None
    True
    """
    return next((p for p in PUBLISHING if p.series == series and p.first <= year <= (p.last or year)), None)
