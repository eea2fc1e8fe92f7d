"""The middle layer beside the last: how it is joined, taken apart, exported, and when it decides."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from knowledge_base.build import build_entries
from knowledge_base.calibration import RANK_FEATURES
from knowledge_base.embedding import HashingEmbedder, SentenceTransformerEmbedder
from knowledge_base.errors import ModelUnfaithful
from knowledge_base.layers import TwoLayers, load_search_embedder, meaning_dimension, meanings, with_middle_layer
from knowledge_base.models import Entry
from knowledge_base.rehearsal import RememberingEmbedder
from knowledge_base.search import KnowledgeBase

WIDTH = 64
WORDING = RANK_FEATURES.index("wording")


class Model:
    """Stands for a sentence-transformers model of two layers: meaning by the text up to `/`, wording by all of it."""

    def get_embedding_dimension(self):
        return WIDTH

    def encode(self, texts, **options):
        hashing = HashingEmbedder(WIDTH)
        # The common part makes texts alike, as unrelated texts are to a real encoder.
        last = 1.0 + 3.0 * hashing.encode([text.partition("/")[0] for text in texts])
        both = np.concatenate([last, hashing.encode(texts)], axis=1)
        return (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def layered():
    return SentenceTransformerEmbedder(Model(), "model", None, layered=True)


def test_the_last_layer_alone_stays_what_it_was(layered):
    alone = layered.encode(["退货/怎么办", "发票"])
    assert alone.shape == (2, WIDTH) and np.allclose(np.linalg.norm(alone, axis=1), 1.0, atol=1e-6)
    both = TwoLayers(layered)
    vectors = both.encode(["退货/怎么办", "发票"])
    assert vectors.shape == (2, both.dimension) == (2, 2 * WIDTH) and both.name != layered.name
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert np.allclose(meanings(vectors, both), alone, atol=1e-6) and meaning_dimension(both) == WIDTH
    assert both.encode([]).shape == (0, both.dimension) and layered.encode([]).shape == (0, WIDTH)


def test_a_model_of_one_layer_is_taken_as_it_is():
    plain = load_search_embedder("hashing:32")
    vectors = plain.encode(["退货"])
    assert meaning_dimension(plain) == 32 and meanings(vectors, plain) is vectors


def test_whoever_wraps_the_embedder_hands_on_where_the_meaning_ends(layered):
    assert meaning_dimension(RememberingEmbedder(TwoLayers(layered))) == WIDTH


def test_wording_decides_between_entries_that_mean_the_same(layered, tmp_path):
    entries = [Entry(f"e-{n}", f"怎么退货/{word}", "答") for n, word in enumerate(("几天内", "运费谁付", "去哪里寄"))]
    build_entries([*entries, Entry("other", "发票抬头/改", "答")], tmp_path, TwoLayers(layered))
    base = KnowledgeBase.open(tmp_path, TwoLayers(layered))
    text = "怎么退货/运费谁来付"
    found = base.rank(text, TwoLayers(layered).encode([text])[0])
    assert base.entries[found.positions[0]].id == "e-1"
    assert found.views[0, WORDING] == 0.0 > found.views[1, WORDING]
    far = base.rank("会员生日", TwoLayers(layered).encode(["会员生日"])[0])
    assert abs(far.views[:, WORDING]).max() < 0.01 < abs(found.views[:, WORDING]).max()


def test_a_model_of_one_layer_has_no_view_of_the_wording(tmp_path):
    model = HashingEmbedder(WIDTH)
    build_entries([Entry("a", "退货", "答"), Entry("b", "发票", "答")], tmp_path, model)
    assert not KnowledgeBase.open(tmp_path, model).rank("退货", model.encode(["退货"])[0]).views[:, WORDING].any()


def graph_of(names):
    value = helper.make_tensor_value_info
    nodes, given = [], "tokens"
    for number, (name, output) in enumerate(names):
        nodes += [helper.make_node("Add", [given, given], [f"{output}"], name=name)]
        given = names[number][1]
    shape = ["batch_size", "sequence_length", 2]
    ends = value("tokens", TensorProto.FLOAT, shape), value("last_hidden_state", TensorProto.FLOAT, shape)
    return helper.make_graph(nodes, "encoder", [ends[0]], [ends[1]])


def test_the_exported_graph_gives_both_layers():
    graph = graph_of(
        [
            ("/encoder/layer.0/output/LayerNorm/Add", "middle"),
            ("/encoder/layer.1/output/LayerNorm/Add", "last_hidden_state"),
        ]
    )
    with_middle_layer(graph, 2)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (both,) = session.run(["last_hidden_state"], {"tokens": np.ones((1, 3, 2), np.float32)})
    assert both.shape == (1, 3, 4) and both[0, 0].tolist() == [4.0, 4.0, 2.0, 2.0]


def test_a_graph_without_the_middle_layer_is_named():
    graph = graph_of([("/encoder/layer.9/output/LayerNorm/Add", "last_hidden_state")])
    with pytest.raises(ModelUnfaithful, match=r"layer\.0/output/LayerNorm"):
        with_middle_layer(graph, 2)
