#include "rig.h"

#include "check.h"

#define SOUND_CM_S 34321U /* at 20 degrees */
#define NOTHING_US 38000

struct rig rig_begun(uint32_t now_ms)
{
    struct rig rig = {.now_ms = now_ms, .pulse_us = NOTHING_US, .outcome = ECHO_MEASURED};
    board_begin(&rig.board, RESET_POWER, now_ms);
    return rig;
}

/* Return when the sensor hears something first: this ping's echo, or that of one before. */
static uint16_t heard_us(const struct rig *rig)
{
    uint32_t first_us = rig->pulse_us;
    for (int i = 0; i < 3; i++) {
        const uint32_t gone_us = 1000U * (rig->now_ms - rig->pinged_ms[i]);
        if (gone_us < rig->lingers_us && rig->lingers_us - gone_us < first_us)
            first_us = rig->lingers_us - gone_us;
    }
    return (uint16_t)first_us;
}

static void sense(struct rig *rig)
{
    if (rig->listening && rig->now_ms == rig->ends_ms) {
        rig->listening = false;
        board_echoed(&rig->board, rig->outcome, rig->pulse_under_way_us,
                     rig->now_ms);
    }
    if (!board_wants_ping(&rig->board, rig->now_ms))
        return;
    rig->listening = true;
    rig->pulse_under_way_us = heard_us(rig);
    rig->ends_ms = rig->now_ms + 1U + rig->pulse_under_way_us / 1000U;
    rig->pinged_ms[rig->pings++ % 3] = rig->now_ms;
}

static void take(struct rig *rig, const struct frame *frame)
{
    rig->taken = frame->number;
    if (frame->type == HELLO) {
        CHECK_EQUAL(hello_read(&rig->hello, frame->payload, frame->length), REFUSAL_NONE);
        rig->hellos++;
    } else {
        CHECK_EQUAL(frame->type, REPORT);
        CHECK_EQUAL(report_read(&rig->report, frame->payload, frame->length), REFUSAL_NONE);
        rig->reports++;
    }
}

static void listen(struct rig *rig)
{
    uint8_t bytes[BOARD_SAYS_LONGEST];
    struct frame frame;
    const size_t length = board_says(&rig->board, bytes, sizeof bytes, rig->now_ms);
    for (size_t i = 0; i < length; i++)
        if (deframer_take(&rig->deframer, bytes[i], &frame))
            take(rig, &frame);
    CHECK_EQUAL(rig->deframer.spoiled, 0);
}

void rig_runs(struct rig *rig, uint32_t ms)
{
    for (uint32_t i = 0; i < ms; i++) {
        rig->now_ms++;
        sense(rig);
        listen(rig);
    }
}

void rig_comes(struct rig *rig, uint32_t mm)
{
    rig->pulse_us = (uint16_t)((mm * 200000U + SOUND_CM_S / 2) / SOUND_CM_S);
}

void rig_sends(struct rig *rig, uint8_t number, uint8_t type, const uint8_t *payload, uint8_t length)
{
    uint8_t bytes[STUFFED(LONGEST_PAYLOAD)];
    const struct frame frame = {number, type, length, payload};
    const size_t written = frame_write(bytes, &frame);
    for (size_t i = 0; i < written; i++)
        board_hear(&rig->board, bytes[i], rig->now_ms);
}

void rig_commands(struct rig *rig, uint8_t type, const uint8_t *payload, uint8_t length)
{
    rig->number = (uint8_t)(rig->number + 1);
    rig_sends(rig, rig->number, type, payload, length);
}

void rig_greets(struct rig *rig, uint16_t session)
{
    const uint8_t payload[GREET_SIZE] = {(uint8_t)session, (uint8_t)(session >> 8)};
    rig_commands(rig, GREET, payload, sizeof payload);
}

void rig_configures(struct rig *rig, const struct configure *settings)
{
    const uint16_t words[] = {settings->interval_ms, settings->enter_mm, settings->leave_mm,
                              (uint16_t)settings->offset_mm};
    uint8_t payload[CONFIGURE_SIZE];
    for (int i = 0; i < 4; i++) {
        payload[2 * i] = (uint8_t)words[i];
        payload[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
    payload[8] = settings->motion;
    payload[9] = (uint8_t)settings->silence_ms;
    payload[10] = (uint8_t)(settings->silence_ms >> 8);
    rig_commands(rig, CONFIGURE, payload, sizeof payload);
}

void rig_pings(struct rig *rig)
{
    rig_commands(rig, PING, (const uint8_t *)"", PING_SIZE);
}

void rig_lights(struct rig *rig, enum light light)
{
    const uint8_t payload[LAMP_SIZE] = {(uint8_t)light};
    rig_commands(rig, LAMP, payload, sizeof payload);
}
