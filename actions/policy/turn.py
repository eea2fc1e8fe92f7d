"""One turn prepared for the rules: the signals with what several rules ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from actions.policy.config import PolicyConfig
from actions.policy.text import has_words, normal, plain
from actions.signals import Candidate, Signals

SAYS_MORE_CHARS = 10


@dataclass(frozen=True)
class Turn:
    """Signals and settings of one turn; `form` is the text in normal form."""

    signals: Signals
    config: PolicyConfig
    form: str

    @classmethod
    def of(cls, signals: Signals, config: PolicyConfig) -> Turn:
        """Prepare a turn."""
        return cls(signals, config, normal(signals.text))

    def intent_is(self, name: str) -> bool:
        """Whether the classifier said `name` and was sure enough."""
        return self.signals.intent == name and self.signals.intent_confidence >= self.config.intents.min_confidence

    @property
    def best(self) -> Candidate | None:
        """The best FAQ candidate."""
        return self.signals.faq[0] if self.signals.faq else None

    @property
    def in_form(self) -> bool:
        """Whether a form is running."""
        return bool(self.signals.active_form)

    @cached_property
    def has_words(self) -> bool:
        """Whether the text holds any letter or digit."""
        return has_words(self.signals.text)

    @property
    def says_more(self) -> bool:
        """Whether the text is longer than a bare yes or no, so that it may hold a question too."""
        return len(plain(self.form)) > SAYS_MORE_CHARS and self.best is not None and self.best.zone != "none"

    @property
    def asks_question(self) -> bool:
        """Whether the text reads like a question."""
        return self.config.faq.questions.find(self.form) is not None

    @property
    def faq_sure(self) -> bool:
        """Whether the best FAQ hit is sure enough to outweigh Rasa's own rules."""
        best = self.best
        return best is not None and best.zone == "answer" and best.score >= self.config.faq.sure

    @cached_property
    def asks_person(self) -> bool:
        """Whether the customer asks for a person now, in any wording."""
        settings = self.config.asked
        if settings.still_asks.find(self.form):
            return True
        form = settings.lookalikes.without(self.form)
        # "不要人工…转人工" both declines and asks: what is left after taking the refusal out decides
        left = settings.declined.without(form)
        if settings.patterns.find(left):
            return True
        untouched = left == self.form
        sure = self.signals.intent_confidence >= settings.min_confidence
        return untouched and sure and self.signals.intent == self.config.intents.ask_person

    @property
    def angry(self) -> bool:
        """Whether the conversation is angry and this message does not already sound calm."""
        mood, state = self.signals.mood, self.signals.mood_state
        if state.level != "angry" or mood.label == "positive":
            return False
        return mood.anger * mood.directed >= self.config.angry.min_anger

    @property
    def unhappy(self) -> bool:
        """Whether this message is ill-humoured at us."""
        return self.signals.mood.label in ("angry", "negative") and self.signals.mood.directed >= 0.5

    @property
    def tense(self) -> bool:
        """Whether bad feeling has gathered and this message adds to it."""
        return self.signals.mood_state.level != "calm" and self.unhappy

    @property
    def may_offer(self) -> bool:
        """An offer is made once, and never after a refusal."""
        memory = self.signals.memory
        return memory.offers == 0 and not memory.declined

    @property
    def situation(self) -> str | None:
        """The key of the empathy wording that fits, or None when none is due."""
        mood = self.signals.mood
        settings = self.config.empathy
        if mood.label not in ("angry", "negative") or mood.valence > settings.below_valence or self.in_form:
            return None
        for key, patterns in settings.situations:
            if patterns.find(self.form):
                return key
        return "general"


def declines_person(turn: Turn) -> bool:
    """Whether the customer says that no person is wanted."""
    form = turn.config.asked.lookalikes.without(turn.form)
    return turn.config.asked.declined.find(form) is not None
