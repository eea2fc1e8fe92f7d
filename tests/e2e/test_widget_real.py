"""The widget in Chromium against the real gateway and database: what a customer does arrives in the rows."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select
from test_widget_files import PNG, choose
from test_widget_host import LISTEN, told
from typer.testing import CliRunner
from widget_page import WidgetPage, listen_to

from handoff.app import Services, build_services, create_api
from handoff.cli.identity import app as identity_cli
from handoff.rasa import Answer, Button, Reply, TurnRequest
from handoff.settings import Settings
from handoff.store import tables as t
from handoff.store.database import open_database
from tests.integration.handoff.conftest import ScriptedBot

pytestmark = pytest.mark.browser

SECRET = "the secret of the shop for tests alone"


async def answer(request: TurnRequest) -> Answer:
    reply = Reply(
        text=f"关于“{request.text}”：**七天**内可退。",
        buttons=[Button(title="运费谁出？", payload="运费谁出？")],
        meta={"entry_id": "returns-7days"},
    )
    return Answer(turn_id=request.turn_id, messages=[reply])


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The real gateway on a port of its own, with a scripted bot behind it."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("widget"),
        shared_secret="test-secret",
        message_burst=100,
        rasa_url="http://127.0.0.1:9",
        actions_url="http://127.0.0.1:9",
        identity_secrets=SECRET,
        recommendation_share=1.0,
    )
    built = build_services(settings, open_database(settings))
    bot = ScriptedBot()
    bot.script = answer
    built.turn_runner._bot = bot
    yield built


@pytest.fixture(scope="module")
def origin(services: Services) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_api(services), port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def widget(context: BrowserContext, origin: str) -> WidgetPage:
    tab = listen_to(context.new_page())
    tab.page.goto(f"{origin}/demo/")
    tab.open()
    return tab


def rows(services: Services, table: Any) -> list[Any]:
    return services.db.read_now(lambda conn: list(conn.execute(select(table))))


def test_questions_thumbs_files_and_a_message_left(widget: WidgetPage, services: Services) -> None:
    widget.send("怎么退货")
    widget.part("thumb-down").click()
    widget.part("why-text").fill("没说运费")
    widget.part("why-send").click()
    expect(widget.page.get_by_text("谢谢，已记下。")).to_be_visible()
    thumb = rows(services, t.answer_feedback)[-1]
    assert (thumb.entry_id, thumb.verdict, thumb.reason) == ("returns-7days", "down", "没说运费")
    choose(widget, ("收据.png", PNG))
    expect(widget.part("send")).to_be_enabled()
    widget.part("send").click()
    image = widget.part("picture").locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("async (node) => { await node.decode(); return node.naturalWidth; }") == 6
    expect(widget.part("notice").last).to_contain_text("文件已收到")
    widget.part("human").click()
    expect(widget.part("queue")).to_be_visible()
    widget.part("leave-message").click()
    widget.part("contact").fill("138 0000 0000")
    widget.part("leave-text").fill("请回电")
    widget.part("leave-send").click()
    expect(widget.part("queue")).to_have_count(0)
    left = rows(services, t.left_message)[-1]
    assert (left.contact, left.text) == ("138 0000 0000", "请回电")
    with widget.page.expect_download() as saved:
        widget.part("save").click()
    page = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "怎么退货" in page and "[图片] 收据.png" in page and "<script" not in page
    assert widget.complaints == []


def test_a_logged_in_customer_goes_on_elsewhere(
    widget: WidgetPage, context: BrowserContext, origin: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_IDENTITY_SECRETS", services.settings.identity_secrets)

    subject = uuid.uuid4().hex

    def proof() -> str:
        return CliRunner().invoke(identity_cli, ["proof", subject, "--name", "王芳"]).output.strip()

    widget.send("登录前问的")
    expect(widget.part("message-bot").last).to_contain_text("登录前问的")
    widget.page.evaluate(LISTEN)
    widget.page.evaluate("proof => baton.push(['identify', proof])", proof())
    expect(widget.part("message-bot").last).to_contain_text("登录前问的")
    end = time.monotonic() + 15
    while not told(widget, "identified"):
        assert time.monotonic() < end and told(widget, "error") == []
        widget.page.wait_for_timeout(20)
    browser = context.browser
    assert browser is not None
    phone = browser.new_context()
    other = listen_to(phone.new_page())
    other.page.goto(f"{origin}/demo/")
    other.page.evaluate("proof => baton.push(['identify', () => proof])", proof())
    other.open()
    expect(other.part("message-customer")).to_contain_text("登录前问的")
    known = [row for row in rows(services, t.customer) if row.external_key == subject]
    assert [row.display_name for row in known] == ["王芳"]
    assert widget.complaints == other.complaints == []
    phone.close()
