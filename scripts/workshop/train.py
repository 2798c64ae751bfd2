"""`scripts/captioner train`: everything from photos and sentences to the best weights.

Stages are skipped whose results stand in the work folder; killed ones continue from their last
whole epoch.
"""

from __future__ import annotations

import argparse
import copy
import os
import random
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from lantern.caption.graphs import Encoder
from lantern.caption.vocabulary import END, Vocabulary
from workshop import data, examples, features, similarity, training
from workshop.concepts import Concepts
from workshop.examples import Example, Mixture
from workshop.late import Late
from workshop.models import Learner, Seer, Teller
from workshop.network import Decoder, Shape
from workshop.reward import CiderD
from workshop.texts import TextMixture

SEED = 1
JOINT_SENTENCES = 3
JOINT_TEXTS = 64

LIKE_PHOTOS = (10, 16)
"""Sentences about photos with the very same objects that a photo of coco_labels needs to be
rewarded by them, and how many of them are drawn: one alone may say anything, together they agree on
what such photos show."""


@dataclass(frozen=True)
class Material:
    """What all stages learn from."""

    sets: dict[str, list[data.Photo]]
    texts: list[data.Text]
    words: Vocabulary
    concepts: Concepts
    work: Path
    threads: int
    epochs: int

    def shortened(self, stage: training.Stage) -> training.Stage:
        """Return `stage` with no more epochs than were asked for."""
        return replace(stage, epochs=min(stage.epochs, self.epochs))

    def examples(self, sets: dict[str, list[data.Photo]]) -> dict[str, list[Example]]:
        """Return the train examples of `sets`."""
        return {
            name: examples.read_examples(photos, name, self.words, self.concepts)
            for name, photos in sets.items()
        }

    def seen_by(self, eye: features.Eye) -> dict[str, features.Cache]:
        """Return what `eye` sees in all photos, looking where it has not."""
        features.make(self.sets, eye, self.work, self.threads)
        return {
            name: features.load(photos, name, eye, self.work) for name, photos in self.sets.items()
        }


def main() -> None:
    """Run every stage that has not been run."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    material = gather(arguments)
    teller = learn_language(material)
    learner = learn_to_see(material, teller.decoder)
    _make_encoder(material, learner.late)
    learn_from_rewards(material, learner.decoder)
    features_of_photos = similarity.pooled(material.sets, material.work)
    (material.work / "embedding.npz").write_bytes(similarity.fit(features_of_photos))


def gather(arguments: argparse.Namespace) -> Material:
    """Read all sets, and choose the words and concepts from their train sentences."""
    folder, work = arguments.data, arguments.work
    sets = {name: data.read_set(folder / name) for name in data.SETS}
    train = {name: data.of_split(photos, "train") for name, photos in sets.items()}
    texts = [
        *data.read_texts(folder / data.TEXTS),
        *(
            data.Text(photo.human, photo.objects or ())
            for photo in train["flickr8k_224"] + train["coco_human"]
            # The others of coco_human are among the texts already.
            if photo.objects is None
        ),
    ]
    words = examples.count_words(texts)
    concepts = Concepts.commonest(
        photo.human for photo in train["flickr8k_224"] + train["coco_human"]
    )
    (work / "vocabulary.txt").write_text(words.to_text(), encoding="utf-8")
    (work / "concepts.txt").write_text("\n".join(concepts.words) + "\n", encoding="utf-8")
    return Material(sets, texts, words, concepts, work, arguments.threads, arguments.epochs)


def learn_language(material: Material) -> Teller:
    """Return a decoder that tells sentences from concepts alone."""
    torch.manual_seed(SEED)
    shape = Shape(
        words=len(material.words.words),
        concepts=len(material.concepts),
        positions=examples.LONGEST_SENTENCE + 1,
    )
    decoder = Decoder(shape)
    decoder.begin_with(examples.word_shares(material.texts, material.words))
    mixture = TextMixture(material.texts, material.words, material.concepts)
    stage = material.shortened(training.LANGUAGE)
    return training.Run(
        stage, Teller(decoder), mixture, training.likelihood, material.work
    ).finish()


def learn_to_see(material: Material, decoder: Decoder) -> Learner:
    """Return the late encoder and the decoder, trained together on photos."""
    # TensorFlow takes seconds and half a gigabyte to import: not for stages to be skipped.
    from workshop import encoder  # noqa: PLC0415

    published = material.work / "published.tflite"
    encoder.make(encoder.published_model, material.sets, published)
    eye = features.published(material.work)
    caches = material.seen_by(eye)
    known = material.examples({name: cache.photos for name, cache in caches.items()})
    late = Late(_published_state(encoder.published_weights()), len(material.concepts))
    late.begin_with(_concept_shares(known))
    stage = material.shortened(training.JOINT)
    texts = TextMixture(material.texts, material.words, material.concepts, JOINT_TEXTS)
    return training.Run(
        stage,
        Learner(decoder, late, features.published_scales(published)),
        Mixture(known, caches, stage.visits, JOINT_SENTENCES),
        training.with_texts(training.joint, texts, seed=SEED * 1000),
        material.work,
    ).finish(training.Judge(caches, material.words))


def learn_from_rewards(material: Material, decoder: Decoder) -> None:
    """Write `decoder.pt`, trained on what its sentences score over the shipped encoder's output."""
    caches = material.seen_by(features.shipped(material.work))
    photos = {name: cache.photos for name, cache in caches.items()}
    known = material.examples(photos)
    references = _references(material, known, photos["coco_labels"])
    known = {
        name: [each for each in part if each.row in references[name]]
        for name, part in known.items()
    }
    documents = [_numbers(text.sentences, material.words) for text in material.texts]
    rewards = {
        name: CiderD(part, None if name == "flickr8k_224" else documents)
        for name, part in references.items()
    }
    map_scale = Encoder((material.work / "encoder.tflite").read_bytes(), threads=1).map_scale
    before = Seer(decoder, map_scale)
    judge = training.Judge(caches, material.words)
    after = copy.deepcopy(before)
    for number, stages in enumerate(training.REWARDS, start=1):
        for stage in map(material.shortened, stages):
            mixture = Mixture(known, caches, stage.visits, sentences=1)
            run = training.Run(stage, after, mixture, training.reward(rewards), material.work)
            after = run.finish(judge)
        blended = material.work / f"blend{number}.pt"
        if not blended.exists():
            training.blend(before, after, judge, blended)
        after = Seer(training.load_decoder(blended), map_scale)
    training.save_decoder(after.decoder, material.work / "decoder.pt")


def _make_encoder(material: Material, late: Late) -> None:
    from workshop import encoder  # noqa: PLC0415 - as above

    weights = {name: value.numpy() for name, value in late.unfolded().items()}
    encoder.make(
        lambda: encoder.shipped_model(weights), material.sets, material.work / "encoder.tflite"
    )


def _published_state(weights: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value) for name, value in weights.items()}


def _concept_shares(known: dict[str, list[Example]]) -> torch.Tensor:
    targets = [example.target for part in known.values() for example in part]
    seen = sum(target.shares for target in targets)
    return torch.from_numpy(seen / np.maximum(sum(target.known for target in targets), 1))


def _references(
    material: Material, known: dict[str, list[Example]], labelled: list[data.Photo]
) -> dict[str, dict[int, list[list[int]]]]:
    """Return the sentences that each train photo's are rewarded by, by set and row.

    The end counts as a word, or sentences would learn to break off ("a man on a").
    """
    references = {
        name: {
            example.row: [[*sentence, END] for sentence in example.human]
            for example in part
            if example.human
        }
        for name, part in known.items()
    }
    alike: dict[frozenset[str], list[str]] = defaultdict(list)
    for text in material.texts:
        alike[frozenset(text.objects)] += text.sentences
    draw = random.Random(SEED)
    enough, most = LIKE_PHOTOS
    for example in known["coco_labels"]:
        sentences = alike[frozenset(labelled[example.row].objects or ())]
        if len(sentences) >= enough:
            chosen = draw.sample(sentences, min(most, len(sentences)))
            references["coco_labels"][example.row] = _numbers(chosen, material.words)
    return references


def _numbers(sentences: list[str] | tuple[str, ...], words: Vocabulary) -> list[list[int]]:
    return [[*examples.numbers(sentence, words), END] for sentence in sentences]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--work", type=Path, required=True, help="features, states, weights: 7 GB")
    parser.add_argument(
        "--epochs",
        type=int,
        default=max(stage.epochs for stage in training.STAGES),
        help="at most so many a stage: 1 to see whether everything runs",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
