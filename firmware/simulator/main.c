/* The presence board's binary for the ATmega328P, on the bench: lantern-simulator ELF */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "chip.h"
#include "sensors.h"
#include "wire.h"

static const char *elf;

static bool begin(const struct room *room)
{
    if (!chip_begin(elf)) {
        fprintf(stderr, "lantern-simulator: %s: no program for the chip\n", elf);
        return false;
    }
    sensors_begin(room);
    wire_begin();
    return true;
}

static void reset(enum reset why)
{
    chip_reset(why);
    if (why == RESET_POWER)
        sensors_power();
}

static uint64_t now_us(void)
{
    return chip_now() / CYCLES_A_US;
}

static void advance(uint64_t until_us)
{
    if (!chip_run(until_us * CYCLES_A_US)) {
        fprintf(stderr, "the program crashed after %llu us\n", (unsigned long long)now_us());
        exit(EXIT_FAILURE);
    }
    wire_flush();
}

static bool is_lit(void)
{
    return chip_drives('B', 5);
}

static const struct order ORDERS[] = {
    {"upset", .once = chip_upset},
    {"stray", .once = chip_stray},
    {"hang", .turn = chip_hang},
    {"tear", .once = wire_tear},
    {"bootloader", .turn = chip_boot},
    {.name = NULL},
};

int main(int count, char **arguments)
{
    static const struct simulated chip = {
        .begin = begin,
        .reset = reset,
        .now_us = now_us,
        .advance = advance,
        .look = sensors_look,
        .is_lit = is_lit,
        .pings = sensors_pings,
        .orders = ORDERS,
    };
    if (count != 2) {
        fprintf(stderr, "usage: lantern-simulator ELF\n");
        return EXIT_FAILURE;
    }
    elf = arguments[1];
    return bench_serve(&chip);
}
