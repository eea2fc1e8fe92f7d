"""A model of the promises, played by Hypothesis against the real gateway: any order of steps, kill -9 among them.

The model knows who owns each conversation and what is stored; after every step the gateway must agree. Conversations
are fresh for each history, the process and its database are shared by all of a test.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from websockets.sync.client import connect

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.history import History, check
from tests.storm.people import AGENT, ASK_FOR_PERSON, WEB
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import hand_over_when_asked
from tests.support.processes import wait_until

pytestmark = pytest.mark.long

PICK = st.integers(0, 1_000_000)


@dataclass
class Talk:
    """What the model believes of one conversation."""

    person: Person
    mode: str = "bot"
    owner: int | None = None
    fence: int = 0
    sent: list[tuple[str, str, int]] = field(default_factory=list)
    since: int = 0
    epoch: str | None = None


@dataclass
class Stage:
    """What all histories of a test share."""

    calls: Revived
    rasa: TurnServer
    clerks: list[Clerk]


class Promises(RuleBasedStateMachine):
    """Two customers and two agents; each rule is one thing that people, platforms or fate do."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.calls = self.stage.calls
        self.clerks = self.stage.clerks
        self.talks = [Talk(Person(self.calls)) for _ in range(2)]
        for talk in self.talks:
            talk.person.arrive()

    # ---- customers

    @rule(who=PICK, wants_person=st.booleans())
    def writes(self, who: int, wants_person: bool) -> None:
        talk = self._talk(who)
        key = uuid.uuid4().hex
        words = f"{key[:8]}{ASK_FOR_PERSON if wants_person else ''}"
        self._say(talk, key, words)
        if talk.mode == "closed":
            talk.mode, talk.owner = "bot", None
        if wants_person and talk.mode == "bot":
            self._until_mode(talk, "queued")

    @rule(who=PICK, which=PICK)
    def writes_the_same_again(self, who: int, which: int) -> None:
        talk = self._talk(who)
        if talk.sent:
            key, words, seq = talk.sent[which % len(talk.sent)]
            assert talk.person.say(words, key).json()["seq"] == seq

    @rule(who=PICK, which=PICK)
    def reuses_an_id_for_other_words(self, who: int, which: int) -> None:
        talk = self._talk(who)
        if talk.sent:
            key, words, _ = talk.sent[which % len(talk.sent)]
            assert talk.person.say(words + "?", key).status_code == 409

    @rule(who=PICK)
    def three_copies_arrive_at_once(self, who: int) -> None:
        talk = self._talk(who)
        key = uuid.uuid4().hex
        self.history.attempt(talk.person.conv, "customer", key, key)
        answers = self._together([lambda: talk.person.say(key, key)] * 3)
        (seq,) = {answer.json()["seq"] for answer in answers}
        self._stored(talk, key, key, seq)
        if talk.mode == "closed":
            talk.mode, talk.owner = "bot", None

    @rule(who=PICK)
    def presses_the_button_twice(self, who: int) -> None:
        talk = self._talk(who)
        body = {"client_msg_id": uuid.uuid4().hex}
        self.history.attempt(talk.person.conv, "customer", body["client_msg_id"], "转人工")
        seqs = {
            self.calls.call("POST", f"{WEB}/handoff", json=body, headers=talk.person.headers).json()["seq"]
            for _ in range(2)
        }
        assert len(seqs) == 1
        self.history.ack(talk.person.conv, "customer", body["client_msg_id"], seqs.pop())
        if talk.mode in ("bot", "closed"):
            talk.mode, talk.owner = "queued", None

    @rule(who=PICK)
    def leaves_the_queue(self, who: int) -> None:
        talk = self._talk(who)
        answer = self.calls.call("POST", f"{WEB}/handoff/cancel", headers=talk.person.headers)
        assert answer.status_code == 200, answer.text
        if talk.mode == "queued":
            talk.mode = "bot"

    @rule(who=PICK, frames=st.integers(0, 4))
    def opens_a_socket_and_drops_it(self, who: int, frames: int) -> None:
        """Reads a few frames from its cursor and is gone without a word."""
        talk = self._talk(who)
        url = self.calls.gateway.origin.replace("http", "ws") + f"{WEB}/socket"
        talk.person.page()  # a dead gateway is back after this
        with connect(url, proxy=None, close_timeout=0.1) as socket:
            token = talk.person.headers["Authorization"].removeprefix("Bearer ")
            hello = {"type": "hello", "token": token, "since": talk.since, "epoch": talk.epoch}
            socket.send(json.dumps(hello))
            ready = json.loads(socket.recv(timeout=10))
            assert ready["type"] == "ready", ready
            talk.epoch = ready["epoch"]
            for _ in range(min(frames, ready["top_seq"] - talk.since)):
                frame = json.loads(socket.recv(timeout=10))
                if frame["type"] != "event":
                    break
                talk.since = frame["seq"]
                self.history.saw(f"socket{who % 2}", talk.person.conv, frame["seq"], frame["text"])

    # ---- agents

    @rule(who=PICK)
    def two_agents_claim_at_once(self, who: int) -> None:
        talk = self._talk(who)
        if talk.mode != "queued":
            return
        handoff = self._handoff(talk)
        answers = self._together([partial(clerk.claim, handoff) for clerk in self.clerks])
        won = [number for number, answer in enumerate(answers) if answer.status_code == 200]
        assert len(won) == 1, [answer.text for answer in answers]
        assert {answer.status_code for answer in answers} == {200, 409}
        talk.mode, talk.owner = "human", won[0]
        talk.fence = int(answers[won[0]].json()["fence"])
        self.history.claimed(talk.person.conv, self.clerks[won[0]].agent_id, talk.fence)

    @rule(who=PICK, number=PICK)
    def an_agent_claims(self, who: int, number: int) -> None:
        talk, number = self._talk(who), number % len(self.clerks)
        if talk.mode == "queued":
            talk.fence = self.clerks[number].take(talk.person.conv)
            talk.mode, talk.owner = "human", number
            self.history.claimed(talk.person.conv, self.clerks[number].agent_id, talk.fence)

    @rule(who=PICK, number=PICK, late=st.booleans())
    def an_agent_writes(self, who: int, number: int, late: bool) -> None:
        """Whoever it is and whatever fence the tab has: only the owner with the newest is heard."""
        talk, number = self._talk(who), number % len(self.clerks)
        fence = max(0, talk.fence - 1) if late else talk.fence
        clerk, key = self.clerks[number], uuid.uuid4().hex
        self.history.attempt(talk.person.conv, "agent", key, key)
        answer = clerk.write(talk.person.conv, fence, key, key)
        if talk.mode == "human" and talk.owner == number and not late:
            assert answer.status_code == 200, answer.text
            again = clerk.write(talk.person.conv, fence, key, key)
            assert again.json()["seq"] == answer.json()["seq"]
            self.history.ack(talk.person.conv, "agent", key, int(answer.json()["seq"]))
        else:
            assert answer.status_code in (404, 409), answer.text
            self.history.refuse(talk.person.conv, "agent", key)

    @rule(who=PICK, how=st.sampled_from(["close", "return"]), number=PICK)
    def an_agent_lets_go(self, who: int, how: str, number: int) -> None:
        talk, number = self._talk(who), number % len(self.clerks)
        if talk.mode != "human":
            return
        answer = self.clerks[number].let_go(talk.person.conv, talk.fence, how)
        if number == talk.owner:
            assert answer.status_code == 200, answer.text
            assert self.clerks[number].let_go(talk.person.conv, talk.fence, how).status_code == 200
            talk.mode, talk.owner = ("closed" if how == "close" else "bot"), None
        else:
            assert answer.status_code in (404, 409), answer.text

    @rule(who=PICK)
    def an_agent_passes_on(self, who: int) -> None:
        """To the colleague, who has just shown that they are there."""
        talk = self._talk(who)
        if talk.mode != "human" or talk.owner is None:
            return
        giver, taker = self.clerks[talk.owner], self.clerks[1 - talk.owner]
        assert taker.show_up().status_code == 200
        body = {"fence": talk.fence, "to_agent": taker.agent_id, "note": ""}
        path = f"{AGENT}/conversations/{talk.person.conv}/transfer"
        answer = self.calls.call("POST", path, json=body, headers=giver.headers)
        assert answer.status_code == 200, answer.text
        talk.owner, talk.fence = 1 - talk.owner, int(answer.json()["fence"])
        self.history.claimed(talk.person.conv, taker.agent_id, talk.fence)

    # ---- fate

    @rule()
    def the_gateway_is_killed(self) -> None:
        self.calls.gateway.kill()

    @precondition(lambda self: any(talk.mode == "bot" for talk in self.talks))
    @rule(who=PICK)
    def it_is_killed_while_the_bot_thinks(self, who: int) -> None:
        talk = self._talk(who)
        if talk.mode != "bot":
            return
        before = len(self.stage.rasa.turns)
        self.stage.rasa.hold.clear()
        key = uuid.uuid4().hex
        self._say(talk, key, key)
        # The first question waits for the turn before it, so there may be none of its own yet.
        threading.Event().wait(0.05)
        assert len(self.stage.rasa.turns) >= before
        self.calls.gateway.kill()
        self.stage.rasa.hold.set()

    @invariant()
    def the_gateway_agrees(self) -> None:
        for talk in self.talks:
            page = talk.person.page()
            assert page["mode"] == talk.mode, (page["mode"], talk)
            stored_at = {event["client_msg_id"]: event["seq"] for event in page["events"]}
            for key, _, seq in talk.sent:
                assert stored_at.get(key) == seq

    def teardown(self) -> None:
        self.stage.rasa.hold.set()
        self.the_gateway_agrees()
        url = self.calls.gateway.database
        wait_until(lambda: not stored.busy(url), 60, "for the bot to owe nothing")
        truth = stored.read(url)
        assert truth.faults == [], truth.faults
        ours = {talk.person.conv for talk in self.talks}
        events = [event for event in truth.events if event.conv in ours]
        asked = {conv: seqs for conv, seqs in truth.questions.items() if conv in ours}
        report = check(self.history, events, asked)
        # The button always says the same words, so equal words are no sign of a double here.
        faults = {kind: found for kind, found in report.faults.items() if kind != "duplicated"}
        assert faults == {}, str(report)
        self._let_everybody_go()

    def _let_everybody_go(self) -> None:
        for talk in self.talks:
            if talk.mode == "human" and talk.owner is not None:
                self.clerks[talk.owner].let_go(talk.person.conv, talk.fence)
            elif talk.mode == "queued":
                self.calls.call("POST", f"{WEB}/handoff/cancel", headers=talk.person.headers)

    def _talk(self, who: int) -> Talk:
        return self.talks[who % len(self.talks)]

    def _say(self, talk: Talk, key: str, words: str) -> None:
        self.history.attempt(talk.person.conv, "customer", key, words)
        answer = talk.person.say(words, key)
        assert answer.status_code == 200, answer.text
        self._stored(talk, key, words, answer.json()["seq"])

    def _stored(self, talk: Talk, key: str, words: str, seq: int) -> None:
        self.history.ack(talk.person.conv, "customer", key, seq)
        talk.sent.append((key, words, seq))

    def _handoff(self, talk: Talk) -> str:
        items = self.clerks[0].queue()
        return str(next(item["handoff_id"] for item in items if item["conv_id"] == talk.person.conv))

    def _until_mode(self, talk: Talk, mode: str) -> None:
        wait_until(lambda: talk.person.page()["mode"] == mode, 60, f"for mode {mode}")
        talk.mode = mode

    @staticmethod
    def _together(calls: list[Callable[[], Any]]) -> list[Any]:
        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(call) for call in calls]]


def play(gateway: GatewayProcess, rasa: TurnServer, histories: int, steps: int, *, fixed: bool) -> None:
    rasa.script = hand_over_when_asked
    calls = Revived(gateway)
    gateway.start()
    add_agents(calls, 2)
    clerks = [Clerk(calls, "agent0"), Clerk(calls, "agent1")]
    for clerk in clerks:
        clerk.arrive()
    machine = type("Played", (Promises,), {"stage": Stage(calls, rasa, clerks)})
    rules = settings(
        max_examples=histories,
        stateful_step_count=steps,
        derandomize=fixed,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # what a real process did once cannot be tried again smaller
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=rules)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.timeout(600)
def test_a_few_histories(gateway: GatewayProcess, rasa: TurnServer) -> None:
    play(gateway, rasa, 3, 12, fixed=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_histories(gateway: GatewayProcess, rasa: TurnServer) -> None:
    play(gateway, rasa, 50, 40, fixed=False)
