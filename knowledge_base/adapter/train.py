"""`python -m knowledge_base.adapter.train`: teaches the encoder's last layers which questions mean the same.

The layers below are not touched, so their output is made once for each text. About 25 minutes on two cores.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from peft import LoraConfig, get_peft_model
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from knowledge_base.adapter.merge import WEIGHTS
from knowledge_base.adapter.texts import Source, draw, sources
from knowledge_base.checkpoint import QUERY_PREFIX
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.folding import fold

FIRST, LAYERS = 8, 12  # layers FIRST … LAYERS − 1 are adapted
RANK, RATE, TEMPERATURE, WARM_UP = 16, 4e-4, 0.05, 0.05
STEPS = 1300
# How much of what was learnt is merged (0–1). All of it costs wordings of which it saw none (MODEL_CARD.md).
STRENGTH = 0.5
_LONGEST, _AT_ONCE = 48, 64
_TARGETS = rf"encoder\.layer\.({'|'.join(map(str, range(FIRST, LAYERS)))})\..*\.(query|key|value|dense)"


class Learner:
    """The encoder with a trainable adapter on its last layers."""

    def __init__(self, folder: Path) -> None:
        self.config = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=_TARGETS)
        self._bert: Any = AutoModel.from_pretrained(folder)
        self.model = get_peft_model(self._bert, self.config).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)  # type: ignore[no-untyped-call]
        self._below: dict[str, Tensor] = {}

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What is trained."""
        return [weight for weight in self.model.parameters() if weight.requires_grad]

    def read(self, texts: Sequence[str]) -> None:
        """Run the layers below the adapter and keep what they give, in half precision."""
        prompted = [QUERY_PREFIX + fold(text) for text in texts]
        batch = self._tokenizer(prompted, return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST)
        mask = batch["attention_mask"]
        with torch.no_grad():
            hidden = self._bert.embeddings(input_ids=batch["input_ids"])
            hidden = self._run(hidden, mask.float(), slice(FIRST))
        for text, state, length in zip(texts, hidden, mask.sum(1).tolist(), strict=True):
            self._below[text] = state[:length].half()

    def vectors(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors (n, d), with gradients, of texts that were read."""
        states = [self._below[text] for text in texts]
        hidden = nn.utils.rnn.pad_sequence(states, batch_first=True).float()
        lengths = torch.tensor([len(state) for state in states])
        kept = (torch.arange(hidden.shape[1])[None] < lengths[:, None]).float()
        hidden = self._run(hidden, kept, slice(FIRST, LAYERS))
        means = (hidden * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)
        return nn.functional.normalize(means, dim=1)

    def _run(self, hidden: Tensor, kept: Tensor, part: slice) -> Tensor:
        mask = (1.0 - kept[:, None, None, :]) * torch.finfo(torch.float32).min
        for layer in self._bert.encoder.layer[part]:
            out = layer(hidden, attention_mask=mask)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden


def contrast(asked: Tensor, listed: Tensor) -> Tensor:
    """Loss () of picking each asked text's twin among the listed ones, and the other way round; unit vectors."""
    cosines = asked @ listed.T / TEMPERATURE
    right = torch.arange(len(asked))
    back = cosines[:, : len(asked)].T
    return (nn.functional.cross_entropy(cosines, right) + nn.functional.cross_entropy(back, right)) / 2


def train(learner: Learner, texts: Sequence[Source], steps: int, advance: Any = lambda: None) -> list[float]:
    """Draw batches and follow the gradient; the loss of each step."""
    chance, losses = random.Random(0), list[float]()
    optimizer = torch.optim.AdamW(learner.parameters, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps + 1, pct_start=WARM_UP, anneal_strategy="linear"
    )
    for _ in range(steps):
        batch = draw(texts, chance)
        vectors = learner.vectors([*batch.asked, *batch.listed])
        loss = contrast(vectors[: len(batch.asked)], vectors[len(batch.asked) :])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learner.parameters, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        advance()
    return losses


def save(learner: Learner, out: Path) -> None:
    """Write the adapter in PEFT's format, its scale lowered to STRENGTH."""
    learner.config.lora_alpha = round(2 * RANK * STRENGTH)
    learner.config.base_model_name_or_path = "multilingual-e5-small"
    learner.model.save_pretrained(str(out), save_embedding_layers=False)  # else it looks for the encoder on a hub
    (out / "README.md").unlink(missing_ok=True)  # the library's empty form; ours is MODEL_CARD.md


def main(
    encoder: Annotated[Path, typer.Option(help="encoder without adapter: python -m knowledge_base.prepare")],
    faq: Annotated[Path, typer.Option(help="folder of the FAQ")] = Path("knowledge_base/faq"),
    out: Annotated[Path, typer.Option(help="folder for the adapter")] = WEIGHTS,
    steps: Annotated[int, typer.Option()] = STEPS,
) -> None:
    """Train the adapter of the encoder."""
    console = Console(stderr=True)
    torch.manual_seed(0)
    try:
        texts = sources(faq)
    except KnowledgeBaseError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    learner = Learner(encoder)
    everything = sorted({text for source in texts for text in source.texts}, key=len)
    with Progress(console=console) as bar:
        reading = bar.add_task(f"reading {len(everything):,} texts", total=len(everything))
        for start in range(0, len(everything), _AT_ONCE):
            learner.read(everything[start : start + _AT_ONCE])
            bar.advance(reading, _AT_ONCE)
        learning = bar.add_task("learning", total=steps)
        losses = train(learner, texts, steps, lambda: bar.advance(learning))
    save(learner, out)
    first, last = (sum(part) / len(part) for part in (losses[:50], losses[-50:]))
    console.print(f"{out}: loss {first:.2f} -> {last:.2f} over {steps} steps", markup=False)


if __name__ == "__main__":
    typer.run(main)
