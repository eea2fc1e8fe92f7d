"""What agents do beside answering: being there, offers, colleagues, attention, messages left, business hours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from handoff import queue
from handoff.clean_text import clean_text
from handoff.conversation import Agent, Conversation, Draft, Event, Handoff, Mode, PresenceState, Role
from handoff.errors import Forbidden
from handoff.pokes import QUEUE, Pokes
from handoff.routing.rules import OVERSEERS, Rules
from handoff.routing.service import Service, look
from handoff.settings import Settings
from handoff.store import (
    agents,
    attention,
    audit,
    business_hours,
    handoffs,
    ledger,
    left_messages,
    offers,
    presence,
    read_marks,
    team,
)
from handoff.store.append import append, get_conversation
from handoff.store.attention import Kind
from handoff.store.business_hours import HoursVersion
from handoff.store.clock import read_clock
from handoff.store.database import Database
from handoff.store.left_messages import LeftMessage
from handoff.store.presence import Presence

TYPING_EVERY = 3.0


@dataclass(frozen=True)
class Offer:
    """A customer offered to this agent; ``seconds_left`` until it goes to the next."""

    handoff_id: str
    conv_id: str
    reason: str
    priority: int
    skill: str | None
    lang: str
    waited: float
    seconds_left: float
    last_ask: str


@dataclass(frozen=True)
class Colleague:
    """A member of the team as another sees them; ``free`` is how many more customers they can take."""

    id: str
    name: str
    display_name: str
    role: Role
    state: PresenceState
    load: int
    cap: int
    free: int
    skills: tuple[str, ...]
    langs: tuple[str, ...]


@dataclass(frozen=True)
class Attention:
    """Who does what in a conversation now; names of colleagues, the asking agent left out."""

    customer_typing: bool
    typing: list[str]
    looking: list[str]


class TeamDesk:
    """Use-cases of the team around the queue."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._settings = settings
        self._rules = Rules.of(settings)
        self._marked: dict[tuple[str, str, str], float] = {}

    # -- being there -----------------------------------------------------------------------------------------------

    async def heartbeat(self, agent: Agent) -> Presence:
        """The agent's console is open; call it every 15 s. The first one after an absence means online."""
        return await self._db.write(presence.beat, agent.id, self._rules.presence_lease)

    async def set_presence(self, agent: Agent, state: PresenceState, reason: str = "") -> Presence | None:
        """The agent is online, away or gone. Offers to one who leaves go to the next at once."""

        def work(conn: Connection) -> tuple[Presence | None, bool]:
            lease = 0.0 if state is PresenceState.OFFLINE else self._rules.presence_lease
            changed = presence.set_state(conn, agent.id, state, lease, reason.strip()[:100])
            if changed:
                audit.record(conn, agent.id, "presence", state=str(state))
            if state is not PresenceState.ONLINE:
                for handoff in offers.offers_to(conn, agent.id):
                    queue.decline(conn, handoff.id, agent)
            return presence.presence_of(conn, agent.id), changed

        found, changed = await self._db.write(work)
        if changed:
            self._pokes.poke(QUEUE)
        return found

    async def presence(self, agent: Agent) -> Presence | None:
        """How the agent counts now; None for one who never was here."""
        return await self._db.read(presence.presence_of, agent.id)

    async def colleagues(self) -> list[Colleague]:
        """Everybody who may answer customers: to whom can this one be passed?"""
        members = await self._db.read(team.members)
        return [
            Colleague(
                id=m.agent.id,
                name=m.agent.name,
                display_name=m.agent.display_name,
                role=m.agent.role,
                state=m.state,
                load=m.agent.load,
                cap=m.agent.cap,
                free=m.free,
                skills=m.agent.skills,
                langs=m.agent.langs,
            )
            for m in members
            if m.agent.role is not Role.EDITOR
        ]

    async def skills(self) -> list[str]:
        """Every skill that an enabled agent names."""
        members = await self._db.read(team.members)
        return sorted({skill for member in members for skill in member.agent.skills})

    @property
    def routing(self) -> str:
        """How customers are given out: ``claim`` (agents take them) or ``offer`` (they are offered in turn)."""
        return self._settings.routing

    async def set_routing(self, boss: Agent, name: str, skills: Sequence[str], langs: Sequence[str], cap: int) -> Agent:
        """What the account can be given (none named: everything) and how many at once; `LoadAboveCap` if too low."""
        if boss.role not in OVERSEERS:
            raise Forbidden()

        def work(conn: Connection) -> Agent:
            agent, _ = agents.agent_by_name(conn, name)
            audit.record(conn, boss.id, "agent_routing", name=name, skills=list(skills), langs=list(langs), cap=cap)
            return agents.set_routing(conn, agent.id, skills=skills, langs=langs, cap=cap)

        changed = await self._db.write(work)
        self._pokes.poke(QUEUE)
        return changed

    # -- offers ----------------------------------------------------------------------------------------------------

    async def offers(self, agent: Agent) -> list[Offer]:
        """What this agent is asked to take; accept with `Desk.claim`."""

        def work(conn: Connection) -> list[Offer]:
            clock = read_clock(conn)
            return [_offer(handoff, clock) for handoff in offers.offers_to(conn, agent.id)]

        return await self._db.read(work)

    async def decline(self, agent: Agent, handoff_id: str) -> None:
        """Not this one: it goes to the next. `StaleOwner` when it is not offered to this agent."""
        await self._db.write(queue.decline, handoff_id, agent)
        self._pokes.poke(QUEUE)

    # -- attention -------------------------------------------------------------------------------------------------

    async def typing(self, agent: Agent, conv_id: str) -> None:
        """The agent is typing an answer; the customer sees it for a few seconds. Call it as often as you like."""
        if await self._mark(agent, conv_id, "typing"):
            self._pokes.poke(conv_id)

    async def looking(self, agent: Agent, conv_id: str) -> None:
        """The agent has the conversation open; colleagues see it. Call it every 30 s at least."""
        if await self._mark(agent, conv_id, "looking"):
            self._pokes.poke(conv_id)

    async def read(self, agent: Agent, conv_id: str, seq: int) -> None:
        """The agent has the lines up to ``seq`` before the eyes; the customer sees that, if the agent is theirs."""

        def work(conn: Connection) -> bool:
            if get_conversation(conn, conv_id).owner_agent != agent.id:
                return False
            return read_marks.advance(conn, conv_id, read_marks.AGENT, seq)

        if await self._db.write(work):
            self._pokes.poke(conv_id)

    async def attention(self, agent: Agent, conv_id: str) -> Attention:
        """Who types and who looks, without the asking agent."""

        def work(conn: Connection) -> Attention:
            typing = attention.present(conn, conv_id, "typing")
            looking = attention.present(conn, conv_id, "looking")
            names = {a.id: a.display_name for a in agents.list_agents(conn) if a.id != agent.id}
            return Attention(
                customer_typing=attention.CUSTOMER in typing,
                typing=sorted(names[who] for who in typing if who in names),
                looking=sorted(names[who] for who in looking if who in names),
            )

        return await self._db.read(work)

    async def _mark(self, agent: Agent, conv_id: str, kind: Kind) -> bool:
        key = (agent.id, conv_id, kind)
        clock = time.monotonic()
        if clock - self._marked.get(key, -TYPING_EVERY) < TYPING_EVERY:
            return False
        self._marked = {k: at for k, at in self._marked.items() if clock - at < TYPING_EVERY} | {key: clock}

        def work(conn: Connection) -> bool:
            if handoffs.open_handoff_of(conn, conv_id) is None:
                return False
            attention.mark(conn, conv_id, agent.id, kind)
            return True

        return await self._db.write(work)

    # -- messages left ---------------------------------------------------------------------------------------------

    async def left_messages(self, *, done: bool = False) -> list[LeftMessage]:
        """The follow-up list: open ones, oldest first; or those done, latest first."""
        return await self._db.read(lambda conn: left_messages.listed(conn, done=done))

    async def take_left_message(self, agent: Agent, message_id: str) -> LeftMessage:
        """This agent will see to it; `StaleOwner` names a colleague who was first."""
        return await self._follow(agent, message_id, ledger.Step.FOLLOW_UP_TAKEN, left_messages.take)

    async def release_left_message(self, agent: Agent, message_id: str) -> LeftMessage:
        """Give it back to the list."""
        found = await self._db.write(left_messages.release, message_id, agent.id)
        self._pokes.poke(QUEUE)
        return found

    async def finish_left_message(self, agent: Agent, message_id: str, result: str) -> LeftMessage:
        """It is seen to; ``result`` says how the customer was reached."""
        words = clean_text(result, 1000)
        return await self._follow(agent, message_id, ledger.Step.FOLLOWED_UP, left_messages.finish, words)

    async def answer_left_message(self, agent: Agent, message_id: str, client_msg_id: str, text: str) -> Event:
        """Answer in the conversation itself: the customer sees it when they come back, or on their channel at once.

        The agent becomes the owner of the follow-up. Safe to repeat with the same id.
        """
        draft = Draft(
            "message",
            "agent",
            clean_text(text, self._settings.max_text),
            client_msg_id,
            agent.id,
            payload={"meta": {"code": "follow_up"}},
        )

        def work(conn: Connection) -> tuple[Event, Conversation]:
            before = left_messages.get_message(conn, message_id)
            message = left_messages.take(conn, message_id, agent.id)
            if before.owner_id != agent.id:
                ledger.record(conn, message.handoff_id, ledger.Step.FOLLOW_UP_TAKEN, agent.id)
            modes = [Mode.BOT, Mode.QUEUED, Mode.CLOSED]
            return append(conn, message.conv_id, draft, author_name=agent.display_name, modes=modes)

        event, conversation = await self._db.write(work)
        self._pokes.poke(conversation.id, QUEUE)
        return event

    async def _follow(self, agent: Agent, message_id: str, step: ledger.Step, change: Any, *args: str) -> LeftMessage:
        def work(conn: Connection) -> LeftMessage:
            before = left_messages.get_message(conn, message_id)
            found: LeftMessage = change(conn, message_id, agent.id, *args)
            if (before.owner_id, before.done_at) != (found.owner_id, found.done_at):
                ledger.record(conn, found.handoff_id, step, agent.id)
            return found

        found = await self._db.write(work)
        self._pokes.poke(QUEUE)
        return found

    # -- hours -----------------------------------------------------------------------------------------------------

    async def hours(self) -> HoursVersion:
        """The business hours in force, as they were written."""
        return await self._db.read(business_hours.current_version)

    async def hours_history(self) -> list[HoursVersion]:
        """Who set which hours when, newest first."""
        return await self._db.read(business_hours.versions)

    async def set_hours(self, boss: Agent, body: Any) -> HoursVersion:
        """Put other hours in force; `HoursError` names a mistake, and the old ones stay."""
        if boss.role not in OVERSEERS:
            raise Forbidden()
        return await self.set_hours_as(boss.id, boss.display_name, body)

    async def set_hours_as(self, actor: str, author: str, body: Any) -> HoursVersion:
        """The same for an operator at the command line; ``author`` is the name that the history shows."""

        def work(conn: Connection) -> HoursVersion:
            version = business_hours.set_hours(conn, body, author)
            audit.record(conn, actor, "hours_set", version=version.version)
            return version

        version = await self._db.write(work)
        self._pokes.poke(QUEUE)
        return version

    async def clock(self) -> float:
        """The database's time now, epoch seconds: what decides whether it is open."""
        return await self._db.read(read_clock)

    async def service(self, skill: str | None = None) -> Service:
        """Whether customers who come now find somebody."""
        return await self._db.read(look, skill)


def _offer(handoff: Handoff, clock: float) -> Offer:
    return Offer(
        handoff_id=handoff.id,
        conv_id=handoff.conv_id,
        reason=handoff.reason,
        priority=handoff.priority,
        skill=handoff.skill,
        lang=handoff.lang,
        waited=max(0.0, clock - handoff.queued_at),
        seconds_left=max(0.0, (handoff.offer_until or clock) - clock),
        last_ask=str(handoff.details.get("last_ask", "")),
    )
