#include "sensors.h"

#include <math.h>

#include "chip.h"

#define PORT_TRIGGER 'D', 2
#define PORT_MOTION 'D', 3
#define PORT_ECHO 'B', 0
#define PORT_THERMOMETER 'C', 0

/* HC-SR04: a trigger of that long or more, then a burst, then the echo line is high until an echo
 * comes back [data sheet]. */
#define TRIGGER_US 10

static const struct room *room;
static enum sonar sonar;
static bool busy;
static uint64_t raised;
static uint64_t pings;

static void fall(void)
{
    busy = false;
    chip_drive(PORT_ECHO, false);
}

static struct event falls = {.happens = fall};

static void rise(void)
{
    chip_drive(PORT_ECHO, true);
    chip_schedule(&falls, chip_now() + (uint64_t)llround(room_pulse_us(room) * CYCLES_A_US));
}

static struct event rises = {.happens = rise};

static void trigger(bool level)
{
    if (level) {
        raised = chip_now();
        return;
    }
    if (chip_now() - raised < TRIGGER_US * CYCLES_A_US)
        return;
    pings++;
    if (sonar != SONAR_GOOD || busy)
        return;
    busy = true;
    chip_schedule(&rises, chip_now() + RISES_AFTER_US * CYCLES_A_US);
}

static uint16_t charge_mv; /* of the thermometer's pin, which it keeps when that is unplugged */

static void ground(void)
{
    charge_mv = 0;
}

/* With a millivolt or two of noise. */
static uint16_t voltage(void)
{
    static uint32_t noise = 1;
    noise = noise * 1664525U + 1013904223U;
    if (room->thermometer)
        charge_mv = (uint16_t)lround(fmax(0, room_thermometer_mv(room) + (noise >> 24) / 64.0 - 2));
    return charge_mv;
}

/* A pin in the air follows the mains, and stays at ground for a while when it was pulled there. */
#define HUM_US 10000

static bool hum_level;
static void hum(void);
static struct event hums = {.happens = hum};

static void follow_hum(bool level)
{
    hum_level = level;
    chip_drive(PORT_MOTION, level);
    chip_schedule(&hums, chip_now() + HUM_US * CYCLES_A_US);
}

static void hum(void)
{
    follow_hum(!hum_level);
}

static void ground_motion(void)
{
    if (hums.waits)
        follow_hum(false);
}

static void look_for_motion(void)
{
    if (!room->detector) {
        if (!hums.waits)
            follow_hum(false);
        return;
    }
    chip_forget(&hums);
    chip_drive(PORT_MOTION, room->motion);
}

void sensors_begin(const struct room *room_)
{
    room = room_;
    chip_watch(PORT_TRIGGER, trigger);
    chip_senses(voltage);
    chip_grounds(PORT_THERMOMETER, ground);
    chip_grounds(PORT_MOTION, ground_motion);
    chip_drive(PORT_ECHO, false);
    chip_drive(PORT_MOTION, false);
}

void sensors_power(void)
{
    chip_forget(&rises);
    chip_forget(&falls);
    busy = false;
    chip_drive(PORT_ECHO, sonar == SONAR_STUCK);
}

void sensors_look(void)
{
    look_for_motion();
    if (sonar == room->sonar)
        return;
    sonar = room->sonar;
    sensors_power();
}

uint64_t sensors_pings(void)
{
    return pings;
}
