"""Indexes of the history: a customer's conversations, their handoffs, and messages by time without reading them."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("event_by_time", "event")
    op.create_index("event_by_time", "event", ["created_at", "author", "kind", "conv_id"])
    op.create_index("handoff_by_conversation", "handoff", ["conv_id", "queued_at"])
    op.create_index("handoff_by_time", "handoff", ["queued_at"])
    op.create_index("conversation_by_customer", "conversation", ["customer_id"])


def downgrade() -> None:
    op.drop_index("conversation_by_customer", "conversation")
    op.drop_index("handoff_by_time", "handoff")
    op.drop_index("handoff_by_conversation", "handoff")
    op.drop_index("event_by_time", "event")
    op.create_index("event_by_time", "event", ["created_at"])
