"""`scripts/captioner quantize`: from the decoder's best weights to the model folder that ships.

Writes the graphs, the vocabulary and the manifest; the tables of labels, concepts and families are
kept as they stand there, since people wrote them.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

import msgspec

from lantern.caption.decode import Search
from lantern.caption.manifest import MANIFEST, Manifest, Part, Thresholds
from workshop import graphs, training

NAME = "lantern-captioner"
VERSION = "4"

BEAM = 6
"""Hypotheses of the step graph. Training judges by three, which are quicker."""

THRESHOLDS = Thresholds(tag=0.1, object=0.6, rival=0.8, silent=0.9)
"""Chosen on the val splits: see the README, "The rule"."""


def main() -> None:
    """Export, and write the manifest last, so that a killed run leaves a refused model."""
    arguments = _arguments()
    work: Path = arguments.work
    models: Path = arguments.models
    decoder = training.load_decoder(arguments.weights or work / "decoder.pt")
    decoder.eval()
    graphs.write(graphs.bridge(decoder), models / "bridge.tflite")
    graphs.write(graphs.step(decoder, BEAM), models / "step.tflite")
    shutil.copyfile(work / "encoder.tflite", models / "encoder.tflite")
    shutil.copyfile(work / "vocabulary.txt", models / "vocabulary.txt")
    shutil.copyfile(work / "embedding.npz", models / "embedding.npz")
    manifest = Manifest(
        name=NAME,
        version=VERSION,
        encoder=_part(models, "encoder.tflite"),
        bridge=_part(models, "bridge.tflite"),
        step=_part(models, "step.tflite"),
        vocabulary=_part(models, "vocabulary.txt"),
        labels=_part(models, "labels.tsv"),
        concepts=_part(models, "concepts.tsv"),
        families=_part(models, "families.tsv"),
        embedding=_part(models, "embedding.npz"),
        search=Search(BEAM, training.LENGTH_PENALTY, decoder.shape.positions),
        thresholds=THRESHOLDS,
        figures={},
    )
    (models / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    size = sum(path.stat().st_size for path in models.iterdir())
    print(f"{models}: {size:,} bytes")


def _part(models: Path, file: str) -> Part:
    return Part(file, hashlib.sha256((models / file).read_bytes()).hexdigest())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner quantize", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="where train worked")
    parser.add_argument("--models", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--weights", type=Path, help="other weights than decoder.pt")
    return parser.parse_args()


if __name__ == "__main__":
    main()
