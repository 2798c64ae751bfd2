/* The presence board without its chip: bytes, echoes and the time come in; frames, pings and the
 * lamp come out. This is all that board/atmega328p, board/linux and the tests know of the core.
 *
 * Nothing here blocks, allocates or keeps anything outside `struct board`; calls of one board come
 * from one thread, never from an interrupt. Milliseconds are the chip's own since its reset; they
 * never go back, but wrap around after 49.7 days. See ../PROTOCOL.md for what is said. */
#ifndef LANTERN_BOARD_H
#define LANTERN_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conversation.h"
#include "framing.h"
#include "median.h"
#include "messages.h"
#include "rhythm.h"

#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR 0
#define FIRMWARE_PATCH 0

/* What one board_says says at most: a zero, a Hello, a Report. With less room it may keep silent. */
#define BOARD_SAYS_LONGEST (1 + STUFFED(HELLO_SIZE) + STUFFED(REPORT_SIZE))

struct board {
    struct deframer deframer;
    struct conversation conversation;
    struct configure settings;
    struct rhythm rhythm;
    struct median median;
    uint8_t light;     /* enum light */
    uint8_t fault;     /* ECHO_DEAD or ECHO_STUCK while the last echo was; else ECHO_NOT_YET */
    int16_t air_dc;
    bool air_assumed;
    bool near;         /* by distance alone */
    bool motion;
};

/* Begin anew, `why` the chip was reset. */
void board_begin(struct board *board, enum reset why, uint32_t now_ms);

/* Take one byte of the host. */
void board_hear(struct board *board, uint8_t byte, uint32_t now_ms);

/* Return true once when a ping is to begin now; exactly one board_echoed answers it. */
bool board_wants_ping(struct board *board, uint32_t now_ms);

/* Take what became of the ping, when its echo has ended: ECHO_MEASURED with the length of the
 * pulse, 65535 if it is longer (ECHO_BEYOND and ECHO_BLIND are made of it), ECHO_DEAD or
 * ECHO_STUCK. What was not asked for is ignored. */
void board_echoed(struct board *board, enum echo outcome, uint16_t pulse_us, uint32_t now_ms);

/* Take the level of the motion detector's line, as often as it suits. */
void board_moved(struct board *board, bool motion);

/* Take the thermometer's voltage, about once a second. */
void board_feels(struct board *board, uint16_t thermometer_mv);

/* Run the timers, write what is to be sent next into `bytes`, return how much that is. Only whole
 * frames that fit are written; BOARD_SAYS_LONGEST bytes are room enough for all. */
size_t board_says(struct board *board, uint8_t *bytes, size_t room, uint32_t now_ms);

/* Return whether the lamp is on now. */
bool board_lit(const struct board *board, uint32_t now_ms);

/* Return whether the chip is to be reset, since the host asked and all was said. */
bool board_restarts(const struct board *board);

/* Return the size of `struct board`, for those who cannot see it. */
size_t board_size(void);

#endif
