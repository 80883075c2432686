"""A page in headless Chromium, watched for requests, errors and dialogs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; skips by name, and fails in CI, where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        reason = "chromium is absent: install it (Debian: apt-get install chromium) to test the page in a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, path: Path, window: Any = DESK, **context: Any) -> Iterator[Page]:
    """The page, ready; at the end it must have asked for nothing but itself and reported no error."""
    wrong: list[str] = []
    with browser.new_context(viewport=window, reduced_motion="reduce", **context) as place:
        page = place.new_page()
        page.on("request", lambda request: request.url.split("#")[0] == path.as_uri() or wrong.append(request.url))
        page.on("console", lambda said: said.type not in ("error", "warning") or wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
        page.set_default_timeout(20_000)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        yield page
        assert wrong == [], wrong
