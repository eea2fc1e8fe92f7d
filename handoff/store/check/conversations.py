"""Conversations: gap-free numbers, rising fences, one owner in the right mode, one turn and delivery per message."""

from __future__ import annotations

from handoff.store.append import PULLED_CHANNELS
from handoff.store.check.breach import sql_rule

_PULLED = ", ".join(repr(channel) for channel in sorted(PULLED_CHANNELS))

RULES = (
    sql_rule(
        "numbers_without_gap",
        "conversation",
        """
        SELECT c.id AS conv_id, c.last_seq, count(e.seq) AS found, coalesce(max(e.seq), 0) AS top
        FROM conversation c LEFT JOIN event e ON e.conv_id = c.id
        GROUP BY c.id, c.last_seq
        HAVING count(e.seq) <> c.last_seq OR coalesce(max(e.seq), 0) <> c.last_seq
        """,
        "last_seq is {last_seq}, but there are {found} events up to {top}",
    ),
    sql_rule(
        "message_once",
        "event",
        """
        SELECT conv_id, author, client_msg_id AS message_id, count(*) AS times FROM event
        GROUP BY conv_id, author, client_msg_id HAVING count(*) > 1
        """,
        "{author} has {times} events under this id",
    ),
    sql_rule(
        "fence_rises",
        "event",
        """
        SELECT conv_id, seq, fence, before FROM (
          SELECT conv_id, seq, fence, lag(fence) OVER (PARTITION BY conv_id ORDER BY seq) AS before FROM event
        ) AS fences WHERE before > fence
        """,
        "fence {fence} after {before}: an old owner wrote",
    ),
    sql_rule(
        "fence_known",
        "event",
        """
        SELECT e.conv_id, e.seq, e.fence, c.fence AS now FROM event e JOIN conversation c ON c.id = e.conv_id
        WHERE e.fence > c.fence
        """,
        "fence {fence} is above the conversation's {now}",
    ),
    sql_rule(
        "owner_only_with_a_person",
        "conversation",
        """
        SELECT id AS conv_id, mode, coalesce(owner_agent, '-') AS owner FROM conversation
        WHERE (mode = 'human') <> (owner_agent IS NOT NULL)
           OR mode NOT IN ('bot', 'queued', 'human', 'closed')
        """,
        "mode {mode} with owner {owner}",
    ),
    sql_rule(
        "mode_agrees_with_handoff",
        "conversation",
        """
        SELECT c.id AS conv_id, c.mode, coalesce(c.owner_agent, '-') AS owner,
               coalesce(h.id, '-') AS handoff_id, coalesce(h.state, 'none') AS state,
               coalesce(h.claimed_by, '-') AS claimed_by
        FROM conversation c
        LEFT JOIN handoff h ON h.conv_id = c.id AND h.state IN ('queued', 'offered', 'accepted')
        WHERE CASE c.mode
          WHEN 'human' THEN h.state IS NULL OR h.state <> 'accepted' OR h.claimed_by <> c.owner_agent
          WHEN 'queued' THEN h.state IS NULL OR h.state NOT IN ('queued', 'offered')
          ELSE h.id IS NOT NULL END
        """,
        "mode {mode} of {owner}, but its handoff is {state} of {claimed_by}",
    ),
    sql_rule(
        "one_open_conversation",
        "conversation",
        """
        SELECT customer_id, channel, count(*) AS times FROM conversation
        WHERE open GROUP BY customer_id, channel HAVING count(*) > 1
        """,
        "{times} open conversations on {channel}",
    ),
    sql_rule(
        "turn_of_a_message",
        "turn",
        """
        SELECT u.id AS turn_id, u.conv_id, u.in_seq AS seq, coalesce(e.author, 'nobody') AS author
        FROM turn u LEFT JOIN event e ON e.conv_id = u.conv_id AND e.seq = u.in_seq
        WHERE e.author IS NULL OR e.author <> 'customer'
        """,
        "a turn that answers {author}",
    ),
    sql_rule(
        "turn_once",
        "turn",
        """
        SELECT conv_id, in_seq AS seq, count(*) AS times FROM turn GROUP BY conv_id, in_seq HAVING count(*) > 1
        """,
        "{times} turns for one message",
    ),
    sql_rule(
        "one_turn_at_a_time",
        "turn",
        """
        SELECT conv_id, count(*) AS times FROM turn WHERE state = 'leased' GROUP BY conv_id HAVING count(*) > 1
        """,
        "{times} turns run at once",
    ),
    sql_rule(
        "turn_ended",
        "turn",
        """
        SELECT id AS turn_id, conv_id, state FROM turn
        WHERE (state IN ('done', 'failed', 'superseded')) <> (finished_at IS NOT NULL)
           OR (state = 'leased' AND lease_token IS NULL)
        """,
        "state {state} does not agree with its lease and end",
    ),
    sql_rule(
        "delivery_once",
        "delivery",
        """
        SELECT conv_id, seq, endpoint, count(*) AS times FROM delivery
        GROUP BY conv_id, seq, endpoint HAVING count(*) > 1
        """,
        "{times} deliveries to {endpoint}",
    ),
    sql_rule(
        "delivery_of_every_event",
        "event",
        f"""
        SELECT e.conv_id, e.seq, c.channel FROM event e JOIN conversation c ON c.id = e.conv_id
        LEFT JOIN delivery d ON d.conv_id = e.conv_id AND d.seq = e.seq
        WHERE c.channel NOT IN ({_PULLED}) AND NOT e.internal AND e.author <> 'customer' AND d.id IS NULL
        """,
        "nothing sends it to {channel}",
    ),
)
