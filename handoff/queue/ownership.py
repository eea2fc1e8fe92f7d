"""The one way in which a conversation changes hands, and what every such change shares: fence, notice, end.

Lock order of every change, so that no two wait for each other: agents, then the conversation, then its handoff.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, update

from handoff import texts
from handoff.conversation import Change, Conversation, End, Handoff, HandoffState, Mode, next_mode
from handoff.store import customers, handoffs, ledger
from handoff.store import tables as t
from handoff.store.append import append, conversation_from_row, stale_owner
from handoff.store.ledger import Step


def change_owner(
    conn: Connection,
    conversation: Conversation,
    change: Change,
    *,
    owner: str | None = None,
    new_episode: bool = False,
) -> Conversation:
    """Apply one arrow of the transition table; the fence rises, so late writes of the old owner are refused."""
    mode = next_mode(conversation.mode, change)
    c = t.conversation.c
    row = conn.execute(
        update(t.conversation)
        .where(and_(c.id == conversation.id, c.mode == conversation.mode, c.fence == conversation.fence))
        .values(
            mode=mode,
            fence=c.fence + 1,
            owner_agent=owner,
            episode=c.episode + (1 if new_episode else 0),
        )
        .returning(t.conversation)
    ).first()
    if row is None:
        raise stale_owner(conn, conversation.id)
    return conversation_from_row(row)


def end(conn: Connection, handoff: Handoff, how: End, actor: str, **data: Any) -> None:
    """Give the handoff its one end, in its row and in the ledger; `StaleOwner` when it has one already."""
    answered = handoff.state is HandoffState.ACCEPTED
    state = HandoffState.CLOSED if answered else HandoffState.CANCELLED
    if not handoffs.end_handoff(conn, handoff.id, state, how):
        raise stale_owner(conn, handoff.conv_id)
    ledger.record(conn, handoff.id, Step(how), actor, **data)


def reopen_if_closed(conn: Connection, conversation: Conversation) -> Conversation:
    """A customer who writes again after the end is with the bot again."""
    return customers.reopen(conn, conversation) if conversation.mode is Mode.CLOSED else conversation


def tell(
    conn: Connection,
    conversation: Conversation,
    code: str,
    key: str,
    *,
    variant: str | None = None,
    **values: object,
) -> Conversation:
    """Write the notice of a change that this very transaction makes; ``key`` makes it one."""
    draft = texts.notice(code, conversation.lang, f"{key}:{code}", variant=variant, **values)
    return append(conn, conversation.id, draft)[1]
