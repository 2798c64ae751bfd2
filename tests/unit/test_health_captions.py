"""The captions' health in a sentence."""

import pytest

from lantern.catalog.summary import CaptionHealth
from lantern.health.captions import lines, middle_score


def health(models=None, **fields):
    return CaptionHealth(
        photos_by_model=models or {},
        **{
            "score_bins": (0,) * 10,
            "score_sum": 0.0,
            "from_tags": 0,
            "human": 0,
            "corrected": 0,
            "corrected_lately": 0,
            "corrections": 0,
            "unwritten": 0,
            "refused": 0,
            **fields,
        },
    )


@pytest.mark.parametrize(
    ("bins", "middle"),
    [
        ((0, 0, 0, 0, 0, 0, 0, 10, 0, 0), 0.75),
        ((0, 0, 0, 0, 0, 1, 0, 0, 0, 1), 0.6),
        ((0, 0, 0, 0, 0, 1, 2, 1, 0, 0), 0.65),
        ((0, 0, 0, 0, 0, 0, 0, 0, 0, 4), 0.95),
    ],
)
def test_the_middle_score_parts_the_photos_into_halves(bins, middle):
    assert middle_score(bins) == pytest.approx(middle)


def test_a_collection_without_captions_tells_nothing():
    assert middle_score((0,) * 10) is None
    assert lines(health(), {}) == []


def test_models_scores_fallbacks_corrections_and_milliseconds_are_told():
    told = lines(
        health(
            {"old 1": 129, "new 2": 9871},
            score_bins=(0, 0, 0, 0, 0, 0, 2000, 7000, 1000, 0),
            from_tags=40,
            corrected=12,
            corrected_lately=3,
            corrections=15,
        ),
        {"decode": (5.0, 6.0), "caption": (31.4, 55.2)},
    )
    captions, lately = told
    assert captions == (
        "captions: 9,871 by new 2, 129 by old 1; middle score .74; 0.4 % from tags; "
        "12 corrected by people (3 lately)"
    )
    assert lately == "lately 31 ms a sentence, one in twenty above 55 ms"


def test_many_models_are_told_together():
    (told,) = lines(health({"a": 50, "b": 40, "c": 3, "d": 2, "": 1}, from_tags=96), {})
    assert "50 by a, 40 by b, 6 by others;" in told
    assert "100.0 % from tags" in told
