"""`scripts/captioner train` and `quantize` from end to end, on pictures drawn here.

They need torch and TensorFlow, which no other test does, and so run only where `scripts/captioner
train` has made its environment. What an epoch a stage learns from ninety drawings is worth nothing;
that every stage takes up what the one before it left, and a model that runs comes out, is tested.
"""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lantern.caption.tflite import SHIPPED_MODELS, TfliteCaptioner

REPOSITORY = Path(__file__).parents[2]
PYTHON = REPOSITORY / ".venv-training" / "bin" / "python"

COLOURS = ("red", "green", "blue", "white")
SHAPES = {"boat": "rectangle", "dog": "ellipse", "car": "rounded_rectangle"}
OBJECTS = 80
"""Concepts before the words of `concepts.txt`."""

PLACES = ("on the grass", "near the water", "in the street", "under the sky")

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason="scripts/captioner train has not run here"),
    pytest.mark.timeout(1800),
]


def draw_set(folder, splits, draw):
    """Draw `splits` photos, by split, and write the set's `captions_splits.json`."""
    (folder / "images").mkdir(parents=True)
    entries = []
    for split, count in splits.items():
        for number in range(count):
            colour, (thing, shape) = draw.choice(COLOURS), draw.choice(list(SHAPES.items()))
            picture = Image.new("RGB", (224, 224), tuple(draw.randrange(60, 200) for _ in "rgb"))
            getattr(ImageDraw.Draw(picture), shape)((60, 80, 170, 150), fill=colour)
            file = f"{split}{number}.jpg"
            picture.save(folder / "images" / file)
            places = draw.sample(PLACES, 3)
            entries.append(
                {
                    "file": file,
                    "split": split,
                    "objects": [thing],
                    "sentences": [f"a {colour} {thing} is {place}" for place in places],
                }
            )
    (folder / "captions_splits.json").write_text(json.dumps({"images": entries}))
    return entries


def without_sentences(folder):
    """Take the sentences away: what is left of them was borrowed from other photos."""
    listing = json.loads((folder / "captions_splits.json").read_text())
    for entry in listing["images"]:
        entry["pseudo_sentences"] = entry.pop("sentences")
    (folder / "captions_splits.json").write_text(json.dumps(listing))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of all sets, as small as the batches allow."""
    folder = tmp_path_factory.mktemp("data")
    draw = random.Random(1)
    photos = draw_set(folder / "flickr8k_224", {"train": 60, "val": 3, "test": 1}, draw)
    draw_set(folder / "coco_human", {"train": 12, "val": 3, "test": 1}, draw)
    draw_set(folder / "coco_labels", {"train": 20}, draw)
    without_sentences(folder / "coco_labels")
    (folder / "coco_text").mkdir()
    texts = {
        str(number): {"captions": photo["sentences"], "objects": photo["objects"]}
        for number, photo in enumerate(photos * 3)
    }
    (folder / "coco_text" / "sentences_objects.json").write_text(json.dumps(texts))
    return folder


def workshop(module, *arguments):
    """Run a command of the workshop in its own environment and return what it printed."""
    done = subprocess.run(
        [PYTHON, "-m", f"workshop.{module}", *arguments],
        env=os.environ | {"PYTHONPATH": f"{REPOSITORY / 'scripts'}:{REPOSITORY / 'daemon'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """The work folder of a whole training, and what it printed."""
    work = tmp_path_factory.mktemp("work")
    return work, workshop("train", "--data", data, "--work", work, "--epochs", "1")


def test_every_stage_runs_and_leaves_its_result(trained):
    work, told = trained
    for stage in ("language", "joint", "reward", "reward2", "reward3"):
        assert told.count(f"{stage} epoch 1 loss ") == 1
        assert (work / f"{stage}.state.pt").exists()
    for result in ("encoder.tflite", "decoder.pt", "embedding.npz"):
        assert (work / result).exists()


def test_a_second_training_finds_every_stage_done(data, trained):
    work, _ = trained
    before = (work / "decoder.pt").read_bytes()
    told = workshop("train", "--data", data, "--work", work, "--epochs", "1")
    assert "epoch" not in told
    assert (work / "decoder.pt").read_bytes() == before


def test_what_was_trained_is_quantised_to_a_model_that_chooses_and_describes(
    data, trained, tmp_path
):
    work, _ = trained
    for table in ("labels.tsv", "families.tsv"):
        shutil.copy(SHIPPED_MODELS / table, tmp_path)
    concepts = OBJECTS + len((work / "concepts.txt").read_text().splitlines())
    (tmp_path / "concepts.tsv").write_text("".join(f"{at}\t\t\n" for at in range(concepts)))
    workshop("quantize", "--work", work, "--models", tmp_path)
    told = workshop("choice", "--data", data, "--work", work, "--models", tmp_path)
    assert "chosen by weights of other photos: CIDEr-D" in told
    assert (tmp_path / "choice.npz").read_bytes() == (work / "choice.npz").read_bytes()
    picture = np.asarray(Image.new("RGB", (224, 224), "green"))
    words = (work / "vocabulary.txt").read_text().splitlines()
    said = TfliteCaptioner(tmp_path).describe(picture).caption
    assert 0 < said.score <= 1
    assert set(said.sentence.split()) <= set(words)
