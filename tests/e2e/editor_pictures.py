"""Takes the pictures of the editors' guide: ``python tests/e2e/editor_pictures.py docs/images``.

The shipped FAQ with the real encoder, so that the scores in the pictures are those an editor sees.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from browser import open_chromium
from console_desk import sign_in
from console_server import PASSWORD, ConsoleServer
from playwright.sync_api import Browser, Page

from handoff.conversation import Role
from knowledge_base.cli import embedder_name, faq_dir, index_dir
from knowledge_base.layers import load_search_embedder
from tests.support.faq_actions import FaqActions

SECRET = "a secret for pictures alone"


def take(browser: Browser, server: ConsoleServer, folder: Path) -> None:
    """One picture of each part of the desk, named ``editor-*.png``."""
    page = _desk(browser, server, "zh-CN", "eva", "李编辑")
    _open(page, "returns-window")
    page.screenshot(path=folder / "editor-entry-zh.png")
    page.get_by_test_id("tab-try").click()
    page.get_by_test_id("ask").fill("东西买回来多久之内还能退")
    page.get_by_test_id("ask-go").click()
    page.get_by_test_id("hit").first.wait_for()
    page.locator(".ed-hit summary").first.click()
    page.screenshot(path=folder / "editor-try-zh.png")
    page = _desk(browser, server, "en-GB", "kim", "Kim Reed")
    _open(page, "returns-window-en")
    page.screenshot(path=folder / "editor-entry-en.png")


def _desk(browser: Browser, server: ConsoleServer, lang: str, name: str, display: str) -> Page:
    server.agent(name, display, Role.EDITOR)
    page = browser.new_context(locale=lang, viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(60_000)
    page.goto(server.origin + "/console/")
    sign_in(page, name, PASSWORD)
    page.wait_for_url(re.compile("/console/editor"))
    return page


def _open(page: Page, entry: str) -> None:
    page.locator(f"[data-entry={entry}]").click()
    page.get_by_test_id("preview-answer").wait_for()
    page.get_by_test_id("predicted").wait_for()


def main(folder: Path) -> None:
    """Serve a copy of the FAQ, take the pictures, and leave nothing behind."""
    with tempfile.TemporaryDirectory() as scratch, open_chromium() as browser:
        root = Path(scratch)
        shutil.copytree(faq_dir(), root / "faq")
        shutil.copytree(index_dir(), root / "index")
        actions = FaqActions(root / "faq", root / "index", SECRET, load_search_embedder(embedder_name()))
        server = ConsoleServer(root / "data", shared_secret=SECRET, actions_url=actions.url, faq_dir=root / "faq")
        actions.start()
        server.start()
        try:
            take(browser, server, folder)
        finally:
            server.stop()
            actions.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
