"""Alerts with their acknowledgements, drawn samples and score sheets, events by time.

Nothing ever wrote to the two tables of version 0003 that make way here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")


def upgrade() -> None:
    op.drop_table("alert_seen")
    op.drop_table("quality_review")
    _create_alerts()
    _create_quality()
    op.create_index("event_by_time", "event", ["created_at"])


def _create_alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level >= 1", name="alert_level_from_one"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "alert_acknowledgement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("acknowledgement_by_alert", "alert_acknowledgement", ["alert", "at"])
    op.create_index("acknowledgement_by_time", "alert_acknowledgement", ["at"])


def _create_quality() -> None:
    op.create_table(
        "quality_sample",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.Float(), nullable=False),
        sa.CheckConstraint("kind IN ('all', 'contained', 'handed_over')", name="sample_of_kind"),
        sa.ForeignKeyConstraint(["drawn_by"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quality_item",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("handoff_id", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["sample_id"], ["quality_sample.id"]),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("conv_id", "episode"),
        sa.UniqueConstraint("sample_id", "place"),
    )
    each = " AND ".join(f"({name} IS NULL OR {name} BETWEEN 1 AND 5)" for name in DIMENSIONS)
    whole = " AND ".join(f"{name} IS NOT NULL" for name in DIMENSIONS)
    op.create_table(
        "quality_review",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in DIMENSIONS),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("bot_wrong", sa.Boolean(), nullable=False),
        sa.Column("wrong_seq", sa.Integer(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("submitted_at", sa.Float(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'submitted')", name="review_draft_or_submitted"),
        sa.CheckConstraint(each, name="five_scores"),
        sa.CheckConstraint(f"state = 'draft' OR (submitted_at IS NOT NULL AND {whole})", name="submitted_is_whole"),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["reviewer"], ["agent.id"]),
        sa.PrimaryKeyConstraint("conv_id", "episode", "reviewer"),
    )
    op.create_index("review_by_time", "quality_review", ["submitted_at"])


def downgrade() -> None:
    op.drop_index("event_by_time", "event")
    op.drop_table("quality_review")
    op.drop_table("quality_item")
    op.drop_table("quality_sample")
    op.drop_table("alert_acknowledgement")
    op.drop_table("alert")
    op.create_table(
        "quality_review",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["reviewer"], ["agent.id"]),
        sa.PrimaryKeyConstraint("conv_id", "episode", "reviewer"),
    )
    op.create_table(
        "alert_seen",
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("alert"),
    )
