"""What a conversation is and how it may change hands; pure values, imported by store, gateway and faces alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handoff.errors import StaleOwner


class Mode(StrEnum):
    """Who owns a conversation now."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


class Change(StrEnum):
    """Every way in which a conversation changes hands."""

    HAND_OVER = "hand_over"
    CLAIM = "claim"
    CANCEL = "cancel"
    LEAVE_MESSAGE = "leave_message"
    EXPIRE = "expire"
    REQUEUE = "requeue"
    TRANSFER = "transfer"
    TAKE_OVER = "take_over"
    RETURN = "return"
    CLOSE = "close"
    REOPEN = "reopen"


TRANSITIONS: dict[tuple[Mode, Change], Mode] = {
    (Mode.BOT, Change.HAND_OVER): Mode.QUEUED,
    (Mode.QUEUED, Change.CLAIM): Mode.HUMAN,
    (Mode.QUEUED, Change.CANCEL): Mode.BOT,
    (Mode.QUEUED, Change.LEAVE_MESSAGE): Mode.BOT,
    (Mode.QUEUED, Change.EXPIRE): Mode.BOT,
    (Mode.QUEUED, Change.CLOSE): Mode.CLOSED,
    (Mode.HUMAN, Change.REQUEUE): Mode.QUEUED,
    (Mode.HUMAN, Change.TRANSFER): Mode.HUMAN,
    (Mode.HUMAN, Change.TAKE_OVER): Mode.HUMAN,
    (Mode.HUMAN, Change.RETURN): Mode.BOT,
    (Mode.HUMAN, Change.CLOSE): Mode.CLOSED,
    (Mode.CLOSED, Change.REOPEN): Mode.BOT,
}


def next_mode(mode: Mode, change: Change) -> Mode:
    """Mode after ``change``; `StaleOwner` when the table has no such arrow."""
    try:
        return TRANSITIONS[mode, change]
    except KeyError:
        raise StaleOwner(f"A conversation in mode {mode} cannot {change}.", mode=str(mode)) from None


class HandoffState(StrEnum):
    QUEUED = "queued"  # anybody suitable may take it
    OFFERED = "offered"  # queued -> offered: one agent is asked for a while; offered -> queued: declined or too late
    ACCEPTED = "accepted"  # queued|offered -> accepted: an agent answers; accepted -> queued: taken back
    CLOSED = "closed"  # accepted -> closed: resolved, returned, or the customer is gone
    CANCELLED = "cancelled"  # queued|offered -> cancelled: ended before anybody answered


class End(StrEnum):
    """The one way in which a handoff ended. A transfer is no end: the same handoff goes on."""

    RESOLVED = "resolved"
    RETURNED = "returned"
    MESSAGE_LEFT = "message_left"
    EXPIRED = "expired"
    CUSTOMER_LEFT = "customer_left"


class PresenceState(StrEnum):
    """Whether an agent can be given customers; without a living lease it is `OFFLINE`, whatever was said."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


WAITING = (HandoffState.QUEUED, HandoffState.OFFERED)
OPEN_HANDOFF = (HandoffState.QUEUED, HandoffState.OFFERED, HandoffState.ACCEPTED)


class TurnState(StrEnum):
    PENDING = "pending"  # a customer message waits for the bot
    LEASED = "leased"  # pending -> leased: one runner works on it
    DONE = "done"  # leased -> done: replies committed
    FAILED = "failed"  # leased -> failed: the bot gave up, a person was asked
    SUPERSEDED = "superseded"  # pending|leased -> superseded: the conversation changed hands first


class Role(StrEnum):
    """What an account may do; each role may also do what the roles before it may."""

    AGENT = "agent"
    EDITOR = "editor"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


def sender_of(conv_id: str, episode: int) -> str:
    """Rasa sender id: a fresh one for each episode keeps trackers short."""
    return f"{conv_id}:{episode}"


@dataclass(frozen=True)
class Conversation:
    id: str
    customer_id: str
    channel: str
    lang: str
    mode: Mode
    fence: int
    last_seq: int
    episode: int
    owner_agent: str | None

    @property
    def sender(self) -> str:
        """Who this is for Rasa."""
        return sender_of(self.id, self.episode)


@dataclass(frozen=True)
class Event:
    """One line of a conversation: a message, a notice or an agents' note. ``at`` is epoch seconds (UTC)."""

    conv_id: str
    seq: int
    kind: str
    author: str
    author_id: str | None
    author_name: str | None
    text: str
    payload: dict[str, Any]
    client_msg_id: str
    fence: int
    internal: bool
    at: float

    def public(self) -> dict[str, Any]:
        """The form a customer's browser gets."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "author": self.author,
            "author_name": self.author_name,
            "text": self.text,
            "buttons": self.payload.get("buttons", []),
            "attachments": self.payload.get("attachments", []),
            "at": self.at,
            "client_msg_id": self.client_msg_id if self.author == "customer" else None,
            "meta": self.payload.get("meta", {}),
        }


@dataclass(frozen=True)
class Draft:
    """An event that has no place in the conversation yet."""

    kind: str
    author: str
    text: str
    client_msg_id: str
    author_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    internal: bool = False


@dataclass(frozen=True)
class HandoffRequest:
    """Why a conversation should go to a person. ``priority`` 0 (normal) to 3 (most urgent).

    ``actor`` is who asked: ``bot``, ``customer``, ``gateway`` or an agent's id.
    """

    reason: str
    rule: str = ""
    priority: int = 0
    skill: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    actor: str = "bot"


@dataclass(frozen=True)
class Handoff:
    id: str
    conv_id: str
    reason: str
    rule: str
    priority: int
    skill: str | None
    lang: str
    state: HandoffState
    queued_at: float
    claimed_by: str | None
    claimed_at: float | None
    ended_at: float | None
    outcome: str | None
    details: dict[str, Any]
    offered_to: str | None = None
    offer_until: float | None = None
    preferred_agent: str | None = None
    first_claimed_at: float | None = None
    ahead: int = 0

    def rank(self, ageing: float) -> float:
        """Place in the line, smaller first: one level of priority is worth ``ageing`` seconds of waiting."""
        return self.queued_at - self.priority * ageing


@dataclass(frozen=True)
class Turn:
    """One customer message leased to one runner."""

    id: str
    conv_id: str
    in_seq: int
    fence: int
    attempt: int
    lease_token: str


@dataclass(frozen=True)
class Agent:
    id: str
    name: str
    display_name: str
    role: Role
    cap: int
    load: int
    disabled: bool
    skills: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()


@dataclass(frozen=True)
class MoodReading:
    seq: int
    valence: float
    anger: float
    urgency: float
    label: str
    spans: tuple[str, ...] = ()
