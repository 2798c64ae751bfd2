#include "control.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_RUN_MS (24 * 3600 * 1000UL)
#define NEVER (-1)

/* An order's word behind its name, "" if there is none, and where its answer goes if it is more than
 * "ok". */
struct order {
    struct control *control;
    const char *word;
    char *answer;
    size_t room;
};

/* Carry out the order; return whether it was understood and possible. */
typedef bool (*obeys)(struct order *order);

/* Return which of `words` the order's is, NEVER if none. */
static int choice(const struct order *order, const char *const words[], int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(order->word, words[i]) == 0)
            return i;
    return NEVER;
}

static bool flag(const struct order *order, const char *no, const char *yes, bool *set)
{
    const char *const words[] = {no, yes};
    const int chosen = choice(order, words, 2);
    if (chosen != NEVER)
        *set = chosen == 1;
    return chosen != NEVER;
}

static bool number(const struct order *order, double least, double most, double *set)
{
    char *end;
    const double value = strtod(order->word, &end);
    if (end == order->word || *end != '\0' || !(value >= least && value <= most))
        return false;
    *set = value;
    return true;
}

static bool distance(struct order *order)
{
    double *const mm = &order->control->chip->world.distance_mm;
    if (strcmp(order->word, "beyond") != 0)
        return number(order, 1, 100000, mm);
    *mm = INFINITY;
    return true;
}

static bool echo(struct order *order)
{
    static const char *const words[] = {"good", "dead", "stuck"};
    static const enum echo echoes[] = {ECHO_MEASURED, ECHO_DEAD, ECHO_STUCK};
    const int chosen = choice(order, words, 3);
    if (chosen != NEVER)
        order->control->chip->world.echo = echoes[chosen];
    return chosen != NEVER;
}

static bool air(struct order *order)
{
    return number(order, -60, 120, &order->control->chip->world.air_c);
}

static bool thermometer(struct order *order)
{
    return flag(order, "off", "on", &order->control->chip->world.thermometer);
}

static bool motion(struct order *order)
{
    return flag(order, "0", "1", &order->control->chip->world.motion);
}

static bool freeze(struct order *order)
{
    order->control->chip->frozen = true;
    return true;
}

static bool thaw(struct order *order)
{
    order->control->chip->frozen = false;
    return true;
}

static bool reset(struct order *order)
{
    chip_reset(order->control->chip, RESET_EXTERNAL);
    return true;
}

static bool power(struct order *order)
{
    chip_reset(order->control->chip, RESET_POWER);
    return true;
}

static bool brownout(struct order *order)
{
    chip_reset(order->control->chip, RESET_BROWN_OUT);
    return true;
}

static bool pace(struct order *order)
{
    return flag(order, "off", "on", &order->control->paced);
}

static bool run(struct order *order)
{
    struct chip *const chip = order->control->chip;
    double ms;
    if (order->control->paced || chip->frozen || !number(order, 0, LONGEST_RUN_MS, &ms))
        return false;
    for (uint32_t i = 0; i < (uint32_t)ms; i++)
        chip_step(chip);
    line_settle(&chip->line);
    return true;
}

static bool lamp(struct order *order)
{
    snprintf(order->answer, order->room, "ok %d", chip_lit(order->control->chip));
    return true;
}

static bool tell_time(struct order *order)
{
    const struct chip *const chip = order->control->chip;
    snprintf(order->answer, order->room, "ok time_us=%" PRIu64 " trigs=%" PRIu64, chip->time_us,
             chip->pings);
    return true;
}

static const struct {
    const char *name;
    int words;
    obeys obey;
} ORDERS[] = {
    {"distance", 2, distance}, {"echo", 2, echo},      {"air", 2, air},
    {"motion", 2, motion},     {"pace", 2, pace},      {"thermometer", 2, thermometer},
    {"freeze", 1, freeze},     {"thaw", 1, thaw},      {"run", 2, run},
    {"reset", 1, reset},       {"power", 1, power},    {"brownout", 1, brownout},
    {"lamp", 1, lamp},         {"time", 1, tell_time},
};

void control_order(struct control *control, const char *line, char *answer, size_t room)
{
    char name[32] = "", word[32] = "", more[2] = "";
    struct order order = {control, word, answer, room};
    snprintf(answer, room, "ok");
    const int words = sscanf(line, "%31s %31s %1s", name, word, more);
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
        if (strcmp(name, ORDERS[i].name) == 0 && words == ORDERS[i].words &&
            ORDERS[i].obey(&order))
            return;
    snprintf(answer, room, "error not understood, or not possible now: %s", line);
}
