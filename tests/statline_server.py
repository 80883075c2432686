"""A stand-in for StatLine's server on loopback, with its habits: padding, pages, errors."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

Record = dict[str, Any]

WIDTHS = {"WijkenEnBuurten": 10, "Wijken": 10, "RegioS": 10, "SoortMisdrijf": 6}


@dataclass
class Table:
    """What the server has of one table; rows of the UntypedDataSet, padded as they are there."""

    id: str
    title: str
    properties: list[Record]
    dimensions: dict[str, list[Record]]
    rows: list[Record]
    period: str = ""
    modified: str = "2024-03-27T02:00:00"
    metadata_modified: str = "2024-03-27T02:00:00"
    description: str = "Copyright © een bron\r\nVerveelvoudiging is toegestaan, mits de bron wordt vermeld."

    def entities(self) -> dict[str, list[Record]]:
        info = {"ID": 0, "Title": self.title, "Identifier": self.id, "Period": self.period}
        info |= {"Modified": self.modified, "MetaDataModified": self.metadata_modified, "Description": self.description}
        return {
            "TableInfos": [info],
            "DataProperties": self.properties,
            "CategoryGroups": [],
            "UntypedDataSet": self.rows,
            "TypedDataSet": self.rows,  # made typed when they are asked for
            **self.dimensions,
        }

    def typed(self, row: Record) -> Record:
        kinds = {p["Key"]: p.get("Datatype") for p in self.properties}
        read: dict[str, Callable[[str], Any]] = {"Long": int, "Double": float}
        return {
            key: (None if str(cell or "").strip() in ("", ".") else read[kind](cell)) if kind in read else cell
            for key, cell in row.items()
            for kind in [str(kinds.get(key))]
        }


@dataclass
class Fault:
    """What goes wrong with requests whose address has every word of ``where`` in it, and how many of them."""

    where: str
    kind: str
    times: int


@dataclass
class StatLineServer:
    """Serves tables while it is open.

    ``asked`` notes every request; ``page_size`` is 10,000 on the real server, as is ``api_limit``.
    """

    tables: dict[str, Table]
    page_size: int = 10_000
    api_limit: int = 10_000
    asked: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: Callable[[str], None] = lambda path: None
    links_to: str | None = None

    def __enter__(self) -> Self:
        outer = self
        self._closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._http.server_port}"
        self.address = f"http://{self.host}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def fail(self, where: str, kind: str, times: int = 1000) -> None:
        self.faults.append(Fault(where, kind, times))

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.asked.append(f"{parts.path}?{'&'.join(f'{k}={v}' for k, v in query.items())}")
        self.before(self.asked[-1])
        status, body = self._found(parts.path, query)
        kind = None
        for fault in self.faults:
            if fault.times > 0 and all(word in self.asked[-1] for word in fault.where.split()):
                fault.times -= 1
                kind = fault.kind
                break
        if kind == "silent":
            self._closing.wait(5)
        if kind in ("silent", "gone"):
            return  # the connection closes without an answer
        if kind == "unlinked":  # the link to the next page is not there
            body = json.dumps({key: value for key, value in json.loads(body).items() if key != "odata.nextLink"})
        elif kind == "html":
            status, body = 200, "<html><body>Log in to the network</body></html>"
        elif kind is not None and kind.isdigit():
            status, body = int(kind), "an error"
        data = body.encode()
        length = len(data)
        if kind == "cut":
            data = data[: length // 2]
            length = len(data)
        elif kind == "closed":
            data = data[: length // 2]
        request.send_response(status)
        request.send_header("Content-Length", str(length))
        request.end_headers()
        request.wfile.write(data)

    def _found(self, path: str, query: dict[str, str]) -> tuple[int, str]:
        if path == "/ODataCatalog/Tables":
            records = [{"Identifier": t.id, "Title": t.title, "Modified": t.modified} for t in self.tables.values()]
            return self._json(path, query, records)
        match = re.fullmatch(r"/OData(Feed|Api)/odata/([0-9A-Z]+)/(\w*)", path, flags=re.IGNORECASE)
        if match is None or match[2] not in self.tables:
            return 404, "no such table"
        entities = self.tables[match[2]].entities()
        if not match[3]:
            return self._json(path, query, [{"name": name, "url": name} for name in entities])
        if match[3] not in entities:
            return 404, "no such entity"
        records = entities[match[3]]
        if "$filter" in query:
            fits = parse_filter(query["$filter"])
            records = [record for record in records if fits(record)]
        if match[3] == "TypedDataSet":
            records = [self.tables[match[2]].typed(row) for row in records]
        if match[1].lower() == "api" and len(records) > self.api_limit:
            return 500, f"the query returns more than {self.api_limit} records"
        return self._json(path, query, records)

    def _json(self, path: str, query: dict[str, str], records: Sequence[Record]) -> tuple[int, str]:
        if query.get("$format") != "json":
            return 200, "<?xml version='1.0'?><feed/>"
        skip = int(query.get("$skip", 0))
        answer: Record = {"odata.metadata": f"{self.address}{path}", "value": records[skip : skip + self.page_size]}
        if skip + self.page_size < len(records) and "Api" not in path:
            link = {**query, "$skip": str(skip + self.page_size)}
            words = "&".join(f"{key}={quote(value)}" for key, value in link.items())
            answer["odata.nextLink"] = f"{self.links_to or self.address}{path}?{words}"
        return 200, json.dumps(answer, ensure_ascii=False)


def parse_filter(text: str) -> Callable[[Record], bool]:
    """Comparisons of whole, padded keys with ``eq`` and of their beginnings with ``startswith``; and, or, brackets."""
    tokens = re.findall(r"startswith\(\w+,'[^']*'\)|\w+ eq '[^']*'|and|or|[()]", text)
    assert "".join(tokens).replace(" ", "") == text.replace(" ", ""), text

    def part() -> Callable[[Record], bool]:
        token = tokens.pop(0)
        if token == "(":
            inner = either()
            assert tokens.pop(0) == ")"
            return inner
        if match := re.fullmatch(r"startswith\((\w+),'([^']*)'\)", token):
            return lambda record: str(record[match[1]]).startswith(match[2])
        match = re.fullmatch(r"(\w+) eq '([^']*)'", token)
        assert match is not None, token
        return lambda record: record[match[1]] == match[2]

    def both() -> Callable[[Record], bool]:
        found = [part()]
        while tokens and tokens[0] == "and":
            tokens.pop(0)
            found.append(part())
        return lambda record: all(fits(record) for fits in found)

    def either() -> Callable[[Record], bool]:
        found = [both()]
        while tokens and tokens[0] == "or":
            tokens.pop(0)
            found.append(both())
        return lambda record: any(fits(record) for fits in found)

    made = either()
    assert not tokens, text
    return made


def pad(key: str, cell: Any, datatype: str | None) -> Any:
    """A cell as the UntypedDataSet has it: codes and texts filled up on the right, figures on the left."""
    if cell is None or key == "ID":
        return cell
    if datatype is None:
        return str(cell).ljust(WIDTHS.get(key, 0))
    return str(cell).rjust(8) if datatype in ("Long", "Double") else str(cell).ljust(8)


def make_table(
    table: str,
    title: str,
    columns: Iterable[tuple[str, str, str]],
    rows: Iterable[Record],
    dimensions: dict[str, tuple[str, dict[str, str]]],
    period: str = "",
    first: int = 1,
) -> Table:
    """A table from (parent, title, unit) per column, with cells by the same title or by (parent, title).

    ``first`` is the number in the first key: it differs between versions of a table that are otherwise alike.
    """
    properties: list[Record] = [
        {"ID": i, "ParentID": None, "Type": kind, "Key": key, "Title": key}
        for i, (key, (kind, _)) in enumerate(dimensions.items())
    ]
    groups: dict[str, int] = {}
    keys: dict[tuple[str, str], str] = {}
    for number, (parent, name, unit) in enumerate(columns, first):
        if parent and parent not in groups:
            groups[parent] = len(properties)
            group = {"ID": len(properties), "ParentID": None, "Type": "TopicGroup", "Key": "", "Title": parent}
            properties.append(group)
        stem = "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", name))[:36]
        keys[parent, name] = f"{'k_' if stem[0].isdigit() else ''}{stem}_{number}"
        kind = "String" if unit in ("naam", "code", "omschrijving") else "Double" if unit == "km" else "Long"
        topic = {"ID": len(properties), "ParentID": groups.get(parent), "Type": "Topic", "Key": keys[parent, name]}
        properties.append(topic | {"Title": name, "Unit": unit, "Datatype": kind})
    kinds = {p["Key"]: p.get("Datatype") for p in properties}
    made = []
    for number, row in enumerate(rows):
        cells: Record = {"ID": number} | {key: row[key] for key in dimensions}
        for (parent, name), key in keys.items():
            cells[key] = row.get((parent, name), row.get(name, "."))
        made.append({key: pad(key, cell, kinds.get(key)) for key, cell in cells.items()})
    entities = {
        key: [{"Key": code.ljust(WIDTHS.get(key, 0)), "Title": f"{name} "} for code, name in categories.items()]
        for key, (_, categories) in dimensions.items()
    }
    return Table(table, title, properties, entities, made, period)


@contextmanager
def serving(tables: dict[str, Table], page_size: int = 10_000) -> Iterator[StatLineServer]:
    """A server with these tables, for a test."""
    with StatLineServer(tables, page_size) as server:
        yield server
