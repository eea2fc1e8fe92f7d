"""Answers of accounts that may only answer callbacks: waits for the answer, stores it, gives every repeat the same."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff import texts
from handoff.channels.wechat import wording
from handoff.channels.wechat.accounts import CHANNEL
from handoff.channels.wechat.compose import choices_of, merged, no_file, numbered, together
from handoff.channels.wechat.sorter import SORTED
from handoff.conversation import Conversation, Event, Mode
from handoff.pokes import Pokes, wait_for
from handoff.store import deliveries, turns, wechat
from handoff.store.append import get_conversation
from handoff.store.database import Database

# WeChat posts a message three times, each five seconds after the one before went unanswered.
LAST_POST = 3
PLATFORM_TIMEOUT = 5.0
LOOK_EVERY = 0.25


@dataclass(frozen=True)
class PassiveReply:
    """The text of a reply and when it was made (epoch seconds)."""

    text: str
    created: int


class PassiveAnswers:
    """Holds each post of a message up to ``hold`` seconds for its answer."""

    def __init__(self, db: Database, pokes: Pokes, hold: float) -> None:
        self._db = db
        self._pokes = pokes
        self._hold = hold

    async def answer(self, app_id: str, openid: str, key: str) -> PassiveReply | None:
        """The reply to this post; None when this post must run into the platform's time-out, so that it asks again."""
        own_key = f"{openid}:{key}"
        known = await self._db.write(wechat.count_post, app_id, own_key)
        if known.reply is not None:
            return _load(known.reply)
        end = time.monotonic() + self._hold
        conv_id = await self._sorted(app_id, key, end)
        reply = await self._answer(app_id, own_key, conv_id, end) if conv_id else None
        if reply is None:
            await asyncio.sleep(PLATFORM_TIMEOUT - self._hold + 1.0)
        return reply

    async def _sorted(self, app_id: str, key: str, end: float) -> str:
        """The conversation that the message was put into; empty when that takes too long."""
        with self._pokes.listen(SORTED) as flag:
            while True:
                conv_id = await self._db.read(wechat.conversation_of_key, app_id, key)
                left = end - time.monotonic()
                if conv_id or left <= 0:
                    return conv_id
                await wait_for(flag, min(LOOK_EVERY, left))

    async def _answer(self, app_id: str, own_key: str, conv_id: str, end: float) -> PassiveReply | None:
        with self._pokes.listen(conv_id) as flag:
            while (left := end - time.monotonic()) > 0:
                reply = await self._db.write(take_reply, app_id, own_key, conv_id, final=False)
                if reply is not None:
                    return reply
                await wait_for(flag, min(LOOK_EVERY, left))
        return await self._db.write(take_reply, app_id, own_key, conv_id, final=True)


def take_reply(conn: Connection, app_id: str, key: str, conv_id: str, *, final: bool) -> PassiveReply | None:
    """The stored reply, else a new one from what waits to be sent; ``final`` when this post can wait no longer."""
    stored = wechat.stored_reply(conn, app_id, key)
    if stored.reply is not None:
        return _load(stored.reply)
    conversation = get_conversation(conn, conv_id)
    if turns.is_answering(conn, conv_id) and not final:
        return None
    waiting = deliveries.undelivered(conn, conv_id, CHANNEL)
    if waiting is None:
        # The outbox worker looks at one of them; it lets go in a moment.
        return None
    text = _take_events(conn, conversation, *waiting)
    if text is None:
        text = _holding_words(conn, conversation, stored.posts)
    if text is None:
        return None
    reply = PassiveReply(text, int(time.time()))
    wechat.store_reply(conn, app_id, key, json.dumps([reply.text, reply.created], ensure_ascii=False))
    return reply


def _take_events(conn: Connection, conversation: Conversation, events: list[Event], parts_sent: int) -> str | None:
    """Words of the events that go into one reply, marked as sent; the rest waits for the next message."""
    if not events:
        return None
    lang = conversation.lang
    more = texts.text("wechat", "more", lang)
    room = wording.MAX_BYTES - wording.size(more) - 1
    count = 1 if parts_sent else together(events, lang, no_file)
    chosen = events[:count]
    pieces = wording.split_bytes(_words(chosen, lang), room)
    piece = pieces[parts_sent] if parts_sent < len(pieces) else ""
    if parts_sent + 1 < len(pieces):
        deliveries.mark_part_handed_over(conn, chosen[0], CHANNEL, parts_sent + 1)
    else:
        deliveries.mark_handed_over(conn, chosen, CHANNEL, "passive")
    rest = parts_sent + 1 < len(pieces) or count < len(events)
    return f"{piece}\n{more}" if rest else piece


def _words(events: list[Event], lang: str) -> str:
    body, choices = merged(events, lang), choices_of(events[-1], lang)
    return "\n".join(part for part in (body, numbered(choices, lang) if choices else "") if part)


def _holding_words(conn: Connection, conversation: Conversation, posts: int) -> str | None:
    """What to say while there is no answer yet: at once when people have the conversation, else at the last post."""
    if conversation.mode in (Mode.HUMAN, Mode.QUEUED):
        return texts.text("wechat", "wait_for_person", conversation.lang)
    if turns.is_answering(conn, conversation.id) and posts >= LAST_POST:
        return texts.text("wechat", "thinking", conversation.lang)
    return None


def _load(stored: str) -> PassiveReply:
    text, created = json.loads(stored)
    return PassiveReply(text, created)
