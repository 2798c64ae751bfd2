#include "air.h"

#define ZERO_DEGREES_MV 500
#define LOWEST_DC (-400)
#define HIGHEST_DC 850

bool air_felt(uint16_t thermometer_mv, int16_t *air_dc)
{
    const int32_t felt = (int32_t)thermometer_mv - ZERO_DEGREES_MV; /* 1 mV is a tenth */
    if (felt < LOWEST_DC || felt > HIGHEST_DC)
        return false;
    *air_dc = (int16_t)felt;
    return true;
}

/* An ideal gas carries sound at 331.3 m/s * sqrt(1 + T / 273.15) [331.29 m/s at 0 degrees: Wong,
 * Speed of sound in standard air, Journal of the Acoustical Society of America 79(5), 1986]. To the
 * second order that is 331.3 + 0.6064 T - 0.000555 T^2. The common 331.3 + 0.606 T stops at the
 * first and is 0.3 % too fast at 45 degrees, 11 mm in 3.5 m. */
uint32_t air_sound_cm_s(int16_t air_dc)
{
    const int32_t dc = air_dc;
    return (uint32_t)(33130 + (6064 * dc - 555 * dc * dc / 1000) / 1000);
}
