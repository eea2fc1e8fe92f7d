"""Texts typed by sound or with slips are read with the words of the knowledge base."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.explain import explain
from knowledge_base.index import lexical_document
from knowledge_base.lexical import LexicalIndex, TermTable
from knowledge_base.mending import Mender
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase
from knowledge_base.sounds import alike, blurred, characters, sounds, syllables

ENTRIES = [
    Entry("refund", "退款多久到账？", "退款三天到账。", ("退款怎么办", "退款要等几天")),
    Entry("refund-where", "退款退到哪里？", "原路退款。", ("钱退回哪张卡", "退款去哪里查")),
    Entry("address", "收货地址写错了怎么办？", "在订单里改收货地址。", ("我要改收货地址", "地址填错了")),
    Entry("addresses", "怎么管理收货地址？", "在我的页面改地址。", ("地址在哪里改",)),
    Entry("delivery", "When does the delivery arrive?", "In two days.", ("delivery time",), lang="en"),
]
MENDER = Mender(LexicalIndex(TermTable.of([lexical_document(entry) for entry in ENTRIES])))


def test_sounds_have_no_tones_and_characters_are_simplified():
    assert sounds("退") == ("tui",) and sounds("女")[0] == "nv" and sounds("a") == ()
    assert "款" in characters("kuan") and "錢" not in characters("qian")
    assert ("宽", True) in alike("款") and "款" not in dict(alike("款"))
    assert blurred("zhong") == "zong" and blurred("ming") == "min" and blurred("qing") == blurred("qin")


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("tuikuan", ("tui", "kuan")),
        ("zenmeban", ("zen", "me", "ban")),
        ("NVxie", ("nv", "xie")),
        ("refund", ()),
        ("sing", ()),
    ],
)
def test_latin_words_are_cut_into_syllables(word, cut):
    assert syllables(word) == cut


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tuikuan zenme ban", "退款怎么办"),
        ("tui kuan duo jiu", "退款多久"),
        ("tui款怎么办", "退款怎么办"),
        ("退宽多久到账", "退款多久到账"),
        ("收获地址写错了", "收货地址写错了"),
        ("地指填错了", "地址填错了"),
        ("when does my dellivery arrive", "when does my delivery arrive"),
    ],
)
def test_what_was_typed_by_sound_is_read_as_meant(typed, meant):
    assert MENDER.mended(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "退款多久到账",
        "今天天气怎么样",
        "can I change my order",
        "NBA",
        "",
        "   ",
        "？？？",
        "退" * 300,
        "😀😀",
    ],
)
def test_a_text_that_stands_as_it_is_meant_is_left_alone(text):
    assert MENDER.mended(text) is None


@given(st.text(max_size=80))
def test_any_text_can_be_mended_or_left(text):
    mended = MENDER.mended(text)
    assert mended is None or (mended.strip() and MENDER.mended(text) == mended)


def test_an_empty_knowledge_base_mends_nothing_it_does_not_know():
    assert Mender(LexicalIndex(TermTable.of([]))).mended("饕餮 qqq xyz") is None


def test_the_search_reads_pinyin_and_says_how(tmp_path):
    embedder = HashingEmbedder(256)
    build_entries(ENTRIES, tmp_path, embedder)
    base = KnowledgeBase.open(tmp_path, embedder)
    assert base.search("tuikuan zenme ban")[0].entry.id == "refund"
    vector = embedder.encode(["tuikuan zenme ban"])[0]
    assert base.search_vector("tuikuan zenme ban", vector, mending=False) != base.search("tuikuan zenme ban")
    told = explain(base, embedder.encode, "tuikuan zenme ban")
    assert told.read_as == "退款怎么办" and told.lang == "zh" and told.hits[0].hit.entry.id == "refund"
    assert told.to_dict()["read_as"] == "退款怎么办"
    assert explain(base, embedder.encode, "退款怎么办").read_as is None
