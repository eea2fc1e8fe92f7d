"""Customers' messages that arrive together: the plain ones in one transaction of few statements, then their acks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from handoff import texts
from handoff.conversation import Conversation, Draft, Event, Mode
from handoff.store.append import add_turns
from handoff.store.append_many import append_many, known_keys
from handoff.store.arrivals import Arrival, opened_by
from handoff.store.pressure import Pressure

Accepted = tuple[Event, Conversation]


@dataclass(frozen=True)
class Arriving:
    """A message and the token it was sent with; ``conv_id`` when the sender said which conversation is meant."""

    token: str
    channel: str
    conv_id: str | None
    draft: Draft
    files: tuple[str, ...]


def accept_together(
    conn: Connection, arriving: Sequence[Arriving], nth: int, too_much: Callable[[Pressure], float | None]
) -> list[Accepted | None]:
    """Store the plain ones of the messages; None stands for one that needs a look of its own, nothing of it is written.

    Plain is a message of words only, the first under its id, of a live token, in an open conversation that nobody else
    changes now and that has no other message in this batch. ``too_much`` of the pressure, with ``nth``, says it is not.
    """
    found = opened_by(conn, {each.token for each in arriving}, nth)
    plain: dict[str, tuple[int, Arrival]] = {}
    for number, each in enumerate(arriving):
        arrival = found.get((each.token, each.channel))
        if arrival is not None and _is_plain(each, arrival.conversation) and too_much(arrival.pressure) is None:
            plain.setdefault(arrival.conversation.id, (number, arrival))
    known = known_keys(conn, [(conv_id, arriving[number].draft) for conv_id, (number, _) in plain.items()])
    new = {
        conv_id: (number, arrival)
        for conv_id, (number, arrival) in plain.items()
        if (conv_id, arriving[number].draft.author, arriving[number].draft.client_msg_id) not in known
    }
    return _store(conn, arriving, new)


def _is_plain(each: Arriving, conversation: Conversation) -> bool:
    words = each.draft.text
    return (
        each.conv_id in (None, conversation.id)
        and bool(words)
        and not each.files
        and conversation.mode is not Mode.CLOSED
        and not texts.asks_for_person(words)
    )


def _store(
    conn: Connection, arriving: Sequence[Arriving], new: dict[str, tuple[int, Arrival]]
) -> list[Accepted | None]:
    results: list[Accepted | None] = [None] * len(arriving)
    if not new:
        return results
    held = {conv_id: arrival.conversation for conv_id, (_, arrival) in new.items()}
    at = max(arrival.at for _, arrival in new.values())
    drafts = [(conv_id, arriving[number].draft) for conv_id, (number, _) in new.items()]
    events, after = append_many(conn, held, drafts, at)
    add_turns(conn, [(after[event.conv_id], event) for event in events if after[event.conv_id].mode is Mode.BOT])
    for event, (number, _) in zip(events, new.values(), strict=True):
        results[number] = (event, after[event.conv_id])
    return results
