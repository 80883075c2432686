"""The disclosure guard: nothing we write gives a suppressed count away, alone or by subtraction."""

from typing import Any

import numpy as np
import pandas as pd

from bayes_jeugdhulp.errors import DisclosureError
from bayes_jeugdhulp.results.groups import WHOLE
from bayes_jeugdhulp.results.tables import Results
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS


def guard(results: Results) -> None:
    """Check tables before they are written; figures that the source publishes pass unchanged.

    Parameters
    ----------
    results : Results

    Raises
    ------
    DisclosureError
        Naming the wijken whose suppressed count stands in a table, or follows from a total and the published counts
        of its other wijken to within fewer than five counts.
    """
    wijken = results.wijken
    hidden = wijken[wijken["observed_state"] == "suppressed"]
    revealing = [name for name in wijken.columns.astype(str) if name == "observed_pct" or name.startswith("gap_points")]
    shown = hidden[hidden[revealing].notna().any(axis=1)]
    if len(shown):
        raise DisclosureError(f"a suppressed figure stands in the table: {_names(shown)}; nothing was written")
    for column, table in (("gemeentecode", results.gemeenten), ("jeugdzorgregio", results.regios)):
        for row in table.itertuples():
            code = getattr(row, column)
            members = wijken if code == WHOLE else wijken[wijken[column] == code]
            if row.wijken_suppressed and len(members) == row.wijken:
                _guard_total(row, "", members, results.metadata["counts_left_open"])
                if getattr(row, "totals_used", 0):
                    _guard_total(row, "_benchmarked", members, results.metadata["counts_left_open"])


def _guard_total(row: Any, kind: str, members: pd.DataFrame, left_open_each: int) -> None:
    """Refuse a total whose interval, less the published counts, leaves fewer than five counts open."""
    hidden = members[members["observed_state"] == "suppressed"]
    published = (members["observed_pct"].fillna(0) / 100 * members["youths"]).round().sum()
    left_open = np.minimum(left_open_each - 1, hidden["youths"]).sum() + 1
    ends = (getattr(row, f"actual_{end}{kind}") for end in ("low", "high"))
    low, high = (end / 100 * row.youths - published for end in ends)
    covered = np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1
    if covered < min(SHOWN_COUNTS, left_open):
        raise DisclosureError(
            f"a total would tell the suppressed counts of {_names(hidden)} to within {covered:.0f} counts, fewer than "
            f"{SHOWN_COUNTS}; nothing was written"
        )


def _names(wijken: pd.DataFrame) -> str:
    return ", ".join(f"{name} ({code})" for code, name in zip(wijken["wijkcode"], wijken["wijknaam"], strict=True))
