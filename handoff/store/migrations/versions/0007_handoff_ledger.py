"""the ledger: each handoff's life as lines that never change."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IS_END = "kind IN ('resolved', 'returned', 'message_left', 'expired', 'customer_left')"

# Handoffs from before the ledger get the lines that their rows prove.
KNOWN_LIFE = (
    ("1", "queued_at", "'opened'", "'gateway'", "1 = 1"),
    ("2", "claimed_at", "'claimed'", "claimed_by", "claimed_by IS NOT NULL"),
    (
        "CASE WHEN claimed_by IS NULL THEN 2 ELSE 3 END",
        "ended_at",
        "outcome",
        "CASE WHEN outcome = 'customer_left' THEN 'customer' ELSE coalesce(claimed_by, 'gateway') END",
        "ended_at IS NOT NULL",
    ),
)


def upgrade() -> None:
    op.add_column("handoff", sa.Column("last_step", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "handoff_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id", "seq"),
    )
    op.create_index(
        "one_end_each",
        "handoff_event",
        ["handoff_id"],
        unique=True,
        sqlite_where=sa.text(IS_END),
        postgresql_where=sa.text(IS_END),
    )
    op.create_index("handoff_event_by_time", "handoff_event", ["at"])
    for seq, at, kind, actor, where in KNOWN_LIFE:
        op.execute(
            "INSERT INTO handoff_event (id, handoff_id, seq, at, kind, actor, data) "
            f"SELECT id || ':' || {seq}, id, {seq}, {at}, {kind}, {actor}, '{{\"from\": \"rows\"}}' "
            f"FROM handoff WHERE {where}"
        )
    op.execute(
        "UPDATE handoff SET last_step = "
        "(SELECT count(*) FROM handoff_event WHERE handoff_event.handoff_id = handoff.id)"
    )


def downgrade() -> None:
    op.drop_table("handoff_event")
    with op.batch_alter_table("handoff") as batch:
        batch.drop_column("last_step")
