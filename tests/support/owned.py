"""An album with an owner: hidden photos, a password, and who changes the album at their word."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from lantern.errors import PhotoError
from lantern.model import Fingerprint, PhotoId
from lantern.web.door import Door
from lantern.web.library import Hit, PhotoView, Picture, ResultPage, Thumbnail
from lantern.web.owner import Owner, OwnersLibrary
from lantern.web.password import Hashed, PasswordFile
from support.album import Album

PASSWORD = "lamp oil and brass"


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class OwnersAlbum(Album):
    """What the owner sees of `album`: all that is in it, and what was taken out of it."""

    def __init__(self, album: Album) -> None:
        super().__init__(())
        self.photos = album.photos
        self.album = album
        self.taken_out: dict[PhotoId, PhotoView] = {}

    def photo(self, photo: PhotoId) -> PhotoView | None:
        return self.taken_out.get(photo) or super().photo(photo)

    def thumbnail(self, fingerprint: Fingerprint) -> Thumbnail | None:
        for view in self.taken_out.values():
            if view.fingerprint == fingerprint:
                return Thumbnail(self.paint(view, 320, "JPEG"), "image/jpeg", hidden=True)
        return super().thumbnail(fingerprint)

    def picture(self, photo: PhotoId) -> Picture | None:
        if photo not in self.taken_out:
            return super().picture(photo)
        return Album(self.taken_out.values()).picture(photo)

    def hidden(self, offset: int, limit: int) -> ResultPage:
        views = list(reversed(self.taken_out.values()))
        hits = tuple(
            Hit(view.id, view.fingerprint, 1200, 800, view.sentence or "") for view in views
        )
        return ResultPage(len(hits), hits[offset : offset + limit])


class AlbumsCurator:
    """Changes the album as the daemon changes the catalog; `trouble` is raised instead."""

    def __init__(self, owners: OwnersAlbum) -> None:
        self.owners = owners
        self.trouble: Exception | None = None

    def correct(self, photo: PhotoId, sentence: str) -> None:
        view = self._view(photo)
        if not sentence and not view.metadata.human_caption:
            raise PhotoError("a.jpg: nobody corrected its caption")
        metadata = msgspec.structs.replace(view.metadata, human_caption=sentence or None)
        self._put(msgspec.structs.replace(view, metadata=metadata))

    def hide(self, photo: PhotoId, *, hidden: bool) -> None:
        view = msgspec.structs.replace(self._view(photo), hidden=hidden)
        self.owners.photos.pop(photo, None)
        self.owners.taken_out.pop(photo, None)
        self._put(view)

    def _view(self, photo: PhotoId) -> PhotoView:
        if self.trouble:
            raise self.trouble
        view = self.owners.photo(photo)
        if view is None:
            raise PhotoError(f"photo {photo}: there is none")
        return view

    def _put(self, view: PhotoView) -> None:
        (self.owners.taken_out if view.hidden else self.owners.photos)[view.id] = view


def owned(album: Album, file: Path, clock: Clock) -> tuple[Owner, AlbumsCurator]:
    """Return the owner of `album`, whose password is in `file`, and who changes it for them."""
    owners = OwnersAlbum(album)
    library: OwnersLibrary = owners
    curator = AlbumsCurator(owners)
    return Owner(Door(PasswordFile(file), clock), library, curator), curator


def set_password(file: Path, password: str = PASSWORD) -> None:
    """Put `password` into `file`, at costs that a test can pay."""
    PasswordFile(file).write(cheap(password))


def cheap(password: str) -> Hashed:
    """Return the hash of `password` at the lowest costs."""
    salt = b"\x07" * 16
    return Hashed(
        4, 1, 1, salt, hashlib.scrypt(password.encode(), salt=salt, n=16, r=1, p=1, dklen=32)
    )
