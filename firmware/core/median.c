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
