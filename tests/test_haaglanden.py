"""The Haaglanden study of 2020, again from the SCP's file: what reproduces to every printed digit, and what turns."""

import runpy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from bayes_jeugdhulp.results.published_tables import (
    FIGURES,
    TOTAL,
    round_half_up,
    unweighted_gemeente_table,
    wijk_table,
    youth_weighted_gemeente_table,
)

SCRIPT = Path(__file__).parents[1] / "data" / "haaglanden_tables.py"
WIJK_TABLES = [
    "tabel_3_wijken_negatief",
    "tabel_4_wijken_positief",
    "bijlage_1_tabel_i_grootste_negatief",
    "bijlage_1_tabel_ii_grootste_positief",
]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def files(data_folder: Path) -> dict[str, Path]:
    folder = data_folder / "scp_2017"
    return {"file": folder / "Wijkdata_Jeugdhulp_in_de_wijk.ods", "youths": folder / "jeugdigen_benadering.csv"}


@pytest.fixture(scope="module")
def wijken(script: dict[str, Any], files: dict[str, Path]) -> pd.DataFrame:
    return script["haaglanden"](**files)


def test_the_region(wijken: pd.DataFrame) -> None:
    assert (len(wijken), wijken["observed_pct"].notna().sum(), wijken["gemeentecode"].nunique()) == (103, 98, 10)


def test_table_1_unweighted(script: dict[str, Any], wijken: pd.DataFrame) -> None:
    printed = script["printed"]("tabel_1_gemeente").fillna({"gemeentecode": TOTAL}).set_index("gemeentecode")
    again = script["reproduced"](wijken)["tabel_1_gemeente"]
    pd.testing.assert_frame_equal(again.loc[printed.index, list(FIGURES)], printed[list(FIGURES)], check_exact=True)


@pytest.mark.parametrize("name", WIJK_TABLES)
def test_wijk_tables(script: dict[str, Any], wijken: pd.DataFrame, name: str) -> None:
    columns = ["gemeente", "wijk", *FIGURES]
    printed = script["printed"](name).replace({"wijk": r"^Wijk \d\d (?=.)"}, {"wijk": ""}, regex=True)
    again = script["reproduced"](wijken)[name].rename(columns={"wijknaam": "wijk", "gemeentenaam": "gemeente"})
    again["wijk"] = again["wijk"].str.replace(r"^Wijk \d\d (?=.)", "", regex=True)
    again["gemeente"] = again["gemeente"].replace("'s-Gravenhage (gemeente)", "Den Haag")
    if name.startswith("bijlage"):  # one wijk a gemeente, in the order of the alphabet
        printed, again = printed.sort_values("gemeente"), again.sort_values("gemeente")
    assert again[columns].to_numpy().tolist() == printed[columns].to_numpy().tolist()


def test_what_table_4_leaves_out_without_saying_so(script: dict[str, Any], wijken: pd.DataFrame) -> None:
    everything = wijk_table(wijken)[::-1]
    everything["rank"] = range(1, len(everything) + 1)
    left_out = everything.loc[list(script["LEFT_OUT_OF_TABLE_4"]), ["rank", "wijknaam", "difference_pct"]]
    assert left_out.to_numpy().tolist() == [
        [1, "Wijk 39 Binckhorst", 221.9],
        [3, "Industriegebied", 64.9],
        [8, "Buitengebied", 21.8],
    ]
    again = script["reproduced"](wijken)["bijlage_1_tabel_ii_grootste_positief"]
    assert "Buitengebied" in again["wijknaam"].tolist(), "Bijlage I does print the third"


def test_weighting_turns_the_headline_around(wijken: pd.DataFrame) -> None:
    weighted = youth_weighted_gemeente_table(wijken)
    figures = ["observed_pct", "expected_pct", "difference_pct"]
    assert weighted.loc["GM0518", figures].tolist() == [12.4, 13.4, -7.9], "the report prints +3.3"
    assert weighted.loc[["GM0637", TOTAL], "difference_pct"].tolist() == [-4.1, -5.1], "the report prints +7.1 and +1.2"


def test_the_turn_does_not_hang_on_the_youth_counts(wijken: pd.DataFrame, data_folder: Path) -> None:
    kwb = pd.read_csv(data_folder / "cbs" / "kwb_jeugdzorg_wijken_2021.csv", index_col="gwb_code_10", low_memory=False)
    simple = (10 * kwb["a_00_14"] + 3 * kwb["a_15_24"]).reindex(wijken.index)  # tenths: weights are whole numbers
    weighted = youth_weighted_gemeente_table(wijken.assign(youths=simple.fillna(0)))
    assert weighted.loc["GM0518", list(FIGURES)].tolist() == [12.4, 13.4, -1.1, -7.9]
    assert weighted.loc[["GM0637", TOTAL], "difference_pct"].tolist() == [-4.0, -5.1]
    few = wijken["youths"].where(wijken.index != "WK051839", 21)  # 47.619% of them are 10
    weighted = youth_weighted_gemeente_table(wijken.assign(youths=few))
    assert weighted.loc[["GM0518", TOTAL], "difference_pct"].tolist() == [-8.3, -5.3]


def test_single_wijken_make_the_printed_sign(script: dict[str, Any], wijken: pd.DataFrame) -> None:
    without = unweighted_gemeente_table(wijken.drop(list(script["LEFT_OUT_OF_BIJLAGE_I"])))
    assert without.loc[["GM0518", "GM0637"], "difference_pct"].tolist() == [-3.5, -0.3]


def test_rounding_is_of_decimals_not_of_binary_floats() -> None:
    assert [round_half_up(Fraction(text)) for text in ("0.05", "0.15", "-2.25", "0.0499", "-0.04")] == [
        0.1, 0.2, -2.3, 0.0, 0.0]  # fmt: skip
    one = pd.DataFrame(
        {"wijknaam": "Een", "gemeentecode": "GM0001", "gemeentenaam": "Een", "observed_pct": 10.15,
         "expected_pct": 8.25, "residual": 1.9, "youths": 100},
        index=["WK000100"],
    )  # fmt: skip
    assert wijk_table(one)[list(FIGURES)].iloc[0].tolist() == [10.2, 8.3, 1.9, 23.0]


def test_the_script_prints_the_three_side_by_side(script: dict[str, Any], files: dict[str, Path]) -> None:
    options = [text for name, path in files.items() for text in (f"--{name}", str(path))]
    result = CliRunner().invoke(script["main"], options)
    assert result.exit_code == 0, result.output
    den_haag = next(line for line in result.output.splitlines() if line.startswith("Den Haag")).split()
    assert [den_haag[i] for i in (5, 9, 13)] == ["3.3", "3.3", "-7.9"]
