"""Takes one page of sync_msg in: its messages and the cursor behind them in a single transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from handoff import texts
from handoff.channels.wechat.accounts import Account
from handoff.channels.wechat.inbound import Inbound
from handoff.channels.wechat.receive import receive
from handoff.channels.wecom import scene
from handoff.channels.wecom.accounts import CHANNEL
from handoff.channels.wecom.items import Item, What, read_item
from handoff.conversation import Conversation
from handoff.delivery import note_for_agents
from handoff.settings import Settings
from handoff.store import wechat, wechat_accounts, wecom
from handoff.store.append import get_conversation
from handoff.store.clock import read_clock
from handoff.store.wecom import Reading

log = structlog.get_logger(__name__)

# The platform keeps three days: whoever wrote before we were there at all must not be answered now.
TOO_OLD = 300.0
QUOTA_FAILURES = {4, 6}
NAME_LENGTH = 28


@dataclass(frozen=True)
class Effect:
    """What is left to do after the commit: whom to announce, greet with a code, or take into our state."""

    user: str
    conversation: Conversation | None = None
    said: bool = False
    welcome_code: str = ""
    linked: bool = False


def store_page(
    conn: Connection,
    face: Account,
    reading: Reading,
    page: Sequence[Any],
    cursor: str,
    settings: Settings,
    lease: float,
) -> list[Effect] | None:
    """Store what the page says; None, nothing stored, when another reader has taken over.

    An item that cannot be stored is logged and left out: it must not stop what comes behind it.
    """
    if not wecom.keep_cursor(conn, reading, cursor, lease):
        return None
    effects = []
    for raw in page:
        item = read_item(raw, face.lang)
        if item is None or (reading.cursor is None and item.at < read_clock(conn) - TOO_OLD):
            continue
        try:
            with conn.begin_nested():
                effect = _take(conn, face, item, settings)
        except DBAPIError:
            raise
        except Exception:
            log.exception("wecom_item_left_out", account=face.name, msgid=item.msgid)
            continue
        if effect is not None:
            effects.append(effect)
    return effects


def _take(conn: Connection, face: Account, item: Item, settings: Settings) -> Effect | None:
    if item.what is What.SAID and item.inbound is not None:
        received = receive(conn, face, item.inbound, settings)
        return None if received.repeat else Effect(item.user, received.conversation, said=True)
    if item.what is What.OTHER or not wechat.remember_key(conn, face.app_id, f"kf:{item.msgid}", "", 0, item.what):
        return None
    if item.what is What.ENTERED:
        return _entered(conn, face, item, settings)
    if item.what is What.SEND_FAILED:
        return _failed(conn, face, item)
    return _note(conn, face, item)


def _entered(conn: Connection, face: Account, item: Item, settings: Settings) -> Effect:
    """The customer opened the session, perhaps by a link from a conversation on the web."""
    code = str(item.event.get("welcome_code") or "")[:256]
    word = scene.read(settings.shared_secret or "", str(item.event.get("scene_param") or ""))
    conversation = wecom.use_scene(conn, word) if word else None
    if conversation is None or not wecom.link(conn, conversation, face.app_id, item.user, CHANNEL):
        return Effect(item.user, welcome_code=code)
    note_for_agents(conn, conversation.id, "goes_on_in_wechat", f"linked:{item.msgid}")
    return Effect(item.user, get_conversation(conn, conversation.id), welcome_code=code, linked=True)


def _failed(conn: Connection, face: Account, item: Item) -> Effect | None:
    """A message that the platform had accepted did not arrive."""
    reason = item.event.get("fail_type")
    reason = reason if isinstance(reason, int) else 0
    name = str(item.event.get("fail_msgid", ""))[:NAME_LENGTH]
    found = wecom.not_delivered(conn, name, CHANNEL, f"fail_type {reason}")
    if found is None:
        log.warning("wecom_unknown_failure", account=face.name, fail_type=reason)
        return None
    conv_id, seq = found
    known = texts.catalogue(face.lang)["wecom_failure"]
    words = known.get(f"type_{reason}", known["type_0"])
    note_for_agents(conn, conv_id, "not_delivered", f"failed:{seq}:{item.msgid}", reason=words)
    if reason in QUOTA_FAILURES:
        wechat.shut_windows(conn, conv_id)
        wechat_accounts.count_quota_error(conn, face.app_id)
    return Effect(item.user, get_conversation(conn, conv_id))


def _note(conn: Connection, face: Account, item: Item) -> Effect | None:
    """What happened beside us, for the agents to see: a message taken back, or the platform's own agents at work."""
    contact = wechat.find_contact(conn, face.app_id, item.user)
    if contact is None:
        return None
    conversation = wecom.conversation_at(conn, contact.customer_id, CHANNEL, face.lang)
    code, values = _words(item)
    note_for_agents(conn, conversation.id, code, f"kf:{item.msgid}", **values)
    return Effect(item.user, get_conversation(conn, conversation.id))


def _words(item: Item) -> tuple[str, dict[str, str]]:
    if item.what is What.RECALLED:
        return "taken_back", {}
    if item.what is What.SERVED:
        said: Inbound | None = item.inbound
        return "served_elsewhere", {
            "name": str(item.event.get("servicer_userid", "")),
            "words": said.text[:1000] if said else "",
        }
    name = item.event.get("new_servicer_userid") or item.event.get("old_servicer_userid") or ""
    change = item.event.get("change_type")
    return "session_changed", {"name": str(name)[:64], "change": str(change)[:8]}
