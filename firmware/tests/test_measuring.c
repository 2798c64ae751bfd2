/* Air, echoes and the median, against physics in floating point. */
#include <math.h>
#include <stdlib.h>

#include "air.h"
#include "check.h"
#include "echo.h"
#include "median.h"
#include "presence.h"

static double sound_m_s(double air_c)
{
    return 331.3 * sqrt(1 + air_c / 273.15);
}

static uint16_t pulse_of(double mm, double air_c)
{
    return (uint16_t)lround(2000 * mm / sound_m_s(air_c));
}

static uint16_t median_after(const uint16_t *distances, int count)
{
    struct median median = {.count = 0};
    for (int i = 0; i < count; i++)
        median_take(&median, distances[i]);
    return median_of(&median);
}

static void the_thermometer_is_read_from_its_lowest_to_its_highest(void)
{
    int16_t air_dc = 0;
    CHECK(air_felt(500, &air_dc));
    CHECK_EQUAL(air_dc, 0);
    CHECK(air_felt(100, &air_dc));
    CHECK_EQUAL(air_dc, -400);
    CHECK(air_felt(1350, &air_dc));
    CHECK_EQUAL(air_dc, 850);
}

static void a_voltage_that_no_air_gives_is_no_temperature(void)
{
    const uint16_t voltages[] = {0, 99, 1351, 3300, UINT16_MAX};
    for (int i = 0; i < 5; i++) {
        int16_t air_dc = 123;
        CHECK(!air_felt(voltages[i], &air_dc));
        CHECK_EQUAL(air_dc, 123);
    }
}

static void sound_is_within_a_thousandth_of_an_ideal_gas_wherever_people_are(void)
{
    for (int16_t dc = -200; dc <= 500; dc++) {
        const double physics = 100 * sound_m_s(dc / 10.0);
        CHECK(fabs(air_sound_cm_s(dc) - physics) < physics / 1000);
    }
}

static void distances_are_within_two_millimetres_of_physics(void)
{
    for (int16_t dc = -50; dc <= 450; dc += 5)
        for (int mm = 50; mm <= 3500; mm += 10)
            CHECK(abs(echo_distance(pulse_of(mm, dc / 10.0), dc, 0) - mm) <= 2);
}

static void nearer_than_the_sensor_can_tell_is_blind(void)
{
    CHECK_EQUAL(echo_kind(echo_distance(0, 200, 0)), ECHO_BLIND);
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(29, 20), 200, 0)), ECHO_BLIND);
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(31, 20), 200, 0)), ECHO_MEASURED);
}

static void further_than_its_reach_is_beyond_in_any_air_and_with_any_offset(void)
{
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(3999, 20), 200, 0)), ECHO_MEASURED);
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(4002, 20), 200, 0)), ECHO_BEYOND);
    CHECK_EQUAL(echo_kind(echo_distance(38000, -400, -500)), ECHO_BEYOND);
    CHECK_EQUAL(echo_kind(echo_distance(UINT16_MAX, 850, 500)), ECHO_BEYOND);
}

static void the_offset_is_added_before_the_limits(void)
{
    CHECK_EQUAL(echo_distance(pulse_of(1000, 20), 200, -40), 960);
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(500, 20), 200, -500)), ECHO_BLIND);
    CHECK_EQUAL(echo_kind(echo_distance(pulse_of(3900, 20), 200, 500)), ECHO_BEYOND);
}

static void the_median_stands_after_three(void)
{
    struct median median = {.count = 0};
    for (int i = 0; i < 3; i++) {
        CHECK(!median_stands(&median));
        median_take(&median, 5);
    }
    CHECK(median_stands(&median));
}

static void the_median_is_the_middle_of_the_last_three_in_any_order(void)
{
    const uint16_t orders[][4] = {{9, 1, 2, 3}, {9, 1, 3, 2}, {9, 2, 1, 3},
                                  {9, 2, 3, 1}, {9, 3, 1, 2}, {9, 3, 2, 1}};
    for (int i = 0; i < 6; i++)
        CHECK_EQUAL(median_after(orders[i], 4), 2);
}

static void one_wild_echo_is_not_believed_and_the_second_is(void)
{
    const uint16_t wild[] = {1000, 1000, 1000, DISTANCE_BEYOND, DISTANCE_BEYOND};
    CHECK_EQUAL(median_after(wild, 4), 1000);
    CHECK_EQUAL(median_after(wild, 5), DISTANCE_BEYOND);
}

static void beyond_counts_as_furthest_and_blind_as_nearest(void)
{
    const uint16_t all[] = {DISTANCE_BEYOND, DISTANCE_BLIND, 700};
    CHECK_EQUAL(median_after(all, 3), 700);
}

static void a_distance_surprises_when_it_is_far_off_or_of_another_kind(void)
{
    CHECK(!echo_surprises(1000, 1100));
    CHECK(echo_surprises(1000, 1101));
    CHECK(echo_surprises(1101, 1000));
    CHECK(echo_surprises(DISTANCE_BLIND, 31));
    CHECK(echo_surprises(DISTANCE_BEYOND, 4000));
    CHECK(!echo_surprises(DISTANCE_BEYOND, DISTANCE_BEYOND));
}

static void the_thresholds_themselves_are_near(void)
{
    CHECK(presence_near(false, 1500, 1500, 2000));
    CHECK(!presence_near(false, 1501, 1500, 2000));
    CHECK(presence_near(true, 2000, 1500, 2000));
    CHECK(!presence_near(true, 2001, 1500, 2000));
    CHECK(presence_near(false, DISTANCE_BLIND, 30, 30));
    CHECK(!presence_near(true, DISTANCE_BEYOND, 4000, 4000));
}

static void two_of_three_agree_that_are_no_further_apart_than_is_asked(void)
{
    static const uint16_t orders[][3] = {{900, 1000, 3000}, {3000, 900, 1000}, {1000, 3000, 900},
                                         {DISTANCE_BLIND, 1000, 1100}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct median median = {.count = 0};
        for (int j = 0; j < 3; j++)
            median_take(&median, orders[i][j]);
        CHECK(median_agrees(&median, 100));
        CHECK(!median_agrees(&median, 99));
    }
}

void measuring_tests(void)
{
    RUN(the_thermometer_is_read_from_its_lowest_to_its_highest);
    RUN(a_voltage_that_no_air_gives_is_no_temperature);
    RUN(sound_is_within_a_thousandth_of_an_ideal_gas_wherever_people_are);
    RUN(distances_are_within_two_millimetres_of_physics);
    RUN(nearer_than_the_sensor_can_tell_is_blind);
    RUN(further_than_its_reach_is_beyond_in_any_air_and_with_any_offset);
    RUN(the_offset_is_added_before_the_limits);
    RUN(the_median_stands_after_three);
    RUN(the_median_is_the_middle_of_the_last_three_in_any_order);
    RUN(one_wild_echo_is_not_believed_and_the_second_is);
    RUN(beyond_counts_as_furthest_and_blind_as_nearest);
    RUN(a_distance_surprises_when_it_is_far_off_or_of_another_kind);
    RUN(the_thresholds_themselves_are_near);
    RUN(two_of_three_agree_that_are_no_further_apart_than_is_asked);
}
