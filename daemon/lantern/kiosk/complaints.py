"""What a person should be told of the show's troubles, in sentences, by topic.

Pure. Of a projector that does not answer `keeper` tells more, and so the show does not.
"""

from __future__ import annotations

from lantern.kiosk.state import Part, Show
from lantern.kiosk.wanted import Presence

TOPICS = ("show", "sensors", "lamp")
"""All that `complaints` may tell of."""


def complaints(show: Show, presence: Presence) -> dict[str, str]:
    """Return a sentence for each topic that there is something to tell of."""
    told = {
        "show": _about(show.trouble(Part.SCREEN), "the show: {}; it is tried again"),
        "sensors": _about(show.trouble(Part.PRESENCE), "{}; the sound stays at its set level")
        or "; ".join(f"sensor {name}: {why}" for name, why in presence.faults),
        "lamp": _about(show.trouble(Part.LAMP), "the projector {} though it was told to light up"),
    }
    return {topic: sentence for topic, sentence in told.items() if sentence}


def _about(why: str, sentence: str) -> str:
    return sentence.format(why) if why else ""
