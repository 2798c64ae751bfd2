#include "lamp.h"

#define FLASHES_EACH_MS 3000U
#define FLASH_MS 60U
#define BLINKS_EACH_MS 1000U

bool lamp_on(enum light light, bool present, bool alone, uint32_t now_ms)
{
    if (alone)
        return now_ms % FLASHES_EACH_MS < FLASH_MS;
    switch (light) {
    case LIGHT_ON:
        return true;
    case LIGHT_PRESENCE:
        return present;
    case LIGHT_BLINK:
        return now_ms % BLINKS_EACH_MS < BLINKS_EACH_MS / 2;
    case LIGHT_OFF:
    default:
        return false;
    }
}
