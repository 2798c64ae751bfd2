/* The bench that a simulated board lies on: the room around it, its serial line, its time, and the
 * orders by which a test has a hand in all three.
 *
 * It is here because there are two such boards, the chip's own binary (../simulator) and the core on
 * Linux (../board/linux), and who tests with one tests with the other: they must be ordered about,
 * plugged in and paced alike, down to the last word. What they have in common is this folder, what
 * differs is a `struct simulated`. Nothing here knows of the chip, nor of the core. */
#ifndef LANTERN_BENCH_H
#define LANTERN_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "messages.h"
#include "room.h"

/* A board on the bench. Its time is its own, since it began; resets do not set it back. */
struct simulated {
    /* Put power on it, in `room`, which changes later. Return false after saying why not. */
    bool (*begin)(const struct room *room);
    void (*reset)(enum reset why); /* POWER, EXTERNAL or BROWN_OUT */
    uint64_t (*now_us)(void);
    void (*advance)(uint64_t until_us); /* let its time pass, and its bytes through `line.h` */
    void (*look)(void);                 /* the room may be another than before */
    bool (*is_lit)(void);
    uint64_t (*pings)(void);
    const struct order *orders; /* beside those that all understand; the last has no name */
};

/* Print "pty DEVICE", the board's line, then obey the lines of the standard input until it ends.
 * Return the exit status. What anybody else prints goes to standard error. */
int bench_serve(const struct simulated *board);

#endif
