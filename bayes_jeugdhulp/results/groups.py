"""Tables of gemeenten, regions and the whole: actual use with its suppressed part, expected use, differences."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from bayes_jeugdhulp.inference.expected import REFERENCES, STORED, Draws, Reference
from bayes_jeugdhulp.model.design import Design
from bayes_jeugdhulp.results.flagged import flag
from bayes_jeugdhulp.results.rank_groups import RankGroups, rank_groups
from bayes_jeugdhulp.results.ranking import rank_units
from bayes_jeugdhulp.results.scratch import stretches
from bayes_jeugdhulp.results.status import FlagRule, joined, mean_and_interval, size_of_difference, statuses
from bayes_jeugdhulp.results.totals import Counts, hidden_interval, sum_by

Array = NDArray[np.float64]

WHOLE = "alle"  # code of the row that adds up every wijk of the fit


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """One level to add wijken up to.

    Attributes
    ----------
    identity : DataFrame
        One row a group; the first column is its code.
    group : ndarray of int, shape (wijk,)
    """

    identity: pd.DataFrame
    group: Counts

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.identity)


def by_gemeente(design: Design) -> Grouping:
    """Wijken by gemeente."""
    wijken = design.areas.wijken
    first = wijken.groupby("gemeentecode")[["gemeentenaam", "jeugdzorgregio"]].first()
    return Grouping(first.loc[list(design.gemeenten)].reset_index(), design.gemeente_of_wijk)


def by_regio(design: Design) -> Grouping:
    """Wijken by jeugdzorgregio; no groups where there is no such level."""
    group = design.regio_of_gemeente[design.gemeente_of_wijk]
    return Grouping(pd.DataFrame({"jeugdzorgregio": list(design.regios)}), group)


def together(design: Design) -> Grouping:
    """All wijken as one group."""
    return Grouping(pd.DataFrame({"jeugdzorgregio": [WHOLE]}), np.zeros(len(design.youths), int))


class Sums:
    """What a level adds up over its wijken, per draw; a part of the wijken at a time.

    Parameters
    ----------
    grouping : Grouping
    draws : int

    Attributes
    ----------
    users : ndarray, shape (group,)
        Mean over the draws of the true counts given what was published.
    hidden : ndarray, shape (draw, group)
        Those that are not exactly known.
    own_less_expected : ndarray, shape (draw, group)
        Users by the wijken's own use less those expected by the national reference.
    expected, replicates : dict of ndarray, shape (draw, group)
        Per reference users expected, and counts of new wijken.
    """

    def __init__(self, grouping: Grouping, draws: int):
        shape = draws, grouping.count
        self.grouping, self.users = grouping, np.zeros(grouping.count)
        self.hidden, self.own_less_expected = np.zeros(shape, np.int32), np.zeros(shape, STORED)
        self.expected: dict[Reference, Array] = {name: np.zeros(shape, STORED) for name in REFERENCES}
        self.replicates: dict[Reference, Counts] = {name: np.zeros(shape, np.int32) for name in REFERENCES}

    def add(
        self,
        design: Design,
        draws: Draws,
        expected: dict[Reference, Array],
        users: Counts,
        replicates: dict[Reference, Counts],
    ) -> None:
        """Add a part of the wijken.

        Parameters
        ----------
        design : Design
        draws : Draws
        expected : dict
            e_w per reference, each of shape (draw, wijk), as probabilities.
        users : ndarray of int, shape (draw, wijk)
            Draws of the true counts given what was published.
        replicates : dict
            Counts of new wijken per reference, from :class:`bayes_jeugdhulp.results.totals.Replicates`.
        """
        groups, group = np.unique(self.grouping.group[design.place], return_inverse=True)

        def total(values: Array | Counts) -> Array:
            return sum_by(values, group, len(groups))

        known = design.users_low == design.users_high
        self.users[groups] += total(users.mean(axis=0))
        self.hidden[:, groups] += total(np.where(known, 0, users)).astype(np.int32)
        self.own_less_expected[:, groups] += total((expit(draws.eta) - expected["national"]) * design.youths)
        for name in REFERENCES:
            self.expected[name][:, groups] += total(expected[name] * design.youths)
            self.replicates[name][:, groups] += total(replicates[name]).astype(np.int32)

    def difference(self, design: Design) -> Array:
        """Own use of each group less its expected use, weighted by youths, in percentage points, (draw, group)."""
        youths = sum_by(design.youths, self.grouping.group, self.grouping.count)
        return np.divide(100 * self.own_less_expected, youths, dtype=STORED)


def group_table(
    sums: Sums,
    design: Design,
    rule: FlagRule,
    *,
    gate_failed: bool,
    top: int,
    groups: RankGroups | None = None,
) -> pd.DataFrame:
    """Totals of one level, weighted by youths unless a column says otherwise.

    Parameters
    ----------
    sums : Sums
        Of all wijken.
    design : Design
    rule : FlagRule
    gate_failed : bool
        Then no status is given.
    top : int
        For ``prob_top10``.
    groups : RankGroups, optional
        Of :meth:`Sums.difference`, where they are made already.

    Returns
    -------
    DataFrame
        The difference is taken against ``national`` only: within its own gemeente effect it is about 0 by construction.
    """
    grouping = sums.grouping
    wijken = design.areas.wijken
    known = design.users_low == design.users_high

    def total(values: Array | Counts) -> Array:
        return sum_by(np.asarray(values, float), grouping.group, grouping.count)

    youths = total(design.youths)
    hidden = hidden_interval(
        sums.hidden,
        total(np.where(known, 0, design.users_low)),
        total(np.where(known, 0, design.users_high)),
        rule.probability,
    )
    known_users = total(np.where(known, design.users_low, 0))
    states = wijken["observed_state"].to_numpy()
    published = (states == "published").astype(float)
    with np.errstate(invalid="ignore"):
        unweighted = total(wijken["observed_pct"].fillna(0).to_numpy() * published) / total(published)
    table = grouping.identity.assign(
        wijken=total(np.ones(len(wijken))).astype(int),
        wijken_suppressed=total(states == "suppressed").astype(int),
        wijken_missing=total(states == "missing").astype(int),
        youths=youths.astype(int),
        actual_pct=100 * sums.users / youths,
        actual_low=100 * (known_users + hidden.low) / youths,
        actual_high=100 * (known_users + hidden.high) / youths,
        observed_pct_unweighted=unweighted,
    )
    parts = list(stretches(grouping.count, len(sums.hidden)))
    for reference, expected_users in sums.expected.items():
        expected = [_share(expected_users, youths, rule, part) for part in parts]
        replicates = [_share(sums.replicates[reference], youths, rule, part)[1:] for part in parts]
        names = "expected_pct", "expected_low", "expected_high", "predictive_low", "predictive_high"
        columns = dict(zip(names, [*np.hstack(expected), *np.hstack(replicates)], strict=True))
        columns["gap_points"] = table["actual_pct"].to_numpy() - columns["expected_pct"]
        table = table.assign(**{f"{name}_{reference}": values for name, values in columns.items()})

    difference = sums.difference(design)
    size = joined(
        size_of_difference(difference[:, part], rule, 100 * sums.expected["national"][:, part] / youths[part])
        for part in parts
    )
    ranks = rank_units(difference, top, rule.probability)
    groups = groups or rank_groups(difference, rule.q)
    obstacles = {
        "controle niet geslaagd": np.full(grouping.count, gate_failed),
        "afgeschermd": (total(published) == 0) & (total(states == "suppressed") > 0),
        "cijfer ontbreekt": total(states != "missing") == 0,
        "te weinig jeugdigen": youths < rule.minimum_youths,
        "aantal jeugdigen onzeker": total(design.youths * (wijken["youths_quality"] == "guessed")) > youths / 2,
    }
    status, reason = statuses(size, rule, obstacles)
    return table.assign(
        difference_points_national=size.mean,
        difference_low_national=size.low,
        difference_high_national=size.high,
        prob_higher_national=size.prob_higher,
        prob_lower_national=size.prob_lower,
        prob_near_national=size.prob_near,
        expected_rank_national=ranks.expected,
        rank_low_national=ranks.low,
        rank_high_national=ranks.high,
        prob_top10_national=ranks.prob_top,
        rank_group_national=groups.group,
        status_national=status,
        status_reason_national=reason,
        flagged_national=flag(size, rule, obstacles),
    )


def _share(users: Array | Counts, youths: Array, rule: FlagRule, part: slice) -> Array:
    """Posterior mean and interval of users in percent of the youths of some groups, shape (3, group)."""
    return mean_and_interval(100 * users[:, part] / youths[part], rule.probability)
