"""Crosswalks: which wijk became which, from a file or from the addresses of two years."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.sources.addresses import read_addresses
from bayes_jeugdhulp.sources.borders import CODE
from bayes_jeugdhulp.sources.reading import Cells, read_cells, to_numbers

ADDRESSES = ("addresses", "adressen")
OLD_NAMES, NEW_NAMES = ("old", "oud", "van", "from"), ("new", "nieuw", "naar", "to")
MOSTLY = 0.5  # share of a wijk that makes another its successor, or it its predecessor
SURE = 0.9  # share of a wijk and its successors that must be the same for their border to be its border


@dataclass(frozen=True, slots=True, eq=False)
class Crosswalk:
    """Wijken of one year and what they are in another.

    Attributes
    ----------
    pairs : DataFrame
        A row a known pair: ``old`` and ``new`` (wijk codes); ``addresses`` that lie in both, NaN where the file does
        not tell; ``share_old`` and ``share_new``, those as a share of all pairs of the old and of the new wijk: 1
        where it has no other pair, NaN where it has and the file does not tell.
    unmatched_old, unmatched_new : Series of float, index wijkcode
        Addresses of a wijk that the other year does not have; NaN where their number is not known. Of a wijk that
        stands here and not in ``pairs`` nothing is known in the other year.
    old_year, new_year : int or None
    file : str
        Where it comes from, for messages.
    without_wijk : int
        Addresses of the files that it was counted from which had no wijk there: they are in none of the above.
    """

    pairs: pd.DataFrame
    unmatched_old: pd.Series
    unmatched_new: pd.Series
    old_year: int | None = None
    new_year: int | None = None
    file: str = "crosswalk"
    without_wijk: int = 0

    def reversed(self) -> "Crosswalk":
        """The way back: new wijken as old ones."""
        turned = {"old": "new", "new": "old", "share_old": "share_new", "share_new": "share_old"}
        pairs = self.pairs.rename(columns=turned)[list(self.pairs.columns)]
        turned_around = pairs, self.unmatched_new, self.unmatched_old, self.new_year, self.old_year
        return Crosswalk(*turned_around, self.file, self.without_wijk)

    def successors(self) -> pd.DataFrame:
        """The wijken whose border is that of an old one, without those that only a few addresses went to.

        Returns
        -------
        DataFrame
            ``old`` and ``new``, pairs that hold more than half of either wijk, or whose addresses are not known; and
            ``confirmed``: whether the old wijk and its successors have nine tenths of their addresses in common.
        """
        known = self.pairs["addresses"].notna()
        kept = self.pairs[~known | (self.pairs[["share_old", "share_new"]].max(axis=1) > MOSTLY)]
        old = kept["old"]
        common = kept["addresses"].groupby(old).transform("sum")
        theirs = (kept["addresses"] / kept["share_new"]).groupby(old).transform("sum")
        held = kept["share_old"].groupby(old).transform("sum")
        sure = (held >= SURE) & (common >= SURE * theirs) | kept["addresses"].isna()
        return kept[["old", "new"]].assign(confirmed=sure)


def make_crosswalk(old_file: str | os.PathLike[str], new_file: str | os.PathLike[str]) -> Crosswalk:
    r"""Count the addresses that each old and new wijk have in common.

    Parameters
    ----------
    old_file, new_file : path
        Two years of the CBS's *Buurt, wijk en gemeente voor postcode-huisnummer*, CSV or as zipped: see
        :func:`bayes_jeugdhulp.sources.addresses.read_addresses`.

    Returns
    -------
    Crosswalk
        Addresses are joined on postcode and house number. Demolished and new ones, and those that a file puts in
        several wijken, are counted as unmatched; rows without a wijk are passed over (``without_wijk``).

    Raises
    ------
    DataError
        If a file cannot be read, both are of one year, or no address stands in both.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     old, new = (Path(folder, f"pc6hnr{year}0801_gwb.csv") for year in (2017, 2022))
    ...     _ = old.write_text("PC6;Huisnummer;Buurt2017;Wijk2017\n1234AB;1;10000;100\n1234AB;2;10000;100\n")
    ...     _ = new.write_text("PC6,Huisnummer,Buurt2022,Wijk2022\n1234AB,1,10100,101\n1234AB,3,10100,101\n")
    ...     crosswalk = make_crosswalk(old, new)
    >>> crosswalk.pairs.to_dict("records")
    [{'old': 'WK000100', 'new': 'WK000101', 'addresses': 1.0, 'share_old': 1.0, 'share_new': 1.0}]
    >>> crosswalk.unmatched_old.to_dict(), crosswalk.unmatched_new.to_dict(), crosswalk.new_year
    ({'WK000100': 1.0}, {'WK000101': 1.0}, 2022)
    """
    old, new = read_addresses(old_file), read_addresses(new_file)
    if (old.year is not None and old.year == new.year) or Path(old_file).samefile(new_file):
        found = f"{old.file} is of the same year{f', {old.year}' if old.year else ''}"
        raise DataError([Problem(new.file, found, "files of two years", "give the file of the other year")])
    at = np.minimum(np.searchsorted(new.keys, old.keys), max(len(new.keys) - 1, 0))
    both = new.keys[at] == old.keys if len(new.keys) else np.zeros(len(old.keys), bool)
    if not both.any():
        found, expected = f"no address of {old.file} stands in it", "the same country in another year"
        raise DataError([Problem(new.file, found, expected, "check that both files are what they seem")])
    cells, counts = np.unique(old.wijk[both].astype(np.int64) * len(new.codes) + new.wijk[at[both]], return_counts=True)
    i, j = np.divmod(cells, len(new.codes))
    left = [
        pd.Series(side.total - np.bincount(of, counts, len(side.codes)), pd.Index(side.codes, name="wijkcode"), float)
        for side, of in ((old, i), (new, j))
    ]
    pairs = pd.DataFrame({"old": np.array(old.codes)[i], "new": np.array(new.codes)[j], "addresses": counts})
    unmatched = [series[series > 0].sort_index().rename("addresses") for series in left]
    files, without = f"{old.file}, {new.file}", old.without_wijk + new.without_wijk
    return Crosswalk(_with_shares(pairs), unmatched[0], unmatched[1], old.year, new.year, files, without)


def crosswalk_of(pairs: Iterable[tuple[str, str, float]]) -> Crosswalk:
    """A crosswalk from pairs at hand.

    Parameters
    ----------
    pairs : iterable of (str, str, float)
        Old and new wijk code and the addresses that both have (NaN: not known), each pair once.

    Returns
    -------
    Crosswalk

    Examples
    --------
    >>> rows = [("WK000100", "WK000100", 30), ("WK000100", "WK000101", 10)]
    >>> crosswalk_of(rows).pairs["share_old"].tolist()
    [0.75, 0.25]
    """
    nothing = pd.Series(dtype=float, index=pd.Index([], dtype="str", name="wijkcode"))
    return Crosswalk(_with_shares(pd.DataFrame(pairs, columns=["old", "new", "addresses"])), nothing, nothing)


def _with_shares(pairs: pd.DataFrame) -> pd.DataFrame:
    pairs = pairs.sort_values(["old", "new"], ignore_index=True).astype({"addresses": float})
    for side in ("old", "new"):
        pairs[f"share_{side}"] = shares(pairs["addresses"], pairs[side])
    return pairs


def shares(parts: pd.Series, of: pd.Series) -> pd.Series:
    """Parts as a share of their group: 1 of the only one, NaN where a part of several is not known."""
    total = parts.groupby(of).transform("sum").mask(parts.isna().groupby(of).transform("any"))
    return (parts / total).mask(of.groupby(of).transform("size") == 1, 1.0)


def read_crosswalk(path: str | os.PathLike[str]) -> Crosswalk:
    r"""Read a crosswalk that you bring, or that :func:`write_crosswalk` wrote.

    Parameters
    ----------
    path : path
        CSV, Parquet or spreadsheet with two columns of wijk codes. Which is the old one follows from years in their
        names, or from *old* and *new*, *oud* and *nieuw*; else it is the first. An empty code says that nothing is
        known of the other in that year. A column ``addresses`` (``adressen``) tells how many lie in both; without it
        a wijk that became several cannot be split. Other columns are passed over, if they hold no wijk codes.

    Returns
    -------
    Crosswalk
        With the years in the names of the columns, where they stand there.

    Raises
    ------
    DataError
        If there are no two columns of codes; or with every cell that holds no code or number, and every pair that
        stands twice with addresses.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mijn.csv")
    ...     _ = path.write_text("nieuw;oud\nWK000109;WK000100\nWK000109;WK000101\n;WK000102")
    ...     crosswalk = read_crosswalk(path)
    >>> crosswalk.pairs[["old", "new", "share_old"]].values.tolist()
    [['WK000100', 'WK000109', 1.0], ['WK000101', 'WK000109', 1.0]]
    >>> crosswalk.unmatched_old.to_dict()
    {'WK000102': nan}
    """
    cells = read_cells(path)
    texts = {str(name): cells.text(str(name)) for name in cells.frame.columns}
    columns = [name for name, text in texts.items() if text.str.match(CODE).any()]
    if len(columns) != 2:
        found = f"{len(columns)} columns hold codes such as WK051801"
        expected = "two columns of wijk codes: of one year, and of the other"
        raise DataError([Problem(cells.file, found, expected, "leave out other columns of codes, or restore these")])
    old, new = _in_order(columns)
    problems = [
        cells.problem(row, name, f"this field holds {texts[name][row]!r}", "a wijk code, or nothing", "correct it")
        for name in columns
        for row in texts[name].index[(texts[name] != "") & ~texts[name].str.match(CODE)]
    ]
    pairs = pd.DataFrame({"old": texts[old], "new": texts[new], "addresses": np.nan})
    if named := next((name for name in texts if name.lower() in ADDRESSES), ""):
        pairs["addresses"], more = _counted(cells, named, pairs)
        problems += more
    if problems:
        raise DataError(sorted(problems, key=lambda problem: problem.row or 0))
    alone = [
        pairs[(pairs[other] == "") & (pairs[side] != "")].groupby(side)["addresses"].sum(min_count=1)
        for side, other in (("old", "new"), ("new", "old"))
    ]
    pairs = pairs[(pairs["old"] != "") & (pairs["new"] != "")].drop_duplicates(["old", "new"])
    left, appeared = (series.rename_axis("wijkcode") for series in alone)
    return Crosswalk(_with_shares(pairs), left, appeared, _year(old), _year(new), cells.file)


def _counted(cells: Cells, column: str, pairs: pd.DataFrame) -> tuple[pd.Series, list[Problem]]:
    numbers = to_numbers(cells, column)
    twice = pairs.duplicated(["old", "new"]) & numbers.values.notna()
    wrong = numbers.values <= 0
    problems = [
        cells.problem(row, column, f"this field holds {cells.frame.loc[row, column]!r}", "more than 0", "correct it")
        for row in wrong.index[wrong]
    ]
    problems += [
        cells.problem(row, column, "this pair of wijken stood above", "one row a pair", "add them up")
        for row in twice.index[twice]
    ]
    return numbers.values, [*numbers.problems, *problems]


def _year(name: str) -> int | None:
    found = re.findall(r"(?<!\d)20\d\d(?!\d)", name)
    return int(found[0]) if len(found) == 1 else None


def _in_order(columns: list[str]) -> list[str]:
    """The old column, then the new one, as far as their names tell."""
    first, second = (_year(name) for name in columns)
    if first and second and first != second:
        return columns if first < second else columns[::-1]
    words = [re.split(r"[\W\d_]+", name.lower()) for name in columns]
    first_is_new = any(word in NEW_NAMES for word in words[0]) or any(word in OLD_NAMES for word in words[1])
    return columns[::-1] if first_is_new else columns


def write_crosswalk(crosswalk: Crosswalk, path: str | os.PathLike[str]) -> Path:
    """Write a crosswalk as CSV, in the layout that :func:`read_crosswalk` reads.

    Parameters
    ----------
    crosswalk : Crosswalk
        Of :func:`make_crosswalk` or :func:`read_crosswalk`.
    path : path
        CSV to write: ``wijkcode_2017, wijkcode_2022`` (the years, or old and new where they are not known),
        ``addresses``, ``share_old`` and ``share_new``. A row with one empty code has the addresses of a wijk that the
        other year does not have.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    JeugdhulpError
        If it cannot be written there.

    Examples
    --------
    >>> crosswalk = crosswalk_of([("WK000100", "WK000100", 30), ("WK000100", "WK000101", 10)])
    >>> print(write_crosswalk(crosswalk, "crosswalk.csv").read_text())
    wijkcode_old,wijkcode_new,addresses,share_old,share_new
    WK000100,WK000100,30,0.75,1
    WK000100,WK000101,10,0.25,1
    """
    names = {"old": f"wijkcode_{crosswalk.old_year or 'old'}", "new": f"wijkcode_{crosswalk.new_year or 'new'}"}
    left = [
        series.rename("addresses").rename_axis(side).reset_index().assign(**{other: ""})
        for series, side, other in ((crosswalk.unmatched_old, "old", "new"), (crosswalk.unmatched_new, "new", "old"))
    ]
    table = pd.concat([crosswalk.pairs, *left], ignore_index=True).rename(columns=names)
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.10g")
    return Path(path)
