"""What the log tells of photos that were described."""

from lantern.ingest.story import HOUR_S, LEAST_SUM, MOST_NAMED, Story, Sum


def described(story, times, *, inferred=True):
    return [story.described(now, inferred=inferred) for now in times]


def test_a_photo_now_and_then_is_named_and_nothing_is_added_up():
    story = Story()
    for hour in range(50):
        assert described(story, [hour * HOUR_S]) == [True]
        assert story.added_up(hour * HOUR_S, idle=True) is None


def test_of_many_photos_the_first_are_named_and_the_others_told_when_nothing_waits():
    story = Story()
    times = [float(number) for number in range(MOST_NAMED + 100)]
    assert described(story, times) == [True] * MOST_NAMED + [False] * 100
    assert story.added_up(times[-1], idle=False) is None
    assert story.added_up(times[-1], idle=True) == Sum(100, 100, 99.0)
    assert story.added_up(times[-1], idle=True) is None


def test_photos_that_come_for_days_are_told_a_few_times_an_hour():
    story, lines = Story(), 0
    for minute in range(48 * 60):
        lines += story.described(minute * 60.0, inferred=False)
        lines += story.added_up(minute * 60.0, idle=True) is not None
    assert lines / 48 <= MOST_NAMED + 60 / LEAST_SUM


def test_few_that_were_not_named_are_told_within_an_hour_of_the_first():
    story = Story()
    described(story, [0.0] * MOST_NAMED)
    assert described(story, [5.0, 9.0], inferred=False) == [False, False]
    assert story.added_up(10.0, idle=True) is None
    assert story.added_up(5.0 + HOUR_S, idle=False) == Sum(2, 0, 4.0)
