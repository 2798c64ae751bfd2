#include "median.h"

void median_take(struct median *median, uint16_t distance)
{
    median->last[median->oldest] = distance;
    median->oldest = (uint8_t)((median->oldest + 1) % 3);
    if (median->count < 3)
        median->count++;
}

bool median_stands(const struct median *median)
{
    return median->count == 3;
}

uint16_t median_of(const struct median *median)
{
    const uint16_t a = median->last[0], b = median->last[1], c = median->last[2];
    const uint16_t less = a < b ? a : b, more = a < b ? b : a;
    if (c <= less)
        return less;
    return c < more ? c : more;
}

bool median_agrees(const struct median *median, uint16_t apart)
{
    const uint16_t middle = median_of(median);
    uint8_t close = 0; /* the median itself is one */
    for (uint8_t i = 0; i < 3; i++) {
        const uint16_t distance = median->last[i];
        if ((distance > middle ? distance - middle : middle - distance) <= apart)
            close++;
    }
    return close > 1;
}
