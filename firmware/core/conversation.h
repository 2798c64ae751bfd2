/* Who is spoken with: greetings, the numbers of commands, a host's silence, and what the board owes
 * it. Knows nothing of distances; what a command does, and what stands in a report, is board.c's. */
#ifndef LANTERN_CONVERSATION_H
#define LANTERN_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "framing.h"
#include "messages.h"

struct conversation {
    uint16_t session;     /* 0: not greeted since the reset */
    uint8_t last;         /* the number of the last command taken */
    uint8_t refusal;      /* enum refusal: what became of it */
    uint8_t reset;        /* enum reset: why the board began */
    uint8_t latched;      /* enum latched: told until the host has shown that it heard */
    bool told_latched;    /* a Hello told it */
    bool spoke;           /* the zero before the first frame was said */
    bool reported;        /* `reported_ms` holds */
    bool alone;           /* nothing was heard for too long: safe state */
    bool owes_hello;
    bool owes_report;
    bool told_present;    /* what the last report said */
    bool told_motion;
    bool restarting;
    uint32_t heard_ms;    /* when the last frame came */
    uint32_t said_ms;     /* when the last frame was said */
    uint32_t reported_ms; /* the clock in the last report: no two have the same */
};

/* Begin to say Hello each second. */
void conversation_begin(struct conversation *talk, enum reset why, uint32_t now_ms);

/* Take a frame; return whether it is a command to be carried out now, whose `refusal` is then set. */
bool conversation_hears(struct conversation *talk, const struct frame *frame, uint32_t now_ms);

/* Note how long the host has been silent, and what has become due. */
void conversation_waits(struct conversation *talk, uint16_t silence_ms, uint32_t now_ms);

/* Owe a report after a measurement, unless the board is alone: then one a second is enough. */
void conversation_measured(struct conversation *talk);

/* Owe a report if these levels are not the ones that were told. */
void conversation_levels(struct conversation *talk, bool present, bool motion);

/* Return whether a report is owed and may be said now. */
bool conversation_reports(const struct conversation *talk, uint32_t now_ms);

/* Note that a Hello, or a report of these levels, was said. */
void conversation_greeted(struct conversation *talk, uint32_t now_ms);
void conversation_reported(struct conversation *talk, bool present, bool motion, uint32_t now_ms);

#endif
