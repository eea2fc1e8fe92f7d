"""The policy that turns the slot `next_step`, set by the action server on every message, into the next action."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData, confidence_scores_for
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa import validator

validator.install()

ACTIONS: Dict[str, str] = {
    "answer": "action_answer",
    "clarify": "action_clarify",
    "no_answer": "action_no_answer",
    "offer": "action_offer_person",
    "handover": "action_hand_over",
}
# Answering inside a form goes back to the form, which asks again; our own question or offer waits for the customer.
RETURNS_TO_FORM = frozenset({"action_answer", "action_no_answer"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class NextStepPolicy(Policy):
    """Certain where `next_step` names an action, silent everywhere else.

    Its predictions are "no user" predictions, the only kind that may interrupt a running form.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"priority": 10}

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        action = next_action(tracker)
        if action is None or action not in domain.action_names_or_texts:
            return self._prediction(self._default_predictions(domain))
        return self._prediction(confidence_scores_for(action, 1.0, domain), is_no_user_prediction=True)


def next_action(tracker: DialogueStateTracker) -> Optional[str]:
    """Name of the action to run, or None to leave the turn to Rasa's other policies."""
    latest = tracker.latest_action_name
    if latest == ACTION_LISTEN_NAME and tracker.get_last_event_for(UserUttered) is not None:
        return ACTIONS.get(tracker.get_slot("next_step") or "none")
    if latest in ACTIONS.values():
        form_waits = tracker.active_loop_name is not None and not tracker.is_active_loop_rejected
        back_to_form = form_waits and latest in RETURNS_TO_FORM
        return None if back_to_form else ACTION_LISTEN_NAME
    return None
