"""How far two descriptions of the known picture may lie apart."""

import hashlib

import msgspec
import pytest

from lantern.caption import known
from lantern.model import Caption, Description, Features, Tag

HOME = Description(
    caption=Caption("a white ball in the grass", 0.65, "a model 1"),
    tags=(Tag("ball", 0.89), Tag("pool table", 0.1)),
    features=Features(bytes([100, 50, 0, 7]), 0.008),
)


def changed(**fields):
    return msgspec.structs.replace(HOME, **fields)


def test_the_picture_is_the_same_to_the_last_bit_on_every_machine():
    picture = known.picture()
    assert (picture.shape, picture.dtype) == ((240, 320, 3), "uint8")
    assert hashlib.sha256(picture.tobytes()).hexdigest().startswith("18927edec4f6f32a")


@pytest.mark.parametrize(
    "elsewhere",
    [
        HOME,
        changed(caption=Caption("a white ball in the green grass", 0.55, "a model 1")),
        changed(caption=Caption("a white ball in the grass", 0.65, "a copy of it under a name 2")),
        changed(tags=(Tag("ball", 0.8),)),
        changed(features=Features(bytes([101, 49, 1, 7]), 0.009)),
    ],
)
def test_what_runtimes_differ_by_is_no_deviation(elsewhere):
    assert known.deviation(HOME, elsewhere) is None


@pytest.mark.parametrize(
    ("elsewhere", "told"),
    [
        (changed(caption=Caption("two dogs in snow", 0.65, "a model 1")), "two dogs in snow"),
        (changed(caption=Caption("a white ball in the grass", 0.4, "")), "expected the score 0.65"),
        (changed(tags=(Tag("ball", 0.5),)), "expected the tag ball with 0.89, got 0.50"),
        (changed(tags=()), "expected the tag ball with 0.89, got 0.00"),
        (changed(features=Features(bytes([0, 100, 50, 7]), 0.008)), "cosine"),
        (changed(features=Features(bytes([100, 50, 0]), 0.008)), "got 0.000"),
        (changed(features=Features(bytes(4), 0.008)), "got 0.000"),
    ],
)
def test_what_lies_further_apart_is_told(elsewhere, told):
    assert told in known.deviation(HOME, elsewhere)
