"""Files of Leefbaarometer, RIVM, police and nabijheid: invented ones in their formats, and a real one."""

from pathlib import Path

import pandas as pd
import pytest
from statline_country import invented
from statline_server import serving

from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.sources.fetching import fetch
from bayes_jeugdhulp.sources.indicators import Indicators
from bayes_jeugdhulp.sources.open_indicators import read_open_indicators

DIMENSIONS = ["fys", "onv", "soc", "vrz", "won"]


def read(folder: Path, source: str, text: str, *args: int, **options: object) -> Indicators:
    path = folder / f"{source}.csv"
    path.write_text(text, encoding="utf-8-sig")
    return read_open_indicators(source, path, *args, **options)  # type: ignore[arg-type]


def test_leefbaarometer_as_it_is_published(data_folder: Path) -> None:
    path = data_folder / "leefbaarometer" / "leefbaarometer3_wijk_amstelveen.csv"
    found = read_open_indicators("leefbaarometer", path, 2018)
    assert found.values.columns.tolist() == DIMENSIONS
    same = pd.read_csv(path)
    same = same[same["jaar"] == 2018].set_index("wk_code")[DIMENSIONS].rename_axis("wijkcode")
    pd.testing.assert_frame_equal(found.values, same)
    assert found.about.loc[["onv", "soc", "vrz"], "factor"].nunique() == 2
    with pytest.raises(DataError, match=r"rows of 2014, 2018, 2020, 2022; .* say which year"):
        read_open_indicators("leefbaarometer", path)
    with pytest.raises(DataError, match="lbm beside all five dimensions"):
        read_open_indicators("leefbaarometer", path, 2018, indicators=["lbm", *DIMENSIONS])
    assert read_open_indicators("leefbaarometer", path, 2018, indicators=["lbm", "soc"]).values.shape[1] == 2


RIVM_RAW = "ID;WijkenEnBuurten;Marges;Leeftijd;Perioden;Codering_3;Eenzaam_27;ErnstigZeerErnstigEenzaam_28\n"
RIVM_RAW += "1;WK036300  ;MW00000;20300   ;2022JJ00;WK036300  ;    48.1;    14.2\n"
RIVM_RAW += "2;WK036300  ;MOG0095;20300   ;2022JJ00;WK036300  ;    41.0;    11.0\n"
RIVM_RAW += "3;WK036300  ;MW00000;80200   ;2022JJ00;WK036300  ;    55.0;    16.0\n"
RIVM_RAW += "4;WK0363MA  ;MW00000;20300   ;2022JJ00;WK0363MA  ;       .;       .\n"
RIVM_RAW += "5;WK036302  ;MW00000;20300   ;2022JJ00;WK036302  ;    39.0;     9.5\n"
RIVM_RAW += "6;BU03630200;MW00000;20300   ;2022JJ00;BU03630200;    38.0;     9.0\n"
RIVM_EXPORT = (
    '"Leeftijd";"Marges";"Wijken en buurten";"Perioden";"Regioaanduiding/Codering (code)";"Eenzaamheid/Eenzaam (%)"'
)
RIVM_EXPORT += ';"Eenzaamheid/Ernstig/zeer ernstig eenzaam (%)"\n'
RIVM_EXPORT += '"18 jaar of ouder";"Waarde";"Centrum";"2022";"WK036300";48,1;14,2\n'
RIVM_EXPORT += '"18 jaar of ouder";"Ondergrens";"Centrum";"2022";"WK036300";41,0;11,0\n'
RIVM_EXPORT += '"18 jaar of ouder";"Waarde";"Oost";"2022";"WK0363MA";;\n'
RIVM_EXPORT += '"18 jaar of ouder";"Waarde";"West";"2022";"WK036302";39,0;9,5\n'


@pytest.mark.parametrize("text", [RIVM_RAW, RIVM_EXPORT], ids=["raw", "export"])
def test_rivm_without_margins_and_age_groups(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, "rivm", text)
    assert found.values.index.tolist() == ["WK036300", "WK0363MA", "WK036302"]
    assert found.values["eenzaam"].dropna().tolist() == [48.1, 39.0]
    assert found.values["ernstig_eenzaam"].dropna().tolist() == [14.2, 9.5]
    assert found.about["scale"].unique().tolist() == ["percentage"]
    with pytest.raises(DataError, match="expected rows of 'MW00000' or 'Waarde'"):
        read(tmp_path, "rivm", text.replace("MW00000", "MOG0095").replace("Waarde", "Ondergrens"))


POLICE = "SoortMisdrijf;WijkenEnBuurten;Perioden;GeregistreerdeMisdrijven_1\n"
POLICE += "0.0.0 ;WK036300  ;2022JJ00;   900\n1.1.1 ;WK036300  ;2022JJ00;    12\n1.4.6 ;WK036300  ;2022JJ00;     3\n"
POLICE += "1.1.1 ;WK036302  ;2022JJ00;     0\n1.4.6 ;WK036302  ;2022JJ00;\n1.1.1 ;WK036309  ;2022JJ00;     7\n"
POLICE += "1.1.1 ;WK036300  ;2021JJ00;    99\n"


def test_kinds_of_crime_become_columns_and_no_row_is_not_zero(tmp_path: Path) -> None:
    inhabitants = pd.Series({"WK036300": 4000.0, "WK036302": 900.0, "WK036309": 0.0})
    found = read(tmp_path, "politie", POLICE, 2022, inhabitants=inhabitants)
    assert found.values["woninginbraak"].to_dict() == {"WK036300": 12, "WK036302": 0}
    assert found.values["straatroof"].isna().tolist() == [False, True]
    assert found.sizes["woninginbraak"].tolist() == [4000, 900]
    assert found.about.loc["straatroof", ["sign", "anchor", "scale"]].tolist() == [-1, True, "count"]
    in_words = POLICE.replace("1.1.1 ;", '"1.1.1 Diefstal/inbraak woning";')
    pd.testing.assert_frame_equal(
        read(tmp_path, "politie", in_words, 2022, inhabitants=inhabitants).values, found.values
    )
    twice = POLICE.replace("1.1.1 ;WK036300  ;2021JJ00", "1.1.1 ;WK036300  ;2022JJ00")
    with pytest.raises(DataError, match="row 8, column SoortMisdrijf: 'WK036300' has this kind already"):
        read(tmp_path, "politie", twice, 2022, inhabitants=inhabitants)
    with pytest.raises(ValueError, match="need the inhabitants"):
        read(tmp_path, "politie", POLICE, 2022)


def test_distances_by_their_title(tmp_path: Path) -> None:
    text = "WijkenEnBuurten;Perioden;Codering_3;AfstandTotHuisartsenpraktijk_5;Binnen1Km_6;AfstandTotBibliotheek_90\n"
    text += (
        "WK036300;2022JJ00;WK036300;     0.6;     4.1;     1.4\nWK036301;2022JJ00;WK036301;     1.2;       .;       .\n"
    )
    found = read(tmp_path, "nabijheid", text)
    assert found.values["afstand_huisarts"].tolist() == [0.6, 1.2]
    assert found.values.columns.tolist() == ["afstand_huisarts", "afstand_bibliotheek"]
    with pytest.raises(DataError, match="none of the indicators"):
        read(tmp_path, "nabijheid", text.replace("AfstandTot", "Naar"))


def test_distances_may_have_both_decimal_marks_but_no_thousands(tmp_path: Path) -> None:
    text = "WijkenEnBuurten;AfstandTotHuisartsenpraktijk_5\nWK036300;0,6\nWK036301;1.2\n"
    assert read(tmp_path, "nabijheid", text).values["afstand_huisarts"].tolist() == [0.6, 1.2]
    with pytest.raises(DataError, match=r"'1\.234' may mean"):
        read(tmp_path, "nabijheid", text.replace("1.2\n", "1.234\n"))


def test_a_dot_in_a_count_is_asked_about(tmp_path: Path) -> None:
    inhabitants, said = pd.Series({"WK036300": 4000.0, "WK036302": 900.0}), list[str]()
    text = POLICE.replace("    12\n", "     .\n")
    with pytest.raises(
        DataError, match=r"row 3, column GeregistreerdeMisdrijven_1: 1 fields of woninginbraak hold '\.'"
    ):
        read(tmp_path, "politie", text, 2022, inhabitants=inhabitants)
    found = read(tmp_path, "politie", text, 2022, inhabitants=inhabitants, dot_means="suppressed", say=said.append)
    assert found.values["woninginbraak"].to_dict() == {
        "WK036300": pytest.approx(float("nan"), nan_ok=True),
        "WK036302": 0,
    }
    assert said == []
    gone = text.replace("     3\n", "     .\n")
    found = read(tmp_path, "politie", gone, 2022, inhabitants=inhabitants, dot_means="missing", say=said.append)
    assert found.values.columns.tolist() == ["woninginbraak"]
    assert said == ["politie.csv: no wijk has a figure of straatroof; left out"]


def test_a_fetched_folder_has_indicators(tmp_path: Path) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    with serving(invented()) as server:
        series = ("nabijheid", "rivm", "politie")
        fetch(2022, out, series=series, server=server.address, cache=cache)
    wijken = ["WK000100", "WK000101", "WK0001MA", "WK000200"]
    near = read_open_indicators("nabijheid", out)
    assert near.values["afstand_huisarts"].to_dict() == dict.fromkeys(wijken, 0.8)
    assert read_open_indicators("rivm", out, 2020).values["eenzaam"].to_dict() == dict.fromkeys(wijken, 40)
    with pytest.raises(DataError, match=r"out: its rivm is of 2020; expected figures of 2022"):
        read_open_indicators("rivm", out, 2022)
    people = pd.Series(1000.0, wijken)
    total = read_open_indicators("politie", out, inhabitants=people, indicators=["misdrijven"])
    assert total.values["misdrijven"].tolist() == [20, 40, 50, 70]
    police = read_open_indicators("politie", out, inhabitants=people)
    assert police.values["woninginbraak"].to_dict() == dict(zip(wijken, (21, 41, 51, 71), strict=True))
    assert police.sizes["woninginbraak"].tolist() == [1000] * 4
