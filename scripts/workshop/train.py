"""`scripts/captioner train`: from photos and sentences to the decoder's best weights.

encoder, features, likelihood, reward, blend: each stage is skipped where its result stands in the
work folder, and the two training stages continue from their last whole epoch.
"""

from __future__ import annotations

import argparse
import copy
import os
from pathlib import Path

import torch

from lantern.caption.tflite import Encoder
from lantern.caption.vocabulary import END
from workshop import data, examples, features, similarity, training
from workshop.network import Decoder, Shape
from workshop.reward import CiderD

SEED = 1


def main() -> None:
    """Run every stage that has not been run."""
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    sets = {name: data.read_set(arguments.data / name) for name in data.SETS}
    _make_encoder(sets, work)
    features.make(sets, work / "encoder.tflite", work, arguments.threads)
    (work / "embedding.npz").write_bytes(similarity.fit(similarity.pooled(sets, work)))
    words = examples.count_words(sets)
    (work / "vocabulary.txt").write_text(words.to_text(), encoding="utf-8")
    caches = {name: features.load(photos, name, work) for name, photos in sets.items()}
    train = {name: examples.read_examples(photos, name, words) for name, photos in sets.items()}
    scale = map_scale(work)
    judge = training.Judge(caches, words, scale)

    torch.manual_seed(SEED)
    decoder = Decoder(Shape(words=len(words.words), positions=examples.LONGEST_SENTENCE + 1))
    decoder.begin_with(examples.word_shares(train, words))
    first = training.LIKELIHOOD
    mixture = examples.Mixture(train, caches, first.visits)
    learnt = training.Run(first, decoder, mixture, training.likelihood(scale), work).finish(judge)

    second = training.REWARD
    decoder = copy.deepcopy(learnt)
    mixture = examples.Mixture(train, caches, second.visits)
    loss = training.reward(scale, {name: _rewards(train[name]) for name in second.visits})
    rewarded = training.Run(second, decoder, mixture, loss, work).finish(judge)
    training.blend(learnt, rewarded, judge, work / "decoder.pt")


def map_scale(work: Path) -> training.Scale:
    """Return how the encoder's maps become floats."""
    return training.Scale(*Encoder((work / "encoder.tflite").read_bytes(), threads=1).map_scale)


def _make_encoder(sets: dict[str, list[data.Photo]], work: Path) -> None:
    if not (work / "encoder.tflite").exists():
        # TensorFlow takes seconds and half a gigabyte to import: not for a stage to be skipped.
        from workshop import encoder  # noqa: PLC0415

        encoder.make(sets, work / "encoder.tflite")


def _rewards(train: list[examples.Example]) -> CiderD:
    # The end counts as a word, or sentences would learn to break off ("a man on a").
    return CiderD(
        {
            example.row: [[*sentence, END] for sentence in example.human]
            for example in train
            if example.human
        }
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--work", type=Path, required=True, help="features, states, weights: 5 GB")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
