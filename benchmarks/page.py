"""How large the page is, how soon it is ready and how smoothly its map moves, in headless Chromium.

    python benchmarks/page.py --fit fit.nc --borders nl_wijken.topojson --out benchmarks/page.json

Without a fit the simulated Netherlands is fitted first, which takes minutes. Ready: from the start of the navigation
until map, table and search are there, by the page's own clock, a new browser each time. Frames: how often a second the
page drew while a pointer dragged the map to and fro for three seconds, most of the country in sight and ten times
enlarged, by more than is drawn beforehand, so that drawing anew is part of it.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
from playwright.sync_api import Page, sync_playwright

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.report.page import write_page
from bayes_jeugdhulp.results import Results

SECONDS = 3.0
FRAMES = """() => {
    window.frames = [];
    const next = (now) => { window.frames.push(now); window.counting = requestAnimationFrame(next); };
    window.counting = requestAnimationFrame(next);
}"""


def simulated() -> tuple[Results, gpd.GeoDataFrame]:
    country = bj.simulated_netherlands(2017)
    tree = bj.fit(country.areas, bj.ModelSpec(), bj.SamplingSpec(seed=1))
    return bj.make_results(tree), country.borders


def drag(page: Page) -> dict[str, float]:
    """Frames a second, and the longest time between two, while the map is dragged to and fro."""
    box = page.locator("#canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    start = time.perf_counter()
    step = 0
    while time.perf_counter() - start < SECONDS:
        step += 1
        there = abs((16 * step) % 1400 - 700) - 350  # to and fro over 700 pixels, further than is drawn beforehand
        page.mouse.move(x + there, y + there / 2)
    times: list[float] = page.evaluate("() => { cancelAnimationFrame(window.counting); return window.frames; }")
    page.mouse.up()
    gaps = [b - a for a, b in pairwise(times)]
    return {"fps": round(1000 / statistics.mean(gaps), 1), "longest_ms": round(max(gaps), 1), "moves": step}


def measure(path: Path, runs: int) -> dict[str, Any]:
    """Open the page some times; drag its map in the last."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is absent: install it to measure the page")
    ready: list[float] = []
    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        for run in range(runs):
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]", state="attached")
            ready.append(float(page.evaluate("document.documentElement.dataset.ready")))
            if run == runs - 1:
                page.wait_for_timeout(1000)
                page.locator("#canvas").scroll_into_view_if_needed()
                for name, clicks in (("pan_country", 1), ("pan_enlarged", 3)):
                    for _ in range(clicks):
                        page.locator("#zoom-in").click()
                    page.wait_for_timeout(1000)
                    found[name] = drag(page)
                found["chromium"] = browser.version
            browser.close()
    return {"ready_ms": sorted(ready), "ready_ms_median": statistics.median(ready), **found}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit", type=Path, help="saved fit; without it the simulated Netherlands is fitted")
    parser.add_argument("--borders", type=Path, help="borders that go with the fit")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.fit:
        results = bj.make_results(bj.load(options.fit))
        borders = bj.read_borders(options.borders) if options.borders else None
    else:
        results, borders = simulated()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = write_page(results, Path(folder) / "page.html", borders=borders)
        found = {
            "wijken": len(results.wijken),
            "borders": 0 if borders is None else len(borders),
            "megabytes": round(path.stat().st_size / 1e6, 2),
            "written_seconds": round(time.perf_counter() - start, 1),
            **measure(path, options.runs),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        }
    text = json.dumps(found, indent=2)
    print(text)
    if options.out:
        with replacing(options.out) as part:
            part.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
