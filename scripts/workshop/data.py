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


def read_set(folder: Path) -> list[Photo]:
    """Return the photos of the set in `folder`, in the order of its `captions_splits.json`."""
    listing = json.loads((folder / "captions_splits.json").read_text(encoding="utf-8"))
    return [_photo(entry, folder / "images") for entry in listing["images"]]


def of_split(photos: list[Photo], split: str) -> list[Photo]:
    """Return the photos of `split`, keeping their order."""
    return [photo for photo in photos if photo.split == split]


def _photo(entry: dict[str, Any], images: Path) -> Photo:
    human = tuple(entry.get("sentences", ()))
    return Photo(
        file=entry["file"],
        path=images / entry["file"],
        split=entry["split"],
        human=human,
        machine=_machine_sentences(entry, len(human)),
    )


def _machine_sentences(entry: dict[str, Any], human_count: int) -> tuple[str, ...]:
    if "machine_sentence" in entry:
        written = entry["machine_sentence"]
        return (written,) if written and human_count < FULL_REFERENCES else ()
    borrowed = tuple(entry.get("pseudo_sentences") or ())[:BORROWED_SENTENCES]
    return borrowed or tuple(entry.get("template_sentences") or ())[:1]
