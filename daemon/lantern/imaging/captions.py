"""Tell whose sentence stands in a photo: a person's, or Lantern's own. Pure.

Lantern marks what it writes (`imaging.imprint`). A sentence that differs from the marked one was
written by somebody else, in whatever program; a field that holds the marked one was not.
"""

from collections.abc import Iterable, Sequence

from lantern.imaging import values
from lantern.imaging.imprint import Mark

IPTC_CAPTION_BYTES = 2000
"""IPTC's own limit for Caption-Abstract (IIM 4.2, 2:120)."""


def human_caption(documents: Iterable[Sequence[str]], marks: Sequence[Mark]) -> str | None:
    """Return the sentence that a person wrote, or None if nobody did.

    `documents` are what the caption fields hold of the sidecars and of the photo, best first. If
    all that is written in one is Lantern's, a person's sentence is one that was given to Lantern.
    """
    return next(filter(None, (_human_in(texts, marks) for texts in documents)), None)


def _human_in(texts: Iterable[str], marks: Sequence[Mark]) -> str | None:
    given = None
    for sentence in filter(None, map(values.caption, texts)):
        ours = [mark for mark in marks if _is_of(sentence, mark)]
        if not ours:
            return sentence
        given = given or next((mark.sentence for mark in ours if mark.person), None)
    return given


def is_ours(sentence: str, marks: Iterable[Mark]) -> bool:
    """Tell whether Lantern marked the sentence, a model's or one that was given to it."""
    return any(_is_of(sentence, mark) for mark in marks)


def ruling_mark(marks: Iterable[Mark]) -> Mark | None:
    """Return the mark that counts: a person's before a model's, then the first."""
    return min(marks, key=lambda mark: not mark.person, default=None)


def iptc_text(sentence: str) -> str:
    """Return `sentence` cut to what IPTC's Caption-Abstract holds."""
    return sentence.encode()[:IPTC_CAPTION_BYTES].decode("utf-8", "ignore").rstrip()


def _is_of(sentence: str, mark: Mark) -> bool:
    return sentence in {mark.sentence, iptc_text(mark.sentence)}
