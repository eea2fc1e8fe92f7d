"""Questions the shop does not answer, as gaps meet them: which wordings stand in the FAQ folder, which may go there."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import structlog

from handoff.insight.faq_confirmed import is_private
from knowledge_base.errors import FaqError
from knowledge_base.refused import refused_files, refused_in
from knowledge_base.text import normalise

log = structlog.get_logger(__name__)

# More wordings of one gap teach the search nothing, and would bury what editors wrote by hand.
MOST_WORDINGS = 50


def refusable(wordings: Iterable[str]) -> dict[str, str]:
    """The first fifty wordings as lines of a file, by their `normalise`d form; none that may name a customer."""
    lines = (_line(wording) for wording in wordings)
    found: dict[str, str] = {}
    for line in lines:
        key = normalise(line)
        if key and not is_private(line):
            found.setdefault(key, line)
    return dict(islice(found.items(), MOST_WORDINGS))


def refused_keys(faq_dir: Path) -> set[str]:
    """`normalise`d questions of all files that can be read; the others are logged and count as empty."""
    keys: set[str] = set()
    try:
        files = refused_files(faq_dir)
    except OSError as error:
        log.warning("refused_questions_unreadable", error=str(error))
        return keys
    for path in files:
        try:
            keys.update(normalise(question.text) for question in refused_in(path, faq_dir))
        except FaqError as error:
            log.warning("refused_questions_unreadable", error=str(error))
    return keys - {""}


def _line(wording: str) -> str:
    """A customer's words as one line that is no note: without signs nobody sees, and without `#` in front."""
    seen = "".join(char for char in wording if char.isprintable() or char.isspace())
    return " ".join(seen.split()).lstrip("# ")
