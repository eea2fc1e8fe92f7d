"""Customers, their tokens and their one open conversation."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from handoff.conversation import Change, Conversation, Mode, next_mode
from handoff.errors import NotFound, TokenExpired, TokenInvalid
from handoff.store import tables as t
from handoff.store.append import conversation_from_row, keep_locked
from handoff.store.clock import now
from handoff.store.driver import locks_rows

OVERLAP = 60.0

_OPENED_BY = (
    select(t.conversation, (t.customer_token.c.expires_at > now()).label("live"))
    .join(t.customer_token, t.customer_token.c.customer_id == t.conversation.c.customer_id)
    .where(
        t.customer_token.c.hash == bindparam("token"),
        t.conversation.c.channel == bindparam("way"),
        t.conversation.c.open,
    )
)
_OPENED_BY_LOCKED = _OPENED_BY.with_for_update(of=t.conversation)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256, never itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_customer(conn: Connection, *, channel: str, external_key: str | None = None, vip: bool = False) -> str:
    """Make a customer and return the new id."""
    customer_id = uuid.uuid4().hex
    conn.execute(
        insert(t.customer).values(
            id=customer_id,
            tenant="default",
            channel=channel,
            external_key=external_key,
            vip=vip,
            created_at=now(),
        )
    )
    return customer_id


def is_vip(conn: Connection, customer_id: str) -> bool:
    return bool(conn.execute(select(t.customer.c.vip).where(t.customer.c.id == customer_id)).scalar())


def issue_token(conn: Connection, customer_id: str, ttl: float, *, replaces: str | None = None) -> str:
    """A fresh 256-bit token for the customer, good for ``ttl`` seconds after its last use.

    ``replaces`` is an older token of the same browser, which ends soon after the new one is first used.
    """
    token = secrets.token_urlsafe(32)
    conn.execute(
        insert(t.customer_token).values(
            hash=token_hash(token),
            customer_id=customer_id,
            expires_at=now() + ttl,
            issued_at=now(),
            replaces=token_hash(replaces) if replaces else None,
        )
    )
    conn.execute(delete(t.customer_token).where(t.customer_token.c.expires_at < now() - 30 * 86400))
    return token


def customer_of_token(conn: Connection, token: str) -> str:
    """Customer id of a live token; `TokenInvalid` or `TokenExpired` otherwise."""
    row = conn.execute(
        select(t.customer_token.c.customer_id, (t.customer_token.c.expires_at > now()).label("live")).where(
            t.customer_token.c.hash == token_hash(token)
        )
    ).first()
    if row is None:
        raise TokenInvalid()
    if not row.live:
        raise TokenExpired()
    return str(row.customer_id)


def conversation_of_token(conn: Connection, token: str, channel: str, conv_id: str | None = None) -> Conversation:
    """The open conversation of the token's customer, locked in a transaction that writes.

    `TokenInvalid` or `TokenExpired` for a token that opens nothing, `NotFound` when ``conv_id`` is somebody else's.
    """
    locked = locks_rows(conn)
    values = {"token": token_hash(token), "way": channel}
    row = conn.execute(_OPENED_BY_LOCKED if locked else _OPENED_BY, values).first()
    if row is None:
        customer_of_token(conn, token)  # says what is wrong with the token, if anything is
        raise NotFound()
    if not row.live:
        raise TokenExpired()
    if conv_id is not None and row.id != conv_id:
        raise NotFound()
    if locked:
        keep_locked(conn, row.id)
    return conversation_from_row(row)


def renew_token(conn: Connection, token: str, ttl: float, rotate_after: float) -> str:
    """Slide the token's end forward, or give a fresh one when it is older than ``rotate_after`` seconds.

    The old one lives on until the fresh one is used: an answer that is lost on its way locks nobody out.
    """
    c = t.customer_token.c
    mine = c.hash == token_hash(token)
    row = conn.execute(
        select(c.customer_id, c.replaces, (now() - c.issued_at > rotate_after).label("old")).where(mine)
    ).one()
    if row.replaces:
        # Other tabs of the browser may hold the old one for a moment.
        soon = now() + OVERLAP
        conn.execute(
            update(t.customer_token).where(c.hash == row.replaces, c.expires_at > soon).values(expires_at=soon)
        )
        conn.execute(update(t.customer_token).where(mine).values(replaces=None))
    conn.execute(update(t.customer_token).where(mine).values(expires_at=now() + ttl))
    return issue_token(conn, str(row.customer_id), ttl, replaces=token) if row.old else token


def revoke_token(conn: Connection, token: str) -> None:
    """End one token at once."""
    conn.execute(delete(t.customer_token).where(t.customer_token.c.hash == token_hash(token)))


def revoke_all(conn: Connection, customer_id: str) -> None:
    """End every token of the customer at once: signed out in every browser."""
    conn.execute(delete(t.customer_token).where(t.customer_token.c.customer_id == customer_id))


def open_conversation(conn: Connection, customer_id: str, channel: str, lang: str) -> Conversation:
    """The customer's open conversation on this channel, made if there is none."""
    row = conn.execute(
        select(t.conversation).where(
            t.conversation.c.customer_id == customer_id,
            t.conversation.c.channel == channel,
            t.conversation.c.open,
        )
    ).first()
    if row is None:
        row = conn.execute(
            insert(t.conversation)
            .values(
                id=uuid.uuid4().hex,
                tenant="default",
                customer_id=customer_id,
                channel=channel,
                lang=lang,
                mode=Mode.BOT,
                fence=1,
                last_seq=0,
                episode=1,
                open=True,
                created_at=now(),
            )
            .returning(t.conversation)
        ).one()
    return conversation_from_row(row)


def reopen(conn: Connection, conversation: Conversation) -> Conversation:
    """A closed conversation gets its next episode, with the bot."""
    mode = next_mode(conversation.mode, Change.REOPEN)
    row = conn.execute(
        update(t.conversation)
        .where(t.conversation.c.id == conversation.id, t.conversation.c.mode == conversation.mode)
        .values(mode=mode, fence=t.conversation.c.fence + 1, episode=t.conversation.c.episode + 1)
        .returning(t.conversation)
    ).one()
    return conversation_from_row(row)


def set_lang(conn: Connection, conv_id: str, lang: str) -> None:
    conn.execute(update(t.conversation).where(t.conversation.c.id == conv_id).values(lang=lang))
