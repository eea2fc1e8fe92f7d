"""The seam between actions/ and domain.yml: names, slots and responses exist on both sides, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions import registry
from actions.offer_person import DEFAULT_RESPONSE, RESPONSES
from actions.orders import STATUSES
from actions.policy import PolicyConfig
from actions.signals import REASONS
from actions.turn import FLOW_INTENTS

ROOT = Path(__file__).resolve().parents[2]
DOMAIN: dict[str, Any] = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
CODE = {path: path.read_text(encoding="utf-8") for path in (ROOT / "actions").rglob("*.py")}
LITERAL = re.compile(r"""["'](utter_[a-z_]+)["']""")
TURN_SLOTS = ("mood", "mood_state", "faq", "lang", "next_step", "decision", "memory", "turn_id", "order_number")


def used_responses() -> set[str]:
    """Every response an action may send: the literal names, and those built from a status, reason or situation."""
    literal = {name for text in CODE.values() for name in LITERAL.findall(text)}
    built = {f"utter_order_{status}" for status in STATUSES}
    built |= {f"utter_handover_{reason}" for reason in REASONS}
    built |= {f"utter_empathy_{key}" for key, _ in PolicyConfig.load(ROOT / "actions/policy.yml").empathy.situations}
    built |= {"utter_complaint_ask_text", "utter_complaint_ask_contact", "utter_empathy_general"}
    return literal | built | set(RESPONSES.values()) | {DEFAULT_RESPONSE}


def test_each_action_is_in_the_domain_and_back() -> None:
    assert {action().name() for action in registry.ACTIONS} == set(DOMAIN["actions"])


def test_actions_set_only_slots_that_exist() -> None:
    written = {name for text in CODE.values() for name in re.findall(r'SlotSet\("([a-z_]+)"', text)}
    assert (written - {"requested_slot"}) | set(TURN_SLOTS) <= set(DOMAIN["slots"])


def test_no_slot_influences_the_dialogue_or_names_an_action() -> None:
    for name, slot in DOMAIN["slots"].items():
        assert slot["influence_conversation"] is False, name
        assert slot["mappings"] == [{"type": "custom"}], name


@pytest.mark.parametrize("response", sorted(used_responses()))
def test_each_response_used_exists(response: str) -> None:
    assert response in DOMAIN["responses"]


@pytest.mark.parametrize("response", sorted(DOMAIN["responses"]))
def test_each_response_is_in_both_languages_with_the_same_placeholders(response: str) -> None:
    variations = DOMAIN["responses"][response]
    chinese = [v for v in variations if "condition" not in v]
    english = [v for v in variations if "condition" in v]
    assert chinese and english
    assert all(v["condition"] == [{"type": "slot", "name": "lang", "value": "en"}] for v in english)
    assert all(re.search(r"[\u4e00-\u9fff]", v["text"]) for v in chinese)
    assert not any(re.search(r"[\u4e00-\u9fff]", v["text"]) for v in english)
    needed = {frozenset(re.findall(r"{(\w+)}", v["text"])) for v in chinese}
    assert {frozenset(re.findall(r"{(\w+)}", v["text"])) for v in english} == needed
    assert len({bool(v.get("buttons")) for v in variations}) == 1


def test_each_response_is_used_somewhere() -> None:
    rules = (ROOT / "bot/data/rules.yml").read_text(encoding="utf-8")
    spoken = used_responses() | set(re.findall(r"action: (utter_\w+)", rules))
    assert set(DOMAIN["responses"]) <= spoken


def test_flow_intents_exist() -> None:
    assert {name for item in DOMAIN["intents"] for name in item} >= FLOW_INTENTS
