"""Sentences that are no FAQ: they check and scale a model, and stand for what no entry answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def probe_texts() -> list[str]:
    """Short Chinese and English sentences about many things, from `probe.txt`."""
    return _lines("probe.txt")


def elsewhere_texts() -> list[str]:
    """Small talk and questions of other trades, from `elsewhere.txt`: the rivals of every entry."""
    return _lines("elsewhere.txt")


def rivals_of(refused: Sequence[str]) -> list[str]:
    """All rivals of a knowledge base, each once: those of every one, then the questions its editor has `refused`."""
    return list(dict.fromkeys([*elsewhere_texts(), *refused]))


def _lines(name: str) -> list[str]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
