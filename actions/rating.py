"""Takes a rating given in words: five stars, 4/5, 差评."""

from __future__ import annotations

import re
import unicodedata

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, text_of

LOW = 3
_NUMERALS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九十")} | {"两": 2}
_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_BEST = re.compile(r"满分|好评|full marks|top marks|perfect|excellent|非常满意|很满意|十分满意", re.IGNORECASE)
_WORST = re.compile(r"差评|非常不满意|很不满意|terrible|awful|worst", re.IGNORECASE)
_OUT_OF = re.compile(r"(\d+)\s*(?:/|out of|of)\s*(5|10|100)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.])(\d{1,3})(?![\d])")


class ActionRate(Action):
    """Thanks for the score, or asks for one when the words hold none. The gateway keeps it from the slot `rating`."""

    def name(self) -> str:
        return "action_rate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        score = score_in(text_of(tracker))
        if score is None:
            dispatcher.utter_message(response="utter_ask_rating")
            return []
        response = "utter_rating_low" if score < LOW else "utter_rating_thanks"
        dispatcher.utter_message(response=response, score=score)
        return [SlotSet("rating", score)]


def score_in(text: str) -> int | None:
    """A score 1–5 in the text, or None. Scores out of 10 or 100 are brought to 5."""
    plain = unicodedata.normalize("NFKC", text).lower()
    shared = _OUT_OF.search(plain)
    if shared:
        return _on_five(int(shared[1]), int(shared[2]))
    if _WORST.search(plain):
        return 1
    number = _number_in(plain)
    if number is not None:
        return _on_five(number, 5 if number <= 5 else 10 if number <= 10 else 100)
    return 5 if _BEST.search(plain) else None


def _number_in(text: str) -> int | None:
    digits = _NUMBER.search(text)
    if digits:
        return int(digits[1])
    numeral = re.search(r"([零一二两三四五六七八九十])\s*(?:分|星|颗星)", text)
    if numeral:
        return _NUMERALS[numeral[1]]
    word = re.search(r"\b(zero|one|two|three|four|five|ten)\b(?=\s*(?:stars?|points?|out|$))", text)
    return _WORDS[word[1]] if word else None


def _on_five(score: int, scale: int) -> int | None:
    if score > scale:
        return None
    return max(1, round(score * 5 / scale))
