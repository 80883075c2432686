"""What calibration evidence must show, criterion by criterion: met, or missed and by how much."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.sbc import Bands, bands
from bayes_jeugdhulp.results.evidence import LESS

Array = NDArray[np.float64]
Row = tuple[str, str, str, float, float, float, float, float]

# measure, and the percentages between which it must lie (definitions: how calibration is judged)
WANTED: Mapping[str, tuple[float, float]] = {
    "outside 95%": (4, 6),
    "outside 80%": (19, 21),
    "in the closed 95% interval": (95, 100),
    "in the closed 80% interval": (80, 100),
    "mid-p outside 95%, more than by chance": (-1, 1),
    "mid-p outside 80%, more than by chance": (-1, 1),
    "e_w in its 95% interval": (94, 96),
    "p_w in its 95% interval": (94, 96),
    "d_w in its 95% interval": (94, 96),
    "rank in its 95% interval": (94, 96),
    "flagged hoger: false": (8, 12),
    "flagged lager: false": (8, 12),
}
BESIDE_ORACLE = (
    "flagged hoger: of those 1.5 to 2.5 m away",
    "flagged lager: of those 1.5 to 2.5 m away",
    "rank correlation with the truth",
)
LOST = 2.0  # points that the fit may fall behind the oracle
MET, UNDECIDED, MISSED = "met", "undecided", "missed"
SOUND, BROKEN = ("prior", "posterior"), ("no gemeente", "no suppressed")


def rank_bands(ranks: pd.DataFrame) -> dict[str, Bands]:
    """Bands per kind of simulation-based calibration, from ``kind, quantity, rank``."""
    found = {}
    for kind in (*SOUND, *BROKEN):
        quantities = ranks[ranks["kind"] == kind].groupby("quantity", sort=False)["rank"]
        if quantities.ngroups:
            found[kind] = bands({str(name): values.to_numpy() for name, values in quantities})
    return found


def criteria(shares: pd.DataFrame, per_kind: Mapping[str, Bands]) -> pd.DataFrame:
    """Compare the evidence with what is asked of it.

    Parameters
    ----------
    shares : DataFrame
        From :func:`bayes_jeugdhulp.results.evidence.pooled`.
    per_kind : dict
        Kind to bands, from :func:`rank_bands`.

    Returns
    -------
    DataFrame
        ``criterion, world, reference, youths_from`` (-1: all sizes), ``wanted_low, wanted_high, found, se, verdict``:
        *met* or *missed*, by twice its own standard error (or that of chance where it is larger), else *undecided*.
        For calibration by ranks found is the number of quantities that leave the band: 0 wanted of the model, 1 or
        more of a broken one. In a world other than the model's a miss is how far the statements drift there.
    """
    rows: list[Row] = []
    for kind, one in per_kind.items():
        low, high = (0.0, 0.0) if kind in SOUND else (1.0, float(len(one.ecdf)))
        rows.append((f"SBC, {kind}: quantities outside the band", "", "", -1.0, low, high, float(len(one.left)), 0.0))
    if len(shares):
        rows += _of_shares(shares)
    columns = ["criterion", "world", "reference", "youths_from", "wanted_low", "wanted_high", "found", "se"]
    table = pd.DataFrame(rows, columns=columns)
    room = np.minimum(table["found"] - table["wanted_low"], table["wanted_high"] - table["found"])
    decided = [room >= 2 * table["se"], room < -2 * table["se"]]
    return table.assign(verdict=np.select(decided, [MET, MISSED], UNDECIDED))


def _of_shares(shares: pd.DataFrame) -> list[Row]:
    """Criteria on shares, the model's world first."""
    rows: list[Row] = []
    fit = shares[shares["who"] == "fit"]
    for measure, (low, high) in WANTED.items():
        for _, one in fit[fit["measure"] == measure].iterrows():
            # that of chance at what is wanted at least: a share of 0 or 1 among few has no spread between simulations
            nearest = min(max(one["percent"], low, 0), high)
            error = max(one["se"], np.sqrt(nearest * (100 - nearest) / one["of"]))
            rows.append((measure, *one[["world", "reference", "youths_from"]], low, high, one["percent"], error))
    for measure in BESIDE_ORACLE:
        for _, one in shares[(shares["who"] == LESS) & (shares["measure"] == measure)].iterrows():
            place = one[["world", "reference", "youths_from"]]
            rows.append((f"points behind the oracle, {measure}", *place, -100.0, LOST, one["percent"], one["se"]))
    return sorted(rows, key=lambda row: row[1] != "model")
