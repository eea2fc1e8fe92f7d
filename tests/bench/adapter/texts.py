"""The project's own training text for an adapter: questions by meaning, in groups that are easily mistaken."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.markdown import load_entries
from knowledge_base.practice import pattern_groups, trades

# One list for each meaning: its wordings. A group is what shares a batch.
Group = list[list[str]]


def groups(faq: Path) -> list[Group]:
    """Everyday patterns, small knowledge bases of many trades, and the shipped FAQ."""
    small = [[*trade.meanings, *([text] for text in trade.near)] for trade in trades()]
    return [*pattern_groups(), *small, [list(entry.wordings) for entry in load_entries(faq)]]
