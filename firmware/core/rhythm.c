#include "rhythm.h"

#define MOST_REPEATS 2 /* an echo that swings for good is not worth more */

/* Between an echo and the next ping. What is repeated shortly may hear the ping before it come back
 * from a wall; so the second repetition waits until that has died away, up to 3.4 m. */
#define REST_MS 5
#define LONG_REST_MS 20

void rhythm_begin(struct rhythm *rhythm, uint32_t now_ms)
{
    *rhythm = (struct rhythm){.slot_ms = now_ms, .ended_ms = now_ms};
}

/* Return whether the interval is over, and begin the next: without drift, unless one was missed. */
static bool slot_due(struct rhythm *rhythm, uint16_t interval_ms, uint32_t now_ms)
{
    if (now_ms - rhythm->slot_ms < interval_ms)
        return false;
    rhythm->slot_ms += interval_ms;
    if (now_ms - rhythm->slot_ms >= interval_ms)
        rhythm->slot_ms = now_ms;
    return true;
}

static bool rests(const struct rhythm *rhythm, uint32_t now_ms)
{
    return now_ms - rhythm->ended_ms < (rhythm->repeats == MOST_REPEATS ? LONG_REST_MS : REST_MS);
}

bool rhythm_due(struct rhythm *rhythm, uint16_t interval_ms, uint32_t now_ms)
{
    if (rhythm->listening || rests(rhythm, now_ms))
        return false;
    if (!slot_due(rhythm, interval_ms, now_ms) && !rhythm->again)
        return false;
    rhythm->again = false;
    rhythm->listening = true;
    return true;
}

void rhythm_heard(struct rhythm *rhythm, bool surprising, uint32_t now_ms)
{
    rhythm->listening = false;
    rhythm->ended_ms = now_ms;
    rhythm->again = surprising && rhythm->repeats < MOST_REPEATS;
    rhythm->repeats = rhythm->again ? (uint8_t)(rhythm->repeats + 1) : 0;
}
