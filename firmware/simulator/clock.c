#define _GNU_SOURCE
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chip.h"
#include "wire.h"

#define MOST_LATE_US 1000000 /* later than that this machine stood still */

static bool paced = true;
static bool frozen;
static uint64_t began_us; /* on the real clock, when the chip's was 0 */

static uint64_t real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

uint64_t clock_us(void)
{
    return chip_now() / CYCLES_A_US;
}

static void set(void)
{
    began_us = real_us() - clock_us();
}

static void advance(uint64_t until_us)
{
    if (!chip_run(until_us * CYCLES_A_US)) {
        fprintf(stderr, "the program crashed after %llu us\n", (unsigned long long)clock_us());
        exit(EXIT_FAILURE);
    }
    wire_flush();
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
        wire_lose();
        return;
    }
    if (real_us() - began_us > clock_us() + MOST_LATE_US)
        set();
    advance(real_us() - began_us);
}

bool clock_run(uint32_t ms)
{
    if (paced || frozen)
        return false;
    advance(clock_us() + ms * 1000ULL);
    wire_settle();
    return true;
}
