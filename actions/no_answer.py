"""Admits that there is no approved answer and shows the way to a person."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.conversation import Events, active_form_of, decision_of, say_empathy, text_of
from actions.orders import find_order_number

# Rules of the policy that come here for text without words (emoji, punctuation): there the wording differs.
NO_WORDS = "no_words"


class ActionNoAnswer(Action):
    """`utter_nonsense` for text without words, else `utter_no_answer`."""

    def name(self) -> str:
        return "action_no_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say_empathy(dispatcher, tracker)
        if find_order_number(text_of(tracker)) and active_form_of(tracker) is None:
            return [FollowupAction("order_status_form")]  # no FAQ text fits, but the order can be looked up
        wordless = decision_of(tracker).get("rule") == NO_WORDS
        dispatcher.utter_message(response="utter_nonsense" if wordless else "utter_no_answer")
        return []
