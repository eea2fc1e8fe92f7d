"""Rate limits of several gateways, counted together in their database."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("full_until", sa.Float(), nullable=False),
    )
    op.create_index("rate_limit_by_time", "rate_limit", ["full_until"])


def downgrade() -> None:
    op.drop_index("rate_limit_by_time", "rate_limit")
    op.drop_table("rate_limit")
