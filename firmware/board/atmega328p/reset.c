#include "reset.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <stdint.h>

#define ASKED 0x6c616d70UL /* what memory holds by chance after power-on is hardly this */

/* Memory that beginning anew leaves alone. */
static volatile uint32_t word __attribute__((section(".noinit")));
static volatile uint8_t flags __attribute__((section(".noinit")));

/* Before main, and before anything uses r2: bootloaders clear MCUSR; optiboot hands it over in
 * that register. The watchdog timer is still on, at its shortest, if it was what bit. */
__attribute__((naked, used, section(".init3"))) static void look(void)
{
    uint8_t passed;
    __asm__ volatile("mov %0, r2" : "=r"(passed));
    const uint8_t own = MCUSR;
    MCUSR = 0;
    flags = own ? own : passed;
    wdt_disable();
}

/* Several flags may be set: of a bootloader's own reset, of slowly rising power. */
static enum reset told(uint8_t causes)
{
    if (causes & ~(_BV(PORF) | _BV(BORF) | _BV(EXTRF) | _BV(WDRF)))
        return RESET_UNKNOWN; /* r2 of a bootloader that does not hand anything over */
    if (causes & _BV(PORF))
        return RESET_POWER;
    if (causes & _BV(BORF))
        return RESET_BROWN_OUT;
    if (causes & _BV(EXTRF))
        return RESET_EXTERNAL;
    return causes & _BV(WDRF) ? RESET_WATCHDOG : RESET_UNKNOWN;
}

/* The word is certain, where what bootloaders leave of the flags is not. */
enum reset reset_cause(void)
{
    const uint32_t left = word;
    word = 0;
    return left == ASKED ? RESET_ASKED : told(flags);
}

/* An interrupt that nobody enabled, by a flipped bit for instance. The C library would begin the
 * program anew amid whatever the chip's parts are at; the watchdog timer begins them, too. */
ISR(BADISR_vect)
{
    for (;;)
        ;
}

void watchdog_begin(void)
{
    /* The longest interval and the longest pulse are 750 ms; its oscillator is within 10 %. */
    wdt_enable(WDTO_1S);
}

void watchdog_feed(void)
{
    wdt_reset();
}

void reset_now(void)
{
    cli();
    word = ASKED;
    wdt_enable(WDTO_15MS);
    wdt_reset(); /* the shorter time counts from here; libsimavr would await the longer */
    for (;;)
        ;
}
