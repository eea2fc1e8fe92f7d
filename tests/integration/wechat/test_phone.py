"""The simulator's page in Chromium, as `baton wechat-sim` runs it: a person plays the customer of a real gateway."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.browser import open_chromium
from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer, free_port, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def phone_url(tmp_path: Path) -> Iterator[str]:
    """The gateway and `baton wechat-sim`, each its own process, joined by the file that the simulator makes."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with TurnServer() as rasa:
        gateway = GatewayProcess(tmp_path, rasa.port)
        env = os.environ | {"BATON_DATA_DIR": str(tmp_path), "BATON_PORT": str(gateway.port)}
        command = [sys.executable, "-m", "handoff.cli.main", "wechat-sim", "--port", str(port)]
        simulator = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        try:
            wait_until(lambda: _answers(url), 60)
            accounts = str(tmp_path / "wechat-sim.toml")
            gateway._env |= {"BATON_WECHAT_ACCOUNTS": accounts, "BATON_WECHAT_API": url}
            gateway.start()
            yield url
            gateway.kill()
        finally:
            simulator.terminate()
            simulator.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/phone/accounts", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_customer_follows_asks_and_asks_for_a_person(context: BrowserContext, phone_url: str) -> None:
    problems: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(phone_url)
    expect(page.locator(".account .bubble")).to_have_count(1)
    page.locator("#words").fill("怎么退货？")
    page.keyboard.press("Enter")
    expect(page.locator(".me .bubble")).to_have_text("怎么退货？")
    expect(page.locator(".account .bubble").last).to_have_text("answer 1 to 怎么退货？")
    page.locator("#keys button").click()
    expect(page.locator(".account .bubble").last).to_have_text("answer 2 to 转人工")
    page.locator('[data-act="image"]').click()
    expect(page.locator(".account .bubble")).to_have_count(4)
    page.reload()
    expect(page.locator(".account .bubble")).to_have_count(4)
    page.locator('[data-act="unsubscribe"]').click()
    expect(page.locator(".line.system").last).to_contain_text("取消关注")
    assert problems == []


@pytest.mark.long
def test_the_unverified_account_answers_in_the_callback(context: BrowserContext, phone_url: str) -> None:
    page = context.new_page()
    page.goto(phone_url)
    page.locator("#account").select_option("club")
    expect(page.locator(".account .bubble")).to_have_count(1)
    page.locator("#words").fill("你好")
    page.locator("#composer button").click()
    expect(page.locator(".account .bubble").last).to_have_text("answer 1 to 你好")
    page.set_viewport_size({"width": 380, "height": 720})
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
