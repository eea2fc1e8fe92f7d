"""The words that drove a mood: read from the head's own weights, so that an explanation costs no second model run."""

from __future__ import annotations

from actions.mood.features import RULE_SCALE, Lexicon, bucket, gram_weight, grams, normal, read_rules
from actions.mood.head import Head

MOST = 5
LEAST = 0.15
# these categories shape the verdict but explain nothing to an agent
_SILENT = frozenset({"about_us", "polite", "asking", "third_party"})
_ENGLISH = (
    "a an and are as at be but by do for from has have i in is it its me my no of on or so than that the then there"
)
_MORE = "this to was we were what when with you your"
_CHINESE = "你们 什么 我的 你的 这个 那个 一个 我要 是什么 的是 了我 我们 他们 快递 客服"
_WORDLESS = frozenset(f"{_ENGLISH} {_MORE} {_CHINESE}".split())


def driving_words(text: str, column: int | None, head: Head, lexicon: Lexicon) -> tuple[str, ...]:
    """Up to five words of the text with the most weight on output `column`, strongest first, none inside another."""
    if column is None:
        return ()
    form = normal(text)
    weights: dict[str, float] = {}
    for name, word in read_rules(text, lexicon).hits:
        if name in _SILENT:
            continue
        weight = float(head.rules[lexicon.names.index(name), column]) * RULE_SCALE
        weights[word.strip()] = weights.get(word.strip(), 0.0) + weight
    found = list(grams(form))
    value = gram_weight(len({gram for gram, _, _ in found}))
    for gram, start, end in found:
        word = form[start:end].strip()
        if _tells(word):
            weight = float(head.grams[bucket(gram), column]) * value
            weights[word] = max(weights.get(word, 0.0), weights.get(word, 0.0) + weight)
    ranked = sorted((w for w in weights if w and weights[w] >= LEAST), key=lambda w: -weights[w])
    return tuple(_as_written(word, text, form) for word in _apart(ranked))


def _tells(word: str) -> bool:
    """Whether a word explains anything: no lone character, function word or mark but `!` and emoji."""
    if word in _WORDLESS:
        return False
    if any(char.isalnum() for char in word):
        return len(word) > 1 and all(char.isalnum() or char in " '" for char in word)
    return "!" in word or any(ord(char) > 0x2600 and not 0x3000 <= ord(char) <= 0xFFEF for char in word)


def _apart(ranked: list[str]) -> list[str]:
    kept: list[str] = []
    for word in ranked:
        if len(kept) < MOST and not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept


def _as_written(word: str, text: str, form: str) -> str:
    """The word as the customer wrote it (case, traditional characters), where the forms line up."""
    start = form.find(word)
    if start < 0 or len(form) != len(text[: len(form)]):
        return word
    written = text[start : start + len(word)]
    return written if normal(written) == word else word
