#include "control.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "clock.h"
#include "room.h"
#include "wire.h"

#define LONGEST_RUN_MS (24 * 3600 * 1000.0)
#define NEVER (-1)

/* Return which of `words` the word is, NEVER if none. */
static int choice(const char *word, const char *const words[], int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return NEVER;
}

/* Hand `set` whether the word is `yes` or `no`; return false if neither. */
static bool flag(const char *word, const char *no, const char *yes, void (*set)(bool))
{
    const char *const words[] = {no, yes};
    const int chosen = choice(word, words, 2);
    if (chosen != NEVER)
        set(chosen == 1);
    return chosen != NEVER;
}

static bool number(const char *word, double least, double most, double *value)
{
    char *end;
    *value = strtod(word, &end);
    return end != word && *end == '\0' && *value >= least && *value <= most;
}

static bool distance(const char *word)
{
    double mm = NOBODY_MM;
    if (strcmp(word, "beyond") != 0 && !number(word, 1, 100000, &mm))
        return false;
    room_stand(mm);
    return true;
}

static bool echo(const char *word)
{
    static const char *const words[] = {"good", "dead", "stuck"};
    static const enum sensor sensors[] = {SENSOR_GOOD, SENSOR_DEAD, SENSOR_STUCK};
    const int chosen = choice(word, words, 3);
    if (chosen != NEVER)
        room_sensor(sensors[chosen]);
    return chosen != NEVER;
}

static bool air(const char *word)
{
    double celsius;
    if (!number(word, -60, 120, &celsius))
        return false;
    room_warm(celsius);
    return true;
}

static bool thermometer(const char *word)
{
    return flag(word, "off", "on", room_thermometer);
}

static bool motion(const char *word)
{
    return flag(word, "0", "1", room_move);
}

static bool pace(const char *word)
{
    return flag(word, "off", "on", clock_pace);
}

static bool run(const char *word)
{
    double ms;
    return number(word, 0, LONGEST_RUN_MS, &ms) && clock_run((uint32_t)ms);
}

static bool freeze(const char *none)
{
    (void)none;
    clock_freeze(true);
    return true;
}

static bool thaw(const char *none)
{
    (void)none;
    clock_freeze(false);
    return true;
}

static bool reset(const char *none)
{
    (void)none;
    chip_reset(BY_BUTTON);
    return true;
}

static bool power(const char *none)
{
    (void)none;
    chip_reset(BY_POWER);
    room_power();
    return true;
}

static bool brownout(const char *none)
{
    (void)none;
    chip_reset(BY_BROWN_OUT);
    return true;
}

static bool upset(const char *none)
{
    (void)none;
    chip_upset();
    return true;
}

static bool tear(const char *none)
{
    (void)none;
    wire_tear();
    return true;
}

static bool hang(const char *word)
{
    return flag(word, "off", "on", chip_hang);
}

static bool bootloader(const char *word)
{
    return flag(word, "off", "on", chip_boot);
}

static const struct {
    const char *name;
    int words;
    bool (*obey)(const char *word);
} ORDERS[] = {
    {"distance", 2, distance}, {"echo", 2, echo},     {"air", 2, air},
    {"motion", 2, motion},     {"pace", 2, pace},     {"thermometer", 2, thermometer},
    {"freeze", 1, freeze},     {"thaw", 1, thaw},     {"run", 2, run},
    {"reset", 1, reset},       {"power", 1, power},   {"brownout", 1, brownout},
    {"upset", 1, upset},       {"hang", 2, hang},     {"tear", 1, tear},
    {"bootloader", 2, bootloader},
};

static bool obey(const char *line)
{
    char name[32] = "", word[32] = "", more[2] = "";
    const int words = sscanf(line, "%31s %31s %1s", name, word, more);
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
        if (strcmp(name, ORDERS[i].name) == 0 && words == ORDERS[i].words)
            return ORDERS[i].obey(word);
    return false;
}

void control_order(const char *line, char *answer, size_t room)
{
    if (strcmp(line, "lamp") == 0)
        snprintf(answer, room, "ok %d", chip_drives('B', 5));
    else if (strcmp(line, "time") == 0)
        snprintf(answer, room, "ok time_us=%" PRIu64 " trigs=%" PRIu32, clock_us(), room_pings());
    else if (obey(line))
        snprintf(answer, room, "ok");
    else
        snprintf(answer, room, "error not understood, or not possible now: %s", line);
}
