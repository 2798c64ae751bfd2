/* The serial line between a simulated board and whoever opens the pseudo-terminal: 115200 baud, 8N1.
 * Who set another speed hears and says rubbish. How fast bytes go is the board's to keep. */
#ifndef LANTERN_LINE_H
#define LANTERN_LINE_H

#include <stddef.h>
#include <stdint.h>

/* Open a pseudo-terminal; return its path, NULL with errno if there is none to be had. */
const char *line_open(void);

/* Read what the host sent, `room` bytes at most; return how much. Does not wait. */
size_t line_read(uint8_t *bytes, size_t room);

/* Send to the host. What it leaves lying for long is lost, as it is on a wire. */
void line_write(const uint8_t *bytes, size_t length);

/* Wait a moment until the host can read all that was sent. */
void line_settle(void);

/* Lose what the host sent: nobody was there to hear. */
void line_lose(void);

#endif
