#define _GNU_SOURCE
#include "clock.h"

#include <time.h>

#include "bench.h"
#include "line.h"

#define MOST_LATE_US 1000000 /* later than that this machine stood still */

static const struct simulated *board;
static bool paced;
static bool frozen;
static uint64_t began_us; /* on the clock, when the board's time was 0 */

static uint64_t real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static void set(void)
{
    began_us = real_us() - board->now_us();
}

void clock_begin(const struct simulated *board_)
{
    board = board_;
    clock_pace(true);
}

void clock_pace(bool paced_)
{
    paced = paced_;
    set();
}

bool clock_is_paced(void)
{
    return paced;
}

void clock_freeze(bool frozen_)
{
    frozen = frozen_;
    set();
}

void clock_follow(void)
{
    if (frozen) {
        line_lose();
        return;
    }
    if (real_us() - began_us > board->now_us() + MOST_LATE_US)
        set();
    board->advance(real_us() - began_us);
}

bool clock_run(uint32_t ms)
{
    if (paced || frozen)
        return false;
    board->advance(board->now_us() + ms * 1000ULL);
    line_settle();
    return true;
}
