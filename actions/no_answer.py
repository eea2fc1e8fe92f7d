"""Admits that there is no approved answer and shows the way to a person."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, decision_of, say_empathy

# Rules of the policy that come here for text without words (emoji, punctuation): there the wording differs.
NO_WORDS = "no_words"


class ActionNoAnswer(Action):
    """`utter_nonsense` for text without words, else `utter_no_answer`."""

    def name(self) -> str:
        return "action_no_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say_empathy(dispatcher, tracker)
        wordless = decision_of(tracker).get("rule") == NO_WORDS
        dispatcher.utter_message(response="utter_nonsense" if wordless else "utter_no_answer")
        return []
