"""Handoffs by who claimed them and when: how long each agent has been idle, asked at every look at the team."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("handoff_by_claim", "handoff", ["claimed_by", "claimed_at"])


def downgrade() -> None:
    op.drop_index("handoff_by_claim", "handoff")
