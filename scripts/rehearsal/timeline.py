"""Draw what an evening was like: who was there, how loud it was, the state, the projector's power.

Given samples at equal distances, return an SVG that is legible on light and dark pages alike.
"""

import datetime
import itertools
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 960, 452
LEFT, RIGHT = 112, 944
FLOOR_DB = -60.0

STYLE = """
svg{--paper:#fff;--ink:#24292f;--faint:#6a737d;--line:#d8dee4;--quiet:#c9d1d9;
--warm:#d9822b;--glow:#f2c14e;--sea:#2f7fb8;--bad:#c8413b;--night:#59636e}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--line:#30363d;
--quiet:#3d444d;--warm:#e59a4d;--glow:#c79a2b;--sea:#4f9fd6;--bad:#e5645e;--night:#656d76}}
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
.small{font-size:11px;fill:var(--faint)}.right{text-anchor:end}.middle{text-anchor:middle}
.paper{fill:var(--paper)}.rule{stroke:var(--line)}.mark{stroke:var(--faint);stroke-dasharray:2 3}
.gain{fill:var(--sea);fill-opacity:.22;stroke:var(--sea);stroke-width:1.2;stroke-linejoin:round}
.near{fill:var(--quiet)}.True{fill:var(--warm)}.None{fill:url(#unknown)}
.closed,.off{fill:var(--night)}.opening,.warming,.closing,.cooling{fill:var(--glow)}
.attract{fill:var(--quiet)}.engaged{fill:var(--warm)}.degraded{fill:var(--bad)}.on{fill:var(--sea)}
""".strip()
UNKNOWN = (
    '<pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path d="M0 0V6" style="stroke:var(--bad);stroke-width:3"/>'
    "</pattern>"
)


class Sample(NamedTuple):
    """One moment, `at` seconds after the beginning; `near` is the truth, `present` the verdict."""

    at: float
    near: bool
    present: bool | None
    gain_db: float
    mode: str
    power: str
    troubles: tuple[tuple[str, str], ...]


class Clock(NamedTuple):
    """What a clock in `zone` shows; it is `wall`, Unix seconds, at the beginning."""

    wall: float
    zone: datetime.tzinfo

    def text(self, at, form):
        """Return the time at `at`."""
        return f"{datetime.datetime.fromtimestamp(self.wall + at, self.zone):{form}}"


class Row(NamedTuple):
    """Where bars lie, and what they are called."""

    name: str
    top: float
    high: float = 18


class Axis(NamedTuple):
    """The times from `begin` to `end`, from the left to the right."""

    begin: float
    end: float

    def x(self, at):
        """Return where `at` lies."""
        return LEFT + (at - self.begin) / (self.end - self.begin) * (RIGHT - LEFT)


def draw(samples, events, clock):
    """Return the SVG of `samples`, with `events` by their times, as `clock` shows them."""
    whole = Axis(0, samples[-1].at)
    close = busiest(samples)
    parts = [
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        *(mark(whole, at, said) for at, said in events.items()),
        *panel(samples, whole, 44),
        *bands(samples, whole, Row("state", 186), lambda sample: sample.mode),
        *bands(samples, whole, Row("projector", 212), lambda sample: sample.power),
        *(tick(whole, at, 252, clock.text(at, "%H:%M")) for at in times(whole, clock, 900)),
        key(264),
        f'<text class="small" x="{LEFT}" y="298">three minutes of it</text>',
        *panel([s for s in samples if close.begin <= s.at <= close.end], close, 304),
        *(tick(close, at, 444, clock.text(at, "%H:%M:%S")) for at in times(close, clock, 30)),
    ]
    about = "An evening of the show: presence, gain, state, and the projector's power"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{about}">\n<title>{about}</title>\n<style>{STYLE}</style>\n'
        f"<defs>{UNKNOWN}</defs>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def busiest(samples):
    """Return three minutes in which people come and go, with nothing broken."""
    step = 30 * 10
    windows = (samples[first : first + 180 * 10] for first in range(0, len(samples), step))
    return max(
        (Axis(w[0].at, w[-1].at) for w in windows if well(w)),
        key=lambda axis: changes(samples, axis),
    )


def well(window):
    """Return whether a window is long enough and nothing but attract and engaged."""
    return len(window) == 1800 and {s.mode for s in window} == {"attract", "engaged"}


def changes(samples, axis):
    """Return how often the verdict changes on `axis`, six times at most."""
    inside = [s.present for s in samples if axis.begin <= s.at <= axis.end]
    return min(6, sum(a != b for a, b in itertools.pairwise(inside)))


def panel(samples, axis, top):
    """Return who is there, by truth and verdict, and the gain below."""
    yield from bands(samples, axis, Row("in front", top, 10), lambda s: "near" if s.near else "")
    yield from bands(samples, axis, Row("sensed", top + 14, 10), verdict)
    yield from gain(samples, axis, top + 36)


def verdict(sample):
    """Return the class of a verdict, "" for nobody."""
    return "" if sample.present is False else str(sample.present)


def bands(samples, axis, row, kind):
    """Return a bar for each time that `kind` is something."""
    middle = row.top + row.high / 2 + 4
    yield f'<text class="right" x="{LEFT - 10}" y="{middle:.0f}">{row.name}</text>'
    shapes = {}
    for what, group in itertools.groupby(samples, kind):
        held = list(group)
        left, right = axis.x(held[0].at), axis.x(held[-1].at)
        if what:
            shapes.setdefault(what, []).append((left, max(right - left, 0.8)))
    for what, places in shapes.items():
        bars = (f"M{x:.1f} {row.top}h{wide:.1f}v{row.high}h-{wide:.1f}z" for x, wide in places)
        yield f'<path class="{what}" d="{"".join(bars)}"/>'


def gain(samples, axis, top, high=88):
    """Return the gain in decibels, with the levels that it goes to."""
    for db in (0, -12, -24, -60):
        y = top + high * db / FLOOR_DB
        yield f'<path class="rule" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
        yield f'<text class="small right" x="{LEFT - 10}" y="{y + 4:.1f}">{db or "0 dB"}</text>'
    points = [(axis.x(s.at), top + high * s.gain_db / FLOOR_DB) for s in corners(samples)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    yield f'<path class="gain" d="M{LEFT} {top + high}L{path}V{top + high}"/>'


def corners(samples):
    """Return the samples at which the gain changes its slope, with the first and the last."""
    yield samples[0]
    for before, here, after in zip(samples, samples[1:], samples[2:], strict=False):
        if abs(after.gain_db - 2 * here.gain_db + before.gain_db) > 1e-6:
            yield here
    yield samples[-1]


def mark(axis, at, said):
    """Return an event: a line through all tracks, and its words above."""
    x, y = axis.x(at), 32 if said.startswith("…") else 18
    side, words_x = ("right small", x - 4) if x > RIGHT - 100 else ("small", x + 4)
    return (
        f'<path class="mark" d="M{x:.1f} {y - 10}V236"/>'
        f'<text class="{side}" x="{words_x:.1f}" y="{y}">{escape(said)}</text>'
    )


def times(axis, clock, every_s):
    """Return the times on `axis` at which a clock shows a multiple of `every_s`."""
    moments = itertools.count(-((clock.wall + axis.begin) % -every_s) + axis.begin, every_s)
    return itertools.takewhile(lambda at: at <= axis.end, moments)


def tick(axis, at, y, said):
    """Return a time of the clock, below its place on `axis`."""
    return f'<text class="small middle" x="{axis.x(at):.1f}" y="{y}">{said}</text>'


def key(y):
    """Return what the colours mean."""
    meanings = {
        "engaged": "somebody: engaged",
        "attract": "nobody: attract",
        "None": "nobody can tell",
        "degraded": "degraded",
        "opening": "opening, closing; warming, cooling",
        "on": "on",
        "closed": "closed, off",
    }
    x, parts = float(LEFT), []
    for name, said in meanings.items():
        parts.append(f'<rect class="{name}" x="{x:.0f}" y="{y}" width="11" height="11" rx="2"/>')
        parts.append(f'<text class="small" x="{x + 16:.0f}" y="{y + 10}">{said}</text>')
        x += 24 + 6.3 * len(said)
    return "".join(parts)
