"""Tables of gemeenten, regions and the whole, worked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import make_areas, make_draws
from scipy.special import expit, logit

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.inference.expected import Draws
from bayes_jeugdhulp.model import Design, ModelSpec, make_design
from bayes_jeugdhulp.results import scratch
from bayes_jeugdhulp.results.groups import WHOLE, Grouping, Sums, by_gemeente, by_regio, group_table, together
from bayes_jeugdhulp.results.status import FlagRule

YOUTHS = [100, 300, 400, 600, 500, 500, 200, 800, 12, 20]
USERS = [30, 30, 4, 60, 50, None, 5, 2, 1, 3]
DRAWS = 4


@pytest.fixture(scope="module")
def design() -> Design:
    gemeente = [i // 2 for i in range(10)]
    areas = make_areas(YOUTHS, USERS, gemeente=gemeente, regio=[7, 7, 8, 8, 8], policy=CountsPolicy(10))
    return make_design(areas, ModelSpec())


def table(
    grouping: Grouping, design: Design, *, gate_failed: bool = False, rule: FlagRule | None = None
) -> pd.DataFrame:
    """Own use 11, 11, 13, 13% in four draws of which 10% is expected; suppressed counts drawn as 6, 6, 7, 8."""
    draws: Draws = make_draws(design, DRAWS)
    own = np.repeat([[0.11], [0.11], [0.13], [0.13]], len(YOUTHS), axis=1)
    draws = replace(draws, eta=logit(own))
    expected = np.full((DRAWS, len(YOUTHS)), 0.10)
    drawn = np.repeat([[6], [6], [7], [8]], len(YOUTHS), axis=1)
    users = np.where(design.users_low == design.users_high, design.users_low, drawn)
    replicates = np.tile(np.array(YOUTHS) // 10, (DRAWS, 1))
    sums = Sums(grouping, DRAWS)
    given = {"within_gemeente": expected, "national": expected}
    sums.add(design, draws, given, users, {"within_gemeente": replicates, "national": replicates})
    return group_table(sums, design, rule or FlagRule(), gate_failed=gate_failed, top=1)


@pytest.mark.parametrize("relative", [False, True])
def test_a_table_does_not_depend_on_how_many_groups_are_summarised_at_once(
    design: Design, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    rule = FlagRule(margin=0.25, relative=True) if relative else FlagRule()
    whole = table(by_gemeente(design), design, rule=rule)
    monkeypatch.setattr(scratch, "BLOCK", DRAWS)
    pd.testing.assert_frame_equal(table(by_gemeente(design), design, rule=rule), whole)


def test_a_gemeente_with_one_suppressed_wijk(design: Design) -> None:
    found = table(by_gemeente(design), design).set_index("gemeentecode").loc["GM0001"]
    assert found[["wijken", "wijken_suppressed", "wijken_missing", "youths"]].tolist() == [2, 1, 0, 1000]
    assert found["actual_pct"] == pytest.approx(100 * (60 + 6.75) / 1000)
    # draws run from 6 to 8: three counts, widened to the five of 5 to 9
    assert found[["actual_low", "actual_high"]].tolist() == pytest.approx([6.5, 6.9])
    assert found["observed_pct_unweighted"] == pytest.approx(10)
    assert found["expected_pct_national"] == pytest.approx(10)
    assert found["gap_points_national"] == pytest.approx(6.675 - 10)
    assert found["difference_points_national"] == pytest.approx(2)
    assert found[["prob_higher_national", "prob_lower_national"]].tolist() == pytest.approx([0.5, 0])


def test_weighted_and_unweighted_differ_by_what_they_should(design: Design) -> None:
    found = table(by_gemeente(design), design).set_index("gemeentecode").loc["GM0000"]
    assert found["actual_pct"] == pytest.approx(100 * 60 / 400)
    assert found["observed_pct_unweighted"] == pytest.approx((30 + 10) / 2)
    assert found[["actual_low", "actual_high"]].tolist() == pytest.approx([15, 15]), "all of it is published"


def test_reasons_of_a_gemeente_without_published_counts(design: Design) -> None:
    found = table(by_gemeente(design), design).set_index("gemeentecode")
    assert found["status_reason_national"].to_dict() == {
        "GM0000": "onzeker",
        "GM0001": "onzeker",
        "GM0002": "onzeker",  # one wijk missing, one published
        "GM0003": "afgeschermd",
        "GM0004": "afgeschermd",
    }
    failed = table(by_gemeente(design), design, gate_failed=True)
    assert set(failed["status_national"]) == {"geen uitspraak"}
    assert set(failed["status_reason_national"]) == {"controle niet geslaagd"}


def test_levels_add_up(design: Design) -> None:
    gemeenten, regios, whole = (table(f(design), design) for f in (by_gemeente, by_regio, together))
    assert whole["jeugdzorgregio"].tolist() == [WHOLE]
    assert regios["jeugdzorgregio"].tolist() == ["JZ07", "JZ08"]
    for column in ("wijken", "wijken_suppressed", "wijken_missing", "youths"):
        assert gemeenten[column].sum() == regios[column].sum() == whole[column].sum()
    for column in ("actual_pct", "expected_pct_national"):
        totals = [(level[column] * level["youths"]).sum() for level in (gemeenten, regios, whole)]
        assert totals == pytest.approx([totals[0]] * 3)
    assert set(gemeenten["jeugdzorgregio"]) == {"JZ07", "JZ08"}
    assert gemeenten["expected_rank_national"].sum() == pytest.approx(1 + 2 + 3 + 4 + 5)


def test_the_difference_is_that_of_use_not_of_counts(design: Design) -> None:
    """Weighted by youths, per draw: own use less expected use."""
    found = table(together(design), design).iloc[0]
    assert found["difference_points_national"] == pytest.approx(100 * (expit(logit([0.11, 0.13])).mean() - 0.10))
