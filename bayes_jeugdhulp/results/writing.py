"""Write the tables: CSV for people, Parquet for programs, one metadata file; guarded, whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bayes_jeugdhulp.errors import DataError, unknown_gemeenten
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.results.disclosure import guard
from bayes_jeugdhulp.results.tables import Results

DECIMALS = 6


def select_gemeenten(results: Results, codes: list[str] | tuple[str, ...]) -> Results:
    """Keep the rows of some gemeenten; ranks stay those among all wijken of the fit.

    Parameters
    ----------
    results : Results
    codes : list or tuple of str
        Codes of gemeenten, such as ``GM0518``.

    Returns
    -------
    Results
        With fewer rows in ``wijken`` and ``gemeenten``; its other tables are those of the whole.

    Raises
    ------
    DataError
        If a code does not occur.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> select_gemeenten(results, ["GM9001"]).wijken["wijkcode"].tolist()
    ['WK900100', 'WK900101', 'WK900102']
    """
    known = results.gemeenten["gemeentecode"].tolist()
    if unknown := unknown_gemeenten(codes, known, results.metadata["title"]):
        raise DataError(unknown)
    return replace(
        results,
        wijken=results.wijken[results.wijken["gemeentecode"].isin(codes)].reset_index(drop=True),
        gemeenten=results.gemeenten[results.gemeenten["gemeentecode"].isin(codes)].reset_index(drop=True),
    )


def write_results(results: Results, directory: str | Path) -> list[Path]:
    """Write wijken, gemeenten, regios, calibratie, verklaard and herkomst_verschillen, and ``metadata.json``.

    With factors also factoren. Each table as CSV and as Parquet.

    Parameters
    ----------
    results : Results
    directory : str or Path
        Made where it does not exist.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    DisclosureError
        If a table would give a suppressed count away; then nothing is written.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = bj.make_results(bj.load("fit.nc"))
    >>> [path.name for path in write_results(results, "results")][:3]
    ['wijken.csv', 'wijken.parquet', 'gemeenten.csv']
    """
    guard(results)
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    mark = {"data": "gesimuleerd" if results.metadata["simulated"] else results.metadata["title"]}
    mark["stamp"] = results.metadata["stamp"]
    tables = {
        "wijken": results.wijken,
        "gemeenten": results.gemeenten,
        "regios": results.regios,
        "calibratie": results.calibration.assign(**mark),
        "verklaard": results.explained.assign(**mark),
        "herkomst_verschillen": results.decomposition.assign(**mark),
    }
    if len(results.factors):
        tables["factoren"] = results.factors.assign(**mark)
    written = []
    for name, table in tables.items():
        written += write_table(table, directory / name, results.metadata)
    with replacing(directory / "metadata.json") as part:
        part.write_text(json.dumps(results.metadata, indent=2, ensure_ascii=False), encoding="utf-8")
    return [*written, directory / "metadata.json"]


def write_table(table: pd.DataFrame, stem: Path, metadata: dict) -> list[Path]:
    """Write one table as CSV and as Parquet, the metadata in its schema; what may not be told is not looked for."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rounded = table.round(DECIMALS)
    csv, parquet = stem.with_suffix(".csv"), stem.with_suffix(".parquet")
    with replacing(csv) as part:
        _inert(rounded).to_csv(part, index=False)
    arrow = pa.Table.from_pandas(rounded, preserve_index=False)
    described = {b"bayes_jeugdhulp": json.dumps(metadata, ensure_ascii=False).encode()}
    with replacing(parquet) as part:
        pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **described}), part)
    return [csv, parquet]


def _inert(table: pd.DataFrame) -> pd.DataFrame:
    """Names that a spreadsheet would run as a formula get a quote before them, as it writes such text itself."""
    names = [name for name in ("wijknaam", "gemeentenaam") if name in table]
    return table.assign(**{name: table[name].str.replace(r"^(?=[=+\-@\t\r])", "'", regex=True) for name in names})
