"""Takes the pictures of the WeChat accounts for the docs: ``python tests/e2e/wechat_pictures.py docs/images``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import open_chromium
from console_pictures import _open, _sign_in
from console_server import ConsoleServer, Thread
from playwright.sync_api import Browser, Page, expect

from handoff.conversation import Role
from handoff.wechat_sim.app import create_sim
from handoff.wechat_sim.platform import Platform
from handoff.wechat_sim.registration import new_account
from handoff.wechat_sim.settings import sim_accounts, write_demo_accounts

CROP_HIDES = "[data-testid=wechat-stand-in] { display: none }"


def fill(page: Page, platform: Platform) -> None:
    """The form of a new account, all filled in."""
    known = new_account("青禾商城", "official")
    platform.accounts[known.app_id] = known
    page.get_by_test_id("wechat-new").click()
    page.get_by_test_id("wx-name").fill("qinghe")
    page.get_by_test_id("wx-app-id").fill(known.app_id)
    page.get_by_test_id("wx-secret").fill(known.secret)
    for key in ("token", "aes_key"):
        page.get_by_test_id(f"wx-make-{key}").click()


def take(browser: Browser, server: ConsoleServer, platform: Platform, folder: Path) -> None:
    page = _open(browser, server, "zh.light.quiet", 1440, 900)
    _sign_in(page, server.agent("boss", "何敏", Role.ADMIN))
    page.goto(f"{server.origin}/console/wechat")
    page.add_style_tag(content=CROP_HIDES)
    page.get_by_test_id("wechat-test").first.click()
    expect(page.get_by_test_id("wechat-keys").first).to_have_class("is-good")
    fill(page, platform)
    page.screenshot(path=folder / "wechat-connect.png")
    page.get_by_test_id("wechat-save").click()
    expect(page.get_by_test_id("steps-keys")).to_have_class("is-good")
    page.screenshot(path=folder / "wechat-steps.png")
    page.get_by_test_id("steps-close").click()
    page.reload()
    page.add_style_tag(content=CROP_HIDES)
    page.get_by_test_id("wechat-account").first.wait_for()
    page.screenshot(path=folder / "wechat-accounts.png")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    platform, thread = Platform([]), Thread()
    thread.start(create_sim(platform))
    with tempfile.TemporaryDirectory() as data_dir, open_chromium() as browser:
        accounts = Path(data_dir) / "wechat.toml"
        write_demo_accounts(accounts)
        server = ConsoleServer(
            Path(data_dir), wechat_accounts=str(accounts), wechat_api=thread.origin, wecom_api=thread.origin
        )
        platform.start_over(sim_accounts(str(accounts), server.origin))
        server.start()
        try:
            take(browser, server, platform, folder)
        finally:
            server.stop()
            thread.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
