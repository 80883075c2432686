"""Indicators of wijken that a user brings: what each measures, on which scale, and where it was measured."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import (
    MARK_BELOW,
    NOT_GIVEN,
    Cells,
    DecimalMark,
    collecting,
    read_cells,
    to_numbers,
)

NAMED = ("wijknaam", "gemeentecode", "gemeentenaam")
ABOUT = ("indicator", "factor", "sign", "anchor", "scale", "sizes")
SCALES = ("score", "percentage", "count")
SIGNS = {"": 1, "1": 1, "+": 1, "+1": 1, "-1": -1, "-": -1}
YES_NO = {"": False, "0": False, "nee": False, "no": False, "false": False}
YES_NO |= {"1": True, "ja": True, "yes": True, "true": True}
DIMENSIONS = frozenset({"fys", "onv", "soc", "vrz", "won"})
TOTALS = frozenset({"lbm", "afw"})
MARK = "data"  # column that says gesimuleerd in files of the simulated Netherlands


@dataclass(frozen=True, slots=True, eq=False)
class Indicators:
    """Indicators of wijken.

    Attributes
    ----------
    values : DataFrame of float, wijk by indicator
        In their own units, by ``wijkcode``. Empty where not measured, which is not zero.
    sizes : DataFrame of float, wijk by indicator
        Respondents behind a percentage or score, or inhabitants among whom was counted; empty where none were given.
    about : DataFrame, by indicator
        ``factor`` that it measures ("" for none in particular), ``sign`` of its loading (1 or -1), ``anchor`` (whether
        its intercept and loading are one for the whole country), ``scale``: score, percentage or count.
    file : str
        Name of the file.
    """

    values: pd.DataFrame
    sizes: pd.DataFrame
    about: pd.DataFrame
    file: str

    @property
    def measured(self) -> pd.Series:
        """Number of wijken that have each indicator."""
        return self.values.notna().sum().rename("wijken")

    def of_wijken(self, wijkcodes: pd.Index) -> "Indicators":
        """Match with wijken by code, such as ``areas.wijken.index``; other wijken than theirs are left out.

        Parameters
        ----------
        wijkcodes : Index of str

        Returns
        -------
        Indicators
            Their rows in that order; a wijk that the table does not have was not measured.

        Raises
        ------
        DataError
            If it has none of them.
        """
        if not wijkcodes.isin(self.values.index).any():
            found = f"none of {len(wijkcodes)} wijken, such as {wijkcodes[0]}, has a row"
            remedy = "take a table of the same year: codes of wijken change"
            raise DataError([Problem(self.file, found, "the wijken of the other figures", remedy)])
        values, sizes = (table.reindex(wijkcodes.rename("wijkcode")) for table in (self.values, self.sizes))
        return replace(self, values=values, sizes=sizes)


def read_indicators(
    file: str | os.PathLike[str],
    about: str | os.PathLike[str] | None = None,
    *,
    code: str = "wijkcode",
    only: Mapping[str, str] | None = None,
    decimal: DecimalMark | None = None,
    sheet: str | None = None,
) -> Indicators:
    r"""Read indicators from a CSV, Parquet or spreadsheet file, one row a wijk.

    Parameters
    ----------
    file : path
        A column with codes of wijken and a column an indicator. An empty field says that it was not measured there;
        so do ``.``, ``x`` and ``-``, but not for counts, where sources write them for small ones too.
    about : path, optional
        A table with a row an indicator: ``indicator`` (the name of its column) and, where wanted, ``factor``, ``sign``
        (1, the default, or -1), ``anchor`` (ja or nee, the default), ``scale`` (score, the default, percentage or
        count) and ``sizes`` (the column with its sample sizes). Other columns of ``file`` are then passed over. Without
        it, every column but ``wijknaam, gemeentecode, gemeentenaam`` is an indicator on a scale of scores.
    code : str, default "wijkcode"
        Name of the column with codes.
    only : mapping of str to str, optional
        Rows to take, such as ``{"jaar": "2018"}``: those with this text in that column.
    decimal : {".", ","}, optional
        The decimal mark, for columns that do not show it themselves.
    sheet : str, optional
        Sheet of a spreadsheet; default the first.

    Returns
    -------
    Indicators
        Figures, wijk by indicator, with what each measures and on which scale.

    Raises
    ------
    DataError
        With every problem found, each naming file, row and column. Also where one indicator follows from the others,
        as the total of the Leefbaarometer (``lbm``, ``afw``) does from its five dimensions.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path, about = Path(folder, "wijken.csv"), Path(folder, "uitleg.csv")
    ...     _ = path.write_text("wijkcode;eenzaam;n\nWK000100;41,5;210\nWK000101;;\nWK000102;0;80")
    ...     _ = about.write_text("indicator;factor;scale;sizes\neenzaam;cohesie;percentage;n")
    ...     found = read_indicators(path, about)
    >>> found.values["eenzaam"].tolist(), found.sizes["eenzaam"].tolist()
    ([41.5, nan, 0.0], [210.0, nan, 80.0])
    """
    cells = read_cells(file, sheet)
    problems = cells.absent([code, *(only or {})])
    frame = cells.frame
    if not problems:
        for column, text in (only or {}).items():
            frame = frame[cells.text(column)[frame.index] == text]
        if frame.empty:
            chosen = ", ".join(f"{column} {text!r}" for column, text in (only or {}).items())
            found = f"no row has {chosen}" if chosen else "the table is empty"
            problems.append(Problem(cells.file, found, "one row a wijk", "check the file, or what it is filtered by"))
    if problems:
        raise DataError(problems)
    cells = Cells(cells.file, frame)
    if about is None:
        names = frame.columns.drop([code, *(only or {})]).difference(list(NAMED), sort=False)
        table = pd.DataFrame({"factor": "", "sign": 1, "anchor": False, "scale": "score", "sizes": ""}, names)
    else:
        with collecting(problems):
            table = _about(read_cells(about), frame.columns)
        if problems:
            table = pd.DataFrame(columns=list(ABOUT[1:]))  # what it says cannot be held to the figures
    if about is None and table.empty:
        found = f"no column beside {code}"
        problems.append(Problem(cells.file, found, "a column an indicator", "add the indicators"))

    return indicators_of(cells, table, code, decimal=decimal, problems=problems)


def indicators_of(
    cells: Cells,
    table: pd.DataFrame,
    code: str,
    *,
    decimal: DecimalMark | None = None,
    mixed: bool = False,
    problems: Sequence[Problem] = (),
) -> Indicators:
    """Check and arrange the indicators of a table that was read.

    Parameters
    ----------
    cells : Cells
        One row a wijk.
    table : DataFrame, by name of the indicator's column
        ``factor, sign, anchor, scale, sizes``, as in :func:`read_indicators`.
    code : str
        Column with codes of wijken.
    decimal : {".", ","}, optional
    mixed : bool, default False
        As in :func:`~bayes_jeugdhulp.sources.reading.to_numbers`.
    problems : sequence of Problem
        Found before, to be told with those found here.

    Returns
    -------
    Indicators

    Raises
    ------
    DataError
        As :func:`read_indicators` does.
    """
    problems, frame = list(problems), cells.frame
    codes = cells.text(code)
    for wrong, expected, remedy in (
        (
            ~codes.str.fullmatch(r"WK\d{4}[0-9A-Z]{2}"),
            "WK, four digits and two digits or letters",
            "restore lost zeros",
        ),
        (codes.duplicated(), "one row a wijk", "take one year or period (only=), or remove the others"),
    ):
        problems += [
            cells.problem(row, code, f"this field holds {codes[row]!r}", expected, remedy) for row in codes.index[wrong]
        ]
    values, sizes = pd.DataFrame(index=frame.index), pd.DataFrame(index=frame.index)
    for name, row in table.iterrows():
        indicator = str(name)
        not_given = {""} if row["scale"] == "count" else NOT_GIVEN
        numbers = to_numbers(cells, indicator, decimal=decimal, not_given=not_given, mixed=mixed)
        values[indicator], sizes[indicator] = numbers.values, np.nan
        problems += numbers.problems
        if not numbers.problems or numbers.values.notna().any():
            problems += _values(cells, indicator, numbers.values, row["scale"])
        if row["sizes"]:
            counted = to_numbers(cells, row["sizes"], decimal=decimal)
            sizes[indicator] = counted.values.where(numbers.values.notna())
            problems += counted.problems or _sizes(cells, indicator, row["sizes"], numbers.values, counted.values)
    problems += _totals(cells.file, values)
    if problems:
        unique = dict.fromkeys(problems)  # two indicators may share their sizes
        raise DataError(sorted(unique, key=lambda problem: (problem.row or 0, problem.column or "")))
    index = pd.Index(codes, name="wijkcode")
    kept = table.drop(columns="sizes").astype({"anchor": bool, "sign": np.int64}).rename_axis("indicator")
    return Indicators(values.set_axis(index), sizes.set_axis(index), kept, cells.file)


def _about(cells: Cells, columns: pd.Index) -> pd.DataFrame:
    """Read what each indicator is; every problem of the table at once."""
    problems = cells.absent(["indicator"])
    problems += [
        Problem(
            cells.file, "this column is not known here", f"only {', '.join(ABOUT)}", "remove or rename it", column=name
        )
        for name in cells.frame.columns.difference([*ABOUT, MARK])
    ]
    if problems:
        raise DataError(problems)
    text = pd.DataFrame({name: cells.text(name) if name in cells.frame else "" for name in ABOUT}, cells.frame.index)
    lower = text[["sign", "anchor", "scale"]].apply(lambda column: column.str.lower())
    lower["scale"] = lower["scale"].replace("", "score")

    def refuse(wrong: pd.Series, column: str, expected: str, remedy: str) -> None:
        for row in text.index[wrong]:
            problems.append(cells.problem(row, column, f"this field holds {text.at[row, column]!r}", expected, remedy))

    refuse(
        ~text["indicator"].isin(columns), "indicator", "the name of a column of the figures", "name it as it is there"
    )
    refuse(text["indicator"].duplicated(), "indicator", "one row an indicator", "remove the others")
    refuse(~lower["sign"].isin(SIGNS), "sign", "1 or -1", "say which way it runs")
    refuse(~lower["anchor"].isin(YES_NO), "anchor", "ja or nee", "say whether it is an anchor")
    refuse(~lower["scale"].isin(SCALES), "scale", f"one of {', '.join(SCALES)}", "say on which scale it is")
    given = text["sizes"] != ""
    refuse(
        given & ~text["sizes"].isin(columns), "sizes", "the name of a column of the figures", "name it as it is there"
    )
    refuse(given & (text["sizes"] == text["indicator"]), "sizes", "another column than the indicator", "name that one")
    anchor = lower["anchor"].map(YES_NO)
    refuse(anchor.eq(True) & (text["factor"] == ""), "factor", "the factor that an anchor fixes", "name it")
    if problems:
        raise DataError(problems)
    table = text[["factor", "sizes"]].assign(sign=lower["sign"].map(SIGNS), anchor=anchor, scale=lower["scale"])
    return table.set_index(text["indicator"])[list(ABOUT[1:])]


def _values(cells: Cells, name: str, values: pd.Series, scale: str) -> list[Problem]:
    """Say which values their scale does not have."""
    if values.isna().all():
        return [
            Problem(cells.file, "no wijk has a value", "an indicator that was measured", "leave it out", column=name)
        ]
    if scale == "percentage":
        wrong, expected = (values < 0) | (values > 100), "a percentage between 0 and 100"
    elif scale == "count":
        wrong, expected = (values < 0) | (values % 1 > 0), "a whole number, 0 or more"
    else:
        wrong, expected = values <= MARK_BELOW, "a score, or an empty field where it was not measured"
    remedy = "correct it, leave it empty where it was not measured, or give the indicator its own scale"
    return [
        cells.problem(row, name, f"this field holds {cells.frame.at[row, name]!r}", expected, remedy)
        for row in values.index[wrong]
    ]


def _sizes(cells: Cells, name: str, column: str, values: pd.Series, sizes: pd.Series) -> list[Problem]:
    """Say where a sample size cannot be, or is none beside a value: nobody was asked where nothing was measured."""
    expected = f"a number above 0 for every wijk with {name}"
    return [
        cells.problem(
            row, column, f"this field holds {cells.frame.at[row, column]!r}", expected, "give the sample size"
        )
        for row in values.index[(sizes < 0) | (values.notna() & ~(sizes > 0))]
    ]


def _totals(file: str, values: pd.DataFrame) -> list[Problem]:
    """Name an indicator that the others add up to: by the names of the Leefbaarometer, and by the figures."""
    remedy = "leave one of them out"
    lower = {str(name).lower(): str(name) for name in values}
    if set(lower) >= DIMENSIONS and (totals := sorted(TOTALS & set(lower))):
        found = f"{' and '.join(lower[name] for name in totals)} beside all five dimensions of the Leefbaarometer"
        return [Problem(file, found, "the total or its dimensions, not both", remedy)]
    complete = values.dropna().to_numpy()
    if values.shape[1] < 2 or len(complete) < values.shape[1] + 2 or (np.ptp(complete, axis=0) == 0).any():
        return []
    centred = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    if sizes[-1] > 1e-6 * sizes[0]:
        return []
    names = [str(name) for name, weight in zip(values, directions[-1], strict=True) if abs(weight) > 1e-6]
    found = f"{', '.join(names)} follow from one another in every wijk that has all indicators"
    return [Problem(file, found, "indicators that each add something", remedy)]
