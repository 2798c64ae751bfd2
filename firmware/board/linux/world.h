/* The room that a simulated board stands in, and what its sensors make of it. Physics, in floating
 * point: the core must come to the same result without. */
#ifndef LANTERN_WORLD_H
#define LANTERN_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

struct world {
    double distance_mm; /* of the nearest thing, INFINITY if there is none */
    double air_c;
    enum echo echo;     /* ECHO_MEASURED: the sensor is in order; ECHO_DEAD; ECHO_STUCK */
    bool thermometer;   /* it is plugged in */
    bool motion;
};

/* Return a room of 20 degrees with nobody in it. */
struct world world_empty(void);

/* Return how long the sensor's echo line is high after a ping, in whole ticks of the chip's timer. */
uint32_t world_pulse_us(const struct world *world);

/* Return the thermometer's voltage as the chip reads it, 0 if it is not there. */
uint16_t world_thermometer_mv(const struct world *world);

#endif
