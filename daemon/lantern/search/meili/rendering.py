"""One photo as the server takes it.

Pure. Words are cut by `search.words` and sent with spaces between them, so that the server's own
cutting finds nothing left to do and agrees with the highlights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lantern.search.document import Document, human_words, other_words
from lantern.search.facets import by_level
from lantern.search.inflection import forms
from lantern.search.meili.filters import key, labelled
from lantern.search.meili.settings import ANY
from lantern.search.typo import swapped
from lantern.search.words import words


def rendered(document: Document) -> dict[str, Any]:
    """Return `document` as the server takes it: JSON values, with every word folded."""
    human, sentence = human_words(document), words(document.sentence)
    tags, other = words(" ".join(document.tags)), other_words(document)
    said = dict.fromkeys((*human, *sentence, *tags))
    slips = (slip for word in (*said, *other) for slip in swapped(word))
    return {
        "id": document.id,
        "human": " ".join(human),
        "sentence": " ".join(sentence),
        "tags": " ".join(tags),
        "other": " ".join(dict.fromkeys(other)),
        "forms": " ".join(_other_forms(said)),
        ANY: " ".join(dict.fromkeys((*said, *other, *slips))),
        **_circumstances(document),
    }


def _circumstances(document: Document) -> dict[str, Any]:
    """Return what is filtered, sorted and counted; what is not known is left out."""
    found: dict[str, Any] = {
        "taken": document.taken,
        "month": document.month,
        "rating": document.rating,
        "place": document.placed or None,
        "person": document.human_caption is not None or None,
        **_named("camera", [document.camera] if document.camera else []),
        **_named("tag", document.tags),
        "folder_key": tuple(map(key, document.within)),
        **{name: tuple(map(labelled, them)) for name, them in by_level(document.within).items()},
        **_named("format", document.formats),
    }
    return {name: value for name, value in found.items() if value not in {None, ()}}


def _named(facet: str, names: Sequence[str]) -> dict[str, Any]:
    """Return what is counted of `names`, and what is filtered."""
    return {facet: tuple(map(labelled, names)), f"{facet}_key": tuple(map(key, names))}


def _other_forms(said: Iterable[str]) -> list[str]:
    """Return the forms of the words that do not stand there themselves: a query is one form."""
    there = dict.fromkeys(said)
    found = dict.fromkeys(form for word in there for form in forms(word))
    return [form for form in found if form not in there]
