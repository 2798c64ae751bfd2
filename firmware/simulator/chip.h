/* An ATmega328P at 16 MHz that runs the board's own binary: the only user of libsimavr.
 *
 * Time is counted in the chip's cycles since the simulator began. Resets do not set it back. */
#ifndef LANTERN_CHIP_H
#define LANTERN_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

#define CYCLES_A_US 16U

/* Something that happens at a time, once for each `chip_schedule`. */
struct event {
    void (*happens)(void);
    uint64_t at;
    bool waits;
    struct event *next; /* the chip's own */
};

/* Power on with the program `elf`; return whether it could be read. */
bool chip_begin(const char *elf);

uint64_t chip_now(void);

/* Run until the time is `until`, or return false: the program has crashed. */
bool chip_run(uint64_t until);

/* POWER, EXTERNAL or BROWN_OUT; the watchdog timer is the chip's own. */
void chip_reset(enum reset why);

/* Have a bootloader take the reason of each reset out of its register, and hand it over in r2, as
 * optiboot does. */
void chip_boot(bool by_bootloader);

/* Stop the tick that the program counts time by, as a flipped bit would. */
void chip_upset(void);

/* Have an interrupt happen that the program never enabled. */
void chip_stray(void);

/* Let the program, where it would sleep, run in circles instead, until it may go on or is reset. */
void chip_hang(bool hangs);

void chip_schedule(struct event *event, uint64_t at);
void chip_forget(struct event *event);

/* Put a pin of the port, an input of the chip's, to `level`; it stays there. */
void chip_drive(char port, int pin, bool level);

/* Return whether the chip drives a pin high. */
bool chip_drives(char port, int pin);

/* What the chip asks and tells: `edge` is called whenever it drives that pin otherwise, `voltage`
 * for the millivolts at A0 whenever it measures them, `grounded` when it pulls a pin to ground, `sent`
 * for each byte on its serial line. */
void chip_watch(char port, int pin, void (*edge)(bool level));
void chip_senses(uint16_t (*voltage)(void));
void chip_grounds(char port, int pin, void (*grounded)(void));
void chip_speaks(void (*sent)(uint8_t byte));

/* Let a byte arrive at the chip's serial line; a torn one has no stop bit. */
void chip_hears(uint8_t byte, bool torn);

#endif
