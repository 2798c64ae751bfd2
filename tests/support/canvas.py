"""A surface to draw landscapes on, out of gradients, noise and a few polygons; see `scenes`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Floats = np.ndarray
Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]


class Canvas:
    """`pixels` is (height, width, 3) in 0 to 255; all lengths are parts of its height or width."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.width, self.height = width, height
        self.draw = np.random.default_rng(seed)
        self.pixels = np.zeros((height, width, 3))
        self.y, self.x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]

    def lay(self, colour: Colour | Floats, mask: Floats) -> None:
        """Put `colour` where `mask` is 1, and mix it in where that is between 0 and 1."""
        self.pixels += (np.asarray(colour, float) - self.pixels) * mask[..., None]

    def sky(self, *colours: Colour, down_to: float = 1.0) -> None:
        """Grade from the first colour, above, to the last."""
        at = np.linspace(0, down_to, len(colours))
        graded = [np.interp(self.y[:, 0], at, [c[band] for c in colours]) for band in range(3)]
        self.pixels[:] = np.stack(graded, axis=-1)[:, None, :]

    def glow(self, x: float, y: float, size: float, colour: Colour, strength: float = 1.0) -> None:
        """Light the air around a point."""
        self.lay(colour, strength * np.exp(-((self._far(x, y) / size) ** 2)))

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Put a sun, a moon, a star or a flower."""
        ratio, edge = self.height / self.width, radius + 2 / self.height
        rows = slice(max(int((y - edge) * self.height), 0), int((y + edge) * self.height) + 1)
        left, right = (x - edge * ratio) * self.width, (x + edge * ratio) * self.width
        area = (rows, slice(max(int(left), 0), int(right) + 1))
        far = np.hypot((self.x[area] - x) / ratio, self.y[area] - y)
        mask = np.clip((radius - far) * self.height, 0, 1)[..., None]
        self.pixels[area] += (np.asarray(colour, float) - self.pixels[area]) * mask

    def clouds(self, colour: Colour, amount: float, above: float, flat: float = 3.0) -> None:
        """Let clouds drift above a line."""
        noise = self.noise(5, flat)
        shaped = np.clip((noise - (1 - amount)) * 4, 0, 1) * np.clip((above - self.y) * 6, 0, 1)
        self.lay(colour, 0.85 * shaped)

    def ridge(self, base: float, rise: float, colour: Colour, rough: float = 0.5) -> Floats:
        """Raise hills up to `rise` above `base`, rougher or smoother; return their line."""
        line = base - rise * self.line(rough)
        self.lay(colour, np.clip((self.y - line) * self.height, 0, 1))
        return line

    def line(self, rough: float, octaves: int = 7) -> Floats:
        """Return a rolling line across, in 0 to 1."""
        total, at = np.zeros(self.width), np.linspace(0, 1, self.width)
        for octave in range(octaves):
            knots = self.draw.random(3 * 2**octave + 2)
            total += rough**octave * smooth(at, knots)
        low, high = total.min(), total.max()
        return (total - low) / (high - low)

    def noise(self, octaves: int, flat: float) -> Floats:
        """Return clouds of noise in 0 to 1, `flat` times as wide as high."""
        total, weight = np.zeros((self.height, self.width)), 0.0
        for octave in range(octaves):
            rows = 3 * 2**octave
            shape = (rows, max(int(rows * self.width / self.height / flat), 2))
            coarse = Image.fromarray((self.draw.random(shape) * 255).astype(np.uint8))
            fine = coarse.resize((self.width, self.height), Image.Resampling.BICUBIC)
            total += 0.5**octave * np.asarray(fine, float) / 255
            weight += 0.5**octave
        return total / weight

    def water(self, from_y: float, tint: Colour, strength: float = 0.35) -> None:
        """Mirror what lies above `from_y` in water below it."""
        top = int(from_y * self.height)
        rows = np.arange(self.height - top)
        waves = np.sin(rows**0.6 * 2.1 + self.draw.random() * 6) * rows**0.5 * 0.5
        source = np.clip(top - 1 - rows * 0.9 + waves, 0, top - 1).astype(int)
        self.pixels[top:] = self.pixels[source]
        lit = self.noise(4, 14)[top:]
        self.pixels[top:] += ((lit - 0.5) * 26)[..., None]
        below = np.clip((self.y - from_y) * self.height, 0, 1)
        self.lay(tint, strength * below)

    def shape(self, *outlines: Points, colour: Colour, blur: float = 0.0) -> None:
        """Fill polygons; a point is a part of the width and of the height."""
        scale = 3
        mask = Image.new("L", (self.width * scale, self.height * scale))
        pen = ImageDraw.Draw(mask)
        for outline in outlines:
            pen.polygon(
                [(x * self.width * scale, y * self.height * scale) for x, y in outline], 255
            )
        mask = mask.resize((self.width, self.height), Image.Resampling.LANCZOS)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.height))
        self.lay(colour, np.asarray(mask, float) / 255)

    def firs(self, line: Floats, height: float, colour: Colour, every: float = 0.02) -> None:
        """Stand firs along a line."""
        trees = []
        for x in np.arange(0, 1, every):
            at = float(np.clip(x + self.draw.normal(0, every / 3), 0, 0.999))
            foot = float(line[int(at * self.width)]) + 0.01
            trees += self._fir(at, foot, height * self.draw.uniform(0.6, 1.3))
        self.shape(*trees, colour=colour)

    def _fir(self, x: float, foot: float, tall: float) -> Iterator[Points]:
        slim = 0.17 * tall * self.height / self.width
        for tier in range(5):
            top, bottom = foot - tall * (1 - tier * 0.17), foot - tall * (0.62 - tier * 0.155)
            wide = slim * (0.35 + 0.18 * tier)
            yield [(x, top), (x + wide, bottom), (x - wide, bottom)]

    def stars(self, count: int, above: float) -> None:
        """Sprinkle stars above a line."""
        for _ in range(count):
            x, y = self.draw.random(), self.draw.random() * above
            self.disc(x, y, self.draw.choice([0.0008, 0.0012, 0.0022]), (255, 250, 236))

    def finish(self) -> Image.Image:
        """Return the picture, with a little grain and darker corners."""
        far = ((self.x - 0.5) ** 2 + (self.y - 0.5) ** 2) * 2
        grain = self.draw.normal(0, 2.2, (self.height, self.width, 1))
        pixels = self.pixels * (1 - 0.22 * far[..., None] ** 2) + grain
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

    def _far(self, x: float, y: float) -> Floats:
        return np.hypot((self.x - x) * self.width / self.height, self.y - y)


def smooth(at: Floats, knots: Floats) -> Floats:
    """Return `knots`, spread evenly over 0 to 1, between which a cosine leads."""
    place = at * (len(knots) - 1)
    left = np.minimum(place.astype(int), len(knots) - 2)
    part = (1 - np.cos((place - left) * np.pi)) / 2
    return knots[left] * (1 - part) + knots[left + 1] * part


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Return the colour that lies `part` of the way from `one` to `other`."""
    return tuple(round(a + (b - a) * part) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]
