"""The phrases the needs head learns from: one heading per need, one phrase a line, checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actions.needs.errors import NeedsDataError

DATA = Path(__file__).with_name("data")
# The outputs of the model. `refuse_person`: "no person, please"; `talk`: asks nothing an answer could be due for;
# `unhelped`: the answer given before did not help, or the same is asked once more.
NEEDS = (
    "ask_person",
    "refuse_person",
    "legal",
    "media",
    "money_lost",
    "privacy",
    "hurt",
    "danger",
    "child_danger",
    "self_harm",
    "complaint",
    "talk",
    "unhelped",
)
NONE = "none"


@dataclass(frozen=True)
class Phrase:
    """One text and the needs it states; none for an ordinary message. weight: how much it counts in training."""

    text: str
    lang: str
    needs: frozenset[str]
    weight: float = 1.0


def load_phrases(folder: Path = DATA) -> list[Phrase]:
    """Every phrase of `*.txt`, each text once. Raises NeedsDataError, with file and line, for an unknown heading."""
    phrases: dict[str, Phrase] = {}
    for path in sorted(folder.glob("*.txt")):
        needs: frozenset[str] | None = None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            text = line.strip()
            if text.startswith("#"):
                needs = _heading(path, number, text)
            elif text and needs is None:
                raise NeedsDataError(path, number, "a phrase stands before the first heading", "begin with `# none`")
            elif text and needs is not None:
                before = phrases.get(text)
                both = needs | before.needs if before else needs
                phrases[text] = Phrase(text, path.stem[:2], both)
    if not phrases:
        raise NeedsDataError(folder, None, "holds no phrases", "restore its *.txt files")
    return list(phrases.values())


def _heading(path: Path, number: int, text: str) -> frozenset[str]:
    names = frozenset(text.lstrip("# ").replace(",", " ").split())
    unknown = sorted(names - {*NEEDS, NONE})
    if unknown or not names:
        known = ", ".join((*NEEDS, NONE))
        raise NeedsDataError(path, number, f"the heading names {unknown[:1] or 'nothing'}", f"use any of: {known}")
    return names - {NONE}
