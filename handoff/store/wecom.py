"""What is known of 微信客服: how far each account was read, who reads it, and links from the web into WeChat."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, or_, select, update

from handoff.conversation import Conversation, Mode
from handoff.store import customers, wechat
from handoff.store import tables as t
from handoff.store.append import conversation_from_row
from handoff.store.clock import now
from handoff.store.deliveries import Batch, DeliveryState
from handoff.store.upsert import insert_or_skip

SCENE_SECONDS = 30 * 60.0


@dataclass(frozen=True)
class Reading:
    """The right to read one account on from ``cursor``; None when it was never read."""

    open_kfid: str
    cursor: str | None
    lease: str


def lease_reading(conn: Connection, open_kfid: str, seconds: float) -> Reading | None:
    """Become the one reader of the account for ``seconds``; None while another is."""
    insert_or_skip(conn, t.wecom_cursor, open_kfid=open_kfid)
    c, lease = t.wecom_cursor.c, secrets.token_hex(8)
    row = conn.execute(
        update(t.wecom_cursor)
        .where(c.open_kfid == open_kfid, or_(c.lease_until.is_(None), c.lease_until < now()))
        .values(lease_token=lease, lease_until=now() + seconds)
        .returning(c.cursor)
    ).first()
    return Reading(open_kfid, row.cursor, lease) if row else None


def keep_cursor(conn: Connection, reading: Reading, cursor: str, seconds: float) -> bool:
    """Note how far the account was read; False, nothing noted, when another reader took over."""
    c = t.wecom_cursor.c
    done = conn.execute(
        update(t.wecom_cursor)
        .where(c.open_kfid == reading.open_kfid, c.lease_token == reading.lease)
        .values(cursor=cursor, lease_until=now() + seconds)
    )
    return done.rowcount == 1


def end_reading(conn: Connection, reading: Reading) -> None:
    c = t.wecom_cursor.c
    conn.execute(
        update(t.wecom_cursor)
        .where(c.open_kfid == reading.open_kfid, c.lease_token == reading.lease)
        .values(lease_token=None, lease_until=None)
    )


def make_scene(conn: Connection, conv_id: str) -> str:
    """A word that joins this conversation once, within half an hour, to the person who brings it."""
    word = secrets.token_urlsafe(18)
    conn.execute(insert(t.wecom_scene).values(hash=_hash(word), conv_id=conv_id, created_at=now()))
    return word


def use_scene(conn: Connection, word: str) -> Conversation | None:
    """The open conversation the word was made for; None for a word that is unknown, old or used."""
    c = t.wecom_scene.c
    conv_id = conn.execute(
        update(t.wecom_scene)
        .where(c.hash == _hash(word), c.used_at.is_(None), c.created_at > now() - SCENE_SECONDS)
        .values(used_at=now())
        .returning(c.conv_id)
    ).scalar()
    if conv_id is None:
        return None
    row = conn.execute(select(t.conversation).where(t.conversation.c.id == conv_id, t.conversation.c.open)).first()
    return conversation_from_row(row) if row else None


def link(conn: Connection, conversation: Conversation, app_id: str, openid: str, endpoint: str) -> bool:
    """Let the conversation go on with this person of ``endpoint`` too.

    False, nothing changed, when either already has somebody: the customer another WeChat, or the person a
    conversation that waits for or has an agent.
    """
    contact, people = t.wechat_contact, t.conversation
    if conn.execute(select(contact.c.openid).where(contact.c.customer_id == conversation.customer_id)).first():
        return False
    old = conn.execute(
        select(contact.c.customer_id).where(contact.c.app_id == app_id, contact.c.openid == openid)
    ).scalar()
    if old is None:
        wechat.add_contact(conn, conversation.customer_id, app_id, openid)
    else:
        busy = select(people.c.id).where(
            people.c.customer_id == old, people.c.open, people.c.mode.in_([Mode.QUEUED, Mode.HUMAN])
        )
        if conn.execute(busy).first():
            return False
        conn.execute(update(contact).where(contact.c.customer_id == old).values(customer_id=conversation.customer_id))
    insert_or_skip(conn, t.conversation_link, conv_id=conversation.id, endpoint=endpoint, created_at=now())
    return True


def linked_conversation(conn: Connection, customer_id: str, endpoint: str) -> Conversation | None:
    """The customer's open conversation of another channel that goes on at ``endpoint``."""
    row = conn.execute(
        select(t.conversation)
        .join(t.conversation_link, t.conversation_link.c.conv_id == t.conversation.c.id)
        .where(
            t.conversation.c.customer_id == customer_id,
            t.conversation.c.open,
            t.conversation_link.c.endpoint == endpoint,
        )
    ).first()
    return conversation_from_row(row) if row else None


def conversation_at(conn: Connection, customer_id: str, endpoint: str, lang: str) -> Conversation:
    """Where the customer's words from ``endpoint`` belong: the conversation that goes on there, else their own."""
    linked = linked_conversation(conn, customer_id, endpoint)
    return linked or customers.open_conversation(conn, customer_id, endpoint, lang)


def name_batch(conn: Connection, batch: Batch, name: str) -> None:
    """Note under which name the batch is about to be sent, so that a later failure finds it."""
    c = t.delivery.c
    own = (c.conv_id == batch.conv_id, c.endpoint == batch.endpoint, c.lease_token == batch.lease_token)
    conn.execute(update(t.delivery).where(*own).values(provider_id=name))


def took_ours(conn: Connection, endpoint: str, app_id: str) -> bool:
    """Whether the platform has taken a message of this account under an id of ours before."""
    d, people = t.delivery.c, t.wechat_contact.c
    query = (
        select(d.id)
        .join(t.conversation, t.conversation.c.id == d.conv_id)
        .join(t.wechat_contact, people.customer_id == t.conversation.c.customer_id)
        .where(d.endpoint == endpoint, d.state == DeliveryState.SENT, d.provider_id.is_not(None))
        .where(people.app_id == app_id)
    )
    return conn.execute(query.limit(1)).first() is not None


def not_delivered(conn: Connection, name: str, endpoint: str, reason: str) -> tuple[str, int] | None:
    """A message that was accepted did not arrive: marked dead. (conversation, seq), None for an unknown name."""
    c = t.delivery.c
    own = (c.provider_id == name, c.endpoint == endpoint)
    row = conn.execute(select(c.conv_id, c.seq).where(*own).order_by(c.seq)).first()
    if row is None:
        return None
    conn.execute(update(t.delivery).where(*own).values(state=DeliveryState.DEAD, error=reason))
    return row.conv_id, row.seq


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
