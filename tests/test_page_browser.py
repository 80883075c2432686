"""The page as people use it: by pointer, keyboard, phone and screen reader, in headless Chromium."""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from fake_results import FAILED, FAILED_SAID
from page_browser import DESK, PHONE, chromium, opened
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from report_results import report_results
from test_page import squares

from bayes_jeugdhulp.report.maps import PALETTE, suppressed_value
from bayes_jeugdhulp.report.page import write_page
from bayes_jeugdhulp.report.sentences import cautions, gemeente_sentences, wijk_sentences
from bayes_jeugdhulp.report.texts import TEXTS, Texts
from bayes_jeugdhulp.results import FlagRule, Results

SCRIPT, QUOTES = "<script>alert('wijk')</script><img src=x onerror=alert(1)>", 'De "Hoek" & \'t <b>Eind</b>'
TEXT = Texts()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def shown() -> Results:
    """120 wijken; two with names that look like markup, in a gemeente that has such a name too."""
    made = report_results(120, rule=asdict(FlagRule()), simulated=False)
    wijken, gemeenten = made.wijken.copy(), made.gemeenten.copy()
    wijken.loc[[20, 21], "wijknaam"] = [SCRIPT, QUOTES]
    of_both = wijken.loc[20, "gemeentecode"]
    wijken.loc[wijken["gemeentecode"] == of_both, "gemeentenaam"] = QUOTES
    gemeenten.loc[gemeenten["gemeentecode"] == of_both, "gemeentenaam"] = QUOTES
    hague = wijken.loc[100, "gemeentecode"]
    for table in (wijken, gemeenten):
        table.loc[table["gemeentecode"] == hague, "gemeentenaam"] = "'s-Gravenhage (gemeente)"
    return replace(made, wijken=wijken, gemeenten=gemeenten)


@pytest.fixture(scope="module")
def file(shown: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(shown, tmp_path_factory.mktemp("page") / "kaart #1.html", borders=squares(shown))


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    with opened(browser, file) as found:
        yield found


def against(results: Results, reference: str = "within_gemeente") -> Any:
    return results.wijken.rename(columns=lambda name: name.removesuffix(f"_{reference}"))


def place(page: Page, results: Results, row: int) -> tuple[float, float]:
    """Where a wijk of the squares lies in the window, off its middle, where a label may be."""
    code = results.wijken.loc[row, "wijkcode"]
    box = page.locator("#canvas").bounding_box()
    assert box
    columns, rows = 8, results.wijken["gemeentecode"].nunique()
    side = 0.98 * min(box["width"] / columns, box["height"] / rows)
    x, y = int(code[6:]) - columns / 2 + 0.15, int(code[2:6]) - 1 - rows / 2 + 0.15
    return box["x"] + box["width"] / 2 + side * x, box["y"] + box["height"] / 2 + side * y


def test_the_map_has_the_colours_of_the_palette(page: Page, shown: Results) -> None:
    page.locator("#canvas").scroll_into_view_if_needed()
    published = shown.wijken.index[shown.wijken["observed_state"] == "published"]
    wanted = suppressed_value(against(shown)).map(PALETTE)
    screen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    points = {row: place(page, shown, row) for row in published}
    found = {row: "#{:02x}{:02x}{:02x}".format(*screen.getpixel(point)) for row, point in points.items()}
    assert found == {row: wanted[row] for row in published}
    assert len(set(found.values())) > 4


def test_every_tab_shows_its_own_legend_and_is_worked_by_arrows(page: Page) -> None:
    tabs = page.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Werkelijk", "Verwacht", "Verschil", "Zekerheid"]
    legends = set()
    tabs.first.click()
    for name in tabs.all_inner_texts():
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        legends.add(page.locator("#tab-note").inner_text() + page.locator("#legend").inner_text())
        page.keyboard.press("ArrowRight")
    assert len(legends) == 4
    expect(tabs.first).to_be_focused()


def test_the_other_reference_changes_what_is_said(page: Page, shown: Results) -> None:
    page.get_by_text("landelijk", exact=True).click()
    status = shown.wijken["status_national"].value_counts()
    for name in ("hoger", "lager", "als verwacht", "geen uitspraak"):
        expect(page.get_by_role("button", name=re.compile(rf"^{status.get(name, 0)} {name}$"))).to_be_visible()
    page.locator("#find").fill(shown.wijken.loc[50, "wijkcode"])
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text(wijk_sentences(shown, "national").iloc[50])


def test_a_wijk_is_found_by_keyboard_and_told_of(page: Page, shown: Results) -> None:
    search = page.get_by_role("combobox", name="Zoek een wijk of gemeente")
    search.fill("verzonnendam 0005")
    expect(search).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#live")).to_have_text("9 gevonden. Kies met de pijltoetsen en Enter.")
    page.keyboard.press("Escape")
    expect(search).to_have_attribute("aria-expanded", "false")
    search.fill("WK000503")
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option").first
    expect(option).to_have_attribute("aria-selected", "true")
    expect(search).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    page.keyboard.press("Enter")
    row = shown.wijken.index[shown.wijken["wijkcode"] == "WK000503"][0]
    card = page.get_by_role("complementary", name="Gekozen wijk")
    expect(card).to_contain_text(wijk_sentences(shown)["WK000503"])
    wijk = against(shown).loc[row]
    expect(card).to_contain_text(f"{TEXT.points(wijk.difference_points)} procentpunt")
    expect(card).to_contain_text(f"{wijk.rank_low} tot {wijk.rank_high} van 120")
    assert page.url.endswith("wijk=WK000503")
    search.fill("bestaatniet")
    expect(page.locator("#live")).to_have_text("Niets gevonden.")


def test_a_gemeente_shows_its_total_and_a_sentence_for_each_wijk(page: Page, shown: Results) -> None:
    page.get_by_role("combobox", name="Zoek een wijk of gemeente").fill("Verzonnendam 0007")
    page.get_by_role("option").first.click()
    view = page.get_by_role("region", name="Per gemeente")
    gemeente = shown.gemeenten.set_index("gemeentecode").loc["GM0007"]
    expect(view.get_by_role("heading", name="Verzonnendam 0007", exact=True)).to_be_visible()
    expect(view).to_contain_text(gemeente_sentences(shown)["GM0007"])
    expect(view.locator(".figures")).to_contain_text(TEXT.percent(gemeente.actual_pct))
    rows = view.get_by_role("listitem")
    wijken = against(shown).query("gemeentecode == 'GM0007'").sort_values("difference_points", ascending=False)
    expect(rows).to_have_count(len(wijken))
    for row, wijk in zip(rows.all(), wijken.itertuples(), strict=True):
        expect(row).to_contain_text(wijk.wijknaam)
        expect(row).to_contain_text(wijk_sentences(shown)[wijk.wijkcode])
        label = row.get_by_role("img").get_attribute("aria-label") or ""
        assert f"{TEXT.points(wijk.difference_low)} tot {TEXT.points(wijk.difference_high)}" in label


def test_the_table_holds_the_figures_and_sorts_and_filters(page: Page, shown: Results) -> None:
    table, said = page.get_by_role("table"), page.locator("#table-said")
    wijken = against(shown)
    page.get_by_role("button", name="Toon er 50 meer").click()
    page.get_by_role("button", name="Toon er 20 meer").click()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(120)
    header = table.get_by_role("columnheader", name="Werkelijk")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(said).to_contain_text("gesorteerd op werkelijk, aflopend")
    page.get_by_role("button", name="Toon er 50 meer").click()
    page.get_by_role("button", name="Toon er 20 meer").click()
    order = wijken.assign(shown=wijken["observed_pct"].round(1)).sort_values("shown", ascending=False, kind="stable")
    for cells, wijk in zip(rows.all(), order.itertuples(), strict=True):
        text = " ".join(cells.inner_text().split())
        use = TEXT.percent(wijk.observed_pct) if wijk.observed_state == "published" else "afgeschermd"
        assert wijk.observed_state == "missing" or use in text
        assert wijk.observed_state == "published" or "%" not in text.split(TEXT.percent(wijk.expected_pct))[0]
        assert f"{TEXT.points(wijk.difference_low)} tot {TEXT.points(wijk.difference_high)}" in text
        published = wijk.observed_state == "published"
        assert (f"{wijk.rank_low} tot {wijk.rank_high}" if published else "geen plaats") in text
        assert wijk.status in text
        assert published or "groep" not in text
        if wijk.status == "als verwacht":
            assert f"{TEXT.chance(wijk.prob_near, TEXTS['nl']['more_than'])} als verwacht" in text
        other = wijk.status_reason not in ("", "onzeker")
        assert other == ("niet te geven: " in text), "a probability contradicts another reason"
        assert not other or not re.search(r"% (hoger|lager)", text)
    hidden = wijken.loc[wijken["observed_state"] != "published", "wijknaam"].tolist()
    for name in ("Verschil", "Kans", "Plaats"):
        for _ in ("down", "up"):
            table.get_by_role("columnheader", name=name).get_by_role("button").click()
            page.get_by_role("button", name="Toon er 50 meer").click()
            page.get_by_role("button", name="Toon er 20 meer").click()
            names = [text.strip() for text in rows.locator("th").all_inner_texts()]
            assert sorted(names[-len(hidden) :]) == sorted(hidden)
    page.get_by_label("Conclusie", exact=True).select_option("hoger")
    higher = int((wijken["status"] == "hoger").sum())
    expect(said).to_have_text(re.compile(rf"^{higher} wijken; "))
    page.get_by_label("Alleen buiten het 95%-interval").check()
    both = int(((wijken["status"] == "hoger") & wijken["outside_interval"].isin(["hoger", "lager"])).sum())
    assert 0 < both < higher
    expect(said).to_have_text(re.compile(rf"^{both} wijk"))
    page.get_by_role("button", name="Wis de keuze").click()
    page.get_by_label("Wijk of gemeente", exact=True).fill("zzz")
    expect(said).to_have_text("Geen wijk gevonden.")


def test_names_are_searched_first_and_a_code_only_as_a_code(page: Page) -> None:
    search, options = page.locator("#find"), page.locator("#found li")
    for query in ("Den Haag", "\N{RIGHT SINGLE QUOTATION MARK}s-gravenhage", "gravenhage"):
        search.fill(query)
        expect(options.first).to_contain_text("'s-Gravenhage (gemeente)")
    search.fill("GM0007")
    expect(options.first).to_contain_text("Verzonnendam 0007")
    search.fill("verzonnendam")
    shown, more = options.count(), page.locator("#found-said")
    assert shown == 12
    expect(options.first).to_contain_text("Verzonnendam 0001")
    expect(more).to_have_text(re.compile(r"^En nog \d+ andere"))
    search.fill("bestaatniet")
    expect(more).to_have_text("Niets gevonden.")
    expect(more).to_be_visible()


def test_without_a_published_figure_a_wijk_stands_apart_from_the_order(page: Page, shown: Results) -> None:
    page.get_by_label("Kies een gemeente").select_option("Verzonnendam 0001")
    plot, wijken = page.locator("#gemeente-view .plot"), against(shown).query("gemeentecode == 'GM0001'")
    hidden = wijken[wijken["observed_state"] != "published"]
    assert len(hidden) > 0
    expect(plot.get_by_role("heading")).to_have_text(re.compile("^Geen gepubliceerd cijfer"))
    apart = plot.locator("ul > li")
    expect(apart).to_have_count(len(hidden))
    for row, name in zip(apart.all(), hidden["wijknaam"], strict=True):
        expect(row).to_contain_text(name)
        assert "geen gepubliceerd cijfer" in (row.get_by_role("img").get_attribute("aria-label") or "")
        assert row.locator(".cross, .arrow").count() > 0
        assert row.locator("circle").count() == 0
    for row, wijk in zip(
        plot.locator("ol > li").all(),
        wijken.drop(hidden.index).sort_values("difference_points", ascending=False, kind="stable").itertuples(),
        strict=True,
    ):
        dots = [dot.get_attribute("fill") for dot in row.locator("circle").all()]
        assert dots == [] or (dots[0] != "#fff") == (wijk.outside_interval in ("hoger", "lager"))


def test_one_wide_interval_does_not_squeeze_the_others(browser: Browser, shown: Results, tmp_path: Path) -> None:
    wijken = shown.wijken.copy()
    ends = [f"difference_{end}_within_gemeente" for end in ("points", "low", "high")]
    wijken.loc[40:47, ends] = [0.1, -1.5, 1.7]
    wijken.loc[41, ends] = [40.0, 20.0, 60.0]
    with opened(browser, write_page(replace(shown, wijken=wijken), tmp_path / "page.html")) as page:
        page.locator("#choose").select_option(wijken.loc[41, "gemeentenaam"])
        row = page.locator(".plot li", has_text=wijken.loc[41, "wijknaam"])
        expect(row.locator(".arrow")).to_have_count(1)
        expect(row).to_contain_text("+40,0 (+20,0 tot +60,0)")
        labels = [label.bounding_box() for label in page.locator(".axis text").all()]
        assert all(a and b and a["x"] + a["width"] < b["x"] for a, b in pairwise(labels))
        assert [page.locator(".axis text").last.text_content()] in (["+4"], ["+6"])


def test_a_step_within_the_page_keeps_what_is_chosen(page: Page) -> None:
    page.locator("#find").fill("WK000503")
    page.keyboard.press("Enter")
    page.get_by_role("navigation").get_by_role("link", name="Tabel").click()
    expect(page.locator("#tabel")).to_be_focused()
    assert page.url.endswith("#wijk=WK000503")
    card = page.locator("#card")
    card.evaluate("card => { card.style.maxHeight = '120px'; card.scrollTop = 90; }")
    page.locator("#find").fill("WK000504")
    page.keyboard.press("Enter")
    assert card.evaluate("card => card.scrollTop") == 0


def test_what_is_not_on_the_map_is_told(browser: Browser, shown: Results, tmp_path: Path) -> None:
    status = against(shown)["status"]
    without = [status[status == "hoger"].index[0], *status[status == "lager"].index[:2]]
    borders = squares(shown).drop(index=without)
    spare = squares(shown).iloc[without[:1]].assign(wijkcode="WK777700")
    borders = gpd.GeoDataFrame(pd.concat([borders, spare], ignore_index=True), crs=borders.crs)
    borders.attrs = {"year": shown.metadata["year"]}
    with opened(browser, write_page(shown, tmp_path / "page.html", borders=borders)) as page:
        counts = status.value_counts()
        expect(page.locator("#off-map")).to_contain_text(f"1 van de {counts['hoger']} wijken")
        expect(page.locator("#off-map")).to_contain_text(f"2 van de {counts['lager']} met")
        expect(page.locator("#legend")).to_contain_text("grens zonder cijfers van dit jaar")
        expect(page.locator("#legend")).to_contain_text("aantal jeugdigen onzeker")


def test_names_that_look_like_markup_are_text(page: Page, shown: Results) -> None:
    page.get_by_label("Kies een gemeente").select_option(QUOTES)
    view = page.get_by_role("region", name="Per gemeente")
    expect(view.get_by_role("heading", name=QUOTES, exact=True)).to_be_visible()
    expect(view.get_by_role("button", name=SCRIPT, exact=True)).to_be_visible()
    view.get_by_role("button", name=SCRIPT, exact=True).click()
    expect(page.locator("#card h3")).to_contain_text(SCRIPT)
    page.mouse.move(*place_of_chosen(page))
    expect(page.locator("#tip")).to_be_visible()
    page.get_by_role("combobox", name="Zoek een wijk of gemeente").fill("script")
    expect(page.get_by_role("option").first).to_contain_text(SCRIPT)
    assert page.locator("main img, main b, main script").count() == 0


def place_of_chosen(page: Page) -> tuple[float, float]:
    box = page.locator("#canvas").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_pointer_tells_of_a_wijk_and_a_click_chooses_it(page: Page, shown: Results) -> None:
    page.locator("#canvas").scroll_into_view_if_needed()
    row = shown.wijken.index[shown.wijken["observed_state"] == "published"][30]
    page.mouse.move(*place(page, shown, row))
    wijk = against(shown).loc[row]
    expect(page.locator("#tip")).to_contain_text(TEXT.percent(wijk.expected_pct))
    expect(page.locator("#tip")).to_contain_text(f"{TEXT.points(wijk.gap_points)} procentpunt")
    page.mouse.click(*place(page, shown, row))
    expect(page.locator("#card h3")).to_contain_text(wijk.wijkcode)


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Direct naar de kaart")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#kaart")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="Verschil")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#canvas")).to_be_focused()
    for key in ("+", "+", "ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#card h3")).to_contain_text("WK00")
    for name in ("Zoom in", "Zoom uit", "Toon alles", "Sluit", re.compile("^Alle wijken van ")):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).outline").endswith("solid 3px")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Per gemeente")).to_be_focused()


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_serious_finding_of_an_accessibility_checker(
    browser: Browser, shown: Results, tmp_path: Path, window: Any, language: str
) -> None:
    simulated = replace(shown, metadata=shown.metadata | {"simulated": True} | FAILED)
    path = write_page(simulated, tmp_path / "page.html", borders=squares(shown), language=language)
    with opened(browser, path, window) as page:
        page.locator("#choose").select_option(index=4)
        page.locator("#find").fill("WK000503")
        page.keyboard.press("Enter")
        for tab in ("actual", "expected", "difference", "certainty"):
            page.locator(f"#tab-{tab}").click()
        page.locator("#find").fill("dam")
        found = Axe().run(page).response["violations"]
        serious = [
            f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")
        ]
        assert serious == []


def test_on_a_phone_nothing_scrolls_sideways(browser: Browser, file: Path, shown: Results) -> None:
    with opened(browser, file, PHONE, has_touch=True, is_mobile=True) as page:

        def wide() -> int:
            return int(page.evaluate("document.documentElement.scrollWidth"))

        assert wide() == 390
        page.locator("#canvas").scroll_into_view_if_needed()
        page.touchscreen.tap(*place(page, shown, 40))
        expect(page.locator("#card h3")).to_contain_text(shown.wijken.loc[40, "wijkcode"])
        assert wide() == 390
        page.get_by_label("Kies een gemeente").select_option(index=3)
        for tab in ("actual", "expected", "certainty"):
            page.locator(f"#tab-{tab}").click()
            assert wide() == 390
        page.locator("#find").fill("wijk")
        assert wide() == 390


@pytest.mark.parametrize("width", [320, 768, 1025])
def test_no_window_scrolls_sideways(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, {"width": width, "height": 800}) as page:
        page.locator("#choose").select_option(index=3)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_an_address_opens_the_same_view(browser: Browser, file: Path) -> None:
    with opened(browser, file) as page:
        page.goto(f"{file.as_uri()}#tab=certainty&ref=national&wijk=WK000402&gemeente=GM0004")
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        expect(page.get_by_role("tab", name="Zekerheid")).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("radio", name="landelijk")).to_be_checked()
        expect(page.locator("#card h3")).to_contain_text("WK000402")
        expect(page.locator("#gemeente-view h3")).to_have_text("Verzonnendam 0004")


def test_without_borders_table_and_gemeenten_still_work(browser: Browser, shown: Results, tmp_path: Path) -> None:
    with opened(browser, write_page(shown, tmp_path / "page.html")) as page:
        expect(page.get_by_text("Er zijn geen grenzen opgegeven")).to_be_visible()
        expect(page.locator("#canvas")).to_be_hidden()
        expect(page.locator("#tabs")).to_be_hidden()
        expect(page.locator("#card")).not_to_contain_text("kaart")
        page.get_by_role("table").get_by_role("button").nth(12).click()
        expect(page.locator("#card h3")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Alle wijken van ")).click()
        expect(page.locator("#gemeente-view").get_by_role("listitem").first).to_be_visible()


def test_simulated_figures_and_a_failed_check_are_marked(browser: Browser, shown: Results, tmp_path: Path) -> None:
    marked = replace(shown, metadata=shown.metadata | {"simulated": True} | FAILED)
    with opened(browser, write_page(marked, tmp_path / "page.html", borders=squares(shown))) as page:
        expect(page.locator("#mark")).to_be_visible()
        expect(page.locator("#mark")).to_contain_text("GESIMULEERD")
        expect(page.locator("#warning")).to_contain_text(FAILED_SAID)
    with opened(browser, write_page(shown, tmp_path / "page.html", borders=squares(shown))) as page:
        expect(page.locator("#mark")).to_be_hidden()
        expect(page.locator("#warning")).to_be_hidden()


def test_it_prints_what_was_chosen_and_what_may_not_be_concluded(page: Page, shown: Results) -> None:
    page.get_by_label("Kies een gemeente").select_option("Verzonnendam 0005")
    page.get_by_label("Wijk of gemeente", exact=True).fill("Verzonnendam 0005")
    printed = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    text = " ".join(" ".join(sheet.extract_text() for sheet in printed.pages).split())
    for sentence in [*cautions(), gemeente_sentences(shown)["GM0005"]]:
        assert sentence.replace(" ", "") in text.replace(" ", "")
    assert len(printed.pages) <= 8


def test_the_printed_map_has_the_proportions_of_the_screen(page: Page) -> None:
    canvas = page.locator("#canvas")
    before, bitmap = canvas.bounding_box(), canvas.evaluate("c => [c.width, c.height]")
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    printed = canvas.bounding_box()
    assert before
    assert printed
    assert printed["height"] < before["height"]
    assert printed["width"] / printed["height"] == pytest.approx(before["width"] / before["height"], rel=0.01)
    assert canvas.evaluate("c => [c.width, c.height]") == bitmap
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert page.locator("td .note").first.evaluate(size) < page.locator("tbody tr").first.evaluate(size)


def test_every_view_of_the_simulated_netherlands(
    browser: Browser, results: Results, fitted: Any, tmp_path: Path
) -> None:
    """The pictures of docs/report.md: kept where BAYES_JEUGDHULP_PICTURES names a folder."""
    folder = Path(os.environ.get("BAYES_JEUGDHULP_PICTURES", tmp_path))
    borders: gpd.GeoDataFrame = fitted.country.borders
    path = write_page(results, tmp_path / "page.html", borders=borders)
    code = fitted.high
    wijk = results.wijken.set_index("wijkcode").loc[code]

    def picture(page: Page, name: str) -> None:
        page.wait_for_timeout(300)  # the map is drawn anew when it has come to rest
        screen = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
        # An octree keeps colours that few pixels have, such as those of a legend.
        small = screen.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(folder / f"{name}.png", optimize=True)

    with opened(browser, path) as page:
        picture(page, "begin")
        page.locator("#map-head").evaluate("element => element.scrollIntoView()")
        seen = set()
        for tab in ("actual", "expected", "difference", "certainty"):
            page.locator(f"#tab-{tab}").click()
            picture(page, f"kaart-{tab}")
            seen.add(page.locator("#canvas").evaluate("canvas => canvas.toDataURL()"))
        assert len(seen) == 4
        page.locator("#tab-difference").click()
        page.locator("#find").fill(wijk["gemeentenaam"][:5])
        picture(page, "zoeken")
        page.locator("#find").fill(code)
        page.keyboard.press("Enter")
        expect(page.locator("#card h3")).to_contain_text(wijk["wijknaam"])
        picture(page, "wijk")
        page.get_by_role("button", name=re.compile("^Alle wijken van ")).click()
        expect(page.locator("#gemeente-view").get_by_role("button", name=wijk["wijknaam"]).first).to_be_visible()
        picture(page, "gemeente")
        page.locator("#tabel").evaluate("element => element.scrollIntoView()")
        picture(page, "tabel")
        page.locator("#conclusies").evaluate("element => element.scrollIntoView()")
        picture(page, "conclusies")
    with opened(browser, path, PHONE) as page:
        picture(page, "telefoon-begin")
        page.locator("#find").fill(code)
        page.keyboard.press("Enter")
        expect(page.locator("#card")).to_contain_text(wijk_sentences(results)[code])
        picture(page, "telefoon-wijk")
        page.locator("#choose").select_option(wijk["gemeentenaam"])
        page.locator("#gemeente-view h4").evaluate("element => element.scrollIntoView()")
        picture(page, "telefoon-gemeente")
    assert len(list(folder.glob("*.png"))) == 13
