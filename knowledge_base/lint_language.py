"""Says findings in the editor's language: the check itself speaks English."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("lint.zh.yml")
_HOLE = re.compile(r"\{(t?)(\d)\}")


def said_in(lang: str, sentence: str) -> str:
    """A message or remedy of a finding in ``zh``; in English for any other language and for an unknown sentence."""
    if lang != "zh":
        return sentence
    for pattern, words in _sentences():
        found = pattern.fullmatch(sentence)
        if found:
            return _HOLE.sub(partial(_filled, found), words)
    return sentence


def _filled(found: re.Match[str], hole: re.Match[str]) -> str:
    text = found[int(hole[2])]
    return said_in("zh", text) if hole[1] else text


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple((re.compile(pattern, re.S), words) for pattern, words in rows)
