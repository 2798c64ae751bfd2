"""What is written over the picture: a photo's sentence, announcements, remarks, a fade's veil.

Pure: text and the display's size come in, mpv's `osd-overlay` events go out, in the ASS format.
Sizes are pixels of the display, opacities in [0, 1]. Whatever the text holds, it is shown as text.

Sources: libass, "ASS File Format Guide"; safe areas as in EBU R 95, 5 % on each side at least.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from lantern.kiosk.stage import Size

MARGIN = 0.12
"""Of the width, left free on each side: the eye finds back in lines of some sixty letters."""

LONGEST = 220
"""Letters; what is longer is cut at a word. Who wants to read more looks at the page."""

_FOOT = 0.065  # of the height, free below the sentence
_LETTER = 0.04  # of the shorter side: legible from six times the picture's height
_HALO = 0.5  # how dark the halo is, that keeps white letters legible on snow
_SHADE = 0.62  # the same of the shade at the foot of the picture

_EDGE = 0.05  # of width and height, between a remark and the edges
_SMALL, _FAINT = 0.6, 0.6  # a remark's letters, and how much of the picture they let through

_AUTOMATIC = r"\fe-1"  # libass: the text's own letters say whether it runs from right to left


def sentence(text: str, size: Size, opacity: float) -> str:
    """Return a photo's sentence as a lower third: two lines or three, centred, on a soft shade."""
    short = shortened(text, LONGEST)
    if not short or opacity <= 0:
        return ""
    letter = _letter(size) * (1.0 if _weight(short) <= LONGEST / 2 else 0.82)
    at = rf"\an2\pos({size.width / 2:.0f},{size.height * (1 - _FOOT):.0f})"
    return "\n".join((_shade(size, opacity), *_haloed(short, at, letter, opacity)))


def announcement(text: str, size: Size) -> str:
    """Return `text` large in the middle, "" for nothing."""
    short = shortened(text, LONGEST)
    if not short:
        return ""
    grown = min(4.0, max(1.5, 60 / (_weight(short) + 8)))
    at = rf"\an5\pos({size.width / 2:.0f},{size.height / 2:.0f})\b1"
    return "\n".join((veil(0.45, size), *_haloed(short, at, _letter(size) * grown, 1.0)))


def remark(text: str, size: Size) -> str:
    """Return `text` small and faint in the upper right corner, "" for nothing."""
    short = shortened(text, LONGEST)
    if not short:
        return ""
    at = rf"\an9\pos({size.width * (1 - _EDGE):.0f},{size.height * _EDGE:.0f})"
    return "\n".join(_haloed(short, at, _letter(size) * _SMALL, _FAINT))


def veil(opacity: float, size: Size) -> str:
    """Return black over all of the picture."""
    return _black(Box(0, 0, size.width, size.height), opacity) if opacity > 0 else ""


def shortened(text: str, longest: int) -> str:
    """Return `text` in one line of at most `longest` letters, wide ones counting twice."""
    words = " ".join(_printable(text).split())
    if _weight(words) <= longest:
        return words
    kept, room = "", longest - 1
    for letter in words:
        room -= _weight(letter)
        if room < 0:
            break
        kept += letter
    whole = kept.rpartition(" ")[0]
    return (whole if len(whole) > len(kept) / 2 else kept).rstrip(" ,;:.-") + "…"


def escaped(text: str) -> str:
    """Return `text` so that libass shows it: no brace opens a command, no backslash is one."""
    return text.replace("\\", "\\\u2060").replace("{", "\\{").replace("\n", " ")


def margin(size: Size) -> int:
    """Return mpv's `osd-margin-x`, in 720ths of the display's height, at most 300."""
    return min(300, round(MARGIN * size.width / size.height * 720))


def _printable(text: str) -> str:
    """Return `text` without controls, and without what overrides the direction of all the rest."""
    spaced = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    return re.sub(r"[\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", "", spaced)


def _weight(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _letter(size: Size) -> float:
    return _LETTER * min(size.width, size.height)


def _haloed(text: str, at: str, letter: float, opacity: float) -> tuple[str, str]:
    """Return the text's halo and the text."""
    shown = escaped(text)
    common = rf"{at}{_AUTOMATIC}\fnsans-serif\fs{letter:.1f}\q0\shad0"
    halo = rf"\1a&HFF&\3c&H000000&{_alpha(3, _HALO * opacity)}\bord{letter / 11:.1f}"
    soft = rf"\blur{letter / 9:.1f}"
    white = rf"\1c&HFFFFFF&{_alpha(1, opacity)}\bord0\blur0"
    return f"{{{common}{halo}{soft}}}{shown}", f"{{{common}{white}}}{shown}"


def _shade(size: Size, opacity: float) -> str:
    """Return a shade that grows softly towards the foot of the picture."""
    soft = size.height * 0.065
    box = Box(-3 * soft, size.height * 0.86, size.width + 6 * soft, size.height * 0.14 + 3 * soft)
    return _black(box, _SHADE * opacity, soft)


class Box(NamedTuple):
    """A part of the display, which may reach beyond it."""

    left: float
    top: float
    width: float
    height: float


def _black(box: Box, opacity: float, soft: float = 0.0) -> str:
    w, h = f"{box.width:.0f}", f"{box.height:.0f}"
    where = rf"\an7\pos({box.left:.0f},{box.top:.0f})\bord0\shad0\blur{soft:.0f}\1c&H000000&"
    return rf"{{{where}{_alpha(1, opacity)}\p1}}m 0 0 l {w} 0 {w} {h} 0 {h}"


def _alpha(part: int, opacity: float) -> str:
    """Return the command for the opacity of letters (1) or border (3); ASS counts transparency."""
    return rf"\{part}a&H{round(255 * (1 - min(1.0, max(0.0, opacity)))):02X}&"
