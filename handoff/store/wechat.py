"""What is known of WeChat contacts and accounts: who is who, how many messages may still be sent, stored replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, delete, insert, literal, select, update
from sqlalchemy.engine import Row

from handoff.store import tables as t
from handoff.store.clock import now
from handoff.store.upsert import insert_or_skip

CLICK_SECONDS = 60.0
MESSAGE_SECONDS = 48 * 3600.0
KEEP_REPLIES = 7 * 86400.0
KEEP_KEYS = 60 * 86400.0


@dataclass(frozen=True)
class Contact:
    """One person of one account and what WeChat still lets us send: ``left`` messages until ``until`` (epoch s)."""

    customer_id: str
    app_id: str
    openid: str
    reachable: bool
    left: int
    until: float


@dataclass(frozen=True)
class Reserved:
    """One message taken from a window; ``left`` more remain in it until ``until``."""

    kind: str
    left: int
    until: float


@dataclass(frozen=True)
class StoredReply:
    posts: int
    reply: str | None


def remember_key(conn: Connection, app_id: str, key: str, conv_id: str, seq: int, digest: str) -> bool:
    """Note that this callback was taken in; False when it had been before."""
    values = {
        "source": f"wx:{app_id}",
        "source_key": key,
        "body_hash": digest,
        "conv_id": conv_id,
        "seq": seq,
        "received_at": now(),
    }
    return insert_or_skip(conn, t.inbox, **values)


def place_key(conn: Connection, app_id: str, key: str, conv_id: str, seq: int) -> None:
    """Complete a remembered key with the event it became."""
    conn.execute(
        update(t.inbox)
        .where(t.inbox.c.source == f"wx:{app_id}", t.inbox.c.source_key == key)
        .values(conv_id=conv_id, seq=seq)
    )


def conversation_of_key(conn: Connection, app_id: str, key: str) -> str:
    """Conversation id an earlier callback went to; empty when it went to none."""
    where = (t.inbox.c.source == f"wx:{app_id}", t.inbox.c.source_key == key)
    return str(conn.execute(select(t.inbox.c.conv_id).where(*where)).scalar() or "")


def find_contact(conn: Connection, app_id: str, openid: str) -> Contact | None:
    return _contact(conn.execute(_contacts().where(_c.app_id == app_id, _c.openid == openid)).first())


def contact_of_customer(conn: Connection, customer_id: str) -> Contact | None:
    return _contact(conn.execute(_contacts().where(_c.customer_id == customer_id)).first())


def contact_of_conversation(conn: Connection, conv_id: str) -> Contact | None:
    customer = select(t.conversation.c.customer_id).where(t.conversation.c.id == conv_id).scalar_subquery()
    return _contact(conn.execute(_contacts().where(_c.customer_id == customer)).first())


def add_contact(conn: Connection, customer_id: str, app_id: str, openid: str) -> None:
    conn.execute(
        insert(t.wechat_contact).values(
            customer_id=customer_id,
            app_id=app_id,
            openid=openid,
            reachable=True,
            message_left=0,
            message_until=0.0,
            click_left=0,
            click_until=0.0,
            warned_until=0.0,
        )
    )


def open_window(conn: Connection, customer_id: str, messages: int, *, click: bool) -> None:
    """The person acted: ``messages`` may be sent for 48 h, or after a ``click`` or a subscription for a minute."""
    if click:
        values: dict[str, Any] = {"click_left": messages, "click_until": now() + CLICK_SECONDS}
    else:
        values = {"message_left": messages, "message_until": now() + MESSAGE_SECONDS}
    conn.execute(update(t.wechat_contact).where(_c.customer_id == customer_id).values(reachable=True, **values))


def reserve(conn: Connection, customer_id: str) -> Reserved | None:
    """Take one message from the shorter live window first; None when none is left."""
    for kind in ("click", "message"):
        left, until = _c[f"{kind}_left"], _c[f"{kind}_until"]
        row = conn.execute(
            update(t.wechat_contact)
            .where(_c.customer_id == customer_id, left > 0, until > now())
            .values({left.name: left - 1})
            .returning(left, until)
        ).first()
        if row is not None:
            return Reserved(kind, int(row[0]), float(row[1]))
    return None


def give_back(conn: Connection, customer_id: str, reserved: Reserved) -> None:
    """The reserved message was surely not sent; nothing when the window has changed since."""
    left, until = _c[f"{reserved.kind}_left"], _c[f"{reserved.kind}_until"]
    conn.execute(
        update(t.wechat_contact)
        .where(_c.customer_id == customer_id, until == reserved.until)
        .values({left.name: left + 1})
    )


def close_window(conn: Connection, customer_id: str, reserved: Reserved) -> None:
    """The platform says nothing more may be sent; a window that opened since stays open."""
    for kind in ("click", "message"):
        left, until = _c[f"{kind}_left"], _c[f"{kind}_until"]
        where = [_c.customer_id == customer_id]
        if kind == reserved.kind:
            where.append(until == reserved.until)
        elif kind == "message":
            continue
        conn.execute(update(t.wechat_contact).where(*where).values({left.name: 0}))


def shut_windows(conn: Connection, conv_id: str) -> None:
    """The platform lets nothing more be sent in this conversation before the person writes again."""
    contact = contact_of_conversation(conn, conv_id)
    if contact is not None:
        own = _c.customer_id == contact.customer_id
        conn.execute(update(t.wechat_contact).where(own).values(message_left=0, click_left=0))


def is_closed(conn: Connection, customer_id: str) -> bool:
    """Whether nothing may be sent now."""
    contact = contact_of_customer(conn, customer_id)
    return contact is None or contact.left == 0


def set_unreachable(conn: Connection, customer_id: str) -> None:
    conn.execute(update(t.wechat_contact).where(_c.customer_id == customer_id).values(reachable=False))


def windows_closing(conn: Connection, within: float) -> list[tuple[str, float]]:
    """(conversation, end) of people held by an agent whose 48 h end in ``within`` seconds; each end once."""
    rows = conn.execute(
        select(t.conversation.c.id, _c.customer_id, _c.message_until)
        .join(t.conversation, t.conversation.c.customer_id == _c.customer_id)
        .where(
            t.conversation.c.mode == "human",
            t.conversation.c.open,
            _c.message_until > now(),
            _c.message_until < now() + within,
            _c.warned_until < _c.message_until,
        )
    ).all()
    for row in rows:
        warned = update(t.wechat_contact).where(_c.customer_id == row.customer_id)
        conn.execute(warned.values(warned_until=row.message_until))
    return [(row.id, row.message_until) for row in rows]


def forget_old_keys(conn: Connection) -> None:
    """The platform repeats a callback within seconds; keys are kept for two months all the same."""
    old = t.inbox.c.received_at < now() - KEEP_KEYS
    conn.execute(delete(t.inbox).where(t.inbox.c.source.startswith("wx:"), old))


def count_post(conn: Connection, app_id: str, key: str) -> StoredReply:
    """Note one more post of the same callback; returns how many there were and the reply given, if any."""
    fresh = {"app_id": app_id, "source_key": key, "posts": 0, "created_at": now()}
    insert_or_skip(conn, t.wechat_reply, **fresh)
    conn.execute(delete(t.wechat_reply).where(t.wechat_reply.c.created_at < now() - KEEP_REPLIES))
    row = conn.execute(
        update(t.wechat_reply)
        .where(t.wechat_reply.c.app_id == app_id, t.wechat_reply.c.source_key == key)
        .values(posts=t.wechat_reply.c.posts + 1)
        .returning(t.wechat_reply.c.posts, t.wechat_reply.c.reply)
    ).one()
    return StoredReply(row.posts, row.reply)


def stored_reply(conn: Connection, app_id: str, key: str) -> StoredReply:
    c = t.wechat_reply.c
    row = conn.execute(select(c.posts, c.reply).where(c.app_id == app_id, c.source_key == key)).first()
    return StoredReply(row.posts, row.reply) if row else StoredReply(0, None)


def store_reply(conn: Connection, app_id: str, key: str, reply: str) -> None:
    c = t.wechat_reply.c
    conn.execute(update(t.wechat_reply).where(c.app_id == app_id, c.source_key == key).values(reply=reply))


def forget_contact(conn: Connection, contact: Contact) -> None:
    """Delete the link between the person's openid and the customer, and the replies and keys that name it."""
    conn.execute(delete(t.wechat_contact).where(_c.customer_id == contact.customer_id))
    for table in (t.inbox, t.wechat_reply):
        conn.execute(delete(table).where(table.c.source_key.startswith(f"{contact.openid}:", autoescape=True)))


_c = t.wechat_contact.c


def _contacts() -> Select[Any]:
    live_click = case((_c.click_until > now(), _c.click_left), else_=literal(0))
    live_message = case((_c.message_until > now(), _c.message_left), else_=literal(0))
    until = case((live_message > 0, _c.message_until), else_=_c.click_until)
    return select(
        _c.customer_id,
        _c.app_id,
        _c.openid,
        _c.reachable,
        (live_click + live_message).label("left"),
        until.label("until"),
    )


def _contact(row: Row[Any] | None) -> Contact | None:
    if row is None:
        return None
    return Contact(row.customer_id, row.app_id, row.openid, row.reachable, int(row.left), float(row.until))
