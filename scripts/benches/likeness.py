"""How well the shipped model's features tell copies from other photos: for choosing thresholds.

`scripts/bench likeness DIR` takes photos of train and val, never of test. Of some of them it makes
copies as people and programs do; the photos are small, so they are enlarged fourfold first, as a
camera's are large. For each threshold it tells the share of copies of each kind at least as near as
that, how many of a million pairs of different photos are, and of how many of those people named a
thing in common: a noun that at least half of the sentences about each have. The sets hold real
bursts, so the last pairs of all are to be looked at: `--pairs FILE` writes the nearest ones.

`lantern/similar/groups.py` keeps what was chosen: DUPLICATE leaves next to no pair of different
photos, since a large collection has thousands of millions; BURST may leave some, since camera and
time speak for one scene as well. `lantern/similar/neighbours.py` has ALIKE, from which on two
photos are shown as like each other.
"""

import argparse
import io
import json
import random
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lantern.caption.embedding import Embedding
from lantern.caption.graphs import Encoder, squash
from lantern.caption.manifest import SHIPPED_MODELS, read_manifest, read_part
from lantern.caption.vocabulary import tokenize

sys.path.insert(0, str(Path(__file__).parents[1]))
from workshop.nouns import NOUNS

SETS = ("flickr8k_224", "coco_human", "coco_labels")
# fmt: off
THRESHOLDS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96,
              0.97, 0.98, 0.99)
# fmt: on
NEAREST = 200


def jpeg(picture, quality):
    """Return `picture` after a lossy save."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def shrunk(picture, share, quality):
    """Return a smaller copy, as one that was sent to somebody."""
    size = [round(length * share) for length in picture.size]
    return jpeg(picture.resize(size, Image.Resampling.LANCZOS), quality)


def cropped(picture, share, where=0.5):
    """Return a part of `picture`, `share` of each side, from `where` of what is cut off."""
    width, height = (round(length * share) for length in picture.size)
    left, top = (picture.width - width) * where, (picture.height - height) * where
    return picture.crop((round(left), round(top), round(left) + width, round(top) + height))


COPIES = {
    "saved again": partial(jpeg, quality=75),
    "saved badly": partial(jpeg, quality=40),
    "half as large": partial(shrunk, share=0.5, quality=80),
    "a quarter as large": partial(shrunk, share=0.25, quality=80),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "cut by 4 %": partial(cropped, share=0.96),
    "cut by 10 %": partial(cropped, share=0.9, where=1.0),
    "cut by 20 %": partial(cropped, share=0.8, where=0.0),
    "mirrored": ImageOps.mirror,
}


class Eye:
    """A picture to its features, float32 of unit length, as the model in `models` sees it."""

    def __init__(self, models):
        manifest = read_manifest(models)
        self._encode = Encoder(read_part(models, manifest.encoder), threads=1)
        self._embed = Embedding.from_bytes(read_part(models, manifest.embedding))

    def __call__(self, picture):
        """Return the features of `picture`."""
        scale, zero = self._encode.map_scale
        seen = self._encode(squash(np.asarray(picture))).map
        features = self._embed((seen.astype(np.float32) - zero) * np.float32(scale))
        return np.frombuffer(features.values, np.int8) * np.float32(features.scale)


def photos(data, count, draw):
    """Return the paths of `count` photos of train and val, with what people say of them."""
    found = [
        (data / name / "images" / entry["file"], entry.get("sentences", ()))
        for name in SETS
        for entry in json.loads((data / name / "captions_splits.json").read_text())["images"]
        if entry["split"] in {"train", "val"}
    ]
    draw.shuffle(found)
    return found[:count]


def things(sentences):
    """Return the nouns that at least half of `sentences` have, of two or more."""
    named = Counter(
        noun for said in sentences for noun in {NOUNS[w] for w in tokenize(said) if w in NOUNS}
    )
    return {noun for noun, times in named.items() if times >= max(2, len(sentences) / 2)}


def named_alike(pairs, seen):
    """Return of which share of `pairs` people named a thing in common, where they named any."""
    told = [bool(seen[a] & seen[b]) for a, b in pairs if seen[a] and seen[b]]
    return round(sum(told) / len(told), 3) if told else None


def enlarged(path):
    """Return the photo at `path` as a larger camera would have made it."""
    with Image.open(path) as picture:
        size = (picture.width * 4, picture.height * 4)
        return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def look(paths, altered, models):
    """Return the (n, d) features of `paths`, and by kind those of copies of the first ones."""
    eye = Eye(models)
    copies = {kind: [] for kind in COPIES}
    features = []
    for number, path in enumerate(paths):
        picture = enlarged(path) if number < altered else Image.open(path).convert("RGB")
        features.append(eye(picture))
        if number < altered:
            for kind, copy in COPIES.items():
                copies[kind].append(eye(copy(picture)))
        print(f"\r{number + 1} of {len(paths)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.array(features), {kind: np.array(seen) for kind, seen in copies.items()}


def main():
    """Measure, and print a table or one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder of the sets, $LANTERN_DATA")
    parser.add_argument("--photos", type=int, default=4000)
    parser.add_argument("--altered", type=int, default=200)
    parser.add_argument("--models", type=Path, default=SHIPPED_MODELS)
    parser.add_argument("--pairs", type=Path, help="write the nearest pairs of different photos")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    paths, said = zip(*photos(chosen.data, chosen.photos, random.Random(1)), strict=True)
    seen = [things(sentences) for sentences in said]
    features, copies = look(paths, chosen.altered, chosen.models)
    cosines = np.triu(features @ features.T, 1)
    pairs = len(paths) * (len(paths) - 1) / 2
    own = {kind: (features[: chosen.altered] * seen).sum(1) for kind, seen in copies.items()}
    table = [
        {
            "threshold": threshold,
            "others_per_million": round(float((cosines >= threshold).sum() / pairs * 1e6), 2),
            "named_alike": named_alike(zip(*np.nonzero(cosines >= threshold), strict=True), seen),
            **{kind: round(float((near >= threshold).mean()), 3) for kind, near in own.items()},
        }
        for threshold in THRESHOLDS
    ]
    if chosen.pairs:
        order = np.argsort(-cosines, axis=None)[:NEAREST]
        nearest = [divmod(int(at), len(paths)) for at in order]
        chosen.pairs.write_text(
            json.dumps([[str(paths[a]), str(paths[b]), float(cosines[a, b])] for a, b in nearest])
        )
    if chosen.json:
        print(json.dumps({"photos": len(paths), "altered": chosen.altered, "table": table}))
        return
    print("cosine", "others/million", "named alike", *COPIES, sep=" | ")
    for row in table:
        print(*row.values(), sep=" | ")


if __name__ == "__main__":
    main()
