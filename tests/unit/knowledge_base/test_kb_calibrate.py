"""Fitting the confidence on a small FAQ, and what it is told from."""

import numpy as np
import pytest

from knowledge_base.calibrate import fit, halves, open_bases, thinned, without
from knowledge_base.calibration import FIRST_FEATURES, SURROUNDINGS, default_calibration
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.evaluate import Case, ask, measure
from knowledge_base.index import Scale
from knowledge_base.models import Entry
from knowledge_base.search import KnowledgeBase
from knowledge_base.surroundings import Neighbourhood, surroundings

MODEL = HashingEmbedder(256)
THINGS = ["退货", "发票", "运费", "会员", "积分", "地址", "密码", "礼品卡", "保修", "尺码", "快递", "生日"]
ENTRIES = [
    Entry(f"e-{n}", f"怎么办理{thing}？", "答案。", (f"{thing}在哪里弄", f"请问{thing}的流程", f"{thing}要多久"))
    for n, thing in enumerate(THINGS)
]
KNOWN = [
    Case(text.format(thing), f"e-{n}")
    for n, thing in enumerate(THINGS)
    for text in ("我想问问{}怎么弄啊", "{}流程是什么样的", "帮我看看{}", "办{}在哪")
]
EMPTY = [
    Case(text, None) for text in ("今天下雨吗", "唱首歌吧", "高考分数线", "谁发明了电灯", "比特币会涨吗", "牙疼吃啥药")
]


def test_a_fit_tells_what_has_an_answer(tmp_path):
    bases_of = open_bases(ENTRIES, tmp_path, MODEL)
    fitted = fit(bases_of, MODEL, KNOWN + EMPTY)
    assert len(fitted.coefficients) == len(FIRST_FEATURES) and 0 < fitted.clarify_from <= fitted.answer_from <= 1
    report = measure(ask(bases_of(fitted)[0], MODEL, KNOWN + EMPTY))
    assert report["hit_at_1"] >= 0.9 and report["no_answer_recall"] >= 0.8


def test_bases_are_thinned_and_have_gaps(tmp_path):
    assert all(len(entry.wordings) == 2 for entry in thinned(ENTRIES, 1))
    both = [Entry("a", "退货", "答"), Entry("a-en", "returns", "answer", lang="en"), Entry("b", "发票", "答")]
    assert [entry.id for entry in without(both, 0)] == ["b"]
    assert [entry.id for entry in without(both, 1)] == ["a", "a-en"]
    train, held_out = halves(KNOWN)
    assert len(train) + len(held_out) == len(KNOWN) and not set(train) & set(held_out)


def described(rows, wordings, text, vector, unseen=0.0):
    best = np.array([(part @ vector).max() for part in rows], np.float32)
    near = Neighbourhood(rows, wordings, best.astype(np.float64) / 0.1, best, np.linspace(0.5, 0.1, len(rows)))
    return dict(zip(SURROUNDINGS, surroundings(text, vector, near, unseen, Scale(0.0, 0.1)), strict=True))


def test_surroundings_measure_against_the_entries_around():
    own, other = np.array([[1, 0], [0.8, 0.6]], np.float32), np.array([[0.6, 0.8]], np.float32)
    found = described([own, other], ["怎么退货", "退货流程"], "怎么退货呢", np.array([1, 0], np.float32), 0.25)
    assert found["isolation"] == pytest.approx((1.0 - 0.6) / 0.1, abs=1e-4)
    assert found["siblings"] == pytest.approx((1.0 - 0.8) / 0.1, abs=1e-4)
    assert found["cosine_lead"] == pytest.approx(0.4, abs=1e-4) and found["lexical_lead"] == pytest.approx(0.4)
    assert found["unseen"] == 0.25 and found["overlap"] == 1.0


def test_a_lone_entry_without_variants_has_surroundings_too():
    found = described([np.array([[1, 0]], np.float32)], ["退货"], "发票", np.array([0, 1], np.float32))
    assert found["siblings"] == 0.0 and found["isolation"] == 0.0 and found["overlap"] == 0.0
    assert all(np.isfinite(value) for value in found.values())


def test_probability_rises_with_the_lead(tmp_path):
    shipped = default_calibration()
    base = KnowledgeBase(open_bases(ENTRIES, tmp_path, MODEL)(shipped)[0]._data, MODEL, shipped)
    ranking = base.rank("怎么办理退货呢", MODEL.encode(["怎么办理退货呢"])[0])
    assert ranking.first.shape == (len(FIRST_FEATURES),) and np.isfinite(ranking.first).all()
    less = ranking.first.copy()
    less[FIRST_FEATURES.index("posterior")] -= 3.0
    assert shipped.probability(less) < shipped.probability(ranking.first)
