"""The embedding: what it makes of maps, and which files it refuses."""

import io

import numpy as np
import pytest

from lantern.caption.embedding import Embedding, to_bytes


def archive(**arrays):
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


@pytest.fixture(scope="module")
def parts():
    draw = np.random.default_rng(1)
    return draw.normal(size=20).astype(np.float32), draw.normal(size=(6, 20)).astype(np.float32)


def test_a_projection_survives_its_file_to_half_a_step_of_each_row(parts):
    mean, projection = parts
    read = Embedding.from_bytes(to_bytes(mean, projection))
    steps = np.abs(projection).max(1, keepdims=True) / 127
    assert (np.abs(read.projection - projection) <= steps * 0.501).all()
    assert (read.mean == mean).all()
    assert read.channels == 20


def test_the_same_arrays_make_the_same_bytes(parts):
    assert to_bytes(*parts) == to_bytes(*parts)


def test_a_vector_has_a_byte_a_dimension_and_unit_length(parts):
    features = Embedding(*parts)(np.ones((4, 20), np.float32))
    vector = np.frombuffer(features.values, np.int8) * features.scale
    assert len(features.values) == 6
    assert np.linalg.norm(vector) == pytest.approx(1, abs=0.01)
    wanted = parts[1] @ (1 - parts[0])
    assert vector @ wanted / np.linalg.norm(wanted) == pytest.approx(1, abs=0.001)


def test_the_mean_picture_has_a_vector_all_the_same(parts):
    features = Embedding(*parts)(np.tile(parts[0], (4, 1)))
    assert np.isfinite(features.scale)
    assert len(features.values) == 6


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        to_bytes(np.zeros(3, np.float32), np.ones((2, 3), np.float32))[:-40],
        archive(mean=np.zeros(3), rows=np.zeros((2, 3), np.int8)),
        archive(mean=np.zeros(4), rows=np.zeros((2, 3), np.int8), scales=np.ones(2)),
        archive(mean=np.zeros(3), rows=np.zeros((2, 3), np.int8), scales=np.ones(3)),
        archive(mean=np.array([None]), rows=np.zeros((2, 1), np.int8), scales=np.ones(2)),
    ],
    ids=["empty", "other", "cut", "no scales", "another mean", "other scales", "pickled"],
)
def test_a_file_that_is_no_embedding_is_refused(content):
    with pytest.raises(ValueError, match=r"embedding: |pickle"):
        Embedding.from_bytes(content)
