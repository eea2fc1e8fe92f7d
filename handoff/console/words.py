"""The console's own words, one catalogue per language; the pages hand them to the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

Words = dict[str, dict[str, str]]

LANGS = ("zh", "en")
_FILES = {"zh": "zh-CN.yml", "en": "en.yml"}


@cache
def words(lang: str) -> Words:
    """Section -> key -> text of ``zh`` or ``en``."""
    path = Path(__file__).parent / "locale" / _FILES[lang]
    loaded: Words = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def html_lang(lang: str) -> str:
    """The language tag for the page."""
    return "en" if lang == "en" else "zh-CN"
