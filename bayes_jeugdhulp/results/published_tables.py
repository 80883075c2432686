"""The kind of tables that published studies print: *unweighted* means over wijken, points without intervals.

They are here to be compared with, under their own names. An unweighted mean counts a wijk of thirty youths as much as
one of nine thousand; the youth-weighted mean of the same wijken is the use of the gemeente's youths.

Every function takes a frame of wijken (index ``wijkcode``) with ``wijknaam, gemeentecode, gemeentenaam, youths,
observed_pct, expected_pct, residual``, for instance ``areas.wijken.join(read_scp_expected(file))``, and leaves wijken
without an observed figure out.
"""

from collections.abc import Collection, Iterable
from fractions import Fraction
from math import floor

import pandas as pd

FIGURES = ("observed_pct", "expected_pct", "difference_points", "difference_pct")
TOTAL = "total"


def round_half_up(value: Fraction, digits: int = 1) -> float:
    """Round as printed tables do: a half goes away from zero.

    Parameters
    ----------
    value : Fraction
        Exact: a binary float may lie just below the half that its decimals show.
    digits : int, default 1

    Returns
    -------
    float

    Examples
    --------
    >>> round_half_up(Fraction("0.25")), round_half_up(Fraction("-0.25")), round(0.25, 1)
    (0.3, -0.3, 0.2)
    """
    scaled = floor(abs(value) * 10**digits + Fraction(1, 2))
    return (scaled if value > 0 else -scaled) / 10**digits


def unweighted_gemeente_table(wijken: pd.DataFrame, digits: int = 1) -> pd.DataFrame:
    """Average over wijken, each wijk counting once: the published kind.

    Parameters
    ----------
    wijken : DataFrame
        See the module.
    digits : int, default 1

    Returns
    -------
    DataFrame, index ``gemeentecode``, first row ``total``
        ``gemeentenaam, wijken`` (how many), ``observed_pct, expected_pct`` (means over the same wijken),
        ``difference_points`` (of the unrounded means) and ``difference_pct`` = 100 (observed - expected) / expected.

    Examples
    --------
    >>> wijken = pd.DataFrame({
    ...     "gemeentecode": "GM0001", "gemeentenaam": "Voorbeeld", "youths": [30, 9000],
    ...     "observed_pct": [40.0, 9.0], "expected_pct": [12.0, 10.0]})
    >>> float(unweighted_gemeente_table(wijken).loc["total", "difference_pct"])
    122.7
    >>> float(youth_weighted_gemeente_table(wijken).loc["total", "difference_pct"])
    -9.0
    """
    return _gemeente_table(wijken.assign(weight=1), digits)


def youth_weighted_gemeente_table(wijken: pd.DataFrame, digits: int = 1) -> pd.DataFrame:
    """Average over the youths of the same wijken: observed and expected use of the gemeente's youths.

    Parameters and columns as in :func:`unweighted_gemeente_table`.
    """
    return _gemeente_table(wijken.assign(weight=wijken["youths"]), digits)


def wijk_table(wijken: pd.DataFrame, digits: int = 1, leave_out: Collection[str] = ()) -> pd.DataFrame:
    """List wijken by their difference in percent of what was expected, lowest first.

    Parameters
    ----------
    wijken : DataFrame
        See the module.
    digits : int, default 1
    leave_out : collection of str
        Codes of wijken to leave out.

    Returns
    -------
    DataFrame, index ``wijkcode``
        ``wijknaam, gemeentecode, gemeentenaam, observed_pct, expected_pct``, ``difference_points`` (the source's own
        ``residual``) and ``difference_pct`` = 100 residual / expected. Ordered by the unrounded percentage.
    """
    seen = wijken[wijken["observed_pct"].notna() & ~wijken.index.isin(list(leave_out))]
    exact = seen[["observed_pct", "expected_pct", "residual"]].map(_exact)
    exact["difference_pct"] = 100 * exact["residual"] / exact["expected_pct"]
    exact = exact.set_axis(list(FIGURES), axis="columns").sort_values("difference_pct", kind="stable")
    names = seen.loc[exact.index, ["wijknaam", "gemeentecode", "gemeentenaam"]]
    return names.join(exact.map(lambda value: round_half_up(value, digits)))


def extremes_by_gemeente(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pick each gemeente's largest negative and largest positive difference from a :func:`wijk_table`.

    A gemeente with one wijk in the table has neither; one without a negative (positive) wijk is absent from the first
    (second) part.

    Returns
    -------
    lowest, highest : DataFrame
        Rows of ``table``.
    """
    several = table[table.groupby("gemeentecode")["gemeentecode"].transform("size") > 1]
    lowest, highest = several.groupby("gemeentecode").head(1), several.groupby("gemeentecode").tail(1)
    return lowest[lowest["difference_pct"] < 0], highest[highest["difference_pct"] > 0]


def _gemeente_table(wijken: pd.DataFrame, digits: int) -> pd.DataFrame:
    seen = wijken[wijken["observed_pct"].notna()]
    parts = [(TOTAL, "", seen)]
    parts += [(str(code), part["gemeentenaam"].iloc[0], part) for code, part in seen.groupby("gemeentecode")]
    rows = {}
    for code, name, part in parts:
        observed, expected = (_mean(part[column], part["weight"]) for column in ("observed_pct", "expected_pct"))
        figures = observed, expected, observed - expected, 100 * (observed - expected) / expected
        rows[code] = (name, len(part), *(round_half_up(figure, digits) for figure in figures))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["gemeentenaam", "wijken", *FIGURES])
    return table.rename_axis("gemeentecode")


def _mean(values: Iterable[float], weights: Iterable[int]) -> Fraction:
    pairs = [(_exact(value), int(weight)) for value, weight in zip(values, weights, strict=True)]
    return sum((value * weight for value, weight in pairs), Fraction(0)) / sum(weight for _, weight in pairs)


def _exact(value: float) -> Fraction:
    """Turn a float into the decimal number that it prints as."""
    return Fraction(str(value))
