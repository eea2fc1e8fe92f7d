"""The definitions of every figure a supervisor sees: one catalogue for the wall, the history, the quality sample."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

LANGS = {"zh": "zh-CN", "en": "en"}
_FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Definition:
    """``name`` is what the figure is called, ``meaning`` why it matters, ``counted`` what exactly is counted."""

    key: str
    name: str
    meaning: str
    counted: str

    def to_dict(self) -> dict[str, str]:
        """Plain JSON values, as the ``DefinitionButton`` of the console's pages takes them."""
        return asdict(self)


@cache
def definitions(lang: str) -> dict[str, Definition]:
    """All definitions in ``zh`` or ``en``, by key, from the files ``locale/*.<language>.yml``."""
    found: dict[str, Definition] = {}
    for path in sorted(_FOLDER.glob(f"*.{LANGS[lang]}.yml")):
        for key, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[key] = Definition(key, texts["name"], texts["meaning"], texts["counted"])
    return found


def definition(key: str, lang: str) -> Definition:
    """The definition of one figure; `KeyError` for a figure that nobody defined."""
    return definitions(lang)[key]
