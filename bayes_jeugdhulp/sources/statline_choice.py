"""Which rows of a StatLine table are taken: a period, a form of jeugdzorg, levels of regions; and how many."""

import re
from collections.abc import Mapping

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.statline import Record
from bayes_jeugdhulp.sources.statline_columns import REMEDY, RawTable
from bayes_jeugdhulp.sources.statline_tables import Series

PERIOD = re.compile(r"(\d{4})JJ00")


class AbsentError(Exception):
    """A series has no table, or no period, for the year."""


def choose(series: Series, raw: RawTable, year: int, form: str, info: Record) -> dict[str, str]:
    """Which category is taken of a dimension: of time, of forms of jeugdzorg, and those the series names."""
    chosen: dict[str, str] = {}
    for prop in raw.properties:
        key, kind = str(prop.get("Key")), prop.get("Type")
        if kind == "TimeDimension":
            chosen[key] = _period(series, raw, key, year)
        elif kind == "Dimension" and series.name == "jeugdzorg":
            chosen[key] = _form(raw, key, form)
        elif kind == "Dimension" and series.name != "politie":
            titles = raw.titles(key)
            wanted = series.chosen.get(key) or (next(iter(titles)) if len(titles) == 1 else "")
            if wanted not in titles:
                found = f"its dimension {key} has {', '.join(list(titles)[:8])}"
                raise DataError([Problem(raw.file, found, wanted or "no such dimension", REMEDY)])
            chosen[key] = wanted
    of = str(info.get("Period") or "").strip()
    if raw.dimension("TimeDimension") is None and re.fullmatch(r"\d{4}", of) and int(of) != year:
        raise DataError([Problem(raw.file, f"it is of {of}", f"figures of {year}", "name another with --table")])
    return chosen


def _period(series: Series, raw: RawTable, key: str, year: int) -> str:
    """Code of the year, or of the newest before it where that will do."""
    years = {int(match[1]): code for code in raw.titles(key) if (match := PERIOD.fullmatch(code))}
    fits = [other for other in years if other == year or (series.earlier and other < year)]
    if not fits:
        have = ", ".join(map(str, sorted(years))) or "no whole year"
        raise AbsentError(f"table {raw.id} of {series.name} has no figures of {year}, only of {have}")
    return years[max(fits)]


def _form(raw: RawTable, key: str, form: str) -> str:
    """Code of a form of jeugdzorg by its title."""
    titles = {code: " ".join(title.split()).casefold() for code, title in raw.titles(key).items()}
    asked = " ".join(form.split()).casefold()
    fits = [c for c, title in titles.items() if title == asked] or [c for c, title in titles.items() if asked in title]
    if len(fits) != 1:
        listed = "; ".join(raw.titles(key).values())
        found = f"{len(fits)} of its forms of jeugdzorg are called {form!r}"
        raise DataError([Problem(raw.file, found, f"one of: {listed}", "give one of these with --form")])
    return fits[0]


def where_of(series: Series, raw: RawTable, chosen: Mapping[str, str]) -> str:
    """The rows that are taken, in words of OData; the server pads its keys, so that they are never compared whole."""
    regions = " or ".join(f"startswith({raw.region},'{level}')" for level in series.levels)
    return " and ".join([f"({regions})", *(f"startswith({key},'{code}')" for key, code in chosen.items())])


def expected_rows(series: Series, raw: RawTable, chosen: Mapping[str, str]) -> int:
    """How many rows that can be: regions, times the categories of what is taken whole."""
    rows = sum(code.startswith(series.levels) for code in raw.titles(raw.region))
    for key in raw.dimensions:
        if key not in chosen and key != raw.region:
            rows *= len(raw.titles(key))
    return rows


def terms_of(info: Record) -> str:
    """What a table says of its own use: its description from the word Copyright on."""
    text = re.sub(r"<[^>]+>", "", str(info.get("Description") or ""))
    return " ".join(text[text.rfind("Copyright") :].split()) if "Copyright" in text else ""
