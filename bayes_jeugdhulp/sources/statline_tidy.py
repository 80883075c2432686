"""Rows of a fetched table with stable names, a row a region: figures as numbers, counts of users as text."""

import re
from collections import Counter
from collections.abc import Mapping

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import Cells, to_numbers
from bayes_jeugdhulp.sources.statline_columns import REMEDY, RawTable, column_names, plain, slug, topics

LEVELS = {"NL": "Land", "GM": "Gemeente", "WK": "Wijk", "BU": "Buurt"}
REGION = re.compile(r"NL\d{2}|GM\d{4}|WK\d{4}[0-9A-Z]{2}|BU\d{4}[0-9A-Z]{4}")
NOT_THERE = frozenset({"", "."})


def tidy(series: str, table: RawTable) -> pd.DataFrame:
    """Rows of a fetched table with stable names; what they are stands in :mod:`bayes_jeugdhulp.sources.fetching`.

    Parameters
    ----------
    series : {"kwb", "jeugdzorg", "gebieden", "nabijheid", "rivm", "politie"}
    table : RawTable
        Of one period and, but for kinds of crime, one category of every dimension that is no region.

    Returns
    -------
    DataFrame
        A row a region, in the order of the table.

    Raises
    ------
    DataError
        If a column is not there or not clear, a region stands in it twice, or a cell is no number.

    Examples
    --------
    >>> table = RawTable(
    ...     "85335NED",
    ...     pd.DataFrame({"Wijken": ["WK168000", "WK168001"], "TotaalJongerenMetJeugdzorgInNatura_1": ["35", "."]}),
    ...     [
    ...         {"ID": 0, "Type": "GeoDimension", "Key": "Wijken", "Title": "Wijken"},
    ...         {"ID": 1, "Type": "Topic", "Key": "TotaalJongerenMetJeugdzorgInNatura_1",
    ...          "Title": "Totaal jongeren met jeugdzorg in natura", "Unit": "aantal"},
    ...     ],
    ...     {},
    ... )
    >>> tidy("jeugdzorg", table)[["gwb_code_10", "recs", "users"]].to_numpy().tolist()
    [['WK168000', 'Wijk', '35'], ['WK168001', 'Wijk', '.']]
    """
    if series == "gebieden":
        return _gebieden(table)
    names = column_names(series, table)
    kinds, rows = table.dimension("Dimension"), table.rows
    _once(table, [table.region, *([kinds] if series == "politie" and kinds else [])])
    if series == "politie" and kinds is not None:
        return _by_kind(table, kinds, names)
    made = _about(table, rows, names)
    if series == "jeugdzorg":
        form = kinds and rows[kinds].map(table.titles(kinds))
        made["form"] = form if form is not None else pd.NA
    columns = {}
    for key, name in names.items():
        if name in made:
            continue
        text = _column(table, key)
        columns[name] = text.where(text != "") if series == "jeugdzorg" else _numbers(table, key)
    return pd.concat([made, pd.DataFrame(columns, rows.index)], axis=1).reset_index(drop=True)


def _column(table: RawTable, key: str) -> pd.Series:
    """A column of the rows, as text."""
    if key not in table.rows:
        found = f"its rows lack {key}, which its DataProperties name"
        raise DataError([Problem(table.file, found, "that column", REMEDY)])
    return table.rows[key].astype("str")


def _about(table: RawTable, rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """What region each row is of."""
    codes = rows[table.region]
    made = pd.DataFrame({"gwb_code_10": codes, "regio": codes.map(table.titles(table.region))}, rows.index)
    for name in ("gm_naam", "ind_wbi"):
        key = next((key for key, other in names.items() if other == name), None)
        made[name] = pd.Series(pd.NA, rows.index, dtype="str") if key is None else rows[key]
    made.insert(3, "recs", codes.str[:2].map(LEVELS))
    return made.astype("str").where(lambda cells: ~cells.isin(NOT_THERE))


def _once(table: RawTable, keys: list[str]) -> None:
    """Refuse region codes that are none, and regions that occur twice."""
    for key in keys:
        _column(table, key)
    codes = table.rows[table.region]
    problems = [
        Problem(table.file, f"{code!r} stands for a region", "a code such as WK168000", REMEDY)
        for code in codes[~codes.astype("str").str.fullmatch(REGION.pattern).fillna(False).astype(bool)].unique()
    ]
    if (double := table.rows.duplicated(keys)).any():
        found = f"{int(double.sum())} regions stand in it twice, the first {codes[double].iloc[0]}"
        problems.append(Problem(table.file, found, "one row a region", "fetch it again with an empty --cache"))
    if problems:
        raise DataError(problems)


def _numbers(table: RawTable, key: str) -> pd.Series:
    column = _column(table, key).fillna("").astype(object)
    read = to_numbers(Cells(table.file, column.to_frame(key)), key, decimal=".", not_given=NOT_THERE)
    if read.problems:
        raise DataError(read.problems)
    return read.values


def _by_kind(table: RawTable, kinds: str, names: Mapping[str, str]) -> pd.DataFrame:
    """A column for each kind of crime, named after its title, with its code where a title stands twice."""
    titles = {code: slug(title) for code, title in table.titles(kinds).items()}
    count = Counter(titles.values())
    named = {code: name if count[name] == 1 else f"{name}_{slug(code)}" for code, name in titles.items()}
    kind = table.rows[kinds].map(lambda code: named.get(code, slug(code)))
    number = _numbers(table, next(key for key, name in names.items() if name == "misdrijven"))
    about = _about(table, table.rows, names).assign(kind=kind, number=number)
    first = about.drop(columns=["kind", "number"]).drop_duplicates("gwb_code_10").reset_index(drop=True)
    wide = about.pivot(index="gwb_code_10", columns="kind", values="number")[list(kind.unique())]
    return first.join(wide.rename_axis(columns=None), on="gwb_code_10")


def _gebieden(table: RawTable) -> pd.DataFrame:
    """The jeugdzorgregio of each gemeente: the column whose codes begin with JZ, and the name beside it."""
    _once(table, [table.region])
    rows, found = table.rows, topics(table.properties)
    is_code = [t for t in found if t["Key"] in rows and rows[t["Key"]].astype("str").str.fullmatch(r"JZ\d{2}").any()]
    if len(is_code) != 1:
        what = f"{len(is_code)} columns hold codes of jeugdzorgregio's"
        raise DataError([Problem(table.file, what, "one with codes such as JZ09", REMEDY)])
    code = is_code[0]
    names = [t["Key"] for t in found if t.get("ParentID") == code.get("ParentID") and plain(t["Title"]) == "naam"]
    title = rows[table.region].map(table.titles(table.region)).astype("str")
    return pd.DataFrame(
        {
            "gemeentecode": rows[table.region].astype("str"),
            "gemeentenaam": title.str.removesuffix(" (gemeente)"),
            "jeugdzorgregio": rows[code["Key"]].astype("str"),
            "jeugdzorgregio_naam": rows[names[0]].astype("str") if len(names) == 1 else "",
        }
    ).reset_index(drop=True)
