"""Reads the mood of JSONL lines in batches, for `baton mood predict` and measurements from outside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from actions.mood.choose import mood_reader
from actions.mood.errors import MoodModelError
from actions.mood.reading import Mood
from knowledge_base.layers import load_search_embedder

KEPT = ("valence", "anger", "urgency", "label", "spans")
Read = Callable[[list[str]], list[Mood]]


def open_reader() -> Read:
    """The encoder and the mood model of the settings (BATON_EMBEDDER, BATON_DATA_DIR, BATON_MOOD_MODEL)."""
    data_dir = Path(os.environ.get("BATON_DATA_DIR") or "var")
    embedder = load_search_embedder(os.environ.get("BATON_EMBEDDER") or str(data_dir / "models" / "e5-small"))
    model = mood_reader(os.environ.get("BATON_MOOD_MODEL", ""))
    return lambda texts: model.read(texts, embedder.encode(texts))


def predict_lines(lines: Sequence[tuple[int, str]], read: Read, name: str) -> list[dict[str, Any]]:
    """One dict per numbered line. Raises MoodModelError with file and line for a line that is no `{"text": …}`."""
    texts = [_text(name, number, line) for number, line in lines]
    moods = read(texts)
    return [{key: value for key, value in mood.to_dict().items() if key in KEPT} for mood in moods]


def _text(name: str, number: int, line: str) -> str:
    remedy = 'write one object {"text": "…"} a line'
    try:
        data = json.loads(line)
    except ValueError as error:
        raise MoodModelError(f"{name}:{number}", f"no valid JSON ({error})", remedy) from error
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise MoodModelError(f"{name}:{number}", "holds no text", remedy)
    return str(data["text"])
