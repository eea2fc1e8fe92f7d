"""WeChat callbacks wait in a table of their own, nonces are shared, one fetcher of a token, the bot forgets people."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wechat_waiting",
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("openid", sa.String(), nullable=False),
        sa.Column("inbound", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "source_key"),
    )
    op.create_index("wechat_waiting_in_order", "wechat_waiting", ["received_at", "place"])
    op.create_table(
        "wechat_nonce",
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "nonce"),
    )
    op.create_index("wechat_nonce_by_time", "wechat_nonce", ["seen_at"])
    op.create_table(
        "bot_memory_to_forget",
        sa.Column("conv_id", sa.String(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conv_id"),
    )
    op.add_column("wechat_account", sa.Column("token_lease_until", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("wechat_account", "token_lease_until")
    op.drop_table("bot_memory_to_forget")
    op.drop_index("wechat_nonce_by_time", "wechat_nonce")
    op.drop_table("wechat_nonce")
    op.drop_index("wechat_waiting_in_order", "wechat_waiting")
    op.drop_table("wechat_waiting")
