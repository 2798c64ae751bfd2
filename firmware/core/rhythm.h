/* When to ping: each interval, and at once again after an echo that the median did not expect, so
 * that it follows a step within an interval and two echoes. */
#ifndef LANTERN_RHYTHM_H
#define LANTERN_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

struct rhythm {
    uint32_t slot_ms;  /* when the last ping by interval was due */
    uint32_t ended_ms; /* when the last echo ended */
    bool listening;    /* a ping's echo is being waited for */
    bool again;        /* the next ping does not wait for its interval */
    uint8_t repeats;   /* how many such have been, in a row */
};

/* Begin: the first ping is due after an interval. */
void rhythm_begin(struct rhythm *rhythm, uint32_t now_ms);

/* Return true once when a ping is to begin now. */
bool rhythm_due(struct rhythm *rhythm, uint16_t interval_ms, uint32_t now_ms);

/* The echo has ended; `surprising` ones are asked again, twice in a row at most: after 5 ms, and after
 * 20 ms. */
void rhythm_heard(struct rhythm *rhythm, bool surprising, uint32_t now_ms);

#endif
