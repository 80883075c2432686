"""Figures say what the results say, name nobody they may not, and cannot be mistaken for real or checked ones."""

import re
from itertools import cycle
from pathlib import Path
from string import Formatter

import geopandas as gpd
import pandas as pd
import pytest
from fake_results import FAILED, FAILED_SAID, fake_results
from matplotlib.text import Text
from PIL import Image
from shapely import box

from bayes_jeugdhulp.errors import DataError, DisclosureError
from bayes_jeugdhulp.report.clouds import funnel, observed_against_expected
from bayes_jeugdhulp.report.figures import write_figures
from bayes_jeugdhulp.report.gemeente_figure import gemeente_differences
from bayes_jeugdhulp.report.lists import differences, listed, ranks
from bayes_jeugdhulp.report.maps import map_pair, suppressed_value
from bayes_jeugdhulp.report.style import Page
from bayes_jeugdhulp.report.texts import TEXTS, Texts

NAMES = ["waargenomen_tegen_verwacht", "trechter", "verschillen", "rangen", "kaart"]
DRAWINGS = {"scatter": observed_against_expected, "funnel": funnel, "differences": differences, "ranks": ranks}


def within(wijken: pd.DataFrame) -> pd.DataFrame:
    return wijken.rename(columns=lambda name: name.removesuffix("_within_gemeente"))


def squares(codes: pd.Series) -> gpd.GeoDataFrame:
    shapes = [
        box(x, y, x + 1000, y + 1000)
        for i in range(len(codes))
        for x, y in [(80_000 + i % 12 * 1000, 450_000 + i // 12 * 1000)]
    ]
    return gpd.GeoDataFrame({"wijkcode": codes}, geometry=shapes, crs="EPSG:28992")


def written(page: Page) -> str:
    return "\n".join(text.get_text() for text in page.figure.findobj(Text))


def draw(which: str, wijken: pd.DataFrame, lang: str = "nl", **metadata: object) -> Page:
    return DRAWINGS[which](wijken, fake_results(2).metadata | metadata, Texts(lang))


def test_every_figure_carries_finding_source_and_warnings_in_its_own_metadata(tmp_path: Path) -> None:
    results = fake_results(**FAILED)
    borders = squares(results.wijken["wijkcode"])
    paths = write_figures(results, tmp_path / "uit", borders, formats=("png", "svg", "pdf"))
    assert [path.name for path in paths] == [f"{name}.{kind}" for name in NAMES for kind in ("png", "svg", "pdf")]
    assert all(path.stat().st_size > 10_000 for path in paths)
    for path in paths[::3]:
        with Image.open(path) as image:
            said = image.info
        assert said["Title"]
        assert said["Source"] == "Bron: verzonnen voor een test. Cijfers over 2017."
        assert said["Simulated"] == "GESIMULEERD"
        assert said["Warning"] == FAILED_SAID
    assert all(f"GESIMULEERD, {FAILED_SAID}" in path.read_text() for path in paths[1::3])


@pytest.mark.parametrize("which", DRAWINGS)
def test_simulated_and_unchecked_data_say_so_across_the_figure_and_real_checked_data_do_not(which: str) -> None:
    wijken = within(fake_results().wijken)
    stamped = written(draw(which, wijken, simulated=True, **FAILED))
    assert "GESIMULEERD" in stamped.split("\n")
    assert "CONTROLE NIET GESLAAGD" in stamped
    plain = written(draw(which, wijken, simulated=False))
    assert "GESIMULEERD" not in plain
    assert "CONTROLE" not in plain
    assert "gemeente die als geheel hoog" in plain.replace("\n", " ")


@pytest.mark.parametrize(("lang", "points", "share"), [("nl", "1 procentpunt", "10% van"), ("en", "1 perc", "10% of")])
def test_a_relative_margin_is_called_a_share_and_has_no_band(lang: str, points: str, share: str) -> None:
    wijken = within(fake_results().wijken)
    absolute, relative = (
        written(draw("differences", wijken, lang, **rule)).replace("\n", " ")
        for rule in ({}, {"margin": 0.1, "rule": {"relative": True}})
    )
    assert points in absolute
    assert " band)" in absolute
    assert share in relative
    assert points not in relative
    assert " band)" not in relative


def test_nothing_is_written_when_one_figure_fails(tmp_path: Path) -> None:
    results = fake_results()
    with pytest.raises(ValueError, match="no texts in language 'fr'"):
        write_figures(results, tmp_path / "uit", lang="fr")
    with pytest.raises(DataError, match="not one of the 120 wijken has a border"):
        write_figures(results, tmp_path / "uit", squares(pd.Series(["WK999900"])))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("higher", "lower", "title"),
    [
        (0, 0, "Geen van de 40 wijken is duidelijk hoger of lager dan verwacht"),
        (0, 11, "11 van de 40 wijken zijn duidelijk lager dan verwacht, geen duidelijk hoger"),
        (1, 3, "1 van de 40 wijken is duidelijk hoger dan verwacht, 3 duidelijk lager"),
        (12, 1, "12 van de 40 wijken zijn duidelijk hoger dan verwacht, 1 duidelijk lager"),
    ],
)
def test_title_counts_the_statuses(higher: int, lower: int, title: str) -> None:
    status = ["hoger"] * higher + ["lager"] * lower + ["geen uitspraak"] * (40 - higher - lower)
    wijken = within(fake_results(40, secret=0).wijken).assign(status=status)
    page = draw("differences", wijken)
    assert page.words.title == title
    said = written(page)
    assert ("meer zijn er niet te onderscheiden" in said) == (0 < higher <= 10 or 0 < lower <= 10)
    assert ("de 10 met de grootste kans, van 12" in said) == (higher == 12)
    assert ("Geen wijk is duidelijk hoger dan verwacht." in said) == (higher == 0)


def test_a_failed_check_is_not_told_as_a_finding() -> None:
    wijken = within(fake_results(40).wijken).assign(status="geen uitspraak", status_reason="controle niet geslaagd")
    for page in (
        draw("differences", wijken),
        map_pair(wijken, squares(wijken["wijkcode"]), fake_results(2).metadata, Texts()),
    ):
        assert page.words.title == "Geen uitspraak over de wijken: de controle van het model is niet geslaagd"
        assert "duidelijk hoger dan verwacht." not in written(page)


def test_scatter_gives_the_number_outside_beside_what_chance_gives() -> None:
    flags = ["hoger"] * 3 + ["lager"] * 2 + ["binnen"] * 75
    wijken = within(fake_results(80, secret=0).wijken).assign(outside_interval=flags)
    wijken.loc[60:, "observed_state"] = "suppressed"  # always inside: they may not dilute the number
    told = (
        "5 van de 60 wijken met een gepubliceerd cijfer liggen buiten het 95%-interval van wat te verwachten was; "
        "als het model klopt, zijn dat er hoogstens ongeveer 3."
    )
    assert draw("scatter", wijken).words.subtitle == told
    drawn = map_pair(wijken, squares(wijken["wijkcode"]), fake_results(2).metadata, Texts())
    assert told in " ".join(drawn.words.caption)


def test_the_map_of_a_region_tells_both_directions() -> None:
    wijken = within(fake_results(40, secret=0).wijken).assign(status=["lager"] * 2 + ["als verwacht"] * 38)
    drawn = map_pair(wijken, squares(wijken["wijkcode"]), fake_results(2).metadata, Texts(), "JZ01")
    assert drawn.words.title == (
        "JZ01: 2 van de 40 wijken zijn duidelijk lager dan verwacht, geen duidelijk hoger, samen in 1 gemeente"
    )


def test_scatter_title_is_the_share_of_the_differences_explained() -> None:
    wijken = within(fake_results(3, secret=0).wijken).assign(outside_interval="binnen")
    wijken = wijken.assign(observed_pct=[6.0, 10.0, 14.0], expected_loo_pct=[8.0, 10.0, 12.0])
    assert "verklaart 75%" in draw("scatter", wijken).words.title  # 1 - (4 + 0 + 4) / (16 + 0 + 16)
    assert "niet" in draw("scatter", wijken.assign(expected_loo_pct=[14.0, 10.0, 6.0])).words.title


@pytest.mark.parametrize("which", DRAWINGS)
def test_a_suppressed_wijk_is_never_named_but_is_counted(which: str) -> None:
    wijken = within(fake_results(60, secret=0).wijken).assign(status="geen uitspraak")
    hidden = {"wijknaam": "Geheimwijk", "observed_state": "suppressed", "observed_pct": float("nan"), "prob_lower": 1.0}
    for row, status in ((3, "lager"), (4, "hoger")):
        wijken.loc[row, [*hidden, "status"]] = [*hidden.values(), status]
    wijken.loc[10:12, ["status", "prob_higher"]] = ["hoger", 0.95]
    said = written(draw(which, wijken)).replace("\n", " ")
    assert "Geheimwijk" not in said
    assert {
        "scatter": "2 wijken waarvan de bron het cijfer afschermt",
        "funnel": "2 wijken waarvan de bron het cijfer afschermt",
        "differences": "1 zonder gepubliceerd cijfer niet bij naam",
        "ranks": "tellen mee, maar worden niet genoemd",
    }[which] in said


def test_a_top_list_is_ordered_by_probability_and_leaves_out_who_has_no_verdict() -> None:
    wijken = within(fake_results(4, secret=0).wijken).assign(status=["hoger", "geen uitspraak", "hoger", "hoger"])
    wijken = wijken.assign(prob_higher=[0.95, 1.0, 0.99, 0.99], difference_points=[9.0, 9.0, 2.0, 3.0])
    assert listed(wijken, "hoger").index.tolist() == [3, 2, 0]


def test_nothing_is_drawn_that_gives_a_suppressed_count_away(tmp_path: Path) -> None:
    results = fake_results()
    results.wijken.loc[3, "observed_state"] = "suppressed"
    with pytest.raises(DisclosureError, match="WK000103"):
        write_figures(results, tmp_path / "uit")
    assert list(tmp_path.iterdir()) == []


def test_odd_results_are_drawn_too(tmp_path: Path) -> None:
    many = fake_results(60)
    quiet = many.wijken.assign(status_within_gemeente="geen uitspraak", outside_interval_within_gemeente="binnen")
    secret = ["observed_pct", "gap_points_within_gemeente", "gap_points_national"]
    hidden = many.wijken.assign(observed_state="suppressed", **dict.fromkeys(secret, float("nan")))
    unranked = many.wijken.assign(
        **dict.fromkeys(["expected_rank_within_gemeente", "expected_pct_within_gemeente"], float("nan"))
    )
    odd = [quiet, hidden, unranked, many.wijken.head(1), many.wijken.tail(2)]
    for i, (wijken, lang) in enumerate(zip(odd, cycle(TEXTS), strict=False)):
        results = type(many)(wijken, many.gemeenten, many.metadata | {"attribution": ""})
        assert len(write_figures(results, tmp_path / str(i), squares(wijken["wijkcode"]), lang)) == 5


def test_map_keeps_little_colour_for_what_is_uncertain() -> None:
    wijken = pd.DataFrame(
        [
            ("hoger", "", 4.0, 0.99, 0.0, "hoger, groot"),
            ("hoger", "", 2.0, 0.91, 0.0, "hoger"),
            ("lager", "", -3.0, 0.0, 0.99, "lager, groot"),
            ("als verwacht", "", 0.1, 0.05, 0.05, "als verwacht"),
            ("geen uitspraak", "onzeker", 5.0, 0.80, 0.0, "misschien hoger"),
            ("geen uitspraak", "onzeker", -1.5, 0.0, 0.70, "misschien lager"),
            ("geen uitspraak", "onzeker", 1.0, 0.50, 0.1, "onzeker"),
            ("geen uitspraak", "te weinig jeugdigen", 9.0, 0.99, 0.0, "onzeker"),
            ("geen uitspraak", "afgeschermd", -4.0, 0.0, 0.99, "onzeker"),
        ],
        columns=["status", "status_reason", "difference_points", "prob_higher", "prob_lower", "shown"],
    )
    assert suppressed_value(wijken).tolist() == wijken["shown"].tolist()


def test_map_counts_what_did_not_join() -> None:
    wijken = within(fake_results(30).wijken)
    borders = squares(pd.concat([wijken["wijkcode"].iloc[2:], pd.Series(["WK999900"])], ignore_index=True))
    page = map_pair(wijken, borders, fake_results(2).metadata, Texts())
    said = " ".join(page.words.caption)
    assert "2 van de 30 wijken hebben geen grens op deze kaart. 1 grens heeft geen cijfers." in said
    assert "gearceerd" not in said
    other_year = map_pair(wijken, borders, fake_results(2).metadata | {"simulated": False}, Texts())
    assert "Van 28 wijken is niet bevestigd" in " ".join(other_year.words.caption)
    assert "grens niet bevestigd" in written(other_year)


def test_a_gemeente_has_its_wijken_by_difference_and_hidden_ones_below_without_order() -> None:
    wijken = within(fake_results(8, secret=0).wijken).assign(
        wijknaam=[f"W{i}" for i in range(8)], difference_points=[1.0, 5.0, 90.0, -2.0, 0.0, 0.5, 0.2, 0.1]
    )
    wijken = wijken.assign(difference_low=-3.0, difference_high=3.0, status="als verwacht")
    wijken.loc[2, ["difference_low", "difference_high", "status"]] = [80.0, 99.0, "hoger"]
    wijken.loc[[1, 4], "observed_state"] = ["suppressed", "missing"]
    drawn = gemeente_differences(wijken, fake_results(2).metadata, Texts())
    said = written(drawn).split("\n")
    assert [line for line in said if line in set(wijken["wijknaam"])] == [
        "W2",
        "W0",
        "W5",
        "W6",
        "W7",
        "W3",
        "W1",
        "W4",
    ]
    assert "+90,0" in said  # beyond the axis, which the other wijken set
    assert drawn.figure.axes[0].get_xlim()[1] < 10
    assert ("afgeschermd" in said, "ontbreekt" in said) == (True, True)
    assert (
        drawn.words.title
        == "Verzonnendam 0001: 1 van de 8 wijken is duidelijk hoger dan verwacht, geen duidelijk lager"
    )


def test_a_region_and_a_gemeente_get_pictures_of_their_own(tmp_path: Path) -> None:
    results = fake_results(60)
    results.wijken.loc[:31, "jeugdzorgregio"] = "Regio A/B"
    asked = {"gemeenten": ["GM0002"], "regions": ["Regio A/B"]}
    paths = write_figures(results, tmp_path / "uit", squares(results.wijken["wijkcode"]), formats=("svg",), **asked)
    assert [path.stem for path in paths] == [*NAMES, "kaart_Regio_A_B", "gemeente_GM0002"]
    assert all(len(number) < 3 for path in paths for number in re.findall(r' d="[^"]*?\.(\d+)', path.read_text()))
    with pytest.raises(DataError, match=r"no gemeente 'GM9' in this fit.*\n.*no jeugdzorgregio 'JZ9'"):
        write_figures(results, tmp_path / "fout", gemeenten=["GM9"], regions=["JZ9"])
    assert not (tmp_path / "fout").exists()


def test_both_languages_say_the_same_things_with_the_same_figures() -> None:
    fields = {
        lang: {key: {f for _, f, _, _ in Formatter().parse(text)} for key, text in texts.items()}
        for lang, texts in TEXTS.items()
    }
    assert fields["nl"] == fields["en"]
    assert Texts("nl").number(-1234.56, 1) == "\N{MINUS SIGN}1.234,6"
    assert Texts("en").number(-1234.56, 1) == "\N{MINUS SIGN}1,234.6"
