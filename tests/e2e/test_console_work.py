"""What agents do with a customer beside answering: two agents and a supervisor in real browsers, and the customer."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from console_desk import Desk, browser, claim, desk, line_of, reply, server
from playwright.sync_api import Page, expect

from handoff.canned import CannedReply
from handoff.conversation import Role

pytestmark = pytest.mark.browser

__all__ = ["browser", "desk", "server"]  # fixtures

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "console-login.png"


def open_line(page: Page, conv_id: str) -> None:
    page.get_by_test_id("tab-all").click()
    line_of(page, conv_id).locator(".line-open").click()
    page.get_by_test_id("card-reason").wait_for()


def test_a_customer_is_passed_on_with_a_note_and_the_giver_can_no_longer_answer(desk: Desk) -> None:
    conv_id = desk.waiting()
    giver, taker = desk.signed_in(desk.lin), desk.signed_in(desk.wang)
    claim(giver, conv_id)
    giver.get_by_test_id("reply-input").fill("还没发出的话")
    giver.get_by_test_id("transfer").click()
    giver.locator(".choice", has_text="王磊").get_by_test_id("colleague").check()
    giver.get_by_test_id("ask-words").fill("顾客要换尺码，已答应包邮")
    giver.get_by_test_id("confirm-yes").click()
    expect(giver.get_by_test_id("composer-closed")).to_contain_text("王磊")
    expect(giver.get_by_test_id("kept-text")).to_contain_text("还没发出的话")
    taker.get_by_test_id("tab-mine").click()
    line_of(taker, conv_id).locator(".line-open").click()
    expect(taker.get_by_test_id("note")).to_contain_text("已答应包邮")
    expect(taker.get_by_test_id("looking")).to_contain_text("林小雨")
    reply(taker, "我来接着处理")
    expect(giver.get_by_test_id("thread")).to_contain_text("我来接着处理")
    giver.get_by_test_id("side-note").fill("谢谢接手")
    giver.get_by_test_id("side-note").press("Enter")
    expect(taker.get_by_test_id("thread")).to_contain_text("谢谢接手")
    assert "谢谢接手" not in desk.server.read(conv_id) and "已答应包邮" not in "".join(desk.server.read(conv_id))
    assert desk.problems == []


def test_a_supervisor_takes_over_and_the_old_page_is_told_and_keeps_the_words(desk: Desk) -> None:
    conv_id = desk.waiting()
    boss = desk.server.agent(f"boss-{desk.lin.id[:6]}", "陈主管", Role.SUPERVISOR)
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("reply-input").fill("写了一半")
    over = desk.signed_in(boss, locale="en-GB")
    open_line(over, conv_id)
    over.get_by_test_id("take-over").click()
    over.get_by_test_id("confirm-yes").click()
    expect(over.get_by_test_id("conversation-state")).to_contain_text("With you")
    expect(page.get_by_test_id("composer-closed")).to_contain_text("陈主管")
    expect(page.get_by_test_id("kept-text")).to_contain_text("写了一半")
    over.get_by_test_id("reply-input").fill("我们会尽快处理")
    over.get_by_test_id("reply-send").click()
    expect(over.get_by_test_id("wording-check")).to_contain_text("must not be said")
    over.get_by_test_id("send-anyway").click()
    expect(over.get_by_test_id("thread")).to_contain_text("我们会尽快处理")
    over.goto(desk.server.origin + "/console/audit")
    expect(over.get_by_test_id("audit-line").first).to_contain_text("Sent forbidden words anyway")
    assert desk.problems == []


def test_forbidden_words_stop_an_agent_and_say_what_to_write_instead(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    reply(page, "百分之百没问题")
    check = page.get_by_test_id("wording-check")
    expect(check).to_contain_text("百分之百")
    expect(check).to_contain_text("一般 / 多数")
    expect(page.get_by_test_id("send-anyway")).to_have_count(0)
    assert "百分之百没问题" not in desk.server.read(conv_id)
    reply(page, "多数情况没问题")
    expect(page.get_by_test_id("thread")).to_contain_text("多数情况没问题")
    assert desk.problems == []


def test_a_canned_reply_is_found_by_a_slash_and_filled_in_and_gaps_stop_it(desk: Desk) -> None:
    mark = uuid.uuid4().hex[:6]
    text = "订单 {order_number} 由{agent}处理，电话 {phone}"
    desk.server.call(desk.server.services.canned.save(desk.lin, CannedReply(f"查{mark}", text, "zh", "", desk.lin.id)))
    conv_id = desk.waiting(slots={"order_number": "2026001"})
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    box = page.get_by_test_id("reply-input")
    box.press_sequentially(f"您好 /{mark}")
    expect(page.get_by_test_id("reply-option")).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("您好 订单 2026001 由林小雨处理，电话 {phone}")
    box.press("Enter")
    expect(page.get_by_test_id("composer-told")).to_contain_text("{phone}")
    box.press_sequentially("138")
    box.fill(box.input_value().replace("{phone}", "138"))
    box.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("由林小雨处理")
    assert desk.problems == []


def test_a_picture_is_sent_and_shown_and_a_program_is_refused(desk: Desk, tmp_path: Path) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("file-input").set_input_files(PICTURE)
    expect(page.get_by_test_id("tray").locator("img")).to_be_visible()
    page.get_by_test_id("reply-send").click()
    shown = page.get_by_test_id("message").get_by_test_id("file").locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    shown.click()
    expect(page.get_by_test_id("picture-window")).to_be_visible()
    page.keyboard.press("Escape")
    program = tmp_path / "photo.png"
    program.write_bytes(b"\x7fELF" + bytes(200))
    assert desk.problems == []
    page.get_by_test_id("file-input").set_input_files(program)
    expect(page.get_by_test_id("composer-told")).to_contain_text("不能发送")
    expect(page.get_by_test_id("tray")).to_have_count(0)


def test_after_a_lost_connection_nothing_is_sent_before_the_thread_has_caught_up(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    page.get_by_test_id("reply-input").fill("好的")
    with desk.slow_catch_up():
        page.evaluate("window.socket.disconnect().connect()")
        desk.server.say(conv_id, "算了，不退了")
        expect(page.get_by_test_id("composer-hint")).to_contain_text("正在补上")
        expect(page.get_by_test_id("reply-send")).to_be_disabled()
    expect(page.get_by_test_id("reply-send")).to_be_enabled(timeout=15_000)
    expect(page.get_by_test_id("thread")).to_contain_text("算了，不退了")
    assert desk.problems == []


@pytest.mark.long
def test_typing_is_told_to_the_customer_and_the_customers_to_the_agent(desk: Desk) -> None:
    conv_id = desk.waiting()
    page = desk.signed_in(desk.lin)
    claim(page, conv_id)
    desk.server.call(desk.server.services.gateway.typing(conv_id))
    expect(page.get_by_test_id("typing")).to_contain_text("顾客正在输入")
    page.get_by_test_id("reply-input").press_sequentially("稍等")
    team = desk.server.services.team
    desk.until(lambda: desk.server.call(team.attention(desk.wang, conv_id)).typing == ["林小雨"])
    assert desk.problems == []


def test_closing_says_how_it_ended_and_the_card_keeps_profile_complaint_and_verdict(desk: Desk) -> None:
    conv_id = desk.waiting("杯子碎了")
    page = desk.signed_in(desk.lin, locale="en-GB")
    claim(page, conv_id)
    page.get_by_test_id("verdict-too_late").click()
    expect(page.get_by_test_id("verdict-too_late")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("profile-edit").click()
    page.get_by_test_id("profile-name").fill("Ms Wang <b>x</b>")
    page.get_by_test_id("profile-save").click()
    expect(page.get_by_test_id("profile")).to_contain_text("Ms Wang <b>x</b>")
    page.get_by_test_id("complaint-new").click()
    page.get_by_test_id("complaint-severity").select_option("4")
    page.get_by_test_id("complaint-save").click()
    expect(page.get_by_test_id("complaint")).to_contain_text("4 · grave")
    page.get_by_test_id("close").click()
    page.get_by_test_id("close-reason").select_option("refund")
    page.get_by_test_id("close-tags").fill("damaged, cup")
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("conversation-state")).to_contain_text("Closed")
    page.goto(desk.server.origin + "/console/followups")
    page.get_by_test_id("open-complaint").filter(has_text="杯子碎了").get_by_test_id("finish-complaint").click()
    page.get_by_test_id("f-words").fill("Cup replaced")
    page.get_by_test_id("f-go").click()
    expect(page.get_by_test_id("good-toast").filter(has_text="finished")).to_be_visible()
    assert desk.problems == []


@pytest.mark.long
def test_the_command_palette_does_without_a_mouse_and_filters_narrow_the_queue(desk: Desk) -> None:
    angry, other = desk.waiting("甲甲甲", "angry"), desk.waiting("乙乙乙", "no_answer")
    page = desk.signed_in(desk.lin)
    page.get_by_test_id("queue-search").fill("甲甲")
    expect(line_of(page, other)).to_have_count(0)
    page.get_by_test_id("queue-search").fill("")
    page.get_by_test_id("filter").click()
    page.get_by_test_id("by-reason").select_option("no_answer")
    expect(line_of(page, angry)).to_have_count(0)
    expect(line_of(page, other)).to_be_visible()
    page.get_by_test_id("filter-off").click()
    line_of(page, angry).locator(".line-open").click()
    page.get_by_test_id("claim-open").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill("接待这位")
    page.keyboard.press("Enter")
    page.get_by_test_id("reply-input").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill("交还")
    page.keyboard.press("Enter")
    page.get_by_test_id("ask-words").fill("已说明退货办法")
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("conversation-state")).to_contain_text("机器人")
    expect(page.get_by_test_id("note")).to_contain_text("已说明退货办法")
    assert desk.problems == []
