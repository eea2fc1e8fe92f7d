"""What the encoder's adapter learns from: questions by meaning, beside others that are easily mistaken for them."""

from __future__ import annotations

import json
import os
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.errors import TrainingTextUnusable
from knowledge_base.markdown import load_entries
from knowledge_base.refused import refused_texts
from knowledge_base.text import detect_language

DATA = Path(__file__).with_name("data")
PUBLIC = ("banking77_train.jsonl", "clinc150_train.jsonl")
# How often a batch comes from each kind of text.
PUBLIC_SHARE, SHOP_SHARE, OWN_SHARE = 0.18, 0.18, 0.46
_MEANINGS, _STRANGERS, _NEAR = 32, 12, 1


@dataclass(frozen=True)
class Meaning:
    """One question in several `wordings`, and texts `near` it that mean something else."""

    wordings: Sequence[str]
    near: Sequence[str] = ()


@dataclass(frozen=True)
class Group:
    """Meanings of one trade or theme, and `strangers` that mean none of them."""

    meanings: tuple[Meaning, ...]
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Groups of one origin. `share`: the part of all batches drawn from it; of its groups, the larger the oftener."""

    name: str
    share: float
    groups: tuple[Group, ...]

    @property
    def texts(self) -> Iterator[str]:
        """Every text once or more."""
        for group in self.groups:
            for meaning in group.meanings:
                yield from (*meaning.wordings, *meaning.near)
            yield from group.strangers


@dataclass(frozen=True)
class Batch:
    """`asked[n]` means the same as `listed[n]`; what is listed behind them, and all the others, it does not mean."""

    asked: list[str]
    listed: list[str]


def sources(faq: Path, datasets: Path | None = None) -> list[Source]:
    """The public training sets that may be trained on, the shop's FAQ and the project's own groups.

    Raises TrainingTextUnusable when a set is absent or a file is not what it should be.
    """
    datasets = datasets or Path(os.environ.get("BATON_DATASETS", "../shared/datasets"))
    public = [Source(name, PUBLIC_SHARE, (_intents(datasets / "faq" / name),)) for name in PUBLIC]
    return [*public, Source("shop", SHOP_SHARE, tuple(_shop(faq))), Source("own", OWN_SHARE, tuple(own_groups()))]


def is_held_out(text: str) -> bool:
    """Whether a text of the public training sets is kept for measuring: every fifth."""
    return zlib.crc32(text.encode()) % 5 == 0


def own_groups(folder: Path = DATA) -> list[Group]:
    """The groups of `*.jsonl`: lines `{"same": [wordings], "not": [others], "trade"}`, one group for each trade."""
    by_trade: dict[str, list[Meaning]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for row in _rows(path, ("same", "not")):
            by_trade[f"{path.stem} {row.get('trade', '')}"].append(Meaning(row["same"], row["not"]))
    if not by_trade:
        raise TrainingTextUnusable(f"{folder} holds no *.jsonl", "restore the folder from the repository")
    return [Group(tuple(meanings)) for meanings in by_trade.values()]


def draw(sources: Sequence[Source], chance: random.Random) -> Batch:
    """A batch out of one group, so that its meanings are near each other."""
    source = chance.choices(sources, [each.share for each in sources])[0]
    group = chance.choices(source.groups, [len(each.meanings) for each in source.groups])[0]
    others = chance.sample(group.strangers, min(_STRANGERS, len(group.strangers)))
    asked, listed = list[str](), list[str]()
    for meaning in chance.sample(group.meanings, min(_MEANINGS, len(group.meanings))):
        if len(meaning.wordings) > 1:
            first, second = chance.sample(list(meaning.wordings), 2)
            asked.append(first)
            listed.append(second)
            others += chance.sample(list(meaning.near), min(_NEAR, len(meaning.near)))
    return Batch(asked, listed + others)


def _intents(path: Path) -> Group:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for row in _rows(path, ("text", "intent")):
        if not is_held_out(row["text"]):
            by_intent[row["intent"]].append(row["text"])
    return Group(tuple(Meaning(texts) for texts in by_intent.values()))


def _shop(faq: Path) -> Iterable[Group]:
    entries, refused = load_entries(faq), refused_texts(faq)
    for lang in ("zh", "en"):
        meanings = tuple(Meaning(entry.wordings) for entry in entries if entry.lang == lang)
        yield Group(meanings, tuple(text for text in refused if detect_language(text) == lang))


def _rows(path: Path, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        remedy = "put the public sets beside the project, or name their folder in BATON_DATASETS"
        raise TrainingTextUnusable(f"cannot read the training text {path}: {error}", remedy) from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not all(row[key] for key in keys):
                raise ValueError("an empty value")
        except (ValueError, KeyError, TypeError) as error:
            remedy = f"write one object a line, with {' and '.join(keys)}"
            raise TrainingTextUnusable(f"{path}:{number}: not an example: {error}", remedy) from error
        yield row
