"""What is known of WeChat contacts and accounts: who is who, how many messages may still be sent, stored replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, delete, func, insert, literal, or_, select, update
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
class AccountState:
    """What was learned of an account while it ran."""

    app_id: str
    passive: bool
    menus: bool
    last_callback: float | None
    last_error: str | None
    quota_errors: int
    sealed_token: str | None
    token_left: float | None


@dataclass(frozen=True)
class AccountHealth:
    """One connected account as an administrator sees it. Times in epoch seconds, ``token_left`` in seconds.

    ``kind`` is ``official``, ``mini`` or ``kf``; ``callback`` the path of its callbacks; ``waiting`` counts events that
    have not gone out.
    """

    app_id: str
    name: str
    kind: str
    verified: bool
    sealed: bool
    callback: str
    passive: bool
    last_callback: float | None
    last_error: str | None
    quota_errors: int
    token_left: float | None
    people: int
    waiting: int


@dataclass(frozen=True)
class AccountTest:
    """What asking the platform came to: ``code`` 0 is good, another its errcode, None that it does not answer."""

    name: str
    code: int | None


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


def account_state(conn: Connection, app_id: str) -> AccountState:
    """What is known of the account; its row is made by `update_account`."""
    row = conn.execute(
        select(t.wechat_account, (t.wechat_account.c.token_until - now()).label("token_left")).where(
            t.wechat_account.c.app_id == app_id
        )
    ).first()
    if row is None:
        return AccountState(app_id, False, True, None, None, 0, None, None)
    return AccountState(
        app_id,
        row.passive,
        row.menus,
        row.last_callback,
        row.last_error,
        row.quota_errors,
        row.sealed_token,
        row.token_left,
    )


def people_of(conn: Connection, app_id: str) -> int:
    """How many people of the account there are."""
    return int(conn.execute(select(func.count()).where(_c.app_id == app_id)).scalar_one())


def waiting_for(conn: Connection, app_id: str) -> int:
    """Events for people of the account that have not gone out yet."""
    people = select(_c.customer_id).where(_c.app_id == app_id)
    of_account = select(t.conversation.c.id).where(t.conversation.c.customer_id.in_(people))
    where = (
        t.delivery.c.conv_id.in_(of_account),
        t.delivery.c.state.in_(["pending", "leased", "uncertain", "waiting"]),
    )
    return int(conn.execute(select(func.count()).select_from(t.delivery).where(*where)).scalar_one())


def update_account(conn: Connection, app_id: str, **values: Any) -> None:
    """Change the account's row, made if there is none."""
    fresh = {"app_id": app_id, "passive": False, "menus": True, "quota_errors": 0}
    insert_or_skip(conn, t.wechat_account, **fresh)
    if values:
        conn.execute(update(t.wechat_account).where(t.wechat_account.c.app_id == app_id).values(values))


def start_afresh(conn: Connection, app_id: str, *, passive: bool) -> None:
    """At a start: what the platform refused before may have been granted since, so it is tried again."""
    update_account(conn, app_id, passive=passive, menus=True)


def forget_old_keys(conn: Connection) -> None:
    """The platform repeats a callback within seconds; keys are kept for two months all the same."""
    old = t.inbox.c.received_at < now() - KEEP_KEYS
    conn.execute(delete(t.inbox).where(t.inbox.c.source.startswith("wx:"), old))


def count_quota_error(conn: Connection, app_id: str) -> None:
    update_account(conn, app_id, quota_errors=t.wechat_account.c.quota_errors + 1)


def keep_token(conn: Connection, app_id: str, sealed: str, seconds: float) -> None:
    update_account(conn, app_id, sealed_token=sealed, token_until=now() + seconds, token_lease_until=None)


def lease_token(conn: Connection, app_id: str, seconds: float) -> bool:
    """Become the one who asks for a new token; False while another does, in whatever process."""
    update_account(conn, app_id)
    c = t.wechat_account.c
    taken = conn.execute(
        update(t.wechat_account)
        .where(c.app_id == app_id, or_(c.token_lease_until.is_(None), c.token_lease_until < now()))
        .values(token_lease_until=now() + seconds)
    )
    return taken.rowcount == 1


def drop_token(conn: Connection, app_id: str, sealed: str) -> None:
    """Forget the token, unless somebody has replaced it already."""
    conn.execute(
        update(t.wechat_account)
        .where(t.wechat_account.c.app_id == app_id, t.wechat_account.c.sealed_token == sealed)
        .values(sealed_token=None, token_until=None)
    )


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
