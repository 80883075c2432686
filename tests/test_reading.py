"""Cells keep what the file says; text becomes a number only when it can be read in one way."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spreadsheets import write_ods

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.reading import Cells, Numbers, read_cells, to_numbers


def column(*cells: object) -> Cells:
    index = pd.RangeIndex(2, len(cells) + 2, name="row")
    return Cells("a.csv", pd.DataFrame({"woz": pd.Series(cells, index, dtype=object)}))


def read(*cells: object, **options: object) -> Numbers:
    return to_numbers(column(*cells), "woz", **options)  # type: ignore[arg-type]


numbers = st.decimals(Decimal("-9999999"), Decimal("9999999"), places=None, allow_nan=False).map(
    lambda number: number.quantize(Decimal(1).scaleb(-4))
)
marks = st.sampled_from([".", ","])


def written(number: Decimal, places: int, mark: str, thousands: str, drop_zeros: bool) -> str:
    text = f"{number:,.{places}f}"
    if drop_zeros and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate({ord("."): mark, ord(","): thousands or None})


@given(
    values=st.lists(numbers, min_size=1, max_size=6),
    places=st.integers(0, 4),
    mark=marks,
    thousands=st.sampled_from(["", "", ".", ",", " ", "'"]),
    drop_zeros=st.booleans(),
)
def test_no_value_ever_changes_by_a_factor_of_ten(
    values: list[Decimal], places: int, mark: str, thousands: str, drop_zeros: bool
) -> None:
    if thousands == mark:
        thousands = ""
    true = [value.quantize(Decimal(1).scaleb(-places)) for value in values]
    texts = [written(value, places, mark, thousands, drop_zeros) for value in true]
    found = read(*texts)
    assert found.problems or found.values.tolist() == [float(value) for value in true], texts
    if not thousands and places != 3 and not drop_zeros:
        assert not found.problems, "a column whose every number reads one way is accepted"


@given(st.lists(st.tuples(numbers, st.integers(0, 4), marks, st.booleans()), min_size=1, max_size=6))
def test_marks_mixed_in_a_column_are_refused_or_read_right(
    cells: list[tuple[Decimal, int, str, bool]],
) -> None:
    true = [value.quantize(Decimal(1).scaleb(-places)) for value, places, *_ in cells]
    texts = [written(value, places, mark, "", drop) for value, (_, places, mark, drop) in zip(true, cells, strict=True)]
    found = read(*texts)
    assert found.problems or found.values.tolist() == [float(value) for value in true], texts
    if len({mark for text in texts for mark in text if mark in ".,"}) == 2:
        assert len(found.problems) == 1


signs = st.sampled_from(["{}%", "{} %", "€ {}", "€{}", "{}‰", "{}"])


@given(
    values=st.lists(numbers, min_size=1, max_size=6),
    places=st.sampled_from([0, 1, 2, 4]),
    mark=marks,
    sign=signs,
    padding=st.integers(0, 3),
)
def test_a_column_that_reads_one_way_survives_with_its_sign_and_padding(
    values: list[Decimal], places: int, mark: str, sign: str, padding: int
) -> None:
    true = [value.quantize(Decimal(1).scaleb(-places)) for value in values]
    pad = " " * padding
    texts = [f"{pad}{sign.format(written(value, places, mark, '', False))}{pad}" for value in true]
    found = read(*(text.strip() for text in texts))  # as read_cells hands them on
    assert not found.problems, texts
    assert found.values.tolist() == [float(value) for value in true], texts


@given(st.lists(st.tuples(numbers, st.integers(0, 4), marks, signs), min_size=1, max_size=6))
def test_columns_that_mix_marks_and_signs_never_change_a_value(
    cells: list[tuple[Decimal, int, str, str]],
) -> None:
    """A source that mixes marks: each number by itself, where each reads one way by itself; signs may never mix."""
    true = [value.quantize(Decimal(1).scaleb(-places)) for value, places, *_ in cells]
    texts = [
        sign.format(written(value, places, mark, "", False))
        for value, (_, places, mark, sign) in zip(true, cells, strict=True)
    ]
    found = read(*texts, mixed=True)
    assert found.problems or found.values.tolist() == [float(value) for value in true], texts
    if len({sign.translate(dict.fromkeys(map(ord, "{} "))) for *_, sign in cells}) > 1:
        assert "one unit throughout a column" in str(found.problems[-1])
    elif all(places != 3 for _, places, *_ in cells):
        assert not found.problems, "marks that cannot separate thousands read one way each"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12,3", "7", "-0,5"], [12.3, 7, -0.5]),
        (["12.3", "1.234", ".5"], [12.3, 1.234, 0.5]),
        (["1234.567", "1.234"], [1234.567, 1.234]),
        (["1e-05", "3"], [1e-05, 3]),
        ([12.489, 3, "2,5"], [12.489, 3, 2.5]),
        ([".", "", ",", "x", "X", "-", "5"], [*[np.nan] * 6, 5]),
        (["12,3%", "4 %", "."], [12.3, 4, np.nan]),
        (["€ 12.30", "€7"], [12.3, 7]),
    ],
)
def test_read_one_way(cells: list[object], expected: list[float]) -> None:
    found = read(*cells)
    assert not found.problems
    np.testing.assert_array_equal(found.values, expected)
    assert found.upper.isna().all()


REFUSED = {
    "mixed": (["26,4", "1.2", "3,5"], 3, "'1.2', where others are written like '26,4'; expected decimal points or"),
    "ambiguous": (["987", "1.234"], 3, "'1.234' may mean 1.234 or 1234; expected numbers that can be read in one way"),
    "two points": (["1.2.3", "7"], 2, "this field holds '1.2.3'; expected a number, or an empty field"),
    "a sign at some": (["12%", "0.5", "7%"], 3, "'0.5', where others are written like '12%'; expected one unit"),
    "a sign at none but one": ([0.12, 0.5, "7%"], 4, "'7%', where others are written like 0.12"),
    "two signs": (["7", "€ 7%"], 3, "this field holds '€ 7%'"),
    "thousands": (["7", "1.234,5"], 3, "this field holds '1.234,5'"),
    "a word": (["7", "veel"], 3, "this field holds 'veel'"),
    "only words": (["Noord", "Zuid"], 2, "this column holds 'Noord' and no number; expected numbers; leave the column"),
    "a truth value": ([1.0, True], 3, "this field holds True"),
    "endless": (["1", "1e999"], 3, "this field holds '1e999'"),
    "a bound where none may be": (["7", "<1.2"], 3, "this field holds '<1.2'"),
    "other digits": (["7", "٣"], 3, "this field holds '٣'"),
}


@pytest.mark.parametrize(("cells", "row", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_with_its_cell(cells: list[object], row: int, words: str) -> None:
    found = read(*cells)
    assert [(problem.row, problem.column) for problem in found.problems] == [(row, "woz")]
    assert words in str(found.problems[0])
    assert found.values[row : row + 1].isna().all()


def test_marks_that_a_source_mixes() -> None:
    assert read("26,4", "1.2", "1234.567", "0,125", mixed=True).values.tolist() == [26.4, 1.2, 1234.567, 0.125]
    found = read("26,4", "1.2", "0,5", "1.234", mixed=True)
    assert "row 5, column woz: '1.234' may mean 1.234 or 1234" in str(found.problems[0])
    assert found.values.isna().all()
    assert read("1.234", "0.5", mixed=True).values.tolist() == [1.234, 0.5]
    assert read("1.234", "7", mixed=True).problems


def test_a_bound_is_not_a_value() -> None:
    found = read("<1,2", "3,4", "< 5", bounds=True)
    assert not found.problems
    assert found.values.tolist()[1] == 3.4
    assert found.values.isna().tolist() == [True, False, True]
    assert found.upper.dropna().to_dict() == {2: 1.2, 4: 5.0}
    assert read("<1.2", "3,4", bounds=True).problems


def test_the_decimal_mark_can_be_told() -> None:
    assert read("1.234", decimal=".").values.tolist() == [1.234]
    assert read("1,234", decimal=",").values.tolist() == [1.234]
    assert "'1.234', where others are written like '0,5'" in str(read("1.234", decimal=",").problems[0])


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_of_any_kind(tmp_path: Path, separator: str, mark: str) -> None:
    path = tmp_path / "a.csv"
    lines = [["code", "naam, soort", " woz "], ["0012", "é", "1.50"], [], ["0013", 'x "y"', " "]]
    quoted = (separator.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    path.write_bytes((mark + "\r\n".join(quoted)).encode())
    frame = read_cells(path).frame
    assert frame.columns.tolist() == ["code", "naam, soort", "woz"]
    assert frame.to_numpy().tolist() == [["0012", "é", "1.50"], ["0013", 'x "y"', ""]]
    assert frame.index.tolist() == [2, 4], "the file's own rows"


def test_spreadsheet_and_parquet(tmp_path: Path) -> None:
    rows = [["code", None, "woz"], ["012", None, 12.5], [None, None, None], ["13", None, 7]]
    cells = read_cells(write_ods(tmp_path / "a.ods", {"een": [["x"]], "twee": rows}), "twee")
    assert cells.file == "a.ods, sheet twee"
    assert cells.frame.to_dict("split") == {
        "columns": ["code", "woz"], "index": [2, 4], "data": [["012", 12.5], ["13", 7.0]]}  # fmt: skip
    pd.DataFrame({"woz": [12.5, None]}, pd.Index(["012", "13"], name="code")).to_parquet(tmp_path / "a.parquet")
    frame = read_cells(tmp_path / "a.parquet").frame
    assert frame.to_dict("split") == {"columns": ["code", "woz"], "index": [2, 3], "data": [["012", 12.5], ["13", ""]]}


@pytest.mark.parametrize("numbers", [("0", "1"), ("23", "3659")], ids=["all rows", "some rows"])
def test_row_numbers_that_pandas_wrote_are_left_out(tmp_path: Path, numbers: tuple[str, str]) -> None:
    table = pd.DataFrame({"code": ["012", "13"], "woz": ["7", "3"]}, index=[int(number) for number in numbers])
    table.to_csv(tmp_path / "a.csv")
    assert read_cells(tmp_path / "a.csv").frame.to_dict("list") == {"code": ["012", "13"], "woz": ["7", "3"]}
    table.iloc[::-1].to_csv(tmp_path / "b.csv")
    with pytest.raises(DataError, match="column 1 has no name"):  # not in order: it may be a figure
        read_cells(tmp_path / "b.csv")


UNREADABLE = {
    "empty.csv": (b"", "empty.csv: the table is empty"),
    "dos.csv": ("naam\ncafé".encode("cp850"), "dos.csv: this is not UTF-8 text, nor Windows text with"),
    "comma.csv": (b"code,woz\nWK000100,12,3\n", "comma.csv, row 2: this row has 3 fields, the header 2; expected as"),
    "short.csv": (b"code;woz\nWK000100;1\nTotaal", "short.csv, row 3: this row has 1 fields, the header 2"),
    "quote.csv": (b'code;woz\n"WK000100;1', "quote.csv: this cannot be read as CSV"),
    "double.csv": (b"code;woz;woz\n1;2;3", "double.csv, row 1, column woz: 2 columns have this name"),
    "nameless.csv": (b"code;;woz\n1;2;3", "nameless.csv, row 1: column 2 has no name"),
    "text.ods": (b"hello", "text.ods: this cannot be read as a spreadsheet"),
    "cut.xlsx": (b"PK\x03\x04", "cut.xlsx: this cannot be read as a spreadsheet"),
    "text.parquet": (b"hello", "text.parquet: this cannot be read"),
    "a.docx": (b"", "a.docx: files ending in '.docx' cannot be read; expected one of .ods"),
}


@pytest.mark.parametrize(("name", "content", "words"), [(k, *v) for k, v in UNREADABLE.items()], ids=UNREADABLE)
def test_unreadable_files_say_why(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_cells(tmp_path / name)
    assert len(caught.value.problems) == 1
    assert str(caught.value).startswith(words)


def test_absent_files_and_sheets(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^none\.ods: there is no such file in .*; expected an existing file; check"):
        read_cells(tmp_path / "none.ods")
    with pytest.raises(DataError, match="this is a folder"):
        read_cells(tmp_path)
    with pytest.raises(DataError, match=r"^a\.ods: there is no sheet 'twee', only een; expected a sheet 'twee'"):
        read_cells(write_ods(tmp_path / "a.ods", {"een": [["x"]]}), "twee")


def test_an_export_ends_with_its_source_and_may_be_windows_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('"naam";"n"\n"Coëvorden";1\n"Bron: CBS"\n'.encode("cp1252"))
    cells = read_cells(path)
    assert cells.frame.to_numpy().tolist() == [["Coëvorden", "1"]]
    path.write_bytes('"naam";"n"\n"Coëvorden";1\n"Totaal"\n'.encode())
    with pytest.raises(DataError, match="row 3: this row has 1 fields, the header 2"):
        read_cells(path)
    for other in ("cp850", "mac-roman"):
        path.write_bytes("naam;n\nCoëvorden;1\n".encode(other))
        with pytest.raises(DataError, match="this is not UTF-8 text, nor Windows text"):
            read_cells(path)


def test_a_line_above_the_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"Jeugdzorg; wijken"\n"naam";"n"\n"Dorp";1\n')
    with pytest.raises(DataError, match=r"row 1: this row has one field, .Jeugdzorg; wijken., those below it 2"):
        read_cells(path)
