"""Photos that never were, for the bench of search: what the catalog would know of them, seeded.

Sentences are people's, from the file of `coco_text` in a data folder, or of a small grammar here.
Around them: twenty years of dates, cameras with their lenses, folders of events, keywords, ratings,
here and there a person's caption, and bursts that count as one group.
"""

import datetime
import json
import random
from pathlib import Path
from typing import NamedTuple

from lantern.catalog.store import Reading
from lantern.imaging.formats import Format
from lantern.model import (
    Caption,
    Description,
    Exposure,
    Features,
    Fingerprint,
    Metadata,
    Place,
    Tag,
)

FIRST_DAY = datetime.datetime(2004, 1, 1)
DAYS = 20 * 365
BURST = 0.08
"""Share of photos that are one more shot of the photo before."""

CAMERAS = {
    "Canon EOS 5D Mark III": ("EF 24-70mm f/2.8L II USM", "EF 50mm f/1.8 STM"),
    "Canon EOS 350D": ("EF-S 18-55mm f/3.5-5.6",),
    "Canon EOS R6": ("RF 24-105mm F4 L IS USM",),
    "Canon PowerShot A620": (None,),
    "NIKON D70": ("AF-S DX 18-70mm f/3.5-4.5G",),
    "NIKON D750": ("AF-S 24-120mm f/4G ED VR", "AF-S 85mm f/1.8G"),
    "NIKON Z 6": ("NIKKOR Z 24-70mm f/4 S",),
    "FUJIFILM X-T3": ("XF18-55mmF2.8-4 R LM OIS", "XF35mmF2 R WR"),
    "FUJIFILM X100V": (None,),
    "SONY ILCE-7M3": ("FE 28-70mm F3.5-5.6 OSS", "FE 85mm F1.8"),
    "SONY DSC-RX100M5": (None,),
    "OLYMPUS E-M10": ("M.Zuiko 14-42mm F3.5-5.6",),
    "Panasonic DMC-LX100": (None,),
    "PENTAX K-5": ("smc DA 18-135mm",),
    "Apple iPhone 4": (None,),
    "Apple iPhone 6s": (None,),
    "Apple iPhone 12": ("iPhone 12 back dual wide camera 4.2mm f/1.6",),
    "Google Pixel 3": (None,),
    "Google Pixel 7": (None,),
    "SAMSUNG SM-G950F": (None,),
}
PLACES = ("Lisbon", "Oslo", "Kyoto", "Grandma", "Garden", "Alps", "Lake Garda", "Vienna", "Home")
EVENTS = ("Birthday", "Wedding", "Holiday", "Christmas", "Hike", "School Fair", "Weekend", "Party")
KEYWORDS = ("family", "friends", "travel", "nature", "sport", "food", "pets", "work", "favourites")
SHAPES = ((4000, 3000), (3000, 4000), (6000, 4000), (4032, 3024), (5472, 3648), (1080, 1920))
MODEL = "bench 1"

# fmt: off
_WHO = ("man", "woman", "boy", "girl", "dog", "cat", "horse", "bird", "child", "couple", "skier",
        "cyclist", "surfer", "baby", "elephant", "player", "family", "train", "boat", "motorcycle")
_LOOK = ("small", "large", "young", "old", "brown", "black", "white", "red", "yellow", "wet",
         "sleeping", "smiling", "striped", "wooden", "colorful", "grey")
_DOES = ("runs through", "sits on", "stands in front of", "waits near", "plays with", "looks at",
         "rests beside", "jumps over", "walks along", "carries", "eats", "holds")
_WHAT = ("bench", "table", "umbrella", "frisbee", "birthday cake", "sandwich", "laptop", "fence",
         "suitcase", "bicycle", "surfboard", "kite", "tennis racket", "bowl of fruit", "sofa")
_WHERE = ("on the beach", "in the snow", "in a kitchen", "at the station", "in a green field",
          "by the river", "on a busy street", "in the mountains", "at night", "under a bridge",
          "in a parking lot", "near the harbor", "in the living room", "at the zoo")
# fmt: on


class SyntheticPhoto(NamedTuple):
    """One photo to enter; `follows` tells that it is alike to the one before."""

    folder: bytes
    name: bytes
    reading: Reading
    description: Description
    follows: bool

    @property
    def sentence(self):
        """Return the sentence that is shown."""
        return self.reading.metadata.human_caption or self.description.caption.sentence


def sentences(data, draw):
    """Return a function that draws a sentence; `data` is a folder with `coco_text`, or None."""
    if data is None:
        return lambda: (
            f"a {draw.choice(_LOOK)} {draw.choice(_WHO)} {draw.choice(_DOES)} a"
            f" {draw.choice(_LOOK)} {draw.choice(_WHAT)} {draw.choice(_WHERE)}"
        )
    file = Path(data) / "coco_text" / "sentences_objects.json"
    known = [
        " ".join(sentence.strip().rstrip(".").split())
        for entry in json.loads(file.read_text("utf-8")).values()
        for sentence in entry["captions"]
    ]
    return lambda: draw.choice(known)


def synthetic_photos(count, data, seed=1):
    """Yield `count` photos, the same for the same arguments."""
    draw = random.Random(seed)
    sentence = sentences(data, draw)
    before = None
    for number in range(count):
        follows = before is not None and draw.random() < BURST
        before = _next_shot(before, number) if follows else _shot(number, sentence(), draw)
        yield before


def newcomer(number, word):
    """Return a photo that no other search than one for `word` should lead to."""
    return _shot(number, f"a photo of {word}", random.Random(number))


def _shot(number, sentence, draw):
    moment = FIRST_DAY + datetime.timedelta(
        days=draw.randrange(DAYS), seconds=draw.randrange(86400)
    )
    camera = draw.choice(tuple(CAMERAS))
    folder = f"{moment.year}/{moment:%Y-%m} {draw.choice(PLACES)} {draw.choice(EVENTS)}"
    metadata = Metadata(
        *draw.choice(SHAPES),
        taken_at=None if draw.random() < 0.03 else moment.isoformat(),
        camera=None if draw.random() < 0.05 else camera,
        lens=draw.choice(CAMERAS[camera]),
        exposure=Exposure(1 / draw.choice((30, 125, 500)), 2.8, draw.choice((100, 400, 1600)), 35),
        place=Place(draw.uniform(-60, 70), draw.uniform(-180, 180))
        if draw.random() < 0.4
        else None,
        rating=draw.choice((None, None, None, 1, 3, 4, 5)),
        keywords=tuple(draw.sample(KEYWORDS, draw.choice((0, 0, 1, 2)))),
        human_caption=f"Our {sentence}" if draw.random() < 0.03 else None,
    )
    tags = tuple(
        Tag(f"{draw.choice(_LOOK)} {draw.choice(_WHO)}", round(0.6 / rank, 3))
        for rank in range(1, 6)
    )
    return SyntheticPhoto(
        folder=folder.encode(),
        name=f"IMG_{number:05}.JPG".encode(),
        reading=_reading(number, metadata),
        # No features: search does not look at them, and "more like this" has its own bench.
        description=Description(Caption(sentence, 0.5, MODEL), tags, Features(b"", 1.0)),
        follows=False,
    )


def _next_shot(before, number):
    metadata = before.reading.metadata
    return before._replace(
        name=f"IMG_{number:05}.JPG".encode(), reading=_reading(number, metadata), follows=True
    )


def _reading(number, metadata):
    return Reading(
        Fingerprint(f"{number:032x}"), Format.JPEG, metadata, None, sharpness=number % 97
    )
