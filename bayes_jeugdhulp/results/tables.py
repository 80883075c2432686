"""A fit as tables: one row a wijk, a gemeente, a region; the columns are those of docs/columns.md."""

import json
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayes_jeugdhulp.inference.blocks import blocks
from bayes_jeugdhulp.inference.expected import REFERENCES, read_draws
from bayes_jeugdhulp.inference.gate import check_gate
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.benchmarking import benchmark, benchmarked_columns
from bayes_jeugdhulp.results.calibration import calibration_per_size, explained, randomised_pit
from bayes_jeugdhulp.results.factor_effects import factor_effects
from bayes_jeugdhulp.results.flagged import describe_flags, flag
from bayes_jeugdhulp.results.groups import by_gemeente, by_regio, group_table, together
from bayes_jeugdhulp.results.rank_groups import RankGroups, rank_groups
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.status import FlagRule, statuses
from bayes_jeugdhulp.results.summaries import OfReference, summarise
from bayes_jeugdhulp.results.surprise import Predictive, surprise
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS
from bayes_jeugdhulp.sources.kenmerk_names import KENMERK_NAMES
from bayes_jeugdhulp.sources.totals import PublishedTotals

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOP = 10
NOT_JUDGED = "niet te beoordelen"
ONLY_ONE = "enige wijk van de gemeente"


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The tables of a fit, before they are written.

    Attributes
    ----------
    wijken, gemeenten, regios : DataFrame
        One row a unit; the last row of ``regios`` holds all wijken together.
    calibration : DataFrame
        One row a size class: the share of wijken outside their leave-one-out interval.
    explained : DataFrame
        One row an expectation: its R2, in and out of sample.
    decomposition : DataFrame
        One row a part: where the differences between the percentages of wijken come from.
    metadata : dict
        Title, attribution, year, simulated, stamp, rule, interval, flagged sets, population and groups of the ranks,
        versions; where it was compared with a fit without factors, ``factor_change``.
    factors : DataFrame
        A row a factor: its coefficient, in points too; empty without factors.
    """

    wijken: pd.DataFrame
    gemeenten: pd.DataFrame
    regios: pd.DataFrame
    calibration: pd.DataFrame
    explained: pd.DataFrame
    decomposition: pd.DataFrame
    metadata: dict
    factors: pd.DataFrame = field(default_factory=pd.DataFrame)


def make_results(
    tree: xr.DataTree,
    rule: FlagRule | None = None,
    *,
    totals: PublishedTotals | None = None,
    despite_failed_gate: bool = False,
) -> Results:
    """Turn a fit into tables.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit, from :func:`bayes_jeugdhulp.fit` or :func:`bayes_jeugdhulp.load`.
    rule : FlagRule, optional
    totals : PublishedTotals, optional
        From :func:`bayes_jeugdhulp.read_totals`: actual use of gemeenten held to them, in columns of its own.
    despite_failed_gate : bool, default False
        Go on when the convergence check failed; every output then carries a stamp and no status is given.

    Returns
    -------
    Results

    Raises
    ------
    GateError
        If the convergence check failed and is not overridden.
    DataError
        If a gemeente's total contradicts its wijken.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> results = make_results(bj.load("fit.nc"))
    >>> results.wijken[["wijkcode", "status_within_gemeente"]].iloc[0].tolist()
    ['WK900100', 'geen uitspraak']
    """
    rule = rule or FlagRule()
    gate = check_gate(tree)
    stamp = gate.require(despite_failed_gate)
    design = read_design(tree)
    seed = json.loads(tree.attrs["sampling_spec"])["seed"]
    k_too_high = tree["loo"]["k_too_high"].to_numpy()
    groupings = {"gemeenten": by_gemeente(design), "regios": by_regio(design), "": together(design)}
    groupings = {name: grouping for name, grouping in groupings.items() if grouping.count}
    seen = summarise(tree, design, rule, seed, groupings, keep_users=totals is not None)
    held = None if totals is None else benchmark(design, read_draws(tree, design), seen.users, totals, seed)
    obstacles = _obstacles(design, rule, k_too_high, gate_failed=not gate.passed)

    table = _identity(design)
    flagged, ranked = [], []
    pits, expectations = {}, {}
    for reference in REFERENCES:
        own, reasons = seen.of[reference], dict(obstacles)
        if reference == "national":
            del reasons[ONLY_ONE]
        reasons["aantal jeugdigen onzeker"] = own.youths_matter
        unjudged = k_too_high | reasons["cijfer ontbreekt"] | reasons.get(ONLY_ONE, np.zeros(len(table), bool))
        columns = dict(zip(("expected_pct", "expected_low", "expected_high"), own.expected, strict=True))
        columns["expected_loo_pct"] = seen.left_out.expected(reference)
        expectations[reference] = (columns["expected_pct"], columns["expected_loo_pct"])
        columns["expected_loo_pct"] = np.where(unjudged, np.nan, columns["expected_loo_pct"])
        surprised, pits[reference] = _surprise_columns(
            design, seen.left_out.predictive(reference), unjudged, rule, seed
        )
        columns |= surprised
        columns["gap_points"] = table["observed_pct"].to_numpy() - columns["expected_loo_pct"]
        size_columns, groups = _size_columns(own, rule, reasons, seen.lager_allowed)
        columns |= size_columns
        table = table.assign(**{f"{name}_{reference}": values for name, values in columns.items()})
        flagged += describe_flags(table, "wijken", reference)
        ranked.append(groups.describe("wijken", reference))

    levels = []
    for name, sums in seen.sums.items():
        groups = rank_groups(sums.difference(design), rule.q)
        levels.append(group_table(sums, design, rule, gate_failed=not gate.passed, top=TOP, groups=groups))
        if held:
            levels[-1] = levels[-1].assign(**benchmarked_columns(sums.grouping, design, held, rule.probability))
        if name:
            flagged += describe_flags(levels[-1], name, "national")
            ranked.append(groups.describe(name, "national"))
    gemeente = levels[0].set_index("gemeentecode").loc[table["gemeentecode"]]
    beside = ("difference_points", "difference_low", "difference_high", "status")
    table = table.assign(**{f"gemeente_{name}_national": gemeente[f"{name}_national"].to_numpy() for name in beside})
    metadata = _metadata(tree, design, rule, stamp) | {"flagged": flagged, "rank_groups": ranked}
    metadata["totals"] = totals and totals.described
    metadata["check_failures"], metadata["quick"] = [asdict(failure) for failure in gate.failures], gate.quick
    return Results(
        wijken=_marked(table, metadata),
        gemeenten=_marked(levels[0], metadata),
        regios=_marked(pd.concat(levels[1:], ignore_index=True), metadata),
        calibration=calibration_per_size(pits, design.youths),
        explained=explained(table["observed_pct"].to_numpy(), design.youths, expectations),
        decomposition=seen.decomposition.table(rule.probability),
        metadata=metadata,
        factors=_factors(tree, design, rule),
    )


def _factors(tree: xr.DataTree, design: Design, rule: FlagRule) -> pd.DataFrame:
    if not design.factors:
        return pd.DataFrame()
    return factor_effects(blocks(tree, design), tree["factors"].to_dataset()["loading"], rule.probability)


def _identity(design: Design) -> pd.DataFrame:
    columns = ["wijknaam", "gemeentecode", "gemeentenaam", "jeugdzorgregio", "youths", "youths_quality"]
    return design.areas.wijken[[*columns, "observed_pct", "observed_state"]].reset_index()


def _surprise_columns(
    design: Design, replicates: Predictive, unjudged: Mask, rule: FlagRule, seed: int
) -> tuple[dict[str, NDArray], Array]:
    """Columns of the flag, and the randomised PIT behind the calibration table."""
    found = surprise(replicates, design.users_low, design.users_high, design.areas.policy, rule.probability)

    def blank(values: Array) -> Array:
        return np.where(unjudged, np.nan, values)

    columns = {
        "predictive_low": blank(100 * found.low / design.youths),
        "predictive_high": blank(100 * found.high / design.youths),
        "mid_p": blank(found.mid_p),
        "outside_interval": np.where(unjudged, NOT_JUDGED, found.outside),
    }
    return columns, blank(randomised_pit(found.below, found.up_to, seed))


def _size_columns(
    own: OfReference, rule: FlagRule, reasons: dict[str, Mask], allowed: Mask
) -> tuple[dict[str, NDArray], RankGroups]:
    """Columns of size, rank and status."""
    size = own.size
    ranks = rank_units(own.difference, TOP, rule.probability)
    groups = rank_groups(own.difference, rule.q, expected_rank=ranks.expected)
    status, reason = statuses(size, rule, reasons, allowed)
    ratio, ratio_low, ratio_high = own.ratio
    columns = {
        "difference_points": size.mean,
        "difference_low": size.low,
        "difference_high": size.high,
        "ratio": ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "prob_higher": size.prob_higher,
        "prob_lower": size.prob_lower,
        "prob_near": size.prob_near,
        "expected_rank": ranks.expected,
        "rank_low": ranks.low,
        "rank_high": ranks.high,
        "prob_top10": ranks.prob_top,
        "rank_group": groups.group,
        "status": status,
        "status_reason": reason,
        "flagged": flag(size, rule, reasons, allowed & (status == "lager")),
    }
    return columns, groups


def _obstacles(design: Design, rule: FlagRule, k_too_high: Mask, gate_failed: bool) -> dict[str, Mask]:
    """What stands in the way of a statement, per reason."""
    states = design.areas.wijken["observed_state"].to_numpy()
    others = np.bincount(design.gemeente_of_wijk, design.published)[design.gemeente_of_wijk] - design.published
    return {
        "controle niet geslaagd": np.full(len(states), gate_failed),
        "afwijkende populatie": design.areas.wijken["marked"].to_numpy(),
        "afgeschermd": states == "suppressed",
        "cijfer ontbreekt": states == "missing",
        ONLY_ONE: others == 0,
        "te weinig jeugdigen": design.youths < rule.minimum_youths,
        "k te hoog": k_too_high,
    }


def _metadata(tree: xr.DataTree, design: Design, rule: FlagRule, stamp: str) -> dict:
    areas = design.areas
    return {
        "title": areas.title,
        "attribution": areas.attribution,
        "year": areas.year,
        "simulated": areas.simulated,
        "stamp": stamp,
        "interval": rule.probability,
        "interval_kind": "equal-tailed",
        "margin": rule.margin,
        "rule": asdict(rule),
        "counts_policy": asdict(areas.policy),
        "counts_left_open": _left_open(design),
        "population_of_ranks": f"{len(areas)} wijken, {len(design.gemeenten)} gemeenten",
        "kenmerken": [{"code": code, "name": KENMERK_NAMES.get(code, ("",))[0]} for code in design.kenmerken],
        "model_spec": json.loads(tree.attrs["model_spec"]),
        "term": tree.attrs.get("term", ""),
        "sampling_spec": json.loads(tree.attrs["sampling_spec"]),
        "data_hash": tree.attrs["data_hash"],
        "bayes_jeugdhulp": tree.attrs["bayes_jeugdhulp"],
    }


def _left_open(design: Design) -> int:
    """Fewest counts that a suppressed figure leaves open, small wijken aside whose youths leave fewer."""
    suppressed = (design.areas.wijken["observed_state"] == "suppressed").to_numpy()
    open_counts = (design.users_high - design.users_low + 1)[suppressed & (design.users_high < design.youths)]
    return int(open_counts.min(initial=max(design.areas.policy.suppressed_below, SHOWN_COUNTS)))


def _marked(table: pd.DataFrame, metadata: dict) -> pd.DataFrame:
    """Say in every row what the figures are, so that a row copied elsewhere still tells."""
    return table.assign(data="gesimuleerd" if metadata["simulated"] else metadata["title"], stamp=metadata["stamp"])
