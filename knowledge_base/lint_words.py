"""Checks the words of answers: forbidden ones with the approved alternative, and Markdown a channel cannot show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.lint_place import ANSWER, Spot
from knowledge_base.models import Entry

DEFAULT_FILE = Path(__file__).with_name("forbidden.yml")
_MARKDOWN = {
    "a table": re.compile(r"^\s*\|?\s*:?-{3,}:?\s*\|", re.M),
    "a heading": re.compile(r"^#{1,6} ", re.M),
    "a code block": re.compile(r"^ {0,3}(```|~~~)", re.M),
    "an image": re.compile(r"!\[[^\]]*\]\("),
    "a link": re.compile(r"(?<!!)\[[^\]]+\]\("),
    "HTML": re.compile(r"</?[a-zA-Z][^>]*>"),
}
# What the widget draws as plain text: its Markdown is bold, lists, links and headings.
_NOT_IN_WIDGET = ("a table", "a code block", "an image", "HTML")
_ADDRESS = re.compile(r"https?://\S+|/\S+")


class ForbiddenWordsBroken(KnowledgeBaseError):
    """The list of forbidden words cannot be read."""


@dataclass(frozen=True)
class Forbidden:
    """A word, what to write instead, and texts in which it may stand."""

    word: str
    use: str
    unless: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def forbidden_words(path: Path = DEFAULT_FILE) -> tuple[Forbidden, ...]:
    """Read the list; raises ForbiddenWordsBroken."""
    remedy = "write lines such as: - {word: 尽快, use: 写明几天}"
    try:
        rows = yaml.safe_load(path.read_text("utf-8")) or []
        words = (Forbidden(str(row["word"]), str(row["use"]), tuple(row.get("unless", ()))) for row in rows)
        return tuple(words)
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ForbiddenWordsBroken(f"cannot read {path}: {error}", remedy) from error


def forbidden_in(text: str, rules: Iterable[Forbidden]) -> list[Forbidden]:
    """The rules that a text breaks; case does not matter, and allowed texts do not count."""
    broken = []
    for rule in rules:
        plain = text.casefold()
        for allowed in rule.unless:
            plain = plain.replace(allowed.casefold(), "")
        if rule.word.casefold() in plain:
            broken.append(rule)
    return broken


def word_problems(entry: Entry) -> Iterator[tuple[str, str, Spot]]:
    """(message, remedy, place) for each problem in the words of an entry's answers."""
    for name, text in ((ANSWER, entry.answer), ("answer_wechat", entry.answer_wechat)):
        for rule in forbidden_in(text, forbidden_words()):
            field = "answer" if name == ANSWER else name
            yield f"`{field}` says “{rule.word}”", f"write instead: {rule.use}", Spot(name, rule.word)
    where, shown = ("answer_wechat", entry.answer_wechat) if entry.answer_wechat else (ANSWER, entry.answer)
    for kind, pattern in _MARKDOWN.items():
        if found := pattern.search(shown):
            remedy = "write the WeChat text in `answer_wechat: |`, without Markdown"
            yield f"WeChat cannot show {kind}", remedy, Spot(where, found[0].strip())
    for kind in _NOT_IN_WIDGET:
        if found := _MARKDOWN[kind].search(entry.answer):
            remedy = "write a list instead; pictures go into `images`"
            yield f"the widget cannot show {kind}", remedy, Spot(ANSWER, found[0].strip())
    for key, addresses in (("images", entry.images), ("links", entry.links)):
        for address in addresses:
            if not _ADDRESS.fullmatch(address):
                yield f"{address[:60]!r} is not an address", "start it with https:// or /", Spot(key, address)
    for title in entry.buttons:
        if len(title) > 20:
            yield f"the button {title[:30]!r} has more than 20 characters", "shorten it", Spot("buttons", title)
