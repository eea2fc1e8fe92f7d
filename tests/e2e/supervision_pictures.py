"""Takes the supervisor's pictures for the docs: ``python tests/e2e/supervision_pictures.py docs/images``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import open_chromium
from console_server import PASSWORD, ConsoleServer, Thread
from fastapi import FastAPI
from playwright.sync_api import Page

from handoff.conversation import Agent, PresenceState, Role

CALM, SOUR, ANGRY, GLAD = (
    (0.6, 0.1, "neutral"),
    (0.3, 0.4, "negative"),
    (0.05, 0.92, "angry"),
    (0.9, 0.02, "positive"),
)
Said = tuple[str, tuple[float, float, str]]


def talk(server: ConsoleServer, *said: Said, ago: float = 0.0) -> str:
    """A customer who says these things in these moods, with the bot's answers between."""
    conv_id = server.customer()
    for n, (words, mood) in enumerate(said):
        server.mood(conv_id, server.line(conv_id, "customer", words, ago=ago and ago - 60 * n), *mood)
        answer = "现货订单在付款后 48 小时内发出，发出后会有短信提醒。"
        server.line(conv_id, "bot", answer, ago=ago and ago - 60 * n - 5, meta={"entry_id": "shipping-time"})
    return conv_id


def tell(server: ConsoleServer) -> Agent:
    """A busy afternoon; returns the supervisor."""
    boss = server.agent("boss", "陈静", Role.SUPERVISOR)
    lin, wang, zhao = (
        server.agent(name, shown) for name, shown in (("lin", "林小雨"), ("wang", "王磊"), ("zhao", "赵敏"))
    )
    team = server.services.team
    for agent in (lin, wang, zhao):
        server.call(team.heartbeat(agent))
    server.call(team.set_presence(wang, PresenceState.AWAY, "午饭"))
    for _ in range(3):
        talk(server, ("什么时候发货", CALM), ("好的，谢谢", GLAD), ago=7200)
    talk(server, ("多久能到", CALM), ("都两天了还没动静", SOUR), ("你们到底发没发货！", ANGRY), ago=7200)
    talk(server, ("发票怎么开", CALM))
    angry = talk(server, ("还没到", CALM), ("到底什么时候到", SOUR), ("太差了，我要投诉！", ANGRY))
    server.hand_over(angry, "angry", "angry", 2, waited=170)
    late = talk(server, ("我要人工", SOUR))
    server.hand_over(late, "asked_for_person", "asked_for_person", 0, waited=790)
    for words, agent in (("能退货吗", lin), ("换个大一码", lin), ("地址填错了", zhao)):
        held = talk(server, (words, SOUR), (f"{words}，麻烦快一点", CALM))
        server.claim_unheard(server.hand_over(held, "no_answer", "no_answer_2", 1, waited=40), agent)
    return boss


def dialogue_engine() -> FastAPI:
    """Says that it is well, and nothing else."""
    app = FastAPI()

    @app.get("/webhooks/gateway/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    return app


def shoot(page: Page, origin: str, folder: Path) -> None:
    """Both pages, as a supervisor sees them."""
    page.goto(origin + "/console/wall")
    page.get_by_test_id("mood-line").first.wait_for()
    for missing in ("actions_down", "rasa_down"):
        page.locator(f'[data-alert="{missing}"]').wait_for(state="hidden")
    page.screenshot(path=folder / "console-wall.png")
    page.goto(origin + "/console/quality")
    page.get_by_test_id("draw-wanted").fill("4")
    page.get_by_test_id("draw-go").click()
    page.get_by_test_id("item").first.wait_for()
    for number in range(4):
        page.get_by_test_id("item-open").nth(number).click()
        page.get_by_test_id("sheet").wait_for()
        if page.get_by_test_id("message").count() > 4:
            break
        page.get_by_test_id("sheet-back").click()
        page.get_by_test_id("draw-go").wait_for()
    for key in "243":
        page.keyboard.press(key)
    page.get_by_test_id("bot-wrong").check()
    page.get_by_test_id("wrong-line").select_option(index=2)
    page.get_by_test_id("sheet-state").get_by_text("草稿已保存").wait_for()
    page.screenshot(path=folder / "console-quality.png")


def main(folder: Path) -> None:
    """Start the service, tell the story, take the pictures."""
    with tempfile.TemporaryDirectory() as data_dir, open_chromium() as browser:
        engine = Thread()
        engine.start(dialogue_engine())
        server = ConsoleServer(Path(data_dir), rasa_url=engine.origin)
        server.start()
        boss = tell(server)
        page = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
        body = {"name": boss.name, "password": PASSWORD}
        login = f"{server.origin}/api/v1/agent/login"
        page.context.request.post(login, data=body, headers={"Origin": server.origin})
        shoot(page, server.origin, folder)
        server.stop()
        engine.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
