"""The training messages of the mood model: reading them with checks, and the fixed rule that parts off the test."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from actions.mood.errors import MoodModelError

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Row:
    """One labelled message: valence −2…2, anger 0…3, urgency 0…3, target of the feeling. See data/README.md."""

    text: str
    lang: Literal["zh", "en"]
    valence: int
    anger: int
    urgency: int
    target: Literal["us", "other"] = "us"

    @property
    def in_test(self) -> bool:
        """Whether the row belongs to the test part: one fifth, by the SHA-256 of its text, whatever else is added."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 5 == 0


def load_rows(folder: Path = DATA) -> list[Row]:
    """All rows of all files in name order. Raises MoodModelError with file and line for a row that does not fit."""
    rows: list[Row] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            row = _row(f"{path}:{number}", line)
            if row.text in seen:
                raise MoodModelError(f"{path}:{number}", f"the text also stands at {seen[row.text]}", "keep one")
            seen[row.text] = f"{path.name}:{number}"
            rows.append(row)
    if not rows:
        raise MoodModelError(folder, "holds no *.jsonl file", "restore actions/mood/data from the repository")
    return rows


def _row(place: str, line: str) -> Row:
    remedy = 'write {"text","lang","valence":-2..2,"anger":0..3,"urgency":0..3,"target":"us"|"other"}'
    try:
        row = Row(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise MoodModelError(place, f"is no labelled message ({error})", remedy) from error
    numbers = (row.valence in range(-2, 3), row.anger in range(4), row.urgency in range(4))
    if not all(numbers) or row.lang not in ("zh", "en") or row.target not in ("us", "other") or not row.text.strip():
        raise MoodModelError(place, "has a label outside its range", remedy)
    return row
