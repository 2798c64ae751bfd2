#include "echo.h"

#include "air.h"

#define NEAREST_MM 30
#define FURTHEST_MM 4000

uint16_t echo_distance(uint16_t pulse_us, int16_t air_dc, int16_t offset_mm)
{
    /* us * cm/s = 10^-8 m, there and back: 65535 * 38000 is less than 2^32 */
    const uint32_t ways = pulse_us * air_sound_cm_s(air_dc);
    const int32_t distance = (int32_t)((ways + 100000U) / 200000U) + offset_mm;
    if (distance < NEAREST_MM)
        return DISTANCE_BLIND;
    if (distance > FURTHEST_MM)
        return DISTANCE_BEYOND;
    return (uint16_t)distance;
}

enum echo echo_kind(uint16_t distance)
{
    if (distance == DISTANCE_BLIND)
        return ECHO_BLIND;
    return distance == DISTANCE_BEYOND ? ECHO_BEYOND : ECHO_MEASURED;
}

bool echo_surprises(uint16_t distance, uint16_t expected)
{
    const uint16_t apart =
        (uint16_t)(distance > expected ? distance - expected : expected - distance);
    return apart > SURPRISE_MM || echo_kind(distance) != echo_kind(expected);
}
