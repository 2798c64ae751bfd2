"""One photo as the server takes it.

Pure. Words are cut by `search.words` and sent with spaces between them, so that the server's own
cutting finds nothing left to do and agrees with the highlights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lantern.search.document import Document, human_words, other_words
from lantern.search.inflection import forms
from lantern.search.meili.filters import camera_key
from lantern.search.meili.settings import ANY
from lantern.search.words import words


def rendered(document: Document) -> dict[str, Any]:
    """Return `document` as the server takes it: JSON values, with every word folded."""
    human, sentence = human_words(document), words(document.sentence)
    tags, other = words(" ".join(document.tags)), other_words(document)
    said = dict.fromkeys((*human, *sentence, *tags))
    return {
        "id": document.id,
        "human": " ".join(human),
        "sentence": " ".join(sentence),
        "tags": " ".join(tags),
        "other": " ".join(dict.fromkeys(other)),
        "forms": " ".join(_other_forms(said)),
        ANY: " ".join(dict.fromkeys((*said, *other))),
        **_circumstances(document),
    }


def _circumstances(document: Document) -> dict[str, Any]:
    """Return what is filtered, sorted and counted; what is not known is left out."""
    found: dict[str, Any] = {"taken": document.taken, "year": document.year}
    if document.camera:
        found["camera"] = document.camera.encode("utf-8", "replace").decode()
        found["camera_key"] = camera_key(document.camera)
    return {name: value for name, value in found.items() if value is not None}


def _other_forms(said: Iterable[str]) -> list[str]:
    """Return the forms of the words that do not stand there themselves: a query is one form."""
    there = dict.fromkeys(said)
    found = dict.fromkeys(form for word in there for form in forms(word))
    return [form for form in found if form not in there]
