"""Who gets whom, by property: never beyond capacity, nobody unsuitable while a suitable agent is here."""

from __future__ import annotations

import string
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.conversation import Agent, Handoff, HandoffState, PresenceState, Role
from handoff.routing.rules import OVERSEERS, Member, Rules, choose, knows, may_take, relaxed

SKILLS = ["payments", "safety", "privacy"]
RULES = Rules()
few = settings(max_examples=40, deadline=None)


def agent(name: str, **more: Any) -> Agent:
    fields = {"role": Role.AGENT, "cap": 3, "load": 0, "disabled": False, "skills": (), "langs": ()} | more
    return Agent(id=name, name=name, display_name=name.title(), **fields)


def handoff(**more: Any) -> Handoff:
    fields: dict[str, Any] = {
        "id": "h",
        "conv_id": "c",
        "reason": "angry",
        "rule": "test",
        "priority": 0,
        "skill": None,
        "lang": "zh",
        "state": HandoffState.QUEUED,
        "queued_at": 1000.0,
        "claimed_by": None,
        "claimed_at": None,
        "ended_at": None,
        "outcome": None,
        "details": {},
    }
    return Handoff(**fields | more)


agents = st.builds(
    agent,
    st.text(string.ascii_lowercase, min_size=1, max_size=6),
    role=st.sampled_from(list(Role)),
    cap=st.integers(1, 4),
    load=st.integers(0, 1),
    disabled=st.booleans(),
    skills=st.lists(st.sampled_from(SKILLS), unique=True).map(tuple),
    langs=st.lists(st.sampled_from(["zh", "en"]), unique=True).map(tuple),
)
members = st.builds(Member, agents, st.sampled_from(list(PresenceState)), st.integers(0, 3), st.floats(0, 1e6))
teams = st.lists(members, max_size=6, unique_by=lambda member: member.agent.id)
handoffs = st.builds(
    handoff,
    skill=st.none() | st.sampled_from(SKILLS),
    lang=st.sampled_from(["zh", "en"]),
    preferred_agent=st.none() | st.text(string.ascii_lowercase, min_size=1, max_size=6),
)
waits = st.floats(0, 1200)


@few
@given(handoffs, waits, teams)
def test_the_chosen_one_is_here_free_and_allowed(wanted: Handoff, waited: float, team: list[Member]) -> None:
    chosen = choose(wanted, waited, team, RULES)
    if chosen is not None:
        assert chosen.online and chosen.agent.load + chosen.offered < chosen.agent.cap
        assert may_take(chosen.agent, wanted, waited, team, RULES)


@few
@given(handoffs, waits, teams)
def test_somebody_is_chosen_whenever_somebody_suitable_is_free(
    wanted: Handoff, waited: float, team: list[Member]
) -> None:
    suitable = [m for m in team if m.online and m.free and knows(m.agent, wanted)]
    chosen = choose(wanted, waited, team, RULES)
    assert (chosen is not None) or not suitable
    if suitable and chosen is not None and chosen.agent.id != wanted.preferred_agent:
        assert knows(chosen.agent, wanted)


@few
@given(handoffs, teams)
def test_after_the_patience_is_over_anybody_free_is_good(wanted: Handoff, team: list[Member]) -> None:
    free = [m for m in team if m.online and m.free]
    assert (choose(wanted, RULES.suit_within, team, RULES) is not None) == bool(free)


@few
@given(handoffs, waits, teams, st.data())
def test_who_refused_is_not_asked_again(
    wanted: Handoff, waited: float, team: list[Member], data: st.DataObject
) -> None:
    refused = data.draw(st.sets(st.sampled_from([m.agent.id for m in team]))) if team else set()
    chosen = choose(wanted, waited, team, RULES, refused)
    assert chosen is None or chosen.agent.id not in refused


@few
@given(handoffs, waits, teams)
def test_the_agent_who_knows_the_customer_comes_first(wanted: Handoff, waited: float, team: list[Member]) -> None:
    known = next((m for m in team if m.agent.id == wanted.preferred_agent), None)
    if known and known.online and known.free and (knows(known.agent, wanted) or relaxed(wanted, waited, team, RULES)):
        chosen = choose(wanted, waited, team, RULES)
        assert chosen is not None and chosen.agent.id == known.agent.id


@few
@given(handoffs, waits, teams, st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_list(
    wanted: Handoff, waited: float, team: list[Member], random: Any
) -> None:
    shuffled = list(team)
    random.shuffle(shuffled)
    assert choose(wanted, waited, team, RULES) == choose(wanted, waited, shuffled, RULES)


@few
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5000)), min_size=2, max_size=20))
def test_age_beats_urgency_in_the_end(entries: list[tuple[int, float]]) -> None:
    line = sorted(
        (handoff(id=str(n), priority=p, queued_at=q) for n, (p, q) in enumerate(entries)),
        key=lambda item: item.rank(RULES.ageing),
    )
    for before, after in pairwise(line):
        # Nobody overtakes somebody who came earlier by more than the urgency is worth.
        assert before.queued_at - after.queued_at <= (before.priority - after.priority) * RULES.ageing + 1e-6


@few
@given(handoffs, waits, teams, st.sampled_from(sorted(OVERSEERS)))
def test_supervisors_may_take_everything(wanted: Handoff, waited: float, team: list[Member], role: Role) -> None:
    assert may_take(agent("boss", role=role, skills=("none",)), wanted, waited, team, RULES)


def test_supervisors_are_asked_after_agents() -> None:
    team = [
        Member(agent("boss", role=Role.SUPERVISOR), PresenceState.ONLINE),
        Member(agent("lin", load=2), PresenceState.ONLINE),
    ]
    chosen = choose(handoff(), 0, team, RULES)
    assert chosen is not None and chosen.agent.id == "lin"
