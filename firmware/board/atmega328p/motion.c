#include "motion.h"

#include <avr/io.h>
#include <util/delay.h>

#include "pins.h"

/* A pin that hangs in the air follows the hum of the mains, a hundred changes a second. So it is
 * pulled to ground for an eighth of a microsecond: a detector lifts it again at once, even through the
 * 20 kilohms that small ones have, the air does not. */
#define LIFT_US 10

bool motion_is_seen(void)
{
    DDRD |= _BV(PIN_MOTION);
    DDRD &= ~_BV(PIN_MOTION);
    _delay_us(LIFT_US);
    return PIND & _BV(PIN_MOTION);
}
