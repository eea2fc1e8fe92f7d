"""In-process pokes: "something changed, pull again"; they may be lost or doubled without harm."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

QUEUE = "queue"
TURNS = "turns"
MOODS = "moods"
DELIVERIES = "deliveries"


class Pokes:
    """Flags by topic: a conversation id, or one of the names above. O(1) memory per listener."""

    def __init__(self) -> None:
        self._flags: dict[str, set[asyncio.Event]] = defaultdict(set)

    def poke(self, *topics: str) -> None:
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
