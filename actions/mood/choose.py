"""Which mood model reads the messages: the shipped head, or the one the setting BATON_MOOD_MODEL names."""

from __future__ import annotations

from pathlib import Path

from actions.mood.model import MoodModel, MoodReader
from actions.mood.transformers_model import TransformersConfig, TransformersMood


def mood_reader(setting: str) -> MoodReader:
    """Empty: the shipped head. Else the path of the JSON that names a text-classification model and maps its labels.

    Raises MoodModelError when the file or the model cannot be used.
    """
    if not setting:
        return MoodModel.load()
    return TransformersMood.load(TransformersConfig.load(Path(setting)))
