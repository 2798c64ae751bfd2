"""The shipped model on real photographs, and what it does when its files are not right."""

import json
import math
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lantern.caption.expectation import to_bytes
from lantern.caption.manifest import FORMAT, MANIFEST
from lantern.caption.tflite import SHIPPED_MODELS, TfliteCaptioner
from lantern.errors import ConfigError
from support.choosing import altered, regression

REPOSITORY = Path(__file__).parents[2]
MODEL_BYTES = 12_000_000
WHOLE = (SHIPPED_MODELS / "choice.npz").read_bytes()


@pytest.fixture(scope="session")
def captioner():
    return TfliteCaptioner()


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of public-domain photographs, fetched once and kept in the checkout's cache."""
    folder = REPOSITORY / ".cache" / "test-photos"
    fetched = subprocess.run(
        [REPOSITORY / "scripts" / "sample-photos", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode:
        pytest.skip(f"no sample photos without a network: {fetched.stderr.strip()[-200:]}")
    return folder


@pytest.fixture
def models(tmp_path):
    """A copy of the shipped model, to be spoilt."""
    return Path(shutil.copytree(SHIPPED_MODELS, tmp_path / "models"))


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_cat_is_seen_and_told_as_a_cat(captioner, photos):
    description = captioner.describe(pixels(photos / "chelsea.jpg"))
    tags = {tag.name: tag.score for tag in description.tags}
    assert tags["cat"] > 0.5
    assert {"cat", "kitten"} & set(description.caption.sentence.split())


def test_a_cup_of_coffee_is_seen_and_told(captioner, photos):
    description = captioner.describe(pixels(photos / "coffee.jpg"))
    assert {"cup", "coffee", "espresso"} & {tag.name for tag in description.tags}
    assert {"cup", "coffee", "plate", "bowl"} & set(description.caption.sentence.split())


def test_a_description_is_whole_and_within_its_ranges(captioner, photos):
    description = captioner.describe(pixels(photos / "astronaut.jpg"))
    assert 0 < description.caption.score <= 1
    assert description.caption.model == captioner.name == "lantern-captioner 4"
    assert 3 <= len(description.caption.sentence.split()) <= 17
    scores = [tag.score for tag in description.tags]
    assert scores == sorted(scores, reverse=True)
    assert all(0.1 <= score <= 1 for score in scores)


def test_features_have_unit_length_and_tell_photos_apart(captioner, photos):
    vectors = []
    for name in ("chelsea.jpg", "rocket.jpg"):
        features = captioner.describe(pixels(photos / name)).features
        vectors.append(np.frombuffer(features.values, np.int8).astype(float) * features.scale)
    assert [len(vector) for vector in vectors] == [128, 128]
    assert [np.linalg.norm(vector) for vector in vectors] == pytest.approx([1, 1], abs=0.01)
    assert vectors[0] @ vectors[1] < 0.9


def test_the_same_picture_gives_the_same_description_whatever_came_before(captioner, photos):
    cat = pixels(photos / "chelsea.jpg")
    first = captioner.describe(cat)
    captioner.describe(pixels(photos / "rocket.jpg"))
    assert captioner.describe(cat) == first


@pytest.mark.parametrize("shape", [(1, 1, 3), (4000, 20, 3), (224, 224, 3), (31, 977, 3)])
def test_pictures_of_any_size_are_described(captioner, shape):
    picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert captioner.describe(picture).caption.sentence


def test_the_model_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in SHIPPED_MODELS.iterdir()) <= MODEL_BYTES


def test_a_missing_folder_is_refused_with_one_clear_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read model\.json \(No such file"):
        TfliteCaptioner(tmp_path)


@pytest.mark.parametrize(
    "part",
    [
        "encoder.tflite",
        "step.tflite",
        "vocabulary.txt",
        "concepts.tsv",
        "embedding.npz",
        "choice.npz",
    ],
)
def test_a_missing_part_is_refused(models, part):
    (models / part).unlink()
    with pytest.raises(ConfigError, match=f"cannot read {part}"):
        TfliteCaptioner(models)


@pytest.mark.parametrize("part", ["encoder.tflite", "bridge.tflite", "families.tsv", "choice.npz"])
def test_a_part_that_was_changed_is_refused(models, part):
    content = bytearray((models / part).read_bytes())
    content[len(content) // 2] ^= 1
    (models / part).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"{part} should have SHA-256 .*, has "):
        TfliteCaptioner(models)


def test_a_manifest_for_another_beam_is_refused(models):
    manifest = json.loads((models / MANIFEST).read_text())
    manifest["search"]["beam"] += 1
    (models / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match="beam of the step graph: expected 7, got 6"):
        TfliteCaptioner(models)


def test_a_table_of_other_concepts_is_refused(models):
    table = (models / "concepts.tsv").read_text().splitlines()[:-1]
    (models / "concepts.tsv").write_text("\n".join(table))
    manifest = json.loads((models / MANIFEST).read_text())
    manifest["concepts"]["sha256"] = sha256((models / "concepts.tsv").read_bytes()).hexdigest()
    (models / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match=r"concepts.* of the encoder: expected \(319, .* \(320, "):
        TfliteCaptioner(models)


def replace_choice(models, content):
    """Put `content` in the place of the choice's file, vouched for."""
    (models / "choice.npz").write_bytes(content)
    manifest = json.loads((models / MANIFEST).read_text())
    manifest["choice"]["sha256"] = sha256(content).hexdigest()
    (models / MANIFEST).write_text(json.dumps(manifest))


def test_a_model_without_a_choice_tells_the_likeliest_sentence(models):
    manifest = json.loads((models / MANIFEST).read_text())
    # Nothing is paid, so that the search finds what it finds without a guide.
    manifest["choice"]["guide"] = 0.0
    (models / MANIFEST).write_text(json.dumps(manifest))
    unguided = TfliteCaptioner(models)
    del manifest["choice"]
    (models / MANIFEST).write_text(json.dumps(manifest))
    (models / "choice.npz").unlink()
    picture = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    plain = TfliteCaptioner(models).candidates(picture)
    chosen = unguided.candidates(picture)
    worth = [
        math.log(each.score) * (len(each.sentence.split()) + 1) ** 0.3  # by log-probability / n^.7
        for each in plain
    ]
    assert worth == sorted(worth, reverse=True)
    assert {each.sentence for each in plain} == {each.sentence for each in chosen}
    assert len(chosen) > 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no archive", r"choice\.npz: expectation: expected centre, "),
        (altered(WHOLE, usual=np.zeros(3, np.float16)), r"choice\.npz: expectation: "),
        (
            to_bytes(**regression()),
            r"of the choice: expected \(320, 1280\), got \(3, 2\); its files",
        ),
        (
            altered(WHOLE, concepts=np.full(320, 9999, np.uint16)),
            "words of the choice: expected 4062, got 10000; its files",
        ),
    ],
)
def test_a_choice_that_is_none_or_another_models_is_refused(models, content, told):
    replace_choice(models, content)
    with pytest.raises(ConfigError, match=told):
        TfliteCaptioner(models)


@pytest.mark.parametrize("weights", [{}, {"tokens": 1.0}, {"tokens": "many"}, None])
def test_a_choice_without_its_weights_is_refused(models, weights):
    manifest = json.loads((models / MANIFEST).read_text())
    manifest["choice"]["weights"] = weights
    (models / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match=r"model\.json is malformed"):
        TfliteCaptioner(models)


@pytest.mark.parametrize(
    "content",
    [b"", b'{"format": %d}' % FORMAT, b"not json", b'{"format": %d, "name": 5}' % FORMAT],
)
def test_a_malformed_manifest_is_refused(models, content):
    (models / MANIFEST).write_bytes(content)
    with pytest.raises(ConfigError, match=r"model\.json is malformed"):
        TfliteCaptioner(models)
