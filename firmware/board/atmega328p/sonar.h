/* The ultrasonic sensor: an HC-SR04, or what behaves like it. Its echo line is high for as long as
 * the sound is on its way there and back; Timer 1 takes down both edges in hardware, to 4 us, which
 * is .7 mm, whatever the processor is busy with. */
#ifndef LANTERN_SONAR_H
#define LANTERN_SONAR_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

void sonar_begin(void);

/* Send a ping. Not while one is under way. */
void sonar_ping(void);

/* True once after each ping, as soon as it is known what became of it: MEASURED with the pulse's
 * length, or DEAD, or STUCK. Ask at least each 10 ms. */
bool sonar_echoed(enum echo *outcome, uint16_t *pulse_us);

#endif
