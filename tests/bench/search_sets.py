"""The public sets as FAQs: entries, and questions with the position of their entry (None: no answer)."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from knowledge_base.adapter.texts import is_held_out
from knowledge_base.models import Entry

T = TypeVar("T")
Question = tuple[str, int | None]
REMEDY = "put the measuring sets beside the project or name their folder in BATON_DATASETS"


class SetMissing(Exception):
    """A measuring set is not on this machine."""


@dataclass(frozen=True)
class FaqSet:
    """`tuning` may fit thresholds, `asked` is only measured; both are questions in `lang`."""

    name: str
    entries: tuple[Entry, ...]
    asked: tuple[Question, ...]
    lang: str
    tuning: tuple[Question, ...] = ()


def lcqmc(limit: int, most_entries: int | None = None) -> FaqSet:
    """Pairs marked same are joined into groups; the first question of a group is the entry, the others are asked."""
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for pair in _rows("lcqmc_dev.jsonl"):
        first, second = root(pair["a"]), root(pair["b"])
        if pair["same"] and first != second:
            parent[first] = second
    groups: dict[str, list[str]] = defaultdict(list)
    for text in sorted(parent):
        groups[root(text)].append(text)
    kept = _some(list(groups.values()), most_entries)
    titles = [members[0] for members in kept]
    queries: list[Question] = [(text, n) for n, members in enumerate(kept) for text in members[1:]]
    entries = tuple(Entry(f"q{n}", title, "") for n, title in enumerate(titles))
    return FaqSet("LCQMC", entries, tuple(_some(queries, limit)), "zh")


def banking77(limit: int, variants: int | None = None) -> FaqSet:
    """Four fifths of the training half are variants; the rest, which the encoder never saw, is asked.

    The test half is for acceptance.
    """
    by_intent = _by_intent(_rows("banking77_train.jsonl"))
    entries, asked = [], []
    for position, (intent, texts) in enumerate(sorted(by_intent.items())):
        entries.append(_intent_entry(intent, [text for text in texts if not is_held_out(text)][:variants]))
        asked += [(text, position) for text in texts if is_held_out(text)]
    return FaqSet("BANKING77", tuple(entries), tuple(_some(asked, limit)), "en")


def clinc150(limit: int, variants: int | None = None) -> FaqSet:
    """Training intents as entries; one half of the validation set may tune, the other is asked."""
    by_intent = _by_intent(_rows("clinc150_train.jsonl"))
    names = sorted(by_intent)
    entries = tuple(_intent_entry(intent, by_intent[intent][:variants]) for intent in names)
    place = {intent: position for position, intent in enumerate(names)}
    rows = [(row["text"], place.get(row["intent"])) for row in _rows("clinc150_val.jsonl")]
    rows = _some(rows, None)
    return FaqSet("CLINC150", entries, tuple(rows[::2][:limit]), "en", tuple(rows[1::2][:limit]))


def _intent_entry(intent: str, texts: list[str]) -> Entry:
    return Entry(intent.replace("?", ""), texts[0], "", tuple(texts[1:]), lang="en")


def _by_intent(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in _some(rows, None):
        groups[row["intent"]].append(row["text"])
    return groups


def _some(items: list[T], most: int | None) -> list[T]:
    order = np.random.default_rng(0).permutation(len(items))[:most]
    return [items[n] for n in order]


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(os.environ.get("BATON_DATASETS", "../shared/datasets")) / "faq" / name
    if not path.is_file():
        raise SetMissing(f"no measuring set at {path}: {REMEDY}")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
