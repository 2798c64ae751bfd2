"""How one photo stands in the embedded index: its fields, and a document's rendering into them.

Words are cut by `search.words` and handed over with spaces between them, so that the index, the
query and the highlights agree on what a word is. No text is stored: the catalog has it. Names of
folders and tags are words of the index, too, each behind its number, so that it leads to the name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy

from lantern.model import PhotoId
from lantern.search.document import Document, all_words, human_words
from lantern.search.facets import FOLDER_LEVELS, by_level
from lantern.search.query import Facet
from lantern.search.words import words

VERSION = 8
"""Raise it with every change to the fields or to how words are cut: older indexes are rebuilt."""

LABELS: dict[Facet, str] = {"folder": "folder_name", "tag": "tag_name"}
"""Facets that are counted by number, and the fields of their names."""

_NUMBER_BYTES = 6
_DIGITS = 2 * _NUMBER_BYTES

_MOMENT = 1_000_000  # photos of one second that are told apart, at least
_RECENCY = 0.02  # of a score at most: the newest of equals first, never above a better match
_FAR_FUTURE = 4_102_444_800  # 2100-01-01, in seconds since 1970


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    for name in ("human", "sentence"):  # with positions, for words that stand side by side
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("tags", "all"):  # `all` holds every word, those of names, camera and date too
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in ("camera", "format"):  # matched whole, and counted
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("month", "tag", *FOLDER_LEVELS):
        builder.add_unsigned_field(name, fast=True)  # counted by number, see `counts`
    for name in LABELS.values():
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("rating", indexed=True, fast=True)
    for name in ("place", "person"):  # true, or not there
        builder.add_boolean_field(name, indexed=True, fast=True)
    builder.add_integer_field("taken", indexed=True, fast=True)
    builder.add_integer_field("order", fast=True)  # by date, and of one moment by photo
    builder.add_float_field("recency", fast=True)
    return builder.build()


SCHEMA = _schema()


def opened(generation: Path) -> tantivy.Index:
    """Open the engine's index in the folder `generation`; it reloads when told, without threads.

    Raises:
        ValueError: it cannot be opened, or has other fields.
    """
    index = tantivy.Index.open(str(generation))
    if index.schema != SCHEMA:
        raise ValueError(f"{generation}: has other fields than this version of Lantern")
    index.config_reader("manual")
    return index


def rendered(document: Document) -> tantivy.Document:
    """Return `document` as the engine takes it."""
    human, sentence = human_words(document), words(document.sentence)
    tags = words(" ".join(document.tags))
    fields: dict[str, Any] = {
        "id": document.id,
        "human": " ".join(human),
        "sentence": " ".join(sentence),
        "tags": " ".join(tags),
        "all": " ".join(all_words(document)),
        "recency": _recency(document.taken),
        "taken": document.taken,
        "order": _order(document),
        **_circumstances(document),
    }
    known = {name: value for name, value in fields.items() if value is not None}
    return tantivy.Document.from_dict(known, SCHEMA)


def _circumstances(document: Document) -> dict[str, Any]:
    """Return what photos are narrowed down and counted by, under the names of the facets."""
    return {
        "month": document.month and month_number(document.month),
        "camera": document.camera,
        "tag": [*map(name_number, document.tags)],
        LABELS["tag"]: [*map(label_of, document.tags)],
        **{level: [*map(name_number, them)] for level, them in by_level(document.within).items()},
        LABELS["folder"]: [*map(label_of, document.within)],
        "format": list(document.formats),
        "rating": document.rating,
        "place": document.placed or None,
        "person": document.human_caption is not None or None,
    }


def month_number(month: str) -> int:
    """Return the number that stands for a month: 201907 for "2019-07"."""
    return int(month.replace("-", ""))


@lru_cache(maxsize=4096)
def month_in(number: int) -> str:
    """Return the month that `month_number` made `number` of."""
    return f"{number // 100:04}-{number % 100:02}"


def name_number(name: str) -> int:
    """Return the number that stands for a name.

    Two that share one are counted as one: of 10,000 names that happens once in 5,000,000 houses.
    """
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_NUMBER_BYTES)
    return int.from_bytes(digest.digest(), "big")


def label_of(name: str) -> str:
    """Return the word for a name in one of the `LABELS`."""
    return label_begin(name_number(name)) + name


def label_begin(number: int) -> str:
    """Return how the word for the name of this number begins."""
    return f"{number:0{_DIGITS}x}"


def name_in(label: str) -> str:
    """Return the name in what `label_of` made."""
    return label[_DIGITS:]


def with_ids(ids: Sequence[PhotoId]) -> tantivy.Query:
    """Return the query for the documents with these ids.

    For deleting too: the engine's deletion by term takes ids for signed integers and finds none.
    """
    return tantivy.Query.term_set_query(SCHEMA, "id", ids)


def _order(document: Document) -> int | None:
    """Return what photos are sorted by: of one second, what is written again keeps its place."""
    return None if document.taken is None else document.taken * _MOMENT + document.id % _MOMENT


def _recency(taken: int | None) -> float:
    """Return a weight w for the engine, which multiplies a score by log2(2 + w)."""
    return _RECENCY * min(max((taken or 0) / _FAR_FUTURE, 0.0), 1.0)
