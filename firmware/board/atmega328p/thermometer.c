#include "thermometer.h"

#include <avr/io.h>

#include "pins.h"

#define REFERENCE_MV 3300UL /* the Arduino's 3V3 pin, within 1 % */
#define STEPS 1024UL
#define READINGS 16
#define PERIOD_MS 1000

static uint8_t taken;
static uint16_t sum;
static uint32_t begun_ms;

static void convert(void)
{
    ADCSRA |= _BV(ADSC);
}

void thermometer_begin(void)
{
    ADMUX = CHANNEL_THERMOMETER;
    DIDR0 = _BV(CHANNEL_THERMOMETER);
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); /* by 128: 125 kHz, 104 us each */
    convert(); /* the first after power-on is thrown away [ATmega328P data sheet, 24.5.2] */
    while (ADCSRA & _BV(ADSC))
        ;
    convert();
}

bool thermometer_felt(uint16_t *mv, uint32_t now_ms)
{
    if (taken == READINGS) {
        if (now_ms - begun_ms < PERIOD_MS)
            return false;
        begun_ms = now_ms;
        taken = 0;
        sum = 0;
        convert();
    }
    if (ADCSRA & _BV(ADSC))
        return false;
    sum += ADC;
    if (++taken < READINGS) {
        convert();
        return false;
    }
    *mv = (uint16_t)((sum * REFERENCE_MV + STEPS * READINGS / 2) / (STEPS * READINGS));
    return true;
}
