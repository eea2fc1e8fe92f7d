"""Fitting the confidence on small knowledge bases, and what it is told from."""

from dataclasses import replace

import numpy as np
import pytest

from knowledge_base.build import build_entries
from knowledge_base.calibrate import START, fit, sample
from knowledge_base.calibration import DESCRIPTION, FIRST_FEATURES, SURROUNDINGS, default_calibration
from knowledge_base.embedding import HashingEmbedder
from knowledge_base.evaluate import Case, ask, measure
from knowledge_base.index import Scale
from knowledge_base.models import Entry
from knowledge_base.practice import Practice, own, practices, thinned, trades, without, without_categories
from knowledge_base.search import KnowledgeBase
from knowledge_base.surroundings import Neighbourhood, same_meaning, surroundings

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
    fitted = fit(own(ENTRIES, KNOWN + EMPTY)[:4], MODEL, START, ranking=True)
    assert len(fitted.coefficients) == len(FIRST_FEATURES) and 0 < fitted.clarify_from <= fitted.answer_from <= 1
    assert len(fitted.sparse_coefficients) == len(DESCRIPTION) and fitted.rank_weights != START.rank_weights
    build_entries(ENTRIES, tmp_path, MODEL)
    report = measure(ask(KnowledgeBase.open(tmp_path, MODEL, fitted), MODEL, KNOWN + EMPTY))
    assert report["hit_at_1"] >= 0.9 and report["no_answer_recall"] >= 0.8


def test_a_sample_knows_what_its_base_can_answer():
    found = sample(Practice(tuple(ENTRIES[1:]), tuple(KNOWN[:8] + EMPTY[:1])), MODEL, default_calibration())
    assert found.empty.tolist() == [True] * 4 + [False] * 4 + [True] and not (found.right & found.empty).any()
    assert found.weights[0] == found.weights[-1] < found.weights[4] == 1.0


def test_the_knowledge_base_is_thinned_and_has_gaps():
    assert all(len(entry.wordings) == 2 for entry in thinned(ENTRIES, 1))
    both = [Entry("a", "退货", "答"), Entry("a-en", "returns", "answer", lang="en"), Entry("b", "发票", "答")]
    assert [entry.id for entry in without(both, 0)] == ["b"]
    assert [entry.id for entry in without(both, 1)] == ["a", "a-en"]
    sorts = [replace(entry, category=name) for entry, name in zip(ENTRIES, "abcde", strict=False)]
    assert [entry.category for entry in without_categories(sorts, 0)] == ["b", "c", "d"]


def test_the_practices_hold_questions_with_and_without_an_answer():
    assert {trade.lang for trade in trades()} == {"zh", "en"} and all(trade.near for trade in trades())
    for practice in practices(ENTRIES, KNOWN + EMPTY)[4:]:
        ids = {entry.id for entry in practice.entries}
        answered = [case.id in ids for case in practice.cases]
        assert any(answered) and len(ids) == len(practice.entries)
        wordings = {entry.id: entry.wordings for entry in practice.entries}
        assert not any(case.question in wordings.get(case.id or "", ())[1:] for case in practice.cases)


def test_an_entry_without_variants_is_judged_by_its_own_measure():
    none = (0.0,) * len(DESCRIPTION)
    shipped = replace(default_calibration(), coefficients=(*none, 0.0), sparse_coefficients=(2.0, *none[1:]))
    first = np.zeros(len(FIRST_FEATURES))
    first[0], first[-1] = 1.0, 0.5
    sparse = shipped.probability(first)
    first[-1] = 0.1
    assert sparse > shipped.probability(first) and len(shipped.coefficients) == len(FIRST_FEATURES)


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


def test_only_the_nearest_texts_are_taken_to_mean_the_same():
    assert same_meaning(8.0) > 0.95 and same_meaning(3.0) < 0.01
    assert 0.0 <= same_meaning(-1e6) < same_meaning(6.0) < same_meaning(1e6) == 1.0


def test_probability_rises_with_the_lead(tmp_path):
    shipped = default_calibration()
    build_entries(ENTRIES, tmp_path, MODEL)
    base = KnowledgeBase.open(tmp_path, MODEL, shipped)
    ranking = base.rank("怎么办理退货呢", MODEL.encode(["怎么办理退货呢"])[0])
    assert ranking.first.shape == (len(FIRST_FEATURES),) and np.isfinite(ranking.first).all()
    less = ranking.first.copy()
    less[FIRST_FEATURES.index("posterior")] -= 3.0
    assert shipped.probability(less) < shipped.probability(ranking.first)
