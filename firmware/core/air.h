/* The air between the sensor and whoever comes: its temperature, and how fast sound is in it. */
#ifndef LANTERN_AIR_H
#define LANTERN_AIR_H

#include <stdbool.h>
#include <stdint.h>

#define AIR_ASSUMED_DC 200

/* Return whether the voltage of a TMP36 is one that it can have, and what it means in tenths of a
 * degree Celsius: 500 mV at 0 degrees, 10 mV a degree, from -40 to 85 degrees as far as the
 * messages go [Analog Devices, TMP35/TMP36/TMP37 data sheet]. */
bool air_felt(uint16_t thermometer_mv, int16_t *air_dc);

/* Return the speed of sound in dry air, in cm/s, from -40 to 85 degrees. */
uint32_t air_sound_cm_s(int16_t air_dc);

#endif
