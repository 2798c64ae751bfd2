/* What is around the chip: the air and who stands in it, the ultrasonic sensor that hears them, the
 * motion detector, the thermometer. Physics, not what the program makes of them. */
#ifndef LANTERN_ROOM_H
#define LANTERN_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#define NOBODY_MM (-1.0)

enum sensor { SENSOR_GOOD, SENSOR_DEAD, SENSOR_STUCK };

void room_begin(void);
void room_stand(double distance_mm); /* NOBODY_MM: nothing within reach */
void room_sensor(enum sensor sensor);
void room_warm(double celsius);
void room_thermometer(bool plugged);
void room_move(bool moving);

/* The power of the sensor was off and is on again. */
void room_power(void);

/* How many pings the sensor was asked for. */
uint32_t room_pings(void);

#endif
