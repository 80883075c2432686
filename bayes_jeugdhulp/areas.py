"""The one validated table that every later step takes: wijk, gemeente, jeugdzorgregio, youths, counts, kenmerken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

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
        if unknown := [code for code in codes if not levels.eq(code).to_numpy().any()]:
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
    file = file or title
    row_numbers = np.arange(2, len(frame) + 2) if rows is None else np.asarray(rows)
    if frame.empty:
        raise DataError([Problem(file, "the table is empty", "one row per wijk", "check the file or its filter")])
    frame = frame.reset_index(drop=True)
    kenmerken = kenmerken.reset_index(drop=True).astype(float)
    upper = pd.DataFrame(np.nan, index=kenmerken.index, columns=kenmerken.columns)
    if kenmerken_upper is not None:
        upper.update(kenmerken_upper.reset_index(drop=True))

    frame = _with_defaults(frame)
    problems = _schema_problems(frame, file, row_numbers)
    if not problems:
        frame = _with_bounds(frame, policy, file, row_numbers, problems)
    if not problems:
        problems += _cross_row_problems(frame, file, row_numbers)
    if problems:
        raise DataError(sorted(problems, key=lambda p: (p.row or 0, p.column or "")))

    order = frame["wijkcode"].argsort(kind="stable")
    index = pd.Index(frame["wijkcode"].iloc[order], name="wijkcode")
    return Areas(
        wijken=frame.iloc[order].set_index(index)[list(COLUMNS)],
        kenmerken=kenmerken.iloc[order].set_index(index),
        kenmerken_upper=upper.iloc[order].set_index(index),
        policy=policy,
        title=title,
        attribution=attribution,
        year=year,
        simulated=simulated,
    )


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


def _schema_problems(frame: pd.DataFrame, file: str, rows: np.ndarray) -> list[Problem]:
    """What pandera finds wrong with single columns, in words."""
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
    whole = pa.Check(lambda s: s == s.round(), element_wise=False, name="whole")
    code_wijk, code_gemeente = pa.Check.str_matches(r"^WK\d{4}[0-9A-Z]{2}$"), pa.Check.str_matches(r"^GM\d{4}$")
    text = {"dtype": "str", "coerce": True, "nullable": False}
    count = {"dtype": "float", "coerce": True, "checks": [pa.Check.ge(0), whole]}
    schema = pa.DataFrameSchema(
        {
            "wijkcode": pa.Column(**text, unique=True, checks=code_wijk),
            "wijknaam": pa.Column(**text),
            "gemeentecode": pa.Column(**text, checks=code_gemeente),
            "gemeentenaam": pa.Column(**text),
            "jeugdzorgregio": pa.Column(**text),
            "youths": pa.Column("float", coerce=True, checks=[pa.Check.ge(1), whole]),
            "youths_quality": pa.Column(**text, checks=pa.Check.isin(QUALITIES)),
            "observed_state": pa.Column(**text, checks=pa.Check.isin(STATES)),
            "users": pa.Column(**count, nullable=True, required="users_low" not in frame),
            "users_low": pa.Column(**count, nullable=True, required="users" not in frame),
            "users_high": pa.Column(**count, nullable=True, required="users" not in frame),
            "observed_pct": pa.Column(
                "float", coerce=True, nullable=True, required=False, checks=pa.Check.in_range(0, 100)
            ),
        }
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    absent = cases.loc[cases["check"] == "column_in_dataframe", "failure_case"]
    if len(absent):
        return [
            Problem(file, f"there is no column {name!r}", f"a column {name!r}", "add it or rename yours") for name in absent
        ]
    found: dict[tuple[int | None, str], Problem] = {}
    for case in cases.itertuples():
        row = None if pd.isna(case.index) else int(rows[int(case.index)])
        expected, remedy = remedies[case.column]
        what = "this field is empty" if pd.isna(case.failure_case) else f"this field holds {case.failure_case!r}"
        found.setdefault((row, case.column), Problem(file, what, expected, remedy, row, case.column))
    return list(found.values())


def _with_bounds(
    frame: pd.DataFrame, policy: CountsPolicy, file: str, rows: np.ndarray, problems: list[Problem]
) -> pd.DataFrame:
    """Add users_low, users_high and observed_pct; note figures that contradict the policy or the youths."""
    frame = frame.assign(youths=frame["youths"].astype(float).astype(np.int64))
    youths = frame["youths"].to_numpy()
    state = frame["observed_state"].to_numpy()
    published, suppressed = state == "published", state == "suppressed"
    given = "users_low" in frame

    def complain(where: np.ndarray, column: str, found: str, expected: str, remedy: str) -> None:
        for i in np.flatnonzero(where):
            what = found.format(**frame.iloc[i].to_dict())
            problems.append(Problem(file, what, expected, remedy, int(rows[i]), column))

    figure = "users_high" if given else "users"
    values = frame[["users_low", "users_high"] if given else ["users"]].astype(float)
    empty = values.isna().any(axis=1).to_numpy()
    complain(published & empty, figure, "published, but this field is empty", "a count", "fill it in or change the state")
    complain(
        published & (values.min(axis=1).to_numpy() > youths),
        figure,
        "more users than the {youths} youths",
        "at most as many users as youths",
        "correct either figure",
    )
    if policy.suppressed_below == 0 and not given:
        complain(
            suppressed,
            "observed_state",
            "suppressed, but the policy suppresses nothing",
            "published or missing",
            "give the secrecy limit of this source or change the state",
        )
    if problems:
        return frame

    low, high = np.zeros(len(frame), np.int64), youths.copy()
    if given:
        known = ~empty
        low[known], high[known] = values.to_numpy()[known].astype(np.int64).T
        complain(low > high, "users_low", "{users_low} is above users_high {users_high}", "low <= high", "swap them")
    else:
        counts = values["users"].to_numpy()[published].astype(np.int64)
        fits = np.ones(len(frame), bool)
        fits[published] = policy.publishable(counts)
        complain(
            ~fits,
            "users",
            "{users} users cannot be published under this policy",
            f"multiples of {policy.rounded_to} from {policy.suppressed_below}",
            "correct the figure or the policy",
        )
        if not problems:
            low[published], high[published] = policy.bounds(counts)
        high[suppressed] = policy.suppressed_bounds[1]
    high = np.minimum(high, youths)
    low = np.minimum(low, high)
    pct = frame["observed_pct"].astype(float) if "observed_pct" in frame else _middle(values) / youths * 100
    return frame.assign(users_low=low, users_high=high, observed_pct=pct.where(published))


def _middle(values: pd.DataFrame) -> pd.Series:
    return values.mean(axis=1)


def _cross_row_problems(frame: pd.DataFrame, file: str, rows: np.ndarray) -> list[Problem]:
    """Contradictions between rows: a gemeente in two regions or with two names, regions given in part."""
    problems = []
    for column in ("gemeentenaam", "jeugdzorgregio"):
        counts = frame.groupby("gemeentecode")[column].nunique()
        for code in counts.index[counts > 1]:
            members = frame["gemeentecode"] == code
            values = sorted(frame.loc[members, column].astype(str).unique())
            first = int(rows[np.flatnonzero(members)[0]])
            problems.append(
                Problem(file, f"gemeente {code} has {values}", "one value a gemeente", "make them equal", first, column)
            )
    empty = (frame["jeugdzorgregio"] == "").to_numpy()
    if empty.any() and not empty.all():
        problems += [
            Problem(file, "this field is empty", "a code for every wijk, or none at all", "fill it in", int(rows[i]), "jeugdzorgregio")
            for i in np.flatnonzero(empty)
        ]
    return problems
