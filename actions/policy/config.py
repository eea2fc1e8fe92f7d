"""The escalation policy's settings as one frozen value, read from the commented YAML file that operators edit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actions.mood.state import StateParams
from actions.needs.rows import NEEDS
from actions.policy.patterns import Meaning, Patterns, Topic
from actions.policy.reader import Section, compose

SHIPPED = Path(__file__).resolve().parent.parent / "policy.yml"


@dataclass(frozen=True)
class AskedSettings:
    """`asked_for_person`: who asks for a person is always handed over."""

    min_confidence: float
    patterns: Patterns
    lookalikes: Patterns
    declined: Patterns
    still_asks: Patterns
    meaning: Meaning
    priority: int
    skill: str | None


@dataclass(frozen=True)
class IntentSettings:
    """`intents`: which Rasa intent means what, and which turns belong to Rasa's own rules."""

    ask_person: str
    complaint: str
    affirm: str
    deny: str
    min_confidence: float
    rasa: frozenset[str]
    repeatable: frozenset[str]
    nonsense: frozenset[str]
    courtesy: frozenset[str]


@dataclass(frozen=True)
class FaqSettings:
    """`faq`: when a FAQ hit outweighs Rasa's own rules, and how often the bot may ask which entry was meant."""

    sure: float
    max_clarifies: int
    questions: Patterns
    requests: Patterns
    free_text_forms: frozenset[str]
    talk: Meaning


@dataclass(frozen=True)
class CountSettings:
    """A trigger that counts (`no_answer`, `same_question`): when to offer, when to hand over; 0 is never.

    unhelped_from: the chance of the need `unhelped` from which a text says that the answer before was no help.
    """

    offer_at: int
    hand_over_at: int
    priority: int
    skill: str | None
    likeness: float = 0.8
    min_chars: int = 4
    unhelped_from: float = 0.6


@dataclass(frozen=True)
class AngrySettings:
    """`angry`: what an angry conversation leads to."""

    priority: int
    skill: str | None
    min_anger: float
    offer_when_tense: bool


@dataclass(frozen=True)
class ComplaintSettings:
    """`complaint`: words of a complaint, for turns the classifier missed."""

    patterns: Patterns
    not_these: Patterns
    meaning: Meaning
    priority: int
    skill: str | None


@dataclass(frozen=True)
class VipSettings:
    """`vip`: which situations hand a VIP over at once, and how much the priority rises."""

    hand_over_on: frozenset[str]
    raise_priority: int
    skill: str | None


@dataclass(frozen=True)
class FlowSettings:
    """`flow_failed`: how often a form may fail."""

    form_failures: int
    priority: int
    skill: str | None


@dataclass(frozen=True)
class OfferSettings:
    """`offer`: words that accept or refuse the offer of a person."""

    accept: Patterns
    refuse: Patterns
    priority: int
    skill: str | None


@dataclass(frozen=True)
class EmpathySettings:
    """`empathy`: below which valence a word of empathy is due, and the words of each situation, in order."""

    below_valence: float
    situations: tuple[tuple[str, Patterns], ...]


VIP_SITUATIONS = frozenset({"negative", "no_answer", "same_question", "complaint"})
EMPATHY_KEYS = ("delay", "quality", "service", "money")


@dataclass(frozen=True)
class PolicyConfig:
    """The whole policy. Make it with `PolicyConfig.load(path)`."""

    mood: StateParams
    intents: IntentSettings
    faq: FaqSettings
    asked: AskedSettings
    angry: AngrySettings
    no_answer: CountSettings
    same_question: CountSettings
    crisis: tuple[Topic, ...]
    topics: tuple[Topic, ...]
    vip: VipSettings
    flow: FlowSettings
    complaint: ComplaintSettings
    offer: OfferSettings
    empathy: EmpathySettings

    @classmethod
    def load(cls, path: Path | str = SHIPPED) -> PolicyConfig:
        """Read and check the file. Raises PolicyError (with file and line) for anything missing, unknown or wrong."""
        top = compose(Path(path))
        version = top.whole("version", 1, 1, 1000)
        if version != 1:
            raise top.error(top.line, f"`version` is {version}, this program reads 1", "start from the shipped file")
        config = cls(
            mood=_mood(top.section("mood")),
            intents=_intents(top.section("intents")),
            faq=_faq(top.section("faq")),
            asked=_asked(top.section("asked_for_person")),
            angry=_angry(top.section("angry")),
            no_answer=_count(top.section("no_answer"), 0, 2, 1),
            same_question=_count(top.section("same_question"), 2, 3, 1),
            crisis=_topics(top.section("crisis"), crisis=True),
            topics=_topics(top.section("sensitive_topics"), crisis=False),
            vip=_vip(top.section("vip")),
            flow=_flow(top.section("flow_failed")),
            complaint=_complaint(top.section("complaint")),
            offer=_offer(top.section("offer")),
            empathy=_empathy(top.section("empathy")),
        )
        top.finish()
        return config


def _mood(section: Section) -> StateParams:
    shipped = StateParams()
    params = StateParams(
        decay=section.number("decay", shipped.decay),
        anger_weight=section.number("anger_weight", shipped.anger_weight, 0, 5),
        negative_weight=section.number("negative_weight", shipped.negative_weight, 0, 5),
        relief=section.number("relief", shipped.relief, 0, 5),
        angry_enter=section.number("angry_enter", shipped.angry_enter, 0.05, 10),
        angry_leave=section.number("angry_leave", shipped.angry_leave, 0, 10),
        tense_enter=section.number("tense_enter", shipped.tense_enter, 0.05, 10),
        tense_leave=section.number("tense_leave", shipped.tense_leave, 0, 10),
        outburst=section.number("outburst", shipped.outburst, 0, 1.01),
    )
    section.finish()
    for level, enter, leave in (
        ("angry", params.angry_enter, params.angry_leave),
        ("tense", params.tense_enter, params.tense_leave),
    ):
        if leave > enter:
            message = f"`mood.{level}_leave` ({leave:g}) is above `mood.{level}_enter` ({enter:g})"
            raise section.error(section.line, message, "leave a level below where it is entered")
    if params.tense_enter > params.angry_enter:
        message = f"`mood.tense_enter` ({params.tense_enter:g}) is above `mood.angry_enter` ({params.angry_enter:g})"
        raise section.error(section.line, message, "tense comes before angry")
    return params


def _intents(section: Section) -> IntentSettings:
    settings = IntentSettings(
        ask_person=section.word("ask_person", "ask_person"),
        complaint=section.word("complaint", "complaint"),
        affirm=section.word("affirm", "affirm"),
        deny=section.word("deny", "deny"),
        min_confidence=section.number("min_confidence", 0.6),
        rasa=frozenset(section.words("rasa")),
        repeatable=frozenset(section.words("repeatable", needed=False)),
        nonsense=frozenset(section.words("nonsense", needed=False)),
        courtesy=frozenset(section.words("courtesy", needed=False)),
    )
    section.finish()
    return settings


def _faq(section: Section) -> FaqSettings:
    settings = FaqSettings(
        sure=section.number("sure", 0.93, 0, 1.01),
        max_clarifies=section.whole("max_clarifies", 2, 1),
        questions=section.patterns("questions"),
        requests=section.patterns("requests", needed=False),
        free_text_forms=frozenset(section.words("free_text_forms", needed=False)),
        talk=_meaning(section, "talk"),
    )
    section.finish()
    return settings


def _asked(section: Section) -> AskedSettings:
    settings = AskedSettings(
        min_confidence=section.number("min_confidence", 0.7),
        patterns=section.patterns("patterns"),
        lookalikes=section.patterns("lookalikes"),
        declined=section.patterns("declined"),
        still_asks=section.patterns("still_asks", needed=False),
        meaning=_meaning(section),
        priority=_priority(section, 1),
        skill=section.optional_word("skill"),
    )
    section.finish()
    return settings


def _angry(section: Section) -> AngrySettings:
    settings = AngrySettings(
        priority=_priority(section, 2),
        skill=section.optional_word("skill"),
        min_anger=section.number("min_anger", 0.35),
        offer_when_tense=section.switch("offer_when_tense", True),
    )
    section.finish()
    return settings


def _count(section: Section, offer_at: int, hand_over_at: int, priority: int) -> CountSettings:
    settings = CountSettings(
        offer_at=section.whole("offer_at", offer_at),
        hand_over_at=section.whole("hand_over_at", hand_over_at),
        priority=_priority(section, priority),
        skill=section.optional_word("skill"),
        likeness=section.number("likeness", 0.8),
        min_chars=section.whole("min_chars", 4),
        unhelped_from=section.number("unhelped_from", 0.6, 0, 1.01),
    )
    section.finish()
    return settings


def _topics(section: Section, *, crisis: bool) -> tuple[Topic, ...]:
    topics = []
    for name in section.names():
        part = section.section(name)
        topics.append(
            Topic(
                name=name,
                words=part.patterns("words", needed=False),
                always=part.patterns("always", needed=crisis),
                unless=part.patterns("unless", needed=False),
                min_score=part.number("min_score", 0.85, 0, 1.01),
                priority=_priority(part, 3 if crisis else 2),
                skill=part.optional_word("skill"),
                before_anger=part.switch("before_anger", False),
                meaning=_meaning(part),
            )
        )
        part.finish()
    return tuple(topics)


def _vip(section: Section) -> VipSettings:
    wanted = section.words("hand_over_on", needed=False)
    unknown = sorted(set(wanted) - VIP_SITUATIONS)
    if unknown:
        known = ", ".join(sorted(VIP_SITUATIONS))
        raise section.error(section.line, f"`vip.hand_over_on` holds {unknown[0]!r}", f"use any of: {known}")
    settings = VipSettings(
        hand_over_on=frozenset(wanted),
        raise_priority=section.whole("raise_priority", 1, 0, 3),
        skill=section.optional_word("skill"),
    )
    section.finish()
    return settings


def _flow(section: Section) -> FlowSettings:
    settings = FlowSettings(
        form_failures=section.whole("form_failures", 2, 1),
        priority=_priority(section, 1),
        skill=section.optional_word("skill"),
    )
    section.finish()
    return settings


def _complaint(section: Section) -> ComplaintSettings:
    settings = ComplaintSettings(
        patterns=section.patterns("patterns"),
        not_these=section.patterns("not_these", needed=False),
        meaning=_meaning(section),
        priority=_priority(section, 2),
        skill=section.optional_word("skill"),
    )
    section.finish()
    return settings


def _offer(section: Section) -> OfferSettings:
    settings = OfferSettings(
        accept=section.patterns("accept"),
        refuse=section.patterns("refuse"),
        priority=_priority(section, 1),
        skill=section.optional_word("skill"),
    )
    section.finish()
    return settings


def _empathy(section: Section) -> EmpathySettings:
    below = section.number("below_valence", 0.38)
    situations = tuple((key, section.patterns(key, needed=False)) for key in EMPATHY_KEYS)
    section.finish()
    return EmpathySettings(below_valence=below, situations=situations)


def _meaning(section: Section, need: str | None = None) -> Meaning:
    """`meaning`, `meaning_from` and `words_from`; without `meaning` the words decide alone."""
    name = section.optional_word("meaning") or need
    enter, veto = section.number("meaning_from", 1.01, 0, 1.01), section.number("words_from", 0.0)
    if name is not None and name not in NEEDS:
        raise section.error(section.line, f"`{section.name}.meaning` is {name!r}", f"use one of: {', '.join(NEEDS)}")
    return Meaning(name, enter, veto)


def _priority(section: Section, default: int) -> int:
    return section.whole("priority", default, 0, 3)
