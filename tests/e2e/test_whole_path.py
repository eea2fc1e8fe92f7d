"""The outcome: routine questions answered, anger noticed, a person takes over with the whole context, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from browser import open_chromiums
from console_desk import claim, sign_in
from playwright.sync_api import Browser, Page, expect
from widget_page import WidgetPage, listen_to

from tests.support.baton import PASSWORD, Customer, RunningBaton
from tests.support.dialogue import ROOT
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Words:
    lang: str
    page: str
    agent: str
    questions: tuple[tuple[str, str], ...]
    furious: tuple[str, ...]
    agent_says: str
    queued: str
    reason: str
    mood: str


WORDS = {
    "zh": Words(
        "zh",
        "/demo/",
        "林小雨",
        (("买了多久还能退货？", "7 天内"), ("运费多少钱", "59 元")),
        ("都等了一个星期了还没到，你们太差劲了！", "气死我了！你们就是骗子，太过分了！！！"),
        "您好，我是林小雨。让您等了一个星期，非常抱歉，我马上联系仓库。",
        "已为您转接人工客服",
        "情绪激动",
        "生气",
    ),
    "en": Words(
        "en",
        "/demo/en.html",
        "Mia Chen",
        (("how long do I have to return something?", "7 days"), ("what does delivery cost", "59 yuan")),
        (
            "I have waited a week and nothing came, this is terrible service!",
            "This is outrageous! You are a bunch of liars and I am FURIOUS!!!",
        ),
        "Hello, this is Mia. A week is far too long, I am sorry. I am calling the warehouse now.",
        "queue for our team",
        "Angry",
        "Angry",
    ),
}


@pytest.fixture(scope="module")
def staffed(baton: RunningBaton) -> RunningBaton:
    """The running Baton with an agent for each language."""
    baton.add_agent("lin", WORDS["zh"].agent)
    baton.add_agent("mia", WORDS["en"].agent)
    return baton


@pytest.fixture(scope="module")
def two_browsers() -> Iterator[list[Browser]]:
    """The customer's and the agent's."""
    with open_chromiums(2) as browsers:
        yield browsers


def picture(page: Page, name: str) -> None:
    """Keep a picture for the README when BATON_PICTURES=1 (`make pictures`)."""
    if os.environ.get("BATON_PICTURES") == "1":
        page.wait_for_timeout(600)
        page.screenshot(path=ROOT / "docs/images" / f"{name}.png")


def open_shop(chromium: Browser, baton: RunningBaton, words: Words) -> WidgetPage:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale=words.lang)
    tab = listen_to(context.new_page())
    tab.page.goto(baton.origin + words.page)
    tab.open()
    return tab


def open_console(chromium: Browser, baton: RunningBaton, name: str, lang: str) -> Page:
    locale = "zh-CN" if lang == "zh" else "en-US"
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale=locale)
    page = context.new_page()
    page.goto(baton.origin + "/console/")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_test_id("queue")).to_be_visible()
    return page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_from_question_to_person_and_back(staffed: RunningBaton, two_browsers: list[Browser], lang: str) -> None:
    baton = staffed
    words = WORDS[lang]
    customers_browser, agents_browser = two_browsers
    shop = open_shop(customers_browser, baton, words)
    console = open_console(agents_browser, baton, "lin" if lang == "zh" else "mia", lang)
    for question, approved in words.questions:
        shop.send(question)
        expect(shop.part("message-bot").last).to_contain_text(approved)
    picture(shop.page, f"widget-answer-{lang}")

    for outburst in words.furious:
        answered = shop.part("message-bot").count()
        shop.send(outburst)
        expect(shop.part("message-bot").nth(answered)).to_be_visible()
    expect(shop.part("notice").last).to_contain_text(words.queued)
    picture(shop.page, f"widget-queued-{lang}")

    line = console.get_by_test_id("queue-item").first
    expect(line.get_by_test_id("queue-reason")).to_have_text(words.reason)
    expect(line.get_by_test_id("mood")).to_have_text(words.mood)
    conv_id = line.get_attribute("data-conv")
    assert conv_id is not None
    claim(console, conv_id)
    thread = console.get_by_test_id("thread")
    for text in (words.questions[0][0], words.questions[0][1], words.furious[-1]):
        expect(thread).to_contain_text(text)
    expect(console.get_by_test_id("card")).to_contain_text(words.furious[-1])
    expect(console.get_by_test_id("mood-curve")).to_be_visible()

    console.get_by_test_id("reply-input").fill(words.agent_says)
    console.get_by_test_id("reply-send").click()
    expect(shop.part("message-agent").last).to_contain_text(words.agent_says)
    expect(shop.part("agent-name").first).to_contain_text(words.agent)
    picture(console, f"console-{lang}")
    picture(shop.page, f"widget-person-{lang}")

    if lang == "zh":
        close_and_rate(console, shop)
    else:
        return_and_ask_again(console, shop, words)
    assert shop.complaints == []


def close_and_rate(console: Page, shop: WidgetPage) -> None:
    console.get_by_test_id("close").click()
    console.get_by_test_id("confirm-yes").click()
    shop.part("rating-5").click()
    shop.part("rating-send").click()
    expect(shop.part("rating-thanks")).to_be_visible()
    picture(shop.page, "widget-rated-zh")
    shop.send("运费多少钱")
    expect(shop.part("message-bot").last).to_contain_text("59 元")


def return_and_ask_again(console: Page, shop: WidgetPage, words: Words) -> None:
    console.get_by_test_id("return-bot").click()
    console.get_by_test_id("confirm-yes").click()
    expect(shop.part("notice").last).to_contain_text(words.agent)
    shop.send(words.questions[0][0])
    expect(shop.part("message-bot").last).to_contain_text(words.questions[0][1])


def test_rasa_dies_while_a_customer_waits(baton: RunningBaton) -> None:
    baton.wait_ready()
    customer = Customer(baton.origin)
    baton.kill("rasa")
    customer.say("多久发货？")
    wait_until(lambda: customer.page()["mode"] == "queued", 20)
    told = customer.events()
    assert [e["author"] for e in told] == ["customer", "system"]
    assert told[-1]["meta"]["code"] == "bot_failed"
    baton.wait_ready()
    answers = Customer(baton.origin).ask("多久发货？")
    assert any("48 小时" in answer["text"] for answer in answers)


@pytest.mark.long
def test_gateway_dies_between_message_and_answer(baton: RunningBaton) -> None:
    baton.wait_ready()
    customer = Customer(baton.origin)
    customer.say("买了多久可以退货？", "message-x")
    baton.kill("gateway")
    baton.wait_ready()
    customer.say("买了多久可以退货？", "message-x")
    wait_until(lambda: len(customer.events()) >= 2, 60)
    wait_until(lambda: not customer.page()["bot_typing"])
    assert [e["author"] for e in customer.events()] == ["customer", "bot"]


def test_first_administrator_can_sign_in(baton: RunningBaton, two_browsers: list[Browser]) -> None:
    written = (baton.data_dir / "first-login.txt").read_text().splitlines()
    lines = dict(line.split(": ", 1) for line in written if ": " in line)
    page = two_browsers[1].new_context().new_page()
    page.goto(baton.origin + "/console/")
    sign_in(page, lines["name"], lines["password"])
    expect(page.get_by_test_id("queue")).to_be_visible()
