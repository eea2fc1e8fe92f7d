"""What the widget's test server remembers of one customer: the events, their numbers, and how the talk stands."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.websockets import WebSocket

Frame = dict[str, Any]


@dataclass
class Conversation:
    """The ledger of one customer, and how it stands."""

    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    epoch: str = "e1"
    mode: str = "bot"
    agent: str | None = None
    queue: Frame | None = None
    service: Frame | None = None
    typing: bool = False
    bot_typing: bool = False
    events: list[Frame] = field(default_factory=list)
    top_seq: int = 0
    sockets: list[WebSocket] = field(default_factory=list)

    def append(self, **event: Any) -> Frame:
        self.top_seq += 1
        full: Frame = {
            "kind": "message",
            "author": "bot",
            "author_name": None,
            "text": "",
            "buttons": [],
            "client_msg_id": None,
            "attachments": [],
            "meta": {},
        }
        full |= event | {"seq": self.top_seq, "at": datetime.now(UTC).isoformat()}
        self.events.append(full)
        return full

    def status(self) -> Frame:
        agent = {"name": self.agent, "typing": self.typing} if self.agent else None
        shown = {"mode": self.mode, "queue": self.queue, "agent": agent, "service": self.service}
        return {"type": "status", **shown, "bot_typing": self.bot_typing}
