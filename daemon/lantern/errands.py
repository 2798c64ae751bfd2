"""What people ask of the photos over the control socket: look again, correct, hide, describe anew.

Part of the daemon's composition: `control` asks, `ingest` does it.
"""

from __future__ import annotations

from lantern.control.protocol import (
    Asked,
    Corrected,
    Done,
    Hid,
    HidePhoto,
    OfCatalog,
    Recaption,
    Rescan,
    SetCaption,
)
from lantern.errors import PhotoError
from lantern.ingest.correct import PATIENCE_S, Corrector
from lantern.ingest.desk import Desk
from lantern.ingest.hide import Hider
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.scribe import Scribe
from lantern.model import PhotoId


class Errands:
    """Does what is asked of the catalog behind `desk`."""

    def __init__(self, desk: Desk, reconciler: Reconciler, scribe: Scribe) -> None:
        self._desk = desk
        self._reconciler = reconciler
        self._scribe = scribe
        self._corrector = Corrector(desk)
        self._hider = Hider(desk)

    async def answer(self, question: OfCatalog) -> Done | Corrected | Hid | Asked:
        """Answer a question from the control socket."""
        match question:
            case Rescan(accept_removals):
                await self._scribe.try_refused_again()
                self._reconciler.rescan(accept_removals=accept_removals)
                return Done()
            case SetCaption():
                return await self._correct(question)
            case HidePhoto():
                photo = await self._named(question)
                stands = await self._hider.hide(photo, hidden=question.hidden)
                return Hid(stands.photo, stands.hidden, stands.files)
            case Recaption(photos):
                ids = [PhotoId(photo) for photo in photos]
                asked = await self._desk.writer(self._desk.catalog.describe_again, ids)
                self._desk.arrived.give()
                return Asked(asked)

    async def _correct(self, question: SetCaption) -> Corrected:
        photo = await self._named(question)
        patience_s = 0.0 if question.at_once else PATIENCE_S
        said = await self._corrector.say(
            photo, question.sentence, question.path, patience_s=patience_s
        )
        return Corrected(said.photo, said.sentence, said.by_human, said.files, said.replaced)

    async def _named(self, question: SetCaption | HidePhoto) -> PhotoId:
        """Return the photo that `question` names."""
        if question.path is not None:
            return await self._corrector.photo_at(question.path)
        if question.photo is not None:
            return PhotoId(question.photo)
        raise PhotoError("expected a photo or a path, got neither; name the photo")
