"""What an administrator who connects a WeChat account wants to see: address checks, refused callbacks, token's age."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def added() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("token_at", sa.Float(), nullable=True),
        sa.Column("checked_at", sa.Float(), nullable=True),
        sa.Column("refused_at", sa.Float(), nullable=True),
        sa.Column("refused_why", sa.String(), nullable=True),
        sa.Column("error_at", sa.Float(), nullable=True),
        sa.Column("our_address", sa.String(), nullable=True),
        sa.Column("token_errors", sa.Integer(), nullable=False, server_default="0"),
    )


def upgrade() -> None:
    for column in added():
        op.add_column("wechat_account", column)


def downgrade() -> None:
    with op.batch_alter_table("wechat_account") as table:
        for column in reversed(added()):
            table.drop_column(column.name)
