"""What calibration evidence must show, criterion by criterion: met, or missed and by how much."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.sbc import Bands, bands

Array = NDArray[np.float64]
Row = tuple[str, str, float, float, float, float, float]

# measure, and the percentages between which it must lie (definitions: how calibration is judged)
WANTED: Mapping[str, tuple[float, float]] = {
    "outside 95%": (4, 6),
    "outside 80%": (19, 21),
    "e_w in its 95% interval": (94, 96),
    "p_w in its 95% interval": (94, 96),
    "d_w in its 95% interval": (94, 96),
    "flagged hoger: false": (8, 12),
    "flagged lager: false": (8, 12),
}
POWER = ("flagged hoger: of those 1.5 to 2.5 m away", "flagged lager: of those 1.5 to 2.5 m away")
POWER_LOST = 2.0  # points that the fit may find less of than the oracle
MET, CLOSE, MISSED = "met", "within 2 se", "missed"
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
        ``criterion, reference, youths_from`` (-1: all sizes), ``wanted_low, wanted_high, found, se, verdict``: *met*,
        *within 2 se* (outside, but by less than twice its own standard error, or that of chance where it is larger) or
        *missed*. For calibration by ranks found is the number of quantities that leave the band: 0 wanted of the
        model, 1 or more of a broken one.
    """
    rows: list[Row] = []
    for kind, one in per_kind.items():
        low, high = (0.0, 0.0) if kind in SOUND else (1.0, float(len(one.ecdf)))
        rows.append((f"SBC, {kind}: quantities outside the band", "", -1.0, low, high, float(len(one.left)), 0.0))
    if len(shares):
        rows += _of_the_model(shares[shares["world"] == "model"])
    columns = ["criterion", "reference", "youths_from", "wanted_low", "wanted_high", "found", "se"]
    table = pd.DataFrame(rows, columns=columns)
    short = np.maximum(table["wanted_low"] - table["found"], table["found"] - table["wanted_high"])
    return table.assign(verdict=np.select([short <= 0, short <= 2 * table["se"]], [MET, CLOSE], MISSED))


def _of_the_model(right: pd.DataFrame) -> list[Row]:
    """Criteria on shares, in the world of the model."""
    rows: list[Row] = []
    for measure, (low, high) in WANTED.items():
        part = right[(right["measure"] == measure) & (right["who"] == "fit")]
        for _, one in part.iterrows():
            # that of chance at what is wanted at least: a share of 0 or 1 among few has no spread between simulations
            nearest = np.clip(one["percent"], low, high)
            error = max(one["se"], np.sqrt(nearest * (100 - nearest) / one["of"]))
            rows.append((measure, one["reference"], one["youths_from"], low, high, one["percent"], error))
    for measure in POWER:
        part = right[right["measure"] == measure].set_index(["reference", "youths_from", "who"]).sort_index()
        for reference, youths_from in dict.fromkeys(key[:2] for key in part.index):
            pair = part.loc[(reference, youths_from)]
            if {"fit", "oracle"} <= set(pair.index):
                lost = pair.loc["oracle", "percent"] - pair.loc["fit", "percent"]
                error = np.hypot(pair.loc["oracle", "se"], pair.loc["fit", "se"])
                name = measure.replace("of those", "points that the oracle finds more of those")
                rows.append((name, reference, youths_from, -100.0, POWER_LOST, lost, error))
    return rows
