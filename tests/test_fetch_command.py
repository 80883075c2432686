"""``bayes-jeugdhulp fetch`` against a stand-in for StatLine: whole folders, the cache, going on, what is refused."""

import hashlib
import json
import re
import socket
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from statline_country import FORMS, KWB, TOTAL, invented
from statline_server import StatLineServer, make_table, serving

from bayes_jeugdhulp.cli import main
from bayes_jeugdhulp.cli_fetch import NAMES
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources import fetching
from bayes_jeugdhulp.sources.cbs import read_cbs
from bayes_jeugdhulp.sources.fetching import fetch, read_series
from bayes_jeugdhulp.sources.statline_tables import SERIES

Run = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[StatLineServer]:
    with serving(invented(), page_size=3) as running:
        yield running


@pytest.fixture
def run(server: StatLineServer, tmp_path: Path) -> Run:
    """Runs the command against the server, with a cache of its own, into ``out``; later options win."""

    def command(*options: str, year: int = 2022) -> Result:
        given = ["--year", year, "--out", tmp_path / "out", "--cache", tmp_path / "cache", "--server", server.address]
        given += ["--attempts", 2, "--pause", 0.001, *options]
        return CliRunner().invoke(main, ["fetch", *map(str, given)])

    return command


def refused(result: Result, tmp_path: Path, *parts: str) -> None:
    """One message, exit code 2, no traceback, and nothing written."""
    assert result.exit_code == 2, result.output
    (message,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert [part for part in parts if part not in message] == []
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_year_is_fetched_whole(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    out = tmp_path / "out"
    assert result.stdout.splitlines()[-1] == str(out / "manifest.json")
    assert f"{out / 'kwb'}: Kerncijfers wijken en buurten 2022 (85318NED), 7 rows" in result.stdout
    manifest = json.loads((out / "manifest.json").read_text())
    entries = {entry["series"]: entry for entry in manifest["tables"]}
    assert tuple(entries) == NAMES == tuple(SERIES)
    for entry in entries.values():
        assert entry["files"] == {
            name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in entry["files"]
        }
        assert "http" not in entry["attribution"]
        assert entry["modified"] == "2024-03-27T02:00:00"
    listed = {name for entry in entries.values() for name in entry["files"]}
    assert listed | {"manifest.json"} == set(contents(out))
    jeugdzorg = entries["jeugdzorg"]
    assert jeugdzorg["attribution"] == (
        f"Bron: CBS StatLine, tabel 85335NED (geraadpleegd {manifest['fetched']}), CC BY 4.0; bewerking "
        "bayes_jeugdhulp. Het CBS is niet verantwoordelijk voor de bewerking."
    )
    assert (jeugdzorg["form"], jeugdzorg["period"]) == ("Jeugdhulp zonder verblijf", "2022JJ00")
    assert (jeugdzorg["counts"]["suppressed_below"], jeugdzorg["counts"]["rounded_to"]) == (8, 5)
    assert jeugdzorg["terms"].startswith("Copyright © een bron")
    assert entries["rivm"]["licence"] == "as its terms say"
    rows = pd.read_parquet(out / "kwb" / "rows.parquet")
    assert rows["WijkenEnBuurten"].tolist() == [
        "NL00",
        "GM0001",
        "WK000100",
        "WK000101",
        "WK0001MA",
        "GM0002",
        "WK000200",
    ]
    assert rows["Koopwoningen_10"].tolist()[2] == "."
    assert rows["AfstandTotSchool_11"].isna().tolist() == [False, False, True, False, False, False, False]
    assert not [cell for column in rows for cell in rows[column].dropna() if cell != cell.strip()]
    assert read_series(out, "jeugdzorg")["users"].tolist()[:4] == ["210", "120", ".", "0"]
    assert read_series(out, "politie").set_index("gwb_code_10")["diefstal_inbraak_woning"].tolist()[1:3] == [11, 21]


def test_a_fetched_folder_becomes_areas(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    for row in server.tables["85335NED"].rows:
        (users,) = (key for key in row if key.startswith("TotaalJongeren"))
        if row["VormenVanJeugdzorg"] != "A042503" or str(row[users]).strip() == "0":
            row[users] = 60  # CBS publishes no 0, and there are not as many youths as other forms have users here
    assert run().exit_code == 0
    found = read_cbs(tmp_path / "out")
    bounds = found.wijken[["observed_state", "users_low", "users_high"]]
    assert {code: tuple(row) for code, *row in bounds.itertuples()} == {
        "WK000100": ("suppressed", 0, 7),
        "WK000101": ("published", 58, 62),
        "WK0001MA": ("missing", 0, 840),
        "WK000200": ("published", 33, 37),
    }
    assert found.wijken["youths"].tolist() == [420, 700, 840, 1120]  # 0-14 and .8 of 15-24
    assert found.kenmerken["koopwoningen"].tolist() == pytest.approx([np.nan, 45, 46, 48], nan_ok=True)
    assert read_cbs(tmp_path / "out", year=2022).title == found.title
    with pytest.raises(
        DataError, match=r"out/manifest\.json: this folder was fetched for 2022; expected figures of 2021"
    ):
        read_cbs(tmp_path / "out", year=2021)
    names = ["wijknaam", "gemeentenaam", "jeugdzorgregio"]
    assert found.wijken.loc["WK0001MA", names].tolist() == ["Haven", "Aadorp", "JZ01"]
    assert f"StatLine 85335NED, geraadpleegd {date.today()}" in found.attribution
    assert found.title == "Jongeren met jeugdhulp zonder verblijf in natura per wijk, 2022 (CBS)"
    assert run("--form", "Totaal jeugdzorg").exit_code == 0
    assert read_cbs(tmp_path / "out").title == "Jongeren met totaal jeugdzorg in natura per wijk, 2022 (CBS)"


def test_filters_never_compare_a_padded_key_whole(server: StatLineServer, run: Run) -> None:
    assert run().exit_code == 0
    assert not [path for path in server.asked if " eq " in path]
    assert not [path for path in server.asked if "$filter" in path and "startswith" not in path]


def test_a_survey_gives_its_newest_year_of_all_ages_without_margins(run: Run, tmp_path: Path) -> None:
    assert run("--only", "rivm").exit_code == 0
    assert fetching.manifest_entry(tmp_path / "out", "rivm")["period"] == "2020JJ00"
    assert read_series(tmp_path / "out", "rivm")["eenzaam"].unique().tolist() == [40]


def test_what_did_not_change_is_not_fetched_again(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    assert run().exit_code == 0
    first = contents(tmp_path / "out")
    server.asked.clear()
    again = run()
    assert again.exit_code == 0
    assert [path.split("/")[-1] for path in server.asked] == ["TableInfos?$format=json"] * len(NAMES)
    assert again.stderr.count("unchanged since 2024-03-27T02:00:00, taken from the cache") == len(NAMES)
    assert contents(tmp_path / "out") == first


def test_another_form_is_taken_from_the_same_metadata(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    assert run("--only", "jeugdzorg").exit_code == 0
    server.asked.clear()
    assert run("--only", "jeugdzorg", "--form", "totaal  Jeugdzorg").exit_code == 0
    assert not [path for path in server.asked if "DataProperties" in path or "/Wijken" in path]
    made = read_series(tmp_path / "out", "jeugdzorg")
    assert (made["form"].unique().tolist(), made["users"].unique().tolist()) == (["Totaal jeugdzorg"], ["500"])


@pytest.mark.parametrize(
    ("date", "to"),
    [("modified", "2024-06-01T02:00:00"), ("modified", "2024-01-01T02:00:00"), ("metadata_modified", "2024-06-01")],
)
def test_what_changed_is_fetched_again(server: StatLineServer, run: Run, tmp_path: Path, date: str, to: str) -> None:
    assert run().exit_code == 0
    (old,) = (tmp_path / "cache").glob("*/85318NED/*")
    server.tables |= {"85318NED": invented(first=30)["85318NED"]}
    setattr(server.tables["85318NED"], date, to)
    server.asked.clear()
    assert run().exit_code == 0
    assert {path.split("/")[3] for path in server.asked if "UntypedDataSet" in path} == {"85318NED"}
    assert "AantalInwoners_34" in pd.read_parquet(tmp_path / "out" / "kwb" / "rows.parquet")
    assert read_series(tmp_path / "out", "kwb")["a_00_14"].iloc[0] == 100
    (kept,) = (tmp_path / "cache").glob("*/85318NED/*")
    assert kept != old


def test_a_fetch_that_broke_off_goes_on_at_its_page(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    server.fail("47018NED/Untyped $skip=9", "closed", times=2)
    refused(
        run("--only", "politie"),
        tmp_path,
        f"{server.host}: ",
        "broke off (tried 2 times)",
        "it goes on where it stopped",
    )
    server.asked.clear()
    assert run("--only", "politie").exit_code == 0
    rows = [path for path in server.asked if "UntypedDataSet" in path]
    assert [path.rpartition("&")[2] for path in rows] == ["$skip=9", "$skip=12"]
    whole = contents(tmp_path / "out")
    assert run("--only", "politie", "--cache", str(tmp_path / "other"), "--out", str(tmp_path / "out2")).exit_code == 0
    assert whole == contents(tmp_path / "out2")


def test_a_link_that_the_server_forgot_begins_its_table_again(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    server.fail("Untyped $skip=3", "closed", times=2)
    refused(run("--only", "kwb"), tmp_path, "broke off")
    server.fail("Untyped $skip=3", "404", times=1)
    assert run("--only", "kwb").exit_code == 0
    assert len(read_series(tmp_path / "out", "kwb")) == 7


@pytest.mark.parametrize(
    ("options", "fault", "parts"),
    [
        ((), ("TableInfos", "500"), ("HTTP 500", "85318NED/TableInfos (tried 2 times)", "run the same command later")),
        ((), ("DataProperties", "cut"), ("the answer to ODataFeed/odata/85318NED/DataProperties broke off",)),
        ((), ("85067NED/Unt", "html"), ("no JSON but '<html>", "check the network and its proxy")),
        (("--only", "politie"), ("47018NED", "503"), ("HTTP 503",)),
        (("--table", "rivm=1NED"), None, ("there is no ODataFeed/odata/1NED/TableInfos", "check the id")),
        (("--timeout", "0.05", "--attempts", "1"), ("85335NED/Unt", "silent"), ("no answer within 0.05 s", "once")),
        (("--table", "kwb=99999NED"), None, ("there is no ODataFeed/odata/99999NED/TableInfos", "check the id")),
        (("--table", "kwb=85335NED"), None, ("it has no column with the title 'Aantal inwoners'",)),
        (("--form", "Jeugdhulp met"), ("85335NED/Unt", "403"), ("HTTP 403",)),
        (
            ("--form", "verblijf"),
            None,
            ("2 of its forms of jeugdzorg are called 'verblijf'", "; ".join(FORMS.values())),
        ),
        (("--form", "pleegzorg"), None, ("0 of its forms", "give one of these with --form")),
        (("--server", "opendata.cbs.nl"), None, ("'opendata.cbs.nl' is no address of a server",)),
    ],
)
def test_every_failure_is_one_message_and_leaves_nothing(
    server: StatLineServer,
    run: Run,
    tmp_path: Path,
    options: tuple[str, ...],
    fault: tuple[str, str] | None,
    parts: tuple[str, ...],
) -> None:
    if fault:
        server.fail(*fault)
    refused(run(*options), tmp_path, *parts)


@pytest.mark.parametrize(
    ("series", "fault", "lacking"),
    [
        (
            "kwb",
            "85318NED/Unt $skip=3",
            "6 rows of 85318NED came of the 7 .* 1 regions are lacking, the first WK000200",
        ),
        ("jeugdzorg", "85335NED/Unt", "3 rows of 85335NED came of the 7 .* 4 regions are lacking, the first WK000101"),
        ("politie", "47018NED/Unt $skip=9", "12 rows of 47018NED came of the 14"),
    ],
)
def test_a_feed_that_lost_its_link_is_no_whole_table(
    server: StatLineServer, run: Run, tmp_path: Path, series: str, fault: str, lacking: str
) -> None:
    server.fail(fault, "unlinked", times=2)
    result = run("--only", series)
    refused(result, tmp_path, "run the same command again", f"--incomplete {series}")
    assert re.search(lacking, result.stderr)
    taken = run("--only", series, "--incomplete", series)
    assert (taken.exit_code, "taken as it is" in taken.stderr) == (0, True)
    entry = fetching.manifest_entry(tmp_path / "out", series)
    assert entry["rows"] < entry["expected"]
    server.faults.clear()
    assert run("--only", series, "--cache", str(tmp_path / "new")).exit_code == 0
    entry = fetching.manifest_entry(tmp_path / "out", series)
    assert entry["rows"] == entry["expected"]


def test_a_table_that_is_cut_is_not_kept_in_the_cache(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    server.fail("85318NED/Unt", "unlinked", times=1)
    refused(run("--only", "kwb"), tmp_path, "3 rows of 85318NED came of the 7")
    assert run("--only", "kwb").exit_code == 0


@pytest.mark.parametrize("kind", ["404", "503", "gone", "unlinked"])
def test_an_optional_series_that_fails_is_left_out_with_its_reason(
    server: StatLineServer, run: Run, tmp_path: Path, kind: str
) -> None:
    server.fail("50120NED/Unt", kind)
    result = run()
    assert result.exit_code == 0, result.output
    assert re.search("rivm: .*; left out", result.stderr)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [entry["series"] for entry in manifest["tables"]] == [name for name in NAMES if name != "rivm"]
    assert [entry["series"] for entry in manifest["absent"]] == ["rivm"]
    assert "50120NED" in manifest["absent"][0]["reason"] or kind == "gone"


def test_a_known_id_that_is_gone_is_found_by_its_title(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    server.tables["99NED"] = server.tables.pop("85318NED")
    server.tables["99NED"].id = "99NED"
    assert run("--only", "kwb").exit_code == 0
    assert fetching.manifest_entry(tmp_path / "out", "kwb")["id"] == "99NED"


def test_a_folder_with_other_series_of_an_earlier_fetch_is_refused(
    server: StatLineServer, run: Run, tmp_path: Path
) -> None:
    assert run().exit_code == 0
    before = contents(tmp_path / "out")
    result = run("--only", "kwb")
    assert (result.exit_code, "has jeugdzorg, gebieden, nabijheid, rivm, politie of an earlier" in result.stderr) == (
        2,
        True,
    )
    server.fail("50120NED/TableInfos", "503")
    result = run()
    assert (result.exit_code, "this folder has rivm of an earlier fetch" in result.stderr) == (2, True)
    assert contents(tmp_path / "out") == before


def test_without_a_network_the_message_says_what_to_do(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = run("--server", f"http://127.0.0.1:{port}")
    refused(result, tmp_path, f"127.0.0.1:{port}: this server cannot be reached (tried 2 times); check the network")
    assert "again in 0.001 s" in result.stderr


@pytest.mark.parametrize("what", ["column", "rows", "category", "year", "cell"])
def test_a_table_that_changed_is_refused_and_what_stood_there_stays(
    server: StatLineServer, run: Run, tmp_path: Path, what: str
) -> None:
    assert run().exit_code == 0
    before = contents(tmp_path / "out")
    kwb, jeugdzorg, rivm = (server.tables[key] for key in ("85318NED", "85335NED", "50120NED"))
    for table in (kwb, jeugdzorg, rivm):
        table.modified = "2025-01-01T02:00:00"
    if what == "column":
        kwb.properties = [p for p in kwb.properties if p["Title"] != "15 tot 25 jaar"]
        said = "85318NED: it has no column with the title '15 tot 25 jaar'"
    elif what == "rows":
        jeugdzorg.rows = [row for row in jeugdzorg.rows if row["VormenVanJeugdzorg"] != "A042503"]
        said = "85335NED: no row came"
    elif what == "category":
        rivm.dimensions["Leeftijd"] = [{"Key": "20301", "Title": "19 jaar of ouder"}]
        said = "50120NED: its dimension Leeftijd has 20301; expected 20300"
    elif what == "cell":
        kwb.rows[4] |= {"AantalInwoners_5": "   1.234,5"}
        said = "85318NED, row 3, column AantalInwoners_5: this field holds '1.234,5'"
    else:
        kwb.period = "2023"
        said = "85318NED: it is of 2023; expected figures of 2022"
    result = run()
    assert result.exit_code == 2
    assert said in result.stderr
    assert contents(tmp_path / "out") == before


def test_a_table_that_changes_while_it_is_fetched_is_not_mixed(
    server: StatLineServer, run: Run, tmp_path: Path
) -> None:
    def change(path: str) -> None:
        if "Untyped" in path:
            server.tables["85318NED"].modified = "2025-01-01T02:00:00"

    server.before = change
    refused(run("--only", "kwb"), tmp_path, "table 85318NED changed while it was fetched; run the same command again")
    assert run("--only", "kwb").exit_code == 0
    assert fetching.manifest_entry(tmp_path / "out", "kwb")["modified"] == "2025-01-01T02:00:00"


def test_an_unknown_id_is_found_in_the_catalogue_by_its_title(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    tables = invented(2020)
    tables["85335NED"].id = "84999NED"
    tables |= {"84799NED": tables["85318NED"], "84721NED": tables["85067NED"], "50090NED": tables["50120NED"]}
    server.tables = {"84999NED": tables["85335NED"]} | {
        key: table for key, table in tables.items() if key not in ("85335NED", "85560NED")
    }
    result = run(year=2020)
    assert result.exit_code == 0, result.output
    assert "nabijheid: no table of nabijheid for 2020 in the catalogue; left out" in result.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {entry["series"]: entry["id"] for entry in manifest["tables"]}["jeugdzorg"] == "84999NED"
    assert manifest["absent"] == [{"series": "nabijheid", "reason": "no table of nabijheid for 2020 in the catalogue"}]


def test_more_tables_with_such_a_title_and_none_are_told(server: StatLineServer, run: Run, tmp_path: Path) -> None:
    one = invented(2020)["85335NED"]
    refused(run("--only", "jeugdzorg", year=2020), tmp_path, "no table of jeugdzorg for 2020", "--table jeugdzorg=ID")
    server.tables = {"1NED": one, "2NED": invented(2020)["85335NED"]}
    server.tables["1NED"].id, server.tables["2NED"].id = "1NED", "2NED"
    refused(
        run("--only", "jeugdzorg", year=2020),
        tmp_path,
        "2 tables of the catalogue may be jeugdzorg of 2020: 1NED (Jeugdzorg in natura; wijken, 2020); 2NED",
        "choose one with --table jeugdzorg=ID",
    )
    assert run("--only", "jeugdzorg", "--table", "jeugdzorg=2NED", year=2020).exit_code == 0
    assert fetching.manifest_entry(tmp_path / "out", "jeugdzorg")["id"] == "2NED"


def test_a_year_that_a_table_does_not_have(run: Run, tmp_path: Path) -> None:
    result = run("--only", "jeugdzorg", "--table", "jeugdzorg=85335NED", year=2024)
    refused(result, tmp_path, "table 85335NED of jeugdzorg has no figures of 2024, only of 2021, 2022")


@pytest.mark.parametrize("damage", ["rows.parquet", "done.json", "DataProperties.json", "page-0001.json"])
def test_a_damaged_cache_is_fetched_again(server: StatLineServer, run: Run, tmp_path: Path, damage: str) -> None:
    if damage.startswith("page"):
        server.fail("Untyped $skip=6", "closed", times=2)
        refused(run("--only", "kwb"), tmp_path, "broke off")
    else:
        assert run("--only", "kwb").exit_code == 0
    (path,) = (tmp_path / "cache").rglob(damage)
    path.write_bytes(path.read_bytes()[:20])
    assert run("--only", "kwb").exit_code == 0
    assert len(read_series(tmp_path / "out", "kwb")) == 7


def test_places_that_cannot_be_written_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(run("--cache", str(tmp_path / "file" / "cache")), tmp_path, "name another folder with --cache")
    absent = run("--out", str(tmp_path / "no" / "out"))
    assert (absent.exit_code, "make it first" in absent.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--only", "kwb", "--without", "rivm"), "--only does not go with --without"),
        (("--table", "85318NED"), "--table 85318NED: expected SERIES=ID such as kwb=85318NED"),
        (("--table", "kwb=../x"), "--table kwb: expected SERIES=ID"),
        (("--timeout", "0"), "timeout"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    server: StatLineServer, run: Run, options: tuple[str, ...], message: str
) -> None:
    result = run(*options)
    assert (result.exit_code, message in result.stderr, server.asked) == (2, True, [])


def test_a_fetched_folder_that_was_changed_is_not_read(run: Run, tmp_path: Path) -> None:
    assert run("--without", "rivm").exit_code == 0
    out = tmp_path / "out"
    with pytest.raises(DataError, match="rivm was not fetched, only kwb, jeugdzorg"):
        read_series(out, "rivm")
    (out / "kwb" / "DataProperties.json").write_text("[]")
    with pytest.raises(DataError, match="this file is not as it was fetched"):
        read_series(out, "kwb")
    with pytest.raises(DataError, match="there is no manifest that can be read"):
        read_series(tmp_path, "kwb")
    with pytest.raises(ValueError, match="no series kbw"):
        fetch(2022, out, series=["kbw"])


def test_the_real_wijken_of_2021_come_through_unchanged(tmp_path: Path, data_folder: Path) -> None:
    """The figures are real; the metadata of these two tables is made after the one that is at hand."""
    known = pd.read_csv(data_folder / "cbs/kwb_jeugdzorg_wijken_2021.csv", dtype=str)
    places = dict(zip(known["gwb_code_10"], known["regio"], strict=True))
    titles = {"Aantal inwoners": "a_inw", "0 tot 15 jaar": "a_00_14", "15 tot 25 jaar": "a_15_24"}
    titles |= {"Koopwoningen": "p_koopw", "Gemeentenaam": "gm_naam", "Soort regio": "recs"}
    counts = [("", TOTAL, "aantal"), ("", "12 tot 18 jaar", "aantal")]
    kwb, care = [], []
    for row in known.to_dict("records"):
        cells: dict[str, Any] = {title: row[name] for title, name in titles.items()}
        cells["Koopwoningen"] = "." if pd.isna(row["p_koopw"]) else row["p_koopw"].removesuffix(".0")
        kwb.append(cells | {"WijkenEnBuurten": row["gwb_code_10"], "Codering": row["gwb_code_10"]})
        users = {TOTAL: row["TotaalJongerenMetJeugdzorgInNatura_1"], "12 tot 18 jaar": row["k_12Tot18Jaar_4"]}
        users = {title: "." if pd.isna(cell) else cell.removesuffix(".0") for title, cell in users.items()}
        care.append(users | {"Wijken": row["gwb_code_10"], "VormenVanJeugdzorg": "T001203", "Perioden": "2021JJ00"})
    dimensions = {"VormenVanJeugdzorg": ("Dimension", FORMS), "Wijken": ("GeoDimension", places)}
    dimensions |= {"Perioden": ("TimeDimension", {"2021JJ00": "2021"})}
    made = (
        make_table(
            "85039NED", "Kerncijfers wijken en buurten 2021", KWB, kwb, {"WijkenEnBuurten": ("GeoDetail", places)}
        ),
        make_table("85075NED", "Jeugdzorg in natura; wijken, 2021", counts, care, dimensions),
    )
    with serving({table.id: table for table in made}, page_size=1000) as server:
        fetch(
            2021,
            tmp_path / "out",
            series=("kwb", "jeugdzorg"),
            form="Totaal jeugdzorg",
            server=server.address,
            cache=tmp_path / "cache",
        )
    figures = read_series(tmp_path / "out", "kwb")
    assert figures["gwb_code_10"].tolist() == known["gwb_code_10"].tolist()
    for name in ("a_inw", "a_00_14", "a_15_24", "p_koopw"):
        pd.testing.assert_series_equal(figures[name], known[name].astype(float), check_names=False)
    users = read_series(tmp_path / "out", "jeugdzorg")["users"]
    expected = known["TotaalJongerenMetJeugdzorgInNatura_1"].str.removesuffix(".0").fillna(".")
    assert users.tolist() == expected.tolist()
    assert (users == ".").sum() > 300
