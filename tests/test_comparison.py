"""Fits side by side: differences worked by hand, what is refused, and what is said where a gate failed."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from handmade import make_areas

from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.inference.stored import constant_data, provenance
from bayes_jeugdhulp.model import ModelSpec, make_design
from bayes_jeugdhulp.results import comparison
from bayes_jeugdhulp.results.comparison import compare, difference_from, out_of_sample

YOUTHS = [100, 200, 500, 1000, 400, 600, 700, 800, 900, 300, 250, 650]
USERS = [12, 20, 55, 90, 41, 4, 80, 70, 99, None, 30, 60]
GEMEENTE = [i // 2 for i in range(12)]


@dataclass
class Made:
    """Results of which a comparison reads these tables."""

    wijken: pd.DataFrame
    metadata: dict[str, Any]
    calibration: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"reference": ["national"], "outside_95": [5.0]})
    )

    @property
    def explained(self) -> pd.DataFrame:
        rows = [(r, e) for r in ("within_gemeente", "national") for e in ("in sample", "leave-one-wijk-out")]
        return pd.DataFrame(rows, columns=["reference", "expectation"]).assign(r2=[0.1, 0.2, 0.3, 0.4], r2_weighted=0.5)


def fake_fit(
    elpd: list[float],
    status: list[str],
    *,
    failures: tuple = (),
    gemeenten: list[float] | None = None,
    users: list = USERS,
) -> xr.DataTree:
    design = make_design(make_areas(YOUTHS, users, gemeente=GEMEENTE, policy=CountsPolicy(10)), ModelSpec())
    no = np.zeros(12, bool)
    tree = xr.DataTree.from_dict(
        {
            "constant_data": constant_data(design),
            "loo": xr.Dataset(
                {
                    "elpd": ("wijk", elpd),
                    "integrated": ("wijk", no),
                    "refitted": ("wijk", ~no),
                    "k_too_high": ("wijk", no),
                }
            ),
        }
    )
    tree.attrs = provenance(design.areas) | {
        "model_spec": json.dumps(asdict(ModelSpec())),
        "failures": failures,
        "status": status,
        "chance": 0.9 if status == HIGH else 0.1,
    }
    if gemeenten is not None:
        expected = 0.1 + 0.001 * np.arange(12)
        variables = {
            "elpd": ("gemeente", gemeenten),
            "fold": ("gemeente", np.arange(6) % 2),
            "expected_published": ("wijk", expected),
        }
        tree["crossvalidation"] = xr.DataTree(xr.Dataset(variables, attrs={"folds": 2}))
    return tree


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    def results(tree: xr.DataTree, rule: object, *, despite_failed_gate: bool) -> Made:
        assert despite_failed_gate
        names = {name: list("abcdefghijkl") for name in ("wijkcode", "wijknaam", "gemeentecode", "gemeentenaam")}
        wijken = pd.DataFrame(names)
        for reference in ("within_gemeente", "national"):
            chances = {f"{name}_{reference}": tree.attrs["chance"] for name in comparison.CHANCES}
            wijken = wijken.assign(**{f"status_{reference}": tree.attrs["status"]}, **chances)
        spec = json.loads(tree.attrs["model_spec"])
        metadata = {"title": "handwerk", "attribution": "", "year": None, "simulated": False, "model_spec": spec}
        return Made(wijken, metadata | {"check_failures": tree.attrs["failures"], "quick": False})

    monkeypatch.setattr(comparison, "make_results", results)
    monkeypatch.setattr(comparison, "sizes", lambda tree: None)  # no pair with and without factors here


HIGH, LOW = ["hoger"] * 12, ["hoger"] * 9 + ["lager"] * 3
ELPD = [-5.0] * 9 + [np.nan] + [-5.0] * 2


def test_a_difference_by_hand() -> None:
    own = np.array([-1.0, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, np.nan])
    best = np.append(np.arange(-12.0, 0)[::-1] + 1, -3)  # -0, -1 ... -11
    difference, se, trimmed = difference_from(own, best)
    assert (difference, se, trimmed) == (-12, 0, -2)
    own[3] -= 8  # one wijk carries most of it
    difference, se, trimmed = difference_from(own, best)
    assert (difference, trimmed) == (-20, -2)
    assert se == pytest.approx(np.sqrt(12 * np.var([-1.0] * 11 + [-9], ddof=1)))


def test_r2_out_of_sample_is_of_what_is_published() -> None:
    observed, expected = np.array([10.0, 12, 14, np.nan, 9]), np.array([11.0, 12, 13, 50, np.nan])
    found = out_of_sample(observed, expected, np.array([500, 100, 900, 600, 700]))
    assert found["r2_gemeenten"] == pytest.approx(1 - 2 / 8)
    mean = (5000 + 1200 + 12600) / 1500
    spread = 500 * (10 - mean) ** 2 + 100 * (12 - mean) ** 2 + 900 * (14 - mean) ** 2
    assert found["r2_gemeenten_weighted"] == pytest.approx(1 - 1400 / spread)
    assert found["r2_gemeenten_large"] == pytest.approx(1 - 2 / 8)


def test_tables_of_a_comparison() -> None:
    worse = [value - 0.5 for value in ELPD]
    worse[2] -= 3
    fits = {
        "a": fake_fit(worse, HIGH, gemeenten=[-9.0] * 6),
        "b": fake_fit(ELPD, LOW, gemeenten=[-10.0, -9, -9, -9, -9, -9]),
        "c": fake_fit(ELPD, HIGH, failures=("R-hat 1.2",)),
    }
    found = compare(fits.items())
    models = found.models.set_index("fit")
    assert models["elpd_difference"].tolist() == [-8.5, 0, 0]
    assert models.loc["a", "elpd_difference_without_10"] == -0.5
    assert models["elpd_gemeenten_difference"].tolist()[:2] == [0, -1]
    assert models.loc["b", "elpd_gemeenten_se"] == pytest.approx(1)
    assert models.loc["c", ["elpd_gemeenten", "elpd_gemeenten_difference", "r2_gemeenten"]].isna().all()
    assert models["gate_passed"].tolist() == [True, True, False]
    assert models["r2_loo_within_gemeente"].tolist() == [0.2] * 3
    assert models["r2_loo_national"].tolist() == [0.4] * 3
    observed = 100 * np.array(USERS, float) / YOUTHS
    observed[[5, 9]] = np.nan
    by_hand = out_of_sample(observed, 10 + 0.1 * np.arange(12), np.array(YOUTHS))
    assert models.loc["a", "r2_gemeenten"] == pytest.approx(by_hand["r2_gemeenten"], abs=1e-4)

    statuses = found.statuses[found.statuses["reference"] == "national"]
    rows = statuses[["first", "fit", "status_first", "status", "wijken"]].to_numpy().tolist()
    assert rows == [["a", "b", "hoger", "hoger", 9], ["a", "b", "hoger", "lager", 3]]
    changes = found.changes.set_index("wijkcode")
    assert changes["reference"].tolist() == ["within_gemeente"] * 3 + ["national"] * 3
    named = changes.loc["k", ["first", "fit", "wijknaam", "status_first", "status", "prob_lower_first", "prob_lower"]]
    assert named.to_numpy().tolist() == [["a", "b", "k", "hoger", "lager", 0.9, 0.1]] * 2
    assert sorted(set(changes.index)) == ["j", "k", "l"]
    text = str(found)
    assert "no statuses of c: the gate did not pass" in text
    assert "within_gemeente: 3 of 12 wijken change status from a to b (--out lists them" in text


def test_only_fits_of_the_same_figures_and_folds_are_compared() -> None:
    one = fake_fit(ELPD, HIGH, gemeenten=[-9.0] * 6)
    with pytest.raises(DataError, match=r"b: other figures than a; expected fits of the same wijken"):
        compare({"a": one, "b": fake_fit(ELPD, HIGH, users=[13, *USERS[1:]])}.items())
    with pytest.raises(DataError, match="two fits of this name"):
        compare([("a", one), ("a", one)])
    other = one.copy()
    other["crossvalidation"]["fold"] = ("gemeente", 1 - np.arange(6) % 2)
    with pytest.raises(DataError, match="b: other folds of gemeenten than a"):
        compare([("a", one), ("b", other)])
