"""Takes the console's pictures for README and docs: ``python tests/e2e/console_pictures.py docs/images``."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from browser import open_chromium
from console_server import PASSWORD, ConsoleServer
from playwright.sync_api import Browser, Page

from handoff.conversation import Agent, Role


@dataclass(frozen=True)
class Story:
    """Conversations worth a picture."""

    angry: str
    english: str
    lin: Agent


def tell(server: ConsoleServer) -> Story:
    """A small queue: one angry customer with a history, three others."""
    lin, wang = server.agent("lin", "林小雨"), server.agent("wang", "王磊")
    story = Story(_angry(server), _english(server), lin)
    invoice = server.customer()
    server.mood(invoice, server.line(invoice, "customer", "发票抬头写错了能重开吗", ago=400), 0.4, 0.2, "neutral")
    server.hand_over(invoice, "no_answer", "no_answer_2", 1, waited=395, last_ask="发票抬头写错了能重开吗")
    size = server.customer()
    words = "谢谢，那就麻烦转人工确认一下尺码"
    server.mood(size, server.line(size, "customer", words, ago=40), 0.8, 0.02, "positive")
    handoff_id = server.hand_over(size, "asked_for_person", "asked_for_person", 1, waited=30, last_ask=words)
    server.call(server.services.desk.claim(wang, handoff_id))
    return story


def _angry(server: ConsoleServer) -> str:
    conv_id = server.customer(vip=True)
    day = 86400.0
    seq = server.line(conv_id, "customer", "我的订单 20261108123 怎么还没发货？", ago=day + 300)
    server.mood(conv_id, seq, 0.5, 0.1, "neutral")
    choices = ["发货时间", "修改地址", "取消订单"]
    server.line(conv_id, "bot", "您的订单已付款，正在备货。您想了解哪一方面？", buttons=choices, ago=day + 280)
    server.mood(conv_id, server.line(conv_id, "customer", "发货时间", ago=700), 0.48, 0.12, "neutral")
    server.line(conv_id, "bot", "现货订单在付款后 48 小时内发出，预售商品以商品页写明的日期为准。", ago=690)
    words = "都五天了！每次都是这句话，你们到底管不管"
    server.mood(conv_id, server.line(conv_id, "customer", words, ago=660), 0.2, 0.55, "negative")
    server.mood(conv_id, server.line(conv_id, "customer", "太差了，我要投诉你们！", ago=650), 0.06, 0.91, "angry")
    questions = (("多久能发货？", 0.91), ("怎么查物流？", 0.44), ("怎样取消订单？", 0.31))
    server.hand_over(
        conv_id,
        "angry",
        "angry",
        3,
        waited=642,
        last_ask=words,
        faq=[{"id": question, "question": question, "score": score} for question, score in questions],
        slots={"order_number": "20261108123", "phone": "138****2207"},
        ticket={"ticket_id": "C-1042", "severity": "2"},
    )
    return conv_id


def _english(server: ConsoleServer) -> str:
    conv_id = server.customer("en")
    ask = "Can I change the delivery address after paying?"
    server.mood(conv_id, server.line(conv_id, "customer", ask, ago=100), 0.5, 0.05, "neutral")
    offer = "I am not sure about that one. Shall I get a person for you?"
    server.line(conv_id, "bot", offer, buttons=["Yes, please", "No, thanks"], ago=95)
    server.line(conv_id, "customer", "Yes, please", ago=90)
    server.hand_over(conv_id, "accepted_offer", "accepted_offer", 0, waited=88, last_ask=ask)
    return conv_id


def _open(browser: Browser, server: ConsoleServer, look: str, width: int, height: int) -> Page:
    scale = 2 if width < 500 else 1
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "baton_ui", "value": look, "url": server.origin}])
    page = context.new_page()
    page.goto(server.origin + "/console/login")
    return page


def _sign_in(page: Page, agent: Agent) -> None:
    page.get_by_test_id("login-name").fill(agent.name)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("queue").wait_for()


def _line(page: Page, conv_id: str) -> None:
    page.locator(f'[data-conv="{conv_id}"] .line-open').click()
    page.get_by_test_id("suggestion").first.wait_for()


def take(browser: Browser, server: ConsoleServer, story: Story, folder: Path) -> None:
    """Eight pictures, named ``console-*.png``."""

    def shoot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"console-{name}.png")

    page = _open(browser, server, "zh.light.quiet", 1440, 860)
    shoot(page, "login")
    _sign_in(page, story.lin)
    _line(page, story.angry)
    shoot(page, "queue")
    page.get_by_test_id("claim-open").click()
    page.get_by_test_id("reply-input").fill("您好，我是林小雨。让您等了五天，非常抱歉，我马上联系仓库核实您的订单。")
    page.get_by_test_id("reply-send").click()
    page.get_by_text("我马上联系仓库").wait_for()
    page.get_by_test_id("mode-note").click()
    page.get_by_test_id("reply-input").fill("已联系仓库，今天下午发出。")
    page.get_by_test_id("reply-send").click()
    page.get_by_test_id("note").wait_for()
    server.say(story.angry, "好的，那我等你消息")
    page.get_by_test_id("thread").get_by_text("好的，那我等你消息").wait_for()
    page.get_by_test_id("mode-reply").click()
    page.get_by_test_id("tab-all").click()
    page.get_by_test_id("suggestion").first.wait_for()
    shoot(page, "chat")
    dark = _open(browser, server, "zh.dark.quiet", 1440, 860)
    _sign_in(dark, story.lin)
    dark.get_by_test_id("tab-all").click()
    _line(dark, story.angry)
    shoot(dark, "dark")
    boss = server.agent("chen", "陈静", Role.ADMIN)
    people = _open(browser, server, "zh.light.quiet", 1440, 640)
    _sign_in(people, boss)
    people.get_by_test_id("nav-people").click()
    people.get_by_test_id("person").first.wait_for()
    shoot(people, "people")
    english = _open(browser, server, "en.light.quiet", 1440, 860)
    _sign_in(english, story.lin)
    _line(english, story.english)
    shoot(english, "en")
    phone = _open(browser, server, "zh.light.quiet", 390, 844)
    _sign_in(phone, story.lin)
    phone.get_by_test_id("tab-all").click()
    shoot(phone, "phone-queue")
    _line(phone, story.angry)
    shoot(phone, "phone-chat")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data_dir, open_chromium() as browser:
        server = ConsoleServer(Path(data_dir))
        server.start()
        try:
            take(browser, server, tell(server), folder)
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
