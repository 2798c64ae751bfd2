/* From echoes to presence: the board in a room where people come and go. */
#include "check.h"
#include "rig.h"

static const struct configure USUAL = {
    .interval_ms = 50, .enter_mm = 1500, .leave_mm = 2000, .silence_ms = 60000};

static struct rig rig_in_use(void)
{
    struct rig rig = rig_begun(0);
    rig_greets(&rig, 1);
    rig_configures(&rig, &USUAL);
    rig_runs(&rig, 500);
    return rig;
}

static bool is_present_at(struct rig *rig, uint32_t mm)
{
    rig_comes(rig, mm);
    rig_runs(rig, 300);
    return rig->report.present;
}

static void nothing_is_known_before_three_echoes(void)
{
    struct rig rig = rig_begun(0);
    rig_greets(&rig, 1);
    rig_comes(&rig, 1000);
    rig_runs(&rig, 60);
    CHECK_EQUAL(rig.report.echo, ECHO_NOT_YET);
    CHECK_EQUAL(rig.report.distance_mm, NOTHING_MM);
    CHECK_EQUAL(rig.report.present, 0);
    rig_runs(&rig, 50);
    CHECK_EQUAL(rig.report.echo, ECHO_MEASURED);
    CHECK_EQUAL(rig.report.present, 1);
}

static void an_empty_room_is_beyond_reach_and_nobody_is_there(void)
{
    struct rig rig = rig_in_use();
    CHECK_EQUAL(rig.report.echo, ECHO_BEYOND);
    CHECK_EQUAL(rig.report.distance_mm, NOTHING_MM);
    CHECK_EQUAL(rig.report.present, 0);
}

static void who_comes_near_is_there_until_they_are_far(void)
{
    struct rig rig = rig_in_use();
    CHECK(!is_present_at(&rig, 1510));
    CHECK(is_present_at(&rig, 1490));
    CHECK(is_present_at(&rig, 1990));
    CHECK(!is_present_at(&rig, 2010));
    CHECK(!is_present_at(&rig, 1510));
}

static void who_stands_too_near_to_measure_is_there(void)
{
    struct rig rig = rig_in_use();
    CHECK(is_present_at(&rig, 10));
    CHECK_EQUAL(rig.report.echo, ECHO_BLIND);
    CHECK_EQUAL(rig.report.distance_mm, NOTHING_MM);
}

static void a_single_wild_echo_makes_nobody_come(void)
{
    struct rig rig = rig_in_use();
    const int pings = rig.pings;
    rig_comes(&rig, 500);
    while (rig.pings == pings)
        rig_runs(&rig, 1);
    rig.pulse_us = 38000;
    for (int i = 0; i < 500; i++) {
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.report.present, 0);
    }
}

/* In a room where sound lingers until the wall gives it back. */
static bool comes_by_a_wild_echo(uint32_t wall_mm, uint32_t wild_mm)
{
    struct rig rig = rig_in_use();
    rig_comes(&rig, wall_mm);
    rig.lingers_us = rig.pulse_us;
    rig_runs(&rig, 500);
    const int pings = rig.pings;
    rig_comes(&rig, wild_mm);
    while (rig.pings == pings)
        rig_runs(&rig, 1);
    rig_comes(&rig, wall_mm);
    for (int i = 0; i < 500; i++) {
        rig_runs(&rig, 1);
        if (rig.report.present)
            return true;
    }
    return false;
}

/* The ping after a wild echo hears the sound of the one before come back from the wall, and takes
 * it for something near. It is believed only where it happens to be as near as the wild one. */
static void a_wild_echo_before_a_wall_hardly_ever_makes_somebody_come(void)
{
    int came = 0, tried = 0;
    for (uint32_t wall_mm = 2100; wall_mm <= 3400; wall_mm += 50)
        for (uint32_t wild_mm = 100; wild_mm < 1500; wild_mm += 50) {
            came += comes_by_a_wild_echo(wall_mm, wild_mm);
            tried++;
        }
    CHECK(came <= tried / 10);
}

/* The worst over all phases of the interval at which somebody may come. */
static void whoever_comes_is_told_of_within_an_interval_and_two_echoes(void)
{
    for (uint32_t mm = 500; mm <= 1500; mm += 250)
        for (uint32_t phase = 0; phase < 50; phase++) {
            struct rig rig = rig_in_use();
            rig_runs(&rig, phase);
            rig_comes(&rig, mm - 5);
            const uint32_t came_ms = rig.now_ms;
            while (!rig.report.present && rig.now_ms - came_ms < 1000)
                rig_runs(&rig, 1);
            CHECK(rig.now_ms - came_ms <= 50 + 5 + 2 * (rig.pulse_us / 1000U + 2));
        }
}

static void a_dead_or_stuck_sensor_is_told_at_once_and_nobody_leaves_for_that(void)
{
    for (int outcome = ECHO_DEAD; outcome <= ECHO_STUCK; outcome++) {
        struct rig rig = rig_in_use();
        CHECK(is_present_at(&rig, 1000));
        rig.outcome = (enum echo)outcome;
        rig_runs(&rig, 60);
        CHECK_EQUAL(rig.report.echo, outcome);
        CHECK_EQUAL(rig.report.distance_mm, NOTHING_MM);
        CHECK_EQUAL(rig.report.present, 1);
        rig.outcome = ECHO_MEASURED;
        rig_runs(&rig, 60);
        CHECK_EQUAL(rig.report.echo, ECHO_MEASURED);
    }
}

static void an_echo_that_was_not_asked_for_is_ignored(void)
{
    struct rig rig = rig_in_use();
    while (rig.listening)
        rig_runs(&rig, 1);
    for (int i = 0; i < 3; i++)
        board_echoed(&rig.board, ECHO_MEASURED, 1000, rig.now_ms);
    rig_runs(&rig, 3);
    CHECK_EQUAL(rig.report.echo, ECHO_BEYOND);
}

static void motion_is_told_at_once_and_counts_only_where_it_is_configured(void)
{
    for (uint8_t counts = 0; counts < 2; counts++) {
        struct rig rig = rig_in_use();
        struct configure settings = USUAL;
        settings.motion = counts;
        rig_configures(&rig, &settings);
        rig_runs(&rig, 3);
        board_moved(&rig.board, true);
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.report.motion, 1);
        CHECK_EQUAL(rig.report.present, counts);
        board_moved(&rig.board, false);
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.report.motion, 0);
        CHECK_EQUAL(rig.report.present, 0);
    }
}

static void new_thresholds_hold_at_once(void)
{
    struct rig rig = rig_in_use();
    struct configure settings = USUAL;
    CHECK(!is_present_at(&rig, 2500));
    settings.enter_mm = settings.leave_mm = 3000;
    rig_configures(&rig, &settings);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.report.present, 1);
}

static void a_new_greeting_leaves_presence_and_settings_as_they_are(void)
{
    struct rig rig = rig_in_use();
    CHECK(is_present_at(&rig, 1000));
    rig_greets(&rig, 2);
    rig_runs(&rig, 1);
    rig_pings(&rig);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.report.session, 2);
    CHECK_EQUAL(rig.report.present, 1);
    CHECK_EQUAL(rig.report.distance_mm, 1000);
}

static void the_offset_is_added_to_every_distance(void)
{
    struct rig rig = rig_in_use();
    struct configure settings = USUAL;
    settings.offset_mm = -25;
    rig_configures(&rig, &settings);
    CHECK(is_present_at(&rig, 1000));
    CHECK_EQUAL(rig.report.distance_mm, 975);
}

static void distances_follow_the_air_and_twenty_degrees_where_nobody_tells(void)
{
    struct rig rig = rig_in_use();
    rig_comes(&rig, 1000);
    rig_runs(&rig, 300);
    CHECK_EQUAL(rig.report.assumed, 1);
    CHECK_EQUAL(rig.report.air_dc, 200);
    board_feels(&rig.board, 500);
    rig_runs(&rig, 300);
    CHECK_EQUAL(rig.report.assumed, 0);
    CHECK_EQUAL(rig.report.air_dc, 0);
    CHECK_EQUAL(rig.report.distance_mm, 965);
    board_feels(&rig.board, 0);
    rig_runs(&rig, 300);
    CHECK_EQUAL(rig.report.assumed, 1);
    CHECK_EQUAL(rig.report.air_dc, 200);
    CHECK_EQUAL(rig.report.distance_mm, 1000);
}

void presence_tests(void)
{
    RUN(nothing_is_known_before_three_echoes);
    RUN(an_empty_room_is_beyond_reach_and_nobody_is_there);
    RUN(who_comes_near_is_there_until_they_are_far);
    RUN(who_stands_too_near_to_measure_is_there);
    RUN(a_single_wild_echo_makes_nobody_come);
    RUN(a_wild_echo_before_a_wall_hardly_ever_makes_somebody_come);
    RUN(whoever_comes_is_told_of_within_an_interval_and_two_echoes);
    RUN(a_dead_or_stuck_sensor_is_told_at_once_and_nobody_leaves_for_that);
    RUN(an_echo_that_was_not_asked_for_is_ignored);
    RUN(motion_is_told_at_once_and_counts_only_where_it_is_configured);
    RUN(new_thresholds_hold_at_once);
    RUN(a_new_greeting_leaves_presence_and_settings_as_they_are);
    RUN(the_offset_is_added_to_every_distance);
    RUN(distances_follow_the_air_and_twenty_degrees_where_nobody_tells);
}
