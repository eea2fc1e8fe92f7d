"""Finds the Chromium that browser tests drive, and opens it the same way for each of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


class ChromiumMissing(RuntimeError):
    """No Chromium was found on this machine."""

    def __init__(self, looked: list[str]) -> None:
        places = ", ".join(looked)
        super().__init__(
            f"no Chromium found (looked at: {places}). Install one (`apt install chromium` or "
            "`playwright install chromium`), or set BATON_CHROMIUM to its path."
        )


def find_chromium(playwright: Playwright) -> str:
    """Path of the first Chromium of: BATON_CHROMIUM, PATH, Playwright's own; raises ChromiumMissing."""
    named = os.environ.get("BATON_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise ChromiumMissing([f"BATON_CHROMIUM={named}"])
        return named
    for name in ON_PATH:
        found = shutil.which(name)
        if found:
            return found
    managed = playwright.chromium.executable_path
    if Path(managed).is_file():
        return managed
    raise ChromiumMissing(["BATON_CHROMIUM", *ON_PATH, "Playwright's own"])


@contextmanager
def open_chromiums(count: int) -> Iterator[list[Browser]]:
    """That many headless Chromiums, each a process of its own, for the length of the block."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        browsers = [playwright.chromium.launch(executable_path=path, args=ARGUMENTS) for _ in range(count)]
        try:
            yield browsers
        finally:
            for browser in browsers:
                browser.close()


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """One headless Chromium for the length of the block."""
    with open_chromiums(1) as (browser,):
        yield browser
