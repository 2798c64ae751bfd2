/* When to ping: by interval without drift, at once after a surprise, across the clock's end. */
#include "check.h"
#include "rhythm.h"

#define INTERVAL_MS 50
#define ECHO_MS 6

/* Let `ms` pass, with echoes of ECHO_MS that are `surprising` or not; return the pings. */
static int pings_within(struct rhythm *rhythm, uint32_t *now_ms, uint32_t ms, bool surprising)
{
    int pings = 0;
    for (const uint32_t end_ms = *now_ms + ms; *now_ms != end_ms; ++*now_ms) {
        if (!rhythm_due(rhythm, INTERVAL_MS, *now_ms))
            continue;
        pings++;
        rhythm_heard(rhythm, surprising, *now_ms + ECHO_MS);
    }
    return pings;
}

static void pings_come_each_interval_and_do_not_drift(void)
{
    struct rhythm rhythm;
    uint32_t now_ms = 0;
    rhythm_begin(&rhythm, now_ms);
    CHECK_EQUAL(pings_within(&rhythm, &now_ms, 10001, false), 200);
}

static void pings_do_not_drift_where_the_chip_looks_only_now_and_then(void)
{
    struct rhythm rhythm;
    int pings = 0;
    rhythm_begin(&rhythm, 0);
    for (uint32_t now_ms = 0; now_ms <= 10005; now_ms += 7) {
        if (!rhythm_due(&rhythm, INTERVAL_MS, now_ms))
            continue;
        pings++;
        rhythm_heard(&rhythm, false, now_ms + ECHO_MS);
    }
    CHECK_EQUAL(pings, 200);
}

static void one_ping_is_under_way_at_a_time(void)
{
    struct rhythm rhythm;
    rhythm_begin(&rhythm, 0);
    CHECK(rhythm_due(&rhythm, INTERVAL_MS, 50));
    CHECK(!rhythm_due(&rhythm, INTERVAL_MS, 50));
    CHECK(!rhythm_due(&rhythm, INTERVAL_MS, 5000));
}

static void a_surprise_is_asked_again_when_its_sound_has_died_away(void)
{
    struct rhythm rhythm;
    rhythm_begin(&rhythm, 0);
    CHECK(rhythm_due(&rhythm, INTERVAL_MS, 50));
    rhythm_heard(&rhythm, true, 56);
    CHECK(!rhythm_due(&rhythm, INTERVAL_MS, 60));
    CHECK(rhythm_due(&rhythm, INTERVAL_MS, 61));
    rhythm_heard(&rhythm, true, 67);
    CHECK(!rhythm_due(&rhythm, INTERVAL_MS, 86));
    CHECK(rhythm_due(&rhythm, INTERVAL_MS, 87));
}

static void what_surprises_for_good_is_asked_again_twice_each_interval(void)
{
    struct rhythm rhythm;
    uint32_t now_ms = 0;
    rhythm_begin(&rhythm, now_ms);
    CHECK_EQUAL(pings_within(&rhythm, &now_ms, 10050, true), 3 * 200);
}

static void a_late_echo_is_followed_by_one_ping_not_by_all_that_were_missed(void)
{
    struct rhythm rhythm;
    uint32_t now_ms = 260;
    rhythm_begin(&rhythm, 0);
    CHECK(rhythm_due(&rhythm, INTERVAL_MS, 50));
    rhythm_heard(&rhythm, false, 255);
    CHECK_EQUAL(pings_within(&rhythm, &now_ms, 50, false), 1);
    CHECK_EQUAL(pings_within(&rhythm, &now_ms, 50, false), 1);
}

static void the_rhythm_goes_on_when_the_clock_wraps_around(void)
{
    struct rhythm rhythm;
    uint32_t now_ms = UINT32_MAX - 5025;
    rhythm_begin(&rhythm, now_ms);
    CHECK_EQUAL(pings_within(&rhythm, &now_ms, 10001, false), 200);
    CHECK(now_ms < 5000);
}

void rhythm_tests(void)
{
    RUN(pings_come_each_interval_and_do_not_drift);
    RUN(pings_do_not_drift_where_the_chip_looks_only_now_and_then);
    RUN(one_ping_is_under_way_at_a_time);
    RUN(a_surprise_is_asked_again_when_its_sound_has_died_away);
    RUN(what_surprises_for_good_is_asked_again_twice_each_interval);
    RUN(a_late_echo_is_followed_by_one_ping_not_by_all_that_were_missed);
    RUN(the_rhythm_goes_on_when_the_clock_wraps_around);
}
