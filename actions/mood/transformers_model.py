"""A Hugging Face text-classification model in place of the shipped head, for operators who have a better one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actions.mood.errors import MoodModelError
from actions.mood.reading import LABELS, Label, Mood

Scores = list[dict[str, Any]]
Classifier = Callable[[list[str]], list[Scores]]
MAX_CHARS = 600
_VALENCE: dict[Label, float] = {"angry": 0.05, "negative": 0.2, "neutral": 0.5, "positive": 0.9}


@dataclass(frozen=True)
class TransformersConfig:
    """model: name or folder of the model. labels: the model's label → ours (several may share one of ours)."""

    model: str
    labels: Mapping[str, Label]

    @classmethod
    def load(cls, path: Path) -> TransformersConfig:
        """Read `{"model": "…", "labels": {"LABEL_0": "angry", …}}`. Raises MoodModelError for anything else."""
        example = 'write {"model": "folder-or-name", "labels": {"LABEL_0": "angry", "LABEL_1": "neutral"}}'
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MoodModelError(path, f"cannot be read as JSON ({error})", example) from error
        if not isinstance(data, dict) or not isinstance(data.get("model"), str):
            raise MoodModelError(path, "names no model", example)
        labels = data.get("labels")
        if not isinstance(labels, dict) or not labels:
            raise MoodModelError(path, "maps no labels", example)
        for theirs, ours in labels.items():
            if ours not in LABELS:
                raise MoodModelError(path, f"maps {theirs!r} to {ours!r}", f"use one of: {', '.join(LABELS)}")
        return cls(data["model"], labels)


class TransformersMood:
    """Reads mood from the classifier's probabilities; urgency and spans are not known to such a model."""

    def __init__(self, classifier: Classifier, config: TransformersConfig) -> None:
        self._classify = classifier
        self._config = config

    @classmethod
    def load(cls, config: TransformersConfig) -> TransformersMood:
        """Load the pipeline on the CPU. Raises MoodModelError when the model is absent or a label unmapped."""
        remedy = "give the folder of a downloaded text-classification model"
        if Path(config.model).is_absolute() and not Path(config.model).is_dir():
            raise MoodModelError(config.model, "is no folder", remedy)  # told at once: the import below takes seconds
        from transformers import pipeline

        try:
            pipe: Any = pipeline("text-classification", model=config.model, top_k=None, device=-1)
        except (OSError, ValueError, RuntimeError) as error:
            raise MoodModelError(config.model, f"cannot be loaded ({error})", remedy) from error
        known = set(pipe.model.config.id2label.values())
        unmapped = sorted(known - set(config.labels))
        if unmapped:
            raise MoodModelError(
                config.model, f"has the label {unmapped[0]!r}", "map each of its labels to one of ours"
            )
        return cls(lambda texts: pipe(texts, truncation=True), config)

    def read(self, texts: Sequence[str], vectors: npt.NDArray[np.float32]) -> list[Mood]:
        """One Mood per text; the vectors are not used (such a model has its own encoder)."""
        if not texts:
            return []
        found = self._classify([text[:MAX_CHARS] or " " for text in texts])
        return [self._mood(scores) if text.strip() else Mood() for text, scores in zip(texts, found, strict=True)]

    def _mood(self, scores: Scores) -> Mood:
        shares = dict.fromkeys(LABELS, 0.0)
        for item in scores:
            ours = self._config.labels.get(str(item["label"]))
            if ours is not None:
                shares[ours] += float(item["score"])
        total = sum(shares.values()) or 1.0
        label = max(LABELS, key=lambda name: shares[name])
        valence = sum(_VALENCE[name] * share for name, share in shares.items()) / total
        return Mood(valence=valence, anger=shares["angry"] / total, label=label)
