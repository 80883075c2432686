"""The one validated table that every later step takes: wijk, gemeente, jeugdzorgregio, youths, counts, kenmerken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayes_jeugdhulp.area_checks import Table, cross_row_problems, with_bounds, with_checked_columns, with_defaults
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError, Problem

COLUMNS = (
    "wijknaam",
    "gemeentecode",
    "gemeentenaam",
    "jeugdzorgregio",
    "youths",
    "youths_quality",
    "youths_log_sd",
    "marked",
    "left_out",
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
        ``youths`` (number, 1 or more); ``youths_quality`` (given, derived, recovered, guessed); ``youths_log_sd`` (sd
        of the log of the true number around ``youths``, 0 where that is exact); ``marked`` (True for an *afwijkende
        populatie*: such a wijk gets no statement); ``left_out`` (True where its figure takes no part in the fit);
        ``observed_state`` (published, suppressed, missing);
        ``observed_pct`` (percent, empty unless published); ``users_low`` and ``users_high``, inclusive bounds of the
        true number of users (equal where it is known exactly, 0 and ``youths`` where it is missing).
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
    small_counts : tuple of str, optional
        Kenmerken whose gaps hide small counts, where the source is known to hide them so (or none of them: an empty
        tuple). By default the figures themselves are looked at (:func:`gaps.hidden_small_counts`).
    """

    wijken: pd.DataFrame
    kenmerken: pd.DataFrame
    kenmerken_upper: pd.DataFrame
    policy: CountsPolicy
    title: str
    attribution: str
    year: int | None = None
    simulated: bool = False
    small_counts: tuple[str, ...] | None = None

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

    def with_kenmerken(self, kenmerken: pd.DataFrame) -> "Areas":
        """Add kenmerken of your own, beside those that are there.

        Parameters
        ----------
        kenmerken : DataFrame, index ``wijkcode``, one column a kenmerk
            Numbers, empty where missing; of other wijken they are passed over.

        Returns
        -------
        Areas

        Raises
        ------
        DataError
            If a wijk has no row, a name is taken, or a value is not a finite number.

        Examples
        --------
        >>> import bayes_jeugdhulp as bj
        >>> areas = bj.simulated_netherlands(1, wijken=60, gemeenten=8, regios=2).areas
        >>> more = areas.with_kenmerken(areas.kenmerken[["perc_hhbijs"]].pow(0.5).add_prefix("wortel_"))
        >>> more.kenmerken.columns[-1], len(more.kenmerken.columns) - len(areas.kenmerken.columns)
        ('wortel_perc_hhbijs', 1)
        """
        wanted, advice = "a row for every wijk, under its code", "complete the table"
        absent = self.wijken.index.difference(kenmerken.index)
        problems = [Problem(self.title, f"no kenmerken of {code}", wanted, advice) for code in absent]
        kenmerken = kenmerken.reindex(self.wijken.index)
        for name in kenmerken:
            if name in self.kenmerken:
                problems.append(
                    Problem(self.title, f"there is a kenmerk {name!r} already", "another name", "rename it")
                )
            elif not (pd.api.types.is_numeric_dtype(kenmerken[name]) and not np.isinf(kenmerken[name]).any()):
                found = f"kenmerk {name!r} has values that are no finite numbers"
                problems.append(Problem(self.title, found, "numbers, or empty", "correct it", column=str(name)))
        if problems:
            raise DataError(problems)
        return replace(
            self,
            kenmerken=self.kenmerken.join(kenmerken.astype(float)),
            kenmerken_upper=self.kenmerken_upper.join(kenmerken * np.nan),
        )

    def mark(self, codes: Sequence[str]) -> "Areas":
        """Mark wijken as *afwijkende populatie*, beside those that are marked already.

        For wijken that house institutions, asylum centres or business parks: unlike any other with their kenmerken.

        Parameters
        ----------
        codes : sequence of str
            Wijk codes.

        Returns
        -------
        Areas

        Raises
        ------
        DataError
            If there is no wijk with one of the codes.
        """
        if unknown := [code for code in dict.fromkeys(codes) if code not in self.wijken.index]:
            raise DataError(
                Problem(self.title, f"no wijk has the code {code!r}", "a code such as WK051801", "look it up")
                for code in unknown
            )
        marked = self.wijken["marked"] | self.wijken.index.isin(list(codes))
        return replace(self, wijken=self.wijken.assign(marked=marked))

    def leave_out_marked(self) -> "Areas":
        """Keep what the figures of marked wijken tell out of the fit; they stay in every table.

        Raises
        ------
        DataError
            If none is marked.
        """
        if not self.wijken["marked"].any():
            raise DataError(
                [Problem(self.title, "no wijk is marked", "at least one to leave out", "mark it (--marked)")]
            )
        return replace(self, wijken=self.wijken.assign(left_out=self.wijken["marked"]))


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
    small_counts: tuple[str, ...] | None = None,
) -> Areas:
    """Check raw columns and arrange them as :class:`Areas`.

    Parameters
    ----------
    frame : DataFrame
        One row a wijk: ``wijkcode, gemeentecode, youths, observed_state``, and ``users`` (the published count; read
        only where the state is published) or both ``users_low`` and ``users_high``. Optional: ``wijknaam``,
        ``gemeentenaam`` (codes stand in), ``jeugdzorgregio``, ``youths_quality`` (default given), ``youths_log_sd``
        (default 0), ``marked`` (default False), ``observed_pct`` (default 100 users / youths).
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
        Upper bounds of missing kenmerken, rows and columns as of ``kenmerken``.
    attribution : str, default ""
        How the source asks to be named.
    year : int, optional
        Of the figures.
    simulated : bool, default False
        Whether the figures are invented: every output then says so.
    small_counts : tuple of str, optional
        Kenmerken whose gaps hide small counts, where that is known; by default the figures are looked at. See
        :class:`Areas`.

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
    table = Table(file, np.arange(2, len(frame) + 2) if rows is None else np.asarray(rows))
    kenmerken = kenmerken.reset_index(drop=True).astype(float)
    upper = pd.DataFrame(np.nan, index=kenmerken.index, columns=kenmerken.columns)
    if kenmerken_upper is not None:
        upper.update(kenmerken_upper.reset_index(drop=True))

    frame, problems = with_checked_columns(with_defaults(frame.reset_index(drop=True)), table)
    if all(problem.row for problem in problems):  # else a column is absent and nothing below can be looked at
        frame, more = with_bounds(frame, policy, table)
        named = {(problem.row, problem.column) for problem in problems}
        problems += [problem for problem in more if (problem.row, problem.column) not in named]
        problems += cross_row_problems(frame, table)
    infinite = kenmerken.isin([np.inf, -np.inf])
    for kenmerk in infinite.columns[infinite.any()]:
        problems += table.problems(infinite[kenmerk], kenmerk, "not a finite number", "a number or empty", "correct it")
    if problems:
        raise DataError(sorted(problems, key=lambda problem: (problem.row or 0, problem.column or "")))

    order = frame["wijkcode"].argsort(kind="stable")
    index = pd.Index(frame["wijkcode"].iloc[order], name="wijkcode")
    types = dict.fromkeys(["youths", "users_low", "users_high"], np.int64) | dict.fromkeys(
        ["marked", "left_out"], np.bool_
    )
    return Areas(
        wijken=frame.iloc[order].set_index(index)[list(COLUMNS)].astype(types),
        kenmerken=kenmerken.iloc[order].set_index(index),
        kenmerken_upper=upper.where(kenmerken.isna()).iloc[order].set_index(index),
        policy=policy,
        title=title,
        attribution=attribution,
        year=year,
        simulated=simulated,
        small_counts=small_counts,
    )
