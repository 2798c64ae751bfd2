"""`scripts/captioner choice`: teach the shipped model to find and choose its best sentences.

Run it after `quantize`. Fits `lantern.caption.expectation` on what the shipped encoder sees of the
described train photos, has the decoder find its sentences about the val photos, fits there what the
measures of `lantern.caption.choice` weigh, and writes file and weights into the model. What stands
in the work folder is not made again.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch

from lantern.caption import decode, tags
from lantern.caption.choice import Weights, measure, weigh
from lantern.caption.decode import Hypothesis
from lantern.caption.expectation import LONGEST, RAREST, SCALE, Expectation, Run, pooled, to_bytes
from lantern.caption.graphs import Encoder, SentenceDecoder, floats
from lantern.caption.guide import Guides
from lantern.caption.manifest import FORMAT, MANIFEST, Chooser, Manifest, read_manifest, read_part
from lantern.caption.vocabulary import PAD, UNENDING, UNKNOWN, Vocabulary, tokenize
from workshop import data, features
from workshop.concepts import OBJECTS
from workshop.reward import CiderD

SETS = ("flickr8k_224", "coco_human")
"""Those that people described."""

LEAST_PHOTOS = 10
"""Train photos that a run of words must be told of to be foretold."""

RIDGE = 3.0
"""Times the number of pooled values is added to the diagonal."""

RANK = 128
STILL = 1e-3
"""Added to each spread, in steps of the map, lest a channel that never fires divides by nothing."""

GUIDE = 8.0
"""Nats that the search is paid for a unit of expected CIDEr; 4 and 16 were no better on val."""

LEAST_STEPS = 12
"""Of the search: more sentences are finished by then to choose from."""

DECAY = 0.002
"""Times the squares of the weights of evened measures is what they must earn, in CIDEr."""

FOLDS = 5

Numbered = tuple[Run, ...]
"""One photo's sentences as word numbers."""

Found = dict[str, list[list[Hypothesis]]]
"""The finished sentences about each val photo, by set, in the order of its val rows."""


@dataclass(frozen=True)
class Described:
    """Photos in the order of their rows in the cache of one set, and people's words about them.

    Words that the vocabulary lacks have numbers beyond it.
    """

    name: str
    splits: list[str]
    sentences: list[Numbered]
    cells: np.ndarray
    concept_logits: np.ndarray

    def rows(self, split: str) -> list[int]:
        """Return the rows of the described photos of `split`."""
        both = zip(self.splits, self.sentences, strict=True)
        return [row for row, (of, told) in enumerate(both) if of == split and told]


@dataclass(frozen=True)
class Listed:
    """A val photo's hypotheses, (hypotheses, 1 + measures), and the CIDEr-D of each."""

    measured: np.ndarray
    worth: np.ndarray


@dataclass(frozen=True)
class Shipped:
    """The model in the folder `models`, which is to choose from now on."""

    models: Path
    manifest: Manifest

    @property
    def words(self) -> Vocabulary:
        """Return its words."""
        return Vocabulary.from_text(read_part(self.models, self.manifest.vocabulary).decode())

    @property
    def search(self) -> decode.Search:
        """Return its search, which finds more than the likeliest sentence."""
        return msgspec.structs.replace(self.manifest.search, least=LEAST_STEPS)

    def guides(self, expectation: Expectation) -> Guides:
        """Return what guides its search."""
        return Guides(expectation, GUIDE, len(self.words.words))

    def write(self, file: str, content: bytes, weights: np.ndarray) -> None:
        """Write the file of the choice, and its weights, which `fit` returns, into the manifest."""
        (self.models / file).write_bytes(content)
        rounded = Weights(*(round(float(weight), 4) for weight in weights[1:]))
        chooser = Chooser(file, hashlib.sha256(content).hexdigest(), GUIDE, rounded)
        changed = msgspec.structs.replace(
            self.manifest, search=self.search, choice=chooser, format=FORMAT
        )
        encoded = msgspec.json.format(msgspec.json.encode(changed))
        (self.models / MANIFEST).write_bytes(encoded + b"\n")


def main() -> None:
    """Fit what is not fitted yet, and write the model's manifest last."""
    arguments = _arguments()
    shipped = Shipped(arguments.models, read_manifest(arguments.models))
    described = list(_described(arguments.data, arguments.work, shipped.words))
    regressed, found = arguments.work / "choice.npz", arguments.work / "choice.lists.json"
    if not regressed.exists():
        concepts = (arguments.work / "concepts.txt").read_text(encoding="utf-8").split()
        regressed.write_bytes(regression(described, shipped.words, concepts))
    content = regressed.read_bytes()
    expectation = Expectation.from_bytes(content)
    if not found.exists():
        found.write_bytes(msgspec.json.encode(_found(described, expectation, shipped)))
    lists = list(_listed(described, found.read_bytes(), expectation, shipped))
    weights = fit(lists)
    _tell(lists, weights)
    shipped.write(regressed.name, content, weights)


def regression(described: list[Described], words: Vocabulary, concepts: list[str]) -> bytes:
    """Return the file of `Expectation`, fitted on the train photos.

    `concepts` are the words among the concepts, which come after `OBJECTS`.
    """
    told = [each.sentences[row] for each in described for row in each.rows("train")]
    seen = np.stack([pooled(each.cells[row]) for each in described for row in each.rows("train")])
    rarity = rarities(told)
    runs = _common_runs(told, len(words.words))
    amounts = targets(told, runs, rarity)
    centre, spread = seen.mean(0), seen.std(0) + STILL
    usual = amounts.mean(0)
    projection, table = low_rank((seen - centre) / spread, amounts - usual)
    rows = [[*run, *[PAD] * (LONGEST - len(run))] for run in runs]
    return to_bytes(
        projection,
        table,
        centre=centre,
        spread=spread,
        usual=usual,
        rarity=np.array([rarity[run] for run in runs]),
        norms=usual_norms(told, rarity),
        runs=np.array(rows),
        concepts=np.array([PAD] * len(OBJECTS) + [_known(word, words) for word in concepts]),
    )


def rarities(told: list[Numbered]) -> dict[Run, float]:
    """Return the logarithm of how many photos there are for each that a run is told of."""
    return {
        run: min(RAREST, math.log(len(told) / photos)) for run, photos in _counted(told).items()
    }


def targets(told: list[Numbered], runs: list[Run], rarity: dict[Run, float]) -> np.ndarray:
    """Return (photos, runs) float32: how much of each run people say of each photo."""
    columns = {run: column for column, run in enumerate(runs)}
    amounts = np.zeros((len(told), len(runs)), np.float32)
    for row, sentences in zip(amounts, told, strict=True):
        for sentence in sentences:
            weighed = weigh(sentence, rarity.__getitem__)
            for of_length, norm in zip(weighed.runs, weighed.norms, strict=True):
                for run in of_length.keys() & columns.keys():
                    row[columns[run]] += SCALE * of_length[run] / norm / len(sentences)
    return amounts


def usual_norms(told: list[Numbered], rarity: dict[Run, float]) -> np.ndarray:
    """Return (4,) the mean norm of sentences' runs of each length, of those that have any."""
    norms = np.array(
        [weigh(sentence, rarity.__getitem__).norms for sentences in told for sentence in sentences]
    )
    return np.asarray(norms.sum(0) / (norms > 0).sum(0))


def low_rank(seen: np.ndarray, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ridge regression of `amounts` on `seen`, as (pooled, rank) by (rank, runs).

    Of all of that rank it is the best by the penalised squares (Izenman's reduced-rank regression).
    """
    strengths, axes = np.linalg.eigh(seen.T @ seen)
    whitening = axes / np.sqrt(np.maximum(strengths, 0) + RIDGE * seen.shape[1])
    explained = whitening.T @ (seen.T @ amounts)
    _, directions = np.linalg.eigh(explained @ explained.T)
    best = directions[:, ::-1][:, :RANK]
    return whitening @ best, best.T @ explained


def fit(lists: list[Listed]) -> np.ndarray:
    """Return the weights, the hypothesis's own worth first and 1, that choose best on `lists`.

    The mean CIDEr-D of a sentence drawn by the softmax of its weighed measures is made largest.
    """
    most = max(len(each.worth) for each in lists)
    real = torch.tensor([[n < len(each.worth) for n in range(most)] for each in lists])
    measured, worth = (
        torch.from_numpy(np.stack([np.resize(a, (most, *a.shape[1:])) for a in arrays])).double()
        for arrays in ([each.measured for each in lists], [each.worth for each in lists])
    )
    spread = _spread(lists)
    evened = measured / torch.from_numpy(spread)
    weights = torch.eye(measured.shape[-1], dtype=torch.double)[0].requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=60)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        shares = (evened @ weights).masked_fill(~real, -torch.inf).softmax(1)
        missed = DECAY * weights.square().sum() - (shares * worth).sum(1).mean()
        missed.backward()
        return missed

    optimiser.step(loss)
    raw = weights.detach().numpy() / spread
    return np.asarray(raw / raw[0])


def chosen(each: Listed, weights: np.ndarray) -> float:
    """Return the CIDEr-D of the hypothesis that `weights` choose."""
    return float(each.worth[np.argmax(each.measured @ weights)])


def _described(folder: Path, work: Path, words: Vocabulary) -> Iterator[Described]:
    """Yield the sets; all of them share the numbers of words beyond the vocabulary."""
    numbers = {word: number for number, word in enumerate(words.words)}
    for name in SETS:
        photos = features.of_copy(data.read_set(folder / name), "plain")
        yield Described(
            name,
            [photo.split for photo in photos],
            [
                tuple(
                    tuple(numbers.setdefault(word, len(numbers)) for word in tokenize(sentence))
                    for sentence in photo.human
                )
                for photo in photos
            ],
            np.load(features.file(work, name, "plain", "cells"), mmap_mode="r"),
            np.load(features.file(work, name, "plain", "concept_logits")).astype(np.float32),
        )


def _counted(told: list[Numbered]) -> Counter[Run]:
    """Return of how many photos each run is told."""
    return Counter(
        run
        for sentences in told
        for run in {
            run for sentence in sentences for part in weigh(sentence, len).runs for run in part
        }
    )


def _common_runs(told: list[Numbered], words: int) -> list[Run]:
    """Return the runs of enough photos that the vocabulary can write, in their order."""
    common = (run for run, photos in _counted(told).items() if photos >= LEAST_PHOTOS)
    return sorted((run for run in common if max(run) < words), key=lambda run: (len(run), run))


def _known(word: str, words: Vocabulary) -> int:
    (number,) = words.numbers([word])
    return PAD if number == UNKNOWN else number


def _found(described: list[Described], expectation: Expectation, shipped: Shipped) -> Found:
    """Return what the shipped decoder finds about the val photos."""
    parts = shipped.manifest
    encoder, bridge, step = (
        read_part(shipped.models, each) for each in (parts.encoder, parts.bridge, parts.step)
    )
    decoder = SentenceDecoder(bridge, step, threads=1)
    scale = Encoder(encoder, threads=1).map_scale
    guides = shipped.guides(expectation)
    unending = frozenset(shipped.words.numbers(UNENDING)) - {UNKNOWN}

    def sentences(each: Described, row: int) -> list[Hypothesis]:
        decoder.look(floats(each.cells[row], *scale), tags.sigmoid(each.concept_logits[row]))
        guide = guides.of(expectation.of(each.cells[row]))
        return decode.beam_search(decoder, shipped.search, unending=unending, guide=guide)

    return {each.name: [sentences(each, row) for row in each.rows("val")] for each in described}


def _listed(
    described: list[Described], found: bytes, expectation: Expectation, shipped: Shipped
) -> Iterator[Listed]:
    """Measure and judge what was `found`, by the rarity of words in each set's val sentences."""
    lists = msgspec.json.decode(found, type=Found)
    for each in described:
        rows = each.rows("val")
        judge = CiderD({row: each.sentences[row] for row in rows})
        for row, hypotheses in zip(rows, lists[each.name], strict=True):
            amounts, logits = expectation.of(each.cells[row]), each.concept_logits[row]
            own = [[one.worth(shipped.search.length_penalty)] for one in hypotheses]
            yield Listed(
                np.concatenate((own, measure(hypotheses, expectation, amounts, logits)), 1),
                np.array([judge.score(row, one.words) for one in hypotheses]),
            )


def _spread(lists: list[Listed]) -> np.ndarray:
    """Return the standard deviation of each measure among the hypotheses of a photo, never 0."""
    apart = np.concatenate([each.measured - each.measured.mean(0) for each in lists])
    spread = np.sqrt((apart**2).mean(0))
    return np.where(spread > 0, spread, 1.0)


def _tell(lists: list[Listed], weights: np.ndarray) -> None:
    """Print what choosing gains, and what it gains where the weights were fitted on others."""
    fold = np.random.default_rng(0).permutation(len(lists)) % FOLDS
    others = [
        fit([each for each, of in zip(lists, fold, strict=True) if of != n]) for n in range(FOLDS)
    ]
    likeliest = np.eye(len(weights))[0]
    for name, choose in (
        ("the likeliest", lambda _: likeliest),
        ("chosen", lambda _: weights),
        ("chosen by weights of other photos", lambda n: others[n]),
    ):
        worth = [chosen(each, choose(n)) for each, n in zip(lists, fold, strict=True)]
        print(f"{name}: CIDEr-D {np.mean(worth):.4f} on {len(worth)} val photos", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner choice", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--work", type=Path, required=True, help="where train worked")
    parser.add_argument("--models", type=Path, required=True, help="the model folder to change")
    return parser.parse_args()


if __name__ == "__main__":
    main()
