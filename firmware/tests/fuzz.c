/* What libFuzzer throws at the core: any bytes, room and time, pings and echoes between them.
 *
 * Whatever comes, what the board says fits its room, is made of whole frames of the dictionary, and
 * reports go forward in time; pings come one at a time and not too fast; and a host that greets
 * afterwards is answered. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

/* Stops the run, so that libFuzzer keeps the input. */
#define INSIST(condition) ((condition) ? (void)0 : abort())

#define MOST_ROOM 64
#define REST_MS 5

struct fuzz {
    const uint8_t *data; /* the rest of the input; zeros behind it */
    size_t size;
    struct board board;
    uint32_t now_ms;
    bool listening;
    uint32_t heard_ms; /* when the last echo ended */
    struct deframer deframer;
    struct hello hello;
    struct report report;
    bool reported;
};

static uint8_t next(struct fuzz *fuzz)
{
    if (fuzz->size == 0)
        return 0;
    fuzz->size--;
    return *fuzz->data++;
}

static uint16_t next_word(struct fuzz *fuzz)
{
    const uint8_t low = next(fuzz);
    return (uint16_t)(low | (uint32_t)next(fuzz) << 8);
}

static void insist_on_report(struct fuzz *fuzz, const struct frame *frame)
{
    const uint32_t before_ms = fuzz->report.at_ms;
    INSIST(report_read(&fuzz->report, frame->payload, frame->length) == REFUSAL_NONE);
    const struct report *const report = &fuzz->report;
    INSIST(!fuzz->reported || (int32_t)(report->at_ms - before_ms) > 0);
    INSIST(report->session != 0);
    INSIST((report->echo == ECHO_MEASURED) == (report->distance_mm != NOTHING_MM));
    INSIST(report->echo != ECHO_MEASURED ||
           (report->distance_mm >= 30 && report->distance_mm <= 4000));
    INSIST(!report->assumed || report->air_dc == 200);
    fuzz->reported = true;
}

static void insist_on_frame(struct fuzz *fuzz, const struct frame *frame)
{
    if (frame->type == REPORT) {
        insist_on_report(fuzz, frame);
        return;
    }
    INSIST(frame->type == HELLO);
    INSIST(hello_read(&fuzz->hello, frame->payload, frame->length) == REFUSAL_NONE);
    INSIST(fuzz->hello.dictionary == DICTIONARY_HASH);
}

/* Let the board say what it has to, into memory of just that room. */
static void say(struct fuzz *fuzz, size_t room)
{
    uint8_t *const bytes = malloc(room);
    struct frame frame;
    const size_t length = board_says(&fuzz->board, bytes, room, fuzz->now_ms);
    INSIST(length <= room && length <= BOARD_SAYS_LONGEST);
    INSIST(length == 0 || bytes[length - 1] == 0);
    for (size_t i = 0; i < length; i++)
        if (deframer_take(&fuzz->deframer, bytes[i], &frame))
            insist_on_frame(fuzz, &frame);
    INSIST(fuzz->deframer.spoiled == 0);
    free(bytes);
}

static void begin(struct fuzz *fuzz, uint8_t why)
{
    board_begin(&fuzz->board, (enum reset)(why % (RESET_ASKED + 1)), fuzz->now_ms);
    fuzz->listening = false;
    fuzz->reported = false;
    fuzz->heard_ms = fuzz->now_ms;
}

static void hear(struct fuzz *fuzz, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        board_hear(&fuzz->board, bytes[i], fuzz->now_ms);
}

static void hear_anything(struct fuzz *fuzz)
{
    for (size_t left = next(fuzz); left > 0 && fuzz->size > 0; left--) {
        const uint8_t byte = next(fuzz);
        hear(fuzz, &byte, 1);
    }
}

/* A frame that is whole: with a number near the last one, any type and payload. */
static void hear_frame(struct fuzz *fuzz)
{
    uint8_t payload[LONGEST_PAYLOAD], bytes[STUFFED(LONGEST_PAYLOAD)];
    const uint8_t number = (uint8_t)(fuzz->board.conversation.last + next(fuzz));
    const uint8_t type = next(fuzz);
    const uint8_t length = next(fuzz) % (LONGEST_PAYLOAD + 1);
    for (uint8_t i = 0; i < length; i++)
        payload[i] = next(fuzz);
    const struct frame frame = {number, type, length, payload};
    hear(fuzz, bytes, frame_write(bytes, &frame));
}

static void want_ping(struct fuzz *fuzz)
{
    if (!board_wants_ping(&fuzz->board, fuzz->now_ms))
        return;
    INSIST(!fuzz->listening);
    INSIST(fuzz->now_ms - fuzz->heard_ms >= REST_MS);
    fuzz->listening = true;
}

static void echo(struct fuzz *fuzz)
{
    static const enum echo outcomes[] = {ECHO_MEASURED, ECHO_MEASURED, ECHO_DEAD, ECHO_STUCK};
    const enum echo outcome = outcomes[next(fuzz) % 4];
    if (fuzz->listening)
        fuzz->heard_ms = fuzz->now_ms;
    fuzz->listening = false;
    board_echoed(&fuzz->board, outcome, next_word(fuzz), fuzz->now_ms);
}

static void happen(struct fuzz *fuzz)
{
    switch (next(fuzz) % 9) {
    case 0:
        hear_anything(fuzz);
        break;
    case 1:
        hear_frame(fuzz);
        break;
    case 2:
        fuzz->now_ms += next(fuzz);
        break;
    case 3:
        fuzz->now_ms += next_word(fuzz);
        break;
    case 4:
        want_ping(fuzz);
        break;
    case 5:
        echo(fuzz);
        break;
    case 6:
        board_moved(&fuzz->board, next(fuzz) & 1U);
        break;
    case 7:
        board_feels(&fuzz->board, next_word(fuzz));
        break;
    default:
        say(fuzz, next(fuzz) % (MOST_ROOM + 1));
        (void)board_lit(&fuzz->board, fuzz->now_ms);
        if (board_restarts(&fuzz->board))
            begin(fuzz, RESET_ASKED);
        break;
    }
}

/* Whatever was heard before, a zero ends it, and a greeting is answered in the next two
 * milliseconds, unless the board is about to begin anew. */
static void insist_on_answer(struct fuzz *fuzz)
{
    const uint8_t payload[GREET_SIZE] = {0x34, 0x12};
    uint8_t bytes[1 + STUFFED(GREET_SIZE)] = {0};
    const struct frame greeting = {77, GREET, GREET_SIZE, payload};
    hear(fuzz, bytes, 1 + frame_write(bytes + 1, &greeting));
    for (int i = 0; i < 2; i++) {
        fuzz->now_ms++;
        say(fuzz, BOARD_SAYS_LONGEST);
    }
    INSIST(board_restarts(&fuzz->board) || fuzz->hello.session == 0x1234);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {.data = data, .size = size};
    fuzz.now_ms = (uint32_t)next_word(&fuzz) << 16 | 0xff00U; /* also just before the clock's end */
    begin(&fuzz, next(&fuzz));
    while (fuzz.size > 0)
        happen(&fuzz);
    insist_on_answer(&fuzz);
    return 0;
}
