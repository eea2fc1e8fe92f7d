"""Handoffs: one open per conversation, exactly one end, loads that agree, opened = ended + open."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from handoff.store.check.breach import Breach, Rule, sql_rule
from handoff.store.ledger import ENDS

_ENDS = ", ".join(f"'{end}'" for end in sorted(ENDS))
_OVER = "'closed', 'cancelled'"


def _balance(conn: Connection) -> Iterator[Breach]:
    row = conn.execute(
        text(
            f"""
            SELECT (SELECT count(*) FROM handoff) AS total,
                   (SELECT count(*) FROM handoff_event WHERE kind = 'opened') AS opened,
                   (SELECT count(*) FROM handoff_event WHERE kind IN ({_ENDS})) AS ended,
                   (SELECT count(*) FROM handoff WHERE state IN ('queued', 'offered', 'accepted')) AS still
            """
        )
    ).one()
    if row.opened != row.ended + row.still or row.total != row.opened:
        detail = f"{row.opened} opened, {row.ended} ended, {row.still} open, {row.total} rows"
        yield Breach("opened_is_ended_plus_open", {"table": "handoff"}, detail)


RULES = (
    Rule("opened_is_ended_plus_open", _balance),
    sql_rule(
        "one_open_handoff",
        "handoff",
        """
        SELECT conv_id, count(*) AS times FROM handoff WHERE state IN ('queued', 'offered', 'accepted')
        GROUP BY conv_id HAVING count(*) > 1
        """,
        "{times} open handoffs",
    ),
    sql_rule(
        "state_agrees_with_end",
        "handoff",
        f"""
        SELECT id AS handoff_id, state, coalesce(outcome, 'none') AS outcome FROM handoff
        WHERE (state IN ({_OVER})) <> (ended_at IS NOT NULL)
           OR (ended_at IS NOT NULL) <> (outcome IS NOT NULL)
           OR outcome NOT IN ({_ENDS})
           OR (state IN ('queued', 'offered')) AND claimed_by IS NOT NULL
           OR state = 'accepted' AND (claimed_by IS NULL OR claimed_at IS NULL)
        """,
        "state {state} with outcome {outcome}",
    ),
    sql_rule(
        "one_end_each",
        "handoff",
        f"""
        SELECT h.id AS handoff_id, h.state, coalesce(h.outcome, 'none') AS outcome, count(v.id) AS ends,
               coalesce(max(v.kind), 'none') AS kind
        FROM handoff h LEFT JOIN handoff_event v ON v.handoff_id = h.id AND v.kind IN ({_ENDS})
        GROUP BY h.id, h.state, h.outcome
        HAVING count(v.id) <> CASE WHEN h.state IN ({_OVER}) THEN 1 ELSE 0 END
            OR coalesce(max(v.kind), 'none') <> coalesce(h.outcome, 'none')
        """,
        "{state} with outcome {outcome}, but the ledger has {ends} ends ({kind})",
    ),
    sql_rule(
        "steps_without_gap",
        "handoff",
        """
        SELECT h.id AS handoff_id, h.last_step, count(v.id) AS found, coalesce(max(v.seq), 0) AS top
        FROM handoff h LEFT JOIN handoff_event v ON v.handoff_id = h.id
        GROUP BY h.id, h.last_step
        HAVING count(v.id) <> h.last_step OR coalesce(max(v.seq), 0) <> h.last_step OR count(v.id) = 0
        """,
        "last_step is {last_step}, but the ledger has {found} lines up to {top}",
    ),
    sql_rule(
        "load_is_what_is_held",
        "agent",
        """
        SELECT a.id AS agent_id, a.name, a.load, a.cap, count(h.id) AS held
        FROM agent a LEFT JOIN handoff h ON h.claimed_by = a.id AND h.state = 'accepted'
        GROUP BY a.id, a.name, a.load, a.cap HAVING count(h.id) <> a.load OR a.load > a.cap
        """,
        "load {load} of {cap}, but {held} conversations are held",
    ),
    sql_rule(
        "times_in_order",
        "handoff",
        """
        SELECT id AS handoff_id, queued_at, coalesce(claimed_at, queued_at) AS claimed,
               coalesce(ended_at, claimed_at, queued_at) AS ended
        FROM handoff
        WHERE coalesce(claimed_at, queued_at) < queued_at - 0.001
           OR coalesce(ended_at, claimed_at, queued_at) < coalesce(claimed_at, queued_at) - 0.001
        """,
        "asked at {queued_at}, claimed at {claimed}, ended at {ended}",
    ),
)
