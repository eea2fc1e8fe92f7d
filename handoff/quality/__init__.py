"""The quality sample: random services for review, a score sheet for each, and what the sheets come to."""

from handoff.quality.service import QualityDesk

__all__ = ["QualityDesk"]
