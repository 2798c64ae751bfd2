/* The language in which tests order the world about, shared with the simulator of the AVR: a line
 * in, a line out. ../../README.md lists the orders. */
#ifndef LANTERN_CONTROL_H
#define LANTERN_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "chip.h"

struct control {
    struct chip *chip;
    bool paced; /* chip time follows the real one; else only "run" lets it pass */
};

/* Carry out the order in `line`; write the answer, with no end of line, into `answer`. */
void control_order(struct control *control, const char *line, char *answer, size_t room);

#endif
