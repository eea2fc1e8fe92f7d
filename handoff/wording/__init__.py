"""What must not be said to customers: checked before an agent's message goes out."""

from handoff.wording.service import Wording, WordingRule

__all__ = ["Wording", "WordingRule"]
