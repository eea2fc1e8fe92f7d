"""Reads the mood of messages that no bot turn will read: those of customers who wait or talk to a person."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from handoff.conversation import MoodReading
from handoff.errors import ActionsUnavailable
from handoff.inside import inside_client
from handoff.periodic import Woken
from handoff.pokes import MOODS, QUEUE, Pokes
from handoff.rasa import MoodModel
from handoff.store import moods
from handoff.store.database import Database

BATCH = 32
SWEEP = 10.0
PATIENCE = 10.0


class Understood(BaseModel):
    """What the action server makes of one text."""

    lang: str
    mood: MoodModel
    faq: list[dict[str, Any]]


class UnderstandClient:
    """``POST /understand`` of the action server."""

    def __init__(self, url: str, secret: str) -> None:
        self._http = inside_client(secret, PATIENCE, url)

    async def read(self, texts: list[str], top_k: int = 3) -> list[Understood]:
        """Mood and FAQ candidates of each text; `ActionsUnavailable` when there is no usable answer."""
        body = {"texts": [{"text": text, "lang": None} for text in texts], "top_k": top_k}
        try:
            response = await self._http.post("/understand", json=body)
            response.raise_for_status()
            return [Understood.model_validate(item) for item in response.json()["results"]]
        except (httpx.HTTPError, ValidationError, ValueError, KeyError) as error:
            raise ActionsUnavailable(f"The action server cannot read texts ({type(error).__name__}).") from error

    async def healthy(self) -> bool:
        """Whether the action server has its models loaded."""
        return (await self.readiness())[0]

    async def readiness(self) -> tuple[bool, int | None]:
        """Whether the action server has its models loaded, and how many FAQ entries it says it searches."""
        try:
            response = await self._http.get("/health/ready", timeout=2.0)
            entries = response.json().get("entries") if response.status_code == 200 else None
        except (httpx.HTTPError, ValueError, AttributeError):
            return False, None
        return response.status_code == 200, entries if isinstance(entries, int) else None

    async def close(self) -> None:
        await self._http.aclose()


class MoodReader:
    """A background worker: batches of unread messages, woken by a poke, healed by a sweep."""

    def __init__(self, db: Database, client: UnderstandClient, pokes: Pokes) -> None:
        self._db = db
        self._client = client
        self._pokes = pokes

    async def run(self) -> None:
        """Run until cancelled."""
        await Woken("moods", self._read_batch, SWEEP, self._pokes, MOODS).run()

    async def _read_batch(self) -> bool:
        waiting = await self._db.read(moods.unread, BATCH)
        if not waiting:
            return False
        found = await self._client.read([text for _, _, text, _ in waiting])
        for (conv_id, seq, _, _), understood in zip(waiting, found, strict=True):
            mood = understood.mood
            reading = MoodReading(seq, mood.valence, mood.anger, mood.urgency, mood.label, tuple(mood.spans))
            await self._db.write(moods.put_mood, conv_id, reading)
            self._pokes.poke(conv_id)
        self._pokes.poke(QUEUE)
        return len(waiting) == BATCH
