/* When the chip's time passes: with the clock's, or when it is told to. */
#ifndef LANTERN_CLOCK_H
#define LANTERN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* With `paced`, as at the beginning, the chip's time follows the clock. */
void clock_pace(bool paced);
bool clock_is_paced(void);

/* A frozen chip stands still, and hears nothing. */
void clock_freeze(bool frozen);

/* Let the chip's time pass up to the clock's. */
void clock_follow(void);

/* Let `ms` of the chip's time pass, or return false: it is frozen, or follows the clock. */
bool clock_run(uint32_t ms);

/* The chip's time. */
uint64_t clock_us(void);

#endif
