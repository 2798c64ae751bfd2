"""`scripts/captioner evaluate`: JPEG in, sentence out, through the shipped package, and its scores.

Prints a table for people; the last line with `--json` is one JSON object. The top-level figures
are of all evaluated photos as one corpus, those under `sets` of each set alone: CIDEr weighs words
by their rarity within a corpus, so the figures of a set are the ones to compare. `ms_per_photo` is
processor time, on one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from lantern.caption.graphs import runtime_name
from lantern.caption.manifest import MANIFEST, SHIPPED_MODELS, read_manifest
from lantern.caption.tflite import TfliteCaptioner
from lantern.caption.vocabulary import tokenize
from lantern.imaging.decode import decode
from lantern.imaging.formats import Format
from workshop import data
from workshop.nouns import is_right
from workshop.scores import Figures, score


@dataclass(frozen=True)
class Told:
    """One photo's sentence with and without the rule, its references, and what it took."""

    photo: data.Photo
    sentence: str
    decoder_sentence: str
    took_ms: float


def main() -> None:
    """Evaluate the sets below `--data`, or the set that `--data` is."""
    arguments = _arguments()
    captioner = TfliteCaptioner(arguments.models)
    told = {
        name: [_tell(captioner, photo) for photo in photos]
        for name, photos in _sets(arguments.data, arguments.split, arguments.limit).items()
    }
    if arguments.sentences:
        _write_sentences(arguments.sentences, told)
    figures = {
        name: _figures(part, without_rule=arguments.without_rule) for name, part in told.items()
    }
    everything = [one for part in told.values() for one in part]
    overall = _figures(everything, without_rule=arguments.without_rule)
    _print_table({**figures, "all": overall}, captioner.name)
    if arguments.record:
        _record(arguments.models, arguments.split, figures)
    if arguments.json:
        print(json.dumps({**overall, "sets": figures}))


def _sets(folder: Path, split: str, limit: int | None) -> dict[str, list[data.Photo]]:
    """Return the photos of `split` that humans described, by the name of their set."""
    folders = (
        [folder]
        if (folder / "captions_splits.json").exists()
        else [folder / name for name in data.SETS if (folder / name).exists()]
    )
    chosen = {
        each.name: [photo for photo in data.of_split(data.read_set(each), split) if photo.human]
        for each in folders
    }
    found = {name: photos[:limit] for name, photos in chosen.items() if photos}
    if not found:
        raise SystemExit(
            f"{folder}: no set here has photos of the split {split!r} that humans described"
        )
    return found


def _tell(captioner: TfliteCaptioner, photo: data.Photo) -> Told:
    began = time.process_time()
    pixels = decode(photo.path.read_bytes(), Format.JPEG).pixels
    sentence = captioner.describe(pixels).caption.sentence
    took_ms = (time.process_time() - began) * 1000
    return Told(photo, sentence, captioner.candidates(pixels)[0].sentence, took_ms)


def _figures(told: list[Told], *, without_rule: bool) -> dict[str, float]:
    # Two sets may hold files of the same name, so a photo goes by its whole path.
    sentences = {
        str(one.photo.path): one.decoder_sentence if without_rule else one.sentence for one in told
    }
    figures: Figures = score(sentences, {str(one.photo.path): one.photo.human for one in told})
    return {
        **{name: round(value, 4) for name, value in asdict(figures).items()},
        "ms_per_photo": round(sum(one.took_ms for one in told) / len(told), 2),
        **_richness(told, sentences),
        "changed_by_rule": sum(one.sentence != one.decoder_sentence for one in told),
    }


def _richness(told: list[Told], sentences: dict[str, str]) -> dict[str, float]:
    """Return the share of right main nouns, and how many sentences and words differ."""
    right = sum(is_right(sentences[str(one.photo.path)], one.photo.human) for one in told)
    words = {word for sentence in sentences.values() for word in tokenize(sentence)}
    return {
        "main_noun_right": round(right / len(told), 4),
        "distinct_sentences": len(set(sentences.values())),
        "distinct_words": len(words),
    }


def _print_table(figures: dict[str, dict[str, float]], model: str) -> None:
    print(f"{model} on {runtime_name()}, tokenizer: lantern.caption.vocabulary.tokenize (not PTB)")
    columns = list(next(iter(figures.values())))
    print(f"{'set':14}", *(f"{column:>15}" for column in columns))
    for name, row in figures.items():
        print(f"{name:14}", *(f"{row[column]:>15}" for column in columns))


def _write_sentences(target: Path, told: dict[str, list[Told]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "set": name,
            "file": one.photo.file,
            "sentence": one.sentence,
            "without_rule": one.decoder_sentence,
            "human": one.photo.human,
        }
        for name, part in told.items()
        for one in part
    ]
    target.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _record(models: Path, split: str, figures: dict[str, dict[str, float]]) -> None:
    manifest = read_manifest(models)
    known = {**manifest.figures, **{f"{name} {split}": row for name, row in figures.items()}}
    changed = msgspec.structs.replace(manifest, figures=known)
    (models / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(changed)) + b"\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="one set's folder, or all sets'")
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--limit", type=int, help="photos a set, the first ones")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--without-rule", action="store_true", help="score the decoder alone")
    parser.add_argument("--models", type=Path, default=SHIPPED_MODELS, help="another model folder")
    parser.add_argument("--sentences", type=Path, help="write every sentence to this JSON file")
    parser.add_argument("--record", action="store_true", help="write the figures into the manifest")
    return parser.parse_args()


if __name__ == "__main__":
    main()
