"""What search knows of one photo: the words a person may try, gathered from everywhere.

Pure. The fields stay apart because they rank apart (see `search.embedded`), and because a server
wants them so.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, pairwise

import msgspec

from lantern.model import Caption, Metadata, PhotoId, Tag, display_path
from lantern.search.words import name_words, words

SURE = 0.5
"""Tags the encoder believes in less are neither searched nor shown, nor offered to narrow down by.

Of 259 photos of COCO with people's sentences, tags from here on were named by people in 67 of 100
cases, and most of the others were right as well (a lake, a sofa); those from 0.3 to here in 34. So
38 of 100 photos have a tag to be found by. At 0.7, 79 were named, and 21 photos had one. Of tags of
0.1 to 0.3 that the sentence does not name anyway, 18 of 100 were named, and 44 of those 407 photos
had a faint "dog" (val).
"""


class Document(msgspec.Struct, frozen=True):
    """One photo as the index holds it.

    `taken_at` is ISO 8601 local time as in `Metadata`, None where unknown or not a real date;
    `taken` is the same wall-clock time in seconds since 1970-01-01 on that clock (no zone: a photo
    taken on the evening of 4 July is of 4 July wherever it was), and `month` its month ("2019-07").
    A photo that tells no date is ordered and narrowed down by its file's, but not found by words.
    `folders` and `names` are words (see `words.name_words`) of every copy's path; `within` every
    folder that a copy lies in, however deep ("2019", "2019/rome"); `formats` those of the copies;
    `date_words` what people type for the date. `tags` are those that are sure.
    """

    id: PhotoId
    sentence: str = ""
    tags: tuple[str, ...] = ()
    human_caption: str | None = None
    human_caption_other: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    camera: str | None = None
    lens: str | None = None
    taken_at: str | None = None
    taken: int | None = None
    month: str | None = None
    within: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    rating: int | None = None
    placed: bool = False
    date_words: tuple[str, ...] = ()


def document(  # noqa: PLR0913 - all but the id is by name
    photo: PhotoId,
    *,
    caption: Caption | None,
    tags: Sequence[Tag],
    metadata: Metadata | None,
    file_date: str | None = None,
    paths: Sequence[bytes],
    formats: Iterable[str] = (),
    human_caption: str | None = None,
) -> Document:
    """Return the document of one photo; `paths` and `formats` are those of all its copies.

    `human_caption` is what a person says of it, if that is not what `metadata` says; `file_date` is
    when its file is from, in local time.
    """
    known = metadata or Metadata(width=0, height=0)
    told = local_time(known.taken_at)
    moment = told or local_time(file_date)
    return Document(
        id=photo,
        sentence=caption.sentence if caption else "",
        tags=tuple(dict.fromkeys(tag.name for tag in tags if tag.score >= SURE)),
        human_caption=human_caption or known.human_caption,
        human_caption_other=known.human_caption_other,
        keywords=known.keywords,
        folders=_each_once(_folder_words(os.path.dirname(path)) for path in paths),
        names=_each_once(name_words(display_path(os.path.basename(path))) for path in paths),
        camera=known.camera,
        lens=known.lens,
        taken_at=known.taken_at if told else None,
        taken=int(moment.timestamp()) if moment else None,
        month=f"{moment.year:04}-{moment.month:02}" if moment else None,
        within=_folders_above(paths),
        formats=tuple(dict.fromkeys(formats)),
        rating=known.rating,
        placed=known.place is not None,
        date_words=date_words(told) if told else (),
    )


def local_time(taken_at: str | None) -> datetime | None:
    """Return the wall-clock time of an ISO 8601 text, labelled UTC; None where it is no date."""
    if taken_at is None:
        return None
    try:
        return datetime.fromisoformat(taken_at).replace(tzinfo=UTC)
    except ValueError:
        return None


# fmt: off
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# fmt: on
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def date_words(moment: datetime) -> tuple[str, ...]:
    """Return the words a person may try for this day.

    For 4 July 2019: 2019, 201907 and 20190704 (how `words` reads ISO dates), july, jul, 07, 7, 04,
    4, 4th, thursday, thu. Seasons are left out: they depend on the hemisphere.
    """
    month = _MONTHS[moment.month - 1]
    weekday = _WEEKDAYS[moment.weekday()]
    found = (
        f"{moment.year:04}",
        f"{moment.year:04}{moment.month:02}",
        f"{moment.year:04}{moment.month:02}{moment.day:02}",
        month,
        month[:3],
        "sept" if month == "september" else "",
        f"{moment.month:02}",
        str(moment.month),
        f"{moment.day:02}",
        str(moment.day),
        f"{moment.day}{_ORDINALS.get(moment.day, 'th')}",
        weekday,
        weekday[:3],
    )
    return tuple(dict.fromkeys(word for word in found if word))


def human_words(found: Document) -> list[str]:
    """Return the words a person wrote of the photo: the caption, in all languages, and keywords."""
    captions = (found.human_caption or "", *found.human_caption_other)
    return words(" ".join((*captions, *found.keywords)))


def other_words(found: Document) -> list[str]:
    """Return the words of the photo's circumstances: names, camera, lens and date."""
    cameras = (_gear_words(name) for name in (found.camera, found.lens) if name)
    gear = [word for part in cameras for word in part]
    return [*found.names, *found.folders, *gear, *found.date_words]


def all_words(found: Document) -> list[str]:
    """Return every word by which the photo is found, as written, each once."""
    said = words(" ".join((found.sentence, *found.tags)))
    return list(dict.fromkeys((*human_words(found), *said, *other_words(found))))


@lru_cache(maxsize=1024)
def _gear_words(name: str) -> tuple[str, ...]:
    """Return a camera's words, and neighbours joined: "iPhone 12" is typed "iphone12" as well."""
    plain = words(name)
    joined = [one + two for one, two in pairwise(plain)]
    return (*name_words(name), *joined)


def _folders_above(paths: Sequence[bytes]) -> tuple[str, ...]:
    """Return every folder that one of `paths` lies in, as people see it: outer before inner."""
    parts = (display_path(path).split("/")[:-1] for path in paths)
    above = ("/".join(names[:depth]) for names in parts for depth in range(1, len(names) + 1))
    return tuple(dict.fromkeys(above))


@lru_cache(maxsize=1024)
def _folder_words(folder: bytes) -> tuple[str, ...]:
    """Return the words of a folder's name; its photos come one after the other."""
    return tuple(name_words(display_path(folder)))


def _each_once(some: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(some)))
