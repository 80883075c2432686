"""Published totals of users per gemeente, from a user's file: what each leaves open."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem
from bayes_jeugdhulp.sources.reading import Cells, DecimalMark, read_cells, to_numbers
from bayes_jeugdhulp.sources.table import A_COUNT, MISSING_WORDS, SUPPRESSED_WORDS

NAMES = ("gemeentecode", "gemeentenaam", "users", "users_remainder", "users_sd")
LEAST_SD = 1.3  # then the central 95% of a total with an error leaves five counts open


@dataclass(frozen=True, slots=True, eq=False)
class PublishedTotals:
    """Totals of users per gemeente.

    Attributes
    ----------
    gemeenten : DataFrame
        One row per gemeente with a total, by ``gemeentecode``: ``row`` in the file; ``low`` and ``high``, smallest and
        largest true total (the figure itself, twice, where it has an error); ``sd`` of that error, 0 where the total
        is exact or rounded; ``remainder``, users outside the listed wijken, NaN where their number is not known.
    file : str
        Its name, for messages and metadata.
    policy : CountsPolicy
        How the totals were published.
    """

    gemeenten: pd.DataFrame
    file: str
    policy: CountsPolicy

    @property
    def described(self) -> dict[str, str | int]:
        """A record of all but the totals themselves."""
        published = {"rounded_to": self.policy.rounded_to, "suppressed_below": self.policy.suppressed_below}
        return {"file": self.file, **published}


def read_totals(
    file: str | os.PathLike[str],
    policy: CountsPolicy | None = None,
    *,
    decimal: DecimalMark | None = None,
    sheet: str | None = None,
) -> PublishedTotals:
    r"""Read published totals from a CSV, Parquet or spreadsheet file.

    Parameters
    ----------
    file : path
        Columns ``gemeentecode`` and ``users``: users of the same kind of jeugdhulp, in the same year as the fit, of
        the whole gemeente. In ``users`` a word (suppressed, onderdrukt or geheim) says suppressed and an empty field
        missing. Optional: ``gemeentenaam``; ``users_remainder``, users of the gemeente outside the listed wijken (0
        says none, empty not known); ``users_sd``, sd of the error of a total that does not match the wijken exactly,
        for instance because it is of another date: it is then taken as it stands, not as rounded, and may have
        decimals.
    policy : CountsPolicy, default exact counts
        How the source publishes totals.
    decimal : {".", ","}, optional
        The decimal mark, for columns that do not show it themselves.
    sheet : str, optional
        Sheet of a spreadsheet; default the first.

    Returns
    -------
    PublishedTotals
        For each gemeente the bounds of its total, its remainder and its error.

    Raises
    ------
    DataError
        With every problem found, each naming file, row and column.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "totalen.csv")
    ...     _ = path.write_text("gemeentecode;users;users_remainder\nGM0001;120;0\nGM0002;geheim;\nGM0003;;4")
    ...     totals = read_totals(path, CountsPolicy(suppressed_below=8, rounded_to=5))
    >>> totals.gemeenten[["low", "high", "remainder"]].to_dict("index")
    {'GM0001': {'low': 118.0, 'high': 122.0, 'remainder': 0.0}, 'GM0002': {'low': 0.0, 'high': 7.0, 'remainder': nan}}
    """
    policy = policy or CountsPolicy()
    cells = read_cells(file, sheet)
    problems = cells.absent(("gemeentecode", "users"))
    known = f"only {', '.join(NAMES)}"
    problems += [
        Problem(cells.file, "this column is not known here", known, "remove or rename it", column=column)
        for column in cells.frame.columns.difference(list(NAMES))
    ]
    if problems:
        raise DataError(problems)
    codes = cells.text("gemeentecode")
    hidden = cells.text("users").str.lower().isin(SUPPRESSED_WORDS)
    shown = Cells(cells.file, cells.frame.assign(users=cells.frame["users"].mask(hidden, "")))
    figures = pd.DataFrame(np.nan, codes.index, NAMES[2:])
    for column in figures.columns.intersection(cells.frame.columns):
        # a word or an empty field says missing: sources write . and x for suppressed totals too
        told = A_COUNT if column == "users" else None
        numbers = to_numbers(shown, column, decimal=decimal, not_given={"", *MISSING_WORDS}, expected=told)
        problems += numbers.problems
        figures[column] = numbers.values
    users, remainder, sd = (figures[column] for column in NAMES[2:])
    loose = sd.fillna(0) > 0
    exact = users.where(~loose)
    whole = (exact >= 0) & (exact % 1 == 0)
    published = exact.where(whole, policy.SUPPRESSED).astype(np.int64)

    def refuse(wrong: pd.Series, column: str, expected: str, remedy: str) -> None:
        for row in wrong.index[wrong]:
            found = f"this field holds {cells.frame.loc[row, column]!r}"
            problems.append(cells.problem(row, column, found, expected, remedy))

    refuse(~codes.str.fullmatch(r"GM\d{4}"), "gemeentecode", "GM and four digits", "restore lost zeros")
    refuse(codes.duplicated(), "gemeentecode", "one row a gemeente", "remove the others")
    refuse((users < 0) | (exact % 1 > 0), "users", "a whole number, 0 or more", "correct it, or give its users_sd")
    rule = f"a multiple of {policy.rounded_to} that is not suppressed below {policy.suppressed_below}"
    remedy = "say how the totals are rounded and suppressed (--totals-rounded-to, --totals-suppressed-below)"
    refuse(whole & ~policy.publishable(published), "users", rule, remedy)
    refuse(
        hidden & (policy.suppressed_below == 0), "users", "no suppressed totals unless it is said below what", remedy
    )
    refuse((remainder < 0) | (remainder % 1 > 0), "users_remainder", "a whole number, 0 or more", "correct it")
    refuse((sd < 0) | (loose & (sd < LEAST_SD)), "users_sd", f"{LEAST_SD} or more, or 0 for no error", "correct it")
    refuse(loose & hidden, "users_sd", "no error of a suppressed total", "leave it empty")
    if problems:
        raise DataError(sorted(problems, key=lambda problem: (problem.row or 0, problem.column or "")))

    table = pd.DataFrame({"row": codes.index, "low": users, "high": users, "sd": sd.fillna(0), "remainder": remainder})
    hard = hidden | whole
    table.loc[hard, ["low", "high"]] = np.stack(policy.bounds(published[hard]), axis=1)
    return PublishedTotals(table.set_index(codes)[(hidden | users.notna()).to_numpy()], cells.file, policy)
