"""thumbs, recommendation, files, proofs of identity, replaced tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_feedback",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.CheckConstraint("verdict IN ('up', 'down')", name="thumb_up_or_down"),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conv_id", "seq"),
    )
    op.create_index("feedback_by_entry", "answer_feedback", ["entry_id", "at"])
    op.create_table(
        "recommendation",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name="score_of_ten"),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conv_id", "episode"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("thumbnail", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attachment_by_conversation", "attachment", ["conv_id", "seq"])
    op.create_table(
        "identity_use",
        sa.Column("proof_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("proof_hash"),
    )
    op.create_index(op.f("ix_identity_use_expires_at"), "identity_use", ["expires_at"])
    op.add_column("rating", sa.Column("reason", sa.String(), nullable=False, server_default=""))
    op.add_column("customer_token", sa.Column("issued_at", sa.Float(), nullable=False, server_default="0"))
    op.add_column("customer_token", sa.Column("replaces", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("customer_token") as batch:
        batch.drop_column("replaces")
        batch.drop_column("issued_at")
    with op.batch_alter_table("rating") as batch:
        batch.drop_column("reason")
    op.drop_table("identity_use")
    op.drop_table("attachment")
    op.drop_table("recommendation")
    op.drop_table("answer_feedback")
