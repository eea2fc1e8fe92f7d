"""Pokes: "something changed, pull again"; they may be lost or doubled without harm."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

QUEUE = "queue"
TURNS = "turns"
MOODS = "moods"
DELIVERIES = "deliveries"


class Outbox:
    """Topics that the other gateways should hear of, each once however often it was poked."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._filled = asyncio.Event()

    def put(self, *topics: str) -> None:
        self._topics.update(topics)
        self._filled.set()

    async def take(self) -> set[str]:
        """Everything since the last time; waits until there is something."""
        await self._filled.wait()
        self._filled.clear()
        topics, self._topics = self._topics, set()
        return topics


class Pokes:
    """Flags by topic: a conversation id, or one of the names above. O(1) memory per listener."""

    def __init__(self) -> None:
        self._flags: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._outbox: Outbox | None = None

    def poke(self, *topics: str) -> None:
        """Tell everybody who listens, here and, where there are any, in the other gateways."""
        self.poke_here(*topics)
        if self._outbox is not None:
            self._outbox.put(*topics)

    @contextlib.contextmanager
    def outgoing(self) -> Iterator[Outbox]:
        """What is poked here from now on, for the relay to carry to the others."""
        self._outbox = Outbox()
        try:
            yield self._outbox
        finally:
            self._outbox = None

    def poke_here(self, *topics: str) -> None:
        """Tell those who listen in this process alone."""
        for topic in topics:
            for flag in self._flags.get(topic, ()):
                flag.set()

    @contextlib.contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Event]:
        """A flag that any of the topics raises; the listener clears it before it reads."""
        flag = asyncio.Event()
        for topic in topics:
            self._flags[topic].add(flag)
        try:
            yield flag
        finally:
            for topic in topics:
                self._flags[topic].discard(flag)
                if not self._flags[topic]:
                    del self._flags[topic]

    def topics(self) -> set[str]:
        return set(self._flags)


async def wait_for(flag: asyncio.Event, timeout: float) -> bool:
    """Wait until the flag rises or ``timeout`` seconds pass; lowers it. True when it rose."""
    try:
        async with asyncio.timeout(timeout):
            await flag.wait()
    except TimeoutError:
        return False
    flag.clear()
    return True
