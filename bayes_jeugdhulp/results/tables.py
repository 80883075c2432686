"""A fit as tables: one row a wijk, a gemeente, a region; the columns are those of docs/columns.md."""

import json
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.expected import (
    REFERENCES,
    Draws,
    Reference,
    average_use,
    expected_use,
    fitted_terms,
    read_draws,
)
from bayes_jeugdhulp.inference.gate import check_gate
from bayes_jeugdhulp.inference.loo import leave_one_out, read_refits
from bayes_jeugdhulp.inference.marginal import draw_new_wijk, new_wijk
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.benchmarking import benchmark, benchmarked_columns
from bayes_jeugdhulp.results.calibration import calibration_per_size, explained, randomised_pit
from bayes_jeugdhulp.results.decomposition import decompose
from bayes_jeugdhulp.results.factor_effects import factor_effects
from bayes_jeugdhulp.results.flagged import describe_flags, flag
from bayes_jeugdhulp.results.groups import by_gemeente, by_regio, group_difference, group_table, together
from bayes_jeugdhulp.results.other_youths import status_changes
from bayes_jeugdhulp.results.rank_groups import RankGroups, rank_groups
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.status import FlagRule, Size, interval, size_of_difference, status_of, statuses
from bayes_jeugdhulp.results.surprise import Predictive, predictive, surprise
from bayes_jeugdhulp.results.totals import SHOWN_COUNTS, Counts, draw_users, replicate_users
from bayes_jeugdhulp.sources.kenmerk_names import KENMERK_NAMES
from bayes_jeugdhulp.sources.totals import PublishedTotals
from bayes_jeugdhulp.youths import spread_of_counts

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
    draws = read_draws(tree, design)
    seed = json.loads(tree.attrs["sampling_spec"])["seed"]
    left = LeaveOneOut(tree, design, leave_one_out(tree, design)[0], seed)
    k_too_high = tree["loo"]["k_too_high"].to_numpy()
    users = draw_users(design, draws, seed)
    held = None if totals is None else benchmark(design, draws, users, totals, seed)
    fitted, spread = fitted_terms(design, draws), spread_of_counts(design.areas.wijken, design.areas.policy)
    obstacles = _obstacles(design, rule, k_too_high, gate_failed=not gate.passed)
    lager_allowed = _lager_allowed(users)

    table = _identity(design)
    own = 100 * expit(draws.eta)
    expected: dict[Reference, Array] = {}
    flagged, ranked = [], []
    pits, expectations = {}, {}
    for reference in REFERENCES:
        expected[reference] = expected_use(design, draws, reference)
        reasons = dict(obstacles)
        if reference == "national":
            del reasons[ONLY_ONE]
        size = size_of_difference(own - 100 * expected[reference], rule, 100 * expected[reference])
        reported = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
        reasons["aantal jeugdigen onzeker"] = status_changes(spread, fitted, expected[reference], rule, reported)
        unjudged = k_too_high | reasons["cijfer ontbreekt"] | reasons.get(ONLY_ONE, np.zeros(len(table), bool))
        columns = _expected_columns(expected[reference], rule)
        columns["expected_loo_pct"] = left.expected(expected[reference], reference)
        expectations[reference] = (columns["expected_pct"], columns["expected_loo_pct"])
        columns["expected_loo_pct"] = np.where(unjudged, np.nan, columns["expected_loo_pct"])
        surprised, pits[reference] = _surprise_columns(design, left.predictive(draws, reference), unjudged, rule, seed)
        columns |= surprised
        columns["gap_points"] = table["observed_pct"].to_numpy() - columns["expected_loo_pct"]
        size_columns, groups = _size_columns(own, 100 * expected[reference], size, rule, reasons, lager_allowed)
        columns |= size_columns
        table = table.assign(**{f"{name}_{reference}": values for name, values in columns.items()})
        flagged += describe_flags(table, "wijken", reference)
        ranked.append(groups.describe("wijken", reference))

    replicates = {reference: replicate_users(design, draws, reference, seed) for reference in REFERENCES}
    levels = []
    for name, grouping in (("gemeenten", by_gemeente(design)), ("regios", by_regio(design)), ("", together(design))):
        if not grouping.count:
            continue
        groups = rank_groups(group_difference(grouping, design, draws, expected["national"]), rule.q)
        given = (grouping, design, draws, expected, users, replicates, rule)
        levels.append(group_table(*given, gate_failed=not gate.passed, top=TOP, groups=groups))
        if held:
            levels[-1] = levels[-1].assign(**benchmarked_columns(grouping, design, held, rule.probability))
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
        decomposition=decompose(design, draws, expected, rule.probability),
        metadata=metadata,
        factors=_factors(tree, design, draws, rule),
    )


def _factors(tree: xr.DataTree, design: Design, draws: Draws, rule: FlagRule) -> pd.DataFrame:
    if not design.factors:
        return pd.DataFrame()
    return factor_effects(design, draws, tree["factors"].to_dataset()["loading"], rule.probability)


def _identity(design: Design) -> pd.DataFrame:
    columns = ["wijknaam", "gemeentecode", "gemeentenaam", "jeugdzorgregio", "youths", "youths_quality"]
    return design.areas.wijken[[*columns, "observed_pct", "observed_state"]].reset_index()


def _expected_columns(expected: Array, rule: FlagRule) -> dict[str, Array]:
    low, high = interval(100 * expected, rule.probability)
    return {"expected_pct": 100 * expected.mean(axis=0), "expected_low": low, "expected_high": high}


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """What follows for each wijk without its own figure: by weights, or from a refit where there is one."""

    tree: xr.DataTree
    design: Design
    weights: Array
    seed: int

    def expected(self, expected: Array, reference: Reference) -> Array:
        """Expected use in percent, shape (wijk,), from draws of e_w of shape (draw, wijk)."""
        mean = 100 * np.einsum("ws,sw->w", self.weights, expected)
        wijken, terms = read_refits(self.tree, self.design, reference)
        if terms is not None:
            mean[wijken] = 100 * average_use(terms).mean(axis=0)
        return mean

    def predictive(self, draws: Draws, reference: Reference) -> Predictive:
        """Distribution of a new wijk's use."""
        eta = new_wijk(self.design, draws, reference, self.seed)
        found = predictive(eta, self.weights, self.design.youths)
        wijken, terms = read_refits(self.tree, self.design, reference)
        if terms is None:
            return found
        eta = draw_new_wijk(terms, self.seed)
        equal = np.full(eta.T.shape, 1 / len(eta))
        return found.replaced(wijken, predictive(eta, equal, self.design.youths[wijken]))


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
    own: Array, expected: Array, size: Size, rule: FlagRule, reasons: dict[str, Mask], allowed: Mask
) -> tuple[dict[str, NDArray], RankGroups]:
    """Columns of size, rank and status, from own and expected use in percent."""
    difference, ratio = own - expected, own / expected
    ranks = rank_units(difference, TOP, rule.probability)
    groups = rank_groups(difference, rule.q, expected_rank=ranks.expected)
    status, reason = statuses(size, rule, reasons, allowed)
    ratio_low, ratio_high = interval(ratio, rule.probability)
    columns = {
        "difference_points": size.mean,
        "difference_low": size.low,
        "difference_high": size.high,
        "ratio": ratio.mean(axis=0),
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


def _lager_allowed(users: Counts) -> Mask:
    """Suppressed wijken whose count stays open over five values or more, so that *lager* gives none away."""
    low, high = np.quantile(users, [0.025, 0.975], axis=0, method="inverted_cdf")
    return high - low + 1 >= SHOWN_COUNTS


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
