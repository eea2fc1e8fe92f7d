"""Build, reopen and search with the hashing embedder: no model needed."""

import json
import threading
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from knowledge_base.build import build_entries, build_index
from knowledge_base.calibration import DESCRIPTION, FIRST_FEATURES, RANK_FEATURES, Calibration, default_calibration
from knowledge_base.embedding import HashingEmbedder, load_embedder
from knowledge_base.errors import (
    CalibrationDamaged,
    FaqError,
    FaqFolderMissing,
    IndexDamaged,
    IndexForeign,
    IndexMissing,
    ModelDamaged,
    ModelMissing,
)
from knowledge_base.folding import fold
from knowledge_base.index import current_version, load_index
from knowledge_base.lexical import LexicalIndex, TermTable
from knowledge_base.models import Entry, Status, Zone
from knowledge_base.prototypes import precision_matrix, prototype_scores
from knowledge_base.requests import agreement
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import detect_language, normalise, terms
from knowledge_base.vectors import FaissIndex

ENTRIES = [
    Entry("returns-window", "多久可以退货？", "7 天。", ("七天无理由退货怎么算", "买了多久还能退")),
    Entry("delivery-time", "什么时候发货？", "48 小时内。", ("下单后几天能到",)),
    Entry("invoice-apply", "怎么开发票？", "在订单页。", ("可以开增值税专票吗",)),
    Entry("returns-window-en", "How long do I have to return an item?", "7 days.", lang="en"),
    Entry("delivery-time-en", "When will my order ship?", "Within 48 hours.", ("shipping time",), lang="en"),
]


class CountingEmbedder(HashingEmbedder):
    def __init__(self) -> None:
        super().__init__(256)
        self.seen: list[str] = []

    def encode(self, texts):
        self.seen.extend(texts)
        return super().encode(texts)


@pytest.fixture
def embedder():
    return CountingEmbedder()


@pytest.fixture
def base(tmp_path, embedder):
    build_entries(ENTRIES, tmp_path / "index", embedder)
    return KnowledgeBase.open(tmp_path / "index", embedder)


def write_faq(folder, entries):
    folder.mkdir(exist_ok=True)
    parts = [
        f"## {e.question}\n<!--\nid: {e.id}\nlang: {e.lang}\nstatus: {e.status}\n-->\n{e.answer}\n" for e in entries
    ]
    (folder / "all.md").write_text("\n".join(parts), "utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("七天无理由退货怎么算？", "returns-window"),
        ("shipping time!", "delivery-time-en"),
        ("怎么开发票", "invoice-apply"),
    ],
)
def test_exact_wording_is_almost_certain(base, text, expected):
    hit = base.search(text)[0]
    assert (hit.entry.id, hit.zone) == (expected, Zone.ANSWER)
    assert hit.score >= 0.95


def test_near_wording_is_first_and_scores_fall(base):
    hits = base.search("请问买了多久还可以退货呢", top_k=3)
    assert hits[0].entry.id == "returns-window"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 and 0.0 <= hit.lexical <= 1.0 and hit.dense <= 1.001 for hit in hits)


def test_the_language_of_the_text_decides_between_translations(base):
    assert [h.entry.lang for h in base.search("多久可以退货", top_k=1)] == ["zh"]
    assert "returns-window-en" not in [hit.entry.id for hit in base.search("多久可以退货")]
    assert base.search("多久可以退货 return an item", lang="en")[0].entry.lang == "en"


def test_search_vector_shares_the_encoding(base, embedder):
    text = "什么时候能发货"
    vector = HashingEmbedder(256).encode([text])[0]
    embedder.seen.clear()
    assert base.search_vector(text, vector) == base.search(text)
    assert embedder.seen == [text]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_blank_text_finds_nothing(base, text):
    assert base.search(text) == []


@pytest.mark.parametrize("text", ["😡😡", "\ud83d", "a" * 20000, "\0", "？？？"])
def test_odd_text_is_survived(base, text):
    assert all(np.isfinite(hit.score) for hit in base.search(text))


def test_vector_of_another_length_is_refused(base):
    with pytest.raises(IndexForeign, match="12 numbers"):
        base.search_vector("退货", np.ones(12, np.float32))


def test_searching_from_many_threads_gives_the_same(base):
    expected, results = base.search("退货要多久"), []
    threads = [threading.Thread(target=lambda: results.append(base.search("退货要多久"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_only_changed_texts_are_encoded_again(tmp_path, embedder):
    index = tmp_path / "index"
    first = build_entries(ENTRIES, index, embedder)
    assert first.encoded == first.texts == 10
    embedder.seen.clear()
    changed = [replace(ENTRIES[0], variants=("退货期限是几天",), answer="改了"), *ENTRIES[2:]]
    progress = []
    report = build_entries(changed, index, embedder, lambda done, total: progress.append((done, total)))
    assert embedder.seen == ["退货期限是几天"] and report.encoded == 1
    assert progress[-1] == (1, 1)
    fresh = build_entries(changed, tmp_path / "fresh", embedder)
    incremental, whole = load_index(index, embedder), load_index(fresh.path.parent, embedder)
    assert np.array_equal(incremental.vectors, whole.vectors) and incremental.entries == whole.entries
    assert np.array_equal(incremental.table.codes, whole.table.codes)


def test_an_unchanged_folder_is_not_built_again(tmp_path, embedder):
    build_entries(ENTRIES, tmp_path, embedder)
    assert not build_entries(ENTRIES, tmp_path, embedder).changed
    assert current_version(tmp_path).name == "v000001"


def test_an_open_index_outlives_two_rebuilds(tmp_path, embedder):
    build_entries(ENTRIES, tmp_path, embedder)
    opened = KnowledgeBase.open(tmp_path, embedder)
    for number in range(3):
        build_entries([*ENTRIES, Entry(f"new-{number}", f"第{number}个新问题", "答")], tmp_path, embedder)
    assert opened.search("多久可以退货")[0].entry.id == "returns-window"
    assert len(list(tmp_path.glob("v*"))) == 2 and not list(tmp_path.glob(".*"))


def test_only_published_valid_entries_are_indexed(tmp_path, embedder):
    faq = tmp_path / "faq"
    write_faq(faq, [ENTRIES[0], replace(ENTRIES[1], status=Status.DRAFT)])
    assert build_index(faq, tmp_path / "index", embedder).entries == 1
    live = replace(ENTRIES[0], valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 31))
    assert [live.is_live(date(2026, *day)) for day in ((1, 1), (1, 31), (2, 1))] == [True, True, False]


def test_a_bad_file_leaves_the_good_index(tmp_path, embedder):
    faq, index = tmp_path / "faq", tmp_path / "index"
    write_faq(faq, ENTRIES)
    build_index(faq, index, embedder)
    (faq / "bad.md").write_text("## 问\n没有注释\n", "utf-8")
    with pytest.raises(FaqError, match=r"bad\.md:1"):
        build_index(faq, index, embedder)
    assert KnowledgeBase.open(index, embedder).get("returns-window") is not None


def test_missing_folder_and_missing_index_are_named(tmp_path, embedder):
    with pytest.raises(FaqFolderMissing, match="nowhere"):
        build_index(tmp_path / "nowhere", tmp_path, embedder)
    with pytest.raises(IndexMissing, match="baton faq build"):
        KnowledgeBase.open(tmp_path, embedder)


def test_an_index_of_another_model_is_refused(tmp_path, embedder):
    build_entries(ENTRIES, tmp_path, embedder)
    with pytest.raises(IndexForeign, match=r"hashing:256.*hashing:128"):
        KnowledgeBase.open(tmp_path, HashingEmbedder(128))


@pytest.mark.parametrize("name", ["entries.jsonl", "vectors.npy", "vectors.faiss", "terms.npz", "precision.npy"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_index_is_refused_and_rebuilt(tmp_path, embedder, name, damage):
    build_entries(ENTRIES, tmp_path, embedder)
    path = current_version(tmp_path) / name
    raw = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(raw[: len(raw) // 2] if damage == "cut" else raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(IndexDamaged, match=name):
        KnowledgeBase.open(tmp_path, embedder)
    assert build_entries(ENTRIES, tmp_path, embedder).changed
    assert KnowledgeBase.open(tmp_path, embedder).search("怎么开发票")


def test_a_pointer_out_of_the_folder_is_refused(tmp_path, embedder):
    build_entries(ENTRIES, tmp_path / "index", embedder)
    (tmp_path / "index" / "current").write_text("../index\n")
    with pytest.raises(IndexDamaged):
        KnowledgeBase.open(tmp_path / "index", embedder)


def test_lexical_scores_are_shares_of_the_best_possible():
    index = LexicalIndex(TermTable.of(["怎么退货", "", "怎么开发票", "return my order"]))
    scores = index.scores("怎么退货")
    assert scores.argmax() == 0 and 0.5 < scores[0] <= 1.0 and scores[1] == 0.0 and scores[3] == 0.0
    assert index.top(scores, 10).tolist() == [0, 2]
    assert not LexicalIndex(TermTable.of([])).scores("退货").size
    assert index.scores("zzz").max() == 0.0


def test_ivf_finds_what_flat_finds():
    vectors = np.random.default_rng(1).normal(size=(600, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    flat, ivf = FaissIndex.build(vectors), FaissIndex.build(vectors, flat_up_to=100)
    for row in range(0, 600, 60):
        assert flat.search(vectors[row], 1)[0][0] == ivf.search(vectors[row], 1)[0][0] == row
    changed = FaissIndex.build(vectors[::-1].copy(), flat_up_to=100, like=ivf)
    assert len(changed) == len(ivf) == 600
    assert changed.search(vectors[0], 1)[0][0] == 599 and ivf.search(vectors[0], 1)[0][0] == 0


@pytest.mark.parametrize(
    "text", ["谢谢", "谢谢啦！", "在吗", "在吗？？", "您好", "Thanks a lot", "hello", "好的，明白了"]
)
def test_small_talk_never_matches(base, text):
    assert [hit.zone for hit in base.search(text, top_k=1)] in ([], [Zone.NONE])


def test_an_entry_may_be_what_is_small_talk_elsewhere(tmp_path, embedder):
    build_entries([*ENTRIES, Entry("bot", "你是机器人还是真人", "我是机器人。")], tmp_path, embedder)
    hit = KnowledgeBase.open(tmp_path, embedder).search("你是机器人还是真人")[0]
    assert (hit.entry.id, hit.zone) == ("bot", Zone.ANSWER)


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("退貨要點哪裡", "退货要点哪里"), ("買的電鍋保固幾年", "买的电饭煲保修几年"), ("空氣炸鍋", "空气炸锅"),
        ("帳號登入不了", "账号登录不了"), ("怎么退货", "怎么退货"), ("hello 123", "hello 123"),
    ],
)  # fmt: skip
def test_traditional_is_folded(traditional, simplified):
    assert fold(traditional) == simplified
    assert terms(traditional) == terms(simplified)


def test_traditional_text_finds_the_simplified_wording(base):
    assert base.search("怎麼開發票")[0].score >= 0.95


def test_the_same_request_is_preferred():
    assert agreement("水壶几天能到", ["多久能送到", "发货时间"]) == 0.5
    assert agreement("水壶", ["多久能送到"]) == 0.0


def test_prototypes_discount_what_varies_inside_entries():
    random = np.random.default_rng(0)
    centres = np.repeat(random.normal(size=(60, 8)), 5, axis=0)
    wild = np.where(np.arange(8) < 2, 3.0, 0.1)
    vectors = (centres + random.normal(size=centres.shape) * wild).astype(np.float32)
    precision = precision_matrix(vectors, np.full(60, 5))
    assert precision.diagonal()[:2].max() < precision.diagonal()[2:].min()
    query = np.array([3, 0, 0, 0, 0, 0, 0, 0], np.float32)
    far = np.array([[0, 0, 0, 0, 0, 0, 0, 0], [3, 0, 3, 0, 0, 0, 0, 0]], np.float32)
    assert prototype_scores(query, far, precision).argmax() == 0
    assert not precision_matrix(vectors[:50], np.full(10, 5)).any()


def test_text_is_normalised_and_cut():
    assert normalise("　多久，可以 退货？") == normalise("多久可以退货") == "多久可以退货"
    assert terms("退货 Refunds!") == ["退", "货", "退货", "refund"]
    assert terms("refunded") == terms("refund")


@pytest.mark.parametrize(
    ("text", "lang"),
    [("怎么退货", "zh"), ("how to return", "en"), ("iPhone 怎么退货", "zh"), ("12345", "zh"), ("ok", "en"), ("", "zh")],
)
def test_language_is_told_from_the_text(text, lang):
    assert detect_language(text) == lang


def test_shipped_calibration_is_sound():
    shipped = default_calibration()
    sizes = len(shipped.rank_weights), len(shipped.coefficients), len(shipped.sparse_coefficients)
    assert sizes == (len(RANK_FEATURES), len(FIRST_FEATURES), len(DESCRIPTION)) and shipped.fitted_with
    zones = [shipped.zone(score, 1000) for score in (0.0, shipped.clarify_from, shipped.answer_from)]
    assert shipped.zone(shipped.clarify_sparse, 1) is Zone.CLARIFY is not shipped.zone(shipped.clarify_sparse, 1000)
    assert zones == [Zone.NONE, Zone.CLARIFY, Zone.ANSWER]


def test_calibration_file_is_checked(tmp_path):
    path = tmp_path / "c.json"
    default_calibration().save(path)
    assert Calibration.load(path) == default_calibration()
    data = json.loads(path.read_text("utf-8"))
    for bad in (
        {**data, "coefficients": [1]},
        {**data, "sparse_coefficients": [1]},
        {key: value for key, value in data.items() if key != "sparse_coefficients"},
        {**data, "rank_weights": [1]},
        {**data, "clarify_from": 2},
        {**data, "clarify_sparse": 0},
        {**data, "intercept": None},
        [],
    ):
        path.write_text(json.dumps(bad), "utf-8")
        with pytest.raises(CalibrationDamaged):
            Calibration.load(path)


def test_models_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"knowledge_base\.prepare"):
        load_embedder(tmp_path / "nothing")
    with pytest.raises(ModelMissing, match=r"knowledge_base\.prepare"):
        load_embedder("var/models/nothing-here")
    (tmp_path / "manifest.json").write_text('{"files": {"model.safetensors": {"size": 5, "sha256": ""}}}')
    (tmp_path / "model.safetensors").write_bytes(b"abc")
    with pytest.raises(ModelDamaged, match="3 bytes instead of 5"):
        load_embedder(tmp_path)
