"""Write an imprint where a photo's owner wants it: into the photo, or into its sidecar.

Decides what is written and whether it may be; `imaging.embed` makes the bytes, `imaging.metadata`
proves them, `imaging.replace` puts them in place. See ARCHITECTURE.md, "Captions in the photos".
"""

from itertools import zip_longest

import msgspec

from lantern.errors import PhotoError, Unavailable
from lantern.imaging import imprint as marks
from lantern.imaging.embed import FORMATS, CannotEmbed, Inscription, embed, rest, xmp
from lantern.imaging.fingerprint import fingerprint as fingerprint_of
from lantern.imaging.formats import SNIFF_BYTES, Format, extension_of, sniff
from lantern.imaging.metadata import Reading, read
from lantern.imaging.metadata.proof import require_same_but_caption
from lantern.imaging.replace import Held, create, hold, overwrite, require_writable
from lantern.imaging.sidecar import MAX_SIDECAR_BYTES, sidecar_name, stamp
from lantern.imaging.source import MAX_FILE_BYTES, Sidecar, folder_of, printable, sidecar_in
from lantern.model import Fingerprint, Imprint

MAX_EMBED_BYTES = 128 * 1024 * 1024
"""Larger photos get a sidecar: writing one takes twice its size in memory."""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The photo's size and time of change as they are now, and its sidecar's stamp or 0.

    `remark` tells why a sidecar was written though the photo's format could have taken it, or None.
    `replaced` is the imprint's as it was written: what another program's user had said in the file.
    `restored` is that sentence if it stands in the file again, as if Lantern had never replaced it.
    """

    size: int
    mtime_ns: int
    sidecar: int
    remark: str | None = None
    replaced: str | None = None
    restored: str | None = None


class _Photo(msgspec.Struct, frozen=True):
    """All that is there before anything is written."""

    held: Held
    format: Format
    fingerprint: Fingerprint
    sidecar: Sidecar | None

    @property
    def beside(self) -> bytes:
        return self.sidecar.data if self.sidecar else b""


class _Aim(msgspec.Struct, frozen=True):
    """What photo and sidecar are to say: the mark, and what fields say in a person's name."""

    imprint: Imprint
    human: str | None

    @property
    def sentence(self) -> str:
        return self.human or self.imprint.sentence


def inscribe(  # noqa: PLR0913
    root: bytes,
    path: bytes,
    size: int,
    mtime_ns: int,
    imprint: Imprint,
    *,
    sidecar: bool,
    withdrawn: str | None = None,
) -> Written:
    """Write `imprint` into the photo at `path`, relative to `root`, or into its sidecar.

    The photo must have still `size` and `mtime_ns`. What is there already is not written again.
    `withdrawn` is a sentence that a person gave to Lantern and took back: it may be overwritten.
    A sentence of another program that a person's replaces is kept in the mark; when the person's is
    withdrawn it comes back into the fields, in which it is nobody's but the person's who wrote it.

    Raises:
        PhotoError: the imprint is malformed, a person's sentence would be overwritten by a model,
            or the file or its sidecar may not be changed; nothing was.
        Unavailable: it changed, or cannot be read or written now; worth retrying.
    """
    name = printable(path)
    if not marks.is_sound(imprint):
        raise PhotoError(f"{name}: the caption is not one clean sentence, so it is not written")
    with folder_of(root, path) as folder:
        try:
            photo = _look(folder, path)
            if (photo.held.status.st_size, photo.held.status.st_mtime_ns) != (size, mtime_ns):
                raise Unavailable("changed since it was described; written when it rests")
            return _write(folder, photo, imprint, sidecar=sidecar, withdrawn=withdrawn)
        except (PhotoError, Unavailable) as error:
            raise type(error)(f"{name}: {error}") from error


def _look(folder: int, path: bytes) -> _Photo:
    name = path.rpartition(b"/")[2]
    held = hold(folder, name, MAX_FILE_BYTES)
    found = sniff(held.data[:SNIFF_BYTES], extension_of(path))
    if found is None:
        raise PhotoError("none of the formats that Lantern reads; no caption is written for it")
    return _Photo(held, found, fingerprint_of(held.data, found), sidecar_in(folder, name))


def _write(
    folder: int, photo: _Photo, imprint: Imprint, *, sidecar: bool, withdrawn: str | None
) -> Written:
    standing = _read(photo, photo.held.data, photo.beside)
    aim = _aim(standing, imprint, withdrawn)
    written = _write_aim(folder, photo, standing, aim, sidecar=sidecar, withdrawn=withdrawn)
    restored = None if aim.imprint.person else aim.human
    return msgspec.structs.replace(written, replaced=aim.imprint.replaced, restored=restored)


def _aim(standing: Reading, imprint: Imprint, withdrawn: str | None) -> _Aim:
    """Return what is to be said in place of `standing`, so that no person's words are lost."""
    human, mark = standing.metadata.human_caption, standing.imprint
    given = mark is not None and mark.person and mark.sentence == human
    replaced = mark.replaced if mark and given else human
    if imprint.person:
        return _Aim(msgspec.structs.replace(imprint, replaced=replaced), imprint.sentence)
    if human is not None and not (given and human == withdrawn):
        raise PhotoError("a person's sentence stands in it, and no model's overwrites that")
    return _Aim(imprint, None if replaced == imprint.sentence else replaced)


def _write_aim(  # noqa: PLR0913
    folder: int,
    photo: _Photo,
    standing: Reading,
    aim: _Aim,
    *,
    sidecar: bool,
    withdrawn: str | None,
) -> Written:
    if sidecar and _says(standing, aim):
        return _put(folder, photo, None, None)
    inscription = Inscription(aim.sentence, marks.properties(aim.imprint, photo.fingerprint))
    new, remark = None, None
    # What was taken back is to stand nowhere: a photo that says it is written to, sidecar or not.
    if not sidecar or (withdrawn and _human_in(photo) == withdrawn):
        new, remark = _embedded_or_remark(photo, inscription, aim)
    document = _document(photo, inscription, needed=new is None)
    _prove(photo, new or photo.held.data, document, aim)
    return msgspec.structs.replace(_put(folder, photo, new, document), remark=remark)


def _put(folder: int, photo: _Photo, new: bytes | None, document: bytes | None) -> Written:
    """Put the new versions of photo and sidecar in place, if there are any that differ.

    The sidecar first: were Lantern killed in between, one that another program filled with the old
    sentence would look like a person's.
    """
    changes_photo = new is not None and new != photo.held.data
    if changes_photo:
        require_writable(folder, photo.held)
    sidecar_stamp = _put_beside(folder, photo, document)
    status = overwrite(folder, photo.held, new) if new and changes_photo else photo.held.status
    return Written(status.st_size, status.st_mtime_ns, sidecar_stamp)


def _human_in(photo: _Photo) -> str | None:
    """Return the person's sentence that stands in the photo itself."""
    return _read(photo, photo.held.data, b"").metadata.human_caption


def _read(photo: _Photo, data: bytes, beside: bytes) -> Reading:
    return read(data, photo.format, 1, 1, fingerprint=photo.fingerprint, sidecar=beside)


def _embedded_or_remark(
    photo: _Photo, inscription: Inscription, aim: _Aim
) -> tuple[bytes | None, str | None]:
    if photo.format not in FORMATS:
        return None, None
    try:
        return _embedded(photo, inscription, aim), None
    except CannotEmbed as error:
        return None, f"in a sidecar, since the photo cannot be changed safely: {error}"


def _embedded(photo: _Photo, inscription: Inscription, aim: _Aim) -> bytes:
    """Return the photo's new bytes, proved.

    Raises:
        CannotEmbed: a sidecar must do.
    """
    old = photo.held.data
    if len(old) > MAX_EMBED_BYTES:
        raise CannotEmbed("too large to be rewritten in memory")
    new = embed(old, photo.format, inscription)
    if new == old:
        return old
    if _rest_differs(old, new, photo.format):
        raise CannotEmbed("its image data would change")
    require_same_but_caption(old, new)
    if fingerprint_of(new, photo.format) != photo.fingerprint:
        raise CannotEmbed("its fingerprint would change")
    if not _says(_read(photo, new, b""), aim):
        raise CannotEmbed("the caption could not be read back")
    return new


def _rest_differs(old: bytes, new: bytes, picture_format: Format) -> bool:
    pairs = zip_longest(rest(old, picture_format), rest(new, picture_format))
    return any(before != after for before, after in pairs)


def _document(photo: _Photo, inscription: Inscription, *, needed: bool) -> bytes | None:
    """Return the sidecar's new bytes; None if none is written.

    One that holds a caption is kept true though the photo itself is written: it has the first word.
    """
    if photo.sidecar is None:
        return xmp.write(xmp.SIDECAR, inscription) if needed else None
    if not needed and not _says_something(photo.beside):
        return None
    if not photo.sidecar.data:
        raise PhotoError(
            f"its sidecar {printable(photo.sidecar.name)} is no file that Lantern can read,"
            " so nothing is written; move it away"
        )
    try:
        return xmp.write(photo.beside, inscription)
    except CannotEmbed as error:
        raise PhotoError(
            f"its sidecar {printable(photo.sidecar.name)} cannot be changed safely: {error}"
        ) from error


def _says_something(document: bytes) -> bool:
    try:
        return xmp.is_captioned(document)
    except CannotEmbed:
        return False


def _prove(photo: _Photo, data: bytes, document: bytes | None, aim: _Aim) -> None:
    """See that photo and sidecar together will say what they shall, and no less than before."""
    try:
        if document is not None:
            if len(document) > MAX_SIDECAR_BYTES:
                raise CannotEmbed("it would be too long to be read")
            require_same_but_caption(photo.beside or xmp.SIDECAR, document)
    except CannotEmbed as error:
        raise PhotoError(f"its sidecar cannot be changed safely: {error}") from error
    beside = photo.beside if document is None else document
    if not _says(_read(photo, data, beside), aim):
        raise PhotoError("the caption could not be read back, so it was not written")


def _says(reading: Reading, aim: _Aim) -> bool:
    return reading.imprint == aim.imprint and reading.metadata.human_caption == aim.human


def _put_beside(folder: int, photo: _Photo, document: bytes | None) -> int:
    """Write the sidecar, if there is one to write; return its stamp, 0 if there is none."""
    if photo.sidecar is None:
        if document is None:
            return 0
        now = create(folder, sidecar_name(photo.held.name), document, photo.held.status)
        return stamp(now.st_size, now.st_mtime_ns)
    if document is None or document == photo.sidecar.data:
        return photo.sidecar.stamp
    held = hold(folder, photo.sidecar.name, MAX_SIDECAR_BYTES)
    if held.data != photo.sidecar.data:
        raise Unavailable("its sidecar changed meanwhile; tried again when it rests")
    now = overwrite(folder, held, document)
    return stamp(now.st_size, now.st_mtime_ns)
