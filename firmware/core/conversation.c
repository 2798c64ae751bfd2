#include "conversation.h"

#define EACH_MS 1000U /* how often a board speaks that nobody speaks with */

void conversation_begin(struct conversation *talk, enum reset why, uint32_t now_ms)
{
    *talk = (struct conversation){
        .reset = (uint8_t)why, .heard_ms = now_ms, .said_ms = now_ms, .owes_hello = true};
}

/* A late copy of the greeting under way must not set the counting back: commands would run twice. */
static void greet(struct conversation *talk, uint16_t session, uint8_t number)
{
    talk->owes_hello = true;
    if (session == talk->session)
        return;
    talk->session = session;
    talk->last = number;
    talk->refusal = REFUSAL_NONE;
}

/* Return whether a command with `number` is to be carried out: the next is. The last one comes
 * again where its answer was lost, and is only answered again. */
static bool takes(struct conversation *talk, uint8_t number)
{
    const bool next = number == (uint8_t)(talk->last + 1);
    if (!next && number != talk->last)
        return false;
    talk->last = number;
    talk->owes_report = true;
    if (next && talk->told_latched)
        talk->latched = LATCHED_NOTHING; /* who commands has heard the Hello that told it */
    return next;
}

bool conversation_hears(struct conversation *talk, const struct frame *frame, uint32_t now_ms)
{
    struct greet greeting;
    talk->heard_ms = now_ms;
    talk->alone = false;
    if (talk->restarting)
        return false;
    if (frame->type == GREET &&
        greet_read(&greeting, frame->payload, frame->length) == REFUSAL_NONE) {
        greet(talk, greeting.session, frame->number);
        return false;
    }
    return talk->session != 0 && takes(talk, frame->number);
}

/* `alone` is kept, not computed: by the clock alone it would end when milliseconds wrap around. */
static void notice_silence(struct conversation *talk, uint16_t silence_ms, uint32_t now_ms)
{
    if (talk->alone || now_ms - talk->heard_ms < silence_ms)
        return;
    talk->alone = true;
    if (talk->session == 0)
        return;
    talk->latched = LATCHED_HOST_SILENT;
    talk->told_latched = false;
    talk->owes_report = true;
}

void conversation_waits(struct conversation *talk, uint16_t silence_ms, uint32_t now_ms)
{
    notice_silence(talk, silence_ms, now_ms);
    if (now_ms - talk->said_ms < EACH_MS)
        return;
    if (talk->session == 0)
        talk->owes_hello = true;
    else
        talk->owes_report = true;
}

void conversation_measured(struct conversation *talk)
{
    if (talk->session != 0 && !talk->alone)
        talk->owes_report = true;
}

void conversation_levels(struct conversation *talk, bool present, bool motion)
{
    if (talk->session != 0 && (present != talk->told_present || motion != talk->told_motion))
        talk->owes_report = true;
}

bool conversation_reports(const struct conversation *talk, uint32_t now_ms)
{
    return talk->owes_report && !(talk->reported && talk->reported_ms == now_ms);
}

void conversation_greeted(struct conversation *talk, uint32_t now_ms)
{
    talk->owes_hello = false;
    talk->told_latched = true;
    talk->said_ms = now_ms;
}

void conversation_reported(struct conversation *talk, bool present, bool motion, uint32_t now_ms)
{
    talk->owes_report = false;
    talk->told_present = present;
    talk->told_motion = motion;
    talk->reported = true;
    talk->said_ms = talk->reported_ms = now_ms;
}
