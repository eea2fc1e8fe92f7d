"""Figures of a mood model on labelled messages: F1 of anger and urgency, accuracy of valence, false alarms."""

from __future__ import annotations

from collections.abc import Sequence

from actions.mood.reading import Mood
from actions.mood.rows import Row


def f1(wanted: Sequence[bool], got: Sequence[bool]) -> tuple[float, float, float]:
    """Precision, recall and F1, each 0 where it has no meaning."""
    hits = sum(w and g for w, g in zip(wanted, got, strict=True))
    precision = hits / sum(got) if any(got) else 0.0
    recall = hits / sum(wanted) if any(wanted) else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def figures(rows: Sequence[Row], moods: Sequence[Mood]) -> dict[str, float | int]:
    """Figures by name, rounded to three places. Angry means anger ≥ 2, negative valence < 0, urgent urgency ≥ 1."""
    result: dict[str, float | int] = {}
    for part in ("all", "zh", "en"):
        pairs = [(row, mood) for row, mood in zip(rows, moods, strict=True) if part in ("all", row.lang)]
        wanted = [row.anger >= 2 for row, _ in pairs]
        got = [mood.label == "angry" for _, mood in pairs]
        precision, recall, score = f1(wanted, got)
        result[f"{part}_messages"] = len(pairs)
        result[f"{part}_angry_precision"] = round(precision, 3)
        result[f"{part}_angry_recall"] = round(recall, 3)
        result[f"{part}_angry_f1"] = round(score, 3)
        result[f"{part}_label_accuracy"] = round(_share([_label(row) == mood.label for row, mood in pairs]), 3)
    signed = [(row, mood) for row, mood in zip(rows, moods, strict=True) if row.valence]
    result["valence_sign_accuracy"] = round(_share([(row.valence > 0) == (m.valence > 0.5) for row, m in signed]), 3)
    urgent = f1([row.urgency >= 1 for row in rows], [mood.urgency >= 0.3 for mood in moods])
    result["urgent_f1"] = round(urgent[2], 3)
    result["furious_missed"] = sum(row.anger == 3 and m.label != "angry" for row, m in zip(rows, moods, strict=True))
    calm = [m.label == "angry" for row, m in zip(rows, moods, strict=True) if row.anger == 0]
    result["calm_called_angry"] = round(_share(calm), 4)
    return result


def _label(row: Row) -> str:
    if row.anger >= 2:
        return "angry"
    return "negative" if row.valence < 0 else "positive" if row.valence > 0 else "neutral"


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
