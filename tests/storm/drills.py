"""Ten drills, each the shortest way to one broken promise; AssertionError says which. See `tests.storm.planted`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.people import ASK_FOR_PERSON, WEB
from tests.storm.revived import Clerk, Person, Revived, add_agents
from tests.storm.storm import hand_over_when_asked
from tests.support.processes import wait_until

WITHIN = 30.0


@dataclass
class Ground:
    """A gateway that is not running yet, its Rasa, and the mistake in it (empty: none)."""

    gateway: GatewayProcess
    rasa: TurnServer
    mistake: str = ""

    def start(self, *others: str) -> Revived:
        """Start with the mistake, and with ``others`` of `tests.storm.planted`."""
        names = [name for name in (*others, self.mistake) if name]
        # Heartbeats would heal after a while what these drills look for.
        self.gateway._env["BATON_HEARTBEAT"] = "600"
        self.gateway._env["STORM_PREPARE"] = ",".join(f"tests.storm.planted:{name}" for name in names)
        self.gateway.start()
        self.rasa.script = hand_over_when_asked
        return Revived(self.gateway)

    def truth(self) -> stored.Truth:
        wait_until(lambda: not stored.busy(self.gateway.database), WITHIN, "for the bot to owe nothing")
        return stored.read(self.gateway.database)


def somebody(calls: Revived) -> Person:
    person = Person(calls)
    person.arrive()
    return person


def killed_right_after_the_ack(ground: Ground) -> None:
    """Scenario 1: what was acknowledged is there after the kill."""
    person = somebody(ground.start())
    seq = person.say("在吗", "message-1").json()["seq"]
    ground.gateway.kill()
    ground.gateway.start()
    found = [(event["seq"], event["text"]) for event in person.events() if event["author"] == "customer"]
    assert found == [(seq, "在吗")], f"acknowledged as {seq}, stored: {found}"


def late_answer_after_the_claim(ground: Ground) -> None:
    """Scenario 14: the bot's answer comes when an agent has the conversation: the customer never sees it."""
    calls = ground.start()
    add_agents(calls, 1)
    clerk, person = Clerk(calls, "agent0"), somebody(calls)
    clerk.arrive()
    ground.rasa.hold.clear()
    try:
        person.say("在吗", "message-1")
        wait_until(lambda: ground.rasa.turns, WITHIN)
        calls.call("POST", f"{WEB}/handoff", json={"client_msg_id": "press-0001"}, headers=person.headers)
        clerk.take(person.conv)
    finally:
        ground.rasa.hold.set()
    truth = ground.truth()
    late = [event.text for event in truth.public(person.conv) if event.author == "bot"]
    assert late == [], f"shown to the customer: {late}"


def sent_twice(ground: Ground) -> None:
    """Scenario 1 again: the same id is the same event."""
    person = somebody(ground.start())
    seqs = [person.say("在吗", "message-1").json()["seq"] for _ in range(2)]
    assert len(set(seqs)) == 1, f"one message at {seqs}"


def sent_again_after_a_restart(ground: Ground) -> None:
    """The same id is the same event, also for the next process."""
    person = somebody(ground.start())
    first = person.say("在吗", "message-1").json()["seq"]
    ground.gateway.kill()
    ground.gateway.start()
    again = person.say("在吗", "message-1").json()["seq"]
    assert again == first, f"one message at {first} and {again}"


def claimed_at_once(ground: Ground) -> None:
    """Scenario 11: of many agents who click at the same instant exactly one wins."""
    calls = ground.start()
    add_agents(calls, 3)
    person = somebody(calls)
    clerks = [Clerk(calls, f"agent{number}") for number in range(3)]
    for clerk in clerks:
        clerk.arrive()
    person.say(f"我要{ASK_FOR_PERSON}", "message-1")
    wait_until(lambda: clerks[0].queue(), WITHIN)
    handoff = clerks[0].queue()[0]["handoff_id"]
    with ThreadPoolExecutor(3) as pool:
        codes = sorted(pool.map(lambda clerk: clerk.claim(handoff).status_code, clerks))
    assert codes == [200, 409, 409], codes


def many_writers_one_reader(ground: Ground) -> None:
    """Scenario 5: several tabs write at once, and a reader that follows by cursor is shown every number."""
    calls = ground.start()
    person = somebody(calls)
    done = threading.Event()
    shown: list[int] = []

    def read() -> None:
        since = 0
        while not done.is_set():
            for event in person.page(since)["events"]:
                shown.append(event["seq"])
                since = event["seq"]

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        seqs = list(pool.map(lambda n: person.say(f"tab {n}", f"message-{n}").json()["seq"], range(16)))
    ground.truth()
    newest = max(event["seq"] for event in person.events())
    wait_until(lambda: bool(shown) and shown[-1] >= newest, WITHIN)
    done.set()
    reader.join(WITHIN)
    missed = sorted(set(seqs) - set(shown))
    assert not missed, f"never shown: {missed}"
    assert shown == list(range(1, newest + 1)), shown


def written_while_subscribing(ground: Ground) -> None:
    """Scenario 8: what is stored around the first look of a socket is shown on it."""
    person = somebody(ground.start())
    with connect(socket_url(ground), proxy=None) as socket:
        socket.send(hello(person))
        assert json.loads(socket.recv(timeout=WITHIN))["type"] == "ready"
        seq = person.say("在吗", "message-1").json()["seq"]
        assert shown_on(socket, seq), f"event {seq} never came"


def pokes_are_lost(ground: Ground) -> None:
    """Scenario 7: without a single poke everything arrives, a little later."""
    person = somebody(ground.start("drop_pokes"))
    with connect(socket_url(ground), proxy=None) as socket:
        socket.send(hello(person))
        assert json.loads(socket.recv(timeout=WITHIN))["type"] == "ready"
        for number in range(2):
            seq = person.say("在吗", f"message-{number}").json()["seq"]
            assert shown_on(socket, seq), f"event {seq} never came"


def finished_under_a_lost_lease(ground: Ground) -> None:
    """Scenario 21: a runner whose lease was given to another ends nothing, however late it wakes."""
    person = somebody(ground.start())
    ground.rasa.hold.clear()
    try:
        person.say("在吗", "message-1")
        wait_until(lambda: ground.rasa.turns, WITHIN)
        # As if this runner had slept: the lease is another's now.
        with stored.changing(ground.gateway.database) as change:
            change("UPDATE turn SET lease_token = 'another', lease_until = lease_until + 60")
    finally:
        ground.rasa.hold.set()
    second = somebody(Revived(ground.gateway))
    second.say("在吗", "message-1")
    second.until(texts=1)  # the first answer had as much time as this one
    said = [event for event in person.events() if event["author"] == "bot"]
    assert said == [], f"stored under a lost lease: {said}"


def empty_answers(ground: Ground) -> None:
    """Scenario 19: Rasa's 200 with nothing in it is a failure: the customer is told and a person is asked."""
    calls = ground.start()
    ground.rasa.script = lambda body, answer: answer | {"messages": []}
    person = somebody(calls)
    person.say("在吗", "message-1")
    truth = ground.truth()
    told = [event.kind for event in truth.public(person.conv)]
    assert told == ["message", "notice"], f"the customer was told {told}"


def hello(person: Person) -> str:
    token = person.headers["Authorization"].removeprefix("Bearer ")
    return json.dumps({"type": "hello", "token": token, "since": 0, "epoch": None})


def socket_url(ground: Ground) -> str:
    return ground.gateway.origin.replace("http", "ws") + f"{WEB}/socket"


def shown_on(socket: Connection, seq: int) -> bool:
    """Whether the event comes in time; frames of other kinds are passed over."""
    try:
        while True:
            frame = json.loads(socket.recv(timeout=WITHIN))
            if frame["type"] == "event" and frame["seq"] == seq:
                return True
    except TimeoutError:
        return False


Drill = Callable[[Ground], None]

# Which drill catches which mistake, and the words it says then.
CATCHES: dict[str, tuple[Drill, str]] = {
    "ack_before_commit": (killed_right_after_the_ack, "acknowledged as"),
    "no_fence_on_reply": (late_answer_after_the_claim, "shown to the customer"),
    "no_unique_key": (sent_twice, "one message at"),
    "claim_by_read_then_write": (claimed_at_once, r"\[200, 200"),
    "autoincrement_cursor": (many_writers_one_reader, "never shown"),
    "subscribe_after_read": (written_while_subscribing, "never came"),
    "poke_only_delivery": (pokes_are_lost, "never came"),
    "finish_without_token": (finished_under_a_lost_lease, "stored under a lost lease"),
    "empty_answer_is_done": (empty_answers, "the customer was told"),
    "dedupe_in_memory": (sent_again_after_a_restart, "one message at"),
}
