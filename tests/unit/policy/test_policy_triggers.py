"""Every other trigger of the policy, its look-alikes, and what is left to the FAQ and to Rasa."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.mood.reading import LABELS, Mood
from actions.mood.state import LEVELS, MoodState
from actions.policy import Candidate, Memory, decide, hand_over
from actions.signals import ACTIONS, REASONS, ZONES, Decision, Signals
from tests.unit.policy.cases import CONFIG, hit, level, mood, signals

ANGRY = {"mood": mood("angry", 0.85, 0.1), "mood_state": level("angry")}
UPSET = {"mood": mood("negative", 0.2, 0.25), "mood_state": level("tense")}

CRISIS = [
    "我不想活了",
    "再不退款我就去跳楼",
    "孩子误吞了纽扣电池",
    "宝宝用了之后全身过敏了",
    "充电宝着火了",
    "热水器漏电，电到我了",
    "家里煤气泄漏了",
    "电池爆炸了",
    "I want to kill myself",
    "my baby swallowed a magnet",
    "the charger caught fire",
    "I smell gas in the kitchen",
    "my son is in hospital after eating this",
]
NO_CRISIS = [
    "这个会不会漏电",
    "防爆炸玻璃多少钱",
    "有一氧化碳报警器吗",
    "气炸了",
    "爆炸盐怎么用",
    "充电的时候会着火吗",
    "这颜色好看到爆炸头",
    "will it explode",
    "do you sell smoke detectors",
    "怎么防触电",
]
THREATS = [
    ("我会请律师处理", "topic_legal"),
    ("我要去12315举报", "topic_legal"),
    ("法院见", "topic_legal"),
    ("按消法退一赔三", "topic_legal"),
    ("I will contact my lawyer", "topic_legal"),
    ("I'm going to sue", "topic_legal"),
    ("my bank will do a chargeback", "topic_legal"),
    ("我的卡被盗刷了", "topic_money_lost"),
    ("你们重复扣了我两次钱", "topic_money_lost"),
    ("I was charged twice", "topic_money_lost"),
    ("你们泄露了我的个人信息", "topic_privacy"),
    ("my data was leaked", "topic_privacy"),
    ("我要曝光你们", "topic_media"),
    ("我是电视台记者", "topic_media"),
    ("I'll go to the press", "topic_media"),
    ("吃了你们的蛋糕上吐下泻", "topic_safety"),
    ("菜里吃出蟑螂", "topic_safety"),
    ("I have a rash after using it", "topic_safety"),
]
NO_THREATS = [
    "晒单发小红书有奖励吗",
    "报警器一直响怎么关",
    "假一赔十吗",
    "怎么防止被骗",
    "会不会泄露我的信息",
    "曝光补偿怎么调",
    "这个律师袍有大码吗",
    "what tissue paper do you use",
    "I saw it on instagram",
]


@pytest.mark.parametrize("text", CRISIS)
def test_danger_comes_before_everything(text: str) -> None:
    decision = decide(signals(text, "greet", active_form="complaint_form", faq=(hit(score=0.99),)), CONFIG)
    assert (decision.action, decision.reason, decision.priority) == ("handover", "sensitive_topic", 3)
    assert decision.rule.startswith("crisis_")


@pytest.mark.parametrize("text", NO_CRISIS + NO_THREATS)
def test_questions_and_turns_of_speech_are_no_danger(text: str) -> None:
    assert decide(signals(text, faq=(hit(),)), CONFIG).action == "answer"


@pytest.mark.parametrize(("text", "rule"), THREATS)
def test_sensitive_words_go_to_a_person(text: str, rule: str) -> None:
    decision = decide(signals(text, faq=(hit(score=0.99),)), CONFIG)
    assert (decision.action, decision.reason, decision.rule) == ("handover", "sensitive_topic", rule)


def test_a_sensitive_topic_is_answered_only_when_the_faq_is_sure() -> None:
    asked = signals("怎么删除我的个人信息")
    assert decide(replace(asked, faq=(hit(score=0.95),)), CONFIG).action == "answer"
    assert decide(replace(asked, faq=(hit(score=0.6),)), CONFIG).rule == "topic_privacy"
    assert decide(replace(asked, faq=(hit("clarify", 0.95),)), CONFIG).rule == "topic_privacy"
    assert decide(asked, CONFIG).reason == "sensitive_topic"


@pytest.mark.parametrize(
    ("given", "action", "rule"),
    [
        (signals("你们怎么回事", **ANGRY), "handover", "angry"),
        (signals("我要投诉", "complaint", **ANGRY), "handover", "angry"),
        (
            signals("好的谢谢", "thanks", mood=mood("positive", 0.0, 0.9), mood_state=level("angry")),
            "none",
            "left_to_rasa",
        ),
        (signals("怎么退货", faq=(hit(),), mood_state=level("angry")), "answer", "faq_answer"),
        (
            signals("老板骂我，气死了", mood=mood("angry", 0.8, 0.1, directed=0.2), mood_state=level("calm")),
            "no_answer",
            "small_talk",
        ),
        (signals("唉怎么又这样", **UPSET), "offer", "tense"),
        (signals("唉怎么又这样", memory=Memory(offers=1), **UPSET), "no_answer", "no_answer"),
        (signals("太慢了，怎么催", faq=(hit(),), **UPSET), "empathise", "faq_answer"),
        (signals("A-1234", "inform", active_form="order_status_form", **UPSET), "none", "form_runs"),
        (signals("我要投诉", "complaint"), "none", "complaint_form"),
        (signals("我要投诉你们", None), "handover", "complaint_words"),
        (signals("I want to file a complaint", None), "handover", "complaint_words"),
        (signals("投诉电话是多少", None, faq=(hit(),)), "answer", "faq_answer"),
        (signals("我不是要投诉，就问问", None, faq=(hit(),)), "answer", "faq_answer"),
        (signals("衣服破了个洞", "complaint", active_form="complaint_form"), "none", "form_runs"),
        (signals("好", "affirm", memory=Memory(complaint_filed=True)), "handover", "complaint_filed"),
        (
            signals("123", "inform", active_form="order_status_form", memory=Memory(form_failures=2)),
            "handover",
            "form_failed",
        ),
        (
            signals("123", "inform", active_form="order_status_form", memory=Memory(form_failures=1)),
            "none",
            "form_runs",
        ),
        (signals("你好", "greet", memory=Memory(action_error=True)), "handover", "action_failed"),
        (signals("好的", "affirm", memory=Memory(offers=1, offered_last=True)), "handover", "accepted_offer"),
        (signals("yes please", None, memory=Memory(offers=1, offered_last=True)), "handover", "accepted_offer"),
        (signals("不用了", "deny", memory=Memory(offers=1, offered_last=True)), "none", "declined_offer"),
        (signals("no thanks", None, memory=Memory(offers=1, offered_last=True)), "none", "declined_offer"),
        (
            signals("不用了，那运费谁来承担呢", None, memory=Memory(offers=1, offered_last=True), faq=(hit(),)),
            "answer",
            "faq_answer",
        ),
        (signals("好的", "affirm"), "none", "left_to_rasa"),
        (signals("你好", "greet", faq=(hit(score=0.8),)), "none", "left_to_rasa"),
        (signals("你好，怎么退货", "greet", faq=(hit(score=0.97),)), "answer", "faq_answer"),
        (signals("怎么退货", "greet", intent_confidence=0.3, faq=(hit(),)), "answer", "faq_answer"),
        (signals("我的订单到哪了", "order_status"), "none", "left_to_rasa"),
        (
            signals("运费险怎么用？", "inform", active_form="order_status_form", faq=(hit(score=0.97),)),
            "answer",
            "faq_in_form",
        ),
        (signals("运费险", "inform", active_form="order_status_form", faq=(hit(score=0.97),)), "none", "form_runs"),
        (
            signals("怎么还没退款？", "inform", active_form="complaint_form", faq=(hit(score=0.97),)),
            "none",
            "form_runs",
        ),
        (signals("怎么退货", "faq", faq=(hit(),)), "answer", "faq_answer"),
        (signals("退", "faq", faq=(hit("clarify", 0.5),)), "clarify", "faq_clarify"),
        (signals("退", "faq", faq=(hit("clarify", 0.5),), memory=Memory(clarifies=2)), "no_answer", "no_answer"),
        (signals("量子纠缠", "faq", faq=(hit("none", 0.1),)), "no_answer", "no_answer"),
        (signals("量子纠缠", "faq", memory=Memory(no_answers=1)), "handover", "no_answer_2"),
        (signals("量子纠缠", "faq", memory=Memory(no_answers=1, declined=True)), "no_answer", "no_answer"),
        (signals("asdfgh", "nonsense", faq=(hit("none", 0.1),)), "none", "left_to_rasa"),
        (signals("😀😀", None), "no_answer", "no_words"),
        (signals("", None), "no_answer", "no_words"),
        (
            signals("怎么退货", "faq", faq=(hit(),), memory=Memory(answered=(("returns-7days", 1),))),
            "offer",
            "same_question_2",
        ),
        (
            signals("怎么退货", "faq", faq=(hit(),), memory=Memory(answered=(("returns-7days", 2),))),
            "handover",
            "same_question_3",
        ),
        (
            signals("怎么退货", "faq", faq=(hit(),), memory=Memory(answered=(("returns-7days", 1),), offers=1)),
            "answer",
            "faq_answer",
        ),
        (signals("怎么退货", "faq", faq=(hit(),), memory=Memory(answered=(("other", 3),))), "answer", "faq_answer"),
        (
            signals("我的包裹到哪里了？", "order_status", memory=Memory(texts=("我的包裹到哪里了",) * 2)),
            "handover",
            "same_question_3",
        ),
        (signals("东西坏了", "faq", vip=True, faq=(hit(),), **UPSET), "handover", "vip_negative"),
        (signals("量子纠缠", "faq", vip=True), "handover", "vip_no_answer"),
        (signals("我要投诉", "complaint", vip=True), "handover", "vip_complaint"),
        (signals("怎么退货", "faq", vip=True, faq=(hit(),)), "answer", "faq_answer"),
        (signals("你好", "greet", vip=True), "none", "left_to_rasa"),
    ],
)
def test_table_of_turns(given: Signals, action: str, rule: str) -> None:
    decision = decide(given, CONFIG)
    assert (decision.action, decision.rule) == (action, rule)
    assert (decision.reason is not None) == (action in ("handover", "offer"))


@pytest.mark.parametrize(
    ("text", "situation"),
    [
        ("都一周了还没到", "delay"),
        ("杯子碎了", "quality"),
        ("客服态度太差", "service"),
        ("多扣的运费呢", "money"),
        ("好失望", "general"),
        ("still waiting for my parcel", "delay"),
        ("it arrived broken", "quality"),
        ("your agent was rude", "service"),
    ],
)
def test_empathy_names_the_situation(text: str, situation: str) -> None:
    decision = decide(signals(text, faq=(hit(),), mood=mood("negative", 0.1, 0.2)), CONFIG)
    assert (decision.action, decision.empathy, decision.next_step) == ("empathise", situation, "answer")


def test_an_offer_is_made_once_in_a_conversation() -> None:
    memory = Memory.empty()
    seen = []
    for text in ("怎么退货", "怎么退货", "不用了", "怎么退货", "怎么退货"):
        turn = signals(text, faq=(hit(),) if text != "不用了" else (), memory=memory)
        decision = decide(turn, CONFIG)
        seen.append(decision.action)
        memory = Memory.from_dict(memory.update(decision, turn).to_dict())
    assert seen == ["answer", "offer", "none", "answer", "answer"]
    assert memory.offers == 1 and memory.declined


def test_no_good_answer_twice_hands_over_and_a_good_one_between_resets() -> None:
    memory = Memory.empty()
    seen = []
    for faq in ((), (hit(),), (), ()):
        turn = signals(f"问题{len(seen)}量子", "faq", faq=faq, memory=memory)
        decision = decide(turn, CONFIG)
        seen.append(decision.action)
        memory = memory.update(decision, turn)
    assert seen == ["no_answer", "answer", "no_answer", "handover"]


def test_emoji_alone_never_adds_up_to_a_handover() -> None:
    memory = Memory.empty()
    for _ in range(4):
        turn = signals("😂", memory=memory)
        decision = decide(turn, CONFIG)
        assert decision.action == "no_answer"
        memory = memory.update(decision, turn)


def test_code_can_ask_for_a_handover() -> None:
    decision = hand_over("complaint", "complaint_form_done", CONFIG)
    assert decision == Decision("handover", "complaint_form_done", "complaint", CONFIG.complaint.priority, "complaints")
    assert hand_over("bot_failed", "timeout", CONFIG).priority == 1


def test_memory_survives_storage_and_odd_values() -> None:
    memory = Memory(1, 2, (("a", 3),), ("b",), 1, True, True, 2, True, True, 2)
    assert Memory.from_dict(memory.to_dict()) == memory
    odd: dict[str, Any] = {"no_answers": -3, "answered": [1], "texts": "x", "offers": True, "declined": "yes"}
    assert Memory.from_dict(odd) == Memory.empty()
    assert Memory.from_dict(None) == Memory.empty()


def test_a_vip_is_never_left_at_a_lower_priority() -> None:
    plain, vip = (decide(signals("法院见", vip=vip), CONFIG) for vip in (False, True))
    assert vip.priority == min(3, plain.priority + 1)


UNIT = st.floats(0, 1)
MOODS = st.builds(Mood, UNIT, UNIT, UNIT, st.sampled_from(LABELS), st.just(()), UNIT)
STATES = st.builds(
    MoodState, st.floats(0, 10), st.sampled_from(LEVELS), st.floats(-5, 5), st.floats(0, 10), st.integers(0, 99)
)
HITS = st.lists(st.builds(Candidate, st.text(max_size=5), UNIT, st.sampled_from(ZONES)), max_size=3).map(tuple)
MEMORIES = st.builds(Memory, st.integers(0, 5), st.integers(0, 5), offers=st.integers(0, 3), offered_last=st.booleans())
INTENTS = st.sampled_from([None, "greet", "affirm", "deny", "complaint", "ask_person", "order_status", "nonsense", "x"])
FORMS = st.sampled_from([None, "complaint_form", "order_status_form"])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), MEMORIES, INTENTS, UNIT, HITS, MOODS, STATES, FORMS, st.booleans())
def test_any_signals_get_a_well_formed_decision(
    text: str,
    memory: Memory,
    intent: str | None,
    sure: float,
    faq: Any,
    felt: Mood,
    state: MoodState,
    form: str | None,
    vip: bool,
) -> None:
    turn = Signals(text, memory, "zh", intent, sure, faq, felt, state, form, vip)
    decision = decide(turn, CONFIG)
    assert decision.action in ACTIONS and decision.rule and 0 <= decision.priority <= 3
    assert decision.reason in REASONS if decision.action in ("handover", "offer") else decision.reason is None
    assert decide(turn, CONFIG) == decision
    assert Memory.from_dict(memory.update(decision, turn).to_dict()) == memory.update(decision, turn)
