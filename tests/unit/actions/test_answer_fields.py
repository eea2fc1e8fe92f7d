"""Every field of an entry that a customer can see reaches the gateway: the channel's text, replies, pictures, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswer
from actions.conversation import answered_in
from actions.faq_index import FaqIndex
from bot.rasa import reply
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.models import Entry
from knowledge_base.writing import render_file

FULL = Entry(
    "returns-how",
    "怎么退货？",
    "在 **我的订单** 里申请。",
    variants=("退货流程",),
    answer_wechat="在“我的订单”里申请。",
    images=("https://shop.example/steps.png",),
    links=("https://shop.example/returns", "/help#returns"),
    buttons=("转人工", "运费谁出？"),
    followups=("returns-freight",),
)
FREIGHT = Entry("returns-freight", "运费谁出？", "质量问题我们出。", variants=("邮费谁付",))


@pytest.fixture
def faq(tmp_path: Path) -> FaqIndex:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.md").write_text(render_file([FULL, FREIGHT], "zh"), "utf-8")
    index = FaqIndex(tmp_path / "faq", tmp_path / "index", HashingEmbedder(128))
    index.build()
    return index


async def said(faq: FaqIndex, channel: str) -> dict[str, Any]:
    """The message of the turn's answer, as the gateway gets it."""
    slots = {
        "faq": faq.candidates(faq.base.search("怎么退货？", "zh", 3), channel),
        "decision": {"action": "answer"},
    }
    dispatcher = CollectingDispatcher()
    tracker = Tracker("s", slots, {"text": "怎么退货？"}, [], False, None, {}, "action_listen")
    await ActionAnswer().run(dispatcher, tracker, {})
    (sent,) = dispatcher.messages
    known = ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment")
    event = {
        "event": "bot",
        "text": sent["text"],
        "data": {"buttons": sent["buttons"]},
        "metadata": {key: value for key, value in sent.items() if key not in known},
    }
    return dict(reply.build("t", [event], {})["messages"][0])


async def test_the_web_gets_markdown_with_pictures_links_and_replies(faq: FaqIndex) -> None:
    message = await said(faq, "web")
    assert message["text"] == FULL.answer
    assert message["meta"]["entry_id"] == "returns-how"
    assert message["meta"]["images"] == list(FULL.images)
    assert message["meta"]["links"] == list(FULL.links)
    assert [button["title"] for button in message["buttons"]] == ["转人工", "运费谁出？"]


@pytest.mark.parametrize("channel", ["wechat", "wechat_mini", "wecom_kf"])
async def test_wechat_gets_its_own_plain_text_and_links_inside_it(faq: FaqIndex, channel: str) -> None:
    message = await said(faq, channel)
    assert message["text"] == "在“我的订单”里申请。\nhttps://shop.example/returns"
    assert "links" not in message["meta"]


@pytest.mark.parametrize("channel", ["web", "wechat", "wecom_kf"])
async def test_every_channel_gets_a_predicted_question_unless_it_was_answered(faq: FaqIndex, channel: str) -> None:
    hits = faq.base.search("运费谁出？", "zh", 3)
    assert faq.candidates(hits, channel)[0]["followups"] == ["怎么退货？"]
    assert faq.candidates(hits, channel, {"returns-how"})[0]["followups"] == []
    bot = {"event": "bot", "text": "…", "metadata": {"entry_id": "returns-how"}}
    tracker = Tracker("s", {}, {}, [{"event": "user"}, bot, {"event": "bot"}], False, None, {}, "action_listen")
    assert answered_in(tracker) == {"returns-how"}


async def test_an_answer_without_extras_stays_as_short_as_it_was(faq: FaqIndex) -> None:
    found = faq.candidates(faq.base.search("运费谁出？", "zh", 1))[0]
    assert (found["buttons"], found["images"], found["links"]) == ([], [], [])
