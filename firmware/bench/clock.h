/* When the board's time passes: with the clock's, or when it is told to. */
#ifndef LANTERN_CLOCK_H
#define LANTERN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct simulated;

/* Let the time of `board` follow the clock from now on. */
void clock_begin(const struct simulated *board);

/* With `paced` the board's time follows the clock. */
void clock_pace(bool paced);
bool clock_is_paced(void);

/* A frozen board stands still, and hears nothing. */
void clock_freeze(bool frozen);

/* Let the board's time pass up to the clock's. */
void clock_follow(void);

/* Let `ms` of the board's time pass, or return false: it is frozen, or follows the clock. */
bool clock_run(uint32_t ms);

#endif
