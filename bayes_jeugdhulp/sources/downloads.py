"""Tables of StatLine as a person downloads them: codes of areas, years and columns, found by what they say."""

import re
import unicodedata
from collections.abc import Hashable, Iterable

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import Cells

AREA = re.compile(r"NL\d\d|LD\d\d|PV\d\d|GM\d{4}|WK\d{4}[0-9A-Z]{2}|BU\d{4}[0-9A-Z]{4}")
KINDS = {"Land": ("NL", 2), "Gemeente": ("GM", 4), "Wijk": ("WK", 6), "Buurt": ("BU", 8)}
_YEAR = re.compile(r"(20\d\d)(?:JJ00)?\*{0,2}")  # 2021JJ00 in raw rows; 2022* (provisional) in exports
_STEM_CUT = 30  # names in raw rows are cut off at about 36 characters


def columns_named(headers: Iterable[Hashable], *titles: str) -> list[str]:
    """Find the columns of a StatLine table that have a title.

    Parameters
    ----------
    headers : iterable
        Of an export (``Bevolking/Leeftijdsgroepen/0 tot 15 jaar (aantal)``) or of raw rows (``k_0Tot15Jaar_8``).
    titles : str
        Titles; the first that any column has counts. A title may begin with the one above it
        (``Herkomstland/Nederland``), which only exports show: raw rows are then looked at for its last part.

    Returns
    -------
    list of str
        More than one where the title does not tell them apart.

    Notes
    -----
    Never by number: the suffix of a raw name differs between versions of one table, and the stem is cut off.

    Examples
    --------
    >>> raw = ["k_0Tot15Jaar_8", "k_10Tot15Jaar_9", "Nederland_17", "Nederland_20"]
    >>> columns_named(raw, "0 tot 15 jaar"), columns_named(raw, "Herkomstland/Nederland")
    (['k_0Tot15Jaar_8'], ['Nederland_17', 'Nederland_20'])
    >>> columns_named(["Bevolking/Herkomstland/Nederland (aantal)", "Bevolking/Geboren/Nederland (aantal)"],
    ...     "Herkomstland/Nederland")
    ['Bevolking/Herkomstland/Nederland (aantal)']
    """
    texts = [str(header) for header in headers]
    for title in titles:
        whole, last = _plain(title), _plain(title.rsplit("/", 1)[-1] if _is_path(title) else title)
        found = []
        for header in texts:
            if stem := re.fullmatch(r"(?:k_)?(\w+?)_\d+", header):
                name = _plain(stem[1])
                if name == last or (len(name) >= _STEM_CUT and last.startswith(name)):
                    found.append(header)
            else:
                parts = re.sub(r"\s*\((?:[^()]|\([^()]*\))*\)\s*$", "", header).split("/")
                candidates = [*("/".join(parts[i:]) for i in range(len(parts))), header]
                if whole in map(_plain, candidates):
                    found.append(header)
        if found:
            return found
    return []


def _is_path(title: str) -> bool:
    """Whether a slash parts titles rather than words: titles begin with a capital or digit."""
    return bool(re.search(r"/[A-Z0-9]", title))


def _plain(text: str) -> str:
    """Letters and digits alone, small and without accents."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())


def area_codes(cells: Cells) -> pd.Series:
    """Read the official code of the area in each row.

    Parameters
    ----------
    cells : Cells
        With a column of codes, padded or not, under whatever name (``gwb_code_10``, ``Codering``, ``WijkenEnBuurten``,
        ``wk_code``); else ``gwb_code_8``, numbers that lost letters and zeros, beside ``recs``.

    Returns
    -------
    Series of str, by row

    Raises
    ------
    DataError
        If there is neither, or a cell holds no code.
    """
    frame = cells.frame
    texts = {name: cells.text(name) for name in frame.columns}
    share = {name: column.str.fullmatch(AREA).mean() for name, column in texts.items()}
    best = max(share, key=lambda name: share[name])
    if share[best] > 0.5:
        column, codes = best, texts[best]
    elif {"gwb_code_8", "recs"} <= set(frame):
        column, kinds = "gwb_code_8", texts["recs"].map(KINDS)
        codes = pd.Series(
            [
                bare if pd.isna(kind) is True else kind[0] + bare.zfill(kind[1])
                for bare, kind in zip(texts[column], kinds, strict=True)
            ],
            frame.index,
        )
    else:
        has = "no column holds codes of areas such as WK036300"
        remedy = "in StatLine choose Codering under Regioaanduiding too, or download the unprocessed data set"
        raise DataError([Problem(cells.file, has, "a column with the code of each area", remedy)])
    wrong = codes[~codes.str.fullmatch(AREA)]
    if len(wrong):
        raise DataError(
            cells.problem(
                row, column, f"this field holds {texts[column][row]!r}", "a code such as WK036300", "correct it"
            )
            for row in wrong.index
        )
    return codes


def has_periods(cells: Cells) -> bool:
    """Whether the table itself has a column that tells the year of each row."""
    return _periods(cells) is not None


def _periods(cells: Cells) -> str | None:
    return next((str(name) for name in cells.frame if _plain(str(name)) in ("perioden", "jaar")), None)


def rows_of_year(cells: Cells, year: int | None) -> tuple[Cells, int | None]:
    """Keep the rows of one year, where the table has a column of periods.

    Parameters
    ----------
    cells : Cells
    year : int, optional
        Needed where there are several.

    Returns
    -------
    cells : Cells
    year : int or None
        None where neither the table nor the caller tells it.

    Raises
    ------
    DataError
        If there are several years and none was named, or no row of that year.
    """
    column = _periods(cells)
    if column is None:
        return cells, year
    years = cells.text(column).str.extract(f"^{_YEAR.pattern}$")[0]
    known = sorted(set(years.dropna()))
    if year is None and len(known) == 1:
        year = int(known[0])
    if year is None or str(year) not in known:
        found = f"rows of {', '.join(known) or 'no year'}" + ("" if year is None else f" and none of {year}")
        raise DataError(
            [Problem(cells.file, found, "rows of the year that is asked for", "say which year", None, column)]
        )
    return Cells(cells.file, cells.frame[years == str(year)]), year


def only_rows(cells: Cells, column: str, wanted: Iterable[str], expected: str) -> Cells:
    """Keep the rows that hold one of some texts in a column; refuse where there are none.

    Raises
    ------
    DataError
    """
    texts = cells.text(column)
    plain = {_plain(text) for text in wanted}
    kept = cells.frame[texts.map(_plain).isin(plain)]
    if kept.empty:
        has = ", ".join(map(repr, list(dict.fromkeys(texts))[:6]))
        raise DataError([Problem(cells.file, f"rows of {has}", expected, "download the table with it", None, column)])
    return Cells(cells.file, kept)
