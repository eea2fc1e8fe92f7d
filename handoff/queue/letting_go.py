"""The agent is done: the service ends, or the bot goes on with what the agent found out."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from handoff.conversation import Agent, Change, Conversation, Draft, End, Handoff
from handoff.queue.ownership import change_owner, end, tell
from handoff.store import agents, audit, handoffs
from handoff.store.append import append, get_conversation, stale_owner


def close(
    conn: Connection, conv_id: str, agent: Agent, fence: int, *, reason: str = "", tags: Sequence[str] = ()
) -> Conversation:
    """The agent ends the service; ``reason`` and ``tags`` say what the matter was."""
    conversation, handoff = owned(conn, conv_id, agent, fence)
    handoffs.describe_end(conn, handoff.id, close_reason=reason or None, tags=tags)
    end(conn, handoff, End.RESOLVED, agent.id, tags=list(tags))
    conversation = change_owner(conn, conversation, Change.CLOSE)
    audit.record(conn, agent.id, "conversation_closed", conv_id, handoff=handoff.id)
    return tell(conn, conversation, "closed", handoff.id, agent=agent.display_name)


def return_to_bot(conn: Connection, conv_id: str, agent: Agent, fence: int, *, summary: str = "") -> Conversation:
    """The agent gives the customer back to the bot, which starts a fresh episode: no loop into a new handoff.

    ``summary`` stays with the thread as a note, and with the handoff for the bot's next turn and the next agent.
    """
    conversation, handoff = owned(conn, conv_id, agent, fence)
    if summary:
        note = Draft(
            "note",
            "agent",
            summary,
            f"{handoff.id}:summary",
            agent.id,
            payload={"meta": {"code": "return_summary"}},
            internal=True,
        )
        append(conn, conv_id, note, author_name=agent.display_name)
        handoffs.add_detail(conn, handoff, summary=summary)
    end(conn, handoff, End.RETURNED, agent.id, summary=bool(summary))
    conversation = change_owner(conn, conversation, Change.RETURN, new_episode=True)
    audit.record(conn, agent.id, "conversation_returned", conv_id, handoff=handoff.id)
    return tell(conn, conversation, "returned", handoff.id, agent=agent.display_name)


def owned(conn: Connection, conv_id: str, agent: Agent, fence: int) -> tuple[Conversation, Handoff]:
    """The conversation and handoff that this agent holds at this fence, their place freed; `StaleOwner` otherwise."""
    agents.lock(conn, agent.id)
    found = held(conn, conv_id, agent, fence)
    agents.free_slot(conn, agent.id)
    return found


def held(conn: Connection, conv_id: str, agent: Agent, fence: int) -> tuple[Conversation, Handoff]:
    """The conversation and handoff that this agent holds at this fence; `StaleOwner` otherwise."""
    conversation = get_conversation(conn, conv_id)
    handoff = handoffs.open_handoff_of(conn, conv_id)
    if conversation.owner_agent != agent.id or conversation.fence != fence or handoff is None:
        raise stale_owner(conn, conv_id)
    return conversation, handoff
