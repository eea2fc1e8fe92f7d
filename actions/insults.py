"""Takes out FAQ candidates that an insult alone has found: "you crooks" asks nothing about fraud by telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.mood.features import load_lexicon, normal
from actions.mood.reading import Mood
from knowledge_base.models import Hit

INSULTS = ("profanity", "insult", "accusation")
# From this chance on the text reports a loss, so that its words of fraud are the matter and no insult.
REPORTED = 0.5


def without_insults(text: str, mood: Mood, needs: Mapping[str, float]) -> str | None:
    """What is left of an angry text without its insults, in normal form; None when there is nothing to take out.

    An empty text is left of a message that holds nothing else.
    """
    if mood.label != "angry" or needs.get("money_lost", 0.0) >= REPORTED:
        return None
    form = left = normal(text)
    lists = load_lexicon().lists
    for name in INSULTS:
        left = lists[name].sub(" ", left)
    if left == form:
        return None
    left = " ".join(left.split())
    return left if any(char.isalnum() for char in left) else ""


def supported(hits: Sequence[Hit], bare: Sequence[Hit]) -> list[Hit]:
    """The hits that the text finds without its insults too, each as sure as it is then; order kept.

    hits: of the whole text. bare: of what `without_insults` left.
    """
    found = {hit.entry.id: hit for hit in bare if hit.zone != "none"}
    kept = []
    for hit in hits:
        other = found.get(hit.entry.id)
        if other is not None:
            kept.append(hit if hit.score <= other.score else replace(hit, score=other.score, zone=other.zone))
    return kept
