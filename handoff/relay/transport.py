"""What carries pokes: anything that can say a few words to every other gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

CHANNEL = "baton_pokes"
# NOTIFY takes less than 8,000 bytes.
MAX_PAYLOAD = 7_500


class TransportLost(Exception):
    """The connection to the carrier is gone; pokes may have been lost."""


class Transport(Protocol):
    """At most once, in any order. Every method raises `TransportLost` when the carrier cannot be reached."""

    name: str

    async def publish(self, payload: str) -> None:
        """Say ``payload`` (at most `MAX_PAYLOAD` bytes) to all, ourselves included."""

    def listen(self) -> AsyncIterator[str]:
        """Payloads as they come; the first, empty one says that listening has begun."""

    async def close(self) -> None:
        """Give back the connections."""


def pack(origin: str, topics: Iterable[str]) -> list[str]:
    """Payloads that name the sender and every topic, each short enough to carry."""
    payloads, current = [], origin
    for topic in sorted(topics):
        if len(current.encode()) + len(topic.encode()) + 1 > MAX_PAYLOAD:
            payloads.append(current)
            current = origin
        current += f" {topic}"
    return [*payloads, current] if current != origin else payloads


def unpack(payload: str) -> tuple[str, list[str]]:
    """The sender and the topics."""
    origin, *topics = payload.split(" ")
    return origin, topics
