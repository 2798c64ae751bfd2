"""The nouns that rooms exchange: photos, captions, metadata, and their unit types.

Frozen values without behaviour beyond their own consistency. Imports no other room, so that every
room may import it.
"""

from __future__ import annotations

from typing import NewType

import msgspec

PhotoId = NewType("PhotoId", int)
"""Row id of one picture in the catalog; stable for as long as the catalog remembers the picture."""

Fingerprint = NewType("Fingerprint", str)
"""Hex BLAKE2b-128 of a picture's image data: equal for copies whose metadata alone differ."""


class Tag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ImageNet class seen in a picture.

    `name` is the everyday English name ("tabby cat"); `score` the softmax probability in [0, 1].
    """

    name: str
    score: float


class Caption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine's sentence about a picture.

    `score` is the geometric mean of the tokens' probabilities, in (0, 1]; `model` names the model
    and its version ("lantern-captioner 1"); `from_tags` tells that the decoder contradicted
    confident tags and the sentence was made from the tags instead.
    """

    sentence: str
    score: float
    model: str
    from_tags: bool = False


class Features(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the encoder sees of a whole picture, as a short vector: value = `scale` * int8.

    `values` holds one int8 a dimension (the model's manifest says how many), of a vector of unit
    length, so that a dot product is a cosine. Vectors of different models compare to nothing.
    """

    values: bytes
    scale: float


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """WGS 84 position in degrees, north and east positive; `altitude_m` above sea level."""

    latitude: float
    longitude: float
    altitude_m: float | None = None


class Exposure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the picture was exposed; every part that the file does not tell is None."""

    time_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of its picture; every part that the file does not tell is None or empty.

    `taken_at` is ISO 8601 local time, with its UTC offset where the file knows it
    ("2019-07-04T18:30:00+02:00"), else without ("2019-07-04T18:30:00"). `width` and `height` are
    pixels after EXIF orientation. `rating` is 0 to 5. `human_caption` is the sentence a person
    wrote, in whatever program (XMP dc:description, IPTC Caption-Abstract, EXIF ImageDescription or
    a PNG's text, in that order); a sentence that Lantern's model wrote there is not one.
    `human_caption_other` is what XMP says in further languages: searched, not shown.
    """

    width: int
    height: int
    taken_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    exposure: Exposure = Exposure()
    place: Place | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    human_caption: str | None = None
    human_caption_other: tuple[str, ...] = ()


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything inference says of one picture; a pure function of its pixels and the model.

    `tags` are sorted by falling score.
    """

    caption: Caption
    tags: tuple[Tag, ...]
    features: Features


class Imprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Lantern writes into a photo, so that the sentence outlives Lantern.

    `sentence` stands in the fields that every program reads; `person` tells that somebody gave it
    to Lantern, otherwise it is `description`'s. `description` travels along, so that a catalog made
    anew costs no inference. `replaced` is what a person had written into that very file by another
    program, and a person's sentence took the place of.
    """

    sentence: str
    person: bool
    description: Description
    replaced: str | None = None

    @property
    def key(self) -> str:
        """Return a text that is equal for imprints that say the same."""
        return imprint_key(self.sentence, person=self.person, model=self.description.caption.model)


def imprint_key(sentence: str, *, person: bool, model: str) -> str:
    """Return the key of the imprint that says `sentence` in the name of a person or of `model`."""
    return f"{'person' if person else model}: {sentence}"


def display_path(path: bytes) -> str:
    """Return `path` as text for people: bytes that are not UTF-8 become U+FFFD."""
    return path.decode("utf-8", "replace")
