"""Who should get a waiting customer: pure decisions over what the database says, without clock or connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from handoff.conversation import Agent, Handoff, PresenceState, Role
from handoff.settings import Settings

OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True)
class Rules:
    """The operator's choices; times in seconds. See docs/operating.md, "Queue"."""

    offers: bool = False
    ageing: float = 300.0
    offer_seconds: float = 20.0
    offer_again: float = 60.0
    missed_offers: int = 2
    suit_within: float = 300.0
    same_agent_days: float = 30.0
    presence_lease: float = 45.0
    presence_grace: float = 120.0
    silent_after: float = 600.0
    long_wait: float = 300.0
    expire_open: float = 7200.0
    expire_closed: float = 1800.0

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """The rules that the settings name."""
        return cls(
            offers=settings.routing == "offer",
            ageing=settings.ageing,
            offer_seconds=settings.offer_seconds,
            offer_again=settings.offer_again,
            missed_offers=settings.missed_offers,
            suit_within=settings.suit_within,
            same_agent_days=settings.same_agent_days,
            presence_lease=settings.presence_lease,
            presence_grace=settings.presence_grace,
            silent_after=settings.silent_after,
            long_wait=settings.long_wait,
            expire_open=settings.expire_open,
            expire_closed=settings.expire_closed,
        )


@dataclass(frozen=True)
class Member:
    """An agent as the queue sees them now. ``offered`` counts open offers; ``idle_since`` is epoch seconds."""

    agent: Agent
    state: PresenceState
    offered: int = 0
    idle_since: float = 0.0

    @property
    def online(self) -> bool:
        return self.state is PresenceState.ONLINE and not self.agent.disabled and self.agent.role is not Role.EDITOR

    @property
    def free(self) -> int:
        """How many more customers they can be asked to take."""
        return max(0, self.agent.cap - self.agent.load - self.offered)


def knows(agent: Agent, handoff: Handoff) -> bool:
    """Whether the agent has the skill and the language; one who lists none has them all."""
    skilled = handoff.skill is None or not agent.skills or handoff.skill in agent.skills
    return skilled and (not agent.langs or handoff.lang in agent.langs)


def relaxed(handoff: Handoff, waited: float, team: Iterable[Member], rules: Rules) -> bool:
    """Whether anybody may take it: it waited too long for a specialist, or none is here."""
    return waited >= rules.suit_within or not any(m.online and knows(m.agent, handoff) for m in team)


def may_take(agent: Agent, handoff: Handoff, waited: float, team: Collection[Member], rules: Rules) -> bool:
    """Whether this agent may claim the handoff by hand."""
    return agent.role in OVERSEERS or knows(agent, handoff) or relaxed(handoff, waited, team, rules)


def choose(
    handoff: Handoff,
    waited: float,
    team: Collection[Member],
    rules: Rules,
    refused: Collection[str] = (),
) -> Member | None:
    """Whom to offer the customer: the agent who knew them last, else the least busy, idle longest; None if nobody.

    Agents in ``refused`` were asked lately and did not take it.
    """
    anybody = relaxed(handoff, waited, team, rules)
    able = [
        member
        for member in team
        if member.online
        and member.free
        and member.agent.id not in refused
        and (anybody or knows(member.agent, handoff))
    ]
    return min(able, key=lambda member: _order(member, handoff), default=None)


def _order(member: Member, handoff: Handoff) -> tuple[bool, bool, bool, float, float, str]:
    agent = member.agent
    return (
        agent.id != handoff.preferred_agent,
        not knows(agent, handoff),
        # Supervisors answer when no agent can.
        agent.role in OVERSEERS,
        (agent.load + member.offered) / max(1, agent.cap),
        member.idle_since,
        agent.id,
    )
