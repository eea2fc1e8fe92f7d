"""A storm: customers and agents at work while something kills the gateway; then quiet, and the judge's report."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.integration.handoff.gateway_process import GatewayProcess, TurnServer
from tests.storm import stored
from tests.storm.history import History, Report, check
from tests.storm.people import ASK_FOR_PERSON, Attendant, Customer, client

# Limits protect a shop from its customers; a storm has to pass them.
UNLIMITED = {
    "BATON_MESSAGES_PER_SECOND": "1000",
    "BATON_MESSAGE_BURST": "1000",
    "BATON_MAX_UNANSWERED": "100000",
    "BATON_SESSIONS_PER_MINUTE": "100000",
    "BATON_SOCKETS_PER_ADDRESS": "100000",
    "BATON_AGENT_CAPACITY": "20",
    "BATON_TURN_LEASE": "2",
}


@dataclass
class Storm:
    """``customers`` talk and read, ``agents`` serve, while ``disturb`` does its worst."""

    gateway: GatewayProcess
    rasa: TurnServer
    customers: int = 6
    agents: int = 2
    asks_for_person: float = 0.25
    pause: tuple[float, float] = (0.0, 0.04)
    seed: int = 7
    front: str = ""  # where people reach the gateway, if not directly
    history: History = field(default_factory=History)
    people: list[Customer] = field(default_factory=list)
    back_after: list[float] = field(default_factory=list)

    def run(self, disturb: Callable[[Storm], Awaitable[None]]) -> Report:
        """The whole storm; the gateway must be running. AssertionError when it never becomes quiet."""
        self.rasa.script = hand_over_when_asked
        return asyncio.run(self._run(disturb))

    async def _run(self, disturb: Callable[[Storm], Awaitable[None]]) -> Report:
        stopped, quiet = asyncio.Event(), asyncio.Event()
        origin = self.front or self.gateway.origin
        chance = random.Random(self.seed)
        self.people = [
            Customer(f"c{n}", origin, self.history, stopped, random.Random(chance.random()), self.pause)
            for n in range(self.customers)
        ]
        attendants = [
            Attendant(f"agent{n}", origin, self.history, stopped, random.Random(chance.random()))
            for n in range(self.agents)
        ]
        async with client(origin) as http:
            arrivals = [person.arrive(http) for person in self.people]
            await asyncio.gather(*arrivals, *(attendant.arrive(http) for attendant in attendants))
        for person in self.people:
            person.asks_for_person = self.asks_for_person if self.agents else 0.0
        readers = [asyncio.create_task(person.follow(quiet)) for person in self.people]
        workers = [asyncio.create_task(person.talk()) for person in self.people]
        workers += [asyncio.create_task(attendant.serve()) for attendant in attendants]
        await disturb(self)
        stopped.set()
        await asyncio.gather(*workers)
        await self._calm()
        truth = stored.read(self.gateway.database)
        await self._caught_up(truth)
        quiet.set()
        await asyncio.gather(*readers)
        assert truth.faults == [], truth.faults
        return check(self.history, truth.events, truth.questions)

    async def kill_and_start(self) -> None:
        """One kill -9 and a new process, as the supervisor would; the time until it serves is kept."""
        await asyncio.to_thread(self.gateway.kill)
        started = time.monotonic()
        await asyncio.to_thread(self.gateway.start)
        self.back_after.append(time.monotonic() - started)

    async def progress(self, messages: int) -> None:
        """Until that many more messages were acknowledged: on a slow machine a storm is slower, not thinner."""
        wanted = len(self.history.acknowledged) + messages
        async with asyncio.timeout(120):
            while len(self.history.acknowledged) < wanted:
                await asyncio.sleep(0.01)

    async def _calm(self) -> None:
        """Until the bot owes nobody an answer."""
        async with asyncio.timeout(240):
            while await asyncio.to_thread(stored.busy, self.gateway.database):
                await asyncio.sleep(0.05)

    async def _caught_up(self, truth: stored.Truth) -> None:
        """Until each reader was shown the newest that is meant for it."""
        async with asyncio.timeout(120):
            for person in self.people:
                newest = max((event.seq for event in truth.public(person.conv)), default=0)
                while person.since < newest:
                    await asyncio.sleep(0.05)
                self.history.caught_up(person.name, person.conv)


def hand_over_when_asked(body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What the scripted Rasa adds: a handoff when the message asks for a person."""
    if str(body["text"]).endswith(ASK_FOR_PERSON):
        answer["handoff"] = {"reason": "asked_for_person", "priority": 1, "last_ask": body["text"]}
    return answer


def kills(count: int, seed: int = 11) -> Callable[[Storm], Awaitable[None]]:
    """That many kills of the gateway, each at a random moment after a few messages."""

    async def disturb(storm: Storm) -> None:
        chance = random.Random(seed)
        for _ in range(count):
            await storm.progress(chance.randint(2, 8))
            await asyncio.sleep(chance.uniform(0.0, 0.05))
            await storm.kill_and_start()

    return disturb
