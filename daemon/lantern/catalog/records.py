"""What the catalog tells of photos, files and corrections: the values that its questions return.

Rows become records here, and nothing is asked; see `reader`.
"""

from __future__ import annotations

import os

import msgspec

from lantern.catalog.correction import Correction
from lantern.catalog.live import Row
from lantern.catalog.state import State
from lantern.imaging.formats import Format
from lantern.model import Caption, Fingerprint, Metadata, PhotoId, Tag


class Described(msgspec.Struct, frozen=True):
    """What `photo.description` holds, as JSON."""

    caption: Caption
    tags: tuple[Tag, ...]


class FileRecord(msgspec.Struct, frozen=True):
    """One file that holds a photo; `path` is relative to the photo root."""

    path: bytes
    size: int
    format: Format
    metadata: Metadata
    remark: str | None


class PhotoRecord(msgspec.Struct, frozen=True):
    """One described photo with every file that holds it, the longest known first.

    `caption` is the model's; `correction` the sentence by which a person replaced it, if one did.
    `hidden` tells that the owner keeps it from visitors. `file_date` is a date by its oldest file,
    for photos whose metadata tell none.
    """

    id: PhotoId
    fingerprint: Fingerprint
    revision: int
    caption: Caption
    tags: tuple[Tag, ...]
    files: tuple[FileRecord, ...]
    correction: str | None = None
    hidden: bool = False
    file_date: str | None = None

    @property
    def findable(self) -> bool:
        """Tell whether a search may find it: a file holds it, and it is not hidden."""
        return bool(self.files) and not self.hidden

    @property
    def human_caption(self) -> str | None:
        """Return what a person said: the correction, else what the first file says that does."""
        said = (file.metadata.human_caption for file in self.files)
        return self.correction or next(filter(None, said), None)

    @property
    def by_human(self) -> bool:
        """Tell whether `sentence` is a person's."""
        return self.human_caption is not None

    @property
    def sentence(self) -> str:
        """Return the sentence to show: a person's before the model's."""
        return self.human_caption or self.caption.sentence

    @property
    def metadata(self) -> Metadata | None:
        """Return what the longest known file says: a copy that comes later changes nothing."""
        return self.files[0].metadata if self.files else None


class FileCaption(msgspec.Struct, frozen=True):
    """One file with the sentence that is shown of its photo, and the model's."""

    id: int
    path: bytes
    fingerprint: Fingerprint
    sentence: str
    by_human: bool
    machine: str
    model: str
    score: float
    from_tags: bool


class CorrectionRecord(msgspec.Struct, frozen=True):
    """What a person said in place of the `machine`'s sentence, at Unix time `at`.

    `path` is the file that they named, or the first; `replaced` what a person had said in it by
    another program, if one had. Only the newest that was not withdrawn is `standing`.
    """

    id: int
    path: bytes
    fingerprint: Fingerprint
    sentence: str
    machine: str
    model: str
    at: float
    standing: bool
    replaced: str | None


class FileState(msgspec.Struct, frozen=True):
    """Where a file stands, why, and the photo that it holds."""

    state: State
    reason: str
    photo: PhotoId | None


class Carrying(msgspec.Struct, frozen=True):
    """What a file carries: an imprint's key or None; and whether another is to be written.

    `human` is what it says in a person's name, `replaced` what a person's sentence that was given
    to Lantern took the place of in it.
    """

    path: bytes
    sidecar: int
    carried: str | None
    waiting: bool
    reason: str
    human: str | None
    replaced: str | None


_DESCRIBED = msgspec.json.Decoder(Described)
_METADATA = msgspec.json.Decoder(Metadata)  # made once: to make one takes longer than to use it


def joined(folder: bytes, name: bytes) -> bytes:
    """Return the path of `name` in `folder`, relative to the photo root."""
    return os.path.join(folder, name)


def described(description: bytes) -> Described:
    """Return what `photo.description` holds."""
    return _DESCRIBED.decode(description)


def correction(sentence: str, stood: str, standing: int, replaced: str | None) -> Correction:
    """Return what the columns sentence, stood, standing and replaced of `correction` hold."""
    said = msgspec.json.decode(stood, type=tuple[str, ...])
    return Correction(sentence, said, standing=bool(standing), replaced=replaced)


def file_record(row: Row) -> FileRecord:
    """Return a file from photo_id, folder, name, size, format, metadata and remark."""
    _, folder, name, size, format_, metadata, remark = row
    return FileRecord(
        path=joined(folder, name),
        size=size,
        format=Format(format_),
        metadata=_METADATA.decode(metadata),
        remark=remark,
    )


def photo_record(row: Row, files: tuple[FileRecord, ...]) -> PhotoRecord:
    """Return a photo from id, fingerprint, revision, description, correction, hidden, file_date."""
    photo_id, fingerprint, revision, description, said, hidden, file_date = row
    seen = described(description)
    return PhotoRecord(
        id=photo_id,
        fingerprint=fingerprint,
        revision=revision,
        caption=seen.caption,
        tags=seen.tags,
        files=files,
        correction=said,
        hidden=bool(hidden),
        file_date=file_date,
    )


def correction_record(row: Row) -> CorrectionRecord:
    """Return a correction from its columns in the order of the record."""
    correction_id, path, fingerprint, sentence, machine, model, at, standing, replaced = row
    return CorrectionRecord(
        id=correction_id,
        path=path,
        fingerprint=fingerprint,
        sentence=sentence,
        machine=machine,
        model=model,
        at=at,
        standing=bool(standing),
        replaced=replaced,
    )


def file_caption(row: Row) -> FileCaption:
    """Return a file with its sentences, as `caption_reader` asks for them."""
    file_id, folder, name, fingerprint, model, score, from_tags, human, machine = row
    return FileCaption(
        id=file_id,
        path=joined(folder, name),
        fingerprint=fingerprint,
        sentence=human or machine,
        by_human=human is not None,
        machine=machine,
        model=model,
        score=score,
        from_tags=bool(from_tags),
    )
