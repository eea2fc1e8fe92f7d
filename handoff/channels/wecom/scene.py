"""The word that carries a web conversation into WeChat: random, used once, and signed so that a guess costs nothing."""

from __future__ import annotations

import hashlib
import hmac

MAX_BYTES = 128


def write(secret: str, word: str) -> str:
    """The ``scene_param`` for a word of `handoff.store.wecom.make_scene`."""
    return f"{word}.{_mark(secret, word)}"


def read(secret: str, param: str) -> str:
    """The word inside; empty for anything that we did not write."""
    if len(param.encode()) > MAX_BYTES:
        return ""
    word, _, mark = param.rpartition(".")
    return word if word and hmac.compare_digest(mark.encode(), _mark(secret, word).encode()) else ""


def _mark(secret: str, word: str) -> str:
    return hmac.new(secret.encode(), f"baton-scene\n{word}".encode(), hashlib.sha256).hexdigest()[:24]
