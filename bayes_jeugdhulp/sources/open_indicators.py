"""Indicators that are open for the whole country: Leefbaarometer, RIVM, police and nabijheid, from their own files."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.downloads import area_codes, columns_named, only_rows, rows_of_year
from bayes_jeugdhulp.sources.fetching import manifest_entry, read_series
from bayes_jeugdhulp.sources.indicators import Indicators, indicators_of
from bayes_jeugdhulp.sources.reading import NOT_GIVEN, Cells, read_cells
from bayes_jeugdhulp.sources.statline_cache import read_table
from bayes_jeugdhulp.sources.statline_columns import slug

SAFE, FACILITIES = "veiligheid_sociale_cohesie", "voorzieningen"
CODE, SIZES = "wijkcode", "inwoners"
KWB_NAMES = {"afstand_huisarts": "g_afs_hp", "afstand_supermarkt": "g_afs_gs", "afstand_kinderdagverblijf": "g_afs_kv"}


@dataclass(frozen=True, slots=True)
class OpenSource:
    """Where indicators stand in the files of a source.

    Attributes
    ----------
    indicators : mapping of str to (str, str, int)
        By name: title of the column, or the kind of rows where ``kinds`` is given; the factor it measures ("" for none
        in particular) and the sign of its loading.
    scale : str
        As in :func:`~bayes_jeugdhulp.sources.indicators.read_indicators`.
    extra : tuple of str
        Indicators that are taken only when they are asked for: totals of the others.
    only : mapping of str to tuple of str
        Titles of dimensions with the one category that is taken, as a code and in words.
    kinds : str
        Title of the dimension whose categories are indicators, in rows below one another; "" where there is none.
    measure : str
        Title of the column of figures, where there are kinds.
    """

    indicators: Mapping[str, tuple[str, str, int]]
    scale: str = "score"
    extra: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: str = ""
    measure: str = ""


SOURCES: Mapping[str, OpenSource] = {
    "leefbaarometer": OpenSource(
        {
            "fys": ("fys", "", 1),
            "onv": ("onv", SAFE, 1),
            "soc": ("soc", SAFE, 1),
            "vrz": ("vrz", FACILITIES, 1),
            "won": ("won", "", 1),
            "lbm": ("lbm", "", 1),
            "afw": ("afw", "", 1),
        },
        extra=("lbm", "afw"),
    ),
    "rivm": OpenSource(
        {
            "eenzaam": ("Eenzaam", SAFE, -1),
            "ernstig_eenzaam": ("Ernstig/zeer ernstig eenzaam", SAFE, -1),
            "emotioneel_eenzaam": ("Emotioneel eenzaam", SAFE, -1),
            "sociaal_eenzaam": ("Sociaal eenzaam", SAFE, -1),
            "vrijwilligerswerk": ("Vrijwilligerswerk", SAFE, 1),
            "psychische_klachten": ("Psychische klachten", "", 1),
            "moeite_rondkomen": ("Moeite met rondkomen", "", 1),
        },
        scale="percentage",
        only={"Marges": ("MW00000", "Waarde"), "Leeftijd": ("20300", "18 jaar of ouder")},
    ),
    "politie": OpenSource(
        {
            "woninginbraak": ("1.1.1", SAFE, -1),
            "mishandeling": ("1.4.5", SAFE, -1),
            "straatroof": ("1.4.6", SAFE, -1),
            "vernieling": ("2.2.1", SAFE, -1),
            "misdrijven": ("0.0.0", SAFE, -1),
        },
        scale="count",
        extra=("misdrijven",),
        kinds="Soort misdrijf",
        measure="Geregistreerde misdrijven",
    ),
    "nabijheid": OpenSource(
        {
            "afstand_huisarts": ("Afstand tot huisartsenpraktijk", FACILITIES, -1),
            "afstand_supermarkt": ("Afstand tot grote supermarkt", FACILITIES, -1),
            "afstand_kinderdagverblijf": ("Afstand tot kinderdagverblijf", FACILITIES, -1),
            "afstand_bibliotheek": ("Afstand tot bibliotheek", FACILITIES, -1),
            "afstand_zwembad": ("Afstand tot zwembad", FACILITIES, -1),
        }
    ),
}


def read_open_indicators(
    source: str,
    file: str | os.PathLike[str],
    year: int | None = None,
    *,
    indicators: Sequence[str] | None = None,
    inhabitants: pd.Series | None = None,
    dot_means: Literal["suppressed", "missing"] | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> Indicators:
    r"""Read indicators from a file of a source that is known here.

    Parameters
    ----------
    source : {"leefbaarometer", "rivm", "politie", "nabijheid"}
        Leefbaarometer 3.0 per wijk; RIVM, gezondheid per wijk en buurt (50120NED and the like: the estimate itself of
        all adults, not its margins or age groups); police, geregistreerde misdrijven (47018NED); CBS, nabijheid.
    file : path
        CSV (raw or exported), Parquet or spreadsheet; or a folder that ``bayes-jeugdhulp fetch`` wrote, with rivm,
        politie or nabijheid in it. Only its wijken are taken.
    year : int, optional
        Needed where the file has several. Of a folder it is that of the figures, such as the newest of a survey.
    indicators : sequence of str, optional
        Names from ``SOURCES``; default all that the file has, but for totals of others.
    inhabitants : Series, index ``wijkcode``, optional
        Inhabitants among whom was counted, such as ``kwb.wijken["a_inw"]``: for the police's counts, which need them.
        Wijken without inhabitants are left out.
    dot_means : {"suppressed", "missing"}, optional
        What ``.`` says in a count; refused by default. Either way the count is not used as one: it was not measured.
    say : callable of str, optional
        Told which indicators are left out because no wijk has a figure.

    Returns
    -------
    Indicators
        Figures of the wijken, and factor, sign and scale of each indicator.

    Raises
    ------
    DataError
        As :func:`~bayes_jeugdhulp.sources.indicators.read_indicators`, and where the file has none of the indicators.
    ValueError
        If the source or an indicator is not known here, or counts have no inhabitants.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> text = "wk_code,wk_naam,jaar,lbm,afw,fys,onv,soc,vrz,won\n"
    >>> text += "WK990100,Oost,2018,4.21,0.11,0.01,0.05,0.02,0.04,-0.01\n"
    >>> text += "WK990101,West,2018,4.05,-0.05,0,-0.01,-0.03,0,-0.01"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "leefbaarometer.csv")
    ...     _ = path.write_text(text)
    ...     found = read_open_indicators("leefbaarometer", path, 2018)
    >>> found.values["soc"].tolist(), found.about.loc["soc", "factor"]
    ([0.02, -0.03], 'veiligheid_sociale_cohesie')
    """
    if source not in SOURCES:
        raise ValueError(f"source must be one of {', '.join(SOURCES)}, not {source!r}")
    known = SOURCES[source]
    wanted = [name for name in known.indicators if name not in known.extra] if indicators is None else list(indicators)
    if unknown := [name for name in wanted if name not in known.indicators]:
        raise ValueError(f"{source} has {', '.join(known.indicators)}, not {', '.join(unknown)}")
    if known.scale == "count" and inhabitants is None:
        raise ValueError(f"counts of {source} need the inhabitants among whom was counted")

    fetched = Path(file).is_dir()
    cells = _fetched(Path(file), source, year) if fetched else rows_of_year(read_cells(file), year)[0]
    for title, categories in known.only.items():
        if column := columns_named(cells.frame, title):
            cells = only_rows(cells, column[0], categories, f"rows of {' or '.join(map(repr, categories))}")
    codes = area_codes(cells)
    codes = codes[codes.str.startswith("WK")]
    if inhabitants is not None:
        codes = codes[codes.isin(inhabitants.index[inhabitants > 0])]
    cells = Cells(cells.file, cells.frame.loc[codes.index])
    if fetched:  # of one category of each dimension already
        columns = _named(Path(file), source, cells, wanted)
    else:
        columns = _kinds(cells, codes, known, wanted) if known.kinds else _titled(cells, known, wanted)
    if not columns:
        titles = ", ".join(repr(known.indicators[name][0]) for name in wanted)
        found = "it has none of the indicators, or two columns for each"
        raise DataError([Problem(cells.file, found, f"one of {titles}", "download the table with them")])
    columns = _measured(cells, columns, known, dot_means, say)
    frame = pd.DataFrame(columns).assign(**{CODE: codes})
    if known.kinds and not fetched:  # rows of one wijk stand below one another: the first names it in messages
        frame = frame.groupby(codes, sort=False).first().set_axis(codes.drop_duplicates().index)
    if inhabitants is not None:
        frame[SIZES] = frame[CODE].map(inhabitants)
    about = pd.DataFrame(
        [(known.indicators[name][1], known.indicators[name][2]) for name in columns], list(columns), ["factor", "sign"]
    ).assign(anchor=known.scale == "count", scale=known.scale, sizes=SIZES if known.scale == "count" else "")
    return indicators_of(
        Cells(cells.file, frame.astype(object).where(frame.notna(), "")), about, CODE, mixed=source == "nabijheid"
    )


def _fetched(folder: Path, source: str, year: int | None) -> Cells:
    """A series of a fetched folder, whose figures are of the period in its manifest."""
    period = str(manifest_entry(folder, source)["period"])[:4]
    if year is not None and str(year) != period:
        found, remedy = f"its {source} is of {period}", f"say {period}, or fetch {year} into another folder"
        raise DataError([Problem(folder.name, found, f"figures of {year}", remedy)])
    frame = read_series(folder, source)
    cells = frame.astype(object).where(frame.notna(), "").set_axis(range(1, len(frame) + 1))
    return Cells(f"{folder.name}/{source}", cells)


def _named(folder: Path, source: str, cells: Cells, wanted: Sequence[str]) -> dict[str, pd.Series]:
    """Columns of a fetched folder by the name of their indicator: read_series names them after titles or the KWB."""
    known = SOURCES[source]
    if known.kinds:
        table = read_table(folder / source, manifest_entry(folder, source)["id"])
        titles = table.titles(str(table.dimension("Dimension")))
        of = {code.strip(): slug(title) for code, title in titles.items()}
        kinds = {name: known.indicators[name][0] for name in wanted}
        found = {name: {of.get(kind, ""), f"{of.get(kind)}_{slug(kind)}"} for name, kind in kinds.items()}
    else:
        found = {name: {KWB_NAMES.get(name, slug(known.indicators[name][0]))} for name in wanted}
    columns = {name: [column for column in cells.frame if column in names] for name, names in found.items()}
    return {name: cells.frame[fits[0]] for name, fits in columns.items() if len(fits) == 1}


def _measured(
    cells: Cells,
    columns: dict[str, pd.Series],
    source: OpenSource,
    dot_means: Literal["suppressed", "missing"] | None,
    say: Callable[[str], None],
) -> dict[str, pd.Series]:
    """Columns of which some wijk has a figure; counts that are ``.`` are empty, if it was said what that means."""
    if source.scale == "count":
        dots = {name: column[column.eq(".")] for name, column in columns.items()}
        if dot_means is None and any(map(len, dots.values())):
            expected = "a count, or an empty field where it is not known"
            remedy = 'say what it means, dot_means="suppressed" or "missing": the count is then not measured'
            raise DataError(
                cells.problem(
                    column.index[0], str(column.name), f"{len(column)} fields of {name} hold '.'", expected, remedy
                )
                for name, column in dots.items()
                if len(column)
            )
        columns = {name: column.mask(column.eq("."), "") for name, column in columns.items()}
    empty = [name for name, column in columns.items() if column.isin(NOT_GIVEN).all()]
    if len(empty) == len(columns):
        found = f"no wijk has a figure of {', '.join(empty)}"
        raise DataError([Problem(cells.file, found, "an indicator that was measured", "take another year or file")])
    for name in empty:
        say(f"{cells.file}: no wijk has a figure of {name}; left out")
    return {name: column for name, column in columns.items() if name not in empty}


def _titled(cells: Cells, source: OpenSource, wanted: Sequence[str]) -> dict[str, pd.Series]:
    """Columns by the name of their indicator; those that a title does not single out are left aside."""
    found = {name: columns_named(cells.frame, source.indicators[name][0]) for name in wanted}
    return {name: cells.frame[columns[0]] for name, columns in found.items() if len(columns) == 1}


def _kinds(cells: Cells, codes: pd.Series, source: OpenSource, wanted: Sequence[str]) -> dict[str, pd.Series]:
    """Rows below one another as columns: the kind is the first word of its category, as a code or in words."""
    kind, measure = columns_named(cells.frame, source.kinds), columns_named(cells.frame, source.measure)
    if len(kind) != 1 or len(measure) != 1:
        return {}
    first = cells.text(kind[0]).str.split().str[0]
    found = {name: cells.frame.loc[first == source.indicators[name][0], measure[0]] for name in wanted}
    if twice := [row for rows in found.values() for row in rows.index[codes[rows.index].duplicated()]]:
        raise DataError(
            cells.problem(row, kind[0], f"{codes[row]!r} has this kind already", "each kind once", "take one year")
            for row in twice
        )
    return {name: rows for name, rows in found.items() if len(rows)}
