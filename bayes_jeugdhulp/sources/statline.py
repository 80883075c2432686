"""StatLine's open data (OData v3): metadata and rows of a table, page by page, with timeouts, retries, one message."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import tenacity

from bayes_jeugdhulp.errors import SourceError

CBS = "https://opendata.cbs.nl"
THIRD_PARTIES = "https://dataderden.cbs.nl"  # figures of RIVM and the police, in the same form
FEED = "ODataFeed/odata"  # ODataApi answers HTTP 500 above 10,000 records
CATALOGUE = "ODataCatalog/Tables"
PASSING = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_PAUSE = 60

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, and how often.

    Parameters
    ----------
    timeout : float, default 60
        Seconds without a sign of the server after which a request is given up.
    attempts : int, default 5
        Times that a request is made before it has failed.
    pause : float, default 1
        Seconds before the second attempt; each next pause is twice as long, up to a minute.

    Raises
    ------
    ValueError
        If a setting is out of range.
    """

    timeout: float = 60
    attempts: int = 5
    pause: float = 1

    def __post_init__(self) -> None:
        if self.timeout <= 0 or self.attempts < 1 or self.pause < 0:
            raise ValueError("timeout must be above 0, attempts 1 or more, pause 0 or more")


class Page(NamedTuple):
    """Part of the rows of a table, and the link to the next part, relative to the server; None after the last."""

    rows: list[Record]
    following: str | None


class RefusedError(SourceError):
    """The server answers that it will not give this: another attempt gives the same."""


class _PassingError(Exception):
    """A fault that another attempt may not meet."""


class StatLine:
    """A server that speaks StatLine's OData v3.

    Parameters
    ----------
    server : str, default CBS
        Address up to, not including, ``ODataFeed``.
    patience : Patience, optional
    say : callable of str, optional
        Told of each attempt that failed and is made again.

    Raises
    ------
    SourceError
        If the address is none. Every method raises it too: the server cannot be reached, keeps silent, answers with an
        error or something else than OData; the message names the server, what happened and what to do.

    Notes
    -----
    The client ``cbsodata`` asks the same questions. It reads a table in one go, so that nothing is left when the
    last page fails, has no retries, and passes by REQUESTS_CA_BUNDLE and NO_PROXY, without which the networks of many
    gemeenten let nothing through.
    """

    def __init__(self, server: str = CBS, patience: Patience | None = None, say: Callable[[str], None] | None = None):
        self.server = server.rstrip("/")
        self.patience = patience or Patience()
        self._say = say
        parts = urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise SourceError(f"{server!r} is no address of a server; expected one such as {CBS}; correct it")
        self.host = parts.netloc
        self._session = requests.Session()

    def metadata(self, table: str, entity: str) -> list[Record]:
        """All records of TableInfos, DataProperties or a dimension, as they come.

        Parameters
        ----------
        table : str
            Id, such as ``85318NED``.
        entity : str

        Returns
        -------
        list of dict
        """
        return [record for page in self.pages(table, entity) for record in page.rows]

    def catalogue(self) -> list[Record]:
        """Every table of the server, at least with its Identifier and Title."""
        select = {"$format": "json", "$select": "Identifier,Title"}
        return [record for page in self._pages(CATALOGUE, select) for record in page.rows]

    def pages(self, table: str, entity: str, where: str | None = None, start: str | None = None) -> Iterator[Page]:
        """Records page by page, following the links that the server gives.

        Parameters
        ----------
        table, entity : str
        where : str, optional
            Filter in words of OData. Keys are padded with spaces: use ``startswith``.
        start : str, optional
            Link of an earlier page to go on from; the filter is part of it.

        Yields
        ------
        Page
        """
        for name in (table, entity):  # a name from a catalogue becomes part of an address and of a path here
            if not re.fullmatch(r"\w+", name):
                raise SourceError(f"{self.host}: {name!r} is no name of a table or of a part of one; check --server")
        if start is not None:
            yield from self._pages(start, {})
            return
        params = {"$format": "json"} | ({"$filter": where} if where is not None else {})
        yield from self._pages(f"{FEED}/{table}/{entity}", params)

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[Page]:
        seen = {path}
        following: str | None = path
        while following is not None:
            answer = self._get(following, params)
            path, params = following, {}
            following = self._own(path, answer.get("odata.nextLink"))
            if following in seen:
                raise SourceError(f"{self.host}: {path} leads back to a page that was read; try again later")
            if following is not None:
                seen.add(following)
            yield Page(answer["value"], following)

    def _own(self, path: str, link: str | None) -> str | None:
        """A link relative to this server: a mirror may hand on the links of the original, or http for https."""
        if link is None:
            return None
        parts = urlsplit(urljoin(f"{self.server}/{path}", link))
        inside = re.search(r"ODataFeed/.*|ODataCatalog/.*", parts.path, flags=re.IGNORECASE)
        if inside is None:
            raise SourceError(f"{self.host}: the next page is said to be at {link!r}; check --server")
        return f"{inside[0]}?{parts.query}" if parts.query else inside[0]

    def _get(self, path: str, params: dict[str, str]) -> Record:
        def again(state: tenacity.RetryCallState) -> None:
            if self._say and state.outcome and state.next_action:
                self._say(f"{self.host}: {state.outcome.exception()}; again in {state.next_action.sleep:g} s")

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.patience.attempts),
            wait=tenacity.wait_exponential(multiplier=self.patience.pause, max=LONGEST_PAUSE),
            retry=tenacity.retry_if_exception_type(_PassingError),
            before_sleep=again,
            reraise=True,
        )
        try:
            return retrying(self._once, path, params)
        except _PassingError as error:
            times = f"tried {self.patience.attempts} times" if self.patience.attempts > 1 else "tried once"
            remedy = "check the network and its proxy, or run the same command later: it goes on where it stopped"
            raise SourceError(f"{self.host}: {error} ({times}); {remedy}") from error

    def _once(self, path: str, params: dict[str, str]) -> Record:
        url, what = f"{self.server}/{path}", path.split("?")[0]
        try:
            response = self._session.get(url, params=params, timeout=self.patience.timeout)
        except requests.exceptions.SSLError as error:
            remedy = "behind a proxy with a certificate of its own, name that in the variable REQUESTS_CA_BUNDLE"
            raise SourceError(f"{self.host}: its certificate is not trusted; {remedy}") from error
        except requests.Timeout as error:
            raise _PassingError(f"no answer within {self.patience.timeout:g} s to {what}") from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise _PassingError(f"the answer to {what} broke off") from error
        except requests.ConnectionError as error:
            late = "timed out" in str(error)  # within an answer, requests calls a timeout this
            raise _PassingError(f"{what} broke off: no sign within {self.patience.timeout:g} s" if late else
                                "this server cannot be reached") from error  # fmt: skip
        except requests.RequestException as error:
            raise SourceError(f"{self.host}: {what} cannot be fetched ({error}); check --server") from error
        if response.status_code in PASSING:
            raise _PassingError(f"HTTP {response.status_code} ({response.reason}) on {what}")
        if response.status_code == 404:
            remedy = "check the id of the table, or leave it out to look it up by its title"
            raise RefusedError(f"{self.host}: there is no {what} (HTTP 404); {remedy}")
        if not response.ok:
            raise RefusedError(
                f"{self.host}: HTTP {response.status_code} ({response.reason}) on {what}; check --server"
            )
        try:
            answer = json.loads(response.content)
        except ValueError as error:
            begin = response.text.lstrip()[:30]
            broken = begin.startswith(("{", "["))
            raise _PassingError(
                f"the answer to {what} broke off" if broken else f"the answer to {what} is no JSON but {begin!r}"
            ) from error
        if not isinstance(answer, dict) or not isinstance(answer.get("value"), list):
            raise _PassingError(f"the answer to {what} is not OData v3: it has no list 'value'")
        return answer
