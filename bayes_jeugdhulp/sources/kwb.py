"""Kerncijfers wijken en buurten of one year, from CBS's own file or from StatLine: text in, typed figures out."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.downloads import area_codes, columns_named, has_periods, rows_of_year
from bayes_jeugdhulp.sources.kwb_columns import COLUMNS, Column
from bayes_jeugdhulp.sources.reading import MARK_BELOW, NOT_GIVEN, Cells, Numbers, read_cells, to_numbers

NAMES = {"regio": "Wijken en buurten", "gm_naam": "Gemeentenaam"}
AGES = {"0-17": 0.3, "0-22": 0.8}  # the part of the 15 to 24-year-olds that is taken to be that young
AGES_SD = 0.1  # of that part, over wijken: more of them are 15 in a village than on a campus
ROUNDING_VARIANCE = 4.0  # of a number rounded at random to a multiple of 5: the mean of r (5 - r)


@dataclass(frozen=True, slots=True, eq=False)
class Kwb:
    """Kerncijfers of one year.

    Attributes
    ----------
    figures : DataFrame of float, index ``code``
        Nation, gemeenten and wijken by what :data:`~bayes_jeugdhulp.sources.kwb_columns.COLUMNS` calls each figure;
        empty where CBS gives none. Figures of which the file has none at all are left out.
    names : DataFrame of str, index ``code``
        ``regio`` and ``gm_naam``; the code where the file has no name.
    rows : Series of int, index ``code``
        Their row in the file.
    year : int
    file : str
    """

    figures: pd.DataFrame
    names: pd.DataFrame
    rows: pd.Series
    year: int
    file: str

    @property
    def wijken(self) -> pd.DataFrame:
        """The figures of the wijken alone."""
        return self.figures[self.figures.index.str.startswith("WK")]

    def youths(self, ages: str) -> pd.DataFrame:
        """Estimate the number of youths of each area, which CBS publishes in other age groups only.

        Parameters
        ----------
        ages : {"0-17", "0-22"}

        Returns
        -------
        DataFrame, index ``code``
            ``youths``, a whole number: all from 0 to 14 years and .3 (to 17) or .8 (to 22) of those from 15 to 24.
            ``log_sd``: sd of its log, from a part that differs by .1 between wijken and from CBS's random rounding of
            both numbers to multiples of 5; 0 where the estimate is 0.

        Examples
        --------
        >>> figures = pd.DataFrame({"a_00_14": [100.0], "a_15_24": [50.0]}, ["WK000100"])
        >>> kwb = Kwb(figures, figures, figures, 2021, "kwb-2021.xlsx")
        >>> kwb.youths("0-22").round(3).values.tolist(), kwb.youths("0-17").round(3).values.tolist()
        ([[140.0, 0.04]], [[115.0, 0.047]])
        """
        part, old, young = AGES[ages], self.figures["a_15_24"], self.figures["a_00_14"]
        estimate = young + part * old
        sd = np.sqrt((AGES_SD * old) ** 2 + ROUNDING_VARIANCE * (1 + part**2))
        log_sd = (sd / estimate.where(estimate > 0)).clip(upper=2).fillna(0)
        return pd.DataFrame({"youths": (estimate + 0.5) // 1, "log_sd": log_sd})


def read_kwb(file: str | os.PathLike[str], year: int | None = None) -> Kwb:
    r"""Read Kerncijfers wijken en buurten of one year.

    Parameters
    ----------
    file : path
        CBS's own file (``kwb-2013.xls`` to the newest ``.xlsx``), a StatLine export or raw StatLine rows (CSV or
        Parquet). Rows of buurten and columns that are not in ``kwb_columns.py`` are passed over.
    year : int, optional
        Year of the figures; default what the file says, or else its name, which may not contradict it.

    Returns
    -------
    Kwb
        Figures of nation, gemeenten and wijken, their names and their rows in the file.

    Raises
    ------
    DataError
        With every problem found: the year is not known, a code is not one, a cell does not read as one number, a count
        is no whole number, a percentage lies outside 0 to 100, or the numbers of inhabitants or youths are absent.

    Notes
    -----
    ``.``, empty, a lone ``,``, ``x``, ``-``, ``NaN`` and -99999999 say that there is no figure. CBS writes decimal
    commas and points in one file: each number is read by itself (``mixed`` of
    :func:`~bayes_jeugdhulp.sources.reading.to_numbers`), and a column where that cannot be done safely is refused.

    Examples
    --------
    >>> text = "gwb_code_10;regio;recs;a_inw;a_00_14;a_15_24;p_koopw\n"
    >>> text += "WK001200;Oost;Wijk;1000;200;100;61,5\nBU00120001;Markt;Buurt;300;70;20;."
    >>> _ = Path("kwb-2022.csv").write_text(text)
    >>> kwb = read_kwb("kwb-2022.csv")
    >>> kwb.year, kwb.wijken[["a_inw", "p_koopw"]].to_dict("index")
    (2022, {'WK001200': {'a_inw': 1000.0, 'p_koopw': 61.5}})
    """
    cells = read_cells(file)
    return kwb_of(cells, year_told(cells, Path(file).name, year))


def year_in_name(name: str) -> int | None:
    """Year in the name of a file, where there is one."""
    found = re.findall(r"(?<!\d)20[1-9]\d(?!\d)", name)
    return int(found[0]) if len(found) == 1 else None


def year_told(cells: Cells, name: str, year: int | None) -> int | None:
    """Year of a table: the one that is asked for, which the name of a file without periods must not contradict.

    Raises
    ------
    DataError
    """
    told = year_in_name(name)
    if year is not None and told not in (None, year) and not has_periods(cells):
        remedy = "take the file of that year, or rename this one where its name is wrong"
        raise DataError([Problem(cells.file, f"its name says {told}", f"figures of {year}", remedy)])
    return year or told


def kwb_of(cells: Cells, year: int | None) -> Kwb:
    """Kerncijfers of a table that was read; see :func:`read_kwb`."""
    cells = Cells(
        cells.file, cells.frame.rename(columns=lambda name: str(name).lower() if str(name).isupper() else name)
    )
    cells, year = rows_of_year(cells, year)
    if year is None:
        found = "neither the table nor its name tells the year"
        raise DataError([Problem(cells.file, found, "the year of the figures", "say it (--year)")])
    codes = area_codes(cells)
    large = codes[~codes.str.startswith("BU")]
    cells = Cells(cells.file, cells.frame.loc[large.index])
    problems = [
        cells.problem(row, "code", f"{large[row]!r} stands above already", "each area once", "remove doubles")
        for row in large.index[large.duplicated()]
    ]
    figures: dict[str, pd.Series] = {}
    for name, column in COLUMNS.items():
        numbers, share = _figure(cells, column, year)
        problems += [] if numbers is None else numbers.problems
        if numbers is None or not (numbers.values.notna().any() or numbers.problems):
            continue
        values = numbers.values
        if share:
            values = (values / 100 * figures.get(str(column.share_of), pd.Series(np.nan, values.index))).round()
        figures[name] = values
    if absent := [name for name in ("a_inw", "a_00_14", "a_15_24") if name not in figures]:
        titles = ", ".join(f"{name} ({COLUMNS[name].titles[0]})" for name in absent)
        found = f"no figures of {titles} for {year}"
        problems.append(
            Problem(cells.file, found, "them, under one of these names", "check the year, or download them too")
        )
    if problems:
        raise DataError(problems)
    names = pd.DataFrame(index=large.index)
    for name, title in NAMES.items():
        column_name = name if name in cells.frame else next(iter(columns_named(cells.frame, title)), None)
        text = large if column_name is None else cells.text(column_name)
        names[name] = text.where(text != "", large)
    index = pd.Index(large, name="code")
    rows = large.index.to_series().set_axis(index)
    return Kwb(pd.DataFrame(figures).set_axis(index), names.set_axis(index), rows, year, cells.file)


def _figure(cells: Cells, column: Column, year: int) -> tuple[Numbers | None, bool]:
    """Read one figure under the name of its year, of another year or of StatLine; and whether it is a share."""
    if not any(first <= year <= (last or year) for _, first, last in column.names):
        return None, False
    names = [column.name_in(year), *(name for name, *_ in column.names)]
    found = next((name for name in names if name in cells.frame), None)
    share = False
    if found is None and column.share_of and (as_share := f"p_{column.name[2:]}") in cells.frame:
        found, share = as_share, True
    if found is None:
        titled = columns_named(cells.frame, *column.titles)
        if len(titled) != 1:
            return None, False
        found = titled[0]
    numbers = to_numbers(cells, found, not_given=NOT_GIVEN | {"nan"}, mixed=True)
    values = numbers.values.mask(numbers.values <= MARK_BELOW)
    unit = "%" if share else column.unit
    if unit == "%":
        wrong, expected = (values < 0) | (values > 100), "a percentage from 0 to 100"
    elif unit == "aantal":
        wrong, expected = (values < 0) | (values % 1 > 0), "a whole number, 0 or more"
    else:
        return replace(numbers, values=values), share
    more = (
        cells.problem(row, found, f"this field holds {values[row]:g}", expected, "take the file as CBS published it")
        for row in values.index[wrong]
    )
    return replace(numbers, values=values, problems=(*numbers.problems, *more)), share
