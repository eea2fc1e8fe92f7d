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
ENTITIES = {
    "order_number": re.compile(r"[Qq][Hh]\d{10}"),
    "phone": re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-\d{7,8}"),
}
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
        lines = block["examples"].splitlines()
        assert all(line.startswith("- ") and line[2:].strip() for line in lines), path.name
        examples.setdefault(block["intent"], []).extend(line[2:].strip() for line in lines)
    return examples


def read_holdout() -> list[dict[str, str]]:
    return [json.loads(line) for line in HOLDOUT.read_text(encoding="utf-8").splitlines()]


EXAMPLES = read_examples()


def test_each_intent_has_its_own_file() -> None:
    assert set(EXAMPLES) == INTENTS
    owners = {block["intent"]: path.stem for path, block in read_blocks()}
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


def test_entities_are_known_and_have_the_form_of_their_kind() -> None:
    texts = [text for examples in EXAMPLES.values() for text in examples]
    annotated = [found for text in texts for found in ANNOTATION.findall(text)]
    assert {name for _, name in annotated} == set(ENTITIES)
    assert [(value, name) for value, name in annotated if not ENTITIES[name].fullmatch(value)] == []


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_every_number_carries_its_annotation(entity: str) -> None:
    """A number left bare would teach an extractor that it is none."""
    texts = [ANNOTATION.sub("", text) for examples in EXAMPLES.values() for text in examples]
    assert [text for text in texts if ENTITIES[entity].search(text)] == []


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
