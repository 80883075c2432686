"""Tables of StatLine in a cache, by id and date of modification: pages as they come, then the whole table."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from bayes_jeugdhulp.errors import DataError, Problem, SourceError
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.sources.statline import Record, RefusedError, StatLine
from bayes_jeugdhulp.sources.statline_columns import REMEDY, RawTable

ROWS = "rows.parquet"

Bar = Callable[[str, int], AbstractContextManager[Callable[[int], Any]]]


def cache_folder() -> Path:
    """Where this system keeps what programs can fetch again."""
    import platformdirs

    return platformdirs.user_cache_path("bayes_jeugdhulp")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One table as it was since one date, in a folder of the cache.

    Attributes
    ----------
    client : StatLine
    table : str
        Its id.
    info : dict
        Its TableInfos.
    folder : Path
    """

    client: StatLine
    table: str
    info: Record
    folder: Path

    @classmethod
    def of(cls, client: StatLine, table: str, cache: Path) -> "Snapshot":
        """Ask when a table was modified last, and open its folder; the only question that is always asked.

        Raises
        ------
        SourceError
            As the client, and where the table does not say.
        """
        infos = client.metadata(table, "TableInfos")
        info = infos[0] if infos else {}
        if not any(dates := _dates(info)):
            raise SourceError(f"{client.host}: table {table} does not say when it was modified; check its id")
        folder = cache / _name(client.host) / table / _name("-".join(dates))
        folder.mkdir(parents=True, exist_ok=True)
        _keep(folder / "TableInfos.json", infos)
        return cls(client, table, info, folder)

    @property
    def modified(self) -> str:
        """When its figures or its metadata changed last."""
        return max(_dates(self.info))

    @property
    def title(self) -> str:
        """Title of the table."""
        return str(self.info.get("Title", "")).strip()

    def metadata(self, entity: str) -> list[Record]:
        """DataProperties or a dimension, from the cache or fetched into it."""
        path = self.folder / f"{entity}.json"
        if (records := _load(path)) is None:
            records = self.client.metadata(self.table, entity)
            _keep(path, records)
        return records

    def rows(
        self, where: str, chosen: Mapping[str, str], expected: int, bar: Bar, label: str
    ) -> tuple[Path, dict[str, Any], bool]:
        """Rows of the UntypedDataSet as text, from the cache or fetched into it, after the pages that are there.

        Parameters
        ----------
        where : str
            Filter in words of OData.
        chosen : mapping of str to str
            Category of each dimension of which one is taken: a key may begin like another, so that the filter alone
            does not do.
        expected : int
            Number of rows, for the bar.
        bar : Bar
        label : str
            What the bar shows.

        Returns
        -------
        path : Path
            Parquet file.
        done : dict
            ``retrieved`` (date), ``rows`` and ``sha256``.
        fetched : bool
            Whether something had to be fetched.

        Raises
        ------
        SourceError, DataError
            As the client; where no row came, or the table changed meanwhile.
        """
        folder = self.folder / hashlib.sha256(where.encode()).hexdigest()[:16]
        path = folder / ROWS
        done = _load(folder / "done.json")
        if done is not None and path.is_file() and digest(path) == done["sha256"]:
            return path, done, False
        folder.mkdir(exist_ok=True)
        with bar(label, expected) as tell:
            pages = self._pages(folder, where, tell)
        rows = [{key: _text(cell) for key, cell in row.items()} for page in pages for row in page["rows"]]
        table = pd.DataFrame(rows, dtype="str")
        if table.empty or not set(chosen) <= set(table.columns):
            shutil.rmtree(folder)
            found = "no row came" if table.empty else f"its rows have the columns {', '.join(table.columns[:8])}"
            raise DataError([Problem(f"StatLine table {self.table}", found, f"rows with {where}", REMEDY)])
        for key, code in chosen.items():
            table = table[table[key] == code]
        if _dates(*self.client.metadata(self.table, "TableInfos")) != _dates(self.info):
            again = "run the same command again"
            raise SourceError(f"{self.client.host}: table {self.table} changed while it was fetched; {again}")
        with replacing(path) as whole:
            table.reset_index(drop=True).to_parquet(whole)
        done = {"retrieved": date.today().isoformat(), "rows": len(table), "sha256": digest(path)}
        _keep(folder / "done.json", done)
        for page in folder.glob("page-*.json"):
            page.unlink()
        for other in self.folder.parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)
        return path, done, True

    def _pages(self, folder: Path, where: str, tell: Callable[[int], Any]) -> list[Record]:
        pages: list[Record] = []
        while (page := _load(folder / f"page-{len(pages):04}.json")) is not None:
            pages.append(page)
        tell(sum(len(page["rows"]) for page in pages))
        if pages and pages[-1]["following"] is None:
            return pages
        resumed = pages[-1]["following"] if pages else None
        try:
            for page in self.client.pages(self.table, "UntypedDataSet", where, resumed):
                _keep(folder / f"page-{len(pages):04}.json", page._asdict())
                pages.append(page._asdict())
                tell(len(page.rows))
        except RefusedError:
            if resumed is None:
                raise
            for path in folder.glob("page-*.json"):  # the link to go on with is no longer known there: begin again
                path.unlink()
            tell(-sum(len(page["rows"]) for page in pages))
            return self._pages(folder, where, tell)
        return pages


def read_table(folder: Path, table: str, rows: Path | None = None) -> RawTable:
    """A table as it lies in a folder.

    Parameters
    ----------
    folder : Path
        With its metadata.
    table : str
        Its id.
    rows : Path, optional
        Its rows; default ``rows.parquet`` in the folder.

    Returns
    -------
    RawTable
    """
    properties = _load(folder / "DataProperties.json") or []
    kinds = {str(p.get("Key")): _load(folder / f"{p.get('Key')}.json") for p in properties if is_dimension(p)}
    dimensions = {key: categories or [] for key, categories in kinds.items()}
    return RawTable(table, pd.read_parquet(rows or folder / ROWS), properties, dimensions)


def is_dimension(prop: Record) -> bool:
    """Whether an entry of the DataProperties is a dimension."""
    return str(prop.get("Type", "")).startswith(("Geo", "Time", "Dimension"))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _dates(info: Record) -> tuple[str, str]:
    """When the figures and when the metadata of a table changed last; either may be the newer."""
    return str(info.get("Modified") or ""), str(info.get("MetaDataModified") or "")


def _keep(path: Path, records: object) -> None:
    with replacing(path) as whole:
        whole.write_text(json.dumps(records, ensure_ascii=False, indent=1), encoding="utf-8")


def _load(path: Path) -> Any:
    """What a JSON file holds; None where it is not there or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell).strip()


def _name(text: str) -> str:
    """Text as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text)
