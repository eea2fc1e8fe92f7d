"""Turns texts into unit vectors; everything that searches or reads mood goes through an `Embedder`."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import ModelDamaged, ModelMissing
from knowledge_base.folding import fold
from knowledge_base.manifest import MANIFEST_NAME, first_damage, read_manifest, sha256_of
from knowledge_base.text import terms

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

ONNX_FILE = "onnx/model_qint8.onnx"
PREPARE_REMEDY = "run again: python -m knowledge_base.prepare --out {folder}"
HASHING_PREFIX = "hashing"


class Embedder(Protocol):
    """`name` identifies the model in an index; `dimension` is the length of its vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), float32, in the order given."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model; a prepared folder runs its int8 ONNX file.

    `layered`: the model gives its middle layer behind the last one (see `knowledge_base.layers`).
    """

    def __init__(self, model: SentenceTransformer, name: str, prompt: str | None, *, layered: bool = False) -> None:
        self._model = model
        self._prompt = prompt
        self.layered = layered
        # The fast tokenizer keeps padding state, so two threads must not share one call.
        self._lock = threading.Lock()
        self.name = name
        self.dimension = int(model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self.encode_layers(texts)[:, : self.dimension]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if self.layered else np.float32(1.0)
        return np.ascontiguousarray(vectors / lengths, dtype=np.float32)

    def encode_layers(self, texts: Sequence[str]) -> Vectors:
        """What the model gives, (n, dimension); of a `layered` one (n, 2 * dimension), the last layer first."""
        if not texts:
            return np.zeros((0, self.dimension * (2 if self.layered else 1)), np.float32)
        with self._lock:
            vectors = self._model.encode(
                [fold(text) for text in texts],
                prompt=self._prompt,
                batch_size=32,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, dtype=np.float32)


class HashingEmbedder:
    """Deterministic bag of character and word hashes: no model, for tests and dry runs."""

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.name = f"{HASHING_PREFIX}:{dimension}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for term in terms(text) or ["∅"]:
                code = zlib.crc32(term.encode("utf-8", "replace"))
                vectors[row, code % self.dimension] += 1.0 if code & 0x80000000 else -1.0
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def load_embedder(path_or_name: str | Path) -> Embedder:
    """Open a prepared folder, any sentence-transformers folder or hub name, or `hashing[:dimension]`.

    Raises ModelMissing when there is no such model, ModelDamaged when a listed file was cut short.
    """
    given = str(path_or_name)
    if given == HASHING_PREFIX or given.startswith(HASHING_PREFIX + ":"):
        return HashingEmbedder(int(given.partition(":")[2] or 256))
    folder = Path(given)
    if folder.is_dir():
        return _open_folder(folder)
    if folder.is_absolute() or given.startswith(".") or given.count("/") > 1:
        raise ModelMissing(f"there is no model at {folder}", PREPARE_REMEDY.format(folder=folder))
    return _open_named(given)


def check_model_files(folder: Path) -> None:
    """Compare file sizes with the folder's manifest (if it has one); raises ModelDamaged naming the file."""
    if not (folder / MANIFEST_NAME).exists():
        return
    manifest = read_manifest(folder)
    damage = f"{folder / MANIFEST_NAME} is not readable" if manifest is None else None
    damage = damage or first_damage(folder, manifest or {}, digests=False)
    if damage:
        raise ModelDamaged(f"the model is damaged: {damage}", PREPARE_REMEDY.format(folder=folder))


def _open_folder(folder: Path) -> Embedder:
    check_model_files(folder)
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise ModelMissing(f"{folder} does not hold a model", PREPARE_REMEDY.format(folder=folder))
    has_onnx = (folder / ONNX_FILE).is_file()
    marker = next(p for n in (MANIFEST_NAME, "modules.json", "config.json") if (p := folder / n).is_file())
    try:
        model = open_model(folder, ONNX_FILE if has_onnx else None)
    except Exception as error:
        remedy = PREPARE_REMEDY.format(folder=folder)
        raise ModelDamaged(f"the model at {folder} cannot be loaded: {error}", remedy) from error
    name = f"{folder.name}@{sha256_of(marker)[:12]}"
    layered = has_onnx and bool((read_manifest(folder) or {}).get("layered"))
    return SentenceTransformerEmbedder(model, name, _prompt(model, folder.name), layered=layered)


def open_model(folder: Path, onnx_file: str | None) -> SentenceTransformer:
    """Load a folder through sentence-transformers: `onnx_file` runs on ONNX Runtime, None on torch."""
    from sentence_transformers import SentenceTransformer

    _hush()
    options: dict[str, Any] = {}
    if onnx_file is not None:
        options = {
            "file_name": onnx_file,
            "provider": "CPUExecutionProvider",
            "session_options": _session_options(),
        }
    model: SentenceTransformer = SentenceTransformer(
        str(folder),
        device="cpu",
        backend="torch" if onnx_file is None else "onnx",
        model_kwargs=options,
        local_files_only=True,
    )
    return model


def _session_options() -> Any:
    """Threads that sleep between queries: spinning ones take a core from Rasa, for three times the work."""
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _open_named(name: str) -> Embedder:
    from sentence_transformers import SentenceTransformer

    _hush()
    try:
        model = SentenceTransformer(name, device="cpu")
    except Exception as error:
        cause = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ModelMissing(
            f"the model {name!r} cannot be loaded: {cause}",
            "name a folder that exists or a sentence-transformers model that this machine can reach; "
            "the default model is made by: python -m knowledge_base.prepare",
        ) from error
    return SentenceTransformerEmbedder(model, name, _prompt(model, name))


def _prompt(model: SentenceTransformer, name: str) -> str | None:
    """The model's own default prompt; E5 models from elsewhere need theirs, which their files do not name."""
    if model.default_prompt_name is not None or "e5" not in name.lower():
        return None
    return model.prompts.get("query") or "query: "


def _hush() -> None:
    """The libraries announce at each load what this package has chosen on purpose."""
    import logging

    for name in ("sentence_transformers", "optimum", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
