/* The median of the last three distances: one wild echo is not believed, the second is. */
#ifndef LANTERN_MEDIAN_H
#define LANTERN_MEDIAN_H

#include <stdbool.h>
#include <stdint.h>

struct median {
    uint16_t last[3];
    uint8_t count; /* how many of them were taken, up to 3 */
    uint8_t oldest;
};

/* Take a distance in place of the oldest. */
void median_take(struct median *median, uint16_t distance);

/* Return whether three were taken. */
bool median_stands(const struct median *median);

/* Return the median, where it stands. */
uint16_t median_of(const struct median *median);

/* Return whether another of the three is within `apart` of the median. */
bool median_agrees(const struct median *median, uint16_t apart);

#endif
