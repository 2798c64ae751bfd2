/* Milliseconds since the reset, by Timer 0. */
#ifndef LANTERN_CLOCK_H
#define LANTERN_CLOCK_H

#include <stdint.h>

void clock_begin(void);

/* Wraps after 49 days. */
uint32_t clock_ms(void);

#endif
