"""Bijlage 3 of the Haaglanden study: what its printed tables give, and what they cannot; the figures of docs/."""

import runpy
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from bayes_jeugdhulp.factors.correlations import check_matrix
from bayes_jeugdhulp.factors.possible import NotPossible
from bayes_jeugdhulp.factors.published import impossible_triples, largest_sound_sets, sizes_behind_stars
from bayes_jeugdhulp.sources.scp import read_scp_expected

SCRIPT = Path(__file__).parents[1] / "data" / "haaglanden_factors.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def matrix(script: dict[str, Any]) -> pd.DataFrame:
    return script["indicators"]()


@pytest.fixture(scope="module")
def outcome(data_folder: Path) -> pd.Series:
    """|observed - expected| of the wijken of Den Haag, in points."""
    expected = read_scp_expected(data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods")
    return expected["residual"][expected.index.str.startswith("WK0518")].abs().dropna()


def test_table_v_is_symmetric_and_no_wijken_can_have_its_correlations(
    script: dict[str, Any], matrix: pd.DataFrame
) -> None:
    check = check_matrix(matrix, decimals=3)
    assert (check.symmetric, check.unit_diagonal, check.within_one) == (True, True, True)
    assert check.eigenvalues[[0, 1, 2, 3, -1]].round(3).tolist() == [8.112, 3.378, 2.091, 1.303, -0.781]
    assert check.room == pytest.approx(0.008), "a hundredth of what it would need"
    assert check_matrix(script["correlations"](), 3).eigenvalues[-1].round(3) == -0.786, "with the outcome"


def test_three_indicators_are_enough_to_see_it(matrix: pd.DataFrame) -> None:
    triples = impossible_triples(matrix, 3)
    assert len(triples) == 16
    first = triples.iloc[0]
    assert first[["first", "second", "third"]].tolist() == [
        "Tevredenheid voorzieningen", "Thuis voelen", "Tevredenheid bevolkingssamenstelling"]  # fmt: skip
    assert first[["correlation", "low", "high"]].astype(float).round(3).tolist() == [-0.136, 0.424, 0.954]
    for row in triples.itertuples():  # by the determinant, the way one would check it by hand
        a, b, c = (matrix.loc[x, y] for x, y in combinations([row.first, row.second, row.third], 2))
        assert 1 + 2 * a * b * c - a * a - b * b - c * c < 0


def test_no_one_number_of_wijken_gives_the_printed_stars(script: dict[str, Any]) -> None:
    table = sizes_behind_stars(script["correlations"](), script["correlations"]("tabel_v_sterren"), 3)
    assert (table["least"] <= table["most"]).all()
    assert (table["most"].min(), table["least"].max()) == (33, 41)
    for row in table.itertuples():  # at both ends of each range, by another road to the p value
        for n in {row.least, row.most} - {1000}:
            r = abs(row.correlation) + np.array([-0.0005, 0.0005])
            p = 2 * stats.beta(n / 2 - 1, n / 2 - 1, loc=-1, scale=2).sf(r)  # of r itself where there is no correlation
            most, least = (np.array([0.05, 0.01]) > p[1]).sum(), (np.array([0.05, 0.01]) > p[0]).sum()
            assert least <= row.stars <= most


def test_printed_steps_beside_those_of_the_matrix(script: dict[str, Any]) -> None:
    table = script["steps"]()
    assert table["printed"].tolist() == [0.82, 635.26, 3, 0.814]
    assert all(isinstance(cell, NotPossible) and "-0.781" in cell.because for cell in table["17 indicators"])
    assert table["13 indicators"].tolist() == [0.63, 417.34, 3, 0.791]
    assert table["17, nearest possible"].tolist() == ["singular", "singular", 4, 0.787]


def test_the_largest_part_that_can_be_is_one_set_of_thirteen(matrix: pd.DataFrame) -> None:
    sets = largest_sound_sets(matrix, 3)
    assert isinstance(sets, list)
    assert [set(matrix) - set(kept) for kept in sets] == [
        {
            "Leefbaarheid",
            "Tevredenheid voorzieningen",
            "Overlast op straat",
            "Tevredenheid bevolkingssamenstelling",
        }
    ]


def test_the_nearest_matrix_is_the_nearest(script: dict[str, Any], matrix: pd.DataFrame) -> None:
    nearest = script["nearest"](matrix)
    assert check_matrix(nearest).why_not is None
    # Higham (2002): at the nearest X, the matrix A - X is a diagonal less a positive semidefinite matrix Z with Z X = 0
    gap = (matrix - nearest).to_numpy()
    # off the diagonal Z is -gap; its diagonal is what makes Z X = 0
    off = -gap + np.diag(np.diag(gap))
    diagonal = -np.einsum("ij,ji->i", off, nearest.to_numpy())
    Z = off + np.diag(diagonal)
    assert np.abs(Z @ nearest.to_numpy()).max() < 1e-5
    assert np.linalg.eigvalsh(Z).min() > -1e-5


def test_table_ii_does_not_follow_from_table_v(script: dict[str, Any], matrix: pd.DataFrame) -> None:
    low, high = script["explained_by_table_ii"]()
    assert low < 0.814 < high, "Table II and the 81.4% can go together"
    check = check_matrix(matrix, 3)
    assert (check.eigenvalues[:3].sum() + 3 * check.room) / 17 < 0.8 + 5e-4, "Table V leaves no room for 81.4%"
    both = script["loadings"]()
    assert both.loc["Saamhorigheid", ["veiligheid_en_sociale_cohesie", "omgang_met_elkaar"]].tolist() == [0.755, 0.514]
    again = both.loc["Saamhorigheid", ["veiligheid_en_sociale_cohesie again", "omgang_met_elkaar again"]]
    assert again.tolist() == pytest.approx([0.153, 0.953], abs=5e-4)


def test_printed_alphas_beside_those_of_the_correlations(script: dict[str, Any]) -> None:
    table = script["alphas"]()
    assert table["printed"].tolist() == [0.94, 0.95, 0.50, 0.69, 0.46, 0.90]
    assert table["most"].tolist() == pytest.approx([0.943, 0.945, 0.826, 0.794, 0.515, 0.766], abs=5e-4)
    assert [isinstance(cell, NotPossible) for cell in table["standardised"]] == [True, True, False, False, True, False]
    assert table.loc[[2, 3, 5], "standardised"].tolist() == pytest.approx([0.818, 0.776, 0.765], abs=5e-4)
    assert table.loc[[2, 3], "negative loadings reversed"].tolist() == pytest.approx([0.525, 0.478], abs=5e-4)
    assert [isinstance(cell, NotPossible) for cell in table["verdict"]] == [False] * 5 + [True]
    # two items: alpha is at most 2 r / (1 + r), reached where both vary as much
    assert 2 * 0.6205 / 1.6205 < 0.895


def test_table_iv_rests_on_32_wijken_without_the_one_that_deviates_most(
    script: dict[str, Any], outcome: pd.Series
) -> None:
    assert script["slopes"]() == {"Voorzieningen": [32], "Veiligheid en sociale cohesie": [32, 33]}
    table = script["printed"]("tabel_iv_regressie")
    # scores have sd 1, so the sd of the outcome is coefficient / standardised coefficient
    low = ((table["beta"] - 0.005) / (table["beta_gestandaardiseerd"] + 0.005)).max()
    high = ((table["beta"] + 0.005) / (table["beta_gestandaardiseerd"] - 0.005)).min()
    assert (round(low, 2), round(high, 2)) == (1.18, 1.21)
    assert (len(outcome), round(outcome.std(), 2)) == (39, 5.31)
    assert round(outcome.drop([script["KIJKDUIN"], script["BINCKHORST"]]).std(), 2) == 1.20
    assert round(script["least_sd"](outcome, script["KIJKDUIN"], 32), 2) == 1.97
    rng = np.random.default_rng(1)
    others = outcome.drop(script["KIJKDUIN"])
    some = [
        np.append(rng.choice(others, 31, replace=False), outcome[script["KIJKDUIN"]]).std(ddof=1) for _ in range(2000)
    ]
    assert min(some) >= script["least_sd"](outcome, script["KIJKDUIN"], 32)
    assert set(outcome.nlargest(2).index) == {script["KIJKDUIN"], script["BINCKHORST"]}


def test_model_3_is_of_uncorrelated_scores_of_the_same_32_wijken(script: dict[str, Any]) -> None:
    table = script["printed"]("tabel_iv_regressie").loc[3].set_index("factor")
    assert round((table["beta_gestandaardiseerd"] ** 2).sum(), 2) == table["r2_model"].iloc[0]
    error = 1.2 * np.sqrt((1 - (table["beta_gestandaardiseerd"] ** 2).sum()) / (32 - 3))
    reach = stats.t.ppf(0.975, 32 - 3) * error
    assert (table["beta"] - reach).round(2).tolist() == table["ci95_laag"].tolist()
    assert (table["beta"] + reach).round(2).tolist() == table["ci95_hoog"].tolist()


def test_the_script_prints_every_part(script: dict[str, Any], data_folder: Path) -> None:
    file = data_folder / "scp_2017" / "Wijkdata_Jeugdhulp_in_de_wijk.ods"
    result = CliRunner().invoke(script["main"], ["--file", str(file)])
    assert result.exit_code == 0, result.output
    for part in ("smallest eigenvalue -0.781", "KMO", "0.63", "Table III", "without Kijkduin and Binckhorst: 1.20"):
        assert part in result.output


def test_the_page_prints_the_loadings_and_figures_of_the_script(script: dict[str, Any]) -> None:
    page = (SCRIPT.parents[1] / "docs" / "haaglanden.md").read_text()
    table = script["loadings"]()
    order = [0, 3, 1, 4, 2, 5, 6, 7]  # printed beside again
    for name, row in table.iterrows():
        cells = ["" if np.isnan(value) else f"{value:.3f}".replace("0.", ".", 1) for value in row.iloc[order]]
        assert f"| {name} | {' | '.join(cells)} |" in page
    for cells in (".82 | not possible | .63", "635.26 | not possible | 417.34", "80.0%) | 79.1% | 78.7%"):
        assert cells in page
    for cells in (".94 | not possible | not possible | .943", ".50 | .818 | .525 | .826", ".69 | .776 | .478 | .794"):
        assert cells in page
