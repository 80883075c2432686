"""Borders of wijken, from whatever file a person has of them."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_jeugdhulp.errors import DataError, Problem

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

RD, WGS84 = "EPSG:28992", "EPSG:4326"
CODE = r"^WK\d{4}[0-9A-Z]{2}$"
NAME_COLUMNS = ("wijknaam", "wk_naam", "wijk_naam", "statnaam", "naam")
YEAR_COLUMNS = ("jaar", "jaarcode", "year")
# Where the Netherlands lie, generously: degrees, and metres of the Rijksdriehoek.
DEGREES, METRES = (2.0, 49.0, 9.0, 55.0), (-100_000.0, 200_000.0, 400_000.0, 750_000.0)


def read_borders(path: str | os.PathLike[str]) -> "gpd.GeoDataFrame":
    """Read the borders of wijken.

    Parameters
    ----------
    path : path
        GeoJSON, TopoJSON, GeoPackage or shapefile (also zipped), in WGS84 or RD. The column with wijk codes is found
        by what it holds, whatever its name; of several layers the one with a row per wijk is taken. A wijk in several
        rows (its buurten, or land and water) becomes one.

    Returns
    -------
    GeoDataFrame
        ``wijkcode`` and ``geometry`` (valid polygons), sorted by wijkcode, in RD (EPSG:28992; metres). Its ``attrs``
        hold ``year``, from a column with it or from the name of the file (None where neither tells), and ``names``,
        the name of each wijk where the file has them.

    Raises
    ------
    DataError
        If the file is absent or unreadable, holds no wijk codes or two different columns of them, lies elsewhere than
        the Netherlands, or has a wijk without an area.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> borders = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).borders
    >>> borders.to_file("borders_2017.gpkg")
    >>> found = read_borders("borders_2017.gpkg")
    >>> len(found), found.crs.to_epsg(), found.attrs["year"]
    (60, 28992, 2017)
    """
    import geopandas as gpd
    import pyogrio

    path = Path(path)
    if not path.exists():
        raise _error(path, "there is no such file", "a file with borders", "check the name and the folder")
    formats = "GeoJSON, TopoJSON, GeoPackage or shapefile"
    try:
        layers = {
            str(name): _code_column(path, str(name)) for name, kind in pyogrio.list_layers(path) if kind is not None
        }
        found = {name: column for name, column in layers.items() if column}
        if not layers:
            raise _error(path, "this file holds no borders", formats, "export the borders, not only their table")
        if not found:
            raise _error(
                path,
                "no column holds wijk codes",
                "a column with codes such as WK051801",
                "take a file with wijken of the CBS, or restore the letters and zeros that the codes lost",
            )
        layer = min(found, key=lambda name: _doubles(path, name, found[name]))
        beside = {name.lower(): name for name in map(str, pyogrio.read_info(path, layer=layer)["fields"])}
        named, dated = (next((beside[c] for c in known if c in beside), "") for known in (NAME_COLUMNS, YEAR_COLUMNS))
        frame = gpd.read_file(path, layer=layer, columns=list({found[layer], named, dated} - {""}))
    except pyogrio.errors.DataSourceError as error:
        raise _error(path, "this file cannot be read as borders", formats, "export or download it again") from error
    codes = frame[found[layer]].astype("str").str.strip()
    about: dict[str, object] = {"year": _year(path, frame[dated].astype("str").unique().tolist() if dated else [])}
    about["names"] = dict(zip(codes, frame[named].astype("str").str.strip(), strict=True)) if named else {}
    frame = gpd.GeoDataFrame({"wijkcode": codes}, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    frame = frame[codes.str.match(CODE)].reset_index(drop=True)
    frame = _placed(frame, path)
    frame.geometry = frame.geometry.make_valid(method="structure", keep_collapsed=False)
    if frame["wijkcode"].duplicated().any():
        frame = frame.dissolve("wijkcode").reset_index()
    empty = frame.geometry.is_empty | frame.geometry.isna() | ~(frame.geometry.area > 0)
    if empty.any():
        raise DataError(
            Problem(path.name, f"{code} has no area", "a polygon", "repair its border or leave the wijk out")
            for code in frame.loc[empty, "wijkcode"]
        )
    frame = frame.sort_values("wijkcode", ignore_index=True)
    frame.attrs = about
    return frame


def _year(path: Path, told: list[str]) -> int | None:
    """The one year that a column tells, or else the name of the file."""
    for texts in (told, [path.name]):
        years = {year for text in texts for year in re.findall(r"(?<!\d)20\d\d(?!\d)", text)}
        if len(years) == 1:
            return int(years.pop())
    return None


def unmatched(borders: "gpd.GeoDataFrame", codes: "pd.Series[str]") -> tuple[list[str], list[str]]:
    """Which wijken did not join.

    Parameters
    ----------
    borders : GeoDataFrame
        With ``wijkcode``.
    codes : Series of str
        Wijk codes of the figures.

    Returns
    -------
    without_border, without_figures : list of str
        Codes of the figures that have no border, and of borders that have no figures; both sorted.

    Raises
    ------
    DataError
        If not a single wijk has a border.

    Examples
    --------
    >>> import pandas as pd
    >>> unmatched(pd.DataFrame({"wijkcode": ["WK000100", "WK000199"]}), pd.Series(["WK000100", "WK000101"]))
    (['WK000101'], ['WK000199'])
    """
    ours, theirs = set(codes), set(borders["wijkcode"])
    if not ours & theirs:
        raise DataError(
            [
                Problem(
                    "borders",
                    f"not one of the {len(ours)} wijken has a border (figures have {min(ours)}, borders {min(theirs)})",
                    "borders of the same wijken and year",
                    "take the borders of the year of the figures",
                    column="wijkcode",
                )
            ]
        )
    return sorted(ours - theirs), sorted(theirs - ours)


def _code_column(path: Path, layer: str) -> str | None:
    """The text column of a layer that holds the most wijk codes, if any does."""
    import pyogrio

    fields = pyogrio.read_info(path, layer=layer)
    texts = [name for name, kind in zip(fields["fields"], fields["dtypes"], strict=True) if kind == "object"]
    if not texts:
        return None
    table = pyogrio.read_dataframe(path, layer=layer, columns=texts, read_geometry=False)
    columns = {name: table[name].astype("str").str.strip() for name in texts}
    hits = {name: int(values.str.match(CODE).sum()) for name, values in columns.items()}
    best = max(hits, key=lambda name: hits[name])
    rivals = [name for name in texts if hits[name] == hits[best] and not columns[name].equals(columns[best])]
    if hits[best] and rivals:
        names = ", ".join([best, *rivals])
        raise _error(path, f"columns {names} hold different wijk codes", "one column of codes", "leave out the others")
    return best if hits[best] else None


def _doubles(path: Path, layer: str, column: str) -> int:
    import pyogrio

    table = pyogrio.read_dataframe(path, layer=layer, columns=[column], read_geometry=False)
    return int(table[column].duplicated().sum())


def _placed(frame: "gpd.GeoDataFrame", path: Path) -> "gpd.GeoDataFrame":
    """In RD; a file that names no system, or the default of GeoJSON wrongly, is placed by its coordinates."""
    bounds = frame.total_bounds

    def within(box: tuple[float, ...]) -> bool:
        return bool((bounds[:2] >= box[:2]).all() and (bounds[2:] <= box[2:]).all())

    if frame.crs is None or frame.crs == WGS84:
        if within(DEGREES) or within(METRES):
            frame = frame.set_crs(WGS84 if within(DEGREES) else RD, allow_override=True)
        else:
            corners = ", ".join(f"{value:.6g}" for value in bounds)
            raise _error(
                path, f"coordinates {corners}", "the Netherlands in degrees (WGS84) or metres (RD)", "export it in RD"
            )
    return frame.to_crs(RD)


def _error(path: Path, found: str, expected: str, remedy: str) -> DataError:
    return DataError([Problem(path.name, found, expected, remedy)])
