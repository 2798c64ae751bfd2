/* Whether somebody is there, by distance alone. */
#ifndef LANTERN_PRESENCE_H
#define LANTERN_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Return whether somebody is near, who was (or was not) `near` before: from `enter_mm` on until
 * beyond `leave_mm`, so that a person who stands at the edge does not come and go. */
bool presence_near(bool near, uint16_t distance, uint16_t enter_mm, uint16_t leave_mm);

#endif
