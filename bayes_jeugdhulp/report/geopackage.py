"""The tables with their borders as a GeoPackage, with a style in it so that QGIS shows the map at once."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

import pandas as pd

from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.report.border_years import as_laid
from bayes_jeugdhulp.report.maps import EMPTY, LARGE, PALETTE, UNCERTAIN, suppressed_value
from bayes_jeugdhulp.report.sentences import border_sentences, gemeente_sentences, wijk_sentences
from bayes_jeugdhulp.report.style import INK
from bayes_jeugdhulp.report.texts import Texts
from bayes_jeugdhulp.results.disclosure import guard
from bayes_jeugdhulp.results.writing import DECIMALS

if TYPE_CHECKING:
    import geopandas as gpd

    from bayes_jeugdhulp.results import Results

WITHIN = "_within_gemeente"
SUPPRESSED, NO_DATA = "afgeschermd", "geen gegevens"
GREY = "#777777"
# as QGIS makes it itself
LAYER_STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""


def write_geopackage(
    results: "Results", path: str | os.PathLike[str], borders: "gpd.GeoDataFrame", language: str = "nl"
) -> Path:
    """Write wijken and gemeenten with their borders.

    Parameters
    ----------
    results : Results
        Of :func:`bayes_jeugdhulp.make_results`.
    path : path
        Ends in ``.gpkg``; its folder must exist.
    borders : GeoDataFrame
        Of :func:`bayes_jeugdhulp.sources.borders.read_borders`, or laid under the figures already.
    language : {"nl", "en"}, default "nl"
        Of sentences and legend; columns have the names of the CSV files.

    Returns
    -------
    Path
        Layers ``wijken`` and ``gemeenten``, in the system of the borders: the columns of the CSV files with the same
        figures, and ``sentence``; of wijken also ``map_class`` (class of the map's palette) and ``border_confirmed``;
        of gemeenten ``wijken_drawn`` (of how many wijken the shape is made) and ``wijken_confirmed``. A
        wijk without a border is in the table without a shape; borders without figures are left out.

    Raises
    ------
    DisclosureError
        If a table would give a suppressed count away; then nothing is written.
    DataError
        If no wijk has a border.
    """
    import geopandas as gpd

    text, metadata = Texts(language), results.metadata
    guard(results)
    laid = as_laid(borders, results.wijken, metadata)
    shapes = laid.set_index("wijkcode")
    wijken = results.wijken.round(DECIMALS).assign(
        sentence=wijk_sentences(results, language=language).to_numpy(),
        map_class=map_class(results.wijken).to_numpy(),
        border_confirmed=results.wijken["wijkcode"].map(shapes["confirmed"]).eq(True),
    )
    drawn = gpd.GeoSeries(shapes.geometry.reindex(wijken["wijkcode"]).to_numpy(), crs=laid.crs)
    whole = gpd.GeoDataFrame({"code": wijken["gemeentecode"]}, geometry=drawn).dropna().dissolve("code").geometry
    gemeenten = results.gemeenten.round(DECIMALS).assign(sentence=gemeente_sentences(results, language).to_numpy())
    of_gemeente = wijken["gemeentecode"]
    for column, counted in (("wijken_drawn", drawn.notna()), ("wijken_confirmed", wijken["border_confirmed"])):
        n = counted.groupby(of_gemeente.to_numpy()).sum()
        gemeenten[column] = n.reindex(gemeenten["gemeentecode"], fill_value=0).astype(int).to_numpy()
    around = gpd.GeoSeries(whole.reindex(gemeenten["gemeentecode"]).to_numpy(), crs=laid.crs)
    about = [metadata["title"], text("simulated_note") if metadata["simulated"] else "", text.stamp(metadata)]
    about += [*border_sentences(laid, language), text("reference"), text("caution"), metadata["attribution"]]
    described = " ".join(filter(None, about))
    layers = {"wijken": (wijken, drawn, wijken_style(text)), "gemeenten": (gemeenten, around, gemeenten_style(text))}
    with replacing(path) as part:
        for name, (table, geometry, _) in layers.items():
            frame = gpd.GeoDataFrame(table, geometry=geometry.to_numpy(), crs=laid.crs)
            options = {"IDENTIFIER": f"{metadata['title']}: {name}", "DESCRIPTION": described}
            made = {} if part.exists() else {"dataset_options": {"VERSION": "1.2"}}  # older QGIS knows it fully
            frame.to_file(part, layer=name, driver="GPKG", geometry_type="MultiPolygon", layer_options=options, **made)
        _add_styles(part, {name: style for name, (_, _, style) in layers.items()}, text)
    return Path(path)


def map_class(wijken: pd.DataFrame) -> pd.Series:
    """Class of each wijk on the map within its gemeente: of the palette, suppressed, or without data."""
    short = wijken.rename(columns=lambda name: name.removesuffix(WITHIN))
    classes = suppressed_value(short).mask(short["observed_state"] == "suppressed", SUPPRESSED)
    return classes.mask(short["observed_state"] == "missing", NO_DATA)


def wijken_style(text: Texts) -> str:
    """QML that draws ``map_class`` in its colours, hatched where hidden or not confirmed, outlined where outside."""
    colours = {**PALETTE, SUPPRESSED: UNCERTAIN["onzeker"], NO_DATA: EMPTY}
    root, renderer = _renderer("categorizedSymbol", attr="map_class")
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    outside = f"if(\"outside_interval{WITHIN}\" IN ('hoger', 'lager'), 'solid', 'no')"
    hatch = "if(\"border_confirmed\", 'no', 'diagonal_x')"
    for place, (name, colour) in enumerate(colours.items()):
        key = f"class_{name.replace(', ', '_').replace(' ', '_')}"
        label = text(key, large=text.number(LARGE))
        SubElement(categories, "category", value=name, symbol=str(place), label=label, render="true", type="string")
        symbol = SubElement(symbols, "symbol", name=str(place), type="fill", alpha="1", clip_to_extent="1")
        _fill(symbol, {"color": colour, "style": "solid", "outline_color": "#ffffff", "outline_width": "0.06"}, {})
        plain = {"color": GREY, "outline_style": "no", "outline_color": GREY, "outline_width": "0"}
        if name == SUPPRESSED:
            _fill(symbol, plain | {"style": "b_diagonal"}, {})
        if name == NO_DATA:
            _fill(symbol, plain | {"style": "dense6"}, {})
        _fill(symbol, plain | {"style": "no"}, {"fillStyle": hatch})
        edge = {"style": "no", "outline_color": INK, "outline_width": "0.5"}
        _fill(symbol, edge, {"outlineStyle": outside}, above=True)
    return tostring(root, encoding="unicode")


def gemeenten_style(text: Texts) -> str:
    """QML that draws the borders of gemeenten and nothing else."""
    root, renderer = _renderer("singleSymbol")
    symbol = SubElement(SubElement(renderer, "symbols"), "symbol", name="0", type="fill", alpha="1")
    _fill(symbol, {"color": EMPTY, "style": "no", "outline_color": "#333333", "outline_width": "0.3"}, {})
    return tostring(root, encoding="unicode")


def _renderer(kind: str, **attributes: str) -> tuple[Element, Element]:
    root = Element("qgis", version="3.28", styleCategories="Symbology")
    settings = {"type": kind, "forceraster": "0", "enableorderby": "0", "symbollevels": "1"}
    return root, SubElement(root, "renderer-v2", {**settings, **attributes})


def _fill(symbol: Element, look: Mapping[str, str], defined: Mapping[str, str], *, above: bool = False) -> None:
    """One layer of a symbol: a plain fill, some of its properties by an expression; above: over all other wijken."""
    level = str(int(above))
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": level})
    options = SubElement(layer, "Option", type="Map")
    units = {"outline_style": "solid", "outline_width_unit": "MM", "joinstyle": "bevel"}
    for name, value in {**units, **look}.items():
        SubElement(options, "Option", name=name, type="QString", value=_rgba(value) if value[:1] == "#" else value)
    collection = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(collection, "Option", name="name", type="QString", value="")
    properties = SubElement(collection, "Option", name="properties", type="Map")
    SubElement(collection, "Option", name="type", type="QString", value="collection")
    for name, expression in defined.items():
        one = SubElement(properties, "Option", name=name, type="Map")
        SubElement(one, "Option", name="active", type="bool", value="true")
        SubElement(one, "Option", name="expression", type="QString", value=expression)
        SubElement(one, "Option", name="type", type="int", value="3")  # QgsProperty::ExpressionBasedProperty


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _add_styles(path: Path, styles: Mapping[str, str], text: Texts) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(LAYER_STYLES)
        shape = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
        for name, style in styles.items():
            (column,) = database.execute(shape, (name,)).fetchone()
            row = ("", "", name, column, text("style_name"), style, "", True, text(f"style_{name}"), "")
            columns = "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD"
            columns += ", useAsDefault, description, owner"
            database.execute(f"INSERT INTO layer_styles ({columns}) VALUES ({', '.join('?' * len(row))})", row)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
            ("layer_styles", "layer_styles"),
        )
