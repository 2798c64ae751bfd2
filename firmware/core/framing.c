#include "framing.h"

#include <string.h>

#define TOO_LONG (LONGEST_STRETCH + 1)

uint16_t checksum(const uint8_t *bytes, size_t length)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < length; i++) {
        crc = (uint16_t)(crc ^ ((uint32_t)bytes[i] << 8));
        for (uint8_t bit = 0; bit < 8; bit++)
            crc = (uint16_t)(((uint32_t)crc << 1) ^ (crc & 0x8000U ? 0x1021U : 0U));
    }
    return crc;
}

/* Undo in place the consistent overhead byte stuffing [Cheshire and Baker, IEEE/ACM Transactions on
 * Networking 7(2), 1999] of `length` bytes, at least one, none of them zero. Return how many are
 * left, 0 if that cannot have been stuffed. */
static uint8_t unstuff(uint8_t *bytes, uint8_t length)
{
    uint8_t written = 0;
    for (uint8_t at = 0; at < length;) {
        const uint8_t way = bytes[at++];
        if (way - 1 > length - at)
            return 0;
        memmove(bytes + written, bytes + at, way - 1U);
        written = (uint8_t)(written + way - 1);
        at = (uint8_t)(at + way - 1);
        if (at < length)
            bytes[written++] = 0;
    }
    return written;
}

/* Return whether the stretch is a frame. */
static bool is_frame(struct deframer *deframer, struct frame *frame)
{
    uint8_t *const body = deframer->stretch;
    const uint8_t length =
        deframer->length == TOO_LONG ? 0 : unstuff(body, deframer->length);
    if (length < FRAME_AROUND)
        return false;
    const uint8_t end = (uint8_t)(length - 2);
    if (checksum(body, end) != (uint16_t)(body[end] | (uint32_t)body[end + 1] << 8))
        return false;
    *frame = (struct frame){body[0], body[1], (uint8_t)(end - 2), body + 2};
    return true;
}

bool deframer_take(struct deframer *deframer, uint8_t byte, struct frame *frame)
{
    if (byte != 0) {
        if (deframer->length < LONGEST_STRETCH)
            deframer->stretch[deframer->length++] = byte;
        else
            deframer->length = TOO_LONG;
        return false;
    }
    if (deframer->length == 0)
        return false;
    const bool whole = is_frame(deframer, frame);
    deframer->length = 0;
    if (!whole && deframer->spoiled < UINT16_MAX)
        deframer->spoiled++;
    return whole;
}

/* Write `length` bytes, fewer than 254, without zeros: each becomes the way to the next. */
static size_t stuff(uint8_t *stuffed, const uint8_t *bytes, uint8_t length)
{
    uint8_t way_at = 0;
    for (uint8_t i = 0; i < length; i++) {
        stuffed[i + 1] = bytes[i];
        if (bytes[i] != 0)
            continue;
        stuffed[way_at] = (uint8_t)(i + 1 - way_at);
        way_at = (uint8_t)(i + 1);
    }
    stuffed[way_at] = (uint8_t)(length + 1 - way_at);
    return length + 1U;
}

size_t frame_write(uint8_t *bytes, const struct frame *frame)
{
    uint8_t body[FRAME_AROUND + LONGEST_PAYLOAD] = {frame->number, frame->type};
    memcpy(body + 2, frame->payload, frame->length);
    const uint8_t end = (uint8_t)(frame->length + 2);
    const uint16_t crc = checksum(body, end);
    body[end] = (uint8_t)crc;
    body[end + 1] = (uint8_t)(crc >> 8);
    const size_t length = stuff(bytes, body, (uint8_t)(end + 2));
    bytes[length] = 0;
    return length + 1;
}
