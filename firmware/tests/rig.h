/* A room around the core: a sensor that answers pings after as long as sound takes, and a host that
 * speaks well. Time passes millisecond by millisecond. */
#ifndef LANTERN_RIG_H
#define LANTERN_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

struct rig {
    struct board board;
    uint32_t now_ms;

    uint16_t pulse_us; /* what the sensor answers the next ping, if `outcome` is ECHO_MEASURED */
    enum echo outcome;
    uint16_t lingers_us; /* how long a ping's sound is in the room, until a wall gives it back */
    uint32_t pinged_ms[3]; /* when the last pings were */
    bool listening;
    uint16_t pulse_under_way_us;
    uint32_t ends_ms;
    int pings;

    struct deframer deframer; /* the host's */
    uint8_t number;           /* of its last command */
    uint8_t taken;            /* the number in the last frame of the board */
    struct hello hello;       /* the last */
    struct report report;
    int hellos;
    int reports;
};

/* A room with nobody in it, and a board that was just switched on. */
struct rig rig_begun(uint32_t now_ms);

/* Let `ms` pass. */
void rig_runs(struct rig *rig, uint32_t ms);

/* Put somebody `mm` off, in air of 20 degrees. */
void rig_comes(struct rig *rig, uint32_t mm);

/* Send a frame with a number of one's own, or the next; the board answers when time passes. */
void rig_sends(struct rig *rig, uint8_t number, uint8_t type, const uint8_t *payload, uint8_t length);
void rig_commands(struct rig *rig, uint8_t type, const uint8_t *payload, uint8_t length);

/* Greet as `session`; configure; ping; ask for a light. */
void rig_greets(struct rig *rig, uint16_t session);
void rig_configures(struct rig *rig, const struct configure *settings);
void rig_pings(struct rig *rig);
void rig_lights(struct rig *rig, enum light light);

#endif
