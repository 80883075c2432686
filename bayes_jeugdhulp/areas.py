"""The one validated table that every later step takes: wijk, gemeente, jeugdzorgregio, youths, counts, kenmerken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem

ObservedState = Literal["published", "suppressed", "missing"]
YouthsQuality = Literal["given", "derived", "recovered", "guessed"]

STATES: tuple[ObservedState, ...] = ("published", "suppressed", "missing")
QUALITIES: tuple[YouthsQuality, ...] = ("given", "derived", "recovered", "guessed")
COLUMNS = (
    "wijknaam",
    "gemeentecode",
    "gemeentenaam",
    "jeugdzorgregio",
    "youths",
    "youths_quality",
    "observed_state",
    "observed_pct",
    "users_low",
    "users_high",
)


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """Wijken with their youths, what is known of their users, and their kenmerken.

    Make one with :func:`build_areas` or a reader of :mod:`bayes_jeugdhulp.sources`; both check everything.

    Attributes
    ----------
    wijken : DataFrame, index ``wijkcode``
        ``wijknaam, gemeentecode, gemeentenaam``; ``jeugdzorgregio`` ("" throughout when there is no such level);
        ``youths`` (number, 1 or more); ``youths_quality`` (given, derived, recovered, guessed); ``observed_state``
        (published, suppressed, missing); ``observed_pct`` (percent, empty unless published); ``users_low`` and
        ``users_high``, inclusive bounds of the true number of users (equal where it is known exactly, 0 and
        ``youths`` where it is missing).
    kenmerken : DataFrame, index ``wijkcode``, one float column a kenmerk
        Empty where missing. Units are the source's own.
    kenmerken_upper : DataFrame like ``kenmerken``
        Known upper bound of a missing kenmerk, for instance a secrecy limit divided by its denominator; empty where
        none is known.
    policy : CountsPolicy
        How the source publishes counts.
    title, attribution : str
        What the figures are and how their source asks to be named.
    year : int or None
    simulated : bool
        True for invented figures: every output must say so.
    """

    wijken: pd.DataFrame
    kenmerken: pd.DataFrame
    kenmerken_upper: pd.DataFrame
    policy: CountsPolicy
    title: str
    attribution: str
    year: int | None = None
    simulated: bool = False

    def __len__(self) -> int:
        return len(self.wijken)

    @property
    def has_regio(self) -> bool:
        """Whether wijken carry a jeugdzorgregio."""
        return bool((self.wijken["jeugdzorgregio"] != "").any())

    def select(self, codes: Sequence[str]) -> "Areas":
        """Keep the wijken that have one of these wijk, gemeente or jeugdzorgregio codes.

        Raises
        ------
        DataError
            If a code occurs nowhere.
        """
        levels = pd.concat([self.wijken.index.to_frame(), self.wijken[["gemeentecode", "jeugdzorgregio"]]], axis=1)
        if unknown := [code for code in codes if not levels.isin([code]).to_numpy().any()]:
            raise DataError(
                Problem(
                    self.title,
                    f"no wijk, gemeente or jeugdzorgregio has the code {code!r}",
                    "a code such as WK051801, GM0518 or JZ09",
                    "look it up in the source; codes keep their letters and zeros",
                )
                for code in unknown
            )
        keep = levels.isin(list(codes)).any(axis=1).to_numpy()
        return replace(
            self,
            wijken=self.wijken[keep],
            kenmerken=self.kenmerken[keep],
            kenmerken_upper=self.kenmerken_upper[keep],
        )


def build_areas(
    frame: pd.DataFrame,
    kenmerken: pd.DataFrame,
    *,
    policy: CountsPolicy,
    title: str,
    file: str | None = None,
    rows: Sequence[int] | None = None,
    kenmerken_upper: pd.DataFrame | None = None,
    attribution: str = "",
    year: int | None = None,
    simulated: bool = False,
) -> Areas:
    """Check raw columns and arrange them as :class:`Areas`.

    Parameters
    ----------
    frame : DataFrame
        One row a wijk: ``wijkcode, gemeentecode, youths, observed_state``, and ``users`` (the published count; read
        only where the state is published) or both ``users_low`` and ``users_high``. Optional: ``wijknaam``,
        ``gemeentenaam`` (codes stand in), ``jeugdzorgregio``, ``youths_quality`` (default given), ``observed_pct``
        (default 100 users / youths).
    kenmerken : DataFrame
        Numbers, rows as in ``frame``; NaN where missing.
    policy : CountsPolicy
        Turns published and suppressed figures into bounds.
    title : str
        Name of the figures for people.
    file : str, optional
        Name used in error messages; default ``title``.
    rows : sequence of int, optional
        Row of each record in that file; default 2, 3, ...
    kenmerken_upper : DataFrame, optional
        Upper bounds of missing kenmerken, shaped as ``kenmerken``.
    attribution, year, simulated
        See :class:`Areas`.

    Returns
    -------
    Areas
        Sorted by wijkcode.

    Raises
    ------
    DataError
        With every problem found, each naming file, row and column.
    ValueError
        If ``frame`` and ``kenmerken`` differ in length.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "wijkcode": ["WK000100", "WK000101"], "gemeentecode": "GM0001",
    ...     "youths": [400, 60], "users": [40, None], "observed_state": ["published", "suppressed"]})
    >>> areas = build_areas(frame, pd.DataFrame({"hoogte": [1.0, 2.0]}), policy=CountsPolicy(10), title="voorbeeld")
    >>> areas.wijken[["observed_pct", "users_low", "users_high"]].values.tolist()
    [[10.0, 40.0, 40.0], [nan, 0.0, 9.0]]
    """
    if len(kenmerken) != len(frame):
        raise ValueError(f"{len(kenmerken)} rows of kenmerken for {len(frame)} wijken")
    file = file or title
    if frame.empty:
        raise DataError([Problem(file, "the table is empty", "one row per wijk", "check the file or its filter")])
    table = _Table(file, np.arange(2, len(frame) + 2) if rows is None else np.asarray(rows))
    kenmerken = kenmerken.reset_index(drop=True).astype(float)
    upper = pd.DataFrame(np.nan, index=kenmerken.index, columns=kenmerken.columns)
    if kenmerken_upper is not None:
        upper.update(kenmerken_upper.reset_index(drop=True))

    frame, problems = _with_checked_columns(_with_defaults(frame.reset_index(drop=True)), table)
    if all(problem.row for problem in problems):  # else a column is absent and nothing below can be looked at
        frame, more = _with_bounds(frame, policy, table)
        named = {(problem.row, problem.column) for problem in problems}
        problems += [problem for problem in more if (problem.row, problem.column) not in named]
        problems += _cross_row_problems(frame, table)
    infinite = kenmerken.isin([np.inf, -np.inf])
    for kenmerk in infinite.columns[infinite.any()]:
        problems += table.problems(infinite[kenmerk], kenmerk, "not a finite number", "a number or empty", "correct it")
    if problems:
        raise DataError(sorted(problems, key=lambda problem: (problem.row or 0, problem.column or "")))

    order = frame["wijkcode"].argsort(kind="stable")
    index = pd.Index(frame["wijkcode"].iloc[order], name="wijkcode")
    counts = dict.fromkeys(["youths", "users_low", "users_high"], np.int64)
    return Areas(
        wijken=frame.iloc[order].set_index(index)[list(COLUMNS)].astype(counts),
        kenmerken=kenmerken.iloc[order].set_index(index),
        kenmerken_upper=upper.where(kenmerken.isna()).iloc[order].set_index(index),
        policy=policy,
        title=title,
        attribution=attribution,
        year=year,
        simulated=simulated,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the rows being checked stand, for messages."""

    file: str
    rows: np.ndarray

    def problems(
        self, where: ArrayLike, column: str, found: str | Sequence[str], expected: str, remedy: str
    ) -> list[Problem]:
        """Name the rows where something is wrong; ``found`` in one wording or row by row."""
        return [
            Problem(
                self.file, found if isinstance(found, str) else found[i], expected, remedy, int(self.rows[i]), column
            )
            for i in np.flatnonzero(where).tolist()
        ]


def _with_defaults(frame: pd.DataFrame) -> pd.DataFrame:
    for column, value in {
        "wijknaam": frame.get("wijkcode"),
        "gemeentenaam": frame.get("gemeentecode"),
        "jeugdzorgregio": "",
        "youths_quality": "given",
    }.items():
        if column not in frame:
            frame = frame.assign(**{column: value})
    return frame


def _with_checked_columns(frame: pd.DataFrame, table: _Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn columns into their types and say what pandera finds wrong with single cells, in words."""
    import pandera.pandas as pa  # takes half a second to import

    remedies = {
        "wijkcode": ("WK, four digits and two digits or letters, each once", "restore lost zeros; remove doubles"),
        "gemeentecode": ("GM and four digits", "restore lost zeros, or fill in the gemeente of this wijk"),
        "youths": ("a whole number of 1 or more", "fill in the number of youths, or leave the wijk out"),
        "users": ("a whole number of 0 or more where observed_state is published", "correct the figure"),
        "users_low": ("a whole number of 0 or more", "correct the bound"),
        "users_high": ("a whole number of 0 or more", "correct the bound"),
        "observed_pct": ("a percentage from 0 to 100", "correct the figure"),
        "observed_state": (f"one of {', '.join(STATES)}", "say which of the three it is"),
        "youths_quality": (f"one of {', '.join(QUALITIES)}", "say where the number of youths comes from"),
        "wijknaam": ("a name", "fill it in"),
        "gemeentenaam": ("a name", "fill it in"),
        "jeugdzorgregio": ("a code for every wijk, or none at all", "fill it in"),
    }
    given = "users_low" in frame or "users_high" in frame
    whole = pa.Check(lambda s: s == s.round(), name="whole")
    code_wijk, code_gemeente = pa.Check.str_matches(r"^WK\d{4}[0-9A-Z]{2}$"), pa.Check.str_matches(r"^GM\d{4}$")
    text: dict[str, Any] = {"dtype": "str", "coerce": True}
    name = pa.Check.str_length(min_value=1)
    count: dict[str, Any] = {"dtype": "float", "nullable": True, "checks": [pa.Check.ge(0), whole]}
    schema = pa.DataFrameSchema(
        {
            "wijkcode": pa.Column(**text, unique=True, report_duplicates="exclude_first", checks=code_wijk),
            "wijknaam": pa.Column(**text, checks=name),
            "gemeentecode": pa.Column(**text, checks=code_gemeente),
            "gemeentenaam": pa.Column(**text, checks=name),
            "jeugdzorgregio": pa.Column(**text),
            "youths": pa.Column("float", checks=[pa.Check.ge(1), whole]),
            "youths_quality": pa.Column(**text, checks=pa.Check.isin(QUALITIES)),
            "observed_state": pa.Column(**text, checks=pa.Check.isin(STATES)),
            "users": pa.Column(**count, required=not given),
            "users_low": pa.Column(**count, required=given),
            "users_high": pa.Column(**count, required=given),
            "observed_pct": pa.Column("float", nullable=True, required=False, checks=pa.Check.in_range(0, 100)),
        }
    )
    found: dict[tuple[int | None, str], Problem] = {}

    def note(i: int, column: str, what: str) -> None:
        row = int(table.rows[i])
        found.setdefault((row, column), Problem(table.file, what, *remedies[column], row, column))

    # pandera stops checking a column that it cannot turn into numbers, so that is done here, cell by cell
    for column in [c for c in schema.columns if schema.columns[c].dtype == pa.Float() and c in frame]:
        numbers = pd.to_numeric(frame[column], errors="coerce").astype(float)
        for i in np.flatnonzero(numbers.isna() & frame[column].notna()).tolist():
            note(i, column, f"this field holds {frame[column].iloc[i]!r}")
        frame = frame.assign(**{column: numbers})
    try:
        frame = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return frame, list(found.values())
    for case in cases.itertuples():
        value: Any = case.failure_case
        if case.check == "column_in_dataframe":
            what, missing = f"there is no column {value!r}", f"a column {value!r}"
            found[None, value] = Problem(table.file, what, missing, "add it or rename yours")
            continue
        i = int(case.index)
        if case.check == "field_uniqueness":
            first = table.rows[np.flatnonzero(frame["wijkcode"] == value)[0]]
            note(i, case.column, f"{value!r} stands in row {first} already")
        elif pd.isna(value) or value == "":
            note(i, case.column, "this field is empty")
        else:
            note(i, case.column, f"this field holds {value if isinstance(value, float) else repr(value)}")
    return frame, list(found.values())


def _with_bounds(frame: pd.DataFrame, policy: CountsPolicy, table: _Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Add users_low, users_high and observed_pct; say which figures contradict the policy or the youths.

    Cells that were refused before are empty here and make every comparison false.
    """
    youths = frame["youths"].where(frame["youths"] >= 1).to_numpy()
    published, suppressed = frame["observed_state"].eq("published"), frame["observed_state"].eq("suppressed")
    given = "users_low" in frame
    figures = ["users_low", "users_high"] if given else ["users"]
    values, column = frame[figures], figures[-1]
    middle, empty = values.mean(axis=1), values.isna().any(axis=1)
    problems = table.problems(
        published & empty, column, "published, but this field is empty", "a count", "fill it in or change the state"
    )
    if policy.suppressed_below == 0:
        problems += table.problems(
            suppressed & (empty | (not given)),
            "observed_state",
            "suppressed, but the policy suppresses nothing",
            "published or missing",
            "give the secrecy limit of this source or change the state",
        )
    low, high = np.zeros(len(frame)), np.where(suppressed, policy.suppressed_bounds[1], youths)
    known = (~empty & (published | (suppressed & given))).to_numpy()
    if given:
        low[known], high[known] = values.to_numpy()[known].T
        problems += table.problems(
            known & (low > high),
            "users_low",
            [f"{least:.0f} is above users_high, {most:.0f}" for least, most in zip(low, high, strict=True)],
            "users_low at most users_high",
            "swap or correct them",
        )
    else:
        counts = values["users"].where(known & (middle >= 0), 0).to_numpy().astype(np.int64)
        shown = policy.publishable(counts)
        multiple = f"a multiple of {policy.rounded_to}" if policy.rounded_to > 1 else "a count"
        problems += table.problems(
            known & ~shown,
            column,
            [f"{count} users, which this policy never publishes" for count in counts],
            f"{multiple}, and none that stands for fewer than {policy.suppressed_below} users",
            "correct the figure or the policy",
        )
        known = known & shown
        low[known], high[known] = policy.bounds(counts[known])
    problems += table.problems(
        known & (low > youths),  # a rounded figure may itself lie above a small number of youths
        column,
        [f"{count:.0f} users among {n:.0f} youths" for count, n in zip(middle, youths, strict=True)],
        "at most as many users as youths",
        "correct either figure",
    )
    high = np.minimum(high, youths)
    pct = (middle / youths * 100).clip(upper=100)
    if "observed_pct" in frame:
        # half a published step of the count, and a percentage printed to one decimal
        apart = (frame["observed_pct"] - pct).abs() / 100 * youths
        problems += table.problems(
            known & (apart > (policy.rounded_to + 1) / 2 + 0.0006 * youths).to_numpy(),
            "observed_pct",
            [f"{a}%, but users of youths is {b:.3g}%" for a, b in zip(frame["observed_pct"], pct, strict=True)],
            "the percentage that users and youths make",
            "correct one of the three",
        )
        pct = frame["observed_pct"].fillna(pct)
    bounds = {"users_low": np.minimum(low, high), "users_high": high}
    return frame.assign(**bounds, observed_pct=pct.where(published)), problems


def _cross_row_problems(frame: pd.DataFrame, table: _Table) -> list[Problem]:
    """Contradictions between rows: a gemeente in two regions or with two names, regions given in part."""
    problems = []
    for column in ("gemeentenaam", "jeugdzorgregio"):
        filled = frame[column].where(frame[column] != "")
        first = filled.groupby(frame["gemeentecode"]).transform("first")
        problems += table.problems(
            filled.notna() & first.notna() & (filled != first),
            column,
            [
                f"{code} is {here!r} here and {other!r} above"
                for code, here, other in zip(frame["gemeentecode"], filled, first, strict=True)
            ],
            "one value a gemeente",
            "make them equal",
        )
    empty = frame["jeugdzorgregio"] == ""
    if not empty.all():
        problems += table.problems(
            empty, "jeugdzorgregio", "this field is empty", "a code for every wijk, or none at all", "fill it in"
        )
    return problems
