"""What the simulator remembers of 微信客服: sessions and their states, the log of each account, tokens and ids used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NEW, OURS, POOL, SERVED, ENDED = range(5)


@dataclass
class Session:
    """One person's session with a service account; ``welcome_until`` in epoch seconds."""

    state: int = NEW
    servant: str = ""
    welcome_code: str = ""
    welcome_until: float = 0.0


@dataclass
class KfMemory:
    """``page`` items at most come with one read; the next ``empty_pages`` reads bring none though there are more."""

    sessions: dict[str, Session] = field(default_factory=dict)
    log: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sync_tokens: dict[str, float] = field(default_factory=dict)
    msgids: set[tuple[str, str]] = field(default_factory=set)
    page: int = 1000
    empty_pages: int = 0
    reads: list[str] = field(default_factory=list)

    def session(self, openid: str) -> Session:
        return self.sessions.setdefault(openid, Session())
