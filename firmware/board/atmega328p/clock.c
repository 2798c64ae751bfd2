#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define PRESCALED 64UL
#define TICKS_A_MS (F_CPU / PRESCALED / 1000UL)

static volatile uint32_t passed_ms;

ISR(TIMER0_COMPA_vect)
{
    passed_ms++;
}

void clock_begin(void)
{
    TCCR0A = _BV(WGM01); /* count up to OCR0A, then from 0 again */
    OCR0A = TICKS_A_MS - 1;
    TIMSK0 = _BV(OCIE0A);
    TCCR0B = _BV(CS01) | _BV(CS00); /* by 64 */
}

uint32_t clock_ms(void)
{
    uint32_t ms;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        ms = passed_ms;
    }
    return ms;
}
