"""Which language to answer in: the message decides if it can, else the conversation, else the widget's setting."""

from __future__ import annotations

import re

from knowledge_base.text import detect_language

_WORDS = re.compile(r"[\u3400-\u9fff]|[A-Za-z]{2,}")
_CODES = re.compile(r"^\s*[/／][a-z_]+|[A-Za-z]*\d+[A-Za-z0-9]*|\S+@\S+")


def language_of(text: str, before: object = None, preferred: object = None) -> str:
    """`zh` or `en`. `before` is the language of the conversation so far, `preferred` what the channel was set to.

    Numbers, codes, addresses, emoji and a lone "ok" say nothing about language.
    """
    words = _WORDS.findall(_CODES.sub(" ", text))
    fallback = before if before in ("zh", "en") else preferred if preferred in ("zh", "en") else None
    if fallback and (not words or (words[0].lower() in ("ok", "okay", "bye", "hi", "hello") and len(words) == 1)):
        return str(fallback)
    return detect_language(" ".join(words)) if words else "zh"
