"""What must not be said to customers: checked before an agent's message goes out."""

from handoff.store.wording import WordingRule
from handoff.wording.service import Wording, may_overrule

__all__ = ["Wording", "WordingRule", "may_overrule"]
