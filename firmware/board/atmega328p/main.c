/* The presence board on an ATmega328P at 16 MHz: an Arduino Nano or Uno. The core decides all that
 * is said and measured (core/board.h); here is only what it takes to hear, to ping and to sleep. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "board.h"
#include "clock.h"
#include "line.h"
#include "motion.h"
#include "pins.h"
#include "reset.h"
#include "sonar.h"
#include "thermometer.h"

#define LAMPS (_BV(PIN_LAMP) | _BV(PIN_LAMP_ON_BOARD))

static struct board board;

static void begin(void)
{
    const enum reset why = reset_cause();
    watchdog_begin();
    DDRB |= LAMPS;
    clock_begin();
    line_begin();
    sonar_begin();
    thermometer_begin();
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    board_begin(&board, why, clock_ms());
}

static void hear(uint32_t now_ms)
{
    uint8_t byte;
    while (line_heard(&byte))
        board_hear(&board, byte, now_ms);
}

static void measure(uint32_t now_ms)
{
    enum echo outcome;
    uint16_t pulse_us;
    if (sonar_echoed(&outcome, &pulse_us)) {
        board_echoed(&board, outcome, pulse_us, now_ms);
        watchdog_feed();
    }
    if (board_wants_ping(&board, now_ms))
        sonar_ping();
    board_moved(&board, motion_is_seen());
}

static void feel(uint32_t now_ms)
{
    uint16_t mv;
    if (thermometer_felt(&mv, now_ms))
        board_feels(&board, mv);
}

static void say(uint32_t now_ms)
{
    uint8_t bytes[BOARD_SAYS_LONGEST];
    const size_t room = line_room();
    line_send(bytes, board_says(&board, bytes, room < sizeof bytes ? room : sizeof bytes, now_ms));
}

static void shine(bool lit)
{
    if (lit)
        PORTB |= LAMPS;
    else
        PORTB &= ~LAMPS;
}

int main(void)
{
    begin();
    for (;;) {
        const uint32_t now_ms = clock_ms();
        hear(now_ms);
        measure(now_ms);
        feel(now_ms);
        say(now_ms);
        shine(board_lit(&board, now_ms));
        if (board_restarts(&board) && line_drained())
            reset_now();
        sleep_mode(); /* until an edge, a byte, or the next millisecond, which is the longest that
                         waits what came since it was looked at */
    }
}
