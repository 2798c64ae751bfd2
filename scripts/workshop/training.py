"""Train in stages that share one loop, and blend what comes before and after the rewards.

`language` learns sentences from concepts alone and `joint` from photos, late encoder and decoder
together, both to repeat what people wrote word by word; the stages of `REWARDS` then raise the
CIDEr-D of whole sentences drawn from the decoder, against the mean of the other draws for the same
photo (Rennie et al., arXiv:1612.00563; the leave-one-out baseline is Luo's, arXiv:2003.09971).

After each epoch the state is saved, so that a killed run continues from its last whole epoch.
What is judged on val, and goes on to the next stage, is the running mean of the weights.
"""

from __future__ import annotations

import copy
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lantern.caption.vocabulary import END, PAD, START, Vocabulary
from workshop import data, search
from workshop.examples import LONGEST_SENTENCE, Batch, stacked
from workshop.features import Cache
from workshop.late import sight
from workshop.models import Learner, Teller
from workshop.network import Decoder, Shape, Sight
from workshop.reward import CiderD
from workshop.scores import Figures, score
from workshop.texts import TextMixture

GRADIENT_NORM = 1.0
LABEL_SMOOTHING = 0.1
TEXT_WEIGHT = 0.3
CONCEPTS_WEIGHT = 0.15
CLASSES_WEIGHT = 0.5
SAMPLES = 5
BEAM = 3
LENGTH_PENALTY = 0.7
JUDGE_BATCH = 100
BLENDS = (0.5, 0.7, 0.85, 1.0)


@dataclass(frozen=True)
class Stage:
    """One stage's settings.

    `kept` is the running mean's share of its own past at each step; in the first `warm_up` steps
    the learning rate rises to `rate`.
    """

    name: str
    epochs: int
    rate: float
    last_rate: float
    dropout: float
    kept: float
    visits: Mapping[str, float]
    judge_every: int = 1
    warm_up: int = 100
    seed: int = 1


LANGUAGE = Stage(
    "language",
    epochs=2,
    rate=1.2e-3,
    last_rate=2e-4,
    dropout=0.1,
    kept=0.998,
    visits={},
)
JOINT = Stage(
    "joint",
    epochs=8,
    rate=6e-4,
    last_rate=2e-5,
    dropout=0.15,
    kept=0.998,
    visits={"flickr8k_224": 1.0, "coco_human": 2.0, "coco_labels": 0.6},
    judge_every=3,
)
REWARD = Stage(
    "reward",
    epochs=3,
    rate=2e-4,
    last_rate=2e-5,
    dropout=0.1,
    kept=0.99,
    visits={"flickr8k_224": 1.0, "coco_human": 1.5, "coco_labels": 0.2},
    judge_every=2,
)

CALMER_REWARD = replace(
    REWARD,
    name="reward2",
    epochs=2,
    rate=6e-5,
    last_rate=5e-6,
    visits={"flickr8k_224": 0.8, "coco_human": 1.5, "coco_labels": 0.1},
    warm_up=20,
)
LONG_REWARD = replace(
    CALMER_REWARD,
    name="reward3",
    epochs=10,
    rate=1e-4,
    visits={"flickr8k_224": 1.0, "coco_human": 1.5, "coco_labels": 0.1},
)
REWARDS = ((REWARD, CALMER_REWARD), (LONG_REWARD,))
"""Stages that follow each other; after each group comes a blend with what went before all of them,
and the next group continues from that."""

STAGES = (LANGUAGE, JOINT, *(stage for group in REWARDS for stage in group))

Loss = Callable[[Any, Batch], Tensor]
"""Takes the model of its stage, one of `models`."""

Learnt = TypeVar("Learnt", bound=Teller)

Tensors = tuple[Tensor, ...] | list[Tensor]


class Epochs(Protocol):
    """A mixture: as many batches an epoch as its length."""

    def __len__(self) -> int: ...

    def epoch(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of one epoch."""


class Judge:
    """Scores a decoder on the val photos of the sets that humans described."""

    def __init__(self, caches: dict[str, Cache], words: Vocabulary, split: str = "val") -> None:
        self._words = words
        self._sets = {
            name: _judged(cache, split)
            for name, cache in caches.items()
            if any(photo.human for photo in cache.photos)
        }

    def __call__(
        self, model: Teller, width: int = BEAM, penalty: float = LENGTH_PENALTY
    ) -> dict[str, Figures]:
        """Return the figures of beam search with `model`, by set."""
        return {
            name: score(
                self.sentences(model, name, width, penalty),
                {photo.file: photo.human for photo in photos},
            )
            for name, (photos, _) in self._sets.items()
        }

    @torch.no_grad()
    def sentences(
        self, model: Teller, name: str, width: int = BEAM, penalty: float = LENGTH_PENALTY
    ) -> dict[str, str]:
        """Return what `model` says of the photos of the set `name`, by file."""
        model.eval()
        photos, rows = self._sets[name]
        said = [
            sentence
            for start in range(0, len(rows), JUDGE_BATCH)
            for sentence in search.beam(
                model.decoder,
                model.remember(stacked(rows[start : start + JUDGE_BATCH])),
                width,
                penalty,
                LONGEST_SENTENCE + 1,
            )
        ]
        return {
            photo.file: self._words.sentence(words)
            for photo, words in zip(photos, said, strict=True)
        }


def likelihood(model: Teller, batch: Batch) -> Tensor:
    """Return smoothed cross-entropy of each next word."""
    return _surprise(model, model.look(batch.seen), batch)


def _surprise(model: Teller, sight: Sight, batch: Batch) -> Tensor:
    given, wanted = batch.tokens[..., :-1], batch.tokens[..., 1:]
    real = wanted != PAD
    logits = model.decoder(given, model.decoder.memory(sight), real)
    return functional.cross_entropy(logits, wanted[real], label_smoothing=LABEL_SMOOTHING)


def with_texts(loss: Loss, texts: TextMixture, seed: int) -> Loss:
    """Return `loss` plus that of a batch of sentences alone, so that their language stays known."""
    batches = itertools.chain.from_iterable(texts.epoch(seed + n) for n in itertools.count())

    def both(model: Teller, batch: Batch) -> Tensor:
        text = next(batches)
        told = _surprise(model, Teller.look(model, text.seen), text)
        return loss(model, batch) + TEXT_WEIGHT * told

    return both


def joint(model: Learner, batch: Batch) -> Tensor:
    """Return the loss of decoder and late encoder together: words, concepts, published classes."""
    outlook = model.outlook(batch.seen)
    shares, known = (
        torch.from_numpy(np.stack([getattr(example.target, part) for example in batch.examples]))
        for part in ("shares", "known")
    )
    concepts = functional.binary_cross_entropy_with_logits(
        outlook.concepts, shares, known, reduction="sum"
    ) / len(batch.examples)
    classes = functional.kl_div(
        outlook.classes.log_softmax(-1),
        model.published_classes(batch.seen).softmax(-1),
        reduction="batchmean",
    )
    words = _surprise(model, sight(outlook.cells, outlook.concepts), batch)
    return words + CONCEPTS_WEIGHT * concepts + CLASSES_WEIGHT * classes


def reward(judge: Mapping[str, CiderD[int]]) -> Loss:
    """Return the loss of the last stage: drawn sentences' surprise, weighted by worth."""

    def loss(model: Teller, batch: Batch) -> Tensor:
        decoder = model.decoder
        seen = model.look(batch.seen)
        decoder.eval()
        with torch.no_grad():
            drawn = search.sample(decoder, decoder.memory(seen), SAMPLES, LONGEST_SENTENCE + 1)
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
        logits = decoder(given, decoder.memory(seen), real)
        logits[:, list(search.BANNED)] = -torch.inf
        surprise = functional.cross_entropy(logits, drawn[real], reduction="none")
        weight = (worth - others).unsqueeze(-1).expand_as(drawn)[real]
        return (weight * surprise).mean()

    return loss


class Run(Generic[Learnt]):
    """A stage in progress, with its state on disk."""

    def __init__(
        self, stage: Stage, model: Learnt, mixture: Epochs, loss: Loss, work: Path
    ) -> None:
        self._stage = stage
        self._model = model
        self._mixture = mixture
        self._loss = loss
        self._state = work / f"{stage.name}.state.pt"
        self._steps = len(mixture) * stage.epochs
        self._mean = torch.optim.swa_utils.AveragedModel(
            model, multi_avg_fn=_running_mean(stage.kept)
        )
        self._optimiser = torch.optim.AdamW(
            [
                {"params": group["params"], "lr": stage.rate * group["factor"]}
                for group in model.groups()
            ],
            betas=(0.9, 0.98),
            weight_decay=0.02,
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._rate)
        self._epoch = 0
        if self._state.exists():
            self._load()

    def finish(self, judge: Judge | None = None) -> Learnt:
        """Train what epochs are left and return the model with the running mean of the last."""
        self._model.decoder.drop(self._stage.dropout)
        while self._epoch < self._stage.epochs:
            began = time.monotonic()
            mean_loss = self._train_epoch()
            self._epoch += 1
            took = f"{time.monotonic() - began:.0f} s"
            print(f"{self._stage.name} epoch {self._epoch} loss {mean_loss:.4f} {took}", flush=True)
            last = self._epoch == self._stage.epochs
            if judge and (last or self._epoch % self._stage.judge_every == 0):
                self._judge(judge)
            self._save()
        return self._learnt()

    def _learnt(self) -> Learnt:
        return cast("Learnt", self._mean.module)

    def _train_epoch(self) -> float:
        self._model.train()
        torch.manual_seed(self._stage.seed * 1000 + self._epoch)
        total = 0.0
        for batch in self._mixture.epoch(self._stage.seed * 1000 + self._epoch):
            loss = self._loss(self._model, batch)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self._model.parameters(), GRADIENT_NORM)
            self._optimiser.step()
            self._schedule.step()
            self._mean.update_parameters(self._model)
            total += loss.item()
        return total / len(self._mixture)

    def _judge(self, judge: Judge) -> None:
        figures = judge(self._learnt())
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
        return min((step + 1) / self._stage.warm_up, floor + (1 - floor) * cosine)

    def _save(self) -> None:
        part = self._state.with_suffix(".partial")
        torch.save(
            {
                "model": self._model.state_dict(),
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
        self._model.load_state_dict(state["model"])
        self._mean.load_state_dict(state["mean"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._epoch = state["epoch"]


def blend(first: Teller, second: Teller, judge: Judge, target: Path) -> None:
    """Write the decoder that is best on val of the straight line between two of one ancestry.

    The reward makes the larger set's sentences better and the smaller set's, learnt by heart,
    worse; half-way weights keep most of both (Wortsman et al., arXiv:2109.01903).
    """
    best = -math.inf
    for share in BLENDS:
        mixed = copy.deepcopy(first)
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
            save_decoder(mixed.decoder, target)


def balance(figures: Mapping[str, Figures]) -> float:
    """Return how far both sets are above their bars together: the mean of CIDEr over bar."""
    bars = {"flickr8k_224": 0.62, "coco_human": 0.95}
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


def _running_mean(kept: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """Return an update that keeps less of the past at the start, when the past is worth less."""

    @torch.no_grad()
    def update(mean: Tensors, now: Tensors, updates: Tensor | int) -> None:
        share = min(kept, (1 + float(updates)) / (10 + float(updates)))
        torch._foreach_lerp_(mean, now, 1 - share)

    return update


def _judged(cache: Cache, split: str) -> tuple[list[data.Photo], list[dict[str, np.ndarray]]]:
    rows = [row for row, photo in enumerate(cache.photos) if photo.split == split]
    plain = cache.copies["plain"]
    return [cache.photos[row] for row in rows], [
        {kind: array[row] for kind, array in plain.items()} for row in rows
    ]


def _to_end(words: list[int]) -> list[int]:
    return words[: words.index(END) + 1] if END in words else words
