#include "thermometer.h"

#include <avr/io.h>

#include "pins.h"

#define REFERENCE_MV 3300UL /* the Arduino's 3V3 pin, within 1 % */
#define STEPS 1024UL
#define READINGS 16
#define PERIOD_MS 1000
#define SETTLE_MS 2

static uint8_t taken;
static uint16_t sum;
static uint32_t begun_ms, discharged_ms;

static void convert(void)
{
    ADCSRA |= _BV(ADSC);
}

/* Pull the pin to ground for an instant, which harms no thermometer: it drives 250 uA at most
 * [TMP36 data sheet]. Where there is none, nothing lifts the pin again, and it reads as none. */
static void discharge(uint32_t now_ms)
{
    DDRC |= _BV(PIN_THERMOMETER);
    DDRC &= ~_BV(PIN_THERMOMETER);
    discharged_ms = now_ms;
}

void thermometer_begin(void)
{
    ADMUX = PIN_THERMOMETER;
    DIDR0 = _BV(PIN_THERMOMETER);
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); /* by 128: 125 kHz, 104 us each */
    convert(); /* the first after power-on is thrown away [ATmega328P data sheet, 24.5.2] */
    while (ADCSRA & _BV(ADSC))
        ;
    discharge(0);
}

/* Add a reading to the sum when there is one, and begin the next after a while. */
static void take(uint32_t now_ms)
{
    if (now_ms - discharged_ms < SETTLE_MS)
        return;
    convert();
    while (ADCSRA & _BV(ADSC))
        ;
    sum += ADC;
    taken++;
    discharge(now_ms);
}

bool thermometer_felt(uint16_t *mv, uint32_t now_ms)
{
    if (taken < READINGS) {
        take(now_ms);
        if (taken < READINGS)
            return false;
        *mv = (uint16_t)((sum * REFERENCE_MV + STEPS * READINGS / 2) / (STEPS * READINGS));
        return true;
    }
    if (now_ms - begun_ms >= PERIOD_MS) {
        begun_ms = now_ms;
        taken = 0;
        sum = 0;
    }
    return false;
}
