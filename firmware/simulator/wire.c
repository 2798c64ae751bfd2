#define _GNU_SOURCE
#include "wire.h"

#include <fcntl.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "chip.h"

#define GLANCE (1000 * CYCLES_A_US)
/* libsimavr counts a parity bit that 8N1 has not: 11 bits of 17 * 8 cycles. */
#define BYTE (11U * 17U * 8U)
#define SETTLE_NS 20000
#define SETTLES 150

static int master, slave; /* kept open, so that whoever reads may come and go */

static struct {
    uint8_t bytes[256];
    size_t length, next;
} heard, said;

static size_t unsettled;
static bool tears;

static bool is_garbled(void)
{
    struct termios settings;
    return tcgetattr(slave, &settings) == 0 && cfgetospeed(&settings) != B115200;
}

static void garble(uint8_t *bytes, size_t length)
{
    static uint32_t noise = 1;
    for (size_t i = 0; i < length; i++) {
        noise = noise * 1664525U + 1013904223U;
        bytes[i] = (uint8_t)(noise >> 24);
    }
}

/* What nobody takes gets lost, as on a real line. */
void wire_flush(void)
{
    if (!said.length)
        return;
    if (is_garbled())
        garble(said.bytes, said.length);
    const ssize_t written = write(master, said.bytes, said.length);
    if (written > 0)
        unsettled += (size_t)written;
    said.length = 0;
}

/* A pseudo-terminal passes bytes on by a thread of the kernel's. */
void wire_settle(void)
{
    const struct timespec moment = {.tv_nsec = SETTLE_NS};
    int readable = 0;
    for (int i = 0; i < SETTLES; i++) {
        if (ioctl(slave, FIONREAD, &readable) != 0 || (size_t)readable >= unsettled)
            break;
        nanosleep(&moment, NULL);
    }
    unsettled = 0;
}

static void on_said(uint8_t byte)
{
    said.bytes[said.length++] = byte;
    if (said.length == sizeof said.bytes)
        wire_flush();
}

static void on_byte(void);
static struct event next_byte = {.happens = on_byte};

/* One byte after the other, as fast as the line is. */
static void on_byte(void)
{
    chip_hears(heard.bytes[heard.next++], tears);
    tears = false;
    if (heard.next < heard.length)
        chip_schedule(&next_byte, chip_now() + BYTE);
}

static void on_glance(void);
static struct event glance = {.happens = on_glance};

static void on_glance(void)
{
    chip_schedule(&glance, chip_now() + GLANCE);
    wire_flush();
    if (heard.next < heard.length)
        return;
    const ssize_t length = read(master, heard.bytes, sizeof heard.bytes);
    heard.next = 0;
    heard.length = length > 0 ? (size_t)length : 0;
    if (!heard.length)
        return;
    if (is_garbled())
        garble(heard.bytes, heard.length);
    chip_schedule(&next_byte, chip_now() + BYTE);
}

void wire_tear(void)
{
    tears = true;
}

void wire_lose(void)
{
    tcflush(slave, TCOFLUSH);
    while (read(master, heard.bytes, sizeof heard.bytes) > 0)
        ;
}

const char *wire_begin(void)
{
    static char path[64];
    struct termios settings = {0};
    cfmakeraw(&settings);
    cfsetspeed(&settings, B115200);
    if (openpty(&master, &slave, path, &settings, NULL) != 0)
        return NULL;
    fcntl(master, F_SETFL, O_NONBLOCK);
    chip_speaks(on_said);
    chip_schedule(&glance, chip_now() + GLANCE);
    return path;
}
