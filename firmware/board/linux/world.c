#include "world.h"

#include <math.h>

#define TICK_US 4U            /* 16 MHz / 64 */
#define NOTHING_US 38000U     /* what an HC-SR04 answers when nothing came back */
#define REACH_MM 4500.0       /* what comes from further off it does not hear */
#define ADC_STEP_MV (3300.0 / 1024)

struct world world_empty(void)
{
    return (struct world){
        .distance_mm = INFINITY, .air_c = 20, .echo = ECHO_MEASURED, .thermometer = true};
}

/* In m/s, which are mm/ms: an ideal gas's [Wong, Journal of the Acoustical Society of America 79(5),
 * 1986]. */
static double speed_of_sound(double air_c)
{
    return 331.3 * sqrt(1 + air_c / 273.15);
}

uint32_t world_pulse_us(const struct world *world)
{
    if (world->distance_mm > REACH_MM)
        return NOTHING_US;
    const double us = 2000 * world->distance_mm / speed_of_sound(world->air_c);
    return (uint32_t)us / TICK_US * TICK_US;
}

uint16_t world_thermometer_mv(const struct world *world)
{
    if (!world->thermometer)
        return 0;
    const double step = floor(fmax(0, 500 + 10 * world->air_c) / ADC_STEP_MV);
    return (uint16_t)lround((step + 0.5) * ADC_STEP_MV);
}
