/* The serial line between the chip and whoever opens the pseudo-terminal: 115200 baud, 8N1. Who set
 * another speed hears and says rubbish. */
#ifndef LANTERN_WIRE_H
#define LANTERN_WIRE_H

#include <stdbool.h>

/* Open a pseudo-terminal; return its path, NULL if there is none to be had. */
const char *wire_begin(void);

/* Hand over what the chip said. */
void wire_flush(void);

/* Wait a moment until all of it can be read. */
void wire_settle(void);

/* Let the next byte of the host's be torn. */
void wire_tear(void);

/* Lose what the host says: the chip stands still. */
void wire_lose(void);

#endif
