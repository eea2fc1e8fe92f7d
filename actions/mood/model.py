"""Reads the mood of messages off the encoding search already made, with a small trained head; runs on every turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from actions.mood.errors import MoodModelMismatch
from actions.mood.features import (
    RULE_SCALE,
    VECTOR_SCALE,
    Lexicon,
    gram_buckets,
    gram_weight,
    load_lexicon,
    normal,
    read_rules,
)
from actions.mood.head import OUTPUTS, SHIPPED, Head, load_head
from actions.mood.reading import Label, Mood
from actions.mood.spans import driving_words
from actions.neighbours import balanced

__all__ = ["Mood", "MoodModel", "MoodReader"]

Floats = npt.NDArray[np.float32]
# From this chance on a message is called angry: best F1 by cross-validation on the training part (model card).
ANGRY_FROM = 0.3
# Bad feeling that names nobody else is said to us, in a talk with us, so it counts as aimed at others only in part.
UNNAMED = 0.4
AT = {name: place for place, name in enumerate(OUTPUTS)}


class MoodReader(Protocol):
    """Anything that reads the mood of messages: the trained head, or a configured Hugging Face model."""

    def read(self, texts: Sequence[str], vectors: Floats) -> list[Mood]:
        """One Mood per text; `vectors` is the encoder's output for them, shape (n, dimension), unit length."""
        ...


class MoodModel:
    """The shipped mood model: a calibrated logistic head on the shared encoder's vector, word lists and n-grams."""

    def __init__(self, head: Head, lexicon: Lexicon) -> None:
        if head.rule_names != lexicon.names:
            raise MoodModelMismatch(
                "actions/mood/lexicon.yml",
                "its categories differ from those the head was trained with",
                "restore the shipped lexicon, or retrain: python -m actions.mood.train",
            )
        self._head = head
        self._lexicon = lexicon

    @classmethod
    def load(cls, path: Path | str = SHIPPED) -> MoodModel:
        """Read the head from a folder holding head.npz and head.json.

        Raises MoodModelDamaged for a damaged file, MoodModelMismatch when the word lists do not belong to it.
        """
        return cls(load_head(Path(path)), load_lexicon())

    @property
    def dimension(self) -> int:
        """Length of one layer of the vectors this model reads; it reads the last one alone, or two."""
        return self._head.dimension

    @property
    def encoder(self) -> str:
        """The encoder the head was trained for."""
        return self._head.encoder

    def read(self, texts: Sequence[str], vectors: Floats) -> list[Mood]:
        """One Mood per text. Raises MoodModelMismatch when the vectors come from an encoder of another size."""
        if not texts:
            return []
        array = np.asarray(vectors, dtype=np.float32)
        widths = (self.dimension, self._head.near.mean.shape[0])
        if array.ndim != 2 or len(array) != len(texts) or array.shape[1] not in widths:
            raise MoodModelMismatch(
                "mood head",
                f"was trained for {self.encoder} with {self.dimension} numbers a text; got {array.shape}",
                "use that encoder (BATON_EMBEDDER), or retrain for yours: python -m actions.mood.train",
            )
        near = self._head.near.sums(balanced(array)) if array.shape[1] > self.dimension else [None] * len(texts)
        meanings = balanced(array[:, : self.dimension])
        return [self._read_one(*each) for each in zip(texts, meanings, near, strict=True)]

    def probabilities(self, text: str, vector: Floats, near: Floats | None = None) -> Floats:
        """The calibrated outputs for one text, shape (len(OUTPUTS),), in the order of OUTPUTS.

        vector: its last layer, unit length. near: what its neighbours say, (len(OUTPUTS),), where both layers are.
        """
        head = self._head
        rules = read_rules(text, self._lexicon).values * RULE_SCALE
        buckets = gram_buckets(text)
        raw = (vector - head.mean) * VECTOR_SCALE @ head.vector + rules @ head.rules + head.bias
        if len(buckets):
            raw = raw + head.grams[buckets].sum(axis=0) * gram_weight(len(buckets))
        both = raw * head.slope + head.shift
        if near is not None:
            both = raw * head.blend[0] + near * head.blend[1] + head.blend[2]
        logits = np.clip(both, -30, 30)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)

    def _read_one(self, text: str, vector: Floats, near: Floats | None) -> Mood:
        if not text.strip():
            return Mood()
        chance = {
            name: float(value) for name, value in zip(OUTPUTS, self.probabilities(text, vector, near), strict=True)
        }
        names_other = self._lexicon.lists["third_party"].search(normal(text)) is not None
        mood = _combine(chance, names_other)
        spans = driving_words(text, _column(mood.label), self._head, self._lexicon)
        return Mood(mood.valence, mood.anger, mood.urgency, mood.label, spans, mood.directed)


def _combine(chance: dict[str, float], names_other: bool) -> Mood:
    """The ordered steps (irritated, angry, furious …) folded into one number each."""
    angry = min(chance["anger2"], max(chance["anger1"], chance["anger2"]))
    furious = min(chance["anger3"], angry)
    irritated = max(chance["anger1"], angry)
    bad, good = max(chance["bad1"], chance["bad2"]), max(chance["good1"], chance["good2"])
    valence = 0.5 + (good + chance["good2"] - bad - chance["bad2"]) / 4
    pressing = max(chance["urgent1"], chance["urgent2"])
    return Mood(
        valence=min(1.0, max(0.0, valence)),
        anger=0.2 * irritated + 0.6 * angry + 0.2 * furious,
        urgency=0.4 * pressing + 0.6 * chance["urgent2"],
        label=_label(angry, bad, good),
        directed=1.0 - chance["other"] * (1.0 if names_other else UNNAMED),
    )


def _label(angry: float, bad: float, good: float) -> Label:
    if angry >= ANGRY_FROM:
        return "angry"
    if bad >= 0.5 and bad >= good:
        return "negative"
    return "positive" if good >= 0.5 else "neutral"


def _column(label: Label) -> int | None:
    """The output whose weights explain the label; None for neutral, which nothing drove."""
    return {"angry": AT["anger2"], "negative": AT["bad1"], "positive": AT["good1"]}.get(label)
