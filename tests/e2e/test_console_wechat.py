"""The administrator's page of WeChat accounts, beside the platform's simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import ChromiumMissing, open_chromium
from browser_watch import failures_of
from console_desk import sign_in
from console_server import PASSWORD, ConsoleServer, Thread
from playwright.sync_api import Browser, Page, expect

from handoff.conversation import Role
from handoff.wechat_sim.app import create_sim
from handoff.wechat_sim.platform import Platform
from handoff.wechat_sim.settings import sim_accounts, write_demo_accounts

pytestmark = pytest.mark.browser


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
    running.start()
    yield running
    running.stop()


def open_page(server: ConsoleServer, browser: Browser, locale: str, problems: list[str], width: int = 1440) -> Page:
    page = browser.new_context(locale=locale, viewport={"width": width, "height": 900}).new_page()
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.extend(failures_of(request)))
    admin = server.agent(f"admin-{locale}-{width}", "管理员", Role.ADMIN)
    page.goto(server.origin + "/console/")
    sign_in(page, admin.name, PASSWORD)
    page.get_by_test_id("queue").wait_for()
    page.goto(server.origin + "/console/wechat")
    return page


@pytest.mark.parametrize(
    ("locale", "good", "refused"),
    [
        ("zh-CN", "平台接受了密钥", "密钥不对"),
        pytest.param("en", "the platform accepts the keys", "The secret is wrong", marks=pytest.mark.long),
    ],
)
def test_accounts_are_listed_and_their_keys_tested(
    server: ConsoleServer, browser: Browser, sim: tuple[Platform, Thread], locale: str, good: str, refused: str
) -> None:
    problems: list[str] = []
    page = open_page(server, browser, locale, problems)
    shop = page.get_by_test_id("wechat-account").filter(has_text="/wechat/shop")
    expect(page.get_by_test_id("wechat-account")).to_have_count(4)
    expect(page.get_by_test_id("wechat-account").filter(has_text="/wecom/service")).to_be_visible()
    shop.get_by_test_id("wechat-test").click()
    expect(page.get_by_text(good).first).to_be_visible()
    platform = sim[0]
    known = platform.account_named("shop")
    platform.accounts[known.app_id] = type(known)(**{**vars(known), "secret": "changed"})
    shop.get_by_test_id("wechat-test").click()
    expect(page.get_by_text(refused).first).to_be_visible()
    expect(shop.locator(".tag.bad")).to_have_text("40125")
    platform.accounts[known.app_id] = known
    secrets = [value for one in platform.accounts.values() for value in (one.secret, one.token, one.aes_key)]
    assert not [value for value in secrets if value in page.content()], "no key is ever on the page"
    assert problems == []


@pytest.mark.long
def test_on_a_phone_nothing_is_cut_off(server: ConsoleServer, browser: Browser) -> None:
    problems: list[str] = []
    page = open_page(server, browser, "zh-CN", problems, width=360)
    expect(page.get_by_test_id("wechat-account")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert problems == []
