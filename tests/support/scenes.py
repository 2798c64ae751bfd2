"""A small collection of pictures that may be shown to anybody: all of them are drawn here.

Each has a sentence and EXIF that is as invented as the picture. For screenshots, and for tests that
want to see more than one colour.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

import photos
from support.canvas import Canvas, Colour, Floats, mix


def hills(c: Canvas, far: Colour, near: Colour, first: float, rough: float = 0.45) -> Floats:
    """Lay five ranges of hills, nearer ones lower and nearer to `near`."""
    line = np.zeros(c.width)
    for step in range(5):
        base = first + (1 - first) * (step + 1) / 5.2
        line = c.ridge(base, 0.24 - 0.03 * step, mix(far, near, step / 4), rough)
    return line


def mountain_sunset(c: Canvas) -> None:
    c.sky((52, 58, 104), (204, 106, 98), (252, 190, 112), down_to=0.55)
    c.clouds((255, 214, 170), 0.42, 0.45, 6)
    c.glow(0.66, 0.46, 0.42, (255, 214, 130), 0.8)
    c.disc(0.66, 0.44, 0.06, (255, 246, 214))
    hills(c, (182, 104, 104), (36, 22, 44), 0.44)


def sailing_boat(c: Canvas) -> None:
    c.sky((88, 128, 170), (196, 188, 190), (250, 214, 176), down_to=0.6)
    c.clouds((255, 236, 222), 0.44, 0.5, 5)
    c.ridge(0.6, 0.16, (118, 128, 150), 0.5)
    c.ridge(0.6, 0.07, (78, 92, 112), 0.5)
    boat_above(c, 0.36, 0.6, 0.34)
    c.water(0.6, (70, 104, 138))


def boat_above(c: Canvas, x: float, y: float, tall: float) -> None:
    wide = tall * c.height / c.width
    c.shape(
        [(x, y - tall), (x, y - 0.06 * tall), (x + 0.42 * wide, y - 0.06 * tall)],
        colour=(252, 248, 238),
    )
    c.shape(
        [
            (x - 0.02 * wide, y - 0.86 * tall),
            (x - 0.02 * wide, y - 0.06 * tall),
            (x - 0.26 * wide, y - 0.06 * tall),
        ],
        colour=(232, 94, 62),
    )
    c.shape(
        [
            (x - 0.3 * wide, y - 0.05 * tall),
            (x + 0.46 * wide, y - 0.05 * tall),
            (x + 0.34 * wide, y + 0.03 * tall),
            (x - 0.2 * wide, y + 0.03 * tall),
        ],
        colour=(54, 38, 34),
    )


def starry_hills(c: Canvas) -> None:
    c.sky((8, 12, 34), (20, 34, 78), (64, 84, 128), down_to=0.75)
    c.lay((120, 132, 190), 0.3 * np.exp(-(((c.y - 0.62 + 0.6 * c.x) / 0.16) ** 2)) * c.noise(5, 1))
    c.stars(260, 0.62)
    line = c.ridge(0.76, 0.16, (176, 190, 216), 0.42)
    c.firs(line, 0.06, (34, 44, 70), 0.03)
    c.ridge(0.94, 0.16, (222, 230, 244), 0.36)
    cabin(c, 0.3, 0.86)


def cabin(c: Canvas, x: float, y: float) -> None:
    c.shape(
        [(x - 0.035, y), (x - 0.035, y - 0.05), (x + 0.035, y - 0.05), (x + 0.035, y)],
        colour=(58, 40, 34),
    )
    c.shape(
        [(x - 0.045, y - 0.045), (x, y - 0.105), (x + 0.045, y - 0.045)], colour=(236, 240, 250)
    )
    c.shape(
        [
            (x - 0.012, y - 0.015),
            (x - 0.012, y - 0.04),
            (x + 0.012, y - 0.04),
            (x + 0.012, y - 0.015),
        ],
        colour=(255, 204, 96),
    )
    c.glow(x, y - 0.028, 0.07, (255, 196, 96), 0.5)


def foggy_firs(c: Canvas) -> None:
    c.sky((196, 210, 214), (226, 230, 226))
    for step in range(5):
        line = c.ridge(0.42 + 0.15 * step, 0.1, mix((196, 208, 208), (30, 52, 48), step / 4), 0.4)
        c.firs(
            line,
            0.13 + 0.035 * step,
            mix((190, 204, 204), (24, 44, 40), step / 4),
            0.022 + 0.008 * step,
        )
        c.lay((226, 232, 230), 0.5 * (1 - step / 4) * np.clip(c.y * 2 - 0.7 - 0.1 * step, 0, 1))


def dunes(c: Canvas) -> None:
    c.sky((110, 150, 190), (236, 206, 168), down_to=0.5)
    c.disc(0.2, 0.2, 0.04, (255, 244, 220))
    c.glow(0.2, 0.2, 0.3, (255, 232, 196), 0.6)
    for step in range(5):
        line = c.ridge(
            0.5 + 0.13 * step, 0.16, mix((226, 176, 122), (196, 118, 66), step / 4), 0.22
        )
        dark = np.clip((np.gradient(line)[None, :] * 900), 0, 1) * np.clip(
            (c.y - line) * c.height, 0, 1
        )
        c.lay((120, 66, 46), 0.5 * dark * np.clip(1 - (c.y - line) * 5, 0, 1))


def lighthouse(c: Canvas) -> None:
    c.sky((62, 78, 98), (120, 136, 150), (196, 186, 172), down_to=0.62)
    c.clouds((52, 62, 78), 0.56, 0.6, 3)
    c.water(0.64, (44, 72, 88), 0.55)
    c.shape(
        [(0.58, 0.72), (0.66, 0.6), (0.8, 0.57), (1.0, 0.55), (1.0, 1.0), (0.7, 1.0)],
        colour=(48, 52, 50),
    )
    for step in range(5):
        top, bottom = 0.2 + 0.075 * step, 0.275 + 0.075 * step
        narrow, wide = 0.02 + 0.003 * step, 0.023 + 0.003 * step
        c.shape(
            [
                (0.78 - narrow, top),
                (0.78 + narrow, top),
                (0.78 + wide, bottom),
                (0.78 - wide, bottom),
            ],
            colour=(240, 236, 226) if step % 2 else (196, 52, 44),
        )
    c.shape([(0.765, 0.2), (0.765, 0.16), (0.795, 0.16), (0.795, 0.2)], colour=(255, 226, 140))
    c.shape([(0.76, 0.16), (0.78, 0.12), (0.8, 0.16)], colour=(60, 40, 40))
    c.shape([(0.765, 0.18), (0.0, 0.06), (0.0, 0.2)], colour=(255, 238, 180), blur=0.02)
    c.glow(0.78, 0.18, 0.12, (255, 232, 160), 0.8)


def balloons(c: Canvas) -> None:
    c.sky((120, 170, 214), (220, 224, 216), (252, 224, 186), down_to=0.7)
    hills(c, (166, 190, 190), (66, 104, 66), 0.62, 0.4)
    for x, y, size, one, other in (
        (0.3, 0.34, 0.15, (222, 74, 60), (250, 206, 96)),
        (0.64, 0.22, 0.1, (52, 112, 168), (240, 240, 232)),
        (0.8, 0.46, 0.075, (240, 168, 60), (120, 62, 120)),
        (0.5, 0.54, 0.04, (88, 150, 110), (250, 236, 196)),
    ):
        balloon(c, x, y, size, one, other)


def balloon(c: Canvas, x: float, y: float, size: float, *stripes: Colour) -> None:
    around = np.linspace(0, 2 * np.pi, 60)
    ratio = c.height / c.width
    for number, part in enumerate((1.0, 0.72, 0.4, 0.12)):
        drop = np.where(np.sin(around) > 0, 1.25, 1.0)
        outline = [
            (x + size * part * ratio * np.cos(a), y + size * d * np.sin(a))
            for a, d in zip(around, drop, strict=True)
        ]
        c.shape(outline, colour=stripes[number % len(stripes)])
    basket = 0.12 * size
    c.shape(
        [
            (x - basket * ratio, y + 1.45 * size),
            (x + basket * ratio, y + 1.45 * size),
            (x + basket * ratio, y + 1.65 * size),
            (x - basket * ratio, y + 1.65 * size),
        ],
        colour=(96, 62, 40),
    )


def poppies(c: Canvas) -> None:
    c.sky((104, 160, 214), (206, 226, 236), down_to=0.5)
    c.clouds((255, 255, 255), 0.5, 0.5, 3)
    c.ridge(0.5, 0.08, (126, 160, 140), 0.4)
    c.ridge(0.54, 0.05, (92, 134, 74), 0.4)
    c.lay((70, 112, 50), np.clip((c.y - 0.56) * 20, 0, 1) * (0.6 + 0.4 * c.noise(6, 1)))
    for _ in range(900):
        depth = c.draw.random() ** 1.6
        red = (200 + int(c.draw.integers(0, 40)), 40 + int(c.draw.integers(0, 30)), 36)
        c.disc(c.draw.random(), 0.56 + 0.44 * depth, 0.002 + 0.013 * depth, red)


def moonlit_sea(c: Canvas) -> None:
    c.sky((10, 18, 40), (34, 54, 92), (86, 106, 138), down_to=0.6)
    c.stars(90, 0.5)
    c.glow(0.5, 0.3, 0.3, (150, 168, 204), 0.7)
    c.clouds((70, 84, 116), 0.42, 0.55, 7)
    c.water(0.6, (18, 32, 60), 0.3)
    c.disc(0.5, 0.3, 0.075, (246, 242, 224))
    path = np.exp(-(((c.x - 0.5) / (0.02 + 0.16 * np.clip(c.y - 0.6, 0, 1))) ** 2))
    c.lay((240, 236, 214), path * np.clip((c.noise(6, 9) - 0.46) * 7, 0, 1) * (c.y > 0.6))


def town_by_night(c: Canvas) -> None:
    c.sky((14, 18, 44), (50, 46, 84), (140, 88, 100), down_to=0.6)
    c.stars(60, 0.4)
    x = 0.0
    while x < 1:
        wide, tall = c.draw.uniform(0.03, 0.09), c.draw.uniform(0.08, 0.34)
        c.shape(
            [(x, 0.64), (x, 0.64 - tall), (x + wide, 0.64 - tall), (x + wide, 0.64)],
            colour=mix((24, 24, 44), (48, 42, 66), c.draw.random()),
        )
        for row in np.arange(0.62 - tall, 0.61, 0.026):
            for column in np.arange(x + 0.008, x + wide - 0.008, 0.013):
                if c.draw.random() < 0.42:
                    area = (
                        slice(int((row + 0.008) * c.height), int((row + 0.019) * c.height)),
                        slice(int(column * c.width), int((column + 0.006) * c.width)),
                    )
                    c.pixels[area] = (255, 200 + c.draw.integers(-30, 30), 110)
        x += wide + c.draw.uniform(0, 0.012)
    c.water(0.64, (20, 22, 48), 0.3)


def rainbow(c: Canvas) -> None:
    c.sky((84, 104, 126), (150, 166, 176), (206, 206, 190), down_to=0.65)
    c.clouds((70, 84, 104), 0.5, 0.55, 2)
    far = np.hypot((c.x - 0.55) * c.width / c.height, c.y - 0.78)
    for number, colour in enumerate(
        (
            (150, 70, 190),
            (60, 110, 220),
            (70, 190, 120),
            (250, 220, 80),
            (250, 150, 60),
            (230, 70, 60),
        )
    ):
        c.lay(colour, 0.42 * np.exp(-(((far - 0.55 - 0.016 * number) / 0.011) ** 2)))
    hills(c, (120, 150, 120), (58, 112, 52), 0.66, 0.3)


def autumn_lake(c: Canvas) -> None:
    c.sky((150, 186, 214), (232, 232, 220), down_to=0.5)
    c.ridge(0.56, 0.26, (126, 132, 156), 0.5)
    line = c.ridge(0.58, 0.08, (150, 92, 40), 0.4)
    for colour, tall in (
        ((206, 128, 44), 0.08),
        ((170, 74, 36), 0.065),
        ((226, 172, 66), 0.05),
        ((84, 88, 44), 0.055),
    ):
        c.firs(line + c.draw.random() * 0.03, tall * 1.4, colour, 0.03)
    c.water(0.6, (96, 96, 96), 0.22)


def snowy_peaks(c: Canvas) -> None:
    c.sky((60, 116, 190), (176, 208, 234), down_to=0.6)
    c.clouds((255, 255, 255), 0.4, 0.4, 5)
    for base, rise, rock, snow in (
        (0.66, 0.46, (112, 128, 156), (236, 242, 250)),
        (0.78, 0.3, (74, 90, 116), (250, 252, 255)),
    ):
        line = c.ridge(base, rise, rock, 0.55)
        cover = np.clip((c.noise(6, 0.6) - 0.28 - (c.y - line) * 1.5) * 8, 0, 1)
        c.lay(snow, cover * np.clip((c.y - line) * c.height, 0, 1))
    line = c.ridge(0.95, 0.1, (34, 62, 52), 0.4)
    c.firs(line, 0.12, (24, 48, 42), 0.018)


def beach(c: Canvas) -> None:
    c.sky((74, 150, 210), (190, 224, 236), down_to=0.45)
    c.clouds((255, 255, 255), 0.46, 0.4, 4)
    c.lay((24, 128, 152), np.clip((c.y - 0.45) * c.height, 0, 1))
    c.lay((110, 206, 200), np.clip((c.y - 0.5) * 5, 0, 1))
    for step in range(4):
        foam = 0.66 + 0.035 * step + 0.02 * c.line(0.5)
        c.lay((248, 252, 250), 0.8 * np.exp(-(((c.y - foam) / 0.006) ** 2)))
    c.ridge(0.84, 0.08, (238, 216, 170), 0.3)
    c.shape([(0.62, 0.86), (0.74, 0.5), (0.86, 0.86)], colour=(238, 216, 170), blur=0.5)
    for number in range(8):
        start, end = np.pi + number * np.pi / 8, np.pi + (number + 1) * np.pi / 8
        fan = [(0.72, 0.7)] + [
            (0.72 + 0.11 * np.cos(a), 0.7 + 0.13 * np.sin(a)) for a in np.linspace(start, end, 6)
        ]
        c.shape(fan, colour=(226, 70, 66) if number % 2 else (250, 246, 236))
    c.shape([(0.717, 0.6), (0.723, 0.6), (0.723, 0.9), (0.717, 0.9)], colour=(120, 90, 70))


class Scene(NamedTuple):
    """One picture: what is drawn, its size, what is said of it, and what its EXIF pretends."""

    paint: Callable[[Canvas], None]
    size: tuple[int, int]
    sentence: str
    taken: str
    folder: str
    place: tuple[float, float] | None = None
    rating: int = 0


WIDE, TALL, SQUARE, LONG = (1350, 900), (900, 1350), (1000, 1000), (1600, 800)

SCENES = (
    Scene(
        mountain_sunset,
        WIDE,
        "The sun goes down behind the mountains",
        "2025-09-13 19:42",
        "2025/alps",
        (46.5592, 8.0017),
        5,
    ),
    Scene(
        sailing_boat,
        WIDE,
        "A boat with a red sail on the calm lake",
        "2025-07-21 20:58",
        "2025/lake",
        (47.5826, 9.4213),
        4,
    ),
    Scene(
        lighthouse,
        TALL,
        "The lighthouse by the sea before the storm",
        "2024-10-27 17:11",
        "2024/coast",
        (48.3976, -4.7948),
        4,
    ),
    Scene(
        balloons,
        WIDE,
        "Balloons over the valley in the morning",
        "2025-08-02 07:20",
        "2025/balloons",
        (44.8716, 1.2235),
        5,
    ),
    Scene(
        starry_hills,
        LONG,
        "Stars over a cabin in the snow",
        "2024-12-29 22:40",
        "2024/winter",
        (61.3128, 9.7964),
        5,
    ),
    Scene(
        poppies, WIDE, "Poppies in June", "2024-06-09 11:05", "2024/garden", (43.9187, 4.8043), 3
    ),
    Scene(
        foggy_firs,
        TALL,
        "Fog between the firs",
        "2023-11-04 08:31",
        "2023/forest",
        (48.5532, 8.2178),
        3,
    ),
    Scene(
        moonlit_sea,
        WIDE,
        "The full moon over the sea",
        "2023-08-31 23:15",
        "2023/coast",
        (38.6841, 20.7026),
        4,
    ),
    Scene(
        town_by_night,
        LONG,
        "The town by night, from across the river",
        "2023-05-18 22:02",
        "2023/town",
        (50.0865, 14.4114),
        3,
    ),
    Scene(
        dunes,
        WIDE,
        "Dunes by the sea in the evening light",
        "2022-04-16 18:24",
        "2022/desert",
        (31.1461, -3.9829),
        4,
    ),
    Scene(
        autumn_lake,
        SQUARE,
        "Autumn by the lake",
        "2022-10-15 15:40",
        "2022/lake",
        (60.8519, 26.5973),
        3,
    ),
    Scene(
        rainbow,
        WIDE,
        "A rainbow over the hills after the rain",
        "2022-05-28 17:33",
        "2022/hills",
        (53.3472, -7.3021),
        2,
    ),
    Scene(
        snowy_peaks,
        WIDE,
        "Snow on the peaks, firs below",
        "2021-03-06 12:16",
        "2021/alps",
        (45.9237, 7.8694),
        4,
    ),
    Scene(
        beach,
        WIDE,
        "The sea, the beach, and nobody but a parasol",
        "2021-08-19 09:47",
        "2021/coast",
        (43.6614, -1.4426),
        3,
    ),
)


def picture(scene: Scene, seed: int) -> Image.Image:
    """Draw `scene`; the same seed gives the same picture."""
    canvas = Canvas(*scene.size, seed)
    scene.paint(canvas)
    return canvas.finish()


def save(folder: Path) -> None:
    """Put all scenes into `folder`, each into its own of it."""
    for scene in SCENES:
        file = folder / path(scene)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(photo(scene))


def path(scene: Scene) -> str:
    """Return where the file of `scene` lies: "2025/alps/mountain-sunset.jpg"."""
    return f"{scene.folder}/{scene.paint.__name__.replace('_', '-')}.jpg"


def photo(scene: Scene) -> bytes:
    """Return the file of `scene`, as a camera and a careful person would have left it."""
    data = photos.encoded(picture(scene, SCENES.index(scene)), "JPEG", quality=90)
    return photos.annotated(data, exif(scene), xmp=xmp(scene))


def exif(scene: Scene) -> dict[str, str]:
    """Return what the camera would have said, had there been one."""
    place = {} if scene.place is None else position(*scene.place)
    return {
        "Exif.Image.Make": "Lantern",
        "Exif.Image.Model": "Lantern Sketchbook",
        "Exif.Photo.LensModel": "Soft Pencil 35 mm",
        "Exif.Photo.DateTimeOriginal": scene.taken.replace("-", ":") + ":00",
        "Exif.Photo.ExposureTime": "1/250",
        "Exif.Photo.FNumber": "56/10",
        "Exif.Photo.ISOSpeedRatings": "200",
        "Exif.Photo.FocalLength": "35/1",
        **place,
    }


def position(latitude: float, longitude: float) -> dict[str, str]:
    """Return EXIF's way to say where."""
    told = {}
    for name, value, ways in (("Latitude", latitude, "NS"), ("Longitude", longitude, "EW")):
        told[f"Exif.GPSInfo.GPS{name}"] = f"{round(abs(value) * 10_000)}/10000 0/1 0/1"
        told[f"Exif.GPSInfo.GPS{name}Ref"] = ways[value < 0]
    return told


def xmp(scene: Scene) -> dict[str, str | dict[str, str]]:
    """Return what a person said of the picture: its sentence and its stars."""
    return {
        "Xmp.dc.description": {"x-default": scene.sentence},
        "Xmp.xmp.Rating": str(scene.rating),
    }
