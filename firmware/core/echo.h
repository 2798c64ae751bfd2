/* What an echo says: a distance, in one number that grows with it, so that the median and the
 * thresholds need to know of no special cases. */
#ifndef LANTERN_ECHO_H
#define LANTERN_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

#define SURPRISE_MM 100 /* two echoes of the same thing differ by less */
#define DISTANCE_BLIND 0
#define DISTANCE_BEYOND NOTHING_MM

/* Return the distance of what echoed, in millimetres, corrected by `offset_mm`. `pulse_us` is the
 * sound's way there and back. Nearer than 30 mm, where the HC-SR04 cannot tell, is DISTANCE_BLIND;
 * further than 4 m, its reach [data sheet], DISTANCE_BEYOND: so are its 38 ms of having heard
 * nothing, and the 200 ms of its copies, in any air. */
uint16_t echo_distance(uint16_t pulse_us, int16_t air_dc, int16_t offset_mm);

/* Return ECHO_BLIND, ECHO_MEASURED or ECHO_BEYOND. */
enum echo echo_kind(uint16_t distance);

/* Return whether `distance` is far from what was expected, or of another kind. */
bool echo_surprises(uint16_t distance, uint16_t expected);

#endif
