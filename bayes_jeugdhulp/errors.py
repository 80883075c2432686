"""Errors a user can act on: each says what was found, what was expected and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass


class JeugdhulpError(Exception):
    """Base of every error that is the user's to solve; the command line prints it without a traceback."""

    exit_code = 2


class GateError(JeugdhulpError):
    """A result was asked for from a fit whose convergence check did not pass."""

    exit_code = 3


class ResultFileError(JeugdhulpError):
    """A saved fit cannot be used: another version, cut short, or not a fit at all."""


class SourceError(JeugdhulpError):
    """An outside source cannot be reached, broke off or is not what it was."""


class DisclosureError(JeugdhulpError):
    """A table would have given a suppressed count away."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file.

    Parameters
    ----------
    file : str
        Name of the file (or table) it was found in.
    found, expected, remedy : str
        What stands there, what should, and what to do; each a clause without a full stop.
    row : int, optional
        Row as a spreadsheet shows it (the header is row 1).
    column : str, optional
        Name of the column.
    """

    file: str
    found: str
    expected: str
    remedy: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.found}; expected {self.expected}; {self.remedy}"


class DataError(JeugdhulpError):
    """All problems of the input at once, so that one round of mending is enough.

    Parameters
    ----------
    problems : iterable of Problem

    Examples
    --------
    >>> raise DataError([Problem("a.csv", "no rows", "one row per wijk", "export it again")])
    Traceback (most recent call last):
    ...
    bayes_jeugdhulp.errors.DataError: a.csv: no rows; expected one row per wijk; export it again
    """

    shown = 20

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[: self.shown]]
        if len(self.problems) > self.shown:
            lines.append(f"... and {len(self.problems) - self.shown} more problems of these kinds")
        super().__init__("\n".join(lines))
