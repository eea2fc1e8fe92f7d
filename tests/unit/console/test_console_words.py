"""The console's catalogues: the same keys and holes in both languages, and words for all that the policy can say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handoff.console.pages.refusals import refusal_text
from handoff.console.pages.view import rule_text
from handoff.console.words import words
from handoff.errors import AlreadyClaimed, AtCapacity, StaleOwner, StorageUnavailable

CONSOLE = Path(__file__).parents[3] / "handoff" / "console"
REASONS = [
    "asked_for_person",
    "angry",
    "same_question",
    "no_answer",
    "sensitive_topic",
    "vip",
    "flow_failed",
    "bot_failed",
    "complaint",
    "accepted_offer",
]


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_the_same_keys_and_the_same_holes() -> None:
    zh, en = words("zh"), words("en")
    assert {s: set(zh[s]) for s in zh} == {s: set(en[s]) for s in en}
    for section, texts in zh.items():
        for key, text in texts.items():
            assert holes(text) == holes(en[section][key]), f"{section}.{key}"
            assert text.strip() and en[section][key].strip()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_of_the_contract_has_words(lang: str) -> None:
    assert set(REASONS) <= set(words(lang)["reason"])


def test_every_text_the_components_ask_for_exists() -> None:
    known = words("en")
    for path in sorted((CONSOLE / "pages").rglob("*.js")):
        for section, key in re.findall(r"\bt\.(\w+)\.(\w+)", path.read_text(encoding="utf-8")):
            # `t` is the whole catalogue, except where a component narrows it to its own section first.
            if section in known:
                assert key in known[section], f"{path.name}: {section}.{key}"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("angry", "顾客的怒气连续超过上限"),
        ("no_answer_2", "连续 2 次没有答上"),
        ("same_question_3", "同一个问题问了 3 次"),
        ("topic_legal", "涉及敏感话题：legal"),
        ("crisis_self_harm", "可能涉及人身安全：self_harm"),
        ("a_new_rule", "规则：a_new_rule"),
        ("", ""),
    ],
)
def test_a_rule_is_told_in_words_and_an_unknown_one_by_its_name(rule: str, told: str) -> None:
    assert rule_text(rule, words("zh")) == told


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (AlreadyClaimed(winner="王磊"), "王磊"),
        (AtCapacity(cap=5), "5"),
        (StaleOwner(mode="human", owner="王磊", fence=4), "王磊"),
        (StaleOwner(mode="bot", owner=None, fence=4), "机器人"),
        (StaleOwner(mode="queued", owner=None, fence=4), "队列"),
        (StaleOwner(mode="closed", owner=None, fence=4), "结束"),
        (StaleOwner(), "结束"),
        (StorageUnavailable(), "无法保存"),
    ],
)
def test_a_refusal_says_who_has_it_or_what_became_of_it(error: Exception, part: str) -> None:
    assert part in refusal_text(error, "zh")  # type: ignore[arg-type]  # every case is a BatonError
