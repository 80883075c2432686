"""The SCP's file behind *Jeugdhulp in de wijk* (SCP-publicatie 2020-1): figures of 2017."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import Cells, Numbers, collecting, read_cells, to_numbers
from bayes_jeugdhulp.sources.scp_bounds import kenmerken_upper

DECIMALS = 3  # of the percentages as the SCP printed them; the spreadsheet stores 12.434000000000001
POLICY = CountsPolicy(suppressed_below=10, pct_decimals=DECIMALS)
# factor to the centre of the true number of youths, and the sd of its log around that (docs/method.md, Youths)
YOUTHS = {"given": (1.0, 0.0), "recovered": (1.0, 0.12), "derived": (1.1, 0.12), "guessed": (1.0, 0.7)}
TITLE = "Jeugdhulp zonder verblijf per wijk, 2017 (SCP, Jeugdhulp in de wijk)"
ATTRIBUTION = (
    "Bron: SCP, Jeugdhulp in de wijk (SCP-publicatie 2020-1), CBS-microdata, bewerking SCP. "
    "Aantallen jeugdigen bij benadering: CBS, Kerncijfers wijken en buurten, CC BY 4.0; bewerking bayes_jeugdhulp. "
    "Het SCP en het CBS zijn niet verantwoordelijk voor de bewerking."
)
CODES = {
    "WK": (r"WK\d{4}[0-9A-Z]{2}", "WK, four digits and two digits or letters"),
    "GM": (r"GM\d{4}", "GM and four digits"),
}
SHEETS = {
    "wijk": ("wijknaam", "gemeentecode", "gemnaam_2017"),
    "gebruik": ("perc_jhzv", "perc_przv", "residu"),
    "determinanten": (),
}


def read_scp(
    file: str | os.PathLike[str], youths: str | os.PathLike[str], regions: str | os.PathLike[str] | None = None
) -> Areas:
    """Read the SCP's wijkdata with numbers of youths and, if given, jeugdzorgregio's.

    Parameters
    ----------
    file : path
        The SCP's spreadsheet, with its sheets ``wijk``, ``gebruik`` and ``determinanten`` as they are.
    youths : path
        Table with ``wijkcode`` (WK + 6), ``jeugdigen_0_17`` and ``methode``, one row a wijk; wijken that the SCP
        lacks are left aside. ``methode`` gives ``youths_quality``: *given* where it is "exact"; *guessed* unless it
        begins with "kwb", and where it holds "verhoogd" or "verlaagd" (the number was moved to fit the figure it goes
        with); else *recovered* where it holds "uniek"; else *derived*, which is raised by a tenth: such numbers are
        that much too low (``YOUTHS``).
    regions : path, optional
        Table with ``gemeentecode`` (GM + 4) and ``jeugdzorgregio``, one row a gemeente.

    Returns
    -------
    Areas
        ``observed_pct`` is the printed percentage; the number of users is the whole number nearest to that share of
        the youths, and as uncertain as they are (:func:`~bayes_jeugdhulp.youths.draw_counts`). A percentage ``.`` is
        suppressed (fewer than 10 users), an empty one missing; a kenmerk ``.`` is missing.

    Raises
    ------
    DataError
        With all problems of the three files.

    Examples
    --------
    Every problem of every file is told at once:

    >>> read_scp("Wijkdata_Jeugdhulp_in_de_wijk.ods", "jeugdigen.csv")
    Traceback (most recent call last):
    ...
    bayes_jeugdhulp.errors.DataError: Wijkdata_Jeugdhulp_in_de_wijk.ods: there is no such file in ...
    jeugdigen.csv: there is no such file in ...; expected an existing file; check the name and the folder
    """
    problems: list[Problem] = []
    tables: dict[str, _Keyed] = {}
    for sheet, columns in SHEETS.items():
        with collecting(problems):
            tables[sheet] = _keyed(read_cells(file, sheet), "wijk", "WK", columns, bare=True)
    with collecting(problems):
        tables["youths"] = _keyed(read_cells(youths), "wijkcode", "WK", ("jeugdigen_0_17", "methode"))
    if regions is not None:
        with collecting(problems):
            tables["regions"] = _keyed(read_cells(regions), "gemeentecode", "GM", ("jeugdzorgregio",))
    _raise_if(problems)

    wijk, gebruik, determinanten, people = (tables[name] for name in (*SHEETS, "youths"))
    gemeente, problems = _codes(wijk.cells, "gemeentecode", "GM", bare=True)
    problems += people.lacking(wijk.codes)
    for other in (gebruik, determinanten):
        problems += other.lacking(wijk.codes) + wijk.lacking(other.codes)
    if regions is not None:
        problems += tables["regions"].lacking(gemeente[gemeente.str.startswith("GM")])
    kenmerken = {name: to_numbers(determinanten.cells, name) for name in determinanten.cells.frame.columns.drop("wijk")}
    observed, count = _percentages(gebruik, "perc_jhzv"), _youths(people)
    problems += [problem for column in (observed, count, *kenmerken.values()) for problem in column.problems]
    _raise_if(problems)

    codes = wijk.codes.to_numpy()
    pct = gebruik.by_code(observed.values).round(DECIMALS)[codes]
    quality = people.by_code(people.cells.text("methode").map(_quality))[codes]
    factor, log_sd = (quality.map({name: pair[i] for name, pair in YOUTHS.items()}) for i in (0, 1))
    n = (people.by_code(count.values)[codes] * factor).round()
    users = (pct / 100 * n).round()
    suppressed = gebruik.by_code(gebruik.cells.text("perc_jhzv") == ".")[codes]
    rows = people.by_code(people.codes.index.to_series())
    _raise_if(
        people.cells.problem(
            rows[code],
            "jeugdigen_0_17",
            f"{n[code]:.0f} youths turn the published {pct[code]}% into {users[code]:.0f} users",
            f"at least {POLICY.suppressed_below}, for the SCP published no percentage of fewer users",
            "correct the number of youths",
        )
        for code in codes[users < POLICY.suppressed_below]
    )
    frame = pd.DataFrame(
        {
            "wijkcode": codes,
            "wijknaam": wijk.cells.text("wijknaam").to_numpy(),
            "gemeentecode": gemeente.to_numpy(),
            "gemeentenaam": wijk.cells.text("gemnaam_2017").to_numpy(),
            "youths": n.to_numpy(),
            "youths_quality": quality.to_numpy(),
            "youths_log_sd": log_sd.to_numpy(),
            "observed_state": np.select([pct.notna(), suppressed], ["published", "suppressed"], "missing"),
            "observed_pct": pct.to_numpy(),
            "users": users.to_numpy(),
        }
    )
    if regions is not None:
        regio = tables["regions"].by_code(tables["regions"].cells.text("jeugdzorgregio"))
        frame["jeugdzorgregio"] = frame["gemeentecode"].map(regio)
    shares = pd.DataFrame({name: determinanten.by_code(column.values)[codes] for name, column in kenmerken.items()})
    try:
        return build_areas(
            frame,
            shares,
            kenmerken_upper=kenmerken_upper(shares, n.to_numpy()),
            policy=POLICY,
            title=TITLE,
            file=wijk.cells.file,
            rows=wijk.codes.index.tolist(),
            attribution=ATTRIBUTION,
            year=2017,
        )
    except DataError as error:
        own = {"wijkcode": "wijk", "gemeentenaam": "gemnaam_2017"}
        raise DataError(replace(p, column=own.get(p.column or "", p.column)) for p in error.problems) from None


def read_scp_expected(file: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the SCP's own expected use, to compare with.

    Parameters
    ----------
    file : path
        The SCP's spreadsheet.

    Returns
    -------
    DataFrame, index ``wijkcode``
        ``expected_pct`` (``perc_przv``, percent; it includes the gemeente effect) and ``residual`` (``residu``,
        observed minus expected in points; NaN where the observed figure is suppressed).

    Raises
    ------
    DataError
        If the sheet ``gebruik`` or one of its columns is absent or holds something else than numbers.

    Examples
    --------
    >>> read_scp_expected("Wijkdata_Jeugdhulp_in_de_wijk.ods")
    Traceback (most recent call last):
    ...
    bayes_jeugdhulp.errors.DataError: Wijkdata_Jeugdhulp_in_de_wijk.ods: there is no such file in ...
    """
    gebruik = _keyed(read_cells(file, "gebruik"), "wijk", "WK", SHEETS["gebruik"], bare=True)
    expected, residual = _percentages(gebruik, "perc_przv"), to_numbers(gebruik.cells, "residu")
    _raise_if([*expected.problems, *residual.problems])
    columns = {"expected_pct": gebruik.by_code(expected.values), "residual": gebruik.by_code(residual.values)}
    return pd.DataFrame(columns).round(DECIMALS).sort_index().rename_axis("wijkcode")


@dataclass(frozen=True, slots=True, eq=False)
class _Keyed:
    """A table and the code of each of its rows."""

    cells: Cells
    codes: pd.Series

    def by_code(self, column: pd.Series) -> pd.Series:
        return column.set_axis(self.codes.to_numpy())

    def lacking(self, codes: pd.Series) -> list[Problem]:
        """Name the codes that another table has and this one does not."""
        have = set(self.codes)
        return [
            Problem(
                self.cells.file, f"there is no row for {code}", "one row for each code of the other tables", "add it"
            )
            for code in dict.fromkeys(codes)
            if code not in have
        ]


def _keyed(cells: Cells, key: str, prefix: str, columns: Sequence[str], *, bare: bool = False) -> _Keyed:
    """Check that a table has its columns and each code once."""
    _raise_if(cells.absent([key, *columns]))
    codes, problems = _codes(cells, key, prefix, bare=bare)
    first = dict(zip(codes[::-1], codes.index[::-1], strict=True))
    problems += [
        cells.problem(row, key, f"{code!r} stands in row {first[code]} already", "each code once", "remove doubles")
        for row, code in codes.items()
        if code and first[code] != row
    ]
    _raise_if(problems)
    return _Keyed(cells, codes)


def _codes(cells: Cells, column: str, prefix: str, *, bare: bool) -> tuple[pd.Series, list[Problem]]:
    """Read official codes; ``bare`` ones are numbers that lost their letters and zeros."""
    pattern, words = CODES[prefix]
    codes = cells.text(column)
    if bare:
        codes = codes.map(
            lambda code: f"{prefix}{code.zfill(4 if prefix == 'GM' else 6)}" if code.isdecimal() else code
        )
        words = "a number, as the SCP writes codes"
    wrong = codes[~codes.str.fullmatch(pattern)]
    return codes, [
        cells.problem(row, column, f"this field holds {code!r}" if code else "this field is empty", words, "correct it")
        for row, code in wrong.items()
    ]


def _quality(method: str) -> str:
    if method == "exact":
        return "given"
    if not method.startswith("kwb") or "verhoogd" in method or "verlaagd" in method:
        return "guessed"
    return "recovered" if "uniek" in method else "derived"


def _percentages(table: _Keyed, column: str) -> Numbers:
    return _checked(table.cells, column, lambda pct: pct.isna() | pct.between(0, 100), "a percentage from 0 to 100")


def _youths(table: _Keyed) -> Numbers:
    return _checked(table.cells, "jeugdigen_0_17", lambda n: (n >= 1) & (n == n.round()), "a whole number of 1 or more")


def _checked(cells: Cells, column: str, right: Callable[[pd.Series], pd.Series], expected: str) -> Numbers:
    """Read numbers and name those that are not right."""
    numbers = to_numbers(cells, column)
    wrong = numbers.values[~right(numbers.values) & ~numbers.unread]
    found = {
        row: "this field is empty" if np.isnan(value) else f"this field holds {value:g}" for row, value in wrong.items()
    }
    more = (cells.problem(row, column, words, expected, "correct the figure") for row, words in found.items())
    return replace(numbers, problems=(*numbers.problems, *more))


def _raise_if(problems: Iterable[Problem]) -> None:
    if found := tuple(dict.fromkeys(problems)):
        raise DataError(found)
