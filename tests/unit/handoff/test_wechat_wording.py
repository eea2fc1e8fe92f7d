"""What WeChat shows: no Markdown, no hidden links, pieces of at most 2,048 bytes with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.channels.wechat.compose import choices_of, compose, together, without_menu
from handoff.channels.wechat.errcodes import Action, action_of
from handoff.channels.wechat.wording import from_markdown, plain, size, split_bytes
from handoff.conversation import Event


def event(seq: int, text: str, author: str = "bot", buttons: int = 0, code: str = "") -> Event:
    payload = {
        "buttons": [{"title": f"选项{n}", "payload": f"/p{n}"} for n in range(buttons)],
        "meta": {"code": code} if code else {},
    }
    return Event("c", seq, "message", author, None, None, text, payload, f"m{seq}", 1, False, 0.0)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**七天**内可退", "七天内可退"),
        ("# 标题\n正文", "标题\n正文"),
        ("- 一\n- 二", "· 一\n· 二"),
        ("`code` 与 *斜体*", "code 与 斜体"),
        ("5*3*2 = 30，a_b_c，__init__", "5*3*2 = 30，a_b_c，init"),
        ("[说明](https://x.cn/a?b=1&c=2)", '<a href="https://x.cn/a?b=1&c=2">说明</a>'),
        ("![图](https://x.cn/i.png)", "图"),
        ("[坏](javascript:alert(1))", "[坏](javascript:alert(1))"),
        ('<a href="http://evil">点我</a>', '＜a href="http://evil">点我＜/a>'),
        ("> 引用", "引用"),
        ("3 < 5 且 <b>", "3 < 5 且 <b>"),
    ],
)
def test_markdown_becomes_wechat_text(markdown: str, shown: str) -> None:
    assert from_markdown(markdown) == shown


def test_people_cannot_hide_a_link() -> None:
    assert "<a" not in plain('<A HREF="weixin://bizmsgmenu?x">看</A>').lower()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=900), st.integers(16, 200))
def test_pieces_fit_and_lose_only_white_space(text: str, limit: int) -> None:
    pieces = split_bytes(text, limit)
    assert all(0 < size(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_end_where_a_reader_pauses() -> None:
    text = "第一句话说完了。" * 100
    assert all(piece.endswith("。") for piece in split_bytes(text))


def test_no_sign_and_no_link_is_cut() -> None:
    family = "👨‍👩‍👧‍👦"
    assert all(set(piece) == set(family) for piece in split_bytes(family * 100, 110))
    link = '<a href="https://example.com/very/long">说明</a>'
    assert all(piece.count("<a ") == piece.count("</a>") for piece in split_bytes(link * 60))


def test_bubbles_go_out_as_one_message() -> None:
    events = [event(1, "一"), event(2, "二"), event(3, "三", buttons=2)]
    assert together(events) == 3
    (message,) = compose(events, "zh")
    assert message["msgmenu"]["head_content"] == "一\n\n二\n\n三"
    assert message["msgmenu"]["list"][0] == {"id": "pick:3:0", "content": "选项0"}


def test_buttons_and_length_end_a_message() -> None:
    assert together([event(1, "一", buttons=1), event(2, "二")]) == 1
    assert together([event(1, "长" * 400), event(2, "长" * 400)]) == 1


def test_long_words_with_buttons_keep_both() -> None:
    *texts, menu = compose([event(1, "长" * 1500, buttons=3)], "zh")
    assert "".join(text["text"]["content"] for text in texts) == "长" * 1500
    assert len(menu["msgmenu"]["list"]) == 3


def test_without_menus_the_options_are_numbered_and_can_be_tapped() -> None:
    (message,) = compose([event(1, "请选", buttons=2)], "zh")
    text = without_menu(message, "zh")["text"]["content"]
    assert "1. 选项0" in text and "2. 选项1" in text
    assert "weixin://bizmsgmenu?msgmenucontent=%E9%80%89%E9%A1%B90" in text


def test_the_end_of_a_service_asks_for_a_rating() -> None:
    choices = choices_of(event(4, "再见", "system", code="closed"), "zh")
    assert [choice.score for choice in choices] == [1, 2, 3, 4, 5]


def test_nothing_to_say_sends_nothing() -> None:
    assert compose([event(1, "  ")], "zh") == []


def test_unknown_codes_are_refusals() -> None:
    assert action_of(99999) is Action.REFUSED
    assert action_of(0) is Action.SENT
