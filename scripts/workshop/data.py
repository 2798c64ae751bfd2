"""Read the caption sets: which photo belongs to which split, and who wrote its sentences.

A set is a folder with `captions_splits.json` and `images/`. Human sentences are references and
training targets; machine sentences (another model's, or borrowed from photos showing the same
objects) are training targets only and never references.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETS = ("flickr8k_224", "coco_human", "coco_labels")
"""The sets with pixels, in the order in which everything here visits them."""

TEXTS = Path("coco_text") / "sentences_objects.json"
"""Sentences and lists of objects of photos without pixels, and of coco_human's train photos."""

BORROWED_SENTENCES = 2
"""Sentences taken from a photo's pseudo-sentences: later ones agree less with the photo."""

FULL_REFERENCES = 5
"""A photo with fewer human sentences than this also learns its machine sentence."""


@dataclass(frozen=True)
class Photo:
    """One photo of a set: where it lies, and its sentences by kind."""

    file: str
    path: Path
    split: str
    human: tuple[str, ...]
    machine: tuple[str, ...]
    objects: tuple[str, ...] | None


@dataclass(frozen=True)
class Text:
    """What people wrote about one photo that is not here, and the objects listed for it."""

    sentences: tuple[str, ...]
    objects: tuple[str, ...]


def read_set(folder: Path) -> list[Photo]:
    """Return the photos of the set in `folder`, in the order of its `captions_splits.json`."""
    listing = json.loads((folder / "captions_splits.json").read_text(encoding="utf-8"))
    texts = folder.parent / TEXTS
    listed = _entries(texts) if folder.name == "coco_human" and texts.exists() else {}
    return [_photo(entry, folder / "images", listed) for entry in listing["images"]]


def read_texts(file: Path) -> list[Text]:
    """Return the sentences without photos in `file`, in its order."""
    return [
        Text(tuple(entry["captions"]), tuple(entry["objects"])) for entry in _entries(file).values()
    ]


def of_split(photos: list[Photo], split: str) -> list[Photo]:
    """Return the photos of `split`, keeping their order."""
    return [photo for photo in photos if photo.split == split]


def _entries(file: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return entries


def _photo(entry: dict[str, Any], images: Path, listed: dict[str, dict[str, Any]]) -> Photo:
    objects = entry.get("objects") or listed.get(str(entry.get("coco_id")), {}).get("objects")
    human = tuple(entry.get("sentences", ()))
    return Photo(
        file=entry["file"],
        path=images / entry["file"],
        split=entry["split"],
        human=human,
        machine=_machine_sentences(entry, len(human)),
        objects=None if objects is None else tuple(objects),
    )


def _machine_sentences(entry: dict[str, Any], human_count: int) -> tuple[str, ...]:
    if "machine_sentence" in entry:
        written = entry["machine_sentence"]
        return (written,) if written and human_count < FULL_REFERENCES else ()
    borrowed = tuple(entry.get("pseudo_sentences") or ())[:BORROWED_SENTENCES]
    return borrowed or tuple(entry.get("template_sentences") or ())[:1]
