/* The language in which tests order a simulated board and its room about: a line in, a line out.
 * ../README.md lists the orders. */
#ifndef LANTERN_CONTROL_H
#define LANTERN_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct room;
struct simulated;

/* An order is its name alone (`once`), or takes a word: "on" or "off" (`turn`), or one that `obey`
 * understands, or returns false of. */
struct order {
    const char *name;
    void (*once)(void);
    void (*turn)(bool on);
    bool (*obey)(const char *word);
};

/* Let orders be about `board` in `room`. */
void control_begin(const struct simulated *board, struct room *room);

/* Carry out the order in `line`; write the answer, with no end of line, into `answer`. */
void control_order(const char *line, char *answer, size_t room);

#endif
