"""From StatLine to a folder: which tables a year needs, kept in a cache, written whole with their manifest.

What a folder holds
-------------------
``manifest.json``, and a folder for each series that was fetched: ``kwb``, ``jeugdzorg``, ``gebieden``, ``nabijheid``,
``rivm``, ``politie``. In each:

- ``rows.parquet``: the raw rows of the UntypedDataSet of nation, gemeenten and wijken (no buurten), one column for each
  that came, all of them text without the spaces around it. A cell holds what StatLine wrote: digits with a decimal
  point, ``.`` (unknown, insufficiently reliable or secret), ``""`` (blank), or null (JSON null). Column names carry
  StatLine's numbers (``AantalInwoners_5``), which differ between tables and between versions of one table.
- ``TableInfos.json``, ``DataProperties.json`` and one file for each dimension (``WijkenEnBuurten.json`` ...): what
  StatLine says of the table and its columns, as it came.

:func:`bayes_jeugdhulp.sources.fetching.read_series` gives one series of such a folder with stable names.

- ``kwb``: text ``gwb_code_10`` (``WK001400``), ``regio`` (where StatLine has a name for it), ``gm_naam``, ``recs``
  (Land, Gemeente, Wijk), ``ind_wbi``; then every column whose title, unit and parent are known, under the name it has
  in the KWB files of CBS (``a_00_14``, ``p_koopw``), as floats with NaN where the cell is ``.``, blank or null.
- ``nabijheid``, ``rivm``, ``politie``: the same first columns (as far as the table has them), then a float column for
  each measure: its KWB name where it has one, else its title in small letters with underscores, behind that of its
  parent where a title occurs twice. For ``politie`` a column for each kind of crime.
- ``jeugdzorg``: the same first columns, ``form`` (the title of the form of jeugdzorg) and ``users``: **text**, so that
  three things stay apart: digits where a count was published (``"0"`` too), ``"."`` where StatLine writes ``.`` (in
  these tables taken for suppressed), and a missing value where the cell is blank or null. The counts of ages and
  households stand beside it in the same way, under the names of their titles. The raw rows are of one form only; they
  hold its code, the manifest its title.
- ``gebieden``: text ``gemeentecode``, ``gemeentenaam``, ``jeugdzorgregio`` (``JZ09``), ``jeugdzorgregio_naam``, a row a
  gemeente.

The manifest
------------
``year``, ``fetched`` (date), ``package`` (version), ``absent`` (series that did not come, with the reason) and
``tables``, one entry a series: ``series``, ``id``, ``title``, ``source``, ``attribution``, ``licence``, ``terms`` (what
the table itself says of its use), ``period`` (``2022JJ00``), ``filter`` (in words of OData), ``form`` (of jeugdzorg,
else null), ``counts`` (how its counts are published: ``suppressed_below``, ``rounded_to``, ``source``, or null where
that is not known), ``modified`` (of the table), ``retrieved`` (date), ``rows``, ``expected`` (how many rows its own
dimensions list) and ``files`` (name within the folder to SHA-256).
"""

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

import bayes_jeugdhulp
from bayes_jeugdhulp.errors import DataError, JeugdhulpError, Problem, SourceError
from bayes_jeugdhulp.files import check_writable, filling
from bayes_jeugdhulp.sources.published_counts import publishing_of
from bayes_jeugdhulp.sources.statline import Patience, RefusedError, StatLine
from bayes_jeugdhulp.sources.statline_cache import (
    ROWS,
    Bar,
    Snapshot,
    cache_folder,
    digest,
    is_dimension,
    read_table,
)
from bayes_jeugdhulp.sources.statline_choice import AbsentError, choose, expected_rows, terms_of, where_of
from bayes_jeugdhulp.sources.statline_columns import RawTable, column_names
from bayes_jeugdhulp.sources.statline_tables import FORM, SERIES, Series
from bayes_jeugdhulp.sources.statline_tidy import tidy

MANIFEST = "manifest.json"
FETCH_IT = "name a folder that bayes-jeugdhulp fetch made, or fetch it"

Say = Callable[[str], None]


def fetch(
    year: int,
    out: str | os.PathLike[str],
    *,
    series: Collection[str] = tuple(SERIES),
    form: str = FORM,
    ids: Mapping[str, str] | None = None,
    incomplete: Collection[str] = (),
    server: str | None = None,
    cache: str | os.PathLike[str] | None = None,
    patience: Patience | None = None,
    say: Say = lambda message: None,
    bar: Bar = lambda title, rows: nullcontext(lambda done: None),
) -> dict[str, Any]:
    """Bring the tables of a year from StatLine into a folder.

    Parameters
    ----------
    year : int
        Of the figures.
    out : path
        Folder, made when absent; what it then holds stands at the top of this module.
    series : collection of str, default all
        Those to fetch, of kwb, jeugdzorg, gebieden, nabijheid, rivm and politie.
    form : str, default "Jeugdhulp zonder verblijf"
        Title of the form of jeugdzorg, or a part that no other title has.
    ids : mapping of str to str, optional
        Ids of tables by series, instead of those that the package knows or finds in the catalogue.
    incomplete : collection of str, default none
        Series that are taken though fewer rows came than their own dimensions list.
    server : str, optional
        One address for all tables, such as a mirror; default those of CBS.
    cache : path, optional
        Folder for pages as they come and for whole tables, by id and date of modification; default that of the system.
    patience : Patience, optional
        How long to wait for a server, and how often.
    say : callable of str, optional
        Told what is going on.
    bar : callable of str and int, optional
        Given a title and the number of rows expected, a context that gives a function to tell of rows that came.

    Returns
    -------
    dict
        The manifest, as written.

    Raises
    ------
    SourceError
        If a needed series (kwb, jeugdzorg, gebieden, or one of ``ids``) has no table for the year, its server cannot
        be reached or answers wrongly, or rows are lacking; or if no series came at all. ``out`` is then as it was, and
        the cache keeps the pages that came. Another series that fails is left out and stands under ``absent``.
    DataError
        If a table is not what it was.
    JeugdhulpError
        If ``out`` or the cache cannot be written, or ``out`` has series that this fetch does not bring.
    ValueError
        If there is no such series.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> manifest = bj.fetch(2022, "cbs_2022", series=["kwb", "gebieden"])
    >>> [(table["series"], table["id"], table["period"]) for table in manifest["tables"]]
    [('kwb', '85318NED', '2022JJ00'), ('gebieden', '85067NED', '2022JJ00')]
    """
    if unknown := (set(series) | set(incomplete)) - set(SERIES):
        raise ValueError(f"no series {', '.join(sorted(unknown))}; expected {', '.join(SERIES)}")
    check_writable(out, directory=True)
    _no_others(Path(out), series)
    kept = Path(cache) if cache is not None else cache_folder()
    made: list[_Fetched] = []
    absent, failed = [], None
    for one in (SERIES[name] for name in SERIES if name in series):
        client = StatLine(server or one.server, patience, say)
        try:
            given = (ids or {}).get(one.name)
            made.append(_fetch(client, one, given, year, form, kept, one.name in incomplete, say, bar))
        except (AbsentError, SourceError) as error:
            told = str(error)
            if isinstance(error, AbsentError):
                remedy = f"take another year, name its table (--table {one.name}=ID), or go --without {one.name}"
                told = f"{client.host}: {error}; {remedy}"
            if one.needed or one.name in (ids or {}):
                raise SourceError(told) from error
            say(f"{one.name}: {error}; left out")
            failed = failed or told
            absent.append({"series": one.name, "reason": str(error)})
        except OSError as error:
            remedy = "free some space or name another folder with --cache"
            raise JeugdhulpError(f"{error.filename or kept}: {error.strerror or error}; {remedy}") from error
    if failed and not made:
        raise SourceError(failed)
    _no_others(Path(out), [table.entry["series"] for table in made])
    manifest = {
        "year": year,
        "fetched": date.today().isoformat(),
        "package": bayes_jeugdhulp.__version__,
        "tables": [table.entry for table in made],
        "absent": absent,
    }
    with filling(out) as folder:
        for table in made:
            (folder / table.entry["series"]).mkdir()
            for name, path in table.files.items():
                shutil.copyfile(path, folder / name)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def read_series(folder: str | os.PathLike[str], series: str) -> pd.DataFrame:
    """One series of a fetched folder with stable names; its columns stand at the top of this module.

    Parameters
    ----------
    folder : path
        One that :func:`fetch` wrote.
    series : {"kwb", "jeugdzorg", "gebieden", "nabijheid", "rivm", "politie"}
        Which of those that were fetched.

    Returns
    -------
    DataFrame
        One row a nation, gemeente or wijk; of ``gebieden`` a gemeente.

    Raises
    ------
    DataError
        If the folder has no such series, or its files are not the ones of its manifest.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> _ = bj.fetch(2022, "cbs_2022", series=["jeugdzorg"])
    >>> users = bj.read_series("cbs_2022", "jeugdzorg").set_index("gwb_code_10")["users"]
    >>> users["WK000100":"WK0001MA"].to_dict()  # suppressed, none, and not given
    {'WK000100': '.', 'WK000101': '0', 'WK0001MA': nan}
    """
    entry = manifest_entry(folder, series)
    for name, known in entry["files"].items():
        path = Path(folder, name)
        if not path.is_file() or digest(path) != known:
            found = "this file is not there" if not path.is_file() else "this file is not as it was fetched"
            raise DataError([Problem(str(path), found, f"the file of {MANIFEST}", "fetch it again")])
    return tidy(series, read_table(Path(folder, series), entry["id"]))


def manifest_entry(folder: str | os.PathLike[str], series: str) -> dict[str, Any]:
    """What the manifest of a fetched folder says of one series.

    Parameters
    ----------
    folder : path
    series : str

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If there is no manifest, or no such series in it.
    """
    _, tables = read_manifest(folder)
    if series not in tables:
        found = f"{series} was not fetched, only {', '.join(tables)}"
        raise DataError([Problem(str(Path(folder, MANIFEST)), found, series, FETCH_IT)])
    return tables[series]


def read_manifest(folder: str | os.PathLike[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Read the year of a fetched folder, and what its manifest says of each series.

    Raises
    ------
    DataError
        If there is no manifest that can be read.
    """
    path = Path(folder, MANIFEST)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return int(manifest["year"]), {entry["series"]: entry for entry in manifest["tables"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError([Problem(str(path), "there is no manifest that can be read", "one", FETCH_IT)]) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Fetched:
    """An entry of the manifest, and where in the cache each of its files lies."""

    entry: dict[str, Any]
    files: Mapping[str, Path]


def _no_others(out: Path, series: Collection[str]) -> None:
    """Refuse a folder with series of an earlier fetch that the new manifest would not have."""
    if others := [name for name in SERIES if name not in series and (out / name / ROWS).exists()]:
        found = f"this folder has {', '.join(others)} of an earlier fetch, which this one does not bring"
        raise JeugdhulpError(f"{out}: {found}; name another folder, or remove these from it")


def _snapshot(client: StatLine, series: Series, given: str | None, year: int, cache: Path, say: Say) -> Snapshot:
    """The table of a year by its id: given, known, or found by its title where the known one is no longer there."""
    known = given or series.ids.get(year)
    if known is not None:
        try:
            return Snapshot.of(client, known, cache)
        except RefusedError as error:
            if given is not None:
                raise
            say(f"{series.name}: {error}")
    return Snapshot.of(client, _table(client, series, year), cache)


def _table(client: StatLine, series: Series, year: int) -> str:
    """Id of the one table of the catalogue with the title of a series and year."""
    titles = {str(r["Identifier"]): r["Title"] for r in client.catalogue() if series.titled(str(r["Title"]), year)}
    earlier = [other for other in series.ids if other < year] if series.earlier else []
    if not titles and earlier:
        return series.ids[max(earlier)]
    if not titles:
        raise AbsentError(f"no table of {series.name} for {year} in the catalogue")
    if len(titles) > 1:
        listed = "; ".join(f"{key} ({title})" for key, title in titles.items())
        what = f"{len(titles)} tables of the catalogue may be {series.name} of {year}: {listed}"
        raise SourceError(f"{client.host}: {what}; choose one with --table {series.name}=ID")
    return next(iter(titles))


def _fetch(
    client: StatLine,
    series: Series,
    given: str | None,
    year: int,
    form: str,
    cache: Path,
    incomplete: bool,
    say: Say,
    bar: Bar,
) -> _Fetched:
    snapshot = _snapshot(client, series, given, year, cache, say)
    properties = snapshot.metadata("DataProperties")
    dimensions = {p["Key"]: snapshot.metadata(p["Key"]) for p in properties if is_dimension(p)}
    raw = RawTable(snapshot.table, pd.DataFrame(), properties, dimensions)
    if series.name != "gebieden":  # its columns are known by what they hold
        column_names(series.name, raw)
    chosen = choose(series, raw, year, form, snapshot.info)
    where = where_of(series, raw, chosen)
    label = f"{series.name}: {snapshot.title}"
    expected = expected_rows(series, raw, chosen)
    path, done, fetched = snapshot.rows(where, chosen, expected, bar, label)
    if not fetched:
        say(f"{label}: unchanged since {snapshot.modified}, taken from the cache")
    whole = read_table(snapshot.folder, snapshot.table, path)
    tidy(series.name, whole)  # refused now, before anything is written
    if done["rows"] < expected:
        listed = (code for code in raw.titles(raw.region) if code.startswith(series.levels))
        lacking = [code for code in listed if code not in set(whole.rows[raw.region])]
        found = f"{done['rows']} rows of {snapshot.table} came of the {expected} that its own dimensions list"
        found += f"; {len(lacking)} regions are lacking, the first {lacking[0]}" if lacking else ""
        if not incomplete:
            shutil.rmtree(path.parent)  # else the cache would give the same
            remedy = f"run the same command again; if it stays so, --incomplete {series.name} takes it as it is"
            raise SourceError(f"{client.host}: {found}; {remedy}")
        say(f"{label}: {found}; taken as it is")
    published = publishing_of(series.name, year)
    time, kinds = raw.dimension("TimeDimension"), raw.dimension("Dimension")
    names = ("TableInfos", "DataProperties", *dimensions)
    files = {f"{series.name}/{ROWS}": path}
    files |= {f"{series.name}/{name}.json": snapshot.folder / f"{name}.json" for name in names}
    entry = {
        "series": series.name,
        "id": snapshot.table,
        "title": snapshot.title,
        "source": series.source,
        "attribution": series.attribution(snapshot.table, done["retrieved"]),
        "licence": series.licence or "as its terms say",
        "terms": terms_of(snapshot.info),
        "period": chosen[time] if time else f"{year}JJ00",
        "filter": where,
        "form": raw.titles(kinds)[chosen[kinds]] if series.name == "jeugdzorg" and kinds else None,
        "counts": published
        and {
            "suppressed_below": published.policy.suppressed_below,
            "rounded_to": published.policy.rounded_to,
            "source": published.source,
        },
        "modified": snapshot.modified,
        "retrieved": done["retrieved"],
        "rows": done["rows"],
        "expected": expected,
        "files": {name: digest(file) for name, file in files.items()},
    }
    return _Fetched(entry, files)
