"""Indexes of the history: customers, handoffs by conversation and time, messages and ledger lines by time, covered."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("event_by_time", "event")
    op.create_index("event_by_time", "event", ["created_at", "author", "kind", "conv_id"])
    op.drop_index("handoff_event_by_time", "handoff_event")
    op.create_index("handoff_event_by_time", "handoff_event", ["at", "kind", "handoff_id"])
    op.create_index("handoff_by_conversation", "handoff", ["conv_id", "queued_at"])
    op.create_index("handoff_by_time", "handoff", ["queued_at"])
    op.create_index("conversation_by_customer", "conversation", ["customer_id"])


def downgrade() -> None:
    op.drop_index("conversation_by_customer", "conversation")
    op.drop_index("handoff_by_time", "handoff")
    op.drop_index("handoff_by_conversation", "handoff")
    op.drop_index("handoff_event_by_time", "handoff_event")
    op.create_index("handoff_event_by_time", "handoff_event", ["at"])
    op.drop_index("event_by_time", "event")
    op.create_index("event_by_time", "event", ["created_at"])
