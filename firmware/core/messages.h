/* The messages of firmware/PROTOCOL.md. Made by "scripts/board messages" from
 * daemon/lantern/link/messages.py: change that, not this. */
#ifndef LANTERN_MESSAGES_H
#define LANTERN_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#define DICTIONARY_HASH 0x5d793071UL
#define LONGEST_PAYLOAD 32
#define NOTHING_MM 0xffffU

enum light {
    LIGHT_OFF = 0,
    LIGHT_ON = 1,
    LIGHT_PRESENCE = 2,
    LIGHT_BLINK = 3,
};

enum reset {
    RESET_UNKNOWN = 0,
    RESET_POWER = 1,
    RESET_BROWN_OUT = 2,
    RESET_EXTERNAL = 3,
    RESET_WATCHDOG = 4,
    RESET_ASKED = 5,
};

enum latched {
    LATCHED_NOTHING = 0,
    LATCHED_HOST_SILENT = 1,
};

enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_UNKNOWN_TYPE = 1,
    REFUSAL_WRONG_LENGTH = 2,
    REFUSAL_OUT_OF_RANGE = 3,
};

enum echo {
    ECHO_NOT_YET = 0,
    ECHO_MEASURED = 1,
    ECHO_BEYOND = 2,
    ECHO_BLIND = 3,
    ECHO_DEAD = 4,
    ECHO_STUCK = 5,
};

#define GREET 0x01
#define GREET_SIZE 2

struct greet {
    uint16_t session;
};

/* Read a payload of `length` bytes; where it is refused `greet` is not touched. */
static inline enum refusal greet_read(struct greet *greet, const uint8_t *bytes,
                                      size_t length)
{
    if (length != GREET_SIZE)
        return REFUSAL_WRONG_LENGTH;
    const uint16_t session = (uint16_t)((uint32_t)bytes[0] << 0 | (uint32_t)bytes[1] << 8);
    if (session < 1)
        return REFUSAL_OUT_OF_RANGE;
    greet->session = session;
    return REFUSAL_NONE;
}

#define CONFIGURE 0x02
#define CONFIGURE_SIZE 11

struct configure {
    uint16_t interval_ms;
    uint16_t enter_mm;
    uint16_t leave_mm;
    int16_t offset_mm;
    uint8_t motion;
    uint16_t silence_ms;
};

/* Read a payload of `length` bytes; where it is refused `configure` is not touched. */
static inline enum refusal configure_read(struct configure *configure, const uint8_t *bytes,
                                          size_t length)
{
    if (length != CONFIGURE_SIZE)
        return REFUSAL_WRONG_LENGTH;
    const uint16_t interval_ms = (uint16_t)((uint32_t)bytes[0] << 0 | (uint32_t)bytes[1] << 8);
    const uint16_t enter_mm = (uint16_t)((uint32_t)bytes[2] << 0 | (uint32_t)bytes[3] << 8);
    const uint16_t leave_mm = (uint16_t)((uint32_t)bytes[4] << 0 | (uint32_t)bytes[5] << 8);
    const int16_t offset_mm = (int16_t)((uint32_t)bytes[6] << 0 | (uint32_t)bytes[7] << 8);
    const uint8_t motion = bytes[8];
    const uint16_t silence_ms = (uint16_t)((uint32_t)bytes[9] << 0 | (uint32_t)bytes[10] << 8);
    if (interval_ms < 50 || interval_ms > 500)
        return REFUSAL_OUT_OF_RANGE;
    if (enter_mm < 30 || enter_mm > 4000)
        return REFUSAL_OUT_OF_RANGE;
    if (leave_mm < 30 || leave_mm > 4000)
        return REFUSAL_OUT_OF_RANGE;
    if (offset_mm < -500 || offset_mm > 500)
        return REFUSAL_OUT_OF_RANGE;
    if (motion > 1)
        return REFUSAL_OUT_OF_RANGE;
    if (silence_ms < 500 || silence_ms > 60000)
        return REFUSAL_OUT_OF_RANGE;
    configure->interval_ms = interval_ms;
    configure->enter_mm = enter_mm;
    configure->leave_mm = leave_mm;
    configure->offset_mm = offset_mm;
    configure->motion = motion;
    configure->silence_ms = silence_ms;
    return REFUSAL_NONE;
}

#define LAMP 0x03
#define LAMP_SIZE 1

struct lamp {
    uint8_t light;
};

/* Read a payload of `length` bytes; where it is refused `lamp` is not touched. */
static inline enum refusal lamp_read(struct lamp *lamp, const uint8_t *bytes,
                                     size_t length)
{
    if (length != LAMP_SIZE)
        return REFUSAL_WRONG_LENGTH;
    const uint8_t light = bytes[0];
    if (light > 3)
        return REFUSAL_OUT_OF_RANGE;
    lamp->light = light;
    return REFUSAL_NONE;
}

#define PING 0x04
#define PING_SIZE 0

#define RESTART 0x05
#define RESTART_SIZE 0

#define HELLO 0x81
#define HELLO_SIZE 11

struct hello {
    uint16_t session;
    uint8_t major;
    uint8_t minor;
    uint8_t patch;
    uint32_t dictionary;
    uint8_t reset;
    uint8_t latched;
};

/* Read a payload of `length` bytes; where it is refused `hello` is not touched. */
static inline enum refusal hello_read(struct hello *hello, const uint8_t *bytes,
                                      size_t length)
{
    if (length != HELLO_SIZE)
        return REFUSAL_WRONG_LENGTH;
    const uint16_t session = (uint16_t)((uint32_t)bytes[0] << 0 | (uint32_t)bytes[1] << 8);
    const uint8_t major = bytes[2];
    const uint8_t minor = bytes[3];
    const uint8_t patch = bytes[4];
    const uint32_t dictionary = (uint32_t)((uint32_t)bytes[5] << 0 | (uint32_t)bytes[6] << 8 | (uint32_t)bytes[7] << 16 | (uint32_t)bytes[8] << 24);
    const uint8_t reset = bytes[9];
    const uint8_t latched = bytes[10];
    if (reset > 5)
        return REFUSAL_OUT_OF_RANGE;
    if (latched > 1)
        return REFUSAL_OUT_OF_RANGE;
    hello->session = session;
    hello->major = major;
    hello->minor = minor;
    hello->patch = patch;
    hello->dictionary = dictionary;
    hello->reset = reset;
    hello->latched = latched;
    return REFUSAL_NONE;
}

/* Write the payload, HELLO_SIZE bytes. */
static inline void hello_write(uint8_t *bytes, const struct hello *hello)
{
    bytes[0] = (uint8_t)(hello->session >> 0);
    bytes[1] = (uint8_t)(hello->session >> 8);
    bytes[2] = (uint8_t)(hello->major >> 0);
    bytes[3] = (uint8_t)(hello->minor >> 0);
    bytes[4] = (uint8_t)(hello->patch >> 0);
    bytes[5] = (uint8_t)(hello->dictionary >> 0);
    bytes[6] = (uint8_t)(hello->dictionary >> 8);
    bytes[7] = (uint8_t)(hello->dictionary >> 16);
    bytes[8] = (uint8_t)(hello->dictionary >> 24);
    bytes[9] = (uint8_t)(hello->reset >> 0);
    bytes[10] = (uint8_t)(hello->latched >> 0);
}

#define REPORT 0x82
#define REPORT_SIZE 18

struct report {
    uint16_t session;
    uint32_t at_ms;
    uint8_t refusal;
    uint8_t present;
    uint8_t motion;
    uint8_t alone;
    uint8_t echo;
    uint16_t distance_mm;
    int16_t air_dc;
    uint8_t assumed;
    uint16_t spoiled;
};

/* Read a payload of `length` bytes; where it is refused `report` is not touched. */
static inline enum refusal report_read(struct report *report, const uint8_t *bytes,
                                       size_t length)
{
    if (length != REPORT_SIZE)
        return REFUSAL_WRONG_LENGTH;
    const uint16_t session = (uint16_t)((uint32_t)bytes[0] << 0 | (uint32_t)bytes[1] << 8);
    const uint32_t at_ms = (uint32_t)((uint32_t)bytes[2] << 0 | (uint32_t)bytes[3] << 8 | (uint32_t)bytes[4] << 16 | (uint32_t)bytes[5] << 24);
    const uint8_t refusal = bytes[6];
    const uint8_t present = bytes[7];
    const uint8_t motion = bytes[8];
    const uint8_t alone = bytes[9];
    const uint8_t echo = bytes[10];
    const uint16_t distance_mm = (uint16_t)((uint32_t)bytes[11] << 0 | (uint32_t)bytes[12] << 8);
    const int16_t air_dc = (int16_t)((uint32_t)bytes[13] << 0 | (uint32_t)bytes[14] << 8);
    const uint8_t assumed = bytes[15];
    const uint16_t spoiled = (uint16_t)((uint32_t)bytes[16] << 0 | (uint32_t)bytes[17] << 8);
    if (refusal > 3)
        return REFUSAL_OUT_OF_RANGE;
    if (present > 1)
        return REFUSAL_OUT_OF_RANGE;
    if (motion > 1)
        return REFUSAL_OUT_OF_RANGE;
    if (alone > 1)
        return REFUSAL_OUT_OF_RANGE;
    if (echo > 5)
        return REFUSAL_OUT_OF_RANGE;
    if (air_dc < -400 || air_dc > 850)
        return REFUSAL_OUT_OF_RANGE;
    if (assumed > 1)
        return REFUSAL_OUT_OF_RANGE;
    report->session = session;
    report->at_ms = at_ms;
    report->refusal = refusal;
    report->present = present;
    report->motion = motion;
    report->alone = alone;
    report->echo = echo;
    report->distance_mm = distance_mm;
    report->air_dc = air_dc;
    report->assumed = assumed;
    report->spoiled = spoiled;
    return REFUSAL_NONE;
}

/* Write the payload, REPORT_SIZE bytes. */
static inline void report_write(uint8_t *bytes, const struct report *report)
{
    bytes[0] = (uint8_t)(report->session >> 0);
    bytes[1] = (uint8_t)(report->session >> 8);
    bytes[2] = (uint8_t)(report->at_ms >> 0);
    bytes[3] = (uint8_t)(report->at_ms >> 8);
    bytes[4] = (uint8_t)(report->at_ms >> 16);
    bytes[5] = (uint8_t)(report->at_ms >> 24);
    bytes[6] = (uint8_t)(report->refusal >> 0);
    bytes[7] = (uint8_t)(report->present >> 0);
    bytes[8] = (uint8_t)(report->motion >> 0);
    bytes[9] = (uint8_t)(report->alone >> 0);
    bytes[10] = (uint8_t)(report->echo >> 0);
    bytes[11] = (uint8_t)(report->distance_mm >> 0);
    bytes[12] = (uint8_t)(report->distance_mm >> 8);
    bytes[13] = (uint8_t)((uint16_t)report->air_dc >> 0);
    bytes[14] = (uint8_t)((uint16_t)report->air_dc >> 8);
    bytes[15] = (uint8_t)(report->assumed >> 0);
    bytes[16] = (uint8_t)(report->spoiled >> 0);
    bytes[17] = (uint8_t)(report->spoiled >> 8);
}

#endif
