/* Between the chip's serial pins and the bench's line: one byte after the other, as fast as 115200
 * baud are. */
#ifndef LANTERN_WIRE_H
#define LANTERN_WIRE_H

void wire_begin(void);

/* Hand over what the chip said. */
void wire_flush(void);

/* Let the next byte of the host's be torn. */
void wire_tear(void);

#endif
