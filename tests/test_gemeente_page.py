"""The page of a gemeente: two sides at most, in the words of the sentences, never mistaken for real figures."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_results import FAILED, FAILED_SAID
from pypdf import PdfReader
from report_results import report_results

from bayes_jeugdhulp.errors import DataError, DisclosureError
from bayes_jeugdhulp.report.gemeente_chart import axis_ends
from bayes_jeugdhulp.report.gemeente_page import write_gemeente_pages
from bayes_jeugdhulp.report.sentences import cautions, gemeente_sentences
from bayes_jeugdhulp.report.texts import TEXTS, Texts
from bayes_jeugdhulp.results import Results
from bayes_jeugdhulp.results.status import REASONS


def words(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


@pytest.mark.parametrize("language", TEXTS)
def test_the_page_says_what_the_sentences_say(language: str, tmp_path: Path) -> None:
    results = report_results(simulated=False)
    (path,) = write_gemeente_pages(results, tmp_path, ["GM0003"], language)
    assert path.name == "GM0003.pdf"
    said = words(path)
    for part in (gemeente_sentences(results, language)["GM0003"], *cautions(language)):
        assert part in said
    assert "SIM" not in said
    assert PdfReader(path).metadata.title.startswith("Verzonnendam 0003: ")


def test_every_gemeente_has_a_page_of_one_or_two_sides(tmp_path: Path) -> None:
    paths = write_gemeente_pages(report_results(), tmp_path)
    assert len(paths) == 15
    assert {len(PdfReader(path).pages) for path in paths} <= {1, 2}


def test_a_hundred_wijken_fit_on_two_sides(tmp_path: Path) -> None:
    results = report_results(96, every_reason=False)
    wijken = results.wijken.assign(gemeentecode="GM0001")
    one = {"wijken": wijken, "gemeenten": results.gemeenten.head(1).assign(wijken=96)}
    made = Results(**{name: getattr(results, name) for name in Results.__slots__} | one)
    (path,) = write_gemeente_pages(made, tmp_path, ["GM0001"])
    assert len(PdfReader(path).pages) == 2


def test_simulated_and_unchecked_figures_say_so_on_every_side(tmp_path: Path) -> None:
    (path,) = write_gemeente_pages(report_results(**FAILED), tmp_path, ["GM0001"])
    pages = [page.extract_text() for page in PdfReader(path).pages]
    assert all("GESIMULEERD" in page for page in pages)
    assert FAILED_SAID in " ".join(pages[0].split())
    assert "gesimuleerd" in PdfReader(path).metadata["/Keywords"]


def test_letters_are_embedded_and_know_every_accent(tmp_path: Path) -> None:
    results = report_results(16)
    results.gemeenten["gemeentenaam"] = (
        "S\N{LATIN SMALL LETTER U WITH CIRCUMFLEX}dwest <b>& \N{LATIN SMALL LETTER Y WITH DIAERESIS}"
    )
    (path,) = write_gemeente_pages(results, tmp_path, ["GM0001"])
    assert results.gemeenten["gemeentenaam"][0] in words(path)
    fonts = [font.get_object() for page in PdfReader(path).pages for font in page["/Resources"]["/Font"].values()]
    used = [font["/FontDescriptor"].get_object() for font in fonts if "DejaVu" in font["/BaseFont"]]
    assert used
    assert all("/FontFile2" in font for font in used)


def test_a_suppressed_wijk_has_no_figure_and_no_place(tmp_path: Path) -> None:
    results = report_results(8, every_reason=False)
    results.wijken.loc[0, ["observed_state", "wijknaam", "difference_points_within_gemeente"]] = [
        "suppressed",
        "Geheim",
        99.0,
    ]
    results.wijken.loc[0, ["observed_pct", "gap_points_within_gemeente", "gap_points_national"]] = np.nan
    said = words(write_gemeente_pages(results, tmp_path, ["GM0001"])[0])
    table = said[said.index("conclusie") : said.index("Stip:")]
    assert table.index("Geheim") > max(table.index(f"Wijk 0{i}") for i in range(1, 8))
    assert "99" not in table


def test_the_table_gives_reasons_whole_names_and_where_numbers_of_youths_come_from(tmp_path: Path) -> None:
    results = report_results(9)
    long = "Bedrijventerrein Lindenhout-Zuid en verspreide huizen in het buitengebied van Verzonnendam"
    results.wijken.loc[4, ["wijknaam", "youths_quality"]] = [long, "guessed"]
    results.wijken.loc[5, "youths_quality"] = "derived"
    (path,) = write_gemeente_pages(results, tmp_path, ["GM0001"])
    said = words(path)
    assert long in said
    for reason in REASONS[:8]:
        assert f"geen: {Texts()(f'page_reason_{reason}')}" in said
    assert "Aantal jeugdigen: a afgeleid (1 wijk); \N{ALMOST EQUAL TO} bij benadering (1 wijk)." in said
    assert f"{Texts().number(results.wijken.loc[5, 'youths'])} a " in said
    made = PdfReader(path).metadata.creation_date
    assert abs((datetime.now(UTC) - made).total_seconds()) < 600


def test_key_figures_do_not_claim_more_than_is_known(tmp_path: Path) -> None:
    results = report_results(8, every_reason=False)
    results.wijken["observed_state"] = "published"
    results.wijken["observed_pct"] = results.wijken["observed_pct"].fillna(12.5)
    same = {"wijken_suppressed": 0, "actual_low": 12.401, "actual_high": 12.409, "actual_pct": 12.405}
    made = replace(results, gemeenten=results.gemeenten.assign(**same))
    for quality, told, use in (
        ("given", "alle cijfers bekend", ""),
        ("derived", "jeugdigen bij benadering", "ongeveer "),
    ):
        made.wijken["youths_quality"] = quality
        said = words(write_gemeente_pages(made, tmp_path, ["GM0001"])[0])
        assert told in said
        assert f"gebruikt {use}12,4% van" in said
    hidden = replace(made, gemeenten=made.gemeenten.assign(wijken_missing=1))
    said = words(write_gemeente_pages(hidden, tmp_path, ["GM0001"])[0])
    assert "12,4% tot 12,4%" not in said
    assert "alle cijfers bekend" not in said


def test_one_extreme_wijk_does_not_set_the_axis() -> None:
    wijken = pd.DataFrame({"difference_low": [-1.0] * 20 + [30.0], "difference_high": [1.0] * 20 + [40.0]})
    assert axis_ends(wijken, 1.0) == (-2.0, 6.0)
    assert axis_ends(wijken.head(20), 1.0) == (-2.0, 2.0)


def test_an_unknown_gemeente_or_a_figure_that_tells_too_much_is_refused(tmp_path: Path) -> None:
    results = report_results()
    with pytest.raises(DataError, match="no gemeente 'GM9999' in this fit"):
        write_gemeente_pages(results, tmp_path / "a", ["GM0001", "GM9999"])
    results.wijken.loc[results.wijken["observed_state"] == "suppressed", "observed_pct"] = 3.0
    with pytest.raises(DisclosureError, match="WK"):
        write_gemeente_pages(results, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
