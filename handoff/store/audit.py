"""Who did what, for the people who must answer for it."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, insert

from handoff.store import tables as t
from handoff.store.clock import now


def record(conn: Connection, actor: str, action: str, conv_id: str | None = None, **data: Any) -> None:
    conn.execute(
        insert(t.audit).values(id=uuid.uuid4().hex, at=now(), actor=actor, action=action, conv_id=conv_id, data=data)
    )
