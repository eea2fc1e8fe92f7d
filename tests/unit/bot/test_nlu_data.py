"""Guards the NLU training files: enough wordings per intent, none claimed twice, the holdout kept unseen."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
NLU_DIR = ROOT / "bot" / "data" / "nlu"
HOLDOUT = ROOT / "tests" / "fixtures" / "nlu_holdout.jsonl"

INTENTS = frozenset(
    {
        "affirm",
        "ask_faq",
        "ask_person",
        "chitchat",
        "complaint",
        "deny",
        "goodbye",
        "greet",
        "inform",
        "nonsense",
        "order_status",
        "rate",
        "restart",
        "return_refund",
        "thanks",
    }
)
ENTITIES = frozenset({"order_number", "phone"})
MIN_TRAINING = {"zh": 30, "en": 30}
MIN_HOLDOUT = {"zh": 12, "en": 8}

ANNOTATION = re.compile(r"\[([^\]]+)\]\((\w+)\)")
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z]")


def plain(example: str) -> str:
    return ANNOTATION.sub(r"\1", example)


def key(text: str) -> str:
    """Fold what a customer would not notice, so `你好！` and `你好` count as one wording."""
    lowered = " ".join(plain(text).lower().split())
    return re.sub(r"[\W_]+", "", lowered) or lowered


def language(text: str) -> str | None:
    if CJK.search(text):
        return "zh"
    return "en" if LATIN.search(text) else None


def read_blocks() -> list[tuple[Path, dict[str, str]]]:
    blocks: list[tuple[Path, dict[str, str]]] = []
    for path in sorted(NLU_DIR.glob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert document["version"] == "3.1", path.name
        blocks += [(path, block) for block in document["nlu"]]
    return blocks


def read_examples() -> dict[str, list[str]]:
    examples: dict[str, list[str]] = {}
    for path, block in read_blocks():
        if "intent" not in block:
            continue
        lines = block["examples"].splitlines()
        assert all(line.startswith("- ") and line[2:].strip() for line in lines), path.name
        examples.setdefault(block["intent"], []).extend(line[2:].strip() for line in lines)
    return examples


def read_holdout() -> list[dict[str, str]]:
    return [json.loads(line) for line in HOLDOUT.read_text(encoding="utf-8").splitlines()]


def read_patterns() -> dict[str, list[re.Pattern[str]]]:
    return {
        block["regex"]: [re.compile(line[2:]) for line in block["examples"].splitlines()]
        for _, block in read_blocks()
        if "regex" in block
    }


EXAMPLES = read_examples()
PATTERNS = read_patterns()


def test_each_intent_has_its_own_file() -> None:
    assert set(EXAMPLES) == INTENTS
    owners = {block["intent"]: path.stem for path, block in read_blocks() if "intent" in block}
    assert owners == {intent: intent for intent in INTENTS}


@pytest.mark.parametrize("intent", sorted(INTENTS))
@pytest.mark.parametrize("lang", sorted(MIN_TRAINING))
def test_each_intent_has_enough_wordings_in_each_language(intent: str, lang: str) -> None:
    counted = Counter(language(plain(example)) for example in EXAMPLES[intent])
    assert counted[lang] >= MIN_TRAINING[lang]


def test_no_wording_appears_twice() -> None:
    owners: dict[str, list[str]] = {}
    for intent, examples in EXAMPLES.items():
        for example in examples:
            owners.setdefault(" ".join(plain(example).lower().split()), []).append(intent)
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}


def test_punctuation_alone_never_decides_the_intent() -> None:
    owners: dict[str, set[str]] = {}
    for intent, examples in EXAMPLES.items():
        for example in examples:
            owners.setdefault(key(example), set()).add(intent)
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}


def test_entities_are_known_and_their_patterns_match_each_annotation() -> None:
    texts = [text for examples in EXAMPLES.values() for text in examples]
    annotated = [found for text in texts for found in ANNOTATION.findall(text)]
    assert {name for _, name in annotated} == ENTITIES == set(PATTERNS)
    assert [found for found in annotated if not any(p.fullmatch(found[0]) for p in PATTERNS[found[1]])] == []


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_every_number_carries_its_annotation(entity: str) -> None:
    """A number left bare would teach an extractor that it is none."""
    # The annotation leaves a letter behind, so the digits on its two sides cannot join into a number.
    texts = [ANNOTATION.sub("x", text) for examples in EXAMPLES.values() for text in examples]
    assert [text for text in texts if any(p.search(text) for p in PATTERNS[entity])] == []


@pytest.mark.parametrize(
    ("entity", "text", "found"),
    [
        ("order_number", "帮我查QH2026110001到哪了", ["QH2026110001"]),
        ("order_number", "单号 qh 2026-1100-01 谢谢", ["qh 2026-1100-01"]),
        ("order_number", "ＱＨ２０２６１１０００１", ["ＱＨ２０２６１１０００１"]),
        ("order_number", "QH20261100012", []),
        ("order_number", "QH202611", []),
        ("phone", "我电话13800138000，谢谢", ["13800138000"]),
        ("phone", "+86 138-0013-8000", ["+86 138-0013-8000"]),
        ("phone", "010-62345678", ["010-62345678"]),
        ("phone", "订单QH1380013800", []),
        ("phone", "138001380001", []),
    ],
)
def test_patterns_find_numbers_amid_chinese(entity: str, text: str, found: list[str]) -> None:
    assert [match.group() for p in PATTERNS[entity] for match in p.finditer(text)] == found


def test_holdout_is_unseen_in_training() -> None:
    trained = {key(example) for examples in EXAMPLES.values() for example in examples}
    assert [row["text"] for row in read_holdout() if key(row["text"]) in trained] == []


def test_holdout_covers_each_intent_and_language() -> None:
    rows = read_holdout()
    assert len({row["text"] for row in rows}) == len(rows)
    assert all(set(row) == {"text", "intent", "lang"} for row in rows)
    counted = Counter((row["intent"], row["lang"]) for row in rows)
    assert {intent for intent, _ in counted} == INTENTS
    short = {
        (intent, lang): counted[intent, lang]
        for intent in INTENTS
        for lang, least in MIN_HOLDOUT.items()
        if counted[intent, lang] < least
    }
    assert short == {}
