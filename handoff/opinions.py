"""What customers think of answers and of the service: thumbs, ratings, recommendation; each is one transaction."""

from __future__ import annotations

import hashlib
from typing import Literal

from sqlalchemy import Connection

from handoff.conversation import Conversation
from handoff.pokes import Pokes
from handoff.settings import Settings
from handoff.store import opinions
from handoff.store.append import get_conversation
from handoff.store.database import Database

Thumb = Literal["up", "down"]


class Opinions:
    """Use-cases of the customer's judgement, for every channel."""

    def __init__(self, db: Database, pokes: Pokes, settings: Settings) -> None:
        self._db = db
        self._pokes = pokes
        self._share = settings.recommendation_share

    async def thumb(self, conv_id: str, seq: int, verdict: Thumb | None, reason: str = "") -> None:
        """A thumb on the bot's answer at ``seq``, or None to take it back; `NotFound` if that is no such answer."""
        if verdict is None:
            await self._db.write(opinions.take_thumb_back, conv_id, seq)
        else:
            await self._db.write(opinions.put_thumb, conv_id, seq, verdict, reason)

    async def thumbs(self, conv_id: str) -> dict[int, str]:
        """``up`` or ``down`` by the place of the answer."""
        return await self._db.read(opinions.thumbs_of, conv_id)

    async def rate(self, conv_id: str, score: int, reason: str = "", comment: str = "") -> bool:
        """Keep the customer's 1–5 for this episode; True when the question of recommendation should follow."""

        def work(conn: Connection) -> Conversation:
            conversation = get_conversation(conn, conv_id)
            opinions.put_rating(conn, conv_id, conversation.episode, score, reason, comment)
            return conversation

        conversation = await self._db.write(work)
        self._pokes.poke(conv_id)
        return in_share(conversation.sender, self._share)

    async def recommend(self, conv_id: str, score: int, comment: str = "") -> None:
        """Keep how likely (0–10) the customer would recommend us, for this episode."""

        def work(conn: Connection) -> None:
            episode = get_conversation(conn, conv_id).episode
            opinions.put_recommendation(conn, conv_id, episode, score, comment)

        await self._db.write(work)


def in_share(key: str, share: float) -> bool:
    """Whether ``key`` falls into that share (0–1) of all keys; the same answer each time and in each process."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    return number < share * 2**32
