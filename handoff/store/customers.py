"""Customers, their tokens and their one open conversation."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from sqlalchemy import Connection, delete, insert, select, update

from handoff.conversation import Change, Conversation, Mode, next_mode
from handoff.errors import TokenExpired, TokenInvalid
from handoff.store import tables as t
from handoff.store.append import conversation_from_row
from handoff.store.clock import now


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


def issue_token(conn: Connection, customer_id: str, ttl: float) -> str:
    """A fresh 256-bit token for the customer, good for ``ttl`` seconds after its last use."""
    token = secrets.token_urlsafe(32)
    conn.execute(
        insert(t.customer_token).values(hash=token_hash(token), customer_id=customer_id, expires_at=now() + ttl)
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


def extend_token(conn: Connection, token: str, ttl: float) -> None:
    """Slide the token's end forward."""
    conn.execute(
        update(t.customer_token).where(t.customer_token.c.hash == token_hash(token)).values(expires_at=now() + ttl)
    )


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
