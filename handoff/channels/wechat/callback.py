"""Decides whether a callback is from the platform: timestamp, signature, envelope, receiver; then reads it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from handoff.channels.wechat import xml
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.crypto import BadEnvelope, is_signed, sign
from handoff.channels.wechat.inbound import BadMessage, Inbound, read_inbound

MAX_BODY = 64 * 1024


class CallbackRefused(Exception):
    """This is not from the platform, or nothing of its kind; the reason goes to the log, never to the caller.

    ``why`` is one of the words that the accounts page explains: ``timestamp``, ``signature`` (another Token), ``key``
    (another EncodingAESKey), ``mode`` (sealed or not, otherwise than set), ``receiver``, ``nonce`` or ``form``.
    """

    def __init__(self, why: str, reason: str = "") -> None:
        super().__init__(reason or why)
        self.why = why


@dataclass(frozen=True)
class Post:
    """The query of a callback."""

    signature: str
    msg_signature: str
    timestamp: str
    nonce: str
    encrypt_type: str

    @property
    def once(self) -> str:
        """What is good for one message only, and its repeats."""
        return f"{self.timestamp}:{self.nonce}"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Post:
        return cls(*(query.get(name, "")[:256] for name in cls.__dataclass_fields__))


def check_time(timestamp: str, clock_skew: float) -> None:
    """`CallbackRefused` unless the callback was made within ``clock_skew`` seconds of now."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise CallbackRefused("timestamp")
    if abs(time.time() - int(timestamp)) > clock_skew:
        raise CallbackRefused("timestamp")


class Verifier:
    """Reads callbacks of one account. That no nonce carries two messages is checked where they are stored."""

    def __init__(self, account: Account, clock_skew: float) -> None:
        self.account = account
        self._clock_skew = clock_skew

    def check_address(self, post: Post) -> None:
        """The platform checks our address when it is entered; `CallbackRefused` for anybody else."""
        check_time(post.timestamp, self._clock_skew)
        if not is_signed(post.signature, self.account.token, post.timestamp, post.nonce):
            raise CallbackRefused("signature")

    def read(self, post: Post, body: bytes) -> Inbound:
        """What the callback says; `CallbackRefused` unless everything about it is right."""
        check_time(post.timestamp, self._clock_skew)
        try:
            fields = self._fields(post, body)
            inbound = read_inbound(fields, self.account.lang)
        except (xml.BadXml, BadEnvelope, BadMessage) as error:
            why = "key" if isinstance(error, BadEnvelope) else "form"
            raise CallbackRefused(why, f"{type(error).__name__}: {error}") from None
        if self.account.original_id and inbound.receiver != self.account.original_id:
            raise CallbackRefused("receiver", "for another account")
        return inbound

    def answer(self, reply: str, nonce: str) -> str:
        """A passive reply as it goes back: sealed when the account has a key. ``success`` is never sealed."""
        box = self.account.box
        if box is None:
            return reply
        sealed, timestamp = box.seal(reply.encode()), str(int(time.time()))
        signature = sign(self.account.token, timestamp, nonce, sealed)
        return xml.envelope(sealed=sealed, signature=signature, timestamp=timestamp, nonce=nonce)

    def _fields(self, post: Post, body: bytes) -> dict[str, str]:
        token, box = self.account.token, self.account.box
        if box is None:
            if post.encrypt_type == "aes":
                raise CallbackRefused("mode", "sealed, but the account has no key")
            if not is_signed(post.signature, token, post.timestamp, post.nonce):
                raise CallbackRefused("signature")
            return self._parsed(body)
        # The plain signature does not cover the body: with a key, only the sealed part counts.
        if post.encrypt_type != "aes":
            raise CallbackRefused("mode", "not sealed")
        sealed = self._parsed(body).get("Encrypt", "")
        if not sealed or not is_signed(post.msg_signature, token, post.timestamp, post.nonce, sealed):
            raise CallbackRefused("signature")
        return self._parsed(box.open(sealed))

    def _parsed(self, body: bytes) -> dict[str, str]:
        """Mini programs may choose JSON on the platform; everything else is XML."""
        if not (self.account.mini and body.lstrip().startswith(b"{")):
            return xml.fields_of(body)
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadMessage(type(error).__name__) from error
        return {name: str(value).strip() for name, value in fields.items() if isinstance(value, str | int)}
