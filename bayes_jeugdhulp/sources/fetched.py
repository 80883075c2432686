"""A folder that ``bayes-jeugdhulp fetch`` wrote, as tables for the readers of downloaded files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import Cells, read_cells


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """What a folder holds of one year.

    Attributes
    ----------
    tables : dict of str to Cells
        Raw rows by series (kwb, jeugdzorg, gebieden), with columns named by their full title, as exports do.
    year : int
    about : dict of str to dict
        What the manifest says of each table: id, retrieved and so on.
    """

    tables: dict[str, Cells]
    year: int
    about: dict[str, dict[str, Any]]


def read_fetched(folder: Path) -> Fetched:
    """Read the manifest and the tables of a fetched folder.

    Raises
    ------
    DataError
        If it has no manifest, or lacks the figures of Kerncijfers wijken en buurten.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
        about = {str(table["series"]): dict(table) for table in manifest["tables"]}
        year = int(manifest["year"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"it has no manifest.json that can be read ({type(error).__name__})"
        remedy = "fetch it again, or give the file itself"
        raise DataError([Problem(str(folder), found, "a folder that bayes-jeugdhulp fetch wrote", remedy)]) from None
    series = [name for name in ("kwb", "jeugdzorg", "gebieden") if name in about]
    if "kwb" not in series:
        remedy = "fetch a year that has Kerncijfers wijken en buurten"
        raise DataError([Problem(str(folder), f"only {', '.join(about)}", "the series kwb", remedy)])
    return Fetched({name: _titled(folder / name, name) for name in series}, year, about)


def _titled(folder: Path, series: str) -> Cells:
    """Raw rows with their columns renamed to full titles, and the name of each area beside them."""
    cells = read_cells(folder / "rows.parquet")
    topics = {row["ID"]: row for row in _entries(folder / "DataProperties.json")}

    def path(row: dict[str, Any]) -> str:
        above = topics.get(row.get("ParentID"))
        return (path(above) + "/" if above else "") + str(row["Title"]).strip()

    titles = {
        row["Key"]: path(row) + (f" ({row['Unit']})" if row.get("Unit") else "")
        for row in topics.values()
        if row.get("Key") in cells.frame
    }
    frame = cells.frame.rename(columns=titles)
    if "WijkenEnBuurten" in frame and "regio" not in frame:
        areas = {
            str(row["Key"]).strip(): str(row["Title"]).strip() for row in _entries(folder / "WijkenEnBuurten.json")
        }
        frame = frame.assign(regio=frame["WijkenEnBuurten"].map(areas).fillna(""))
    return Cells(f"{folder.parent.name}/{series}", frame)


def _entries(path: Path) -> list[dict[str, Any]]:
    """Entries of a metadata file of StatLine; none where it is absent."""
    if not path.is_file():
        return []
    found = json.loads(path.read_text("utf-8"))
    return found["value"] if isinstance(found, dict) else found
