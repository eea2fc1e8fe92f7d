"""What the widget does when the line, the server or the session fails: nothing is lost and nothing comes twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser

SKIP_30_S = "() => { const now = Date.now(); Date.now = () => now + 31_000; }"


@pytest.fixture
def talking(widget: WidgetPage, widget_server: WidgetServer) -> WidgetPage:
    """A tab whose chat is open and connected, with one question answered."""
    widget.open()
    widget.send("你好")
    widget.expect_messages(widget_server, "你好", "收到：你好")
    return widget


def message_frames(server: WidgetServer) -> list[str]:
    return [frame["text"] for frame in server.frames if frame["type"] == "message"]


def test_a_message_written_offline_waits_and_is_sent_once(talking: WidgetPage, widget_server: WidgetServer) -> None:
    talking.page.context.set_offline(True)
    talking.send("我断网了")
    expect(talking.part("message-state")).to_have_text("等待网络恢复")
    expect(talking.part("status")).to_contain_text("网络已断开")
    talking.page.context.set_offline(False)
    talking.expect_messages(widget_server, "你好", "收到：你好", "我断网了", "收到：我断网了")
    expect(talking.part("status")).to_have_text("智能助手在线")
    assert message_frames(widget_server) == ["你好", "我断网了"]


@pytest.mark.long
def test_a_message_written_offline_survives_a_reload(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.down = True
    widget_server.drop_sockets()
    talking.send("别丢了我")
    expect(talking.part("message-state")).to_be_visible()
    talking.page.reload()
    expect(talking.part("message-customer").last).to_have_text("别丢了我")
    widget_server.down = False
    talking.expect_messages(widget_server, "你好", "收到：你好", "别丢了我", "收到：别丢了我")
    assert widget_server.customer_texts() == ["你好", "别丢了我"]


def test_an_unanswered_message_can_be_retried_and_keeps_its_id(
    talking: WidgetPage, widget_server: WidgetServer
) -> None:
    widget_server.silent = True
    talking.send("有人吗")
    widget_server.until(lambda: "有人吗" in message_frames(widget_server))
    talking.page.evaluate(SKIP_30_S)
    expect(talking.part("retry")).to_have_text("未发送 · 点按重试")
    widget_server.silent = False
    talking.part("retry").click()
    talking.page.evaluate("dispatchEvent(new Event('offline'))")
    talking.expect_messages(widget_server, "你好", "收到：你好", "有人吗", "收到：有人吗")
    assert len({f["client_msg_id"] for f in widget_server.frames if f.get("text") == "有人吗"}) == 1
    assert widget_server.customer_texts() == ["你好", "有人吗"]


def test_a_lost_line_resumes_where_it_broke(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.drop_sockets(1012)
    widget_server.store_quietly("断线时的回答")
    talking.expect_messages(widget_server, "你好", "收到：你好", "断线时的回答")
    hello = [frame for frame in widget_server.frames if frame["type"] == "hello"][-1]
    assert (hello["since"], hello["epoch"]) == (2, "e1")


@pytest.mark.long
def test_a_frame_that_comes_twice_is_shown_once(talking: WidgetPage, widget_server: WidgetServer) -> None:
    event = widget_server.say("只此一次")
    for _ in range(3):
        widget_server.send_raw({"type": "event", **event})
    widget_server.say("之后")
    talking.expect_messages(widget_server, "你好", "收到：你好", "只此一次", "之后")


def test_a_gap_is_filled_by_asking_again(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.store_quietly("丢失的一条")
    widget_server.say("后来的一条")
    talking.expect_messages(widget_server, "你好", "收到：你好", "丢失的一条", "后来的一条")
    assert 2 in widget_server.pages_asked


@pytest.mark.long
def test_a_heartbeat_heals_a_lost_poke(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.store_quietly("没有人通知")
    widget_server.send_raw({"type": "heartbeat", "top_seq": widget_server.only.top_seq})
    talking.expect_messages(widget_server, "你好", "收到：你好", "没有人通知")


@pytest.mark.long
def test_numbers_not_meant_for_the_customer_leave_no_gap(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.internal_note()
    widget_server.send_raw({"type": "heartbeat", "top_seq": widget_server.only.top_seq})
    widget_server.internal_note()
    widget_server.say("给客户的话")
    talking.expect_messages(widget_server, "你好", "收到：你好", "给客户的话")
    talking.send("收到")
    talking.expect_messages(widget_server, "你好", "收到：你好", "给客户的话", "收到", "收到：收到")


@pytest.mark.long
def test_reset_drops_everything_and_starts_again(talking: WidgetPage, widget_server: WidgetServer) -> None:
    conversation = widget_server.only
    conversation.epoch, conversation.events, conversation.top_seq = "e2", [], 0
    conversation.append(text="恢复后的历史")
    widget_server.drop_sockets()
    talking.expect_messages(widget_server, "恢复后的历史")
    talking.send("继续")
    talking.expect_messages(widget_server, "恢复后的历史", "继续", "收到：继续")


def test_a_refusal_shows_the_servers_words(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.refuse("message", "rate_limited", "发送太快，请 5 秒后再试。")
    talking.send("太快了")
    expect(talking.part("refused")).to_contain_text("发送太快，请 5 秒后再试。")
    talking.send("下一条")
    expect(talking.part("message-bot").last).to_contain_text("收到：下一条")
    talking.part("retry").click()
    expect(talking.part("message-bot").last).to_contain_text("收到：太快了")
    expect(talking.part("refused")).to_have_count(0)
    assert widget_server.customer_texts() == ["你好", "下一条", "太快了"]


@pytest.mark.long
def test_a_refused_message_can_be_removed(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.refuse("message", "invalid", "内容无法发送。")
    talking.send("算了")
    talking.part("remove").click()
    talking.expect_messages(widget_server, "你好", "收到：你好")


def test_where_websockets_are_blocked_it_polls(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget_server.sockets_allowed = False
    widget = open_tab(context, widget_server)
    widget.open()
    widget.send("走轮询")
    widget.expect_messages(widget_server, "走轮询", "收到：走轮询")
    widget_server.say("轮询也能收到", author="agent", author_name="林晓")
    widget.expect_messages(widget_server, "走轮询", "收到：走轮询", "轮询也能收到")
    widget_server.refuse("message", "rate_limited", "发送太快。")
    widget.send("再来")
    expect(widget.part("refused")).to_contain_text("发送太快。")
    assert [name for name, _ in widget_server.posts] == ["messages", "messages"]


def test_an_expired_session_is_replaced_with_a_notice(talking: WidgetPage, widget_server: WidgetServer) -> None:
    old = widget_server.only
    widget_server.conversations.clear()
    talking.page.reload()
    expect(talking.part("notice")).to_contain_text("会话已过期")
    talking.send("重新开始")
    talking.expect_messages(widget_server, "重新开始", "收到：重新开始")
    assert widget_server.only.id != old.id


@pytest.mark.long
def test_a_session_that_expires_while_open_keeps_the_unsent_message(
    talking: WidgetPage, widget_server: WidgetServer
) -> None:
    old = widget_server.only
    widget_server.conversations.pop(old.token)
    widget_server._in_loop(widget_server._drop(old, 4401))
    talking.send("还在吗")
    talking.expect_messages(widget_server, "还在吗", "收到：还在吗")
    expect(talking.part("notice")).to_contain_text("会话已过期")


def test_two_tabs_share_one_conversation(
    context: BrowserContext, talking: WidgetPage, widget_server: WidgetServer
) -> None:
    other = open_tab(context, widget_server)
    other.open()
    other.expect_messages(widget_server, "你好", "收到：你好")
    other.send("来自第二个标签页")
    both = ("你好", "收到：你好", "来自第二个标签页", "收到：来自第二个标签页")
    other.expect_messages(widget_server, *both)
    talking.expect_messages(widget_server, *both)
    assert len(widget_server.conversations) == 1
    assert message_frames(widget_server).count("来自第二个标签页") == 1


def test_a_server_that_is_down_is_tried_again(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget_server.down = True
    widget = open_tab(context, widget_server)
    widget.open()
    widget.send("等你回来")
    expect(widget.part("message-state")).to_have_text("等待网络恢复")
    widget_server.down = False
    widget.expect_messages(widget_server, "等你回来", "收到：等你回来")


@pytest.mark.long
def test_a_snapshot_may_begin_in_the_middle(talking: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.only.epoch, widget_server.snapshot_from = "e2", 1
    widget_server.drop_sockets()
    talking.expect_messages(widget_server, "收到：你好")
    assert widget_server.pages_asked == []


@pytest.mark.long
def test_a_server_that_turns_the_page_away_says_why(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget_server.forbidden = "此网站不能使用这个客服窗口。"
    widget = open_tab(context, widget_server)
    widget.open()
    expect(widget.part("notice")).to_have_text("此网站不能使用这个客服窗口。")
