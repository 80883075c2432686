"""From CBS's files to Areas in one step: users, estimated youths, kenmerken and jeugdzorgregio's of one year."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.downloads import area_codes, columns_named, only_rows, rows_of_year
from bayes_jeugdhulp.sources.fetching import MANIFEST, read_manifest, read_series
from bayes_jeugdhulp.sources.kwb import Kwb, kwb_of, year_told
from bayes_jeugdhulp.sources.kwb_kenmerken import kenmerken_of
from bayes_jeugdhulp.sources.published_counts import FORMS, Series, publishing_of
from bayes_jeugdhulp.sources.reading import NOT_GIVEN, Cells, read_cells, to_numbers
from bayes_jeugdhulp.sources.statline_tables import SERIES

FEWEST_INHABITANTS = 100  # as the SCP did: shares of so few, rounded to fives, say nothing
IN_KWB = "Jongeren met jeugdzorg in natura"
TOTALS = ("Totaal jongeren met jeugdzorg in natura", "Totaal jongeren met jeugdhulp in natura")
DIMENSION = re.compile(r"(?i)form|vormen( ?van ?jeugdzorg)?|type ?jeugdzorg")
Gap = Literal["suppressed", "missing"]


def read_cbs(
    file: str | os.PathLike[str],
    jeugdzorg: str | os.PathLike[str] | None = None,
    regions: str | os.PathLike[str] | None = None,
    *,
    year: int | None = None,
    form: str | None = None,
    policy: CountsPolicy | None = None,
    empty_means: Gap | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> Areas:
    r"""Read figures of CBS into Areas.

    Parameters
    ----------
    file : path
        Kerncijfers wijken en buurten, as :func:`~bayes_jeugdhulp.sources.kwb.read_kwb` takes them, or a folder that
        ``bayes-jeugdhulp fetch`` wrote, which has all tables and regions in it.
    jeugdzorg : path, optional
        StatLine's table of jeugdzorg per wijk of the same year, raw or exported. Without it the counts come from
        ``file``: a column of that table beside the others, or its own ``a_jz_tn``.
    regions : path, optional
        Table with a column of gemeente codes and one of jeugdzorgregio's (``JZ09``, or named ``jeugdzorgregio``), such
        as StatLine's Gebieden in Nederland.
    year : int, optional
        Needed where neither the table nor the name of the file tells it; neither may contradict it, nor a manifest.
    form : str, optional
        Form of jeugdzorg: one of ``FORMS``, as the table words it, or a part that no other has; default what was
        fetched, else "jeugdzorg", all.
    policy : CountsPolicy, optional
        How the counts are rounded and hidden; default what ``published_counts.py`` declares for table and year.
    empty_means : {"suppressed", "missing"}, optional
        What an empty field says in counts that have no ``.`` anywhere; refused by default, for exports without symbols
        leave both empty.
    say : callable of str, optional
        Told which wijken are left out, and how many published users they have.

    Returns
    -------
    Areas
        Wijken with 100 inhabitants and a youth or more; those left out are counted in ``attribution``, with the codes
        and users of those that have a published count. ``youths`` are estimated from age groups (``youths_quality``
        derived, with ``youths_log_sd``). A count ``.`` is suppressed, or missing where nothing of its gemeente is
        published; a wijk that the table lacks is missing. Gaps in kenmerken are at random given the other kenmerken
        and the size: CBS leaves several out together where a wijk is small, so none is taken to be a small count.

    Raises
    ------
    DataError
        With every problem found. Also where nothing declares how the counts of the year were published.

    Examples
    --------
    >>> kwb = "gwb_code_10;regio;gm_naam;recs;a_inw;a_00_14;a_15_24;g_wozbag;a_jz_tn\n"
    >>> kwb += "WK001200;Oost;Dorp;Wijk;1000;200;100;312;55\nWK001201;West;Dorp;Wijk;1010;200;110;298;."
    >>> _ = Path("kwb-2024.csv").write_text(kwb)
    >>> areas = read_cbs("kwb-2024.csv")
    >>> areas.wijken[["youths", "observed_state", "users_low", "users_high"]].values.tolist()
    [[280, 'published', 53, 57], [288, 'suppressed', 0, 7]]
    """
    path = Path(file)
    told: int | None
    about: dict[str, dict[str, Any]] = {}
    if path.is_dir():
        told, about = read_manifest(path)
        if year not in (None, told):
            found = f"this folder was fetched for {told}"
            remedy = f"fetch {year} into another folder, or leave the year out"
            raise DataError([Problem(f"{path.name}/{MANIFEST}", found, f"figures of {year}", remedy)])
        cells = fetched_cells(path, "kwb")
    else:
        cells = read_cells(path)
        told = year_told(cells, path.name, year)
    kwb = kwb_of(cells, told)
    if jeugdzorg is not None:
        cells = read_cells(jeugdzorg)
        year_told(cells, Path(jeugdzorg).name, kwb.year)
    elif "jeugdzorg" in about:
        cells = fetched_cells(path, "jeugdzorg")
    form = (form or about.get("jeugdzorg", {}).get("form") or "jeugdzorg").lower()
    total = columns_named(cells.frame, "users", *TOTALS)
    series: Series = "jeugdzorg" if total else "kwb"
    form = _form(form, cells)
    columns = total or columns_named(cells.frame, "a_jz_tn", IN_KWB)
    users = _users(cells, columns, form, kwb.year, empty_means)

    publishing = publishing_of(series, kwb.year)
    policy = policy or (publishing.policy if publishing else None)
    if policy is None:
        found = f"nothing here says how CBS rounds and hides the counts of {kwb.year}"
        remedy = "look it up in the table's explanation and say it (--suppressed-below, --rounded-to)"
        raise DataError([Problem(cells.file, found, "a declared table and year", remedy)])
    ages = publishing.ages if publishing else "0-22"
    wijken = kwb.wijken
    unknown = [
        code for code in users.index[users["state"] == "published"] if code[:2] == "WK" and code not in wijken.index
    ]
    if unknown:
        raise DataError(
            cells.problem(
                users.at[code, "row"],
                "code",
                f"users in {code}, which {kwb.file} does not have",
                "tables of one year",
                "take both of the same year, or remove the row where it stands for no area",
            )
            for code in unknown
        )
    youths = kwb.youths(ages).loc[wijken.index]
    keep = wijken.index[(wijken["a_inw"] >= FEWEST_INHABITANTS) & (youths["youths"] >= 1)]
    if policy.suppressed_below > 0:
        _no_zeros(cells, columns[0], users[users.index.isin(keep)], policy)
    away = _left_out(kwb, youths["youths"], users)
    for _, english in away:
        say(english)
    gemeente = pd.Series("GM" + keep.str[2:6], keep)
    frame = pd.DataFrame(
        {
            "wijkcode": keep.to_series(),
            "wijknaam": kwb.names["regio"][keep],
            "gemeentecode": gemeente,
            "gemeentenaam": gemeente.map(kwb.names["regio"]).fillna(kwb.names["gm_naam"][keep]),
            "youths": youths["youths"][keep],
            "youths_quality": "derived",
            "youths_log_sd": youths["log_sd"][keep],
            "observed_state": users["state"].reindex(keep).fillna("missing"),
            "users": users["users"].reindex(keep),
        }
    )
    if regions is not None:
        frame["jeugdzorgregio"] = _regions(read_cells(regions), gemeente)
    elif "gebieden" in about:
        frame["jeugdzorgregio"] = _regions(fetched_cells(path, "gebieden"), gemeente)
    kenmerken = kenmerken_of(kwb.figures.loc[keep])
    return build_areas(
        frame,
        kenmerken.loc[:, kenmerken.nunique() > 1].reset_index(drop=True),
        policy=policy,
        title=f"Jongeren met {form} in natura per wijk, {kwb.year} (CBS)",
        file=cells.file,
        rows=users["row"].reindex(keep).fillna(kwb.rows[keep]).astype(int).tolist(),
        attribution=" ".join([_attribution(kwb, series, ages, form, about), *(dutch for dutch, _ in away)]),
        year=kwb.year,
        small_counts=(),
    )


def fetched_cells(folder: Path, series: str) -> Cells:
    """One series of a fetched folder as a table for the readers of downloaded files."""
    frame = read_series(folder, series)
    cells = frame.astype(object).where(frame.notna(), "").set_axis(range(1, len(frame) + 1))
    return Cells(f"{folder.name}/{series}", cells)


def _users(cells: Cells, columns: list[str], form: str, year: int, empty_means: Gap | None) -> pd.DataFrame:
    """Counts by code of the area: ``users``, ``state`` and ``row``."""
    cells, _ = rows_of_year(cells, year)
    if len(columns) != 1:
        found = f"{len(columns)} columns {' and '.join(map(repr, columns))} hold the number of users" if columns else (
            f"no column {TOTALS[0]!r} or a_jz_tn"
        )  # fmt: skip
        remedy = "give StatLine's table of jeugdzorg per wijk of the same year (--jeugdzorg)"
        raise DataError([Problem(cells.file, found, "one column with the number of users", remedy)])
    dimension = _dimension(cells)
    if dimension is not None:
        known = f"rows of {form!r}, written so, or as a code or in words of one of {', '.join(map(repr, FORMS))}"
        cells = only_rows(cells, dimension, (form, *FORMS.get(form, ())), known)
    elif form != "jeugdzorg":
        found = "this table does not tell forms apart"
        raise DataError([Problem(cells.file, found, f"a table with rows of {form!r}", "give one (--jeugdzorg)")])
    codes, column = area_codes(cells), columns[0]
    problems = [
        cells.problem(row, column, f"{codes[row]!r} stands above already", "each area once", "take one form and year")
        for row in codes.index[codes.duplicated()]
    ]
    numbers = to_numbers(cells, column, mixed=True)
    problems += numbers.problems
    text = cells.text(column).str.lower()
    gaps = text.isin(NOT_GIVEN)
    dotted, empty = text.eq("."), text.eq("")
    if dotted.any():
        empty_means = empty_means or "missing"  # it was a choice to write a dot or nothing
    unclear = gaps & ~dotted & ~(empty & (empty_means is not None))
    if unclear.any():
        row = text.index[unclear][0]
        found = f"{unclear.sum()} fields hold {text[row]!r}, which may say suppressed or missing; this is the first"
        remedy = "say which it is (--empty-means), or export it with its symbols"
        problems.append(cells.problem(row, column, found, "a count, or . where it is not published", remedy))
    if problems:
        raise DataError(problems)
    gemeente = codes.str[2:6].where(codes.str[:2].isin(["WK", "GM"]))
    told = gemeente.map((~gaps).groupby(gemeente).any()).eq(True)
    hidden = (dotted | (empty & (empty_means == "suppressed"))) & told
    state = pd.Series("published", text.index).mask(gaps, "missing").mask(hidden, "suppressed")
    index = pd.Index(codes, name="code")
    row_of = text.index.to_series()
    return pd.DataFrame({"users": numbers.values, "state": state, "row": row_of}).set_axis(index)


def _dimension(cells: Cells) -> str | None:
    """The column that tells forms of jeugdzorg apart."""
    return next((str(name) for name in cells.frame if DIMENSION.fullmatch(str(name))), None)


def _form(asked: str, cells: Cells) -> str:
    """A form by its name, in words of the table, or by a part that no other form has."""
    dimension = _dimension(cells)
    texts: list[str] = [] if dimension is None else cells.text(dimension).str.lower().unique().tolist()
    written = {text: text for text in texts} | {name: name for name in FORMS}
    written |= {words.lower(): name for name, other in FORMS.items() for words in other}
    fits = {name for words, name in written.items() if asked in words}
    return fits.pop() if asked not in written and len(fits) == 1 else asked


def _no_zeros(cells: Cells, column: str, users: pd.DataFrame, policy: CountsPolicy) -> None:
    """Refuse a published 0 where small counts are secret: then something else is hidden than is declared."""
    zeros = users.index[(users["state"] == "published") & (users["users"] == 0)]
    if zeros.empty:
        return
    low = f"0 to {policy.suppressed_below - 1}"
    found = f"{len(zeros)} wijken have 0 users, the first {zeros[0]}"
    remedy = (
        f"write . there, which says {low} and is true of 0; where the table's explanation says that 0 is published "
    )
    remedy += "and something else hidden, give the counts as a table of your own (--source table) with bounds"
    expected = f". where there are {low}, which this table is declared never to publish"
    raise DataError([cells.problem(users.at[zeros[0], "row"], column, found, expected, remedy)])


def _left_out(kwb: Kwb, youths: pd.Series, users: pd.DataFrame) -> list[tuple[str, str]]:
    """What of the wijken is not in the result and why, in Dutch and in English."""
    people = kwb.wijken["a_inw"]
    enough = people >= FEWEST_INHABITANTS
    gone = users.index[users.index.str.startswith("WK") & (users["state"] == "suppressed")].difference(people.index)
    few = str(FEWEST_INHABITANTS)
    reasons = (
        (people.index[people < FEWEST_INHABITANTS], f"minder dan {few} inwoners", f"fewer than {few} inhabitants"),
        (people.index[people.isna()], "een onbekend aantal inwoners", "an unknown number of inhabitants"),
        (people.index[enough & youths.isna()], "een onbekend aantal jongeren", "an unknown number of youths"),
        (people.index[enough & (youths < 1)], "geen jongeren", "no youths"),
        (gone, f"een afgeschermd aantal die {kwb.file} niet heeft", f"a suppressed count that {kwb.file} lacks"),
    )
    told = []
    for codes, dutch, english in reasons:
        if codes.empty:
            continue
        counts = users.loc[users.index.isin(codes) & (users["state"] == "published"), "users"]
        listed = ", ".join(f"{code}: {count:.0f}" for code, count in counts.items())
        codes_of_few = f" ({', '.join(codes)})" if len(codes) <= 5 else ""
        nl = (
            f", waarvan {len(counts)} met {counts.sum():.0f} gepubliceerde gebruikers ({listed})"
            if listed
            else codes_of_few
        )
        en = f", {len(counts)} of them with {counts.sum():.0f} published users ({listed})" if listed else codes_of_few
        told.append(
            (f"Weggelaten wijken met {dutch}: {len(codes)}{nl}.", f"left out: {len(codes)} wijken with {english}{en}")
        )
    return told


def _regions(cells: Cells, gemeente: pd.Series) -> pd.Series:
    """The jeugdzorgregio of each wijk, by the code of its gemeente."""
    texts = {str(name): cells.text(str(name)) for name in cells.frame}

    def column(pattern: str) -> str | None:
        return next((name for name, text in texts.items() if text.str.fullmatch(pattern).mean() > 0.5), None)

    code, regio = column(r"GM\d{4}"), "jeugdzorgregio" if "jeugdzorgregio" in texts else column(r"JZ\d\d")
    if code is None or regio is None:
        found = "no column of gemeente codes (GM0518) beside one of jeugdzorgregio's (JZ09)"
        raise DataError([Problem(cells.file, found, "both", "take StatLine's Gebieden in Nederland of the same year")])
    by_gemeente = texts[regio].groupby(texts[code]).first()
    if lacking := sorted(set(gemeente) - set(by_gemeente.index[by_gemeente != ""])):
        raise DataError(
            Problem(
                cells.file, f"no jeugdzorgregio for {name}", "one for each gemeente", "take the table of the same year"
            )
            for name in lacking
        )
    return gemeente.map(by_gemeente)


def _attribution(kwb: Kwb, series: Series, ages: str, form: str, about: dict[str, dict[str, Any]]) -> str:
    def table(name: str, words: str) -> str:
        entry = about.get(name, {})
        found = entry.get("id") or SERIES[name].ids.get(kwb.year)
        seen = f", geraadpleegd {entry['retrieved']}" if entry else ""
        return f"{words} {kwb.year}" + (f" (StatLine {found}{seen})" if found else "")

    tables = [table("kwb", "Kerncijfers wijken en buurten")]
    if series == "jeugdzorg":
        tables.append(table("jeugdzorg", f"Jeugdzorg in natura per wijk, vorm {form},"))
    return (
        f"Bron: CBS, {' en '.join(tables)}, CC BY 4.0; bewerking bayes_jeugdhulp. Het CBS is niet verantwoordelijk "
        f"voor de bewerking. Aantallen jongeren van {ages.replace('-', ' tot en met ')} jaar zijn geschat uit "
        "leeftijdsgroepen."
    )
