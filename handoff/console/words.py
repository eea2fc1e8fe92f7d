"""The console's own words, catalogues per language; the pages hand them to the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

Words = dict[str, dict[str, str]]

LANGS = ("zh", "en")
_TAGS = {"zh": "zh-CN", "en": "en"}
_LOCALE = Path(__file__).parent / "locale"


@cache
def words(lang: str) -> Words:
    """Section -> key -> text of ``zh`` or ``en``: the main catalogue and those of single pages (``people.en.yml``)."""
    tag, together = _TAGS[lang], Words()
    for path in (_LOCALE / f"{tag}.yml", *sorted(_LOCALE.glob(f"*.{tag}.yml"))):
        for section, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            together.setdefault(section, {}).update(texts)
    return together


def html_lang(lang: str) -> str:
    """The language tag for the page."""
    return "en" if lang == "en" else "zh-CN"
