"""A stand-in for PDOK's Web Feature Service on loopback, with seven invented wijken and two pieces of water."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


def feature(number: int, water: str = "NEE") -> dict[str, Any]:
    x, y = 80_000 + 1000 * number, 450_000 + 5000 * (water == "JA")
    ring = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
    about = {"wijkcode": f"WK0001{number:02d}", "wijknaam": f"Wijk {number}", "gemeentecode": "GM0001"}
    about |= {"gemeentenaam": "Voorbeeld", "water": water, "aantalInwoners": -99999999}
    return {"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": [ring]}}


FEATURES = [feature(number) for number in range(7)] + [feature(6, "JA"), feature(7, "JA")]


class Pdok:
    """What the server does; each test changes it."""

    def __init__(self) -> None:
        self.features: list[dict[str, Any]] = FEATURES
        self.most = 1000
        self.before: list[int] = []  # statuses to answer first
        self.body: bytes | None = None
        self.cut = False
        self.tells: Any = len(FEATURES)
        self.asked: list[dict[str, list[str]]] = []

    def answer(self, path: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        asked = parse_qs(parts.query)
        self.asked.append(asked)
        if self.before:
            return self.before.pop(0), b"even geduld"
        if parts.path != "/2022/wfs/v1_0":
            return 404, b"<html>niet gevonden</html>"
        if self.body is not None:
            return 200, self.body
        start, count = int(asked["startIndex"][0]), min(int(asked["count"][0]), self.most)
        page = {"type": "FeatureCollection", "features": self.features[start : start + count]}
        return 200, json.dumps(page | ({} if self.tells is None else {"numberMatched": self.tells})).encode()


@contextmanager
def serving() -> Iterator[tuple[Pdok, str]]:
    state = Pdok()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = state.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + 100 * state.cut))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
