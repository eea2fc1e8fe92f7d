"""Nasty scenarios that need a real process; docs/testing.md says which test plays which of the twenty-five."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.drills import Ground, late_answer_after_the_claim, pokes_are_lost
from tests.storm.people import ASK_FOR_PERSON
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import hand_over_when_asked

Change = Callable[[dict[str, Any], dict[str, Any]], Any]
BAD_ANSWERS: dict[str, Change] = {
    "nothing": lambda body, answer: {"turn_id": body["turn_id"], "messages": []},
    "another turn": lambda body, answer: answer | {"turn_id": "another"},
    "no object": lambda body, answer: ["answer"],
    "five megabytes": lambda body, answer: answer | {"messages": [{"text": "长" * 1_700_000}]},
}
only_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def somebody(calls: Revived) -> Person:
    person = Person(calls)
    person.arrive()
    return person


@pytest.mark.long
@only_sqlite
def test_scenario_02_killed_before_the_commit(gateway: GatewayProcess) -> None:
    """Nothing is there, nothing was acknowledged; the same message sent again is there once."""
    gateway.start()
    calls = Revived(gateway)
    person = somebody(calls)
    for visit in range(4, 10):  # the start itself commits a few times
        gateway.kill()
        calls.start(FAILPOINT=f"commit.before@{visit}:kill")
        assert person.say(f"{visit}", f"message-{visit}").status_code == 200
    assert calls.deaths >= 3
    said = [event["text"] for event in person.events() if event["author"] == "customer"]
    assert said == [f"{visit}" for visit in range(4, 10)]


@only_sqlite
def test_scenario_07_without_pokes_everything_arrives(gateway: GatewayProcess, rasa: TurnServer) -> None:
    pokes_are_lost(Ground(gateway, rasa))


@pytest.mark.long
@only_sqlite
def test_scenario_14_a_late_answer_after_the_claim(gateway: GatewayProcess, rasa: TurnServer) -> None:
    late_answer_after_the_claim(Ground(gateway, rasa))


@pytest.mark.long
@only_sqlite
def test_scenario_20_bad_answers_of_rasa_end_with_a_person(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """Bounded in size and in tries; the conversation is not stuck, and the next one is answered."""
    gateway.start()
    calls = Revived(gateway)
    for name, change in BAD_ANSWERS.items():
        rasa.script = change
        person = somebody(calls)
        person.say(name, "message-1")
        person.until(code="bot_failed")
        assert [event["author"] for event in person.events()] == ["customer", "system"], name
    rasa.script = hand_over_when_asked
    assert stored.read(gateway.database).faults == []


@only_sqlite
def test_scenario_25_an_agent_disabled_in_the_middle_of_a_chat(gateway: GatewayProcess, rasa: TurnServer) -> None:
    """The chat waits again, the old session is dead, and all that over a restart."""
    gateway.start()
    rasa.script = hand_over_when_asked
    calls = Revived(gateway)
    add_agents(calls, 2)
    person, clerk, other = somebody(calls), Clerk(calls, "agent0"), Clerk(calls, "agent1")
    clerk.arrive()
    other.arrive()
    person.say(f"我要{ASK_FOR_PERSON}", "message-1")
    person.until(code="queued")
    fence = clerk.take(person.conv)
    gateway.kill()
    secret = {"X-Baton-Secret": "test-secret"}
    assert calls.call("POST", "/internal/agents/agent0/disable", headers=secret).status_code == 200
    gateway.kill()
    assert clerk.write(person.conv, fence, "还在", "reply-0001").status_code == 401
    assert other.take(person.conv) > fence
    assert stored.read(gateway.database).faults == []
