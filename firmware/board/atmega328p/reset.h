/* Why the board began anew, and how to make it. The watchdog timer begins it anew when measuring
 * makes no progress. */
#ifndef LANTERN_RESET_H
#define LANTERN_RESET_H

#include "messages.h"

/* Why it was. Once, at the beginning. */
enum reset reset_cause(void);

void watchdog_begin(void);

/* Measuring made progress. Expected twice a second. */
void watchdog_feed(void);

/* Begin anew now; `reset_cause()` will say ASKED. */
_Noreturn void reset_now(void);

#endif
