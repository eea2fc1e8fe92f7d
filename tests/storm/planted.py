"""Ten classic mistakes, each put into one gateway process before it starts; the suite must notice every one.

``STORM_PREPARE=tests.storm.planted:NAME`` makes a forked gateway call the function NAME. Nothing of the product
knows about this. The list is section 6.8 of the reliability rules: see the table in docs/testing.md.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from handoff import accepting, desk, gateway, queue, rasa, sweeper, turn_ends
from handoff.channels.web import socket as web_socket
from handoff.clean_text import clean_text
from handoff.conversation import Agent, Conversation, Draft, Event, HandoffState, Mode, Turn, TurnState
from handoff.errors import AlreadyClaimed
from handoff.pokes import Pokes, wait_for
from handoff.store import append as appending
from handoff.store import append_many, customers, handoffs
from handoff.store import tables as t
from handoff.store import turns as stored_turns


def drop_pokes() -> None:
    """No mistake but a fault of the surroundings: every poke is lost."""
    Pokes.poke = lambda self, *topics: None  # type: ignore[method-assign]
    Pokes.poke_here = lambda self, *topics: None  # type: ignore[method-assign]
    sweep = sweeper.Sweeper.sweep

    async def with_pokes(self: sweeper.Sweeper) -> None:
        Pokes.poke_here = real_poke_here  # type: ignore[method-assign]
        try:
            await sweep(self)
        finally:
            Pokes.poke_here = lambda self, *topics: None  # type: ignore[method-assign]

    sweeper.Sweeper.sweep = with_pokes  # type: ignore[method-assign]  # the net itself still works


real_poke_here = Pokes.poke_here


def ack_before_commit() -> None:
    """The message is acknowledged while it is still in memory, and stored a moment later."""
    accept = gateway.Gateway.accept_from

    async def hasty(
        self: gateway.Gateway, token: str, channel: str, client_msg_id: str, text: str, *args: Any, **kw: Any
    ) -> Event:
        conversation = await self.conversation_of(token, channel)

        async def later() -> None:
            await asyncio.sleep(0.5)
            await accept(self, token, channel, client_msg_id, text, *args, **kw)

        hasty.tasks.add(asyncio.create_task(later()))  # type: ignore[attr-defined]
        seq = conversation.last_seq + 1
        words = clean_text(text, 4000)
        conv_id, at = conversation.id, time.time()
        return Event(conv_id, seq, "message", "customer", None, None, words, {}, client_msg_id, 0, False, at)

    hasty.tasks = set()  # type: ignore[attr-defined]
    gateway.Gateway.accept_from = hasty  # type: ignore[method-assign]


def no_fence_on_reply() -> None:
    """The bot's answer is stored whoever owns the conversation by then."""

    def finish(conn: Connection, turn: Turn, answer: rasa.Answer, *_: object) -> Conversation:
        if stored_turns.end_turn(conn, turn, TurnState.DONE, {}):
            for draft in turn_ends._drafts(turn, answer):
                appending.append(conn, turn.conv_id, draft)
        return appending.get_conversation(conn, turn.conv_id)

    turn_ends.finish = finish  # type: ignore[assignment]
    turn_ends._is_current = lambda turn, conversation: True  # of answers that come together


def no_unique_key() -> None:
    """A message that is sent again is stored again."""
    _never_a_repeat(lambda conn, conv_id, draft: None)


def dedupe_in_memory() -> None:
    """Keys are remembered beside the database, as in a cache, and forgotten with it."""
    known: dict[tuple[str, str, str], int] = {}

    def find(conn: Connection, conv_id: str, draft: Draft) -> Event | None:
        key = (conv_id, draft.author, draft.client_msg_id)
        newest = appending.get_conversation(conn, conv_id).last_seq
        seq = known.setdefault(key, newest + 1)
        return appending.event_at(conn, conv_id, seq) if seq <= newest else None

    _never_a_repeat(find)


def _never_a_repeat(find: Callable[[Connection, str, Draft], Event | None]) -> None:
    insert = appending._insert_event

    def unkeyed(conn: Connection, conversation: Conversation, draft: Draft, author_name: str | None) -> Event:
        # The table's own UNIQUE is the second wall; without this the mistake would be an error, not a double.
        if draft.author == "customer":
            draft = replace(draft, client_msg_id=f"{draft.client_msg_id}-{uuid.uuid4().hex[:6]}")
        return insert(conn, conversation, draft, author_name)

    row_of = append_many._row

    def unkeyed_row(event: Event, draft: Draft) -> dict[str, Any]:
        row = row_of(event, draft)
        if draft.author == "customer":
            row["client_msg_id"] = f"{draft.client_msg_id}-{uuid.uuid4().hex[:6]}"
        return row

    def find_all(conn: Connection, drafts: Iterable[tuple[str, Draft]]) -> set[tuple[str, str, str]]:
        known = [(conv_id, draft) for conv_id, draft in drafts if find(conn, conv_id, draft) is not None]
        return {(conv_id, draft.author, draft.client_msg_id) for conv_id, draft in known}

    appending._insert_event = unkeyed
    append_many._row = unkeyed_row
    accepting.known_keys = find_all  # type: ignore[attr-defined]
    for module in (appending, gateway, desk):
        module.find_repeat = find  # type: ignore[attr-defined]


def claim_by_read_then_write() -> None:
    """Two agents read "waiting", then both write "mine"."""

    async def claim(self: desk.Desk, agent: Agent, handoff_id: str) -> Conversation:
        handoff = await self._db.read(handoffs.get_handoff, handoff_id)
        assert handoff is not None
        if handoff.state is not HandoffState.QUEUED:
            raise AlreadyClaimed(winner="")
        await asyncio.sleep(0.3)

        def take(conn: Connection) -> Conversation:
            waiting = update(t.handoff).where(t.handoff.c.id == handoff_id)
            conn.execute(waiting.values(state=HandoffState.QUEUED, claimed_by=None))
            mine = update(t.conversation).where(t.conversation.c.id == handoff.conv_id)
            conn.execute(mine.values(mode=Mode.QUEUED, owner_agent=None))
            return queue.claim(conn, handoff_id, agent, self._rules)

        return self._announce(await self._db.write(take))

    desk.Desk.claim = claim  # type: ignore[method-assign]


def autoincrement_cursor() -> None:
    """Numbers come from a sequence beside the row lock, so a later number can be committed first."""
    counters: dict[str, itertools.count[int]] = {}
    chance = random.Random(1)

    def take(conn: Connection, conv_id: str, modes: Any, fence: int | None) -> Conversation:
        query = select(t.conversation).where(t.conversation.c.id == conv_id)
        conversation = appending.conversation_from_row(conn.execute(query).one())
        counter = counters.setdefault(conv_id, itertools.count(conversation.last_seq + 1))
        seq = next(counter)
        time.sleep(chance.uniform(0.0, 0.2))
        newer = update(t.conversation).where(t.conversation.c.id == conv_id, t.conversation.c.last_seq < seq)
        conn.execute(newer.values(last_seq=seq))
        return replace(conversation, last_seq=seq)

    appending._take_seq = take
    # Messages that arrive together are one writer; the mistake is about many.
    gateway.accept_together = lambda conn, arriving, *_: [None] * len(arriving)  # type: ignore[attr-defined]
    # The message's own row lock would put the writers in one line again.
    appending.locks_rows = lambda conn: False  # type: ignore[attr-defined]
    customers.locks_rows = lambda conn: False  # type: ignore[attr-defined]


def subscribe_after_read() -> None:
    """What is written between the first look and the subscription is seen by nobody."""

    async def follow(self: web_socket._Line, conversation: Conversation, hello: Any) -> None:
        await self._greet(conversation.id, hello)
        await self._pull(conversation.id)
        await asyncio.sleep(1.0)
        with self._pokes.listen(conversation.id) as flag:

            async def push() -> None:
                while await wait_for(flag, 3600.0):
                    await self._pull(conversation.id)

            async with asyncio.TaskGroup() as both:
                both.create_task(push())
                both.create_task(self._receive(conversation.id))

    web_socket._Line._follow = follow  # type: ignore[method-assign]
    # The sweep would heal it in two seconds: here it has looked before the reader subscribed.
    sweeper.Sweeper.sweep = _no_sweep  # type: ignore[method-assign]


def poke_only_delivery() -> None:
    """Nothing looks after pokes that were lost."""
    drop_pokes()
    sweeper.Sweeper.sweep = _no_sweep  # type: ignore[method-assign]


async def _no_sweep(self: sweeper.Sweeper) -> None:
    return None


def finish_without_token() -> None:
    """Whoever once had the lease may end the turn."""

    def end(conn: Connection, turn: Turn, state: TurnState, result: dict[str, Any] | None = None) -> bool:
        conn.execute(update(t.turn).where(t.turn.c.id == turn.id).values(state=state, result=result, lease_until=None))
        return True

    def end_all(conn: Connection, ended: Sequence[tuple[Turn, dict[str, Any]]], state: TurnState) -> set[str]:
        return {turn.id for turn, result in ended if end(conn, turn, state, result)}

    stored_turns.end_turn = end
    stored_turns.end_turns = end_all


def empty_answer_is_done() -> None:
    """Rasa's 200 with nothing in it counts as an answer."""

    def parse(body: bytes, turn_id: str) -> rasa.Answer:
        return rasa.Answer.model_validate_json(body)

    rasa.RasaClient._parse = staticmethod(parse)  # type: ignore[method-assign]


MISTAKES: dict[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        ack_before_commit,
        no_fence_on_reply,
        no_unique_key,
        claim_by_read_then_write,
        autoincrement_cursor,
        subscribe_after_read,
        poke_only_delivery,
        finish_without_token,
        empty_answer_is_done,
        dedupe_in_memory,
    )
}
