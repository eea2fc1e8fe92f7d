"""outbox progress and WeChat contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("doubts", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("parts_sent", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "wechat_account",
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("sealed_token", sa.Text(), nullable=True),
        sa.Column("token_until", sa.Float(), nullable=True),
        sa.Column("passive", sa.Boolean(), nullable=False),
        sa.Column("menus", sa.Boolean(), nullable=False),
        sa.Column("last_callback", sa.Float(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("quota_errors", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("app_id"),
    )
    op.create_table(
        "wechat_contact",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("openid", sa.String(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("message_left", sa.Integer(), nullable=False),
        sa.Column("message_until", sa.Float(), nullable=False),
        sa.Column("click_left", sa.Integer(), nullable=False),
        sa.Column("click_until", sa.Float(), nullable=False),
        sa.Column("warned_until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.PrimaryKeyConstraint("customer_id"),
        sa.UniqueConstraint("app_id", "openid"),
    )
    op.create_table(
        "wechat_reply",
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "source_key"),
    )


def downgrade() -> None:
    op.drop_table("wechat_reply")
    op.drop_table("wechat_contact")
    op.drop_table("wechat_account")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_column("parts_sent")
        batch.drop_column("doubts")
