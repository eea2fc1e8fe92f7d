"""Two layers of one encoder in one vector for the search: the last tells what a text means, the middle how it is put.

Between questions that mean nearly the same, the last layer cannot tell which one was put; the middle layer still can.
Both come from one pass, so the second costs nothing. Mood and needs read both as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.embedding import Embedder, SentenceTransformerEmbedder, load_embedder
from knowledge_base.errors import ModelUnfaithful

Vectors = npt.NDArray[np.float32]

# How much of a cosine comes from the middle layer (0-1): so little that cosines stay those of the last one. The search
# takes the layers apart again and weighs them itself (`knowledge_base.ranking`).
WORDING_SHARE = 0.01
OUTPUT = "last_hidden_state"


class TwoLayers:
    """The embedder of the search: both layers of `inner` as one unit vector, the last layer first."""

    def __init__(self, inner: SentenceTransformerEmbedder) -> None:
        self._inner = inner
        self.name = f"{inner.name}+middle"
        self.meaning_dimension = inner.dimension
        self.dimension = 2 * inner.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        pooled = self._inner.encode_layers(texts)
        last, middle = _unit(pooled[:, : self.meaning_dimension]), _unit(pooled[:, self.meaning_dimension :])
        shares = np.float32((1.0 - WORDING_SHARE) ** 0.5), np.float32(WORDING_SHARE**0.5)
        joined: Vectors = np.concatenate([last * shares[0], middle * shares[1]], axis=1)
        return joined


def load_search_embedder(path_or_name: str | Path) -> Embedder:
    """Like `load_embedder`; of a model that gives its middle layer too, both. Raises what `load_embedder` raises."""
    embedder = load_embedder(path_or_name)
    if isinstance(embedder, SentenceTransformerEmbedder) and embedder.layered:
        return TwoLayers(embedder)
    return embedder


def meaning_dimension(embedder: Embedder) -> int:
    """How many numbers of the embedder's vectors tell the meaning alone, for the heads that read nothing else.

    An embedder that wraps another hands the attribute `meaning_dimension` on; one without it has a single layer.
    """
    return int(getattr(embedder, "meaning_dimension", embedder.dimension))


def meanings(vectors: Vectors, embedder: Embedder) -> Vectors:
    """The last layer's unit vectors (n, meaning_dimension) out of `vectors` (n, dimension) of the embedder."""
    width = meaning_dimension(embedder)
    return vectors if width == embedder.dimension else _unit(vectors[:, :width])


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
    unit: Vectors = np.ascontiguousarray(vectors / lengths, np.float32)
    return unit


def with_middle_layer(graph: Any, layers: int) -> None:
    """Let an exported ONNX `graph` of so many layers give (batch, tokens, 2 * d): the last layer, then the middle one.

    The pooling behind it makes both means over the same tokens. Raises ModelUnfaithful when the middle is not there.
    """
    from onnx import helper

    norm = f"/encoder/layer.{layers // 2 - 1}/output/LayerNorm/"
    middle = [n.output[0] for n in graph.node if n.name.startswith(norm) and n.op_type in ("LayerNormalization", "Add")]
    last = next((node for node in graph.node if OUTPUT in node.output), None)
    if not middle or last is None:
        raise ModelUnfaithful(
            f"the exported graph has no {norm} or no {OUTPUT}",
            "check that the installed versions are the locked ones, then run the command again",
        )
    inner = f"{OUTPUT}_alone"
    last.output[list(last.output).index(OUTPUT)] = inner
    graph.node.append(helper.make_node("Concat", [inner, middle[-1]], [OUTPUT], name="both_layers", axis=-1))
    width = graph.output[0].type.tensor_type.shape.dim[-1]
    width.dim_value = 2 * width.dim_value
