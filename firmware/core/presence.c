#include "presence.h"

bool presence_near(bool near, uint16_t distance, uint16_t enter_mm, uint16_t leave_mm)
{
    return near ? distance <= leave_mm : distance <= enter_mm;
}
