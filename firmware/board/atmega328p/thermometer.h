/* The thermometer: a TMP36 at A0, told from a reference of 3.3 V at AREF.
 *
 * The pin AREF must never meet an internal reference: they would be shorted. REFS1:0 stay 0. */
#ifndef LANTERN_THERMOMETER_H
#define LANTERN_THERMOMETER_H

#include <stdbool.h>
#include <stdint.h>

void thermometer_begin(void);

/* True about once a second, when a mean of 16 readings is there. Takes one reading a call. */
bool thermometer_felt(uint16_t *mv, uint32_t now_ms);

#endif
