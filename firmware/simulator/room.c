#include "room.h"

#include <math.h>

#include "chip.h"

#define PORT_TRIGGER 'D', 2
#define PORT_MOTION 'D', 3
#define PORT_ECHO 'B', 0

/* HC-SR04: a trigger of 10 us or more, then a burst, then the echo line is high until an echo comes
 * back, or 38 ms [data sheets; 450 us was measured between trigger and pulse]. */
#define TRIGGER_US 10
#define BURST_US 450
#define DEAF_US 38000.0
#define REACH_MM 4500.0 /* some make more than the 4 m they promise */

static double distance_mm = NOBODY_MM;
static double air_c = 20;
static bool plugged = true;
static enum sensor sensor = SENSOR_GOOD;
static bool busy;
static uint64_t raised;
static uint32_t pings;

/* In dry air, by which 20 degrees are 343.2 m/s: sqrt(gamma R T / M). */
static double sound_mm_us(void)
{
    const double gamma = 1.4, gas = 8.314462, molar_kg = 0.0289652;
    return sqrt(gamma * gas * (air_c + 273.15) / molar_kg) / 1000;
}

static double pulse_us(void)
{
    if (distance_mm < 0 || distance_mm > REACH_MM)
        return DEAF_US;
    return 2 * distance_mm / sound_mm_us();
}

static void fall(void)
{
    busy = false;
    chip_drive(PORT_ECHO, false);
}

static struct event falls = {.happens = fall};

static void rise(void)
{
    chip_drive(PORT_ECHO, true);
    chip_schedule(&falls, chip_now() + (uint64_t)llround(pulse_us() * CYCLES_A_US));
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
    if (sensor != SENSOR_GOOD || busy)
        return;
    busy = true;
    chip_schedule(&rises, chip_now() + BURST_US * CYCLES_A_US);
}

static uint16_t charge_mv; /* of the thermometer's pin, which it keeps when that is unplugged */

static void ground(void)
{
    charge_mv = 0;
}

/* TMP36: 500 mV at 0 degrees, 10 mV a degree [data sheet], with a millivolt or two of noise. */
static uint16_t voltage(void)
{
    static uint32_t noise = 1;
    noise = noise * 1664525U + 1013904223U;
    if (plugged)
        charge_mv = (uint16_t)lround(500 + 10 * air_c + (noise >> 24) / 64.0 - 2);
    return charge_mv;
}

void room_begin(void)
{
    chip_watch(PORT_TRIGGER, trigger);
    chip_senses(voltage, ground);
    chip_drive(PORT_ECHO, false);
    chip_drive(PORT_MOTION, false);
}

void room_stand(double distance)
{
    distance_mm = distance;
}

void room_power(void)
{
    chip_forget(&rises);
    chip_forget(&falls);
    busy = false;
    chip_drive(PORT_ECHO, sensor == SENSOR_STUCK);
}

void room_sensor(enum sensor sensor_)
{
    if (sensor == sensor_)
        return;
    sensor = sensor_;
    room_power();
}

void room_warm(double celsius)
{
    air_c = celsius;
}

void room_thermometer(bool plugged_)
{
    plugged = plugged_;
}

void room_move(bool moving)
{
    chip_drive(PORT_MOTION, moving);
}

uint32_t room_pings(void)
{
    return pings;
}
