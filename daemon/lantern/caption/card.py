"""The model card: what a model's makers say of it, and where in their text it stands.

Pure. `models/CARD.md` is Markdown for people, written by hand but for the parts that
`scripts/captioner card` fills in. `lantern models` tells the lists below some of its headings.
"""

from __future__ import annotations

CARD = "CARD.md"
LICENCES = "Licences"
KNOWN_FAILURES = "Known failures"


def listed(card: str, heading: str) -> tuple[str, ...]:
    """Return the items of the lists below the second-level `heading` of `card`, each on one line.

    A card without that heading lists nothing.
    """
    items: list[str] = []
    open_item = False
    for line in _section(card, heading):
        if line.startswith("- "):
            items.append(line[2:].strip())
            open_item = True
        elif open_item and line.startswith("  "):
            items[-1] += f" {line.strip()}"
        else:
            open_item = False
    return tuple(items)


def _section(card: str, heading: str) -> list[str]:
    lines = card.splitlines()
    title = f"## {heading}"
    if title not in lines:
        return []
    begin = lines.index(title) + 1
    ends = [at for at in range(begin, len(lines)) if lines[at].startswith("## ")]
    return lines[begin : ends[0] if ends else len(lines)]
