"""Tracker store that knows turns: stored once, found by id, and a long conversation loads as fast as a short one.

Rasa's own SQL store reads every event of a conversation on every turn and finds the new ones by counting. This one
reads the last turns, with the slots and the loop as they stood before them, and writes what was added since.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

import sqlalchemy as sa
import sqlalchemy.orm
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

KEPT_TURNS = 12
_LOADED = "baton_loaded_events"

_turns = sa.Table(
    "turns",
    sa.MetaData(),
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("turn_id", sa.String(255), primary_key=True),
    sa.Column("first_event", sa.Integer, nullable=False),
    sa.Column("last_event", sa.Integer, nullable=False),
)
_WINDOW_START = sa.text(
    "SELECT max(id) FROM events WHERE sender_id = :sender AND type_name = 'action' AND action_name = 'action_listen' "
    "AND id < (SELECT id FROM events WHERE sender_id = :sender AND type_name = 'user' ORDER BY id DESC "
    "LIMIT 1 OFFSET :turns)"
)
_LAST_RESET = sa.text(
    "SELECT coalesce(max(id), 0) FROM events WHERE sender_id = :sender AND type_name IN ('restart', 'reset_slots')"
)
_SLOTS = sa.text(
    "SELECT data FROM events WHERE id IN (SELECT max(id) FROM events WHERE sender_id = :sender "
    "AND type_name = 'slot' AND id > :reset AND id < :before GROUP BY action_name) ORDER BY id"
)
_LOOP = sa.text(
    "SELECT data FROM events WHERE sender_id = :sender AND type_name = 'active_loop' AND id > :reset "
    "AND id < :before ORDER BY id DESC LIMIT 1"
)
_EVENTS = sa.text("SELECT data FROM events WHERE sender_id = :sender AND id >= :first AND id <= :last ORDER BY id")
_NEWEST = sa.text("SELECT coalesce(max(id), 0) FROM events WHERE sender_id = :sender")
_ADDED = sa.text("SELECT min(id), max(id) FROM events WHERE sender_id = :sender AND id > :before")
_OF_CONVERSATION = "WHERE sender_id = :conversation OR (sender_id >= :first AND sender_id < :end)"
_NEVER = 2**62


class TurnTrackerStore(SQLTrackerStore):
    """SQL tracker store with a `turns` table beside Rasa's `events`, both written in one transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._keep_connections()
        _turns.create(self.engine, checkfirst=True)
        with self.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "CREATE INDEX IF NOT EXISTS ix_events_sender_kind ON events (sender_id, type_name, action_name, id)"
                )
            )

    def _keep_connections(self) -> None:
        """Rasa opens and closes the file on each use, and closing a WAL file costs a checkpoint: hold it open."""
        self.engine.dispose()
        self.engine = sa.create_engine(
            self.engine.url, poolclass=sa.pool.QueuePool, connect_args={"check_same_thread": False}
        )
        sa.event.listen(self.engine, "connect", _tune_sqlite)
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker with its last turns; slots and loop are as if the whole history had been read."""
        with self.engine.connect() as connection:
            rows = self._window(connection, sender_id)
        if not rows:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, rows, self.domain.slots)
        setattr(tracker, _LOADED, len(tracker.events))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        return await self._retrieve(conversation_id, fetch_events_from_all_sessions=True)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events since `retrieve`. A turn id stored before is refused by the database (`IntegrityError`)."""
        await self.stream_events(tracker)
        new = list(tracker.events)[getattr(tracker, _LOADED, 0) :]
        if not new:
            return
        with self.engine.begin() as connection:
            first, last = self._insert(connection, tracker.sender_id, new)
            turn_ids = [e.message_id for e in new if isinstance(e, UserUttered) and e.message_id]
            for turn_id in turn_ids:
                connection.execute(
                    _turns.insert().values(
                        sender_id=tracker.sender_id, turn_id=turn_id, first_event=first, last_event=last
                    )
                )
        setattr(tracker, _LOADED, len(tracker.events))

    def turn(self, sender_id: str, turn_id: str) -> Optional[List[Dict[str, Any]]]:
        """Events stored with this turn, oldest first, or None when the store does not know it."""
        found = sa.select(_turns.c.first_event, _turns.c.last_event).where(
            _turns.c.sender_id == sender_id, _turns.c.turn_id == turn_id
        )
        with self.engine.connect() as connection:
            row = connection.execute(found).first()
            if row is None:
                return None
            bounds = {"sender": sender_id, "first": row[0], "last": row[1]}
            return [json.loads(data) for (data,) in connection.execute(_EVENTS, bounds)]

    def forget(self, conversation: str) -> int:
        """Delete all episodes (``conversation:1``, ``:2`` …) of a conversation; returns how many events there were."""
        # ";" is the character after ":", so this is a range of the index.
        bounds = {"conversation": conversation, "first": f"{conversation}:", "end": f"{conversation};"}
        with self.engine.begin() as connection:
            connection.execute(sa.text(f"DELETE FROM turns {_OF_CONVERSATION}"), bounds)
            return int(connection.execute(sa.text(f"DELETE FROM events {_OF_CONVERSATION}"), bounds).rowcount)

    def slots(self, sender_id: str) -> Dict[str, Any]:
        """Slot values as they stand now; a slot never set, or reset since, is absent."""
        with self.engine.connect() as connection:
            events = self._slots_before(connection, sender_id, _NEVER)
        return {event["name"]: event["value"] for event in events}

    def _window(self, connection: Any, sender_id: str) -> List[Dict[str, Any]]:
        start = connection.execute(_WINDOW_START, {"sender": sender_id, "turns": KEPT_TURNS - 1}).scalar()
        before: List[Dict[str, Any]] = []
        if start is not None:
            before = self._slots_before(connection, sender_id, start)
            before += self._loop_before(connection, sender_id, start)
        bounds = {"sender": sender_id, "first": start or 0, "last": _NEVER}
        return before + [json.loads(data) for (data,) in connection.execute(_EVENTS, bounds)]

    def _slots_before(self, connection: Any, sender_id: str, before: int) -> List[Dict[str, Any]]:
        bounds = {"sender": sender_id, "before": before, "reset": self._last_reset(connection, sender_id)}
        return [json.loads(data) for (data,) in connection.execute(_SLOTS, bounds)]

    def _loop_before(self, connection: Any, sender_id: str, before: int) -> List[Dict[str, Any]]:
        bounds = {"sender": sender_id, "before": before, "reset": self._last_reset(connection, sender_id)}
        return [json.loads(data) for (data,) in connection.execute(_LOOP, bounds)]

    @staticmethod
    def _last_reset(connection: Any, sender_id: str) -> int:
        return int(connection.execute(_LAST_RESET, {"sender": sender_id}).scalar())

    def _insert(self, connection: Any, sender_id: str, events: List[Event]) -> Tuple[int, int]:
        """Write the events; returns the ids of the first and the last (a conversation has one writer)."""
        bounds = {"sender": sender_id, "before": connection.execute(_NEWEST, {"sender": sender_id}).scalar()}
        connection.execute(self.SQLEvent.__table__.insert(), [_row(sender_id, event) for event in events])
        first, last = connection.execute(_ADDED, bounds).one()
        return int(first), int(last)


def _row(sender_id: str, event: Event) -> Dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": (data.get("parse_data") or {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """WAL lets readers look on during a write; NORMAL survives a killed process (the gateway has the truth)."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=3000")
    cursor.close()
