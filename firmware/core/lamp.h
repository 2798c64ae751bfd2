/* What the status lamp shows. */
#ifndef LANTERN_LAMP_H
#define LANTERN_LAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

/* Return whether the lamp is on: as the host asked, or a short flash every three seconds while the
 * board is `alone`. */
bool lamp_on(enum light light, bool present, bool alone, uint32_t now_ms);

#endif
