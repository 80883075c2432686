"""The wijk of every address in one year, from the CBS's file of postcodes and house numbers, read piece by piece."""

import csv
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.borders import CODE

# Headers differ per edition: PC6;Huisnummer;Buurt2022;Wijk2022;Gemeente2022 and pc6,huisnummer,gwb2016_code,wijkcode.
HEADERS = {
    "postcode": r"pc6?|postcode6?",
    "number": r"huisnummer|huisnr|hnr",
    "wijk": r"(wijk|wk)(_?code)?(_?20\d\d)?",
    "buurt": r"(buurt|bu)(_?code)?(_?20\d\d)?|gwb_?20\d\d_?code",
}
NEEDED = "columns such as PC6, Huisnummer and Wijk2022 (or Buurt2022)"
VALID = {"postcode": "^[1-9][0-9]{3}[A-Z]{2}$", "number": "^[0-9]{1,5}$"}
BLOCK = 16 << 20  # bytes of text in memory at a time


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """Addresses and the wijk of each.

    Attributes
    ----------
    keys : ndarray of int64, shape (address,)
        Postcode and house number as one number, sorted, each once.
    wijk : ndarray of int32, shape (address,)
        Place in ``codes``.
    codes : tuple of str
        Wijk codes.
    total : ndarray of int64, shape (wijk,)
        Addresses of each wijk: those above and those that the file puts in several wijken, which are in none above.
    year : int or None
        From the header or the name of the file.
    file : str
    without_wijk : int
        Rows whose code is empty: they are in none of the above.
    """

    keys: NDArray[np.int64]
    wijk: NDArray[np.int32]
    codes: tuple[str, ...]
    total: NDArray[np.int64]
    year: int | None
    file: str
    without_wijk: int = 0


def read_addresses(path: str | os.PathLike[str]) -> Addresses:
    """Read a file with a row per postcode and house number (CBS, *Buurt, wijk en gemeente voor postcode-huisnummer*).

    Parameters
    ----------
    path : path
        CSV with ``;`` or ``,``, or the zip that it was downloaded in. Known by their names, whatever the edition:
        postcode (PC6), house number and wijk, or buurt in its place. Codes may have lost ``WK`` and their zeros. An
        address without a code is passed over, and counted.

    Returns
    -------
    Addresses

    Raises
    ------
    DataError
        If the file is absent or has no such columns, or with the first rows that hold no postcode, number or code.

    Notes
    -----
    Read in blocks of 16 MB of text; what stays is twelve bytes an address, some 0.1 GB for the country, and several
    times as much while they are sorted.
    """
    path = Path(path)
    problems: list[Problem] = []
    keys, wijken, codes = [], [], dict[str, int]()
    without = 0
    with _opened(path) as (stream, header, separator):
        columns = _columns(path, header)
        place = "wijk" if "wijk" in columns else "buurt"
        row = 2
        for batch in _batches(path, stream, separator, [columns["postcode"], columns["number"], columns[place]]):
            part = _parsed(path, batch, row, columns, place, codes)
            problems += part[2]
            keys.append(part[0])
            wijken.append(part[1])
            without += len(batch) - len(part[0]) if not part[2] else 0
            row += len(batch)
            if len(problems) >= DataError.shown:
                break
    if problems:
        raise DataError(problems)
    if not keys or not sum(map(len, keys)):
        found = f"none of its {without} addresses has a {place}" if without else "the table is empty"
        raise DataError([Problem(path.name, found, "one row per address", "download it again")])
    year = re.search(r"20\d\d", columns[place]) or re.search(r"(?<!\d)20\d\d", path.name)
    told = int(year.group()) if year else None
    return _arranged(np.concatenate(keys), np.concatenate(wijken), tuple(codes), told, path.name, without)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], list[str], str]]:
    """The table as bytes with its header and separator: the file, or the one in a zip that has the columns."""
    if not path.is_file():
        raise DataError([Problem(path.name, "there is no such file", "an existing file", "check the name")])
    if path.suffix.lower() != ".zip":
        with path.open("rb") as stream:
            header, separator = _header(stream)
            stream.seek(0)
            yield stream, header, separator
        return
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        found = "this is no zip file, or one cut short"
        raise DataError([Problem(path.name, found, "a zip file", "download it again")]) from None
    with archive:
        for name in (name for name in archive.namelist() if name.lower().endswith((".csv", ".txt"))):
            with archive.open(name) as stream:
                header, separator = _header(stream)
            if _recognised(header).keys() >= {"postcode", "number"}:
                with archive.open(name) as stream:
                    yield stream, header, separator
                return
    raise DataError([Problem(path.name, "no file in this zip has addresses", NEEDED, "take another download")])


def _header(stream: IO[bytes]) -> tuple[list[str], str]:
    line = stream.readline(10_000).decode("utf-8-sig", errors="replace").rstrip("\r\n")
    separator = max(";,\t", key=line.count)
    return next(csv.reader([line], delimiter=separator), []), separator


def _recognised(header: Sequence[str]) -> dict[str, str]:
    """The names of columns that are known here, by what they are."""
    names = {name: re.sub(r"[\s.-]", "", name.lower()) for name in header}
    return {
        what: name for what, known in HEADERS.items() for name, plain in names.items() if re.fullmatch(known, plain)
    }


def _columns(path: Path, header: Sequence[str]) -> dict[str, str]:
    columns = _recognised(header)
    if not columns.keys() >= {"postcode", "number"} or not columns.keys() & {"wijk", "buurt"}:
        found = f"the columns are {', '.join(header[:8]) or 'without names'}"
        raise DataError([Problem(path.name, found, NEEDED, "rename yours, or take the file of the CBS")])
    return columns


def _batches(path: Path, stream: IO[bytes], separator: str, columns: list[str]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow

    convert = arrow.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False
    )
    try:
        yield from arrow.open_csv(
            stream, arrow.ReadOptions(block_size=BLOCK), arrow.ParseOptions(delimiter=separator), convert
        )
    except pa.ArrowInvalid as error:
        found = f"this cannot be read as CSV ({error})"
        raise DataError([Problem(path.name, found, "a CSV file", "download it again")]) from None


def _parsed(
    path: Path, batch: Any, first: int, columns: dict[str, str], place: str, codes: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[Problem]]:
    """Keys and wijken of a block but for rows without a code; ``codes`` grows. Rows that cannot be read are told."""
    import pyarrow as pa
    import pyarrow.compute as pc

    problems = []

    def tell(wrong: NDArray[np.bool_], column: str, cells: Any, expected: str) -> None:
        for i in np.flatnonzero(wrong)[: DataError.shown]:
            found = f"this field holds {cells[int(i)].as_py()!r}"
            problems.append(Problem(path.name, found, expected, "correct it", first + int(i), column))

    raw = [batch.column(name) for name in (columns["postcode"], columns["number"], columns[place])]
    postcode = pc.utf8_upper(pc.replace_substring(raw[0], " ", ""))
    number = pc.utf8_trim_whitespace(raw[1])
    whole = [
        pc.match_substring_regex(cells, VALID[name]).to_numpy(zero_copy_only=False)
        for cells, name in ((postcode, "postcode"), (number, "number"))
    ]
    tell(~whole[0], columns["postcode"], raw[0], "a postcode such as 2595AA")
    tell(~whole[1], columns["number"], raw[1], "a house number")
    encoded = raw[2].dictionary_encode()
    known = pd.Series(encoded.dictionary.to_pylist(), dtype="str").str.strip().str.upper()
    lost = known.str.fullmatch(r"\d+")  # codes with letters never were numbers
    known = known.where(~lost, known.str.zfill(6 if place == "wijk" else 8)).str.removeprefix("BU")
    wijk = "WK" + known.str.removeprefix("WK").str[: None if place == "wijk" else 6]
    empty = known.eq("").to_numpy(bool)
    fine = wijk.str.match(CODE).to_numpy(bool) | empty
    at = encoded.indices.to_numpy()
    tell(~fine[at], columns[place], raw[2], f"a code of a {place}")
    if problems:
        return np.empty(0, np.int64), np.empty(0, np.int32), problems
    fixed = pc.cast(pc.cast(postcode, pa.binary()), pa.binary(6))
    of = np.frombuffer(fixed.buffers()[1], np.uint8)[: 6 * len(batch)].reshape(-1, 6).astype(np.int64)
    part = (of[:, :4] - ord("0")) @ np.array([1000, 100, 10, 1])
    part = (part * 26 + of[:, 4] - ord("A")) * 26 + of[:, 5] - ord("A")
    keys = part * 100_000 + pc.cast(number, pa.int64()).to_numpy()
    places = np.array([codes.setdefault(code, len(codes)) if code != "WK" else -1 for code in wijk], np.int32)
    has = ~empty[at]
    return keys[has], places[at][has], problems


def _arranged(
    keys: NDArray[np.int64], wijk: NDArray[np.int32], codes: tuple[str, ...], year: int | None, file: str, without: int
) -> Addresses:
    """Each address once; one that stands in several wijken counts in the total of each and is of none."""
    order = np.lexsort((wijk, keys))
    keys, wijk = keys[order], wijk[order]
    first = np.append(True, (keys[1:] != keys[:-1]) | (wijk[1:] != wijk[:-1]))
    keys, wijk = keys[first], wijk[first]
    total = np.bincount(wijk, minlength=len(codes)).astype(np.int64)
    again = keys[1:] == keys[:-1]
    alone = ~(np.append(False, again) | np.append(again, False))
    return Addresses(keys[alone], wijk[alone], codes, total, year, file, without)
