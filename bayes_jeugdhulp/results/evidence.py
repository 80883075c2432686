"""Calibration evidence: statements about invented figures, counted against the truth behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import spearmanr

from bayes_jeugdhulp.inference.expected import REFERENCES, Draws, Reference, expected_use, fitted_terms, read_draws
from bayes_jeugdhulp.inference.loo import smoothed_weights
from bayes_jeugdhulp.inference.marginal import marginal_log_likelihood, new_wijk
from bayes_jeugdhulp.inference.oracle import oracle_draws
from bayes_jeugdhulp.inference.sampling import Compiled, SamplingSpec
from bayes_jeugdhulp.inference.simulation import World, draw_truth, draw_users, observe, observe_unsure
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results.calibration import SIZE_CLASSES, randomised_pit
from bayes_jeugdhulp.results.flagged import flagged_set
from bayes_jeugdhulp.results.other_youths import status_changes
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.status import FlagRule, Size, interval, size_of_difference, status_of
from bayes_jeugdhulp.results.surprise import chance_of_extreme, predictive, surprise
from bayes_jeugdhulp.youths import spread_of_counts

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAMPLING = SamplingSpec(draws=400, tune=150, chains=2, thin=1, acceptance=0.8)
ORACLE_DRAWS = 400
LARGE = (1.5, 2.5)  # times the margin: what power is counted over
# other rules, to choose by: m in points, and as a share of expected use; pi; pi0; sizes below which nothing is said
MARGINS = ((0.5, False), (1.0, False), (2.0, False), (0.1, True))
LEVELS, NEAR_LEVELS, YOUNGEST = (0.8, 0.9, 0.95), (0.7, 0.8, 0.9), (0, 50, 100, 150)
LESS = "oracle less fit"


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of the wijken, per reference: expected use and difference, in percent and points."""

    own: Array
    expected: dict[Reference, Array]


def judge_world(
    design: Design, draws: Draws, spec: ModelSpec, compiled: Compiled, world: World, seed: int, rule: FlagRule
) -> pd.DataFrame:
    """Invent figures, fit them, and count how often what is said of them is right.

    Parameters
    ----------
    design : Design
        With numbers of youths as given, but for the world ``youths``.
    draws : Draws
        Posterior of the real fit, one draw of which is the truth.
    spec : ModelSpec
    compiled : Compiled
    world : str
        One of :data:`bayes_jeugdhulp.inference.simulation.WORLDS`.
    seed : int
    rule : FlagRule

    Returns
    -------
    DataFrame
        ``world, seed, who, reference, youths_from, measure, count, of``: how many of how many; ``who`` is the fit or
        the oracle, which knows the coefficients and scales.
    """
    rng = np.random.default_rng([seed, 7])
    truth = draw_truth(design, draws, world, rng)
    youths, users = draw_users(design, truth, world, rng)
    unsure = world == "youths"
    seen = observe_unsure(design, youths, users, seed) if unsure else observe(design, users)
    start = approximate_posterior(seen, spec.priors)
    sampling = replace(SAMPLING, seed=seed)
    fitted = read_draws(compiled.sample(seen, start, sampling), seen)
    known = Truth(
        100 * expit(truth.eta[0]),
        {reference: 100 * expected_use(design, truth, reference)[0] for reference in REFERENCES},
    )
    parts = [_statements(seen, fitted, known, rule, "fit", unsure), _surprises(seen, fitted, seed)]
    if world == "model" and truth.nu is None:
        oracle = oracle_draws(seen, truth, ORACLE_DRAWS, rng)
        parts.append(_statements(seen, oracle, known, rule, "oracle", unsure))
    table = pd.DataFrame(
        [row for part in parts for row in part], columns=["who", "reference", "youths_from", "measure", "count", "of"]
    )
    return table.assign(world=world, seed=seed)


Row = tuple[str, str, float, str, float, float]


def _statements(design: Design, draws: Draws, truth: Truth, rule: FlagRule, who: str, unsure: bool) -> Iterator[Row]:
    """Count statements on the size of differences."""
    everyone = np.ones(len(design.youths), bool)
    own = 100 * expit(draws.eta)
    large = design.youths >= rule.minimum_youths
    others = np.bincount(design.gemeente_of_wijk, design.published)[design.gemeente_of_wijk] - design.published
    for reference in REFERENCES:
        expected = 100 * expected_use(design, draws, reference)
        difference = own - expected
        true_expected, true_difference = truth.expected[reference], truth.own - truth.expected[reference]
        size = size_of_difference(difference, rule, expected)
        judgeable = design.published & ((others > 0) | (reference == "national"))
        judged, limits = large & judgeable, rule.margin * (true_expected if rule.relative else np.ones(len(large)))
        doubtful = ~everyone
        if unsure:
            reported = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
            spread = spread_of_counts(design.areas.wijken, design.areas.policy)
            doubtful = status_changes(spread, fitted_terms(design, draws), expected / 100, rule, reported)
        counts: Counts = {
            "p_w in its 95% interval": (_inside(own, truth.own), everyone),
            "d_w in its 95% interval": (_inside(difference, true_difference), everyone),
            **_flag_counts(size, true_difference, judged, rule, limits, doubtful),
            "number of youths in doubt": (doubtful, judged),
        }
        if (who, reference) != ("oracle", "national"):  # what the oracle expects nationally has no spread
            counts["e_w in its 95% interval"] = (_inside(expected, true_expected), everyone)
        ranks = rank_units(difference)
        true_rank = rank_units(true_difference[None]).expected
        counts["rank in its 95% interval"] = ((ranks.low <= true_rank) & (true_rank <= ranks.high), everyone)
        for measure, (hit, among) in counts.items():
            for lowest, highest in pairwise(SIZE_CLASSES):
                chosen = among & (design.youths >= lowest) & (design.youths < highest)
                yield who, reference, float(lowest), measure, float((hit * chosen).sum()), float(chosen.sum())
        if reference == "within_gemeente" and who == "fit":
            tried = _other_rules(difference, expected, true_difference, true_expected, judged, rule)
            for measure, (hit, among) in (tried | _by_youths(size, true_difference, judgeable, design, rule)).items():
                yield who, reference, 0.0, measure, float((hit * among).sum()), float(among.sum())
        agreement = float(spearmanr(ranks.expected, true_rank).statistic)
        yield who, reference, 0.0, "rank correlation with the truth", agreement, 1.0


Counts = dict[str, tuple[Mask | Array, Mask]]  # measure to what is counted (or how much of it) and among which


def _other_rules(
    difference: Array, expected: Array, truth: Array, true_expected: Array, judged: Mask, rule: FlagRule
) -> Counts:
    """Statuses by other margins and probabilities."""
    found: Counts = {}
    for margin, relative in MARGINS:
        setting = replace(rule, margin=margin, relative=relative)
        size = size_of_difference(difference, setting, expected)
        limits, name = (margin * true_expected, "10%") if relative else (np.full(len(truth), margin), f"{margin:g}")
        for pi in LEVELS:
            counts = _flag_counts(size, truth, judged, replace(setting, pi=pi), limits)
            kept = [key for key in counts if key.startswith(("status hoger", "status lager"))]
            found |= {f"m {name}, pi {pi:g}: {key}": counts[key] for key in kept}
        for pi0 in NEAR_LEVELS:
            near = judged & (size.prob_near >= pi0)
            found[f"m {name}, pi0 {pi0:g}: status als verwacht: false"] = (np.abs(truth) > limits, near)
            found[f"m {name}, pi0 {pi0:g}: als verwacht"] = (near, judged)
    return found


def _by_youths(size: Size, truth: Array, judgeable: Mask, design: Design, rule: FlagRule) -> Counts:
    """Statuses of small wijken, as if no number of youths were too small."""
    found: Counts = {}
    status = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
    for lowest, highest in pairwise(YOUNGEST):
        among = judgeable & (design.youths >= lowest) & (design.youths < highest)
        named = among & np.isin(status, ("hoger", "lager"))
        wrong = np.where(status == "hoger", truth, -truth) <= rule.margin
        found[f"{lowest} to {highest} youths: hoger or lager: false"] = (wrong, named)
        found[f"{lowest} to {highest} youths: hoger or lager"] = (named, among)
    return found


def _flag_counts(
    size: Size, truth: Array, judged: Mask, rule: FlagRule, margin: Array, doubtful: Mask | None = None
) -> Counts:
    """Statements by a rule whose margin is, in points of use, ``margin`` (wijk,); of doubtful wijken there are none."""
    open_to_it = judged if doubtful is None else judged & ~doubtful
    status = status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
    found: Counts = {}
    for direction, prob, signed in (("hoger", size.prob_higher, truth), ("lager", size.prob_lower, -truth)):
        flagged, said = flagged_set(prob, open_to_it, rule.q), open_to_it & (status == direction)
        clear = judged & (signed >= LARGE[0] * margin) & (signed <= LARGE[1] * margin)
        wrong = signed <= margin
        found |= {
            f"flagged {direction}: false": (wrong, flagged),
            f"flagged {direction}: false by its own account": (1 - prob, flagged),
            f"status {direction}: false": (wrong, said),
            f"status {direction}: on the other side of 0": (signed <= 0, said),
            f"flagged {direction}: of those 1.5 to 2.5 m away": (flagged, clear),
            f"status {direction}: of those 1.5 to 2.5 m away": (said, clear),
        }
    near = open_to_it & (status == "als verwacht")
    found["status als verwacht: false"] = (np.abs(truth) > margin, near)
    found["any status"] = (open_to_it & (status != "geen uitspraak"), judged)
    return found


def _inside(draws: Array, truth: Array) -> Mask:
    low, high = interval(draws, 0.95)
    return (low <= truth) & (truth <= high)


def _surprises(design: Design, draws: Draws, seed: int) -> Iterator[Row]:
    """Count figures outside their leave-one-out intervals, by randomised PIT."""
    rows = np.flatnonzero(design.observed)
    weights = np.full((len(design.youths), len(draws.alpha)), 1 / len(draws.alpha))
    weights[rows] = smoothed_weights(-marginal_log_likelihood(design, draws)[:, rows].T, draws.imputation)[0]
    others = np.bincount(design.gemeente_of_wijk, design.published)[design.gemeente_of_wijk] - design.published
    for reference in REFERENCES:
        replicates = predictive(new_wijk(design, draws, reference, seed), weights, design.youths)
        policy = design.areas.policy
        seen = surprise(replicates, design.users_low, design.users_high, policy)
        pit = randomised_pit(seen.below, seen.up_to, seed)
        judged = design.observed & ((others > 0) | (reference == "national"))
        for lowest, highest in pairwise(SIZE_CLASSES):
            chosen = judged & (design.youths >= lowest) & (design.youths < highest)
            where, among = ("fit", reference, float(lowest)), float(chosen.sum())
            for percent in (95, 80):
                tail = (1 - percent / 100) / 2
                below, above = seen.up_to < tail, seen.below >= 1 - tail
                extreme = (seen.mid_p < tail) | (seen.mid_p > 1 - tail)
                expected = chance_of_extreme(replicates, policy, percent / 100)
                counts = {
                    f"outside {percent}%": (pit < tail) | (pit > 1 - tail),
                    f"in the closed {percent}% interval": ~(below | above),
                    f"mid-p outside {percent}%, more than by chance": extreme - expected,
                }
                for measure, hit in counts.items():
                    yield *where, measure, float((hit * chosen).sum()), among


def pooled(counted: pd.DataFrame) -> pd.DataFrame:
    """Shares over all simulations, with the standard error between them.

    Parameters
    ----------
    counted : DataFrame
        Tables of :func:`judge_world`, one below the other.

    Returns
    -------
    DataFrame
        ``world, who, reference, measure, youths_from`` (-1: all sizes), ``simulations, of, percent, se``. The standard
        error of a ratio of sums takes simulations, not wijken, as independent. ``who`` is also ``oracle less fit``,
        whose error is that of differences within simulations.
    """
    keys = ["world", "who", "reference", "measure"]
    every = counted.groupby([*keys, "seed"], as_index=False)[["count", "of"]].sum().assign(youths_from=-1.0)
    found: dict[tuple, tuple[float, float, pd.Series]] = {}
    for key, part in pd.concat([counted, every]).groupby([*keys, "youths_from"], sort=False):
        per_seed = part.set_index("seed")
        among = per_seed["of"].sum()
        if among:
            share = per_seed["count"].sum() / among
            found[key] = (share, among, (per_seed["count"] - share * per_seed["of"]) / among)
    for (world, who, *rest), (share, among, residual) in list(found.items()):
        if who == "oracle" and (world, "fit", *rest) in found:
            of_fit, _, beside = found[(world, "fit", *rest)]
            found[(world, LESS, *rest)] = (share - of_fit, among, residual - beside)
    rows = []
    for key, (share, among, residual) in found.items():
        number = len(residual)
        spread = np.sqrt((residual**2).sum() * number / max(number - 1, 1))
        rows.append((*key, number, among, 100 * share, 100 * spread))
    columns = [*keys, "youths_from", "simulations", "of", "percent", "se"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)
