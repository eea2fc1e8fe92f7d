"""The administrator's page of WeChat accounts, beside the platform's simulator."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import ChromiumMissing, open_chromium
from browser_watch import failures_of
from console_server import PASSWORD, ConsoleServer, Thread
from playwright.sync_api import Browser, Locator, Page, expect

from handoff.conversation import Role
from handoff.wechat_sim.app import create_sim
from handoff.wechat_sim.platform import Platform
from handoff.wechat_sim.settings import sim_accounts, write_demo_accounts
from tests.integration.handoff.conftest import ScriptedBot
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser

# A loaded machine is no failure.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with open_chromium() as opened:
            yield opened
    except ChromiumMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def sim() -> Iterator[tuple[Platform, Thread]]:
    platform, thread = Platform([]), Thread()
    thread.start(create_sim(platform))
    yield platform, thread
    thread.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sim: tuple[Platform, Thread]) -> Iterator[ConsoleServer]:
    folder = tmp_path_factory.mktemp("wechat-page")
    platform, thread = sim
    file = folder / "wechat.toml"
    write_demo_accounts(file)
    running = ConsoleServer(folder, wechat_accounts=str(file), wechat_api=thread.origin, wecom_api=thread.origin)
    platform.start_over(sim_accounts(str(file), running.origin))
    running.services.turn_runner._bot = ScriptedBot()
    running.start()
    yield running
    running.stop()


def open_page(
    server: ConsoleServer, browser: Browser, locale: str, problems: list[str], width: int = 1440, scheme: str = "light"
) -> Page:
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 2160 if width > 3000 else 900})
    look = f"{locale[:2]}.{scheme}.quiet"
    context.add_cookies([{"name": "baton_ui", "value": look, "url": server.origin}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.extend(failures_of(request)))
    admin = server.agent(f"admin-{uuid.uuid4().hex[:8]}", "管理员", Role.ADMIN)
    own = {"name": admin.name, "password": PASSWORD}
    login = f"{server.origin}/api/v1/agent/login"
    assert page.context.request.post(login, data=own, headers={"Origin": server.origin}).ok
    page.goto(server.origin + "/console/wechat")
    page.get_by_test_id("wechat").wait_for()
    return page


def shown(phone: str, openid: str) -> str:
    """What the account said on this phone, in one text."""
    news = httpx.get(f"{phone}/news", params={"openid": openid}).json()
    return "\n".join(line["text"] for line in news["lines"] if line["side"] == "account")


def panel(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="wechat-account"][data-name="{name}"]')


def test_an_account_is_connected_by_the_form_and_its_customer_answered(
    server: ConsoleServer, browser: Browser, sim: tuple[Platform, Thread]
) -> None:
    problems: list[str] = []
    _, thread = sim
    given = httpx.post(f"{thread.origin}/platform/register", json={"name": "新店"}).json()
    page = open_page(server, browser, "zh-CN", problems)
    page.get_by_test_id("wechat-new").click()
    page.get_by_test_id("wx-name").fill("xindian")
    page.get_by_test_id("wx-app-id").fill(given["app_id"])
    page.get_by_test_id("wx-secret").fill(given["secret"])
    page.get_by_test_id("wx-make-token").click()
    page.get_by_test_id("wx-aes_key").fill("short")
    page.get_by_test_id("wechat-save").click()
    expect(page.get_by_test_id("wechat-error")).to_contain_text("43 位")
    expect(page.get_by_test_id("wx-aes_key")).to_be_focused()
    page.get_by_test_id("wx-make-aes_key").click()
    token, key = (page.get_by_test_id(f"wx-{name}").input_value() for name in ("token", "aes_key"))
    page.get_by_test_id("wechat-save").click()
    expect(page.get_by_test_id("steps-keys")).to_have_class("is-good")
    expect(page.get_by_test_id("steps-calls")).to_have_class("is-wait")

    url = page.get_by_test_id("wechat-url").inner_text()
    entered = {"id": given["id"], "url": url, "token": "another", "aes_key": key}
    assert httpx.post(f"{thread.origin}/platform/server", json=entered).json() == {"why": "token"}
    expect(page.get_by_test_id("steps-calls")).to_contain_text("Token 不一样")
    assert httpx.post(f"{thread.origin}/platform/server", json=entered | {"token": token}).json() == {"why": ""}
    expect(page.get_by_test_id("steps-calls")).to_have_class("is-good")
    page.get_by_test_id("steps-close").click()

    phone = f"{thread.origin}/phone"
    openid = httpx.post(f"{phone}/join", json={"account": "新店"}).json()["openid"]
    httpx.post(f"{phone}/say", json={"openid": openid, "text": "多久能发货？"}).raise_for_status()
    wait_until(lambda: "echo 多久能发货？" in shown(phone, openid), 30, "for an answer by the new account's own keys")
    expect(panel(page, "xindian").get_by_test_id("wechat-calls")).to_contain_text("最近一次")
    assert not [value for value in (given["secret"], token, key) if value in page.content()]
    assert problems == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("locale", "good", "refused"),
    [("zh-CN", "平台接受了密钥", "密钥不对"), ("en", "the platform accepts the keys", "The secret is wrong")],
)
def test_keys_are_tested_replaced_and_tested_again(
    server: ConsoleServer, browser: Browser, sim: tuple[Platform, Thread], locale: str, good: str, refused: str
) -> None:
    problems: list[str] = []
    page = open_page(server, browser, locale, problems)
    shop = panel(page, "shop")
    shop.get_by_test_id("wechat-test").click()
    expect(page.get_by_text(good).first).to_be_visible()
    platform = sim[0]
    known, fresh = platform.account_named("shop"), uuid.uuid4().hex
    platform.accounts[known.app_id] = replace(known, secret=fresh)
    shop.get_by_test_id("wechat-test").click()
    expect(page.get_by_text(refused).first).to_be_visible()
    expect(shop.get_by_test_id("wechat-keys")).to_have_class("is-bad")
    expect(shop.get_by_test_id("wechat-keys")).to_contain_text("40125")

    shop.get_by_test_id("wechat-edit").click()
    page.get_by_test_id("wx-replace-secret").click()
    page.get_by_test_id("wx-secret").fill(fresh)
    page.get_by_test_id("wechat-save").click()
    expect(page.get_by_test_id("steps-keys")).to_have_class("is-good")
    page.get_by_test_id("steps-close").click()
    expect(shop).to_contain_text("设定" if locale == "zh-CN" else "set on")
    secrets = [value for one in platform.accounts.values() for value in (one.secret, one.token, one.aes_key) if value]
    assert not [value for value in secrets if value in page.content()], "no key is ever on the page"
    assert problems == []


@pytest.mark.long
def test_an_account_is_switched_off_on_and_removed(server: ConsoleServer, browser: Browser) -> None:
    problems: list[str] = []
    page = open_page(server, browser, "zh-CN", problems)
    club = panel(page, "club")
    club.get_by_test_id("wechat-switch").click()
    club.get_by_test_id("wechat-sure").click()
    expect(club.get_by_test_id("wechat-off")).to_be_visible()
    club.get_by_test_id("wechat-switch").click()
    club.get_by_test_id("wechat-sure").click()
    expect(club.get_by_test_id("wechat-off")).to_have_count(0)
    club.get_by_test_id("wechat-remove").click()
    club.get_by_test_id("wechat-sure").click()
    expect(club).to_have_count(0)
    assert problems == []


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440, 3840])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nothing_is_cut_off_and_everybody_can_use_it(
    server: ConsoleServer, browser: Browser, locale: str, width: int, scheme: str
) -> None:
    problems: list[str] = []
    page = open_page(server, browser, locale, problems, width, scheme)
    expect(page.get_by_test_id("wechat-account").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_test_id("wechat-new").click()
    page.locator("[data-testid=wechat-window] summary").click()
    assert Axe().run(page).response["violations"] == []
    page.get_by_test_id("wx-kind-kf").check()
    expect(page.get_by_test_id("wx-faces")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth")
    page.keyboard.press("Escape")
    page.get_by_test_id("wechat-steps").first.click()
    expect(page.get_by_test_id("wechat-platform")).to_be_visible()
    assert problems == []
