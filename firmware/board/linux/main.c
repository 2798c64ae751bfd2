/* The presence board as a process: the core on the bench, with a millisecond of time at each step,
 * so that the same orders always give the same run. */
#include <math.h>
#include <string.h>

#include "bench.h"
#include "board.h"
#include "line.h"

#define STEP_US 1000U
#define BYTES_A_STEP 11 /* 115200 bit/s, ten bits a byte */
#define FEELS_EACH_MS 1000U
#define DEAD_AFTER_US 10000U
#define TICK_US 4U /* 16 MHz / 64 */
#define ADC_STEP_MV (3300.0 / 1024)

static const struct room *room;
static struct board board;
static uint64_t time_us;
static uint64_t began_us; /* when it was last reset */
static uint64_t pings;

/* The ping under way: when its echo ends, 0 if there is none, and what becomes of it. */
static struct {
    uint64_t ends_us;
    enum echo outcome;
    uint32_t pulse_us;
} ping;

/* Said, and not yet on the line. */
static struct {
    uint8_t bytes[64];
    uint8_t length;
} outgoing;

static uint32_t clock_ms(void)
{
    return (uint32_t)((time_us - began_us) / 1000);
}

static void feel(void)
{
    const double step = room->thermometer ? floor(room_thermometer_mv(room) / ADC_STEP_MV) : 0;
    board_feels(&board, (uint16_t)lround((step + 0.5) * ADC_STEP_MV));
}

static void reset(enum reset why)
{
    began_us = time_us;
    ping.ends_us = 0;
    outgoing.length = 0;
    board_begin(&board, why, 0);
    feel();
}

static bool begin(const struct room *room_)
{
    room = room_;
    reset(RESET_POWER);
    return true;
}

/* Begin a ping: what becomes of it is certain now, but heard later. */
static void begin_ping(void)
{
    static const enum echo outcomes[] = {
        [SONAR_GOOD] = ECHO_MEASURED, [SONAR_DEAD] = ECHO_DEAD, [SONAR_STUCK] = ECHO_STUCK};
    pings++;
    ping.outcome = outcomes[room->sonar];
    ping.pulse_us = (uint32_t)room_pulse_us(room) / TICK_US * TICK_US;
    ping.ends_us = time_us; /* a stuck line is seen before the ping */
    if (room->sonar == SONAR_GOOD)
        ping.ends_us += RISES_AFTER_US + ping.pulse_us;
    else if (room->sonar == SONAR_DEAD)
        ping.ends_us += DEAD_AFTER_US;
}

static void sense(uint32_t now_ms)
{
    board_moved(&board, room->detector && room->motion);
    if (now_ms % FEELS_EACH_MS == 0)
        feel();
    if (ping.ends_us != 0 && time_us >= ping.ends_us) {
        ping.ends_us = 0;
        board_echoed(&board, ping.outcome, (uint16_t)ping.pulse_us, now_ms);
    }
    if (board_wants_ping(&board, now_ms))
        begin_ping();
}

static void hear(uint32_t now_ms)
{
    uint8_t heard[BYTES_A_STEP];
    const size_t length = line_read(heard, sizeof heard);
    for (size_t i = 0; i < length; i++)
        board_hear(&board, heard[i], now_ms);
}

static void speak(uint32_t now_ms)
{
    const size_t said = board_says(&board, outgoing.bytes + outgoing.length,
                                   sizeof outgoing.bytes - outgoing.length, now_ms);
    outgoing.length = (uint8_t)(outgoing.length + said);
    const uint8_t sent = outgoing.length < BYTES_A_STEP ? outgoing.length : BYTES_A_STEP;
    line_write(outgoing.bytes, sent);
    outgoing.length = (uint8_t)(outgoing.length - sent);
    memmove(outgoing.bytes, outgoing.bytes + sent, outgoing.length);
}

static void advance(uint64_t until_us)
{
    while (until_us - time_us >= STEP_US) {
        time_us += STEP_US;
        const uint32_t now_ms = clock_ms();
        hear(now_ms);
        sense(now_ms);
        speak(now_ms);
        if (board_restarts(&board) && outgoing.length == 0)
            reset(RESET_ASKED);
    }
}

/* The room is looked at with each step. */
static void look(void)
{
}

static uint64_t now_us(void)
{
    return time_us;
}

static bool is_lit(void)
{
    return board_lit(&board, clock_ms());
}

static uint64_t pings_so_far(void)
{
    return pings;
}

int main(void)
{
    static const struct order none = {.name = NULL};
    static const struct simulated linux_board = {
        .begin = begin,
        .reset = reset,
        .now_us = now_us,
        .advance = advance,
        .look = look,
        .is_lit = is_lit,
        .pings = pings_so_far,
        .orders = &none,
    };
    return bench_serve(&linux_board);
}
