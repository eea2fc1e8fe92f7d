"""Reads the callbacks of 微信客服: sealed pokes that something is to be read, never the messages themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handoff.channels.wechat import xml
from handoff.channels.wechat.callback import CallbackRefused, check_time
from handoff.channels.wechat.crypto import BadEnvelope, is_signed
from handoff.channels.wecom.accounts import KfAccount

EVENT = "kf_msg_or_event"
MAX_TOKEN = 128


@dataclass(frozen=True)
class Poke:
    """Something new waits in ``open_kfid``; ``token`` allows to read it for ten minutes."""

    open_kfid: str
    token: str


class KfVerifier:
    """Checks timestamp, signature and receiver. A repeat is harmless: what was read is known by its msgid."""

    def __init__(self, account: KfAccount, clock_skew: float) -> None:
        self.account = account
        self._clock_skew = clock_skew

    def check_address(self, query: Mapping[str, str]) -> str:
        """The clear echo string of the address check; `CallbackRefused` for anybody but the platform."""
        # A `+` that became a space on the way would break the signature.
        return self._open(query, query.get("echostr", "").replace(" ", "+")).decode(errors="replace")

    def read(self, query: Mapping[str, str], body: bytes) -> Poke | None:
        """The poke; None for an event that is not ours; `CallbackRefused` unless everything about it is right."""
        try:
            sealed = xml.fields_of(body).get("Encrypt", "")
            fields = xml.fields_of(self._open(query, sealed))
        except xml.BadXml as error:
            raise CallbackRefused("form", f"BadXml: {error}") from None
        open_kfid, token = fields.get("OpenKfId", ""), fields.get("Token", "")
        if fields.get("Event") != EVENT or open_kfid not in self.account.faces:
            return None
        return Poke(open_kfid, token if len(token) <= MAX_TOKEN else "")

    def _open(self, query: Mapping[str, str], sealed: str) -> bytes:
        timestamp, nonce = query.get("timestamp", "")[:64], query.get("nonce", "")[:256]
        check_time(timestamp, self._clock_skew)
        signature = query.get("msg_signature", "")[:256]
        if not sealed or not is_signed(signature, self.account.token, timestamp, nonce, sealed):
            raise CallbackRefused("signature")
        try:
            return self.account.box.open(sealed)
        except BadEnvelope as error:
            raise CallbackRefused("key", f"BadEnvelope: {error}") from None
