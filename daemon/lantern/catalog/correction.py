"""What a person's sentence is, and which of two persons' sentences is the newer one.

Pure. A person may speak through Lantern (a correction) or through any program that writes into
photos. `captions` keeps the corrections; here it is decided what a file's own words mean for them.
"""

from __future__ import annotations

import unicodedata

import msgspec

from lantern.errors import PhotoError
from lantern.imaging import values
from lantern.model import Imprint, imprint_key

LONGEST = values.MAX_CAPTION
"""Characters of a sentence; what is longer would come back from the photo cut."""

_LINE_BREAKS = frozenset("\t\n\v\f\r\x85")


class Correction(msgspec.Struct, frozen=True):
    """What a person said of a photo through Lantern, the newest of it.

    `stood` are the sentences of persons that were there before it, in a file or as corrections: in
    a file they are older than this one. `replaced` is the one of them that another program's user
    had written into the file that the person named: that alone may be overwritten. An empty
    `sentence` withdraws what was said.
    """

    sentence: str
    stood: tuple[str, ...]
    standing: bool
    replaced: str | None = None


class Heard(msgspec.Struct, frozen=True):
    """What a file says of its picture in a person's name, and what follows from it.

    `sentence` is what is to be kept as the person's sentence in the file. `overtaken` tells that it
    is newer than the standing correction; `adopted` that it was said through some Lantern, and
    stands as a correction from now on.
    """

    sentence: str | None
    overtaken: bool = False
    adopted: bool = False


def cleaned(text: str) -> str:
    """Return `text` as one line: the form in which every photo format gives it back.

    Line breaks and runs of spaces become one space.

    Raises:
        PhotoError: it holds control characters or is no text, is empty or longer than `LONGEST`
            characters, or is nothing but what cameras write by themselves.
    """
    for character in text:
        kind = unicodedata.category(character)
        if kind == "Cs":
            raise PhotoError("the sentence is not valid UTF-8; type it in a terminal that is")
        if kind == "Cc" and character not in _LINE_BREAKS:
            raise PhotoError(
                f"the sentence holds U+{ord(character):04X}, no character of a text; leave it out"
            )
    line = values.clean(text, len(text) + 1)
    if not line:
        raise PhotoError("the sentence is empty; say what is to be seen")
    if len(line) > LONGEST:
        raise PhotoError(
            f"the sentence is longer than {LONGEST:,} characters, which is all that photos hold; "
            "shorten it"
        )
    if values.caption(line) is None:
        raise PhotoError(f'expected a sentence, got "{line}"; say what is to be seen')
    return line


def hear(newest: Correction | None, human: str | None, imprint: Imprint | None) -> Heard:
    """Return what it means that a file says `human`, carrying `imprint`, where `newest` was said.

    A sentence that neither stands nor stood is newer than the correction: somebody wrote it since.
    One that came into the file through Lantern, and that this catalog never heard, is a correction
    made elsewhere, or before the catalog was lost. One that was withdrawn here is nobody's: what it
    replaced in the file counts again.
    """
    if human is None:
        return Heard(None)
    own = imprint is not None and imprint.person and imprint.sentence == human
    if newest is None:
        return Heard(human, adopted=own)
    if human == newest.sentence or human in newest.stood:
        if imprint is not None and own and not newest.sentence:
            return Heard(imprint.replaced)
        return Heard(human)
    return Heard(human, overtaken=newest.standing, adopted=own)


def is_ours(human: str | None, carried: str | None) -> bool:
    """Tell whether what a file says in a person's name came through Lantern, which `carried` is."""
    return human is not None and carried == imprint_key(human, person=True, model="")


def may_replace(standing: Correction, human: str | None, carried: str | None) -> bool:
    """Tell whether `standing` may be written where a file says `human` in a person's name.

    Of what other programs wrote, only the sentence may go of the file that the person named.
    """
    theirs = human not in {None, standing.sentence, standing.replaced}
    return not theirs or is_ours(human, carried)
