"""Train the decoder, in two stages that share one loop and a blend of their results.

`likelihood` learns to repeat the references word by word; `reward` then raises the CIDEr-D of
whole sentences drawn from the decoder, against the mean of the other draws for the same photo
(Rennie et al., arXiv:1612.00563; the leave-one-out baseline is Luo's, arXiv:2003.09971).

After each epoch the state is saved, so that a killed run continues from its last whole epoch.
What is judged on val, and goes on to the next stage, is the running mean of the weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lantern.caption.vocabulary import END, PAD, START, Vocabulary
from workshop import data, search
from workshop.examples import LONGEST_SENTENCE, Batch, Mixture
from workshop.features import Cache
from workshop.network import Decoder, Shape
from workshop.reward import CiderD
from workshop.scores import Figures, score

GRADIENT_NORM = 1.0
WARM_UP_STEPS = 100
LABEL_SMOOTHING = 0.1
SAMPLES = 5
BEAM = 3
LENGTH_PENALTY = 0.7
JUDGE_BATCH = 100
BLENDS = (0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Stage:
    """One stage's settings. `kept` is the running mean's share of its own past at each step."""

    name: str
    epochs: int
    rate: float
    last_rate: float
    dropout: float
    kept: float
    visits: Mapping[str, float]
    judge_every: int = 1
    seed: int = 1


LIKELIHOOD = Stage(
    "likelihood",
    epochs=14,
    rate=1e-3,
    last_rate=5e-5,
    dropout=0.2,
    kept=0.998,
    visits={"flickr8k_224": 1.0, "coco_human": 2.0, "coco_labels": 0.6},
    judge_every=4,
)
REWARD = Stage(
    "reward",
    epochs=10,
    rate=1.5e-4,
    last_rate=2e-5,
    dropout=0.1,
    kept=0.99,
    visits={"flickr8k_224": 1.0, "coco_human": 1.5},
)

Loss = Callable[[Decoder, Batch], Tensor]


@dataclass
class Scale:
    """How int8 maps become floats: value = scale * (int8 - zero)."""

    scale: float
    zero: int

    def __call__(self, maps: Tensor) -> Tensor:
        """Return `maps` as float32."""
        return (maps.float() - self.zero) * self.scale


class Judge:
    """Scores a decoder on the val photos of the sets that humans described."""

    def __init__(
        self, caches: dict[str, Cache], words: Vocabulary, scale: Scale, split: str = "val"
    ) -> None:
        self._words = words
        self._scale = scale
        self._sets = {
            name: _judged(cache, split)
            for name, cache in caches.items()
            if any(photo.human for photo in cache.photos)
        }

    def __call__(
        self, decoder: Decoder, width: int = BEAM, penalty: float = LENGTH_PENALTY
    ) -> dict[str, Figures]:
        """Return the figures of beam search with `decoder`, by set."""
        decoder.eval()
        return {
            name: score(
                self._sentences(decoder, photos, maps, width, penalty),
                {photo.file: photo.human for photo in photos},
            )
            for name, (photos, maps) in self._sets.items()
        }

    @torch.no_grad()
    def _sentences(
        self, decoder: Decoder, photos: list[data.Photo], maps: Tensor, width: int, penalty: float
    ) -> dict[str, str]:
        said = [
            sentence
            for part in maps.split(JUDGE_BATCH)
            for sentence in search.beam(
                decoder, decoder.memory(self._scale(part)), width, penalty, LONGEST_SENTENCE + 1
            )
        ]
        return {
            photo.file: self._words.sentence(words)
            for photo, words in zip(photos, said, strict=True)
        }


def likelihood(scale: Scale) -> Loss:
    """Return the loss of the first stage: smoothed cross-entropy of each next word."""

    def loss(decoder: Decoder, batch: Batch) -> Tensor:
        given, wanted = batch.tokens[..., :-1], batch.tokens[..., 1:]
        real = wanted != PAD
        logits = decoder(given, decoder.memory(scale(batch.maps)), real)
        return functional.cross_entropy(logits, wanted[real], label_smoothing=LABEL_SMOOTHING)

    return loss


def reward(scale: Scale, judge: Mapping[str, CiderD]) -> Loss:
    """Return the loss of the second stage: drawn sentences' surprise, weighted by worth."""

    def loss(decoder: Decoder, batch: Batch) -> Tensor:
        maps = scale(batch.maps)
        decoder.eval()
        with torch.no_grad():
            drawn = search.sample(decoder, decoder.memory(maps), SAMPLES, LONGEST_SENTENCE + 1)
        decoder.train()
        worth = torch.tensor(
            [
                [judge[example.set_name].score(example.row, _to_end(words)) for words in sentences]
                for example, sentences in zip(batch.examples, drawn.tolist(), strict=True)
            ]
        )
        others = (worth.sum(-1, keepdim=True) - worth) / (SAMPLES - 1)
        given = functional.pad(drawn[..., :-1], (1, 0), value=START)
        real = drawn != PAD
        logits = decoder(given, decoder.memory(maps), real)
        logits[:, list(search.BANNED)] = -torch.inf
        surprise = functional.cross_entropy(logits, drawn[real], reduction="none")
        weight = (worth - others).unsqueeze(-1).expand_as(drawn)[real]
        return (weight * surprise).mean()

    return loss


class Run:
    """A stage in progress, with its state on disk."""

    def __init__(
        self, stage: Stage, decoder: Decoder, mixture: Mixture, loss: Loss, work: Path
    ) -> None:
        self._stage = stage
        self._decoder = decoder
        self._mixture = mixture
        self._loss = loss
        self._state = work / f"{stage.name}.state.pt"
        self._steps = len(mixture) * stage.epochs
        self._mean = torch.optim.swa_utils.AveragedModel(
            decoder, multi_avg_fn=_running_mean(stage.kept)
        )
        self._optimiser = torch.optim.AdamW(
            decoder.parameters(), lr=stage.rate, betas=(0.9, 0.98), weight_decay=0.02
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._rate)
        self._epoch = 0
        if self._state.exists():
            self._load()

    def finish(self, judge: Judge) -> Decoder:
        """Train what epochs are left and return the decoder with the running mean of the last."""
        for module in self._decoder.modules():
            if isinstance(module, nn.Dropout) and module is not self._decoder.map_dropout:
                module.p = self._stage.dropout
        while self._epoch < self._stage.epochs:
            began = time.monotonic()
            mean_loss = self._train_epoch()
            self._epoch += 1
            took = f"{time.monotonic() - began:.0f} s"
            print(f"{self._stage.name} epoch {self._epoch} loss {mean_loss:.4f} {took}", flush=True)
            if self._epoch % self._stage.judge_every == 0 or self._epoch == self._stage.epochs:
                self._judge(judge)
            self._save()
        return self._mean.module

    def _train_epoch(self) -> float:
        self._decoder.train()
        torch.manual_seed(self._stage.seed * 1000 + self._epoch)
        total = 0.0
        for batch in self._mixture.epoch(self._stage.seed * 1000 + self._epoch):
            loss = self._loss(self._decoder, batch)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self._decoder.parameters(), GRADIENT_NORM)
            self._optimiser.step()
            self._schedule.step()
            self._mean.update_parameters(self._decoder)
            total += loss.item()
        return total / len(self._mixture)

    def _judge(self, judge: Judge) -> None:
        figures = judge(self._mean.module)
        worth = balance(figures)
        print(
            *(
                f"  val {name} CIDEr {set_figures.cider:.4f} BLEU-4 {set_figures.bleu4:.4f}"
                for name, set_figures in figures.items()
            ),
            f"  balance {worth:.4f}",
            flush=True,
        )

    def _rate(self, step: int) -> float:
        floor = self._stage.last_rate / self._stage.rate
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / self._steps)))
        return min((step + 1) / WARM_UP_STEPS, floor + (1 - floor) * cosine)

    def _save(self) -> None:
        part = self._state.with_suffix(".partial")
        torch.save(
            {
                "decoder": self._decoder.state_dict(),
                "mean": self._mean.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "schedule": self._schedule.state_dict(),
                "epoch": self._epoch,
            },
            part,
        )
        part.rename(self._state)

    def _load(self) -> None:
        state: dict[str, Any] = torch.load(self._state, weights_only=True)
        self._decoder.load_state_dict(state["decoder"])
        self._mean.load_state_dict(state["mean"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._epoch = state["epoch"]


def blend(first: Decoder, second: Decoder, judge: Judge, target: Path) -> None:
    """Write the best on val of the straight line between two decoders of one ancestry.

    The reward makes the larger set's sentences better and the smaller set's, learnt by heart,
    worse; half-way weights keep most of both (Wortsman et al., arXiv:2109.01903).
    """
    best = -math.inf
    for share in BLENDS:
        mixed = Decoder(second.shape)
        mixed.load_state_dict(
            {
                name: torch.lerp(start, second.state_dict()[name], share)
                for name, start in first.state_dict().items()
            }
        )
        figures = judge(mixed)
        worth = balance(figures)
        told = (f"{name} {each.cider:.4f}" for name, each in figures.items())
        print(f"blend {share}: val CIDEr", *told, f"balance {worth:.4f}", flush=True)
        if worth > best:
            best = worth
            save_decoder(mixed, target)


def balance(figures: Mapping[str, Figures]) -> float:
    """Return how far both sets are above their bars together: the mean of CIDEr over bar."""
    bars = {"flickr8k_224": 0.50, "coco_human": 0.78}
    return sum(figures[name].cider / bar for name, bar in bars.items()) / len(bars)


def save_decoder(decoder: Decoder, target: Path) -> None:
    """Write the weights and the shape of `decoder`."""
    torch.save({"shape": asdict(decoder.shape), "weights": decoder.state_dict()}, target)


def load_decoder(source: Path) -> Decoder:
    """Return the decoder that `save_decoder` wrote."""
    saved = torch.load(source, weights_only=True)
    decoder = Decoder(Shape(**saved["shape"]))
    decoder.load_state_dict(saved["weights"])
    return decoder


def _running_mean(kept: float) -> Callable[[list[Tensor], list[Tensor], Tensor | int], None]:
    """Return an update that keeps less of the past at the start, when the past is worth less."""

    @torch.no_grad()
    def update(mean: list[Tensor], now: list[Tensor], updates: Tensor | int) -> None:
        share = min(kept, (1 + float(updates)) / (10 + float(updates)))
        torch._foreach_lerp_(mean, now, 1 - share)

    return update


def _judged(cache: Cache, split: str) -> tuple[list[data.Photo], Tensor]:
    rows = [row for row, photo in enumerate(cache.photos) if photo.split == split]
    return [cache.photos[row] for row in rows], torch.from_numpy(cache.copies["plain"][rows])


def _to_end(words: list[int]) -> list[int]:
    return words[: words.index(END) + 1] if END in words else words
