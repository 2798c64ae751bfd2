"""The nearest photos, found by comparing with every one."""

import numpy as np
import pytest

from lantern.model import Features
from lantern.similar import neighbours as module
from lantern.similar.neighbours import Block, blocks, cosines, neighbours, vector


def rows(count, dimensions=16, seed=1):
    """Return (id, scale, int8) of vectors drawn by lot, at unit length; ids from 1."""
    drawn = np.random.default_rng(seed).normal(size=(count, dimensions))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    scales = np.abs(drawn).max(1) / 127
    values = np.rint(drawn / scales[:, None]).astype(np.int8)
    return [(n + 1, float(scales[n]), values[n].tobytes()) for n in range(count)]


def features(row):
    return Features(values=row[2], scale=row[1])


@pytest.mark.parametrize("size", [7, 100, 10_000])
def test_the_nearest_are_those_of_a_plain_comparison_however_the_photos_are_cut(size, monkeypatch):
    monkeypatch.setattr(module, "ROWS", size)
    everyone = rows(300)
    matrix = np.array([vector(features(row)) for row in everyone])
    plain = matrix @ matrix[41]
    best = np.argsort(-plain)[:10]
    found = neighbours(blocks(everyone), features(everyone[41]), 10)
    assert [other.photo for other in found] == [everyone[at][0] for at in best]
    assert [other.cosine for other in found] == pytest.approx(plain[best], abs=1e-6)
    assert found[0].photo == 42
    assert found[0].cosine == pytest.approx(1, abs=0.02)


def test_equally_near_photos_come_by_rising_id_and_fewer_than_asked_are_all():
    one = rows(1)[0]
    copies = [(photo, *one[1:]) for photo in (5, 3, 9, 1)]
    found = neighbours(blocks(copies), features(one), 3)
    assert [other.photo for other in found] == [1, 3, 5]
    assert len(neighbours(blocks(copies), features(one), 99)) == 4


def test_vectors_of_another_length_and_photos_without_any_compare_to_nothing():
    mixed = [*rows(3), (10, 1.0, b""), *((n + 20, s, v) for n, s, v in rows(3, dimensions=8))]
    found = neighbours(blocks(mixed), features(rows(1)[0]), 99)
    assert sorted(other.photo for other in found) == [1, 2, 3]
    assert neighbours(iter(()), features(rows(1)[0]), 5) == []


def test_a_stream_is_cut_into_blocks_that_hold_every_row_once():
    cut = list(blocks(iter(rows(5000))))
    assert all(isinstance(block, Block) and len(block.ids) <= module.ROWS for block in cut)
    assert np.concatenate([block.ids for block in cut]).tolist() == list(range(1, 5001))
    assert cosines(cut[0], vector(features(rows(1)[0]))[None]).shape == (len(cut[0].ids), 1)
