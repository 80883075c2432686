"""Tables of indicators that a user brings: read right or refused with every problem; real ones of others too."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.indicators import Indicators, read_indicators

ABOUT = "indicator;factor;sign;anchor;scale;sizes\neenzaam;cohesie;;nee;percentage;n\nthuis;cohesie;-1;;score;\n"
ABOUT += "diefstal;veiligheid;+1;ja;count;inwoners\n"
WIJKEN = "wijkcode;wijknaam;eenzaam;n;thuis;diefstal;inwoners\n"
WIJKEN += "WK000100;Oost;41,5;210;6,2;0;900\nWK000101;West;;;7,25;12;4000\nWK0002MA;Noord;0;80;.;;300\n"


def written(folder: Path, wijken: str = WIJKEN, about: str | None = ABOUT) -> dict[str, Path]:
    files = {"file": folder / "wijken.csv"} | ({"about": folder / "uitleg.csv"} if about else {})
    for path, text in zip(files.values(), (wijken, about), strict=False):
        path.write_text(text or "")
    return files


def problems(folder: Path, wijken: str = WIJKEN, about: str | None = ABOUT, **options: str) -> list[str]:
    with pytest.raises(DataError) as error:
        read_indicators(**written(folder, wijken, about), **options)
    return [str(problem) for problem in error.value.problems]


def test_zero_is_measured_and_an_empty_field_is_not(tmp_path: Path) -> None:
    found = read_indicators(**written(tmp_path))
    expected = pd.DataFrame(
        {"eenzaam": [41.5, np.nan, 0], "thuis": [6.2, 7.25, np.nan], "diefstal": [0, 12, np.nan]},
        pd.Index(["WK000100", "WK000101", "WK0002MA"], name="wijkcode"),
    )
    pd.testing.assert_frame_equal(found.values, expected)
    assert found.measured.to_dict() == {"eenzaam": 2, "thuis": 2, "diefstal": 2}
    assert found.sizes["eenzaam"].dropna().tolist() == [210, 80]
    assert found.sizes["thuis"].isna().all()
    assert found.about.to_dict("index") == {
        "eenzaam": {"factor": "cohesie", "sign": 1, "anchor": False, "scale": "percentage"},
        "thuis": {"factor": "cohesie", "sign": -1, "anchor": False, "scale": "score"},
        "diefstal": {"factor": "veiligheid", "sign": 1, "anchor": True, "scale": "count"},
    }


def test_without_a_companion_every_other_column_is_a_score(tmp_path: Path) -> None:
    found = read_indicators(
        **written(tmp_path, "wijkcode,wijknaam,a,b\nWK000100,Oost,1.5,-3\nWK000101,West,,2\n", None)
    )
    assert found.values.to_dict("list") == {"a": [1.5, pytest.approx(np.nan, nan_ok=True)], "b": [-3, 2]}
    assert found.about["scale"].tolist() == ["score", "score"]
    assert found.about["factor"].tolist() == ["", ""]


def test_indicators_are_matched_by_code_and_what_is_absent_was_not_measured(tmp_path: Path) -> None:
    found = read_indicators(**written(tmp_path))
    matched = found.of_wijken(pd.Index(["WK0002MA", "WK999999", "WK000100"]))
    assert matched.values["eenzaam"].tolist() == [0, pytest.approx(np.nan, nan_ok=True), 41.5]
    assert matched.sizes["eenzaam"].tolist() == [80, pytest.approx(np.nan, nan_ok=True), 210]
    with pytest.raises(DataError, match="none of 1 wijken, such as WK999999, has a row"):
        found.of_wijken(pd.Index(["WK999999"]))


@settings(deadline=None)
@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_matching_keeps_each_wijk_its_own_figures(order: list[int], there: list[bool]) -> None:
    codes = np.array([f"WK00010{number}" for number in range(6)])
    values = pd.DataFrame({"a": np.arange(6.0)}, pd.Index(codes, name="wijkcode"))[np.array(there)]
    asked = pd.Index(codes[order])
    if any(there):
        matched = Indicators(values, values, pd.DataFrame(index=["a"]), "a.csv").of_wijken(asked).values["a"]
        assert matched.to_dict() == {
            code: pytest.approx(int(code[-1]) if there[int(code[-1])] else np.nan, nan_ok=True) for code in asked
        }


def test_every_problem_of_the_figures_at_once(tmp_path: Path) -> None:
    wrong = "wijkcode;eenzaam;n;thuis;diefstal;inwoners\n"
    wrong += "WK100;141,5;0;6,2;1,5;900\nWK000101;-2;;7,25;.;4000\nWK000101;4;80;-99999999;-3;\n"
    found = problems(tmp_path, wrong)
    assert [text.split(";")[0] for text in found] == [
        "wijken.csv, row 2, column diefstal: this field holds '1,5'",
        "wijken.csv, row 2, column eenzaam: this field holds '141,5'",
        "wijken.csv, row 2, column n: this field holds '0'",
        "wijken.csv, row 2, column wijkcode: this field holds 'WK100'",
        "wijken.csv, row 3, column diefstal: this field holds '.'",
        "wijken.csv, row 3, column eenzaam: this field holds '-2'",
        "wijken.csv, row 3, column n: this field holds ''",
        "wijken.csv, row 4, column diefstal: this field holds '-3'",
        "wijken.csv, row 4, column inwoners: this field holds ''",
        "wijken.csv, row 4, column thuis: this field holds '-99999999'",
        "wijken.csv, row 4, column wijkcode: this field holds 'WK000101'",
    ]


def test_every_problem_of_the_companion_at_once_with_those_of_the_codes(tmp_path: Path) -> None:
    about = "indicator;factor;sign;anchor;scale;sizes\neenzaam;;2;ja;procent;eenzaam\nonbekend;f;1;misschien;score;m\n"
    found = problems(tmp_path, WIJKEN.replace("WK000100", "WK1"), about)
    places = [text.split(": ")[0] for text in found]
    assert places == [
        *(f"uitleg.csv, row 2, column {name}" for name in ("factor", "scale", "sign", "sizes")),
        "wijken.csv, row 2, column wijkcode",
        *(f"uitleg.csv, row 3, column {name}" for name in ("anchor", "indicator", "sizes")),
    ]


@pytest.mark.parametrize(
    ("wijken", "about", "message"),
    [
        ("code;a\nWK000100;1\n", None, "there is no column 'wijkcode'"),
        ("wijkcode;wijknaam\nWK000100;Oost\n", None, "no column beside wijkcode"),
        ("wijkcode;a;b\nWK000100;1;\nWK000101;2;\n", None, "column b: no wijk has a value"),
        (WIJKEN, "indicator;soort\neenzaam;x\n", "column soort: this column is not known here"),
        (
            WIJKEN,
            "indicator\neenzaam\neenzaam\n",
            "row 3, column indicator: this field holds 'eenzaam'; expected one row",
        ),
        (WIJKEN, "naam\neenzaam\n", "there is no column 'indicator'"),
    ],
    ids=map(str, range(6)),
)
def test_a_table_that_is_not_one_of_indicators_is_refused(
    tmp_path: Path, wijken: str, about: str | None, message: str
) -> None:
    assert any(message in text for text in problems(tmp_path, wijken, about))


def test_a_total_beside_its_parts_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    parts = pd.DataFrame(rng.standard_normal((12, 3)), columns=["een", "twee", "drie"])
    parts["som"] = parts.sum(axis=1) + 4.1
    parts["ander"] = rng.standard_normal(12)
    parts.index = pd.Index([f"WK0001{number:02d}" for number in range(12)], name="wijkcode")
    found = problems(tmp_path, parts.to_csv(), None)
    assert len(found) == 1
    assert "een, twee, drie, som follow from one another" in found[0]
    assert read_indicators(**written(tmp_path, parts.drop(columns="drie").to_csv(), None)).values.shape == (12, 4)


def test_the_leefbaarometer_of_a_year_without_its_total(data_folder: Path, tmp_path: Path) -> None:
    file = data_folder / "leefbaarometer" / "leefbaarometer3_wijk_amstelveen.csv"
    about = tmp_path / "uitleg.csv"
    about.write_text("indicator,factor,sign\nsoc,cohesie,-1\nonv,cohesie,-1\nvrz,voorzieningen,1\n")
    found = read_indicators(file, about, code="wk_code", only={"jaar": "2018"})
    assert found.values.shape == (14, 3)
    assert found.values.loc["WK036201", "vrz"] == 0.172163047387641
    with pytest.raises(DataError, match=r"take one year or period \(only=\)"):
        read_indicators(file, about, code="wk_code")
    for total in ("lbm", "afw"):
        about.write_text("\n".join(["indicator", "fys", "onv", "soc", "vrz", "won", total]))
        with pytest.raises(DataError, match=f"{total} beside all five dimensions of the Leefbaarometer"):
            read_indicators(file, about, code="wk_code", only={"jaar": "2018"})
    # by the figures, where the columns are renamed
    renamed = tmp_path / "mijn.csv"
    table = pd.read_csv(file, dtype=str).drop(columns=["1", "wk_naam", "lbm"])
    table.rename(columns={"afw": "totaal", "wk_code": "wijkcode", "soc": "samenhang"}).to_csv(renamed, index=False)
    with pytest.raises(DataError, match="totaal, fys, onv, samenhang, vrz, won follow from one another"):
        read_indicators(renamed, only={"jaar": "2018"})


def test_figures_of_kerncijfers_wijken_en_buurten(data_folder: Path, tmp_path: Path) -> None:
    about = tmp_path / "uitleg.csv"
    about.write_text("indicator,factor,scale,sizes\nste_oad,voorzieningen,score,\np_koopw,,percentage,a_woning\n")
    file = data_folder / "cbs" / "kwb_jeugdzorg_wijken_2021.csv"
    found = read_indicators(file, about, code="gwb_code_10", only={"recs": "Wijk"}, decimal=".")
    assert len(found.values) > 3000
    assert found.values.index.str.startswith("WK").all()
    assert found.values.loc["WK001400"].tolist() == [6353, 16]
