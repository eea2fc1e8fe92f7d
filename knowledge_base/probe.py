"""Sentences that are no FAQ: they check a prepared model and measure how alike unrelated texts look to it."""

from __future__ import annotations

from pathlib import Path


def probe_texts() -> list[str]:
    """Short Chinese and English sentences about many things, from `probe.txt`."""
    text = Path(__file__).with_name("probe.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
