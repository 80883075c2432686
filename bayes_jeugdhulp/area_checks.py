"""What a table of wijken is checked for before it becomes Areas, and the bounds that its counts give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import Problem, meant

ObservedState = Literal["published", "suppressed", "missing"]
YouthsQuality = Literal["given", "derived", "recovered", "guessed"]

STATES: tuple[ObservedState, ...] = ("published", "suppressed", "missing")
QUALITIES: tuple[YouthsQuality, ...] = ("given", "derived", "recovered", "guessed")


@dataclass(frozen=True, slots=True)
class Table:
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


def with_defaults(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the optional columns that are absent."""
    for column, value in {
        "wijknaam": frame.get("wijkcode"),
        "gemeentenaam": frame.get("gemeentecode"),
        "jeugdzorgregio": "",
        "youths_quality": "given",
        "youths_log_sd": 0.0,
        "marked": 0.0,
        "left_out": False,
    }.items():
        if column not in frame:
            frame = frame.assign(**{column: value})
    return frame


def with_checked_columns(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
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
        "youths_log_sd": (
            "a number from 0 to 2",
            "write 0 where the number is exact, 0.1 where it may be 10% off",
        ),
        "marked": ("0 or 1", "write 1 for a wijk with an afwijkende populatie, 0 for any other"),
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
            "youths_log_sd": pa.Column("float", checks=pa.Check.in_range(0, 2)),
            "marked": pa.Column("float", checks=pa.Check.isin([0, 1])),
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
            near = meant(value, frame.columns.difference(list(schema.columns)))
            what, missing = f"there is no column {value!r}{near}", f"a column {value!r}"
            found[None, value] = Problem(table.file, what, missing, "add it or rename yours")
            continue
        i = int(case.index)
        if case.check == "field_uniqueness":
            first = table.rows[np.flatnonzero(frame["wijkcode"] == value)[0]]
            note(i, case.column, f"{value!r} stands in row {first} already")
        elif pd.isna(value) or value == "":
            note(i, case.column, "this field is empty")
        else:
            note(i, case.column, f"this field holds {_number(value) if isinstance(value, float) else repr(value)}")
    return frame, list(found.values())


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() else str(value)


def with_bounds(frame: pd.DataFrame, policy: CountsPolicy, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
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
        hidden = suppressed & (empty | (not given))
        problems += table.problems(  # one message: one setting mends them all
            hidden & ~hidden.duplicated(),
            "observed_state",
            f"suppressed ({hidden.sum()} in all, this the first), but no secrecy limit was given",
            "the smallest count that the source publishes",
            "give it (--suppressed-below; CountsPolicy(suppressed_below=...)), or say published or missing",
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


def cross_row_problems(frame: pd.DataFrame, table: Table) -> list[Problem]:
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
