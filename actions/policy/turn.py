"""One turn prepared for the rules: the signals with what several rules ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from actions.policy.config import PolicyConfig
from actions.policy.text import has_words, normal, plain
from actions.signals import Candidate, Signals

SAYS_MORE_CHARS = 10
MURMUR_CHARS = 2
COURTESY_CHARS = 12
BARE_COMPLAINT_CHARS = (6, 26)  # zh, en
KEYWORD_CHARS = (6, 24)  # zh, en: up to this long a text may be the words of a search
REFUSED = 0.5
FURIOUS = 0.8
CROSS = 0.3
CLEARLY = 0.15
SURE_TALK = 0.8


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
    def murmurs(self) -> bool:
        """Whether the text is a bare sound ("哦", "hm") that asks nothing and that nothing answers."""
        unanswered = self.best is None or self.best.zone == "none"
        owned = self.signals.intent in self.config.intents.rasa
        return len(plain(self.form)) <= MURMUR_CHARS and unanswered and not owned and not self.asks_question

    @property
    def talks(self) -> bool:
        """Whether the text tells or chats and asks nothing, so that having no answer to it is no failure."""
        chance = self.signals.needs.get("talk", 0.0)
        if self.asks_question:
            return chance >= SURE_TALK  # "do you dream?"
        return self.unhappy_elsewhere or self._remarks or chance >= self.config.faq.talk.enter

    @property
    def _remarks(self) -> bool:
        """Whether a calm sentence nothing answers neither asks nor wishes: "old age, you know". A bare word may ask."""
        requests, limit = self.config.faq.requests, KEYWORD_CHARS[self.signals.lang == "en"]
        if not requests.compiled or self.signals.mood.anger >= CROSS or len(plain(self.form)) <= limit:
            return False
        return (self.best is None or self.best.zone == "none") and requests.find(self.form) is None

    @property
    def unhappy_elsewhere(self) -> bool:
        """Whether this message is ill-humoured at somebody else (weather, boss, another shop)."""
        return self.signals.mood.label in ("angry", "negative") and self.signals.mood.directed < 0.5

    @property
    def is_courtesy(self) -> bool:
        """Whether the text is a bare greeting, thanks, yes or no, which no FAQ entry must ever answer."""
        polite = self.signals.intent in self.config.intents.courtesy
        return polite and len(plain(self.form)) <= COURTESY_CHARS and not self.asks_question

    @property
    def says_more(self) -> bool:
        """Whether the text is more than a bare yes or no: long, or a question, and the FAQ knows of it."""
        more = len(plain(self.form)) > SAYS_MORE_CHARS or self.asks_question
        return more and self.best is not None and self.best.zone != "none"

    @property
    def asks_question(self) -> bool:
        """Whether the text reads like a question."""
        return self.config.faq.questions.find(self.form) is not None

    @property
    def faq_sure(self) -> bool:
        """Whether the best FAQ hit is sure enough to outweigh Rasa's own rules."""
        best = self.best
        return best is not None and best.zone == "answer" and best.score >= self.config.faq.sure

    @property
    def unhelped(self) -> bool:
        """Whether the text says itself that the answer before was no help, or that the same is asked once more."""
        chance = self.signals.needs.get("unhelped", 0.0)
        return bool(self.signals.memory.texts) and chance >= self.config.same_question.unhelped_from

    @cached_property
    def asks_person_in_words(self) -> bool:
        """Whether the customer says that a person is wanted: by the lists of the policy file, or by the meaning."""
        settings, needs = self.config.asked, self.signals.needs
        if settings.still_asks.find(self.form) is not None:
            return True
        worded = settings.patterns.find(self._left) is not None
        if not worded and self._left != self.form:
            return False  # "when are agents there?", "no agent": near in meaning to asking for one
        refused = needs.get("refuse_person", 0.0)
        if refused >= REFUSED / 2 and refused > needs.get("ask_person", 0.0) + CLEARLY and not self._asks_after:
            return False
        return settings.meaning.holds(worded, needs, answered=self.faq_sure)

    @property
    def _asks_after(self) -> bool:
        """Whether known words ask for a person after known words refuse one: "不用人工……算了，转人工"."""
        refused, asked = self._left.rfind("\u25a1"), self.config.asked.patterns.find(self._left)
        return refused >= 0 and asked is not None and self._left.rfind(asked) > refused

    @cached_property
    def _left(self) -> str:
        """The text without look-alikes and refusals: "不要人工…转人工" both declines and asks, the rest decides."""
        settings = self.config.asked
        return settings.declined.without(settings.lookalikes.without(self.form))

    @cached_property
    def refuses_offer(self) -> bool:
        """Whether the text says no, should a person have been offered."""
        refuse = self.config.offer.refuse.find(self.form) is not None
        return (refuse and not self.asks_person_in_words) or self.intent_is(self.config.intents.deny)

    @property
    def asks_person(self) -> bool:
        """Whether the customer asks for a person now, by words or by a sure classifier."""
        if self.asks_person_in_words:
            return True
        settings, needs = self.config.asked, self.signals.needs
        untouched = self._left == self.form
        sure = self.signals.intent_confidence >= settings.min_confidence
        meant = needs.get("ask_person", 1.0) >= settings.meaning.enter / 2 and needs.get("refuse_person", 0.0) < REFUSED
        return untouched and sure and meant and self.signals.intent == self.config.intents.ask_person

    @property
    def angry(self) -> bool:
        """Whether the conversation is angry and this message does not already sound calm."""
        mood, state = self.signals.mood, self.signals.mood_state
        if state.level != "angry" or mood.label == "positive":
            return False
        return mood.anger * mood.directed >= self.config.angry.min_anger

    @property
    def furious(self) -> bool:
        """Whether this message is too angry, or the talk was already too heated, for anything else to be the reason."""
        state = self.signals.mood_state
        heated = state.evidence - state.trend >= self.config.mood.tense_enter
        return self.angry and (heated or self.signals.mood.anger * self.signals.mood.directed >= FURIOUS)

    @property
    def bare_complaint(self) -> bool:
        """Whether the text only says that there is a complaint, in a talk not heated before: a form can start."""
        state, limit = self.signals.mood_state, BARE_COMPLAINT_CHARS[self.signals.lang == "en"]
        heated = state.evidence - state.trend >= self.config.mood.tense_enter
        return self.intent_is(self.config.intents.complaint) and len(plain(self.form)) <= limit and not heated

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
