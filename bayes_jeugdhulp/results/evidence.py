"""Calibration evidence: statements about invented figures, counted against the truth behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import spearmanr

from bayes_jeugdhulp.inference.expected import REFERENCES, Draws, Reference, expected_use, read_draws
from bayes_jeugdhulp.inference.loo import smoothed_weights
from bayes_jeugdhulp.inference.marginal import marginal_log_likelihood, new_wijk
from bayes_jeugdhulp.inference.oracle import oracle_draws
from bayes_jeugdhulp.inference.sampling import Compiled, SamplingSpec
from bayes_jeugdhulp.inference.simulation import World, draw_truth, draw_users, observe
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.model.start import approximate_posterior
from bayes_jeugdhulp.results.calibration import SIZE_CLASSES, randomised_pit
from bayes_jeugdhulp.results.flagged import flagged_set
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.status import FlagRule, Size, interval, size_of_difference, status_of
from bayes_jeugdhulp.results.surprise import predictive

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAMPLING = SamplingSpec(draws=400, tune=150, chains=2, thin=1)
ORACLE_DRAWS = 400
LARGE = (1.5, 2.5)  # times the margin: what power is counted over
MARGINS, LEVELS = (0.5, 1.0, 2.0), (0.8, 0.9, 0.95)  # other rules, to choose m and pi by


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
        With numbers of youths as given.
    draws : Draws
        Posterior of the real fit, one draw of which is the truth.
    spec : ModelSpec
    compiled : Compiled
    world : {"model", "heavy", "steep", "correlated", "misregistered"}
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
    users = draw_users(design, truth, world, rng)
    seen = observe(design, users)
    start = approximate_posterior(seen, spec.priors)
    sampling = SamplingSpec(SAMPLING.draws, SAMPLING.tune, SAMPLING.chains, seed, SAMPLING.thin)
    fitted = read_draws(compiled.sample(seen, start, sampling), seen)
    known = Truth(
        100 * expit(truth.eta[0]),
        {reference: 100 * expected_use(design, truth, reference)[0] for reference in REFERENCES},
    )
    parts = [_statements(seen, fitted, known, rule, "fit"), _surprises(seen, fitted, seed)]
    if world == "model" and truth.nu is None:
        oracle = oracle_draws(seen, truth, ORACLE_DRAWS, rng)
        parts.append(_statements(seen, oracle, known, rule, "oracle"))
    table = pd.DataFrame(
        [row for part in parts for row in part], columns=["who", "reference", "youths_from", "measure", "count", "of"]
    )
    return table.assign(world=world, seed=seed)


Row = tuple[str, str, float, str, float, float]


def _statements(design: Design, draws: Draws, truth: Truth, rule: FlagRule, who: str) -> Iterator[Row]:
    """Count statements on the size of differences."""
    own = 100 * expit(draws.eta)
    large = design.youths >= rule.minimum_youths
    others = np.bincount(design.gemeente_of_wijk, design.published)[design.gemeente_of_wijk] - design.published
    for reference in REFERENCES:
        expected = 100 * expected_use(design, draws, reference)
        difference = own - expected
        true_expected, true_difference = truth.expected[reference], truth.own - truth.expected[reference]
        size = size_of_difference(difference, rule, expected)
        judged = large & design.published & ((others > 0) | (reference == "national"))
        counts: dict[str, tuple[Mask | Array, Mask]] = {
            "e_w in its 95% interval": (_inside(expected, true_expected), np.ones(len(judged), bool)),
            "p_w in its 95% interval": (_inside(own, truth.own), np.ones(len(judged), bool)),
            "d_w in its 95% interval": (_inside(difference, true_difference), np.ones(len(judged), bool)),
            **_flag_counts(size, true_difference, judged, rule),
        }
        ranks = rank_units(difference)
        true_rank = rank_units(true_difference[None]).expected
        counts["rank in its 95% interval"] = (
            (ranks.low <= true_rank) & (true_rank <= ranks.high),
            np.ones(len(judged), bool),
        )
        for measure, (hit, among) in counts.items():
            for lowest, highest in pairwise(SIZE_CLASSES):
                chosen = among & (design.youths >= lowest) & (design.youths < highest)
                yield who, reference, float(lowest), measure, float((hit * chosen).sum()), float(chosen.sum())
        if reference == "within_gemeente":
            for margin in MARGINS:
                tried = size_of_difference(difference, replace(rule, margin=margin, relative=False))
                for pi in LEVELS:
                    setting = replace(rule, margin=margin, pi=pi, relative=False)
                    for measure, (hit, among) in _flag_counts(tried, true_difference, judged, setting).items():
                        if measure.startswith("status"):
                            name = f"m {margin:g}, pi {pi:g}: {measure}"
                            yield who, reference, 0.0, name, float((hit * among).sum()), float(among.sum())
        agreement = float(spearmanr(ranks.expected, true_rank).statistic)
        yield who, reference, 0.0, "rank correlation with the truth", agreement, 1.0


def _flag_counts(size: Size, truth: Array, judged: Mask, rule: FlagRule) -> dict[str, tuple[Mask | Array, Mask]]:
    """Measure to what is counted (or how much of it) and among which."""
    margin, status = rule.margin, status_of(size.prob_higher, size.prob_lower, size.prob_near, rule)
    found: dict[str, tuple[Mask | Array, Mask]] = {}
    for direction, prob, signed in (("hoger", size.prob_higher, truth), ("lager", size.prob_lower, -truth)):
        flagged, said = flagged_set(prob, judged, rule.q), judged & (status == direction)
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
    near = judged & (status == "als verwacht")
    found["status als verwacht: false"] = (np.abs(truth) > margin, near)
    found["any status"] = (status != "geen uitspraak", judged)
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
        below, up_to = replicates.at_most(design.users_low - 1), replicates.at_most(design.users_high)
        pit = randomised_pit(below, up_to, seed)
        judged = design.observed & ((others > 0) | (reference == "national"))
        for lowest, highest in pairwise(SIZE_CLASSES):
            chosen = judged & (design.youths >= lowest) & (design.youths < highest)
            for percent in (95, 80):
                tail = (1 - percent / 100) / 2
                outside = chosen & ((pit < tail) | (pit > 1 - tail))
                yield "fit", reference, float(lowest), f"outside {percent}%", float(outside.sum()), float(chosen.sum())


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
        error of a ratio of sums takes simulations, not wijken, as independent.
    """
    keys = ["world", "who", "reference", "measure"]
    every = counted.groupby([*keys, "seed"], as_index=False)[["count", "of"]].sum().assign(youths_from=-1.0)
    rows = []
    for key, part in pd.concat([counted, every]).groupby([*keys, "youths_from"], sort=False):
        count, among = part["count"].to_numpy(), part["of"].to_numpy()
        if not among.sum():
            continue
        share, number = count.sum() / among.sum(), len(part)
        spread = np.sqrt(((count - share * among) ** 2).sum() * number / max(number - 1, 1)) / among.sum()
        rows.append((*key, number, among.sum(), 100 * share, 100 * spread))
    columns = [*keys, "youths_from", "simulations", "of", "percent", "se"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)
