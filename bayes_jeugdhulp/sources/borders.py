"""Borders of wijken, from whatever file a person has of them."""

import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bayes_jeugdhulp.errors import DataError, Problem

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

RD, WGS84 = "EPSG:28992", "EPSG:4326"
CODE = r"^WK\d{4}[0-9A-Z]{2}$"
NAME_COLUMNS = ("wijknaam", "wk_naam", "wijk_naam", "statnaam", "naam")
YEAR_COLUMNS = ("jaar", "jaarcode", "year")
WATER_COLUMNS = ("water", "h2o")
NO_NAME = ("", "-99999999")  # how files of the CBS leave a cell empty
SUFFIXES = (".gpkg", ".shp", ".geojson", ".topojson")
# Where the Netherlands lie, generously: degrees, and metres of the Rijksdriehoek.
DEGREES, METRES = (2.0, 49.0, 9.0, 55.0), (-100_000.0, 200_000.0, 400_000.0, 750_000.0)


class _Layer(NamedTuple):
    """A layer with wijk codes, and how many of its rows repeat one."""

    source: str
    name: str
    column: str
    codes: frozenset[str]
    repeated: int


def read_borders(
    path: str | os.PathLike[str], *, layer: str | None = None, water: Literal["drop", "keep"] = "drop"
) -> "gpd.GeoDataFrame":
    """Read the borders of wijken.

    Parameters
    ----------
    path : path
        GeoJSON, TopoJSON, GeoPackage or shapefile, in WGS84 or RD; also zipped as it was downloaded, with other files
        and folders in it. The column with wijk codes is found by what it holds, whatever its name; of several layers
        with areas the one with a row per wijk is taken. A wijk in several rows (its buurten) becomes one.
    layer : str, optional
        The layer to take, where a file has several that hold different wijken (of several years).
    water : {"drop", "keep"}, default "drop"
        What to do with rows that the file calls water (``JA`` in a column ``water`` or ``H2O``): left out, or part
        of their wijk.

    Returns
    -------
    GeoDataFrame
        ``wijkcode`` and ``geometry`` (valid polygons), sorted by wijkcode, in RD (EPSG:28992; metres). Its ``attrs``
        hold ``year``, from a column with it or from the name of the file (None where neither tells), ``names``, the
        name of each wijk where the file has them, ``water``, codes left out because they are nothing but water, and
        ``left_out``, how many rows have each other text where a wijk code stands (a buurt, a gemeente, "" for nothing).
        Codes in lower case are read as if in capitals.

    Raises
    ------
    DataError
        If the file is absent or unreadable, holds no wijk codes or two different columns of them, or several layers
        of different wijken, lies elsewhere than the Netherlands, or has a wijk without an area.

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
    formats = "GeoJSON, TopoJSON, GeoPackage or shapefile, zipped or not"
    try:
        chosen = _chosen(path, _layers(path, layer, formats))
        beside = {name.lower(): name for name in map(str, _about(chosen.source, chosen.name)["fields"])}
        named, dated, wet = (
            next((beside[c] for c in known if c in beside), "") for known in (NAME_COLUMNS, YEAR_COLUMNS, WATER_COLUMNS)
        )
        columns = list({chosen.column, named, dated, wet} - {""})
        frame = gpd.GeoDataFrame(pyogrio.read_dataframe(chosen.source, layer=chosen.name, columns=columns))
    except pyogrio.errors.DataSourceError as error:
        raise _error(path, "this file cannot be read as borders", formats, "export or download it again") from error
    frame[chosen.column] = _texts(frame[chosen.column])
    other = ~frame[chosen.column].str.match(CODE)
    left_out = frame.loc[other, chosen.column].value_counts().sort_index().to_dict()
    frame = frame[~other]
    codes = set(frame[chosen.column])
    if wet and water == "drop":
        frame = frame[frame[wet].astype("str").str.strip().str.upper() != "JA"]
    about: dict[str, object] = {
        "year": _year(path, frame[dated].astype("str").unique().tolist() if dated else []),
        "names": _names(frame, chosen.column, named) if named else {},
        "water": sorted(codes - set(frame[chosen.column])),
        "left_out": left_out,
    }
    if frame.empty:
        raise _error(path, "every wijk in this file is water", "wijken with land", 'say water="keep"')
    frame = gpd.GeoDataFrame(
        {"wijkcode": frame[chosen.column].to_numpy()}, geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
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


def _texts(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Codes as they are meant: without spaces around them, in capitals, "" for nothing."""
    return values.astype("str").fillna("").str.strip().str.upper()


def _names(frame: "pd.DataFrame", code: str, name: str) -> dict[str, str]:
    known = frame[frame[name].notna()]
    names = known[name].astype("str").str.strip()
    return {c: n for c, n in zip(known[code], names, strict=True) if n not in NO_NAME}


def _sources(path: Path) -> list[str]:
    """What to open: the file, or the files with borders in a zip, in whatever folder of it."""
    if path.suffix.lower() != ".zip":
        return [str(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.lower().endswith(SUFFIXES)]
    except zipfile.BadZipFile:
        raise _error(path, "this is no zip file, or one cut short", "a zip file", "download it again") from None
    return [f"/vsizip/{path.absolute()}/{name}" for name in inside]


def _about(source: str, layer: str) -> dict[str, Any]:
    import pyogrio

    return pyogrio.read_info(source, layer=layer)


def _layers(path: Path, wanted: str | None, formats: str) -> list[_Layer]:
    """Layers of areas that hold wijk codes."""
    import pyogrio

    shapes = [
        (source, str(name))
        for source in _sources(path)
        for name, kind in pyogrio.list_layers(source)
        if kind is not None and not any(other in str(kind) for other in ("Point", "LineString"))
    ]
    if not shapes:
        raise _error(path, "this file holds no borders", formats, "export the borders, not only their table")
    names = [name for _, name in shapes]
    if wanted is not None and wanted not in names:
        raise _error(path, f"there is no layer {wanted!r}, only {', '.join(names)}", "one of these", "name one")
    found = [_layer(path, source, name) for source, name in shapes if wanted in (None, name)]
    if not any(found):
        raise _error(
            path,
            "no column holds wijk codes",
            "a column with codes such as WK051801",
            "take a file with wijken of the CBS, or restore the letters and zeros that the codes lost",
        )
    return [layer for layer in found if layer]


def _chosen(path: Path, layers: Sequence[_Layer]) -> _Layer:
    """The layer with a row per wijk; several with the same wijken differ in detail, and the first is taken."""
    fewest = min(layer.repeated for layer in layers)
    best = [layer for layer in layers if layer.repeated == fewest]
    if any(layer.codes != best[0].codes for layer in best):
        names = ", ".join(layer.name for layer in best)
        raise _error(path, f"layers {names} hold different wijken", "one layer of wijken", "say which (layer=...)")
    return best[0]


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


def _layer(path: Path, source: str, name: str) -> _Layer | None:
    """A layer by the text column that holds the most wijk codes, if any does."""
    import pyogrio

    fields = _about(source, name)
    texts = [field for field, kind in zip(fields["fields"], fields["dtypes"], strict=True) if kind == "object"]
    if not texts:
        return None
    table = pyogrio.read_dataframe(source, layer=name, columns=texts, read_geometry=False)
    columns = {field: _texts(table[field]) for field in texts}
    hits = {field: int(values.str.match(CODE).sum()) for field, values in columns.items()}
    best = max(hits, key=lambda field: hits[field])
    rivals = [field for field in texts if hits[field] == hits[best] and not columns[field].equals(columns[best])]
    if hits[best] and rivals:
        names = ", ".join([best, *rivals])
        raise _error(path, f"columns {names} hold different wijk codes", "one column of codes", "leave out the others")
    codes = columns[best][columns[best].str.match(CODE)]
    return _Layer(source, name, best, frozenset(codes), int(codes.duplicated().sum())) if hits[best] else None


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
