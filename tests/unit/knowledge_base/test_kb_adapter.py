"""The encoder's adapter: what it learns from, that learning draws meanings together, and how it is merged."""

import json
import random

import numpy as np
import pytest
import torch
from transformers import AutoModel, BertConfig, BertModel, BertTokenizerFast

from knowledge_base.adapter.merge import adapter_digests, merge_adapter
from knowledge_base.adapter.texts import Group, Meaning, Source, draw, is_held_out, own_groups, sources
from knowledge_base.adapter.train import FIRST, LAYERS, Learner, contrast, save, train
from knowledge_base.errors import AdapterUnusable, TrainingTextUnusable

WORDS = ["where", "is", "my", "parcel", "order", "how", "do", "i", "pay", "by", "card", "return", "it", "late"]
TEXTS = {"where is my parcel": "parcel late", "how do i pay": "pay by card", "how do i return it": "return my order"}


@pytest.fixture
def encoder(tmp_path):
    """A BERT of twelve tiny layers with a tokenizer, as a folder."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    torch.manual_seed(0)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", ":", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(len(vocabulary), hidden_size=16, num_hidden_layers=LAYERS, num_attention_heads=2)
    config.intermediate_size = 32
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def source():
    return Source("own", 1.0, (Group(tuple(Meaning(pair) for pair in TEXTS.items()), ("late order",)),))


def test_a_batch_pairs_wordings_of_one_meaning_and_puts_the_others_behind():
    meanings = tuple(Meaning((f"a{n}", f"b{n}"), (f"near{n}",)) for n in range(4))
    alone = Meaning(("alone",))
    batch = draw([Source("own", 1.0, (Group((*meanings, alone), ("stranger",)),))], random.Random(3))
    pairs = list(zip(batch.asked, batch.listed, strict=False))
    assert len(pairs) == 4 and all(one != two and one[1:] == two[1:] for one, two in pairs)
    assert set(batch.listed[4:]) == {"stranger", "near0", "near1", "near2", "near3"}


def test_what_is_kept_for_measuring_is_never_learnt(tmp_path):
    rows = [{"text": f"question {n}", "intent": f"intent {n % 3}"} for n in range(60)]
    (tmp_path / "faq").mkdir()
    for name in ("banking77_train.jsonl", "clinc150_train.jsonl"):
        (tmp_path / "faq" / name).write_text("\n".join(map(json.dumps, rows)))
    faq = tmp_path / "shop"
    faq.mkdir()
    (faq / "a.md").write_text("---\nid: a\nquestion: 怎么退货？\nvariants:\n  - 想退货\n---\n七天内。\n", "utf-8")
    read = sources(faq, tmp_path)
    learnt = set(read[0].texts)
    assert learnt and not any(is_held_out(text) for text in learnt)
    assert learnt | {row["text"] for row in rows if is_held_out(row["text"])} == {row["text"] for row in rows}
    assert {"怎么退货？", "想退货"} <= set(next(each for each in read if each.name == "shop").texts)


def test_the_shipped_groups_are_sound():
    for group in own_groups():
        for meaning in group.meanings:
            assert len(meaning.wordings) > 1 and not set(meaning.wordings) & set(meaning.near)


def test_absent_and_broken_training_text_is_named_with_the_remedy(tmp_path):
    with pytest.raises(TrainingTextUnusable, match=r"(?s)banking77_train.*BATON_DATASETS"):
        sources(tmp_path, tmp_path)
    with pytest.raises(TrainingTextUnusable, match="restore the folder"):
        own_groups(tmp_path)
    (tmp_path / "x.jsonl").write_text('{"same": ["a", "b"], "not": ["c"]}\n{"same": ["a"]}\n')
    with pytest.raises(TrainingTextUnusable, match=r"(?s)x\.jsonl:2: not an example.*same and not"):
        own_groups(tmp_path)


def test_the_loss_is_least_where_each_finds_its_twin():
    listed = torch.nn.functional.normalize(torch.randn(5, 8, generator=torch.manual_seed(0)), dim=1)
    assert contrast(listed[:3], listed) < contrast(listed[[1, 2, 0]], listed)


def test_learning_draws_meanings_together_and_merging_keeps_what_was_learnt(encoder, source, tmp_path):
    learner = Learner(encoder)
    texts = sorted(set(source.texts))
    learner.read(texts)
    with torch.no_grad():
        before = learner.vectors(texts).numpy()
    losses = train(learner, [source], 40)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    with torch.no_grad():
        learnt = learner.vectors(texts).numpy()
    assert np.abs(learnt - before).max() > 1e-3

    save(learner, tmp_path / "adapter")
    plain = AutoModel.from_pretrained(encoder).state_dict()
    merge_adapter(encoder, tmp_path / "adapter")
    merged = AutoModel.from_pretrained(encoder).state_dict()
    changed = {name for name in plain if not torch.equal(plain[name], merged[name])}
    assert changed and all(int(name.split(".")[2]) >= FIRST for name in changed)
    again = Learner(encoder)
    again.read(texts)
    with torch.no_grad():
        off = np.abs(again.vectors(texts).numpy() - learnt).max()
    assert off < np.abs(learnt - before).max()


def test_an_absent_or_damaged_adapter_is_named_with_the_remedy(encoder, tmp_path):
    with pytest.raises(AdapterUnusable, match=r"(?s)adapter_config\.json.*--no-adapter"):
        adapter_digests(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"half")
    with pytest.raises(AdapterUnusable, match=r"(?s)cannot be merged.*--no-adapter"):
        merge_adapter(encoder, tmp_path)
    assert set(adapter_digests(tmp_path)) == {"adapter_config.json", "adapter_model.safetensors"}
