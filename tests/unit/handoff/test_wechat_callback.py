"""Callbacks: only what the platform signed for this account is read, and XML can do nothing else."""

from __future__ import annotations

import time
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.channels.wechat import xml
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.callback import CallbackRefused, Post, Verifier
from handoff.channels.wechat.crypto import Box, sign
from handoff.channels.wechat.inbound import BadMessage, Kind, read_inbound

KEY, APP_ID, TOKEN = "A" * 43, "wx1", "token1"
TEXT = {"ToUserName": "gh_1", "FromUserName": "openid1", "CreateTime": "1", "MsgType": "text", "Content": "你好"}
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    "<xml><Encrypt>&c;</Encrypt></xml>"
)
XXE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>'


def account(*, key: str = KEY, mini: bool = False) -> Account:
    box = Box(key, APP_ID) if key else None
    return Account("shop", APP_ID, "gh_1", True, "zh", "", {}, mini, TOKEN, "secret", key, box)


def verifier(*, key: str = KEY) -> Verifier:
    return Verifier(account(key=key), 300)


def body_of(fields: dict[str, str]) -> bytes:
    return ("<xml>" + "".join(f"<{k}>{xml.cdata(v)}</{k}>" for k, v in fields.items()) + "</xml>").encode()


def plain_post(nonce: str = "n1", at: float = 0) -> Post:
    timestamp = str(int(time.time() + at))
    return Post(sign(TOKEN, timestamp, nonce), "", timestamp, nonce, "")


def sealed_post(fields: dict[str, str], app_id: str = APP_ID, nonce: str = "n1", at: float = 0) -> tuple[Post, bytes]:
    sealed = Box(KEY, app_id).seal(body_of(fields))
    timestamp = str(int(time.time() + at))
    plain = sign(TOKEN, timestamp, nonce)
    post = Post(plain, sign(TOKEN, timestamp, nonce, sealed), timestamp, nonce, "aes")
    return post, body_of({"ToUserName": "gh_1", "Encrypt": sealed})


def test_a_sealed_message_is_read() -> None:
    read = verifier().read(*sealed_post(TEXT | {"MsgId": "7"}))
    assert (read.kind, read.text, read.openid, read.key) == (Kind.TEXT, "你好", "openid1", "msg:7")


def test_of_a_compatible_post_only_the_sealed_part_counts() -> None:
    post, body = sealed_post(TEXT | {"MsgId": "7"})
    clear = body_of(TEXT | {"MsgId": "8", "Content": "forged"}).removesuffix(b"</xml>")
    mixed = clear + body.removeprefix(b"<xml>")
    assert verifier().read(post, mixed).text == "你好"


def refused(checker: Verifier, post: Post, body: bytes) -> str:
    with pytest.raises(CallbackRefused) as caught:
        checker.read(post, body)
    return str(caught.value)


def test_with_a_key_nothing_in_clear_is_accepted() -> None:
    clear = body_of(TEXT | {"MsgId": "7"})
    assert refused(verifier(), plain_post(), clear) == "not sealed"
    signed_only = Post(**{**plain_post().__dict__, "encrypt_type": "aes"})
    assert refused(verifier(), signed_only, clear) == "signature"


def test_the_plain_signature_is_not_enough_for_a_sealed_body() -> None:
    post, body = sealed_post(TEXT | {"MsgId": "7"})
    forged = Post(post.signature, post.signature, post.timestamp, post.nonce, "aes")
    assert refused(verifier(), forged, body) == "signature"


def test_another_accounts_message_is_refused() -> None:
    assert "another account" in refused(verifier(), *sealed_post(TEXT | {"MsgId": "7"}, app_id="wx2"))
    other = TEXT | {"MsgId": "7", "ToUserName": "gh_2"}
    assert refused(verifier(), *sealed_post(other)) == "for another account"


@pytest.mark.parametrize("at", [-301, 302, -(10**9)])
def test_old_and_future_posts_are_refused(at: float) -> None:
    assert refused(verifier(), *sealed_post(TEXT | {"MsgId": "7"}, at=at)) == "timestamp"


@pytest.mark.parametrize("timestamp", ["", "abc", "-1", "٣", "9" * 40, "1e9"])
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    post = Post("x", "x", timestamp, "n", "aes")
    assert refused(verifier(), post, b"<xml/>") == "timestamp"


@pytest.mark.parametrize("body", [BOMB, XXE, "", "not xml", "<a/>", "<xml>", "\x00", "<xml><Encrypt/></xml>"])
def test_hostile_xml_is_refused(body: str) -> None:
    timestamp = str(int(time.time()))
    post = Post("", sign(TOKEN, timestamp, "n", ""), timestamp, "n", "aes")
    assert refused(verifier(), post, body.encode())
    assert refused(verifier(key=""), plain_post(), body.encode())


def test_hostile_xml_inside_the_envelope_is_refused() -> None:
    sealed, timestamp = Box(KEY, APP_ID).seal(XXE.encode()), str(int(time.time()))
    post = Post("", sign(TOKEN, timestamp, "n", sealed), timestamp, "n", "aes")
    assert "BadXml" in refused(verifier(), post, body_of({"Encrypt": sealed}))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_rubbish_is_refused_never_crashes(body: bytes) -> None:
    refused(verifier(), plain_post(), body)
    refused(verifier(key=""), plain_post(), body)
    mini = Verifier(account(mini=True), 300)
    refused(mini, plain_post(), body)
    refused(mini, plain_post(), b"{" + body)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_text_leaves_its_cdata(text: str) -> None:
    reply = xml.text_reply(to="a", sender="b", created=1, text=text + "]]><MsgType>image</MsgType>")
    root = fromstring(reply)
    assert [child.tag for child in root] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert root.findtext("MsgType") == "text"


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"MsgType": "image", "PicUrl": "http://x", "MediaId": "m"}, Kind.MEDIA, "[图片]"),
        ({"MsgType": "voice", "MediaId": "m", "Recognition": ""}, Kind.MEDIA, "[语音]"),
        ({"MsgType": "voice", "MediaId": "m", "Recognition": "退货"}, Kind.TEXT, "退货"),
        ({"MsgType": "shortvideo", "MediaId": "m"}, Kind.MEDIA, "[视频]"),
        ({"MsgType": "location", "Label": "上海", "Location_X": "1"}, Kind.MEDIA, "[位置] 上海"),
        ({"MsgType": "link", "Title": "书", "Url": "http://x"}, Kind.MEDIA, "[链接] 书 http://x"),
        ({"MsgType": "hologram"}, Kind.MEDIA, "[其他消息]"),
        ({"MsgType": "event", "Event": "SUBSCRIBE", "EventKey": "qrscene_1"}, Kind.SUBSCRIBE, ""),
        ({"MsgType": "event", "Event": "unsubscribe"}, Kind.UNSUBSCRIBE, ""),
        ({"MsgType": "event", "Event": "scan", "EventKey": "1"}, Kind.SCAN, ""),
        ({"MsgType": "event", "Event": "Click", "EventKey": "K"}, Kind.CLICK, ""),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "http://x"}, Kind.OTHER, ""),
        ({"MsgType": "event", "Event": "kf_create_session"}, Kind.OTHER, ""),
    ],
)
def test_every_kind_is_told_apart(fields: dict[str, str], kind: Kind, text: str) -> None:
    common = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "5", "MsgId": "9"}
    read = read_inbound(common | fields, "zh")
    assert (read.kind, read.text) == (kind, text)


@pytest.mark.parametrize("kind", ["image", "video", "location", "miniprogrampage"])
def test_no_address_of_a_message_is_kept_to_be_fetched(kind: str) -> None:
    common = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "5", "MsgId": "9", "MsgType": kind}
    evil = "http://169.254.169.254/latest"
    read = read_inbound(common | dict.fromkeys(("PicUrl", "Url", "ThumbUrl"), evil) | {"MediaId": "m"}, "zh")
    assert evil not in repr(read) and read.meta["media_id"] == "m"


def test_events_of_one_second_have_different_keys() -> None:
    common = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "5", "MsgType": "event"}
    keys = {
        read_inbound(common | {"Event": event, "EventKey": key}, "zh").key
        for event, key in [("subscribe", ""), ("SCAN", "1"), ("SCAN", "2"), ("scan", "2")]
    }
    assert len(keys) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"FromUserName": "o1"},
        {"FromUserName": "o 1", "ToUserName": "g", "MsgType": "text", "MsgId": "1"},
        {"FromUserName": "o1", "ToUserName": "g", "MsgType": "text"},
        {"FromUserName": "o1", "ToUserName": "g", "MsgType": "event", "Event": "SCAN"},
    ],
)
def test_what_has_no_identity_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadMessage):
        read_inbound(fields, "zh")


def test_a_reply_can_be_read_by_the_platform() -> None:
    answer = verifier().answer("<xml/>", "n1")
    fields = xml.fields_of(answer.encode())
    assert sign(TOKEN, fields["TimeStamp"], "n1", fields["Encrypt"]) == fields["MsgSignature"]
    assert Box(KEY, APP_ID).open(fields["Encrypt"]) == b"<xml/>"


def test_secrets_are_not_shown() -> None:
    assert KEY not in repr(account()) and "secret'" not in repr(account())
