"""Signatures and envelopes: the platform's published vectors, an independent library, and everything forged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException

from handoff.channels.wechat.crypto import BadEnvelope, Box, is_signed, sign

TOKEN, KEY, APP_ID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
SEALED_REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


@pytest.mark.parametrize(
    ("timestamp", "nonce", "signature"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ],
)
def test_published_signatures(timestamp: str, nonce: str, signature: str) -> None:
    assert sign(TOKEN, timestamp, nonce) == signature
    assert is_signed(signature, TOKEN, timestamp, nonce)


def test_published_reply() -> None:
    sealed = Box(KEY, APP_ID).seal(b'{"demo_resp":"good luck"}', prefix=b"707722b803182950")
    assert sealed == SEALED_REPLY
    assert sign(TOKEN, "1713424427", "415670741", sealed) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    assert Box(KEY, APP_ID).open(sealed) == b'{"demo_resp":"good luck"}'


def test_published_address_check_of_wecom() -> None:
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    assert is_signed("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "QDG6eK", "1409659589", "263014780", echo)
    box = Box("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
    assert box.open(echo) == b"1616140317555161061"


@pytest.mark.parametrize("signature", ["", "é" * 40, "F464B24FC39322E44B38AA78F5EDD27BD1441696", "f464"])
def test_other_signatures_are_refused(signature: str) -> None:
    assert not is_signed(signature, TOKEN, "1714036504", "1514711492")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_an_independent_library_reads_ours_and_we_read_its(text: str) -> None:
    from wechatpy.crypto import PrpCrypto

    message = text.encode("utf-8", "ignore") or b"x"
    key = WeChatCrypto(TOKEN, KEY, APP_ID).key
    assert Box(KEY, APP_ID).open(PrpCrypto(key).encrypt(message.decode(), APP_ID).decode()) == message
    theirs = PrpCrypto(key).decrypt(Box(KEY, APP_ID).seal(message), APP_ID)
    assert theirs.encode() == message


def test_another_account_is_refused_by_both() -> None:
    sealed = Box(KEY, "wx-other").seal(b"hello")
    with pytest.raises(BadEnvelope):
        Box(KEY, APP_ID).open(sealed)
    crypto = WeChatCrypto(TOKEN, KEY, APP_ID)
    signature = sign(TOKEN, "1", "2", sealed)
    envelope = f"<xml><ToUserName>x</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
    with pytest.raises(InvalidAppIdException):
        crypto.decrypt_message(envelope, signature, "1", "2")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_refused_never_crashes(rubbish: bytes) -> None:
    import base64

    for sealed in (base64.b64encode(rubbish).decode(), rubbish.decode("latin-1")):
        with pytest.raises(BadEnvelope):
            Box(KEY, APP_ID).open(sealed)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 63), st.integers(1, 255))
def test_a_flipped_byte_never_yields_another_receiver(place: int, mask: int) -> None:
    import base64

    data = bytearray(base64.b64decode(SEALED_REPLY))
    data[place] ^= mask
    try:
        Box(KEY, APP_ID).open(base64.b64encode(bytes(data)).decode())
    except BadEnvelope:
        return
    # CBC lets the first blocks be changed unseen: that is why the signature is checked before anything is opened.
    assert place < 48


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "!" * 43, "é" * 43])
def test_a_bad_key_is_named(key: str) -> None:
    with pytest.raises(ValueError, match="AES key"):
        Box(key, APP_ID)


def test_no_secret_in_its_text() -> None:
    assert KEY not in repr(Box(KEY, APP_ID))
