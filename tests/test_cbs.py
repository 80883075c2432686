"""CBS's files to Areas in one step: invented ones in their formats, a fetched folder, and the real figures of 2021."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.counts import CountsPolicy
from bayes_jeugdhulp.errors import DataError
from bayes_jeugdhulp.model.design import make_design
from bayes_jeugdhulp.model.spec import ModelSpec
from bayes_jeugdhulp.sources.cbs import read_cbs
from bayes_jeugdhulp.sources.kwb_kenmerken import KENMERKEN, WITHOUT, kenmerken_of
from bayes_jeugdhulp.sources.published_counts import PUBLISHING

KWB = "gwb_code_10;regio;gm_naam;recs;a_inw;a_00_14;a_15_24;a_25_44;a_45_64;a_65_oo;a_hh;a_hh_m_k;g_wozbag;a_jz_tn\n"
KWB += "GM0012;Dorp;Dorp;Gemeente;2100;420;260;500;520;400;900;330;300;60\n"
KWB += "WK001200;Oost;Dorp;Wijk;1000;200;100;250;250;200;400;160;312;55\n"
KWB += "WK0012MA;West;Dorp;Wijk;1010;200;110;250;250;200;450;165;,;.\n"
KWB += "WK001209;Haven;Dorp;Wijk;90;20;50;0;20;0;50;5;.;.\n"
KWB += "GM0013;Stad;Stad;Gemeente;500;100;50;150;100;100;200;80;250;.\n"
KWB += "WK001300;Stad;Stad;Wijk;500;100;50;150;100;100;200;80;250;.\n"
FORM = "VormenVanJeugdzorg;Wijken;Perioden;TotaalJongerenMetJeugdzorgInNatura_1;Codering_20\n"
JEUGDZORG = FORM + "T001203;GM0012    ;2024JJ00;      60;GM0012    \nT001203;WK001200  ;2024JJ00;      50;WK001200  \n"
JEUGDZORG += "T001203;WK0012MA  ;2024JJ00;       .;WK0012MA  \nA042503;WK001200  ;2024JJ00;      40;WK001200  \n"
JEUGDZORG += "A042503;GM0012    ;2024JJ00;      45;GM0012    \nT001203;WK001200  ;2023JJ00;      95;WK001200  \n"


def files(folder: Path, kwb: str = KWB, jeugdzorg: str = "", name: str = "kwb-2024.csv") -> list[Path]:
    paths = [folder / name] + ([folder / "jeugdzorg.csv"] if jeugdzorg else [])
    for path, text in zip(paths, (kwb, jeugdzorg), strict=False):
        path.write_text(text, encoding="utf-8-sig")
    return paths


def problems(*args: Any, **options: Any) -> list[str]:
    with pytest.raises(DataError) as error:
        read_cbs(*args, **options)
    return [str(problem) for problem in error.value.problems]


def counted(areas: Areas) -> dict[Any, tuple[Any, ...]]:
    columns = ["observed_state", "users_low", "users_high"]
    return {code: tuple(row) for code, row in areas.wijken[columns].T.items()}


def test_the_counts_of_the_file_itself(tmp_path: Path) -> None:
    areas = read_cbs(*files(tmp_path))
    assert counted(areas) == {
        "WK001200": ("published", 53, 57),
        "WK0012MA": ("suppressed", 0, 7),
        "WK001300": ("missing", 0, 140),  # nothing of its gemeente is published: not a small count
    }
    assert areas.wijken["youths"].tolist() == [280, 288, 140], (
        "0 to 14 and eight tenths of 15 to 24, and none under 100"
    )
    assert set(areas.wijken["youths_quality"]) == {"derived"}
    assert (areas.wijken["youths_log_sd"] > 0).all()
    assert areas.kenmerken.loc["WK001200"].to_dict() == pytest.approx(
        {
            "hh_met_kinderen": 40,
            "groenedruk": 100 * 250 / 550,  # half of 15 to 24 is under 20
            "grijzedruk": 100 * 200 / 550,
            "kleine_wijk": 0,
            "woningwaarde": 312,
        }
    )
    assert areas.title == "Jongeren met jeugdzorg in natura per wijk, 2024 (CBS)"
    assert "StatLine 85984NED" in areas.attribution
    assert "0 tot en met 22 jaar zijn geschat" in areas.attribution
    assert areas.wijken.loc["WK001200", ["wijknaam", "gemeentenaam"]].tolist() == ["Oost", "Dorp"]


def test_a_table_of_jeugdzorg_and_its_forms(tmp_path: Path) -> None:
    paths = files(tmp_path, jeugdzorg=JEUGDZORG)
    areas = read_cbs(*paths)
    assert counted(areas)["WK001200"] == ("published", 48, 52)
    assert counted(areas)["WK001300"][0] == "missing", "the table has no row for it"
    without = read_cbs(*paths, form="jeugdhulp zonder verblijf")
    assert counted(without) == {
        "WK001200": ("published", 38, 42),
        "WK0012MA": ("missing", 0, 288),
        "WK001300": ("missing", 0, 140),
    }
    assert "jeugdhulp zonder verblijf" in without.title
    assert "vorm jeugdhulp zonder verblijf" in without.attribution
    assert "rows of 'T001203', 'A042503'; expected rows of 'pleegzorg'" in problems(*paths, form="pleegzorg")[0]
    assert "does not tell forms apart" in problems(paths[0], form="jeugdhulp")[0]


def test_exports_of_statline(tmp_path: Path) -> None:
    text = '"Vormen van jeugdzorg";"Wijken";"Perioden";"Totaal jongeren met jeugdzorg in natura (aantal)";'
    text += '"Codering (code)"\n'
    text += '"Jeugdhulp zonder verblijf";"Oost";"2024*";40;"WK001200"\n'
    text += '"Jeugdhulp zonder verblijf";"West";"2024*";.;"WK0012MA"\n'
    areas = read_cbs(*files(tmp_path, jeugdzorg=text), form="jeugdhulp zonder verblijf")
    assert [state for state, *_ in counted(areas).values()] == ["published", "suppressed", "missing"]


def test_an_empty_count_says_nothing_by_itself(tmp_path: Path) -> None:
    empty = KWB.replace(";.\n", ";\n")
    assert "4 fields hold '', which may say suppressed or missing" in problems(*files(tmp_path, empty))[0]
    states = [state for state, *_ in counted(read_cbs(*files(tmp_path, empty), empty_means="suppressed")).values()]
    assert states == ["published", "suppressed", "missing"]
    states = [state for state, *_ in counted(read_cbs(*files(tmp_path, empty), empty_means="missing")).values()]
    assert states == ["published", "missing", "missing"]
    both = KWB.replace("80;250;.\nWK0013", "80;250;\nWK0013")
    assert counted(read_cbs(*files(tmp_path, both)))["WK0012MA"][0] == "suppressed"


def test_how_counts_were_published_is_declared_or_asked_for(tmp_path: Path) -> None:
    (old,) = files(tmp_path, name="kwb-2019.csv")
    assert "nothing here says how CBS rounds and hides the counts of 2019" in problems(old)[0]
    exact = CountsPolicy(suppressed_below=10)
    assert counted(read_cbs(old, policy=exact))["WK001200"] == ("published", 55, 55)
    assert read_cbs(*files(tmp_path), policy=exact).policy == exact, "an option goes before what is declared"
    assert any(
        "53 users, which this policy never publishes" in p
        for p in problems(*files(tmp_path, KWB.replace(";55\n", ";53\n")))
    )
    assert any("users among" in p for p in problems(*files(tmp_path, KWB.replace(";55\n", ";300\n"))))


def test_tables_of_two_years_do_not_go_together(tmp_path: Path) -> None:
    other = JEUGDZORG.replace("T001203;WK0012MA  ;2024JJ00;       .;WK0012MA", "T001203;WK001277;2024JJ00;20;WK001277")
    assert "row 4, column code: users in WK001277, which kwb-2024.csv does not have" in problems(
        *files(tmp_path, jeugdzorg=other)
    )[0]  # fmt: skip
    paths = files(tmp_path, jeugdzorg=JEUGDZORG, name="kwb.csv")
    assert "rows of 2023, 2024 and none of 2022" in problems(*paths, year=2022)[0]
    paths[0].rename(tmp_path / "kwb-2024.csv")
    assert (
        "kwb-2024.csv: its name says 2024; expected figures of 2022"
        in problems(tmp_path / "kwb-2024.csv", year=2022)[0]
    )
    bare = "gwb_code_10;TotaalJongerenMetJeugdzorgInNatura_1\nWK001200;50\nWK0012MA;.\n"
    for name, told in (("jz_2021.csv", True), ("jz_2024.csv", False), ("jz.csv", False)):
        (tmp_path / name).write_text(bare)
        if told:
            assert "jz_2021.csv: its name says 2021; expected figures of 2024" in problems(
                tmp_path / "kwb-2024.csv", tmp_path / name
            )[0]  # fmt: skip
        else:
            assert counted(read_cbs(tmp_path / "kwb-2024.csv", tmp_path / name))["WK001200"] == ("published", 48, 52)


def test_no_wijk_with_users_is_left_out_without_a_word(tmp_path: Path) -> None:
    said: list[str] = []
    text = KWB.replace("WK001200;Oost;Dorp;Wijk;1000;200;100", "WK001200;Oost;Dorp;Wijk;1000;200;.")
    text = text.replace("90;20;50;0;20;0;50;5;.;.", "90;20;50;0;20;0;50;5;.;10")
    hidden = "gwb_code_10;TotaalJongerenMetJeugdzorgInNatura_1\nWK001200;50\nWK001209;10\nWK0012MA;20\nWK001277;.\n"
    areas = read_cbs(*files(tmp_path, text, hidden), say=said.append)
    assert areas.wijken.index.tolist() == ["WK0012MA", "WK001300"]
    assert said == [
        "left out: 1 wijken with fewer than 100 inhabitants, 1 of them with 10 published users (WK001209: 10)",
        "left out: 1 wijken with an unknown number of youths, 1 of them with 50 published users (WK001200: 50)",
        "left out: 1 wijken with a suppressed count that kwb-2024.csv lacks (WK001277)",
    ]
    assert "Weggelaten wijken met een onbekend aantal jongeren: 1, waarvan 1 met 50 gepubliceerde" in areas.attribution
    assert "Weggelaten" not in read_cbs(*files(tmp_path, KWB.replace("Wijk;90;", "Wijk;100;"))).attribution


def test_a_published_zero_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (message,) = problems(*files(tmp_path, KWB.replace(";55\n", ";0\n")))
    assert message.startswith(
        "kwb-2024.csv, row 3, column a_jz_tn: 1 wijken have 0 users, the first WK001200; expected ."
    )
    assert "write . there, which says 0 to 7 and is true of 0" in message


def test_a_form_by_a_part_that_no_other_has(tmp_path: Path) -> None:
    paths = files(tmp_path, jeugdzorg=JEUGDZORG)
    assert counted(read_cbs(*paths, form="Zonder Verblijf"))["WK001200"] == ("published", 38, 42)
    assert "jeugdhulp zonder verblijf" in read_cbs(*paths, form="zonder verblijf").title
    (message,) = problems(*paths, form="verblijf")
    assert "'jeugdhulp zonder verblijf', 'jeugdhulp met verblijf', 'jeugdbescherming'" in message


REGIONS = "gemeentecode;jeugdzorgregio\nGM0012;JZ09\nGM0013;JZ10\n"
REGIONS_RAW = "ID;RegioS;Code_1;Naam_2;Code_30;Naam_31\n1;GM0012;GM0012;Dorp;JZ09      ;Oost\n"
REGIONS_RAW += "2;GM0013;GM0013;Stad;JZ10      ;West\n"


@pytest.mark.parametrize("text", [REGIONS, REGIONS_RAW], ids=["own", "gebieden"])
def test_regions_of_gemeenten(tmp_path: Path, text: str) -> None:
    (tmp_path / "regios.csv").write_text(text)
    areas = read_cbs(*files(tmp_path), regions=tmp_path / "regios.csv")
    assert areas.wijken["jeugdzorgregio"].tolist() == ["JZ09", "JZ09", "JZ10"]
    (tmp_path / "regios.csv").write_text("\n".join(text.splitlines()[:2]))
    assert "no jeugdzorgregio for GM0013" in problems(*files(tmp_path), regions=tmp_path / "regios.csv")[0]


def test_every_kenmerk_of_the_scp_has_a_counterpart_or_none(data_folder: Path) -> None:
    known = pd.read_csv(data_folder / "scp_2017" / "variabelen.csv")
    determinants = set(known.loc[known["tabblad"] == "determinanten", "variable"])
    assert {k.scp for k in KENMERKEN if k.scp} | set(WITHOUT) == determinants
    assert not {k.scp for k in KENMERKEN} & set(WITHOUT)


def test_the_page_tells_every_counterpart_and_every_declared_policy() -> None:
    page = (Path(__file__).parents[1] / "docs" / "cbs.md").read_text()
    for k in KENMERKEN:
        row = f"| `{k.scp}` | `{k.name}` | {k.likeness} |" if k.scp else f"| none | `{k.name}` | |"
        assert f"{row} {k.meaning} | {', '.join(f'`{name}`' for name in k.needs)} |" in page
    for scp, elsewhere in WITHOUT.items():
        assert f"| `{scp}` | none | | {elsewhere} |" in page
    declared = re.findall(r"^\| .* \| (\d{4}) and later \|", page, flags=re.MULTILINE)
    assert sorted(map(int, declared)) == sorted(publishing.first for publishing in PUBLISHING)


def test_kenmerken_by_hand() -> None:
    figures = pd.DataFrame(
        {
            "a_inw": [1000.0, 999], "a_15_24": [100.0, 0], "a_25_44": [250.0, 0], "a_45_64": [250.0, 0],
            "a_soz_wb": [30.0, 10], "a_soz_ao": [24.0, np.nan], "a_antaru": [12.0, 0], "a_suri": [8.0, 0],
            "a_opl_lg": [100.0, 0], "a_opl_md": [200.0, 0], "a_opl_hg": [100.0, 0], "a_hh": [100.0, 5],
            "a_hh_m_k": [40.0, 10],
        }
    )  # fmt: skip
    found = kenmerken_of(figures)
    assert found.loc[0].to_dict() == {
        "hh_met_kinderen": 40, "bijstand": 5, "arbeidsongeschikt": 4, "laagopgeleid": 25, "antilliaans_surinaams": 2,
        "kleine_wijk": 0}  # fmt: skip
    assert found.loc[1, ["bijstand", "arbeidsongeschikt", "laagopgeleid"]].isna().all(), "nobody to be a share of"
    assert found.loc[1, ["hh_met_kinderen", "kleine_wijk"]].tolist() == [100, 1], (
        "rounded parts stay within their whole"
    )


def test_the_real_figures_of_2021(data_folder: Path) -> None:
    areas = read_cbs(data_folder / "cbs" / "kwb_jeugdzorg_wijken_2021.csv", empty_means="suppressed")
    raw = pd.read_csv(data_folder / "cbs" / "kwb_jeugdzorg_wijken_2021.csv", index_col="gwb_code_10")
    raw = raw[raw.index.str.startswith("WK") & (raw["a_inw"] >= 100)].sort_index()
    users = raw["TotaalJongerenMetJeugdzorgInNatura_1"]
    assert areas.wijken.index.tolist() == raw.index.tolist()
    assert areas.wijken["observed_state"].eq("published").tolist() == users.notna().tolist()
    assert set(areas.wijken["observed_state"]) == {"published", "suppressed"}
    published = areas.wijken["observed_state"] == "published"
    assert (areas.wijken["users_high"] - areas.wijken["users_low"])[published].eq(4).all(), (
        "an interval for every count"
    )
    assert areas.wijken["users_low"][published].tolist() == (users - 2).dropna().astype(int).tolist()
    np.testing.assert_allclose(areas.wijken["youths"], raw["a_00_14"] + 0.8 * raw["a_15_24"], atol=0.51)
    np.testing.assert_allclose(areas.kenmerken["niet_westers"], 100 * raw["a_nw_all"] / raw["a_inw"])
    assert 4.3e6 < areas.wijken["youths"].sum() < 4.5e6


def test_gaps_of_kerncijfers_are_not_taken_for_small_counts(tmp_path: Path) -> None:
    """A figure hidden in small wijken looks like a small count; the source says that it is none, and that is kept."""
    n = 60
    rows = [KWB.splitlines()[0].replace("g_wozbag", "p_hh_hi")]
    for i in range(n):
        share = "." if i < 25 else f"{30 + i % 20}.{i % 10}"
        people = 200 + 20 * i
        rows.append(
            f"WK{i % 6 + 10:04d}{i // 6:02d};W;G;Wijk;{people};{people // 5};{people // 10};50;50;50;60;20;{share};50"
        )
    areas = read_cbs(*files(tmp_path, "\n".join(rows)))
    assert areas.kenmerken["hh_hoog_inkomen"].isna().sum() == 25
    lowest = areas.kenmerken["hh_hoog_inkomen"].min()
    spec = ModelSpec(kenmerken=("hh_hoog_inkomen",))

    def imputed(declared: tuple[str, ...] | None) -> np.ndarray:
        from dataclasses import replace

        design = make_design(replace(areas, small_counts=declared), spec)
        return design.imputed * design.scale[0] + design.centre[0]

    assert areas.small_counts == ()
    assert imputed(areas.small_counts).min() >= lowest
    assert imputed(None).mean() < imputed(()).mean(), "without what the source says they would be drawn low"
