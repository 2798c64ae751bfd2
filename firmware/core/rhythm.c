#include "rhythm.h"

#define REST_MS 5      /* between an echo and the next ping, so that the sound of one dies away */
#define MOST_REPEATS 2 /* an echo that swings for good is not worth more */

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

bool rhythm_due(struct rhythm *rhythm, uint16_t interval_ms, uint32_t now_ms)
{
    if (rhythm->listening || now_ms - rhythm->ended_ms < REST_MS)
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
