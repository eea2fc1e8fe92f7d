"""The chat on the sites as its owner sets it up: look, words, and which sites may carry it."""

from handoff.widget.look import DEFAULT, Look, LookError, Words, parse_look
from handoff.widget.service import WidgetDesk

__all__ = ["DEFAULT", "Look", "LookError", "WidgetDesk", "Words", "parse_look"]
