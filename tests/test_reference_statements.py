"""Ranks, groups, flags and funnel limits against what plain loops made (data/reference_statements.json); no pymc."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bayes_jeugdhulp.results.flagged import flagged_set
from bayes_jeugdhulp.results.funnel import limit, overdispersion
from bayes_jeugdhulp.results.rank_groups import rank_groups
from bayes_jeugdhulp.results.ranking import rank_units

DATA = Path(__file__).parents[1] / "data"
STORED: dict[str, list[dict[str, Any]]] = json.loads((DATA / "reference_statements.json").read_text(encoding="utf-8"))


def test_the_script_makes_what_is_stored() -> None:
    assert runpy.run_path(str(DATA / "reference_statements.py"))["compute"]() == STORED


@pytest.mark.parametrize("case", STORED["ranks"])
def test_ranks(case: dict[str, Any]) -> None:
    found = rank_units(np.array(case["theta"]), case["top"], case["probability"])
    for name in ("expected", "prob_top", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), case[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("case", STORED["groups"])
def test_rank_groups(case: dict[str, Any]) -> None:
    found = rank_groups(np.array(case["theta"]), case["q"])
    assert found.group.tolist() == case["group"]
    assert found.ordered == pytest.approx(case["ordered"])
    assert found.misordered == pytest.approx(case["misordered"])
    assert case["misordered"] is None or case["misordered"] <= case["q"]


def test_the_stored_groups_are_of_all_kinds() -> None:
    counts = {max(case["group"]) for case in STORED["groups"]}
    assert 1 in counts
    assert len(counts) >= 3


@pytest.mark.parametrize("case", STORED["flagged"])
def test_flagged_sets(case: dict[str, Any]) -> None:
    prob = np.array(case["prob"])
    assert np.flatnonzero(flagged_set(prob, np.ones(len(prob), bool), case["q"])).tolist() == case["flagged"]


@pytest.mark.parametrize("case", STORED["funnel"])
def test_funnel(case: dict[str, Any]) -> None:
    tau2 = overdispersion(case["gap"], case["variance"], case["winsorised"])
    assert tau2 == pytest.approx(case["tau2"], rel=1e-12)
    for probability, limits in case["limits"].items():
        np.testing.assert_allclose(limit(case["variance"], tau2, float(probability)), limits, rtol=1e-9)


def test_rankings_and_flags_need_no_pymc() -> None:
    code = (
        "import sys\n"
        "from bayes_jeugdhulp.results import flagged, funnel, rank_groups, ranking, status\n"
        "print(*({'pymc', 'pytensor', 'nutpie', 'arviz', 'xarray'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []
