"""Files of Leefbaarometer, RIVM, police and nabijheid: invented ones in their formats, and a real one."""

from pathlib import Path

import pandas as pd
import pytest

from bayes_jeugdhulp.errors import DataError
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
