"""What the mood head sees of a text beside the encoder's vector: counted word lists, shape, and hashed n-grams."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ruamel.yaml import YAML

from actions.mood.traditional import simplified

LEXICON = Path(__file__).with_name("lexicon.yml")
MAX_CHARS = 600
BUCKETS = 4096
SHAPES = ("exclaims", "questions", "caps", "length", "repeats", "dots", "digits", "quoted", "english", "brief")
_QUOTED = re.compile(r"[\"“”「『'‘《]([^\"“”「」『』'‘’《》]{2,60})[\"“”」』'’》]")
_NEGATED = re.compile(
    r"(不|没|没有|别|无|并非|不是|并不|不会|不太|唔|冇|\bnot|n't|\bno|\bnever|\bwithout)"
    r"( \w+)? ?(很|太|怎么|那么|so|very|any)?$"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u4e00-\u9fff]|[^\w\s]")
_RUN = re.compile(r"(.)\1{2,}")
STRONG = ("profanity", "insult", "rage", "accusation", "threat", "contempt", "face_angry")
MILDER = ("asking", "positive", "joking", "thanks", "third_party", "softened")
MARKS = ("marked", "marked_twice", "marked_plain", *(f"marked_{name}" for name in MILDER), "marked_quote", "shouted")
TURNED = ("anger", "rage", "threat", "accusation", "negative", "positive", "urgent", "irritation")


@dataclass(frozen=True)
class Lexicon:
    """Compiled word lists, by category, in the order of the file."""

    lists: Mapping[str, re.Pattern[str]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rule features, in order."""
        turned = tuple(f"not_{name}" for name in TURNED)
        quoted = ("quoted_bad", "quoted_good")
        return (*self.lists, *turned, *quoted, *SHAPES, *MARKS)


@dataclass(frozen=True)
class Reading:
    """Rule features of one text, shape (len(names),), and the words found: (category, word)."""

    values: npt.NDArray[np.float32]
    hits: tuple[tuple[str, str], ...]


@cache
def load_lexicon(path: Path = LEXICON) -> Lexicon:
    """The shipped word lists, compiled once."""
    raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return Lexicon({name: re.compile("|".join(f"(?:{part})" for part in parts)) for name, parts in raw.items()})


def normal(text: str) -> str:
    """The form the word lists and n-grams are matched on: NFKC, lower case, simplified, at most 600 characters."""
    form = unicodedata.normalize("NFKC", text[:MAX_CHARS]).replace("\u2019", "'")
    return simplified(form.lower())


def read_rules(text: str, lexicon: Lexicon) -> Reading:
    """Count the word lists in the text; a negated word counts for its `not_` twin, a quoted one only as quoted."""
    form = normal(text)
    quotes = [match.span() for match in _QUOTED.finditer(form)]
    counts = dict.fromkeys(lexicon.names, 0.0)
    hits: list[tuple[str, str]] = []
    for name, pattern in lexicon.lists.items():
        for match in pattern.finditer(form):
            inside = any(start <= match.start() < end for start, end in quotes)
            if inside:
                _count_quoted(counts, name)
            elif name in TURNED and _NEGATED.search(form[max(0, match.start() - 12) : match.start()]):
                counts[f"not_{name}"] += 1
            else:
                counts[name] += 1
                hits.append((name, match.group(0)))
    counts.update(_shape(text[:MAX_CHARS], form, bool(quotes)))
    counts.update(_marks(counts))
    values = np.minimum(np.array([counts[name] for name in lexicon.names], dtype=np.float32), 3.0)
    return Reading(values, tuple(hits))


def _marks(counts: Mapping[str, float]) -> dict[str, float]:
    """Strong words together with what softens them, which a linear head cannot multiply itself."""
    strong = sum(counts[name] > 0 for name in STRONG)
    marked = float(strong > 0)
    found = {f"marked_{name}": marked * float(counts[name] > 0) for name in MILDER}
    found["marked_quote"] = marked * counts["quoted"]
    return {
        "marked": marked,
        "marked_twice": float(strong > 1),
        "marked_plain": marked * float(not any(found.values())),
        **found,
        "shouted": float((counts["caps"] > 0 or counts["exclaims"] > 1) and counts["positive"] == 0),
    }


def _count_quoted(counts: dict[str, float], name: str) -> None:
    if name in ("profanity", "insult", "anger", "negative", "irritation", "escalation"):
        counts["quoted_bad"] += 1
    elif name == "positive":
        counts["quoted_good"] += 1


def _shape(text: str, form: str, quoted: bool) -> dict[str, float]:
    letters = [char for char in text if char.isascii() and char.isalpha()]
    caps = sum(char.isupper() for char in letters) / len(letters) if len(letters) >= 6 else 0.0
    han = sum("\u4e00" <= char <= "\u9fff" for char in form)
    return {
        "exclaims": float(form.count("!")),
        "questions": float(form.count("?")),
        "caps": float(caps > 0.6),
        "length": float(np.log1p(len(form)) / 2),
        "repeats": float(len(_RUN.findall(form))),
        "dots": float(form.count("...") + form.count("…")),
        "digits": 3.0 * sum(char.isdigit() for char in form) / max(1, len(form)),
        "quoted": float(quoted),
        "english": float(len(letters) > han),
        "brief": float(len(form) <= 4),
    }


def grams(form: str) -> Iterator[tuple[str, int, int]]:
    """(n-gram, start, end) of a normal form: 1 to 3 Chinese characters, English words, marks or emoji."""
    tokens = [(match.group(0), match.start(), match.end()) for match in _WORD.finditer(form)]
    for size in (1, 2, 3):
        for first in range(len(tokens) - size + 1):
            part = tokens[first : first + size]
            yield " ".join(token for token, _, _ in part), part[0][1], part[-1][2]


def bucket(gram: str) -> int:
    """The hashed place of an n-gram, 0 … BUCKETS − 1; the same on every machine."""
    return zlib.crc32(gram.encode()) % BUCKETS


def gram_buckets(text: str) -> npt.NDArray[np.int64]:
    """Distinct buckets of the text's n-grams, sorted."""
    return np.unique(np.fromiter((bucket(gram) for gram, _, _ in grams(normal(text))), dtype=np.int64))


def rule_matrix(texts: Sequence[str], lexicon: Lexicon) -> npt.NDArray[np.float32]:
    """Rule features of many texts, shape (n, len(names)), float32."""
    return np.stack([read_rules(text, lexicon).values for text in texts])


VECTOR_SCALE, RULE_SCALE, GRAM_SCALE = 8.0, 1.0, 3.0


def gram_weight(count: int) -> float:
    """The value of each of `count` distinct n-grams, so that long texts do not outshout short ones."""
    return GRAM_SCALE / float(np.sqrt(max(1, count)))
