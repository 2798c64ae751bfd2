/* The serial line to the host: 115200 baud, 8N1, both ways by interrupt.
 *
 * Nothing gets lost silently. What is to be sent waits until there is room for all of it; where a
 * byte of the host is lost or torn, LOST stands in its stead, so that the frame around it is
 * counted as spoiled. */
#ifndef LANTERN_LINE_H
#define LANTERN_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As the code byte of a frame it points beyond the longest there is, and within one it fails the
 * checksum. */
#define LOST 0xFF

void line_begin(void);

/* True if `byte` is the next of the host's. */
bool line_heard(uint8_t *byte);

/* How many bytes may be sent now. */
size_t line_room(void);

/* Send `length` bytes, `line_room()` at most. */
void line_send(const uint8_t *bytes, size_t length);

/* True when the last bit of all that was sent is on the wire. */
bool line_drained(void);

#endif
