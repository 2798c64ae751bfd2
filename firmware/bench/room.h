/* What is around a simulated board: the air and who stands in it, and what the sensors there make of
 * that. Physics, in floating point: the firmware must come to the same result without. */
#ifndef LANTERN_ROOM_H
#define LANTERN_ROOM_H

#include <stdbool.h>

/* How the ultrasonic sensor is: silent, or with its line high for good. */
enum sonar { SONAR_GOOD, SONAR_DEAD, SONAR_STUCK };

#define RISES_AFTER_US 450 /* an HC-SR04's burst; measured between trigger and pulse */

struct room {
    double distance_mm; /* of the nearest thing, INFINITY if there is none */
    double air_c;
    enum sonar sonar;
    bool thermometer; /* it is plugged in */
    bool detector; /* the motion detector is plugged in */
    bool motion;
};

/* Return a room of 20 degrees with nobody in it. */
struct room room_empty(void);

/* Return how long the ultrasonic sensor's line is high after a ping. */
double room_pulse_us(const struct room *room);

/* Return the thermometer's voltage, where it is plugged in. */
double room_thermometer_mv(const struct room *room);

#endif
