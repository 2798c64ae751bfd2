/* A chip that is none: the core, its sensors, its line and its time, which passes only when it is
 * stepped, so that the same orders always give the same run. */
#ifndef LANTERN_CHIP_H
#define LANTERN_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "line.h"
#include "world.h"

struct chip {
    struct board board;
    struct world world;
    struct line line;
    uint64_t time_us;  /* since it was made */
    uint64_t began_us; /* when it was last reset */
    uint64_t pings;
    bool frozen;
    uint64_t echo_us;  /* when the echo under way ends; 0 if none is */
    enum echo outcome; /* what becomes of it */
    uint32_t pulse_us;
    uint8_t outgoing[64]; /* said, and not yet on the line */
    uint8_t waiting;
};

/* Make a chip in an empty room and put power on it. Return 0, or -1 with errno. */
int chip_begin(struct chip *chip);

/* Reset it: all but the room is forgotten. */
void chip_reset(struct chip *chip, enum reset why);

/* Let a millisecond of its time pass, unless it is frozen. */
void chip_step(struct chip *chip);

/* Return whether its lamp is on. */
bool chip_lit(const struct chip *chip);

#endif
