#include "sonar.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>
#include <util/delay.h>

#include "pins.h"

#define TRIGGER_US 10 /* at least [HC-SR04 data sheet] */
#define PRESCALED 64UL
#define US_A_TICK (PRESCALED * 1000000UL / F_CPU)
#define TICKS(MS) ((uint16_t)((MS) * 1000UL / US_A_TICK))

/* The line rises within half a millisecond, once the burst is out. */
#define LONGEST_SILENCE TICKS(10)
/* It falls after 38 ms where nothing answers, with some makes only after 200 ms. The timer wraps
 * after 262 ms. */
#define LONGEST_PULSE TICKS(250)

#define RISING _BV(ICES1)

enum phase { IDLE, PINGED, HIGH, FALLEN, WAS_HIGH };

static volatile uint8_t phase; /* enum phase, which has two bytes, in one that is read at once */
static volatile uint16_t rose, fell; /* the interrupt's until `phase` is FALLEN, then not */
static uint16_t pinged;

/* Capture the edge named next. Changing it may set the flag [ATmega328P data sheet, 16.6.3]. */
static inline void await(uint8_t edge)
{
    TCCR1B = _BV(ICNC1) | edge | _BV(CS11) | _BV(CS10); /* four equal samples; by 64 */
    TIFR1 = _BV(ICF1);
}

ISR(TIMER1_CAPT_vect)
{
    const uint16_t at = ICR1;
    if (phase == PINGED) {
        rose = at;
        await(0);
        phase = HIGH;
    } else if (phase == HIGH) {
        fell = at;
        phase = FALLEN;
    }
}

void sonar_begin(void)
{
    DDRD |= _BV(PIN_TRIGGER);
    PORTB |= _BV(PIN_ECHO); /* pulled up: a wire that is off reads as STUCK, and not as anything */
    await(RISING);
    TIMSK1 = _BV(ICIE1);
}

static bool line_is_high(void)
{
    return PINB & _BV(PIN_ECHO);
}

static uint16_t ticks(void)
{
    uint16_t now;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) /* its two bytes pass through one that ICR1 uses, too */
    {
        now = TCNT1;
    }
    return now;
}

void sonar_ping(void)
{
    if (line_is_high()) {
        phase = WAS_HIGH;
        return;
    }
    PORTD |= _BV(PIN_TRIGGER);
    _delay_us(TRIGGER_US);
    PORTD &= ~_BV(PIN_TRIGGER);
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        await(RISING);
        pinged = TCNT1;
        phase = PINGED;
    }
}

static bool ended(enum echo *outcome, enum echo how)
{
    phase = IDLE;
    *outcome = how;
    return true;
}

/* Clones answer nothing with 200 ms, which only has to read as very far. */
static uint16_t microseconds(uint16_t ticks)
{
    return ticks > UINT16_MAX / US_A_TICK ? UINT16_MAX : (uint16_t)(ticks * US_A_TICK);
}

bool sonar_echoed(enum echo *outcome, uint16_t *pulse_us)
{
    const uint16_t now = ticks(); /* before the phase, or an edge between them would seem old */
    *pulse_us = 0;
    switch (phase) {
    case IDLE:
        return false;
    case PINGED:
        return (uint16_t)(now - pinged) > LONGEST_SILENCE && ended(outcome, ECHO_DEAD);
    case HIGH:
        return (uint16_t)(now - pinged) > LONGEST_PULSE && ended(outcome, ECHO_STUCK);
    case FALLEN:
        *pulse_us = microseconds(fell - rose);
        return ended(outcome, ECHO_MEASURED);
    default:
        return ended(outcome, ECHO_STUCK);
    }
}
