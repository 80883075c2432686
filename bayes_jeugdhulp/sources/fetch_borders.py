"""Borders of wijken of one year from PDOK, page by page, into a GeoPackage."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_jeugdhulp.errors import JeugdhulpError
from bayes_jeugdhulp.files import check_writable, replacing
from bayes_jeugdhulp.sources.borders import RD

if TYPE_CHECKING:
    import requests

PDOK = "https://service.pdok.nl/cbs/wijkenbuurten"
ATTRIBUTION = "CBS/Kadaster, Wijk- en buurtkaart {year}, via PDOK (geraadpleegd {today}), CC BY 4.0"
COLUMNS = ("wijkcode", "wijknaam", "gemeentecode", "gemeentenaam", "water")
PAGE = 1000  # wijken a request: the most that PDOK gives
BUSY = (429, 500, 502, 503, 504)


def fetch_borders(
    year: int,
    out: str | os.PathLike[str],
    *,
    base_url: str = PDOK,
    timeout: float = 60.0,
    retries: int = 4,
    backoff: float = 1.0,
    page: int = PAGE,
    report: Callable[[int], None] | None = None,
) -> Path:
    """Download the wijken of the *Wijk- en buurtkaart* (CBS/Kadaster) from PDOK's Web Feature Service.

    Parameters
    ----------
    year : int
        Of the borders.
    out : path
        GeoPackage (``.gpkg``) to write: layer ``wijken`` in RD with ``wijkcode, wijknaam, gemeentecode, gemeentenaam,
        water`` (JA, NEE) and ``jaar``; its description names the source. :func:`bayes_jeugdhulp.read_borders` reads it.
    base_url : str, default PDOK
        Up to the year.
    timeout : float, default 60
        Seconds to wait for a connection, and for each piece of an answer.
    retries : int, default 4
        How often a request is sent again when the server cannot be reached or says that it is busy.
    backoff : float, default 1
        Seconds before the second of these, doubled each time.
    page : int, default 1000
        Wijken a request.
    report : callable, optional
        Told the number of rows so far after each page.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    JeugdhulpError
        If ``out`` is no ``.gpkg`` or cannot be written, or if the server cannot be reached, has no borders of the
        year, or answers otherwise than a Web Feature Service with wijken does; ``out`` is then as it was.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> bj.read_borders(bj.fetch_borders(2022, "wijken_2022.gpkg"))["wijkcode"].tolist()[:2]
    ['WK000100', 'WK000101']
    """
    import geopandas as gpd

    path = check_writable(out)
    if path.suffix.lower() != ".gpkg":
        raise JeugdhulpError(f"{path}: borders are written as a GeoPackage; let the name end in .gpkg")
    url = f"{base_url.rstrip('/')}/{year}/wfs/v1_0"
    features: list[dict[str, Any]] = []
    with _session(retries, backoff) as session:
        while True:  # an empty page is the end: a server may give fewer than were asked, and may not tell how many
            answer = _page(session, url, len(features), page, timeout, year)
            features += answer["features"]
            matched = answer.get("numberMatched")
            if report is not None:
                report(len(features))
            if not answer["features"] or len(features) == matched:
                break
    if not features or (isinstance(matched, int) and len(features) != matched):
        raise JeugdhulpError(f"{url}: {len(features)} wijken came, {matched or 'some'} were expected; try again later")
    frame = gpd.GeoDataFrame.from_features(features, crs=RD)
    if absent := [column for column in COLUMNS if column not in frame]:
        raise JeugdhulpError(
            f"{url}: the wijken have no {', '.join(absent)}; the service has changed: download the file of the CBS "
            "and read that"
        )
    if frame.duplicated(["wijkcode", "water"]).any():
        raise JeugdhulpError(f"{url}: the pages overlap, so some wijken may be lacking; try again later")
    source = ATTRIBUTION.format(year=year, today=date.today().isoformat())
    with replacing(path) as temporary:
        kept = frame[["geometry", *COLUMNS]].sort_values(["wijkcode", "water"], ignore_index=True).assign(jaar=year)
        kept.to_file(temporary, layer="wijken", driver="GPKG", layer_options={"DESCRIPTION": source})
    return path


def _session(retries: int, backoff: float) -> "requests.Session":
    """Requests that are sent again, ever later, when nothing or "busy" comes back."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    again = Retry(retries, backoff_factor=backoff, status_forcelist=BUSY, raise_on_status=False)
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=again))
    return session


def _page(session: "requests.Session", url: str, start: int, page: int, timeout: float, year: int) -> dict[str, Any]:
    """One answer with its features, or why there is none."""
    import requests

    asked: dict[str, str | int] = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeNames": "wijkenbuurten:wijken",
        "srsName": RD,
        "outputFormat": "application/json",
        "count": page,
        "startIndex": start,
    }
    try:
        response = session.get(url, params=asked, timeout=timeout)
    except requests.RequestException as error:
        raise JeugdhulpError(
            f"{url}: no answer ({type(error).__name__}); check the network, or try again later"
        ) from error
    if response.status_code == 404:
        raise JeugdhulpError(f"{url}: there are no borders of {year}; name a year that PDOK has")
    if not response.ok:
        raise JeugdhulpError(f"{url}: the server answered {response.status_code} {response.reason}; try again later")
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("features"), list):
        said = " ".join(response.text[:200].split())
        raise JeugdhulpError(
            f"{url}: expected wijken as GeoJSON, found {said!r}; try again later, or take another year"
        )
    return answer
