"""skills, presence, offers, messages left, business hours."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def added() -> tuple[tuple[str, sa.Column[Any]], ...]:
    """Table and column of what older tables get."""
    return (
        ("handoff", sa.Column("offered_to", sa.String(), nullable=True)),
        ("handoff", sa.Column("offer_until", sa.Float(), nullable=True)),
        ("handoff", sa.Column("preferred_agent", sa.String(), nullable=True)),
        ("handoff", sa.Column("first_claimed_at", sa.Float(), nullable=True)),
        ("handoff", sa.Column("ahead", sa.Integer(), nullable=False, server_default="0")),
        ("handoff", sa.Column("close_reason", sa.String(), nullable=True)),
        ("handoff", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]")),
        ("agent", sa.Column("skills", sa.JSON(), nullable=False, server_default="[]")),
        ("agent", sa.Column("langs", sa.JSON(), nullable=False, server_default="[]")),
    )


def upgrade() -> None:
    for table, column in added():
        op.add_column(table, column)
    op.execute("UPDATE handoff SET first_claimed_at = claimed_at")
    # The five ends have one name each, in rows and in the ledger.
    op.execute("UPDATE handoff SET outcome = 'resolved' WHERE outcome = 'closed'")
    op.execute("UPDATE handoff SET outcome = 'customer_left' WHERE outcome = 'customer_gone'")
    op.create_table(
        "presence",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('online', 'away', 'offline')", name="presence_of_three"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("agent_id"),
    )
    op.create_table(
        "handoff_refusal",
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("handoff_id", "agent_id"),
    )
    op.create_table(
        "left_message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["owner"], ["agent.id"]),
        sa.ForeignKeyConstraint(["done_by"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id"),
    )
    op.create_index("ix_left_message_conv_id", "left_message", ["conv_id"])
    op.create_index("left_message_by_age", "left_message", ["done_at", "created_at"])
    op.create_table(
        "service_hours",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "attention",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conv_id", "who", "kind"),
    )


def downgrade() -> None:
    for table in ("attention", "service_hours", "left_message", "handoff_refusal", "presence"):
        op.drop_table(table)
    op.execute("UPDATE handoff SET outcome = 'closed' WHERE outcome = 'resolved'")
    for table, column in added():
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column.name)
