"""Files in the widget: chosen, pasted, shown on their way, sent with a message, read back; and what answers carry."""

from __future__ import annotations

import re
import struct
import zlib

import pytest
from playwright.sync_api import BrowserContext, FilePayload, expect
from widget_page import WidgetPage, open_tab
from widget_server import WidgetServer

pytestmark = pytest.mark.browser


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress((b"\0" + b"\x14\x78\x64" * 6) * 4))
    + _chunk(b"IEND", b"")
)


def choose(widget: WidgetPage, *files: tuple[str, bytes]) -> None:
    """Choose files as the browser's own dialogue would."""
    widget.part("file-input").set_input_files(
        [FilePayload(name=name, mimeType="application/octet-stream", buffer=content) for name, content in files]
    )


def test_files_go_up_and_are_sent_with_the_words(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.answer = lambda _: None
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    choose(widget, ("收据 1.png", PNG), ("合同.pdf", b"%PDF-1.4"))
    expect(widget.part("pending-file")).to_have_count(2)
    expect(widget.part("send")).to_be_enabled()
    widget.send("请看附件")
    expect(widget.part("pending-file")).to_have_count(0)
    expect(widget.part("picture").locator("img")).to_have_attribute("src", re.compile("^blob:"))
    message = next(frame for frame in widget_server.frames if frame["type"] == "message")
    assert [widget_server.files[file_id][0]["name"] for file_id in message["attachments"]] == ["收据 1.png", "合同.pdf"]
    widget.part("picture").click()
    expect(widget.part("picture")).to_have_attribute("aria-expanded", "true")
    widget.part("picture").click()
    with widget.page.expect_download() as saved:
        widget.part("file").click()
    assert saved.value.suggested_filename == "合同.pdf"
    widget.page.reload()
    expect(widget.part("picture")).to_be_visible()
    assert widget.complaints == []


@pytest.mark.long
def test_a_message_of_files_alone_shows_no_words(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget_server.answer = lambda _: None
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    choose(widget, ("a.pdf", b"%PDF-1.4"))
    expect(widget.part("send")).to_be_enabled()
    widget.part("send").click()
    expect(widget.part("message-customer")).to_contain_text("a.pdf")
    expect(widget.part("message-customer")).not_to_contain_text("[文件]")


@pytest.mark.long
def test_what_is_not_taken_says_why_and_can_be_removed(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    choose(widget, ("huge.mp4", b"x" * 1_000_001))
    expect(widget.part("pending-file")).to_contain_text("文件太大")
    widget.part("remove-file").click()
    widget_server.refuse("attachment", "attachment_refused", "这种文件不能发送。")
    choose(widget, ("<img src=x onerror=alert(1)>.exe", b"MZ"))
    expect(widget.part("pending-file")).to_contain_text("这种文件不能发送。")
    expect(widget.part("pending-file")).to_contain_text("<img src=x onerror=alert(1)>.exe")
    widget.part("input").fill("没有附件了")
    expect(widget.part("send")).to_be_disabled()
    widget.part("remove-file").click()
    expect(widget.part("send")).to_be_enabled()


@pytest.mark.long
def test_a_pasted_picture_becomes_a_file(widget: WidgetPage, widget_server: WidgetServer) -> None:
    widget.open()
    expect(widget.part("status")).to_have_text("智能助手在线")
    widget.part("input").evaluate("""(node) => {
      const data = new DataTransfer();
      data.items.add(new File(['abc'], 'screenshot.png', { type: 'image/png' }));
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    expect(widget.part("pending-file")).to_contain_text("screenshot.png")
    widget_server.until(lambda: len(widget_server.files) == 1)


def test_pictures_and_links_of_an_answer_are_safe(context: BrowserContext, widget_server: WidgetServer) -> None:
    widget = open_tab(context, widget_server)
    context.route("https://cdn.example/**", lambda route: route.fulfill(body=PNG, content_type="image/png"))
    widget_server.answer = lambda _: {
        "text": "看图 ![水壶](https://cdn.example/kettle.png) ![x](javascript:alert(1)) ![](data:text/html,x)",
        "meta": {
            "images": ["https://cdn.example/size.png", "javascript:alert(1)"],
            "links": ["https://example.com/rules", "javascript:alert(1)"],
        },
    }
    widget.open()
    widget.send("水壶")
    bubble = widget.part("message-bot").last
    expect(bubble.locator("img")).to_have_count(2)
    assert bubble.locator("img").evaluate_all("all => all.map(one => [one.alt, one.src, one.referrerPolicy])") == [
        ["水壶", "https://cdn.example/kettle.png", "no-referrer"],
        ["图片", "https://cdn.example/size.png", "no-referrer"],
    ]
    hrefs = bubble.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert hrefs == [
        "https://cdn.example/kettle.png",
        "https://cdn.example/size.png",
        "https://example.com/rules",
    ]
    expect(bubble).to_contain_text("javascript:alert(1)")
    assert widget.complaints == []
