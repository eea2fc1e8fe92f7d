"""Any order of anything that can happen to a queue keeps every invariant of the database."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, select

from handoff import queue
from handoff.conversation import Agent, Conversation, Draft, HandoffRequest, HandoffState, PresenceState, Role
from handoff.errors import BatonError
from handoff.gateway import take_in
from handoff.routing.rules import Rules
from handoff.settings import Settings
from handoff.store import agents, customers, handoffs, offers, presence, turns
from handoff.store import tables as t
from handoff.store.append import get_conversation
from handoff.store.check import check
from handoff.store.database import Database, open_database

SKILLS = ["payments", "safety"]
people = st.integers(0, 3)
customers_of = st.integers(0, 2)


class QueueMachine(RuleBasedStateMachine):
    """Four agents (one a supervisor) and three customers; whatever is refused must leave nothing behind."""

    template: ClassVar[Path]

    @initialize(offers=st.booleans())
    def start(self, offers: bool) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "baton.db")
        self.db: Database = open_database(Settings(data_dir=self.folder))
        self.rules = Rules(offers=offers, missed_offers=1, offer_again=0.0)
        self.db.write_now(self._people)
        self.fences: dict[str, int] = {}

    def _people(self, conn: Connection) -> None:
        self.agents = []
        for number in range(4):
            role = Role.SUPERVISOR if number == 3 else Role.AGENT
            made = agents.insert_agent(
                conn, name=f"a{number}", display_name=f"A{number}", role=role, password_hash="-", cap=2
            )
            self.agents.append(
                agents.set_routing(conn, made.id, skills=SKILLS[:number] if number < 3 else [], langs=[], cap=2)
            )
            presence.set_state(conn, made.id, PresenceState.ONLINE, 1e6)
        ids = [customers.create_customer(conn, channel="web") for _ in range(3)]
        self.conversations = [customers.open_conversation(conn, one, "web", "zh").id for one in ids]

    def attempt(self, work: Callable[[Connection], Any]) -> None:
        try:
            self.db.write_now(work)
        except BatonError as refused:
            assert refused.http_status < 500, refused.message

    def conversation(self, number: int) -> Conversation:
        return self.db.read_now(get_conversation, self.conversations[number])

    def owner(self, conversation: Conversation, fallback: int) -> Agent:
        return next((a for a in self.agents if a.id == conversation.owner_agent), self.agents[fallback])

    @rule(customer=customers_of, skill=st.none() | st.sampled_from(SKILLS), priority=st.integers(0, 3))
    def asks(self, customer: int, skill: str | None, priority: int) -> None:
        request = HandoffRequest("angry", "model", priority, skill)
        self.attempt(lambda conn: queue.open_handoff(conn, self.conversation(customer), request, self.rules))

    @rule(customer=customers_of)
    def writes(self, customer: int) -> None:
        draft = Draft("message", "customer", "在吗", uuid.uuid4().hex)
        self.attempt(lambda conn: take_in(conn, self.conversations[customer], draft))

    @rule(customer=customers_of, agent=people)
    def claims(self, customer: int, agent: int) -> None:
        def work(conn: Connection) -> None:
            found = handoffs.open_handoff_of(conn, self.conversations[customer])
            if found is not None:
                queue.claim(conn, found.id, agents.agent_by_id(conn, self.agents[agent].id), self.rules)

        self.attempt(work)

    @rule(customer=customers_of, agent=people, right=st.booleans(), how=st.sampled_from(["close", "return"]))
    def lets_go(self, customer: int, agent: int, right: bool, how: str) -> None:
        seen = self.conversation(customer)
        me = self.owner(seen, agent) if right else self.agents[agent]
        end = queue.close if how == "close" else queue.return_to_bot
        self.attempt(lambda conn: end(conn, seen.id, me, seen.fence))

    @rule(customer=customers_of, to=people)
    def passes_to_a_colleague(self, customer: int, to: int) -> None:
        seen = self.conversation(customer)
        me = self.owner(seen, 0)
        self.attempt(lambda conn: queue.transfer_to_agent(conn, seen.id, me, seen.fence, self.agents[to].id, "bitte"))

    @rule(customer=customers_of, skill=st.sampled_from(SKILLS))
    def passes_to_a_skill(self, customer: int, skill: str) -> None:
        seen = self.conversation(customer)
        self.attempt(lambda conn: queue.transfer_to_skill(conn, seen.id, self.owner(seen, 0), seen.fence, skill))

    @rule(customer=customers_of)
    def is_taken_over(self, customer: int) -> None:
        self.attempt(lambda conn: queue.take_over(conn, self.conversations[customer], self.agents[3], "", self.rules))

    @rule(customer=customers_of)
    def cancels(self, customer: int) -> None:
        self.attempt(lambda conn: queue.cancel(conn, self.conversation(customer)))

    @rule(customer=customers_of)
    def leaves_a_message(self, customer: int) -> None:
        key = uuid.uuid4().hex
        self.attempt(lambda conn: queue.leave_message(conn, self.conversations[customer], key, "a@b.cn", "请回电"))

    @rule(customer=customers_of)
    def unsubscribes(self, customer: int) -> None:
        self.attempt(lambda conn: queue.customer_gone(conn, self.conversation(customer)))

    @rule()
    def offers_are_made(self) -> None:
        self.attempt(lambda conn: queue.make_offers(conn, self.rules))

    @rule(agent=people)
    def declines(self, agent: int) -> None:
        def work(conn: Connection) -> None:
            for handoff in offers.offers_to(conn, self.agents[agent].id):
                queue.decline(conn, handoff.id, self.agents[agent])

        self.attempt(work)

    @rule()
    def offers_run_out(self) -> None:
        def work(conn: Connection) -> None:
            conn.execute(t.handoff.update().where(t.handoff.c.state == HandoffState.OFFERED).values(offer_until=0.0))
            queue.expire_offers(conn, self.rules)

        self.attempt(work)

    @rule(customer=customers_of)
    def is_taken_back(self, customer: int) -> None:
        def work(conn: Connection) -> None:
            found = handoffs.open_handoff_of(conn, self.conversations[customer])
            if found is not None:
                queue.take_back(conn, found, "silent")

        self.attempt(work)

    @rule(customer=customers_of)
    def waits_in_vain(self, customer: int) -> None:
        def work(conn: Connection) -> None:
            found = handoffs.open_handoff_of(conn, self.conversations[customer])
            if found is not None:
                queue.expire(conn, found)

        self.attempt(work)

    @rule(agent=people)
    def leaves_the_desk(self, agent: int) -> None:
        self.attempt(lambda conn: queue.requeue_all_of(conn, self.agents[agent].id))

    @rule()
    def the_bot_answers(self) -> None:
        def work(conn: Connection) -> None:
            for turn in turns.claim_turns(conn, 30.0, 1):
                turns.end_turn(conn, turn, turns.TurnState.DONE)

        self.attempt(work)

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "db"):
            return
        assert self.db.read_now(check).breaches == ()
        for row in self.db.read_now(lambda conn: conn.execute(select(t.conversation)).all()):
            assert row.fence >= self.fences.get(row.id, 0)
            self.fences[row.id] = row.fence

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            shutil.rmtree(self.folder)


def run(template: Path, examples: int, steps: int) -> None:
    machine = type("Machine", (QueueMachine,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_history_keeps_every_invariant(migrated_database: Path) -> None:
    run(migrated_database, 4, 25)


@pytest.mark.long
def test_many_long_histories_keep_every_invariant(migrated_database: Path) -> None:
    run(migrated_database, 150, 60)
