"""A low-rank adapter for the encoder's last layers, trained by contrast: to learn whether it pays, not to ship."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from knowledge_base.checkpoint import QUERY_PREFIX
from knowledge_base.folding import fold
from tests.bench.adapter.texts import Group

LAYERS, RANK, SCALE = 3, 8, 2.0
TEMPERATURE, RATE = 0.03, 4e-4
_GROUPS_AT_ONCE, _FROM_GROUP, _LONGEST = 4, 11, 40
Vectors = npt.NDArray[np.float32]


class LowRank(nn.Module):
    """A linear layer with a trainable correction of rank RANK, at first zero."""

    def __init__(self, inner: nn.Linear) -> None:
        super().__init__()
        self.inner = inner
        self.down = nn.Parameter(torch.randn(RANK, inner.in_features) / inner.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(inner.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        corrected: Tensor = self.inner(x) + SCALE * (x @ self.down.T @ self.up.T)
        return corrected


class Adapted:
    """An embedder in torch: the lower layers run once for each text, the last ones carry the adapter."""

    dimension = 384

    def __init__(self, folder: Path, name: str) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.name = name
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._bert = AutoModel.from_pretrained(folder, attn_implementation="eager").requires_grad_(False).eval()
        self._below: dict[str, Tensor] = {}
        self.parameters: list[nn.Parameter] = []
        for layer in self._bert.encoder.layer[-LAYERS:]:
            for module in list(layer.modules()):
                for key, child in list(module.named_children()):
                    if isinstance(child, nn.Linear) and not isinstance(module, LowRank):
                        adapted = LowRank(child)
                        setattr(module, key, adapted)
                        self.parameters += [adapted.down, adapted.up]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        with torch.no_grad():
            parts = [self.tensors(texts[n : n + 64]).numpy() for n in range(0, len(texts), 64)]
        self._below.clear()
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *parts])

    def tensors(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors (n, d) with their gradients."""
        self._run_below([text for text in dict.fromkeys(texts) if text not in self._below])
        states = [self._below[text] for text in texts]
        lengths = torch.tensor([len(state) for state in states])
        hidden = nn.utils.rnn.pad_sequence(states, batch_first=True)
        kept = (torch.arange(hidden.shape[1])[None] < lengths[:, None]).float()
        hidden = self._layers(hidden, kept, slice(-LAYERS, None))
        means = (hidden * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)
        return nn.functional.normalize(means, dim=1)

    def _run_below(self, texts: Sequence[str]) -> None:
        if not texts:
            return
        with torch.no_grad():
            prompted = [QUERY_PREFIX + fold(text) for text in texts]
            batch = self._tokenizer(prompted, return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST)
            kept = batch["attention_mask"].float()
            hidden = self._layers(self._bert.embeddings(input_ids=batch["input_ids"]), kept, slice(None, -LAYERS))
        for text, state, length in zip(texts, hidden, kept.sum(1).int().tolist(), strict=True):
            self._below[text] = state[:length].clone()

    def _layers(self, hidden: Tensor, kept: Tensor, part: slice) -> Tensor:
        mask = (1.0 - kept[:, None, None, :]) * -1e9
        for layer in self._bert.encoder.layer[part]:
            out = layer(hidden, attention_mask=mask)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden


def train(model: Adapted, groups: Sequence[Group], steps: int) -> list[float]:
    """Draw two wordings of a meaning together and push the other meanings of its group away; the loss of each step."""
    chance, losses = random.Random(0), list[float]()
    optimizer = torch.optim.AdamW(model.parameters, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20, 1.05 - step / steps))
    for _ in range(steps):
        asked, listed, right = _batch(groups, chance)
        vectors = model.tensors([*asked, *listed])
        cosines = vectors[: len(asked)] @ vectors[len(asked) :].T / TEMPERATURE
        target = torch.tensor(right)
        both = nn.functional.cross_entropy(cosines[:, target].T, torch.arange(len(asked)))
        loss = (nn.functional.cross_entropy(cosines, target) + both) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss))
    return losses


def _batch(groups: Sequence[Group], chance: random.Random) -> tuple[list[str], list[str], list[int]]:
    """Questions, wordings to find, and for each question the place of its own; lone wordings only mislead."""
    asked, listed, right = list[str](), list[str](), list[int]()
    for group in chance.sample(list(groups), _GROUPS_AT_ONCE):
        for wordings in chance.sample(group, min(_FROM_GROUP, len(group))):
            if len(wordings) > 1:
                first, second = chance.sample(wordings, 2)
                asked.append(first)
                right.append(len(listed))
                listed.append(second)
            else:
                listed.append(wordings[0])
    return asked, listed, right
