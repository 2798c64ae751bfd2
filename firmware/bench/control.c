#include "control.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "clock.h"

#define LONGEST_RUN_MS (24 * 3600 * 1000.0)

static const struct simulated *board;
static struct room *room;

void control_begin(const struct simulated *board_, struct room *room_)
{
    board = board_;
    room = room_;
}

/* Set `chosen` to which of `words` the word is; return false if it is none. */
static bool choose(const char *word, const char *const words[], int count, int *chosen)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, words[i]) != 0)
            continue;
        *chosen = i;
        return true;
    }
    return false;
}

static bool number(const char *word, double least, double most, double *set)
{
    char *end;
    const double value = strtod(word, &end);
    if (end == word || *end != '\0' || !(value >= least && value <= most))
        return false;
    *set = value;
    return true;
}

static bool distance(const char *word)
{
    if (strcmp(word, "beyond") != 0)
        return number(word, 1, 100000, &room->distance_mm);
    room->distance_mm = INFINITY;
    return true;
}

static bool echo(const char *word)
{
    static const char *const words[] = {
        [SONAR_GOOD] = "good", [SONAR_DEAD] = "dead", [SONAR_STUCK] = "stuck"};
    int chosen;
    if (!choose(word, words, 3, &chosen))
        return false;
    room->sonar = (enum sonar)chosen;
    return true;
}

static bool air(const char *word)
{
    return number(word, -60, 120, &room->air_c);
}

static void thermometer(bool on)
{
    room->thermometer = on;
}

static void detector(bool on)
{
    room->detector = on;
}

static bool motion(const char *word)
{
    static const char *const words[] = {"0", "1"};
    int chosen;
    if (!choose(word, words, 2, &chosen))
        return false;
    room->motion = chosen == 1;
    return true;
}

static bool run(const char *word)
{
    double ms;
    return number(word, 0, LONGEST_RUN_MS, &ms) && clock_run((uint32_t)ms);
}

static void freeze(void)
{
    clock_freeze(true);
}

static void thaw(void)
{
    clock_freeze(false);
}

static void reset(void)
{
    board->reset(RESET_EXTERNAL);
}

static void power(void)
{
    board->reset(RESET_POWER);
}

static void brownout(void)
{
    board->reset(RESET_BROWN_OUT);
}

static const struct order ORDERS[] = {
    {"distance", .obey = distance},
    {"echo", .obey = echo},
    {"air", .obey = air},
    {"thermometer", .turn = thermometer},
    {"detector", .turn = detector},
    {"motion", .obey = motion},
    {"pace", .turn = clock_pace},
    {"run", .obey = run},
    {"freeze", .once = freeze},
    {"thaw", .once = thaw},
    {"reset", .once = reset},
    {"power", .once = power},
    {"brownout", .once = brownout},
    {.name = NULL},
};

static const struct order *find(const struct order *orders, const char *name)
{
    while (orders->name != NULL && strcmp(orders->name, name) != 0)
        orders++;
    return orders->name != NULL ? orders : NULL;
}

static bool turn(void (*to)(bool on), const char *word)
{
    static const char *const words[] = {"off", "on"};
    int chosen;
    if (!choose(word, words, 2, &chosen))
        return false;
    to(chosen == 1);
    return true;
}

/* Carry out an order that is known; return whether its words are as they should. */
static bool carry_out(const struct order *order, const char *word, int words)
{
    if (words != (order->once ? 1 : 2))
        return false;
    if (order->once)
        order->once();
    return order->once || (order->turn ? turn(order->turn, word) : order->obey(word));
}

static bool obey(const char *line)
{
    char name[32] = "", word[32] = "", more[2] = "";
    const int words = sscanf(line, "%31s %31s %1s", name, word, more);
    const struct order *order = find(ORDERS, name);
    if (order == NULL)
        order = find(board->orders, name);
    if (order == NULL || !carry_out(order, word, words))
        return false;
    board->look();
    return true;
}

void control_order(const char *line, char *answer, size_t size)
{
    if (strcmp(line, "lamp") == 0)
        snprintf(answer, size, "ok %d", board->is_lit());
    else if (strcmp(line, "time") == 0)
        snprintf(answer, size, "ok time_us=%" PRIu64 " trigs=%" PRIu64, board->now_us(),
                 board->pings());
    else if (obey(line))
        snprintf(answer, size, "ok");
    else
        snprintf(answer, size, "error not understood, or not possible now: %s", line);
}
