"""Crosswalks count the addresses of two years, whatever the edition of the files; yours is read the same."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box

from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.report.border_years import lay_borders
from bayes_jeugdhulp.sources import addresses
from bayes_jeugdhulp.sources.crosswalk import crosswalk_of, make_crosswalk, read_crosswalk, write_crosswalk

# Postcode, number, buurt of 2017 and of 2022 (0: not there). WK000100 was split; two of WK000101 went up in WK0363MA.
ROWS = [
    ("1234AB", 1, "00010000", "00010000"),
    ("1234AB", 2, "00010001", "00010000"),
    ("1234AB", 10, "00010000", "00010300"),
    ("1234ZZ", 1, "00010000", "0"),
    ("9999XA", 1, "00010100", "0363MA01"),
    ("9999XA", 99999, "00010100", "0363MA01"),
    ("9999XA", 3, "0", "0363MA02"),
]
NEW = "PC6;Huisnummer;Buurt2022;Wijk2022;Gemeente2022"


def table(header: str, year: int, *, bare: bool = True) -> str:
    """The file of a year in the layout of a header; codes bare lose their zeros, as in the older editions."""
    separator = ";" if ";" in header else ","
    lines = [header]
    for postcode, number, *buurten in ROWS:
        if (buurt := buurten[year == 2022]) != "0":
            codes = {"b": buurt, "w": buurt[:6], "g": buurt[:4]}
            if bare:
                codes = {name: str(int(code)) if code.isdigit() else code for name, code in codes.items()}
            fields = {"p": postcode, "h": str(number)} | codes
            lines.append(separator.join(fields[name.strip(' "').lower()[0]] for name in header.split(separator)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "pc6hnr20220801_gwb.csv"
    path.write_text(table(NEW, 2022))
    return path


@pytest.mark.parametrize(
    "header",
    [
        "PC6;Huisnummer;Buurt2017;Wijk2017;Gemeente2017",
        "PC6,Huisnummer,Buurt2017,Wijk2017,Gemeente2017",
        "\ufeffpc6;huisnummer;buurtcode;gemeentecode;wijkcode",
        "Postcode, huisnr, WK_CODE",
        '"PC6";"Huisnummer";"Buurt2017"',
    ],
)
@pytest.mark.parametrize("bare", [True, False])
def test_editions_differ_and_the_counts_do_not(header: str, bare: bool, new: Path, tmp_path: Path) -> None:
    old = tmp_path / "pc6hnr20170801_gwb.csv"
    body = table(header.lstrip("\ufeff"), 2017, bare=bare)
    old.write_text(body, encoding="utf-8-sig" if header[0] == "\ufeff" else "utf-8")
    crosswalk = make_crosswalk(old, new)
    assert (crosswalk.old_year, crosswalk.new_year) == (2017, 2022)
    assert crosswalk.pairs.values.tolist() == [
        ["WK000100", "WK000100", 2, pytest.approx(2 / 3), 1],
        ["WK000100", "WK000103", 1, pytest.approx(1 / 3), 1],
        ["WK000101", "WK0363MA", 2, 1, 1],
    ]
    assert crosswalk.unmatched_old.to_dict() == {"WK000100": 1}
    assert crosswalk.unmatched_new.to_dict() == {"WK0363MA": 1}
    back = crosswalk.reversed()
    assert back.pairs.values.tolist()[1] == ["WK000103", "WK000100", 1, 1, pytest.approx(1 / 3)]
    assert (back.old_year, back.new_year, back.unmatched_old.to_dict()) == (2022, 2017, {"WK0363MA": 1})


def test_a_zip_is_read_as_it_was_downloaded(new: Path, tmp_path: Path) -> None:
    path = tmp_path / "2017-cbs-pc6huisnr20170801_buurt.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gem2017.csv", "Gemeente2017;GemNaam\n1;Voorbeeld\n")
        archive.writestr("map/pc6hnr20170801_gwb.csv", table("PC6;Huisnummer;Buurt2017;Wijk2017;Gemeente2017", 2017))
    assert make_crosswalk(path, new).pairs["addresses"].tolist() == [2, 1, 2]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gem2017.csv", "Gemeente2017;GemNaam\n1;Voorbeeld\n")
    with pytest.raises(DataError, match=r"no file in this zip has addresses; expected columns such as PC6"):
        make_crosswalk(path, new)


def test_as_many_as_a_join_by_pandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random addresses, doubles among them and some in two wijken, over many blocks of a file."""
    rng, frames = np.random.default_rng(3), {}
    for year in (2017, 2022):
        rows = pd.DataFrame(
            {
                "PC6": [f"{a}A{chr(65 + b)}" for a, b in rng.integers([1000, 0], [1040, 26], (6000, 2))],
                "Huisnummer": rng.integers(1, 6, 6000),
            }
        )
        place = rows["PC6"].str[2:4].astype(int) // 4
        rows[f"Wijk{year}"] = (place + (rng.random(6000) < 0.02)).map("WK0001{:02d}".format)
        rows.to_csv(tmp_path / f"{year}.csv", index=False)
        each = rows.drop_duplicates()
        frames[year] = each[~each.duplicated(["PC6", "Huisnummer"], keep=False)], each[f"Wijk{year}"].value_counts()
    monkeypatch.setattr(addresses, "BLOCK", 5000)
    crosswalk = make_crosswalk(tmp_path / "2017.csv", tmp_path / "2022.csv")
    joined = frames[2017][0].merge(frames[2022][0], on=["PC6", "Huisnummer"])
    counts = joined.groupby(["Wijk2017", "Wijk2022"]).size()
    assert crosswalk.pairs.set_index(["old", "new"])["addresses"].to_dict() == counts.to_dict()
    for side, year, left in (("old", 2017, crosswalk.unmatched_old), ("new", 2022, crosswalk.unmatched_new)):
        whole = crosswalk.pairs.groupby(side)["addresses"].sum().add(left, fill_value=0)
        assert whole.to_dict() == frames[year][1].to_dict()  # nothing vanishes


def test_rows_that_are_no_address_are_named(new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "BLOCK", 60)
    old = tmp_path / "oud.csv"
    good = "1234AB;1;100\n" * 9
    old.write_text("PC6;Huisnummer;Wijk2017\n" + good + "0234AB;1;100\n" + good + "1234AB;1a;100\n1234AB;1;1x\n")
    with pytest.raises(DataError) as caught:
        make_crosswalk(old, new)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (11, "PC6"),
        (21, "Huisnummer"),
        (22, "Wijk2017"),
    ]
    assert "'1a'; expected a house number" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PC6;Wijk2017\n1234AB;100\n", "the columns are PC6, Wijk2017; expected columns such as PC6, Huisnummer"),
        ("PC6;Huisnummer;Wijk2017\n", "the table is empty"),
        ("PC6;Huisnummer;Wijk2017\n1234AB;1;\n1234AB;2; \n", "none of its 2 addresses has a wijk"),
        ("PC6;Huisnummer;Wijk2017\n1234AB;1;100\n1234AB;1\n", "cannot be read as CSV"),
        ("PC6;Huisnummer;Wijk2022\n1234AB;1;100\n", r"oud\.csv is of the same year, 2022; expected files of two"),
        ("PC6;Huisnummer;Wijk2017\n7777AB;1;100\n", r"^pc6hnr20220801_gwb\.csv: no address of oud\.csv"),
    ],
)
def test_files_without_addresses_are_refused(text: str, message: str, new: Path, tmp_path: Path) -> None:
    (tmp_path / "oud.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        make_crosswalk(tmp_path / "oud.csv", new)


def test_addresses_without_a_wijk_are_passed_over_and_told(new: Path, tmp_path: Path) -> None:
    old = tmp_path / "oud.csv"
    body = table("PC6;Huisnummer;Buurt2017;Wijk2017;Gemeente2017", 2017)
    old.write_text(body)
    full = make_crosswalk(old, new)
    old.write_text(body + "5678CD;1;;;\n5678CD;2;10000; ;1\n")
    crosswalk = make_crosswalk(old, new)
    pd.testing.assert_frame_equal(crosswalk.pairs, full.pairs)
    assert crosswalk.unmatched_old.to_dict() == full.unmatched_old.to_dict()
    assert (full.without_wijk, crosswalk.without_wijk, crosswalk.reversed().without_wijk) == (0, 2, 2)
    out = tmp_path / "a.csv"
    done = CliRunner().invoke(main, ["crosswalk", str(old), str(new), "--out", str(out)])
    assert "2 addresses have no wijk in their file and are passed over" in done.stderr


def test_a_file_has_no_crosswalk_with_itself(new: Path, tmp_path: Path) -> None:
    bare = tmp_path / "adressen.csv"
    bare.write_text("PC6;Huisnummer;Wijk\n1234AB;1;100\n")
    for file in (bare, new):
        with pytest.raises(DataError, match=rf"^{file.name}: {file.name} is of the same year"):
            make_crosswalk(file, file)


def test_what_is_written_is_read_again(new: Path, tmp_path: Path) -> None:
    old = tmp_path / "pc6hnr20170801_gwb.csv"
    old.write_text(table("PC6;Huisnummer;Buurt2017;Wijk2017;Gemeente2017", 2017))
    made = make_crosswalk(old, new)
    read = read_crosswalk(write_crosswalk(made, tmp_path / "a.csv"))
    pd.testing.assert_frame_equal(read.pairs, made.pairs)
    assert read.unmatched_old.to_dict() == made.unmatched_old.to_dict()
    assert read.unmatched_new.to_dict() == made.unmatched_new.to_dict()
    assert (read.old_year, read.new_year) == (2017, 2022)


@pytest.mark.parametrize(
    ("header", "turned"),
    [("oud,nieuw", False), ("naar,van", True), ("wk_2022,wk_2017", True), ("wk_2017,wk_2022", False), ("a,b", False)],
)
def test_the_names_tell_which_is_the_old_one(header: str, turned: bool, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{header},adressen\nWK000100,WK000109,5\nWK000101,,\n")
    crosswalk = read_crosswalk(tmp_path / "a.csv")
    codes = ["WK000109", "WK000100"] if turned else ["WK000100", "WK000109"]
    assert crosswalk.pairs[["old", "new"]].values.tolist() == [codes]
    unmatched = crosswalk.unmatched_new if turned else crosswalk.unmatched_old
    assert unmatched.index.tolist() == ["WK000101"]


def test_a_crosswalk_with_wrong_cells_says_which(tmp_path: Path) -> None:
    rows = "oud,nieuw,adressen\nWK000100,WK000109,0\nWK000101,wk109,3\nWK000102,WK000109,3\nWK000102,WK000109,4\n"
    (tmp_path / "a.csv").write_text(rows)
    with pytest.raises(DataError) as caught:
        read_crosswalk(tmp_path / "a.csv")
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (2, "adressen"),
        (3, "nieuw"),
        (5, "adressen"),
    ]


def test_a_few_addresses_move_no_border() -> None:
    """100 is split in 100 and 103; of 101 a tenth went to 100, and of 102 two fifths to 104."""
    rows = [("WK000100", "WK000100", 600), ("WK000100", "WK000103", 400), ("WK000101", "WK000101", 95)]
    rows += [("WK000101", "WK000100", 5), ("WK000102", "WK000102", 60), ("WK000102", "WK000104", 40)]
    rows += [("WK000104", "WK000104", 900)]
    codes = [f"WK00010{i}" for i in range(5)]
    borders = gpd.GeoDataFrame({"wijkcode": codes}, geometry=[box(i, 0, i + 1, 1) for i in range(5)], crs="EPSG:28992")
    borders.attrs = {"year": 2022, "names": {}}
    wijken = pd.DataFrame({"wijkcode": [code for code in codes if code != "WK000103"], "wijknaam": "A"})
    laid = lay_borders(borders, wijken, 2017, crosswalk=crosswalk_of(rows)).set_index("wijkcode")
    assert laid.geometry.area.to_dict() == {"WK000100": 2, "WK000101": 1, "WK000102": 1, "WK000104": 1}
    assert laid["confirmed"].to_dict() == {"WK000100": True, "WK000101": True, "WK000102": False, "WK000104": True}


def test_the_command_writes_a_crosswalk_or_nothing(new: Path, tmp_path: Path) -> None:
    old, out = tmp_path / "pc6hnr20170801_gwb.csv", tmp_path / "2017_2022.csv"
    old.write_text(table("PC6;Huisnummer;Buurt2017;Wijk2017;Gemeente2017", 2017))
    done = CliRunner().invoke(main, ["crosswalk", str(old), str(new), "--out", str(out)])
    assert (done.exit_code, done.stdout) == (0, f"{out}\n")
    assert "1 wijken lie in several by now" in done.stderr
    assert len(read_crosswalk(out).pairs) == 3
    old.write_text("PC6;Wijk2017\n1234AB;100\n")
    other = tmp_path / "nee.csv"
    refused = CliRunner().invoke(main, ["crosswalk", str(old), str(new), "--out", str(other)])
    assert (refused.exit_code, other.exists()) == (2, False)


def test_the_crosswalk_of_2017_and_2022(data_folder: Path) -> None:
    crosswalk = read_crosswalk(data_folder / "geo" / "crosswalk_2017_2022.csv")
    assert (len(crosswalk.pairs), len(crosswalk.unmatched_old)) == (2758, 160)
    assert (crosswalk.old_year, crosswalk.new_year) == (2017, 2022)
    assert (crosswalk.pairs["share_old"] == 1).all()
