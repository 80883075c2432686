"""The client of StatLine against a stand-in for its server, and its columns by title, unit and parent."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbsodata
import pandas as pd
import pytest
from statline_country import FORMS, TOTAL, invented
from statline_server import StatLineServer, Table, make_table, serving

from bayes_jeugdhulp.errors import DataError, SourceError
from bayes_jeugdhulp.sources.published_counts import publishing_of
from bayes_jeugdhulp.sources.statline import Patience, StatLine
from bayes_jeugdhulp.sources.statline_columns import RawTable, column_names, topics
from bayes_jeugdhulp.sources.statline_tables import SERIES
from bayes_jeugdhulp.sources.statline_tidy import tidy

QUICK = Patience(timeout=5, attempts=4, pause=0.001)


@pytest.fixture
def server() -> Iterator[StatLineServer]:
    with serving(invented(), page_size=3) as running:
        yield running


def rows_of(client: StatLine, where: str | None = None) -> list[dict[str, Any]]:
    return [row for page in client.pages("85318NED", "UntypedDataSet", where) for row in page.rows]


def raw(table: Table, rows: list[dict[str, Any]] | None = None) -> RawTable:
    """A table as the cache hands it on."""
    frame = [{k: None if v is None else str(v).strip() for k, v in row.items()} for row in rows or table.rows]
    return RawTable(table.id, pd.DataFrame(frame, dtype="str"), table.properties, table.dimensions)


def test_the_stand_in_has_the_habits_of_the_real_server(server: StatLineServer) -> None:
    client = StatLine(server.address, QUICK)
    keys = [record["Key"] for record in client.metadata("85318NED", "WijkenEnBuurten")]
    assert {len(key) for key in keys} == {10}
    assert rows_of(client, "WijkenEnBuurten eq 'WK000100'") == []
    assert len(rows_of(client, "WijkenEnBuurten eq 'WK000100  '")) == 1
    (row,) = rows_of(client, "startswith(WijkenEnBuurten,'WK000100')")
    assert (row["Koopwoningen_10"], row["AfstandTotSchool_11"]) == ("       .", None)
    server.api_limit = 7
    answer = client._session.get(f"{server.address}/ODataApi/odata/85318NED/TypedDataSet?$format=json", timeout=5)
    assert answer.status_code == 500


def test_the_usual_client_reads_the_same_from_it(server: StatLineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbsodata.options, "use_https", False)
    ours = rows_of(StatLine(server.address, QUICK))
    theirs = cbsodata.get_meta("85318NED", "UntypedDataSet", catalog_url=server.host, timeout=5)
    assert ours == theirs
    assert len(ours) == 8
    typed = cbsodata.get_meta("85318NED", "TypedDataSet", catalog_url=server.host, timeout=5)
    assert [row["Koopwoningen_10"] for row in typed] == [41, 42, None, 44, 45, 46, 47, 48]


def test_pages_are_followed_by_their_links_and_never_counted(server: StatLineServer) -> None:
    rows_of(StatLine(server.address, QUICK))
    assert ["$skip" in path for path in server.asked] == [False, True, True]
    assert all("Feed" in path for path in server.asked)


@pytest.mark.parametrize("elsewhere", ["https://opendata.example", "http://127.0.0.1:9/mirror"])
def test_links_of_a_mirror_that_lead_elsewhere_are_followed_on_the_mirror(
    server: StatLineServer, elsewhere: str
) -> None:
    server.links_to = elsewhere
    assert len(rows_of(StatLine(server.address, QUICK))) == 8


def test_what_may_pass_is_tried_again_after_pauses_that_double(server: StatLineServer) -> None:
    said: list[str] = []
    server.fail("$skip=3", "503", times=3)
    assert len(rows_of(StatLine(server.address, QUICK, said.append))) == 8
    assert [message.rpartition("; ")[2] for message in said] == [f"again in {p} s" for p in (0.001, 0.002, 0.004)]
    assert len(server.asked) == 3 + 3


@pytest.mark.parametrize(
    ("kind", "message", "attempts"),
    [
        ("500", "HTTP 500 (Internal Server Error) on ODataFeed/odata/85318NED/UntypedDataSet (tried 4 times)", 4),
        ("429", "HTTP 429", 4),
        ("cut", "the answer to ODataFeed/odata/85318NED/UntypedDataSet broke off (tried 4 times)", 4),
        ("closed", "broke off (tried 4 times)", 4),
        ("gone", "this server cannot be reached (tried 4 times); check the network", 4),
        ("html", "is no JSON but '<html><body>Log in to the netw' (tried 4 times)", 4),
        ("404", "there is no ODataFeed/odata/85318NED/UntypedDataSet (HTTP 404); check the id", 1),
        ("403", "HTTP 403 (Forbidden)", 1),
    ],
)
def test_what_does_not_pass_is_one_message(server: StatLineServer, kind: str, message: str, attempts: int) -> None:
    server.fail("UntypedDataSet", kind)
    with pytest.raises(SourceError) as refused:
        rows_of(StatLine(server.address, QUICK))
    assert str(refused.value).startswith(f"{server.host}: ")
    assert message in str(refused.value)
    assert len(server.asked) == attempts


def test_a_silent_server_is_given_up(server: StatLineServer) -> None:
    server.fail("UntypedDataSet", "silent")
    with pytest.raises(SourceError, match=r"no answer within 0.05 s to .* \(tried 2 times\).*goes on where it stopped"):
        rows_of(StatLine(server.address, Patience(timeout=0.05, attempts=2, pause=0)))


def test_an_answer_that_stops_halfway_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepted: list[socket.socket] = []

        def begin() -> None:
            accepted.append(listening.accept()[0])
            accepted[0].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"value": [')

        threading.Thread(target=begin, daemon=True).start()
        client = StatLine(f"http://127.0.0.1:{listening.getsockname()[1]}", Patience(timeout=0.1, attempts=1))
        with pytest.raises(SourceError, match=r"broke off: no sign within 0.1 s \(tried once\)"):
            client.metadata("85318NED", "TableInfos")
        accepted[0].close()


def test_a_server_that_is_not_there(server: StatLineServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with pytest.raises(SourceError, match=rf"127.0.0.1:{free}: this server cannot be reached"):
        StatLine(f"http://127.0.0.1:{free}", QUICK).metadata("85318NED", "TableInfos")
    for address in ("opendata.cbs.nl", "ftp://a.example", "https://"):
        with pytest.raises(SourceError, match="is no address of a server"):
            StatLine(address)


@pytest.mark.parametrize(("table", "entity"), [("../up", "TableInfos"), ("85318NED", "a/b"), ("85318NED", "")])
def test_a_name_that_is_a_path_is_no_name(server: StatLineServer, table: str, entity: str) -> None:
    with pytest.raises(SourceError, match="is no name of a table"):
        StatLine(server.address, QUICK).metadata(table, entity)
    assert server.asked == []


def test_pages_that_lead_back_do_not_go_on_for_ever(server: StatLineServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        StatLine, "_own", lambda self, path, link: "ODataFeed/odata/85318NED/UntypedDataSet?$format=json"
    )
    with pytest.raises(SourceError, match="leads back to a page that was read"):
        rows_of(StatLine(server.address, QUICK))


def test_every_name_of_the_real_table_is_found_without_its_number(data_folder: Path) -> None:
    properties = json.loads((data_folder / "cbs/cbs_85984NED/DataProperties.json").read_text())
    known = pd.read_csv(data_folder / "cbs/kwb_columns.csv", dtype=str).dropna(subset="v3_key_in_85984NED_mrt2025")
    expected = dict(zip(known["v3_key_in_85984NED_mrt2025"], known["kwb_kolom"], strict=True))
    assert len(expected) > 60
    found = column_names("kwb", RawTable("85984NED", pd.DataFrame(), properties, {}))
    assert {key: found.get(key) for key in expected} == expected
    for topic in topics(properties):  # the same table as another version of it may number its columns
        topic_key = topic["Key"]
        assert topic_key.rpartition("_")[2].isdigit()
    moved = [{**p, "Key": f"x_{p['ID']}"} if p["Type"] == "Topic" else p for p in reversed(properties)]
    again = column_names("kwb", RawTable("85984NED", pd.DataFrame(), moved, {}))
    assert set(again.values()) == set(found.values())
    ids = {p["Key"]: p["ID"] for p in properties}
    assert {f"x_{ids[key]}": name for key, name in found.items()} == again


def test_numbers_of_columns_may_change() -> None:
    old, new = invented(first=1)["85318NED"], invented(first=40)["85318NED"]
    assert not {topic["Key"] for topic in topics(old.properties)} & {topic["Key"] for topic in topics(new.properties)}
    pd.testing.assert_frame_equal(tidy("kwb", raw(old)), tidy("kwb", raw(new)))


def test_equal_titles_are_told_apart_by_their_parents() -> None:
    made = tidy("kwb", raw(invented()["85318NED"]))
    assert made["a_nl_all"].unique().tolist() == [700]


def changed(table: Table, title: str, **fields: Any) -> RawTable:
    """The table with other properties for one column; without any, without it."""
    properties = [{**p, **fields} if p["Title"] == title else p for p in table.properties]
    if not fields:
        properties = [p for p in properties if p["Title"] != title]
    return RawTable(table.id, raw(table).rows, properties, table.dimensions)


@pytest.mark.parametrize("fields", [{}, {"Title": "0 tot 16 jaar"}, {"Unit": "%"}])
def test_a_needed_column_that_is_gone_or_means_something_else_is_refused(fields: dict[str, str]) -> None:
    table = changed(invented()["85318NED"], "0 tot 15 jaar", **fields)
    with pytest.raises(
        DataError, match=r"85318NED: it has no column with the title '0 tot 15 jaar' and the unit 'aantal'"
    ):
        tidy("kwb", table)


def test_two_columns_that_fit_one_name_are_refused() -> None:
    table = changed(invented()["85318NED"], "15 tot 25 jaar", Title="0 tot 15 jaar")
    with pytest.raises(
        DataError, match=r"more than one column with the title '0 tot 15 jaar' .*: k_0Tot15Jaar_6, k_15Tot25Jaar_7"
    ):
        tidy("kwb", table)


def test_measures_are_named_by_title_then_by_what_tells_them_apart() -> None:
    columns = [("Bioscoop", "Binnen 1 km", "aantal"), ("Café", "Binnen 1 km", "aantal"), ("Café", "Afstand", "km")]
    columns += [("Huisarts", "Afstand tot huisartsenpraktijk", "km"), ("Café", "binnen 1  km", "%")]
    made = make_table("85560NED", "", columns, [], {"WijkenEnBuurten": ("GeoDetail", {})})
    made.properties += [{"ID": 90, "Type": "TopicGroup", "Title": "Horeca"}]
    made.properties = [{**p, "ParentID": 90} if p["Title"] == "Café" else p for p in made.properties]
    names = list(column_names("nabijheid", raw(made)).values())
    assert names == ["bioscoop_binnen_1_km", "afstand", "g_afs_hp"]  # the two of Café cannot be told apart
    made.properties = [{**p, "ParentID": 90} if p.get("Unit") == "%" else p for p in made.properties]
    names = list(column_names("nabijheid", raw(made)).values())
    assert names == ["bioscoop_binnen_1_km", "cafe_binnen_1_km", "afstand", "g_afs_hp", "horeca_binnen_1_km"]


def test_suppressed_missing_and_zero_stay_apart() -> None:
    table = invented()["85335NED"]
    rows = [r for r in table.rows if r["VormenVanJeugdzorg"] == "A042503" and r["Perioden"] == "2022JJ00"]
    made = tidy("jeugdzorg", raw(table, rows)).set_index("gwb_code_10")
    users = made["users"]
    assert users[["WK000100", "WK000101", "WK000200"]].tolist() == [".", "0", "35"]
    assert users.isna().tolist() == [code == "WK0001MA" for code in users.index]
    assert made["form"].unique().tolist() == ["Jeugdhulp zonder verblijf"]
    rows[-1] = {**rows[-1], next(k for k in rows[-1] if k.startswith("TotaalJongeren")): "        "}
    assert pd.isna(tidy("jeugdzorg", raw(table, rows))["users"].iloc[-1])


def test_figures_are_numbers_and_gaps_are_none() -> None:
    made = tidy("kwb", raw(invented()["85318NED"])).set_index("gwb_code_10")
    assert made.loc["WK0001MA", ["regio", "gm_naam", "recs", "a_00_14", "g_afs_sc"]].tolist() == [
        "Haven",
        "Aadorp",
        "Wijk",
        600,
        0.6,
    ]
    assert made.loc["WK000100", ["p_koopw", "g_afs_sc"]].isna().all()


@pytest.mark.parametrize(
    ("code", "cell", "message"),
    [
        ("WK000100", "12,5", "'12,5'"),
        ("WK000100", "x", "this field holds 'x'"),
        ("1", "5", "'1' stands for a region"),
        ("GM0001", "5", "1 regions stand in it twice, the first GM0001"),
    ],
)
def test_cells_that_are_none_and_regions_that_are_none_or_double_are_refused(
    code: str, cell: str, message: str
) -> None:
    table = invented()["85318NED"]
    rows = [dict(row) for row in table.rows]
    rows[2] |= {"WijkenEnBuurten": code, "AfstandTotSchool_11": cell}
    with pytest.raises(DataError) as refused:
        tidy("kwb", raw(table, rows))
    assert message in str(refused.value)
    assert "85318NED" in str(refused.value)


def test_the_jeugdzorgregio_is_found_by_its_codes_wherever_it_stands() -> None:
    table = invented()["85067NED"]
    made = tidy("gebieden", raw(table))
    assert made.iloc[0].tolist() == ["GM0001", "Aadorp", "JZ01", "Regio 1"]
    none = [{key: "GG0111" if str(cell).startswith("JZ") else cell for key, cell in row.items()} for row in table.rows]
    with pytest.raises(DataError, match="0 columns hold codes of jeugdzorgregio's"):
        tidy("gebieden", raw(table, none))


def test_the_real_jeugdzorgregios_come_out_as_they_went_in(data_folder: Path) -> None:
    known = pd.read_csv(data_folder / "regio/gemeente_2017_jeugdzorgregio.csv", dtype=str)
    columns = [("COROP", "Code", "code"), ("Jeugdzorgregio", "Code", "code"), ("Jeugdzorgregio", "Naam", "naam")]
    rows = [
        {"RegioS": row.gemeentecode, ("COROP", "Code"): row.corop, ("Jeugdzorgregio", "Code"): row.jeugdzorgregio}
        | {("Jeugdzorgregio", "Naam"): row.jeugdzorgregio_naam}
        for row in known.itertuples()
    ]
    names = dict(zip(known["gemeentecode"], known["gemnaam_2017"], strict=True))
    made = tidy("gebieden", raw(make_table("83553NED", "", columns, rows, {"RegioS": ("GeoDimension", names)})))
    expected = known[["gemeentecode", "gemnaam_2017", "jeugdzorgregio", "jeugdzorgregio_naam"]]
    expected = expected.replace(r" \(gemeente\)$", "", regex=True)
    assert made.to_numpy().tolist() == expected.to_numpy().tolist()
    assert len(made) == 388


def test_real_rows_of_jeugdzorg_are_read(data_folder: Path) -> None:
    """Raw rows of 85335NED; its titles are made from the stems of its keys, for the real ones are not at hand."""
    cells = pd.read_csv(data_folder / "cbs/85335NED_untyped_gemeenten_2022.csv", dtype=str, index_col=0)
    titles = {"TotaalJongerenMetJeugdzorgInNatura_1": TOTAL, "Gemeentenaam_18": "Gemeentenaam"}
    titles |= {"SoortRegio_19": "Soort regio", "Codering_20": "Codering"}
    titles |= {"IndelingswijzigingWijken_21": "Indelingswijziging wijken"}
    measures = [key for key in cells if key.rpartition("_")[2].isdigit()]
    properties: list[dict[str, Any]] = [
        {"ID": 0, "Type": "Dimension", "Key": "VormenVanJeugdzorg", "Title": "Vormen"},
        {"ID": 1, "Type": "GeoDimension", "Key": "Wijken", "Title": "Wijken"},
        {"ID": 2, "Type": "TimeDimension", "Key": "Perioden", "Title": "Perioden"},
    ]
    properties += [
        {"ID": i, "Type": "Topic", "Key": key, "Title": titles.get(key, key), "Unit": "aantal"}
        for i, key in enumerate(measures, 3)
    ]
    forms = [{"Key": key, "Title": title} for key, title in FORMS.items()]
    table = Table("85335NED", "", properties, {"VormenVanJeugdzorg": forms}, cells.to_dict("records"))
    made = tidy("jeugdzorg", raw(table)).set_index("gwb_code_10")
    assert made.loc[["NL00", "GM1680", "GM0358"], "users"].tolist() == ["461985", "595", "870"]
    assert made.loc["GM1680", ["gm_naam", "recs", "form"]].tolist() == ["Aa en Hunze", "Gemeente", "Totaal jeugdzorg"]
    assert made.loc["GM1680", "rechterofficiervanjustitie_15"] == "."
    assert len(made) == len(cells) == 346
    declared = publishing_of("jeugdzorg", 2022)
    assert declared
    policy = declared.policy
    published = made["users"][made["users"] != "."].astype(int)
    assert policy.publishable(published).all()
    assert (policy.rounded_to, published.min() >= 10) == (5, True)


def test_titles_of_the_catalogue_are_those_of_a_year() -> None:
    jeugdzorg = SERIES["jeugdzorg"]
    assert jeugdzorg.titled("Jongeren met jeugdzorg in natura; wijken, 2020", 2020)
    assert jeugdzorg.titled("Jeugdzorg in natura;  wijken, 2020**", 2020)
    assert not jeugdzorg.titled("Jeugdzorg in natura; wijken, 2020", 2021)
    assert not jeugdzorg.titled("Jeugdzorg in natura; gemeenten, 2020", 2020)
    assert SERIES["kwb"].titled("Kerncijfers wijken en buurten 2024", 2024)
    assert not SERIES["kwb"].titled("Kerncijfers wijken en buurten 2004-2024", 2024)
