from lantern.ingest.progress import Progress


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
