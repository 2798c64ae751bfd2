#include "board.h"

#include <string.h>

#include "air.h"
#include "echo.h"
#include "lamp.h"
#include "presence.h"

static const struct configure AT_FIRST = {
    .interval_ms = 50, .enter_mm = 1500, .leave_mm = 2000, .silence_ms = 3000};

void board_begin(struct board *board, enum reset why, uint32_t now_ms)
{
    memset(board, 0, sizeof *board);
    board->settings = AT_FIRST;
    board->air_dc = AIR_ASSUMED_DC;
    board->air_assumed = true;
    conversation_begin(&board->conversation, why, now_ms);
    rhythm_begin(&board->rhythm, now_ms);
}

size_t board_size(void)
{
    return sizeof(struct board);
}

static bool present(const struct board *board)
{
    return board->near || (board->settings.motion && board->motion);
}

/* What there is to say of the echo; its distance is the median's if it was measured. */
static enum echo echo_of(const struct board *board)
{
    if (board->fault != ECHO_NOT_YET || !median_stands(&board->median))
        return (enum echo)board->fault;
    return echo_kind(median_of(&board->median));
}

/* Let presence follow the median. Somebody has come where two echoes say the same; a wild one, and
 * what was heard late of another ping, do not. */
static void follow(struct board *board)
{
    if (median_stands(&board->median) &&
        (board->near || median_agrees(&board->median, SURPRISE_MM)))
        board->near = presence_near(board->near, median_of(&board->median),
                                    board->settings.enter_mm, board->settings.leave_mm);
}

static enum refusal configure(struct board *board, const struct frame *frame)
{
    struct configure settings;
    const enum refusal refusal = configure_read(&settings, frame->payload, frame->length);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (settings.leave_mm < settings.enter_mm)
        return REFUSAL_OUT_OF_RANGE;
    board->settings = settings;
    follow(board);
    return REFUSAL_NONE;
}

static enum refusal light(struct board *board, const struct frame *frame)
{
    struct lamp lamp;
    const enum refusal refusal = lamp_read(&lamp, frame->payload, frame->length);
    if (refusal == REFUSAL_NONE)
        board->light = lamp.light;
    return refusal;
}

static enum refusal restart(struct board *board, const struct frame *frame)
{
    if (frame->length != RESTART_SIZE)
        return REFUSAL_WRONG_LENGTH;
    board->conversation.restarting = true;
    return REFUSAL_NONE;
}

/* Carry out a command. A greeting that comes here is one that cannot be read. */
static enum refusal carry_out(struct board *board, const struct frame *frame)
{
    struct greet greeting;
    switch (frame->type) {
    case GREET:
        return greet_read(&greeting, frame->payload, frame->length);
    case CONFIGURE:
        return configure(board, frame);
    case LAMP:
        return light(board, frame);
    case PING:
        return frame->length == PING_SIZE ? REFUSAL_NONE : REFUSAL_WRONG_LENGTH;
    case RESTART:
        return restart(board, frame);
    default:
        return REFUSAL_UNKNOWN_TYPE;
    }
}

void board_hear(struct board *board, uint8_t byte, uint32_t now_ms)
{
    struct frame frame;
    if (deframer_take(&board->deframer, byte, &frame) &&
        conversation_hears(&board->conversation, &frame, now_ms))
        board->conversation.refusal = (uint8_t)carry_out(board, &frame);
}

bool board_wants_ping(struct board *board, uint32_t now_ms)
{
    return rhythm_due(&board->rhythm, board->settings.interval_ms, now_ms);
}

/* Take a distance; return whether it is worth asking again. */
static bool measure(struct board *board, uint16_t pulse_us)
{
    const uint16_t distance =
        echo_distance(pulse_us, board->air_dc, board->settings.offset_mm);
    median_take(&board->median, distance);
    follow(board);
    return !median_stands(&board->median) ||
           echo_surprises(distance, median_of(&board->median));
}

void board_echoed(struct board *board, enum echo outcome, uint16_t pulse_us, uint32_t now_ms)
{
    if (!board->rhythm.listening)
        return;
    const bool measured = outcome == ECHO_MEASURED;
    board->fault = (uint8_t)(measured ? ECHO_NOT_YET : outcome);
    rhythm_heard(&board->rhythm, measured && measure(board, pulse_us), now_ms);
    conversation_measured(&board->conversation);
}

void board_moved(struct board *board, bool motion)
{
    board->motion = motion;
}

void board_feels(struct board *board, uint16_t thermometer_mv)
{
    board->air_assumed = !air_felt(thermometer_mv, &board->air_dc);
    if (board->air_assumed)
        board->air_dc = AIR_ASSUMED_DC;
}

/* Write a frame from the board with `payload`; a zero goes before the first. */
static size_t say(struct board *board, uint8_t *bytes, uint8_t type, const uint8_t *payload,
                  uint8_t length)
{
    const struct frame frame = {board->conversation.last, type, length, payload};
    size_t zeros = 0;
    if (!board->conversation.spoke)
        bytes[zeros++] = 0;
    board->conversation.spoke = true;
    return zeros + frame_write(bytes + zeros, &frame);
}

static size_t say_hello(struct board *board, uint8_t *bytes, uint32_t now_ms)
{
    uint8_t payload[HELLO_SIZE];
    const struct hello hello = {
        .session = board->conversation.session,
        .major = FIRMWARE_MAJOR,
        .minor = FIRMWARE_MINOR,
        .patch = FIRMWARE_PATCH,
        .dictionary = DICTIONARY_HASH,
        .reset = board->conversation.reset,
        .latched = board->conversation.latched,
    };
    hello_write(payload, &hello);
    conversation_greeted(&board->conversation, now_ms);
    return say(board, bytes, HELLO, payload, HELLO_SIZE);
}

static size_t say_report(struct board *board, uint8_t *bytes, uint32_t now_ms)
{
    uint8_t payload[REPORT_SIZE];
    const enum echo echo = echo_of(board);
    const struct report report = {
        .session = board->conversation.session,
        .at_ms = now_ms,
        .refusal = board->conversation.refusal,
        .present = present(board),
        .motion = board->motion,
        .alone = board->conversation.alone,
        .echo = (uint8_t)echo,
        .distance_mm = echo == ECHO_MEASURED ? median_of(&board->median) : NOTHING_MM,
        .air_dc = board->air_dc,
        .assumed = board->air_assumed,
        .spoiled = board->deframer.spoiled,
    };
    report_write(payload, &report);
    conversation_reported(&board->conversation, present(board), board->motion, now_ms);
    return say(board, bytes, REPORT, payload, REPORT_SIZE);
}

size_t board_says(struct board *board, uint8_t *bytes, size_t room, uint32_t now_ms)
{
    struct conversation *const talk = &board->conversation;
    conversation_waits(talk, board->settings.silence_ms, now_ms);
    conversation_levels(talk, present(board), board->motion);
    const size_t zeros = talk->spoke ? 0 : 1;
    size_t length = 0;
    if (talk->owes_hello) {
        if (room < zeros + STUFFED(HELLO_SIZE))
            return 0;
        length = say_hello(board, bytes, now_ms);
    }
    if (conversation_reports(talk, now_ms) && room - length >= STUFFED(REPORT_SIZE))
        length += say_report(board, bytes + length, now_ms);
    return length;
}

bool board_lit(const struct board *board, uint32_t now_ms)
{
    return lamp_on((enum light)board->light, present(board), board->conversation.alone, now_ms);
}

bool board_restarts(const struct board *board)
{
    const struct conversation *const talk = &board->conversation;
    return talk->restarting && !talk->owes_hello && !talk->owes_report;
}
