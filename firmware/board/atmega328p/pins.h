/* Which pin of an Arduino Nano or Uno is what: firmware/wiring.svg in C. */
#ifndef LANTERN_PINS_H
#define LANTERN_PINS_H

#include <avr/io.h>

#define PIN_TRIGGER PD2 /* D2, of port D */
#define PIN_MOTION PD3 /* D3, of port D: high while the detector sees somebody move */
#define PIN_ECHO PB0 /* D8, of port B: the pin that Timer 1 captures, ICP1 */
#define PIN_LAMP PB1 /* D9, of port B */
#define PIN_LAMP_ON_BOARD PB5 /* D13, of port B: the Arduino's own "L" */
#define PIN_THERMOMETER PC0 /* A0, of port C; channel 0 of the converter */

#endif
