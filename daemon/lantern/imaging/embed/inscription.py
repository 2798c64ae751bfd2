"""What is to stand in a file, and the reason why it cannot. Pure."""

from collections.abc import Mapping

import msgspec


class Inscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for the fields that every program reads, and the properties that mark it ours.

    `sentence` is one clean line; `properties` go to XMP, in the namespace of `imaging.imprint`.
    """

    sentence: str
    properties: Mapping[str, str]


class CannotEmbed(Exception):
    """This file's bytes cannot be followed with certainty; the message says what is the matter."""
