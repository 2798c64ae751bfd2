from lantern.ingest.progress import NEWEST, Progress


def finished_at(*times):
    progress = Progress()
    for time in times:
        progress.failed(time)
    return progress


def test_the_rate_is_what_was_finished_over_the_time_since_the_first():
    assert finished_at(10.0, 11.0, 12.0, 13.0, 14.0).rate(14.0) == 1.0


def test_no_rate_is_told_before_a_second_has_passed():
    assert finished_at(10.0, 10.001).rate(10.002) == 0.0
    assert Progress().rate(10.0) == 0.0


def test_what_lies_further_back_than_the_window_does_not_count():
    assert finished_at(0.0, 100.0, 101.0, 102.0).rate(102.0) == 1.0


def test_stages_are_means_over_captioned_photos_alone():
    progress = Progress()
    progress.described("a", "a dog", {"decode": 2.0}, 1.0)
    progress.described("b", "a cat", {"decode": 4.0}, 2.0)
    progress.described("copy of b", None, {"decode": 90.0}, 3.0)
    assert progress.stages_ms() == {"decode": 3.0}
    assert (progress.captioned, progress.finished) == (2, 3)
    assert progress.newest == ("b", "a cat")


def test_lately_is_the_median_and_what_one_in_twenty_exceeds_of_the_newest_photos():
    progress = Progress()
    for milliseconds in (9999, *range(NEWEST)):
        progress.described("a", "a dog", {"caption": float(milliseconds)}, 1.0)
    assert progress.lately_ms() == {"caption": ((NEWEST - 1) / 2, NEWEST * 0.95 - 1)}


def test_a_stage_that_few_photos_went_through_is_told_of_those():
    progress = Progress()
    progress.described("a", "a dog", {"caption": 1.0}, 1.0)
    progress.described("b", "a cat", {"caption": 3.0, "write": 7.0}, 2.0)
    assert progress.lately_ms() == {"caption": (2.0, 3.0), "write": (7.0, 7.0)}
    assert Progress().lately_ms() == {}
