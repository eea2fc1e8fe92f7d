"""verdicts on handoffs, quality reviews and alerts seen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handoff_verdict",
        sa.Column("handoff_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.CheckConstraint("verdict IN ('right', 'too_early', 'too_late')", name="verdict_of_three"),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("handoff_id"),
    )
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


def downgrade() -> None:
    op.drop_table("alert_seen")
    op.drop_table("quality_review")
    op.drop_table("handoff_verdict")
