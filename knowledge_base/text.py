"""Normalises and cuts text for the lexical index, exact matches and language detection."""

from __future__ import annotations

import re
import unicodedata

from knowledge_base.folding import fold

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff"
_RUN = re.compile(rf"[{_CJK}]+|[a-z0-9]+(?:['’][a-z]+)?")
_CJK_CHAR = re.compile(rf"[{_CJK}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_PARTICLES = re.compile("[啊呀哦噢嗯哈呵嘿吧呢啦哒滴咯喽嘛呗了的您亲~]+")
_NOT_WORD = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """NFKC, Simplified, lower case, no punctuation or spaces: two texts equal after it are the same question."""
    return _NOT_WORD.sub("", fold(unicodedata.normalize("NFKC", text)).casefold())


def without_particles(text: str) -> str:
    """`normalise`, without the particles that soften Chinese small talk (谢谢啦 is 谢谢) and repeated marks."""
    return _PARTICLES.sub("", normalise(text))


def terms(text: str) -> list[str]:
    """Terms for BM25: CJK characters and their bigrams, Latin words (plural s cut), numbers."""
    found: list[str] = []
    for run in _RUN.findall(fold(unicodedata.normalize("NFKC", text)).lower()):
        if _CJK_CHAR.match(run):
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(_stem(run))
    return found


def _stem(word: str) -> str:
    """Cut the commonest English endings, so that `refunds` and `refunded` meet `refund`."""
    word = word.split("'")[0].split("’")[0] or word
    for ending, least in (("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


def detect_language(text: str) -> str:
    """`zh` when CJK characters are at least a third of the words (one character counts as one), else `en`.

    Text without letters (numbers, emoji) counts as `zh`: Chinese is the first language of the product.
    """
    cjk = len(_CJK_CHAR.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    return "zh" if cjk * 2 >= latin else "en"
