#include "room.h"

#include <math.h>

#define NOTHING_US 38000.0 /* what an HC-SR04 answers when nothing came back [data sheets] */
#define REACH_MM 4500.0    /* some hear more than the 4 m they promise */

struct room room_empty(void)
{
    return (struct room){.distance_mm = INFINITY, .air_c = 20, .thermometer = true, .detector = true};
}

/* In dry air, by which 20 degrees are 343.2 m/s: sqrt(gamma R T / M). */
static double sound_mm_us(double air_c)
{
    const double gamma = 1.4, gas = 8.314462, molar_kg = 0.0289652;
    return sqrt(gamma * gas * (air_c + 273.15) / molar_kg) / 1000;
}

double room_pulse_us(const struct room *room)
{
    if (room->distance_mm > REACH_MM)
        return NOTHING_US;
    return 2 * room->distance_mm / sound_mm_us(room->air_c);
}

/* TMP36: 500 mV at 0 degrees, 10 mV a degree [data sheet]. */
double room_thermometer_mv(const struct room *room)
{
    return fmax(0, 500 + 10 * room->air_c);
}
