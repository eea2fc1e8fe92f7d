"""微信客服: how far each account was read, one-time links from the web, conversations joined to a second way out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wecom_cursor",
        sa.Column("open_kfid", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("open_kfid"),
    )
    op.create_table(
        "wecom_scene",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "conversation_link",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conv_id", "endpoint"),
    )
    op.create_table(
        "wechat_media",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("media_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["conv_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conv_id", "seq"),
    )
    op.create_index("media_to_fetch", "wechat_media", ["state", "not_before"])


def downgrade() -> None:
    op.drop_index("media_to_fetch", "wechat_media")
    op.drop_table("wechat_media")
    op.drop_table("conversation_link")
    op.drop_table("wecom_scene")
    op.drop_table("wecom_cursor")
