"""The shop's own development questions as they come out of hurried fingers: homophones, pinyin, English slips."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from pypinyin import lazy_pinyin
from rich.table import Table

from knowledge_base.embedding import Embedder
from knowledge_base.evaluate import Case
from knowledge_base.index import IndexData
from knowledge_base.lexical import LexicalIndex
from knowledge_base.models import Zone
from knowledge_base.search import KnowledgeBase
from knowledge_base.sounds import characters, sounds

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{5,}")
# The 3,755 usual characters stand first in GB 2312; a typing program offers these.
_USUAL = range(0xB0, 0xD8)
Corrupt = Callable[[str, np.random.Generator], str]


def typing_table(cases: Sequence[Case], index: IndexData, base: KnowledgeBase, model: Embedder) -> Table:
    """Hit@1 of questions with an answer, and recall of "no answer", by the way of typing."""
    columns = ("questions", "asked", "BM25", "plain encoder", "Baton unmended", "Baton", "no answer, recall")
    table = Table(*columns, title="Own development questions, typed badly: hit@1, refusals as shipped")
    ways: list[tuple[str, Corrupt]] = [
        ("clean", lambda text, _: text),
        ("one homophone", homophone),
        ("pinyin without tones", pinyin),
        ("one slip in an English word", slip),
    ]
    for name, corrupt in ways:
        chance = np.random.default_rng(0)
        changed = [(case, corrupt(case.question, chance)) for case in cases]
        kept = [replace(case, question=text) for case, text in changed if name == "clean" or text != case.question]
        table.add_row(name, str(len(kept)), *_shares(kept, index, base, model))
    return table


def homophone(text: str, chance: np.random.Generator) -> str:
    """One Chinese character replaced by a usual one of the same toneless sound."""
    places = [place for place, char in enumerate(text) if _CHINESE.match(char) and _others(char)]
    if len(places) < 3:
        return text
    place = int(chance.choice(places))
    return text[:place] + str(chance.choice(_others(text[place]))) + text[place + 1 :]


def pinyin(text: str, chance: np.random.Generator) -> str:
    """Chinese text spelled out, by syllable or in words of two; anything else stays out."""
    spelled = lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", text), v_to_u=False)
    if len(spelled) < 2 or re.search("[A-Za-z]", text):
        return text
    step = int(chance.integers(1, 3))
    return " ".join("".join(spelled[at : at + step]) for at in range(0, len(spelled), step))


def slip(text: str, chance: np.random.Generator) -> str:
    """One letter of a longer English word dropped, doubled, swapped with the next, or hit wrongly."""
    words = list(_WORD.finditer(text))
    if not words or _CHINESE.search(text):
        return text
    word = words[int(chance.integers(len(words)))]
    at = word.start() + int(chance.integers(1, len(word[0]) - 1))
    ways = (text[at + 1 :], text[at] + text[at:], text[at + 1] + text[at] + text[at + 2 :])
    wrong = str(chance.choice(list(string.ascii_lowercase))) + text[at + 1 :]
    return text[:at] + (*ways, wrong)[int(chance.integers(4))]


def _others(char: str) -> list[str]:
    same = {other for sound in sounds(char)[:1] for other in characters(sound)}
    return sorted(other for other in same - {char} if _usual(other))


def _usual(char: str) -> bool:
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and code[0] in _USUAL


def _shares(cases: Sequence[Case], index: IndexData, base: KnowledgeBase, model: Embedder) -> list[str]:
    lexical, owners = LexicalIndex(index.table), index.owners
    known = [case for case in cases if case.id is not None]
    vectors = model.encode([case.question for case in cases])
    by_text = {case.question: vector for case, vector in zip(cases, vectors, strict=True)}
    ids = [entry.id for entry in index.entries]

    def bm25(case: Case) -> str | None:
        return next((ids[row] for row in lexical.top(lexical.scores(case.question), 1)), None)

    def plain(case: Case) -> str | None:
        rows, _ = index.faiss.search(by_text[case.question][: index.meaning], 1)
        return ids[int(owners[rows[0]])]

    def baton(case: Case, mending: bool = True) -> str | None:
        hits = base.search_vector(case.question, by_text[case.question], None, 1, mending=mending)
        return None if not hits or hits[0].zone is Zone.NONE else hits[0].entry.id

    finders = (bm25, plain, lambda case: baton(case, False), baton)
    shares = [np.mean([find(case) == case.id for case in known]) for find in finders]
    refused = [baton(case) is None for case in cases if case.id is None]
    return [*(f"{share:.3f}" for share in shares), f"{np.mean(refused):.3f}" if refused else ""]
