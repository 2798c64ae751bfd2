/* The language in which tests order the room and the chip about, shared with board/linux: a line
 * in, a line out. ../README.md lists the orders. */
#ifndef LANTERN_CONTROL_H
#define LANTERN_CONTROL_H

#include <stddef.h>

/* Carry out the order in `line`; write the answer, with no end of line, into `answer`. */
void control_order(const char *line, char *answer, size_t room);

#endif
