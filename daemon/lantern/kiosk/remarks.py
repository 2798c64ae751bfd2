"""What stands small in a corner of the picture: troubles that nobody else would notice in time.

Pure. Visitors see it, too: it names what it is about, and nothing of this house.
"""

from __future__ import annotations

from collections.abc import Iterable

_REMARKS = {"backup": "The backup needs attention"}
"""By the first word of a trouble's topic."""


def remark(topics: Iterable[str]) -> str:
    """Return what to say of the troubles by `topics`, "" for nothing."""
    about = dict.fromkeys(topic.partition(" ")[0] for topic in topics)
    return ", ".join(_REMARKS[word] for word in about if word in _REMARKS)
