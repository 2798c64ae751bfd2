/* The sensors at the chip's pins, as firmware/wiring.svg has them: the ultrasonic one, the motion
 * detector and the thermometer, which feel what is in the bench's room. */
#ifndef LANTERN_SENSORS_H
#define LANTERN_SENSORS_H

#include <stdint.h>

#include "room.h"

void sensors_begin(const struct room *room);

/* Feel what in the room is otherwise than before. */
void sensors_look(void);

/* Their power was off and is on again. */
void sensors_power(void);

/* How many pings were asked for. */
uint64_t sensors_pings(void);

#endif
