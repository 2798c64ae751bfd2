"""The model on the other TFLite runtime, in an environment of its own.

Sentences are not bit-identical across runtimes, so words and scores are compared, not strings.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lantern.caption.graphs import runtime_name
from lantern.caption.tflite import TfliteCaptioner

REPOSITORY = Path(__file__).parents[2]
OTHER_PYTHON = REPOSITORY / ".venv-tflite" / "bin" / "python"
SEED = 5
SCENES = 2
"""Of the pictures: of noise every sentence is a guess, and the best hangs by a hair."""

DESCRIBE = """
import base64, json, sys
import numpy as np
from lantern.caption.graphs import runtime_name
from lantern.caption.tflite import TfliteCaptioner
from lantern.health.trial import try_model
captioner = TfliteCaptioner()
described = []
for path in sys.argv[1:]:
    description = captioner.describe(np.load(path))
    described.append({
        "sentence": description.caption.sentence,
        "score": description.caption.score,
        "tags": {tag.name: tag.score for tag in description.tags},
        "features": base64.b64encode(description.features.values).decode(),
    })
deviation = try_model(None).deviation
print(json.dumps({"runtime": runtime_name(), "described": described, "deviation": deviation}))
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Three made-up scenes: a meadow below a sky, a red ball on white, coloured noise."""
    folder = tmp_path_factory.mktemp("pictures")
    meadow = np.zeros((300, 400, 3), np.uint8)
    meadow[:150], meadow[150:] = (120, 170, 240), (60, 140, 50)
    ball = np.full((240, 240, 3), 250, np.uint8)
    rows, columns = np.mgrid[:240, :240]
    ball[(rows - 120) ** 2 + (columns - 120) ** 2 < 80**2] = (200, 30, 30)
    coarse = np.random.default_rng(SEED).integers(0, 256, (8, 8, 3), np.uint8)
    noise = np.asarray(Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC))
    paths = []
    for name, picture in (("meadow", meadow), ("ball", ball), ("noise", noise)):
        paths.append(folder / f"{name}.npy")
        np.save(paths[-1], picture)
    return paths


def describe_with(python, pictures):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "daemon")}
    answer = subprocess.run(
        [python, "-c", DESCRIBE, *pictures],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def other(pictures):
    if not OTHER_PYTHON.exists():
        pytest.skip(f"no {OTHER_PYTHON}: scripts/test makes it from requirements-tflite.lock")
    return describe_with(OTHER_PYTHON, pictures)


def test_tflite_runtime_is_taken_where_ai_edge_litert_is_not_installed(other):
    assert other["runtime"] == "tflite-runtime"
    assert runtime_name() == "ai-edge-litert"


def test_both_runtimes_see_and_tell_nearly_the_same(other, pictures):
    ours = describe_with(sys.executable, pictures)
    both = list(zip(ours["described"], other["described"], strict=True))
    for mine, theirs in both[:SCENES]:
        words, other_words = set(mine["sentence"].split()), set(theirs["sentence"].split())
        assert len(words & other_words) >= len(words | other_words) / 2
        assert mine["score"] == pytest.approx(theirs["score"], abs=0.15)
    for mine, theirs in both:
        for name in mine["tags"].keys() & theirs["tags"].keys():
            assert mine["tags"][name] == pytest.approx(theirs["tags"][name], abs=0.15)


def test_the_known_picture_gets_the_known_answer_on_the_other_runtime_too(other):
    assert other["deviation"] is None


def test_a_later_word_does_not_depend_on_which_picture_came_before(pictures):
    captioner = TfliteCaptioner()
    described = [captioner.describe(np.load(path)) for path in (*pictures, *pictures)]
    assert described[:3] == described[3:]
