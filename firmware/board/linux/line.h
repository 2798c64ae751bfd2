/* The board's serial line: a pseudo-terminal that carries no more than 115200 8N1 does, and only
 * garbage to a host that set another speed. */
#ifndef LANTERN_LINE_H
#define LANTERN_LINE_H

#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES_A_MS 11 /* 115200 bit/s, ten bits a byte */

struct line {
    int ours;
    int theirs; /* kept open, so that hosts may come and go */
    char device[64];
    size_t unsettled; /* sent since the host was last waited for */
};

/* Open the line. Return 0, or -1 with errno. */
int line_open(struct line *line);

/* Read what the host sent, `room` bytes at most; return how much. Does not wait. */
size_t line_read(const struct line *line, uint8_t *bytes, size_t room);

/* Send to the host. What it leaves lying for long is lost, as it is on a wire. */
void line_write(struct line *line, const uint8_t *bytes, size_t length);

/* Wait until the host can read all that was sent: a thread of the kernel's passes it on. */
void line_settle(struct line *line);

#endif
