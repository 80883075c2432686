"""What readers share: the cells of a file with their rows, and text turned into numbers without guessing."""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem

SPREADSHEETS = (".ods", ".xls", ".xlsx", ".xlsm", ".xlsb")
TEXTS = (".csv", ".tsv", ".txt")
PARQUETS = (".parquet", ".pq")
NOT_GIVEN = frozenset({"", ".", ",", "x", "-"})
SYMBOLS = "%‰€"
ACCENTED = frozenset("àáâäçèéêëíîïñóôöúûüÉËÖÜ²")  # in Dutch names and units
LAST_LINE = re.compile(r"(?i)(bron\s*:|©).*")  # of an export of StatLine
MARK_BELOW = -99990  # borders files write -99999999 and -99997 where a figure is not known

DecimalMark = Literal[".", ","]

_NUMBER = re.compile(
    r"[+-]?(?=[.,]?[0-9])(?P<whole>[0-9]*)(?:(?P<mark>[.,])(?P<part>[0-9]+))?(?P<power>[eE][+-]?[0-9]+)?"
)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of one table as they stand in its file.

    Attributes
    ----------
    file : str
        Name of the file, with the sheet if it has several; for messages.
    frame : DataFrame of object
        Text without spaces around it, or what the format itself calls a number, date or truth value; "" where empty.
        Columns carry the names in the header, the index the rows as a spreadsheet shows them.
    """

    file: str
    frame: pd.DataFrame

    def problem(self, row: Any, column: str, found: str, expected: str, remedy: str) -> Problem:
        """Name one cell."""
        return Problem(self.file, found, expected, remedy, int(row), column)

    def absent(self, columns: Collection[str]) -> list[Problem]:
        """Name the columns that are not there."""
        have = ", ".join(self.frame.columns[:8]) + (", ..." if len(self.frame.columns) > 8 else "")
        return [
            Problem(self.file, f"there is no column {c!r}, only {have}", f"a column {c!r}", "add it or rename yours")
            for c in columns
            if c not in self.frame
        ]

    def text(self, column: str) -> pd.Series:
        """Give a column as text; whole numbers without decimals, "" where empty."""
        return self.frame[column].map(_text)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column read as numbers.

    Attributes
    ----------
    values : Series of float
        NaN where not given or not read.
    upper : Series of float
        The bound of ``<`` cells, else NaN.
    unread : Series of bool
        Cells that hold something but could not be read.
    problems : tuple of Problem
        Why.
    """

    values: pd.Series
    upper: pd.Series
    unread: pd.Series
    problems: tuple[Problem, ...] = ()


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of a DataError to a list and go on, so that all can be told at once."""
    try:
        yield
    except DataError as error:
        problems.extend(error.problems)


def read_cells(path: str | os.PathLike[str], sheet: str | None = None) -> Cells:
    """Read one table of a spreadsheet (ODS, XLS, XLSX), CSV or Parquet file, changing nothing.

    Parameters
    ----------
    path : path
        A CSV may be separated by ``;``, ``,`` or tab and is UTF-8, with or without a byte order mark, or cp1252 with
        accented letters alone. A last line with one field that names the source (``Bron: CBS``) is left out.
    sheet : str, optional
        Name of a spreadsheet's sheet; default the first.

    Returns
    -------
    Cells
        Empty rows, empty columns without a name, and a first one without a name that numbers the rows (as pandas writes
        it) are left out. The header is the first row that is not empty.

    Raises
    ------
    DataError
        If the file is absent or cannot be read, if it lacks the sheet, if names of columns are empty or double, or if
        a row of a CSV has more or fewer fields than its header.
    """
    path = Path(path)
    kind = path.suffix.lower()
    rows: list[list[Any]]

    def refuse(found: str, expected: str, remedy: str) -> DataError:
        return DataError([Problem(path.name, found, expected, remedy)])

    if not path.is_file():
        found = "this is a folder" if path.is_dir() else f"there is no such file in {path.absolute().parent}"
        raise refuse(found, "an existing file", "check the name and the folder")
    if kind in SPREADSHEETS:
        import python_calamine

        try:
            with python_calamine.load_workbook(path) as book:
                if sheet is not None and sheet not in book.sheet_names:
                    has = f"there is no sheet {sheet!r}, only {', '.join(book.sheet_names)}"
                    raise refuse(has, f"a sheet {sheet!r}", "take the file as its source published it, or rename yours")
                rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
        except (python_calamine.CalamineError, OSError) as error:
            raise refuse(
                f"this cannot be read as a spreadsheet ({error})",
                "an ODS, XLS or XLSX file",
                "download it again; save it as one of these",
            ) from None
    elif kind in TEXTS:
        try:
            rows = _csv_rows(_decoded(path.read_bytes()))
        except UnicodeDecodeError:
            found = "this is not UTF-8 text, nor Windows text with no other signs than letters with accents"
            raise refuse(found, "a CSV file in UTF-8", "save it as 'CSV UTF-8'") from None
        except csv.Error as error:
            raise refuse(f"this cannot be read as CSV ({error})", "a CSV file", "export it again") from None
    elif kind in PARQUETS:
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise refuse(f"this cannot be read ({error})", "a Parquet file", "write it again") from None
        table = table.reset_index(drop=table.index.names == [None]).astype(object)
        rows = [list(table.columns), *table.to_numpy().tolist()]
    else:
        known = ", ".join([*SPREADSHEETS, *TEXTS, *PARQUETS])
        raise refuse(f"files ending in {kind!r} cannot be read", f"one of {known}", "save it in one of these formats")
    return _arranged(rows, f"{path.name}, sheet {sheet}" if sheet else path.name)


def _decoded(data: bytes) -> str:
    """UTF-8, else cp1252 if every sign beyond ASCII is a letter that other code pages rarely have in its place."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
        if any(sign > "\x7f" and sign not in ACCENTED for sign in text):
            raise
        return text


def _csv_rows(text: str) -> list[list[Any]]:
    """Split text by the separator that gives its header most columns."""

    def records(separator: str, strict: bool) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)

    def columns(separator: str) -> int:
        return len(next(filter(any, records(separator, strict=False)), []))

    return list(records(max(";\t,", key=columns), strict=True))


def _arranged(rows: list[list[Any]], file: str) -> Cells:
    filled = [(number, [_clean(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    filled = [(number, row) for number, row in filled if any(cell != "" for cell in row)]
    if not filled:
        raise DataError([Problem(file, "the table is empty", "a header and one row per wijk", "check the file")])
    (at, names), body = filled[0], filled[1:]
    header, width = [_text(name) for name in names], len(names)
    if body and width > len(body[-1][1]) == 1 and LAST_LINE.fullmatch(_text(body[-1][1][0])):
        body.pop()
    if body and width == 1 and all(len(row) > 1 for _, row in body[:2]):
        found = f"this row has one field, {header[0]!r}, those below it {len(body[0][1])}"
        remedy = "remove the lines above the names of the columns"
        raise DataError([Problem(file, found, "the names of the columns first", remedy, at)])
    problems = [
        Problem(
            file,
            f"this row has {len(row)} fields, the header {width}",
            "as many as the header",
            "put quotes around fields that hold the separator, such as numbers with a decimal comma",
            number,
        )
        for number, row in body
        if len(row) != width
    ]
    problems += [
        Problem(file, f"{count} columns have this name", "one column a name", "rename or remove the others", at, name)
        for name, count in Counter(header).items()
        if name and count > 1
    ]
    full = [row for _, row in body if len(row) == width]
    keep = [i for i in range(width) if header[i] or any(row[i] != "" for row in full)]
    if keep and not header[0] and keep[0] == 0:
        numbers = [int(text) for row in full if (text := _text(row[0])).isdecimal()]
        if len(numbers) == len(full) and numbers == sorted(set(numbers)):
            del keep[0]
    problems += [
        Problem(file, f"column {i + 1} has no name", "a name above every column", "name it or remove it", at)
        for i in keep
        if not header[i]
    ]
    if problems:
        raise DataError(problems)
    index = pd.Index([number for number, _ in body], dtype=np.int64, name="row")
    columns = [header[i] for i in keep]
    return Cells(file, pd.DataFrame([[row[i] for i in keep] for row in full], index, columns, dtype=object))


def _clean(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip()
    return "" if pd.isna(cell) is True else cell


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def to_numbers(
    cells: Cells,
    column: str,
    *,
    bounds: bool = False,
    decimal: DecimalMark | None = None,
    not_given: Collection[str] = NOT_GIVEN,
    mixed: bool = False,
    expected: str | None = None,
) -> Numbers:
    """Read a column as numbers if it can be read in one way only.

    Parameters
    ----------
    cells : Cells
    column : str
    bounds : bool, default False
        Whether ``<1.2`` may stand for: not given, but below 1.2.
    decimal : {".", ","}, optional
        The decimal mark. By default the column itself must show it.
    not_given : collection of str, default NOT_GIVEN
        Texts (in small letters) that mean: not given. Whether that is suppressed or missing is for the caller to say.
    mixed : bool, default False
        The source writes points and commas in one column: read each number by itself, if each reads one way alone.
    expected : str, optional
        What messages say a cell may hold, where that is more than a number.

    Returns
    -------
    Numbers

    Notes
    -----
    ``12,3`` and ``12.3`` each read one way, together in one column they do not. ``1.234`` may be one thousand two
    hundred and thirty-four: it is read only where another number of the column, such as ``0.5``, shows what its mark
    means. Separators of thousands are never removed. Cells that the format itself stores as numbers are taken as
    they are. A sign %, ‰ or € may stand at either end, if it stands at every number: ``12%`` is 12, and beside a bare
    ``0.12`` neither is read.

    ``mixed`` never changes a value by a factor of ten: a mark with one, two or more than three digits behind it, or
    with a 0 or more than three digits before it, separates no thousands, so it is the decimal one whichever it is. A
    column that has both marks and one number of the other shape (``1.234``) is refused.

    Examples
    --------
    >>> cells = Cells("a.csv", pd.DataFrame({"hoogte": ["1,234", "0,5", "."], "breedte": ["1.234", "7", ""]}))
    >>> to_numbers(cells, "hoogte").values.tolist()
    [1.234, 0.5, nan]
    >>> print(to_numbers(cells, "breedte").problems[0])
    a.csv, row 0, column breedte: '1.234' may mean 1.234 or 1234; expected numbers that can be read in one way only;
    leave out separators of thousands, or say which mark is the decimal one
    """
    raw = cells.frame[column]
    values, upper, unread = np.full(len(raw), np.nan), np.full(len(raw), np.nan), np.zeros(len(raw), bool)
    marked: list[_Marked] = []
    signs: dict[int, str] = {}  # of the cells that were read
    for i, cell in enumerate(raw):
        if not isinstance(cell, str):
            if isinstance(cell, int | float | np.number) and not isinstance(cell, bool) and np.isfinite(cell):
                values[i], signs[i] = cell, ""
            else:
                unread[i] = True
            continue
        if cell.lower() in not_given:
            continue
        below = bounds and cell.startswith("<")
        digits = cell.removeprefix("<").strip() if below else cell
        sign = digits[:1] if digits[:1] in SYMBOLS else digits[-1:] if digits[-1:] in SYMBOLS else ""
        match = _NUMBER.fullmatch(digits := digits.removeprefix(sign).removesuffix(sign).strip() if sign else digits)
        number = float(digits.replace(",", ".")) if match else np.inf
        if match is None or np.isinf(number):
            unread[i] = True
            continue
        (upper if below else values)[i], signs[i] = number, sign
        if mark := match["mark"]:
            grouped = re.fullmatch("[1-9][0-9]{0,2}", match["whole"]) and len(match["part"]) == 3 and not match["power"]
            marked.append(_Marked(i, cell, mark, sure=not grouped))

    bad = raw[unread]
    if expected is None and len(bad) and np.isnan(values).all() and np.isnan(upper).all():
        found = f"this column holds {_shown(bad.iloc[0])} and no number"
        problems = [cells.problem(bad.index[0], column, found, "numbers", "leave the column out or correct it")]
    else:
        told = (expected or "a number, or an empty field where it is not known", "correct it")
        problems = [cells.problem(i, column, f"this field holds {_shown(c)}", *told) for i, c in bad.items()]
    refused: list[tuple[list[int], tuple[int, str, str, str] | None]] = [
        ([cell.place for cell in marked], _mark_complaint(marked, decimal, mixed)),
        (list(signs), _sign_complaint(signs, raw)),
    ]
    for places, complaint in refused:
        if complaint is None:
            continue
        where, *words = complaint
        problems.append(cells.problem(raw.index[where], column, *words))
        values[places], upper[places], unread[places] = np.nan, np.nan, True
    series = [pd.Series(array, raw.index, name=column) for array in (values, upper, unread)]
    return Numbers(series[0], series[1], series[2], tuple(problems))


def _shown(cell: Any) -> str:
    return repr(cell) if isinstance(cell, str) else str(cell)


class _Marked(NamedTuple):
    """A cell with a point or comma, and whether that can only be a decimal mark."""

    place: int
    cell: str
    mark: str
    sure: bool


def _sign_complaint(signs: dict[int, str], raw: pd.Series) -> tuple[int, str, str, str] | None:
    """Say where a number has another sign of its unit than most, or none where most have one."""
    (usual, _), *others = Counter(signs.values()).most_common() or [("", 0)]
    if not others:
        return None
    odd, like = (next(i for i, sign in signs.items() if (sign == usual) == same) for same in (False, True))
    return (
        odd,
        f"{_shown(raw.iloc[odd])}, where others are written like {_shown(raw.iloc[like])}",
        "one unit throughout a column",
        "write the sign at every number, or at none",
    )


def _mark_complaint(
    marked: list[_Marked], decimal: DecimalMark | None, mixed: bool
) -> tuple[int, str, str, str] | None:
    """Say where and why the marks of a column do not read one way."""
    if not marked or (mixed and all(cell.sure for cell in marked)):
        return None
    main: str = decimal or Counter(cell.mark for cell in marked).most_common(1)[0][0]
    usual = next((cell.cell for cell in marked if cell.mark == main), f"0{main}5")
    both = len({cell.mark for cell in marked}) > 1
    for odd in marked:
        if odd.mark != main and not mixed:
            return (
                odd.place,
                f"{odd.cell!r}, where others are written like {usual!r}",
                "decimal points or decimal commas throughout a column, not both",
                "write them all in one way, without separators of thousands",
            )
    if not both and (decimal or any(cell.sure for cell in marked)):
        return None
    first = next(cell for cell in marked if not cell.sure)
    return (
        first.place,
        f"{first.cell!r} may mean {first.cell.replace(first.mark, '.')} or {first.cell.replace(first.mark, '')}",
        "numbers that can be read in one way only",
        "leave out separators of thousands, or say which mark is the decimal one",
    )
