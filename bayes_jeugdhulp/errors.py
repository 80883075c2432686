"""Errors a user can act on: each says what was found, what was expected and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


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
            lines.append(f"... and {len(self.problems) - self.shown} more (.problems has all)")
        super().__init__("\n".join(lines))


def meant(name: str, names: Iterable[str], alike: float = 0.75) -> str:
    """What may have been meant by a name that does not exist, to put behind it; "" where nothing looks like it.

    Parameters
    ----------
    name : str
    names : iterable of str
        Those that exist.
    alike : float, default 0.75
        How much it must look like one of them: difflib's ratio, 1 for the same.

    Examples
    --------
    >>> meant("perc_hhbij", ["perc_nwmig", "perc_hhbijs"]), meant("woz", ["perc_nwmig"])
    (" (did you mean 'perc_hhbijs'?)", '')
    """
    near = get_close_matches(name, list(names), n=1, cutoff=alike)
    return f" (did you mean {near[0]!r}?)" if near else ""


def unknown_gemeenten(codes: Iterable[str], known: Iterable[str], where: str) -> list[Problem]:
    """Name the codes of gemeenten that are not among those known, with one that is.

    Parameters
    ----------
    codes, known : iterable of str
    where : str
        What they are looked for in, for the message.

    Examples
    --------
    >>> print(*unknown_gemeenten(["GM518"], ["GM0363", "GM0518"], "fit.nc"))
    fit.nc: no gemeente 'GM518' in this fit (did you mean 'GM0518'?); expected a code such as GM0363; look it up in
    gemeenten.csv
    """
    known = list(known)  # a code with one other digit is another gemeente, not a mistake: 0.83
    return [
        Problem(
            where,
            f"no gemeente {code!r} in this fit{meant(code, known, 0.85)}",
            f"a code such as {known[0]}",
            "look it up in gemeenten.csv",
        )
        for code in dict.fromkeys(codes)
        if code not in known
    ]
