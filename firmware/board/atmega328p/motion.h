/* The motion detector at D3: an HC-SR501, or whatever else is high while it sees somebody move. Where
 * there is none, nobody moves. */
#ifndef LANTERN_MOTION_H
#define LANTERN_MOTION_H

#include <stdbool.h>

bool motion_is_seen(void);

#endif
