"""Whole invented results for what is written from them: wijken with every status and reason, and their totals."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from fake_results import fake_results

from bayes_jeugdhulp.results import FlagRule, Results
from bayes_jeugdhulp.results.status import REASONS


def report_results(wijken: int = 120, *, every_reason: bool = True, **metadata: Any) -> Results:
    """Eight wijken a gemeente; the first wijken of the table get one reason each, in the order of ``REASONS``."""
    fake = fake_results(wijken)
    table = fake.wijken.copy()
    for reference in ("within_gemeente", "national"):
        extra = {"ratio": 1.0, "ratio_low": 0.8, "ratio_high": 1.2, "rank_group": 1, "flagged": ""}
        table = table.assign(**{f"{name}_{reference}": value for name, value in extra.items()})
    for row, reason in enumerate(REASONS if every_reason else ()):
        table.loc[row, ["status_within_gemeente", "status_reason_within_gemeente"]] = ["geen uitspraak", reason]
        kept = reason in ("afgeschermd", "cijfer ontbreekt", "controle niet geslaagd")
        table.loc[row, ["status_national", "status_reason_national"]] = [
            "geen uitspraak",
            reason if kept else "onzeker",
        ]
        state = {"afgeschermd": "suppressed", "cijfer ontbreekt": "missing"}.get(reason, "published")
        table.loc[row, "observed_state"] = state
        if state == "published":
            table.loc[row, "observed_pct"] = 12.5
        else:
            empty = ["observed_pct", "gap_points_within_gemeente", "gap_points_national"]
            table.loc[row, empty] = np.nan
            table.loc[row, "outside_interval_within_gemeente"] = "niet te beoordelen"
    gemeenten = _totals(table, ["gemeentecode", "gemeentenaam", "jeugdzorgregio"])
    beside = ("difference_points", "difference_low", "difference_high", "status")
    of_wijk = gemeenten.set_index("gemeentecode").loc[table["gemeentecode"]]
    table = table.assign(**{f"gemeente_{name}_national": of_wijk[f"{name}_national"].to_numpy() for name in beside})
    known = {"counts_policy": {"suppressed_below": 10, "rounded_to": 1, "pct_decimals": None}, "counts_left_open": 10}
    known |= {"rule": asdict(FlagRule())}
    known |= {"bayes_jeugdhulp": "0.1.0", "flagged": [], "rank_groups": [], "totals": None, "data_hash": "abc"}
    known |= {"kenmerken": [{"code": "perc_hhmk", "name": "huishoudens met kinderen"}, {"code": "eigen_1", "name": ""}]}
    known |= {"population_of_ranks": f"{len(table)} wijken", "interval_kind": "equal-tailed"}
    described = fake.metadata | known | metadata
    mark = {"data": "gesimuleerd" if described["simulated"] else described["title"], "stamp": described["stamp"]}
    sizes = {"youths_from": [0], "youths_to": [np.inf], "wijken": [len(table)], "outside_95": [5.4], "se_95": [1.0]}
    calibration = pd.DataFrame({"reference": ["within_gemeente"], **sizes, "outside_80": [20.0], "se_80": [2.0]})
    regios = _totals(table.assign(jeugdzorgregio="alle"), ["jeugdzorgregio"])
    return Results(
        wijken=table.assign(**mark),
        gemeenten=gemeenten.assign(**mark),
        regios=regios.assign(**mark),
        calibration=calibration,
        explained=pd.DataFrame({"reference": ["within_gemeente"], "r2": [0.5]}),
        decomposition=pd.DataFrame({"counting": ["per wijk"], "part": ["totaal"]}),
        metadata=described,
    )


def _totals(wijken: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row a group, in the columns of gemeenten.csv; intervals wide enough to give nothing away."""

    def total(part: pd.DataFrame) -> pd.Series:
        weight = part["youths"] / part["youths"].sum()
        low = (part["observed_pct"].fillna(0) * weight).sum()
        hidden = part[part["observed_state"] != "published"]
        high = low + 900 * len(hidden) / part["youths"].sum()
        expected = (part["expected_pct_national"] * weight).sum()
        difference = (low + high) / 2 - expected
        higher, lower = float(difference > 1), float(difference < -1)
        status = "hoger" if higher else "lager" if lower else "als verwacht"
        row = {
            "wijken": len(part),
            "wijken_suppressed": int((part["observed_state"] == "suppressed").sum()),
            "wijken_missing": int((part["observed_state"] == "missing").sum()),
            "youths": part["youths"].sum(),
            "actual_pct": (low + high) / 2,
            "actual_low": low,
            "actual_high": high,
            "observed_pct_unweighted": part["observed_pct"].mean(),
        }
        ends = {"expected_pct": expected, "expected_low": expected - 0.5, "expected_high": expected + 0.5}
        ends |= {"predictive_low": expected - 2, "predictive_high": expected + 2, "gap_points": difference}
        row |= {f"{name}_{kind}": value for kind in ("within_gemeente", "national") for name, value in ends.items()}
        size = {
            "difference_points": difference,
            "difference_low": difference - 0.8,
            "difference_high": difference + 0.8,
        }
        size |= {"prob_higher": higher, "prob_lower": lower, "prob_near": 1 - higher - lower, "expected_rank": 3.0}
        size |= {"rank_low": 1, "rank_high": 9, "prob_top10": 1.0, "rank_group": 1, "status": status}
        size |= {"status_reason": "", "flagged": ""}
        return pd.Series(row | {f"{name}_national": value for name, value in size.items()})

    return wijken.groupby(by).apply(total).reset_index()
