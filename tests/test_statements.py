"""Flags, groups and ratios in the tables: they agree with the probabilities beside them and with the metadata."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from conftest import Fitted

from bayes_jeugdhulp.inference.expected import REFERENCES
from bayes_jeugdhulp.results import FlagRule, Results, make_results, summarise, write_results

LEVELS = [("wijken", reference) for reference in REFERENCES] + [("gemeenten", "national"), ("regios", "national")]
PROBABILITY = {"hoger": "prob_higher", "lager": "prob_lower"}


def of(results: Results, level: str, reference: str) -> pd.DataFrame:
    """Rows of a level, without the one that adds up all, columns without the reference."""
    table: pd.DataFrame = getattr(results, level)
    table = table.iloc[:-1] if level == "regios" else table
    return table.rename(columns=lambda name: name.removesuffix(f"_{reference}"))


@pytest.mark.parametrize(("level", "reference"), LEVELS)
def test_flagged_sets(results: Results, level: str, reference: str) -> None:
    table = of(results, level, reference)
    for direction, name in PROBABILITY.items():
        chosen, q = table[table["flagged"] == direction], results.metadata["rule"]["q"]
        (told,) = (
            record
            for record in results.metadata["flagged"]
            if (record["level"], record["reference"], record["direction"]) == (level, reference, direction)
        )
        assert told["size"] == len(chosen)
        assert set(table.index[table["status"] == direction]) <= set(chosen.index)
        barred = ~chosen["status_reason"].isin(["", "onzeker"])
        assert (chosen[barred]["status_reason"] == "afgeschermd").all()  # only of lager, and where it gives none away
        assert not barred.any() or direction == "lager"
        if len(chosen):
            assert told["expected_false"] == pytest.approx(1 - chosen[name].mean(), abs=1e-6)
            assert told["expected_false"] <= q + 1e-6
            assert told["lowest_probability"] == pytest.approx(chosen[name].min(), abs=1e-6)


@pytest.mark.parametrize(("level", "reference"), LEVELS)
def test_rank_groups(results: Results, level: str, reference: str) -> None:
    table = of(results, level, reference)
    (told,) = (r for r in results.metadata["rank_groups"] if (r["level"], r["reference"]) == (level, reference))
    assert sorted(table["rank_group"].unique()) == list(range(1, told["groups"] + 1))
    assert table.sort_values("expected_rank")["rank_group"].is_monotonic_increasing
    sizes = table["rank_group"].value_counts()
    pairs = len(table) * (len(table) - 1) / 2
    assert told["ordered"] == pytest.approx(1 - (sizes * (sizes - 1) / 2).sum() / pairs, abs=1e-6)
    assert told["misordered"] is None or told["misordered"] <= results.metadata["rule"]["q"]


def test_a_clear_exception_is_flagged_and_stands_in_a_high_or_low_group(results: Results, fitted: Any) -> None:
    wijken = results.wijken.set_index("wijkcode")
    high, low = wijken.loc[fitted.high], wijken.loc[fitted.low]
    assert (high["flagged_within_gemeente"], low["flagged_within_gemeente"]) == ("hoger", "lager")
    assert high["rank_group_within_gemeente"] < wijken["rank_group_within_gemeente"].mode()[0]
    assert high["ratio_low_within_gemeente"] > 1.1
    assert low["ratio_high_within_gemeente"] < 0.9


def test_ratios_and_a_relative_margin_say_the_same(results: Results, fitted: Any) -> None:
    relative = make_results(fitted.tree, FlagRule(margin=0.1, relative=True))
    assert relative.metadata["rule"]["relative"] is True
    for reference in REFERENCES:
        points, share = of(results, "wijken", reference), of(relative, "wijken", reference)
        assert (points["ratio_low"] < points["ratio"]).all()
        assert (points["ratio"] < points["ratio_high"]).all()
        assert share["ratio"].equals(points["ratio"])
        # 97.5% of the draws lie above the lower end of the interval, and as many below the upper end
        assert (share["prob_higher"][share["ratio_low"] > 1.1] >= 0.974).all()
        assert (share["ratio_low"][share["prob_higher"] > 0.976] > 1.1).all()
        assert (share["prob_lower"][share["ratio_high"] < 0.9] >= 0.974).all()
        assert (share["ratio_high"][share["prob_lower"] > 0.976] < 0.9).all()
        assert (share["prob_higher"] + share["prob_lower"] + share["prob_near"]).to_numpy() == pytest.approx(1)
    assert (relative.wijken["prob_higher_national"] > 0.976).any()
    assert (relative.wijken["prob_lower_national"] > 0.976).any()


def test_the_summary_tells_the_sizes_in_one_line(results: Results) -> None:
    (line,) = (line for line in summarise(results).splitlines() if line.startswith("flagged sets"))
    for record in results.metadata["flagged"][:4]:
        assert f"{record['size']} {record['direction']} {record['reference'].replace('_', ' ')}" in line


def test_no_name_becomes_a_formula_in_a_spreadsheet(results: Results, tmp_path: Path) -> None:
    names = ["=cmd|'/c calc'!A1", "+1", "-1", "@a", "'t Zand", "gewoon"]
    wijken = results.wijken.assign(wijknaam=(names * len(results.wijken))[: len(results.wijken)])
    write_results(replace(results, wijken=wijken), tmp_path)
    written = pd.read_csv(tmp_path / "wijken.csv", keep_default_na=False)["wijknaam"]
    assert written.head(6).tolist() == ["'=cmd|'/c calc'!A1", "'+1", "'-1", "'@a", "'t Zand", "gewoon"]
    assert pd.read_parquet(tmp_path / "wijken.parquet")["wijknaam"].head(6).tolist() == names


def test_no_statement_where_it_hangs_on_the_number_of_youths(fitted: Fitted, results: Results) -> None:
    told = make_results(changed(fitted, youths_log_sd=0.03))
    for reference in REFERENCES:
        sure, wijken = of(results, "wijken", reference), of(told, "wijken", reference)
        hangs = (wijken["status_reason"] == "aantal jeugdigen onzeker").to_numpy()
        assert (hangs & (sure["status"] != "geen uitspraak")).any()
        assert (wijken["flagged"][hangs] == "").all()
        stays = ~hangs & (sure["status_reason"] == "").to_numpy()
        assert stays.any()
        assert (wijken["status"] == sure["status"])[stays].all(), "every candidate gives the same"


def test_a_marked_wijk_gets_no_statement_and_keeps_its_flag(fitted: Fitted, results: Results) -> None:
    told = make_results(changed(fitted, marked=True))
    for reference in REFERENCES:
        sure, wijken = of(results, "wijken", reference), of(told, "wijken", reference)
        assert wijken["status_reason"].eq("afwijkende populatie").all()
        assert (wijken["flagged"] == "").all()
        assert wijken["outside_interval"].equals(sure["outside_interval"])


def changed(fitted: Fitted, **columns: object) -> xr.DataTree:
    """The fit as if a column of its wijken had held one value throughout."""
    tree = fitted.tree.copy(deep=True)
    data = tree["constant_data"].to_dataset()
    tree["constant_data"] = xr.DataTree(
        data.assign({name: xr.full_like(data[name], value) for name, value in columns.items()})
    )
    return tree
