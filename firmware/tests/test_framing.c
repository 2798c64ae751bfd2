/* Frames: what is written comes back, what is none is counted and skipped. */
#include <string.h>

#include "check.h"
#include "framing.h"

static bool feed(struct deframer *deframer, const uint8_t *bytes, size_t length,
                 struct frame *frame)
{
    bool whole = false;
    for (size_t i = 0; i < length; i++)
        whole = deframer_take(deframer, bytes[i], frame);
    return whole;
}

static void the_checksum_has_its_check_value(void)
{
    CHECK_EQUAL(checksum((const uint8_t *)"123456789", 9), 0x29B1);
}

static void a_frame_is_written_byte_by_byte_as_the_protocol_says(void)
{
    const uint8_t payload[] = {0x34, 0x12};
    const uint8_t expected[] = {0x07, 0x07, 0x01, 0x34, 0x12, 0xff, 0x19, 0x00};
    uint8_t bytes[STUFFED(2)];
    const struct frame frame = {7, GREET, sizeof payload, payload};
    CHECK_EQUAL(frame_write(bytes, &frame), sizeof expected);
    CHECK(memcmp(bytes, expected, sizeof expected) == 0);
}

static void every_payload_comes_back_as_it_was_written(void)
{
    uint8_t payload[LONGEST_PAYLOAD], bytes[STUFFED(LONGEST_PAYLOAD)];
    for (uint8_t length = 0; length <= LONGEST_PAYLOAD; length++) {
        struct deframer deframer = {.length = 0};
        struct frame read;
        for (uint8_t i = 0; i < length; i++)
            payload[i] = i % 3 == 0 ? 0 : (uint8_t)(i * 7 + length);
        const struct frame frame = {length, (uint8_t)~length, length, payload};
        const size_t written = frame_write(bytes, &frame);
        CHECK_EQUAL(written, STUFFED(length));
        CHECK(memchr(bytes, 0, written) == bytes + written - 1);
        CHECK(feed(&deframer, bytes, written, &read));
        CHECK_EQUAL(read.number, frame.number);
        CHECK_EQUAL(read.type, frame.type);
        CHECK_EQUAL(read.length, length);
        CHECK(memcmp(read.payload, payload, length) == 0);
        CHECK_EQUAL(deframer.spoiled, 0);
    }
}

static void a_flipped_bit_spoils_a_frame_wherever_it_is(void)
{
    uint8_t bytes[STUFFED(PING_SIZE)];
    const struct frame frame = {200, PING, PING_SIZE, bytes};
    const size_t written = frame_write(bytes, &frame);
    for (size_t bit = 0; bit < (written - 1) * 8; bit++) {
        struct deframer deframer = {.length = 0};
        struct frame read;
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
        CHECK(!feed(&deframer, bytes, written, &read));
        CHECK(deframer.spoiled > 0);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1U << bit % 8);
    }
}

static void zeros_between_frames_are_nothing(void)
{
    const uint8_t zeros[5] = {0};
    struct deframer deframer = {.length = 0};
    struct frame frame;
    CHECK(!feed(&deframer, zeros, sizeof zeros, &frame));
    CHECK_EQUAL(deframer.spoiled, 0);
}

static void a_stretch_longer_than_any_frame_is_skipped_to_the_next_zero(void)
{
    struct deframer deframer = {.length = 0};
    struct frame frame;
    uint8_t bytes[STUFFED(PING_SIZE)];
    for (int i = 0; i < 1000; i++)
        CHECK(!deframer_take(&deframer, 0xa5, &frame));
    CHECK(!deframer_take(&deframer, 0, &frame));
    CHECK_EQUAL(deframer.spoiled, 1);
    const struct frame ping = {1, PING, PING_SIZE, bytes};
    CHECK(feed(&deframer, bytes, frame_write(bytes, &ping), &frame));
}

static void a_frame_cut_off_costs_only_itself(void)
{
    struct deframer deframer = {.length = 0};
    struct frame frame;
    uint8_t bytes[STUFFED(PING_SIZE)];
    const struct frame ping = {1, PING, PING_SIZE, bytes};
    const size_t written = frame_write(bytes, &ping);
    feed(&deframer, bytes, written - 3, &frame);
    CHECK(!deframer_take(&deframer, 0, &frame));
    CHECK(feed(&deframer, bytes, written, &frame));
    CHECK_EQUAL(deframer.spoiled, 1);
}

/* Behind the end of the second stretch lies what would make a frame of it: the rest of the first. */
static void a_stretch_that_leads_beyond_its_end_is_no_frame(void)
{
    struct deframer deframer = {.length = 0};
    struct frame frame;
    uint8_t bytes[STUFFED(PING_SIZE)];
    const struct frame ping = {1, PING, PING_SIZE, bytes};
    const size_t written = frame_write(bytes, &ping);
    const uint8_t way = bytes[0];
    CHECK_EQUAL(way, written - 1);
    bytes[0] = 0xff;
    CHECK(!feed(&deframer, bytes, written, &frame));
    bytes[0] = way;
    CHECK(!feed(&deframer, bytes, written - 2, &frame));
    CHECK(!deframer_take(&deframer, 0, &frame));
    CHECK_EQUAL(deframer.spoiled, 2);
}

static void what_is_too_short_is_no_frame_even_if_its_checksum_is_right(void)
{
    const uint8_t crc_alone[] = {0x03, 0xff, 0xff, 0x00};
    const uint8_t byte = 0x41;
    const uint16_t crc = checksum(&byte, 1);
    const uint8_t number_alone[] = {0x04, byte, (uint8_t)crc, (uint8_t)(crc >> 8), 0x00};
    struct deframer deframer = {.length = 0};
    struct frame frame;
    CHECK(!feed(&deframer, crc_alone, sizeof crc_alone, &frame));
    CHECK(!feed(&deframer, number_alone, sizeof number_alone, &frame));
    CHECK_EQUAL(deframer.spoiled, 2);
}

static void the_count_of_spoiled_stretches_stays_at_its_highest(void)
{
    struct deframer deframer = {.spoiled = UINT16_MAX - 1};
    struct frame frame;
    const uint8_t noise[] = {1, 0, 1, 0, 1, 0};
    feed(&deframer, noise, sizeof noise, &frame);
    CHECK_EQUAL(deframer.spoiled, UINT16_MAX);
}

void framing_tests(void)
{
    RUN(the_checksum_has_its_check_value);
    RUN(a_frame_is_written_byte_by_byte_as_the_protocol_says);
    RUN(every_payload_comes_back_as_it_was_written);
    RUN(a_flipped_bit_spoils_a_frame_wherever_it_is);
    RUN(zeros_between_frames_are_nothing);
    RUN(a_stretch_longer_than_any_frame_is_skipped_to_the_next_zero);
    RUN(a_frame_cut_off_costs_only_itself);
    RUN(a_stretch_that_leads_beyond_its_end_is_no_frame);
    RUN(what_is_too_short_is_no_frame_even_if_its_checksum_is_right);
    RUN(the_count_of_spoiled_stretches_stays_at_its_highest);
}
