#include "wire.h"

#include <stdint.h>

#include "chip.h"
#include "line.h"

#define GLANCE (1000 * CYCLES_A_US)
/* libsimavr counts a parity bit that 8N1 has not: 11 bits of 17 * 8 cycles. */
#define BYTE (11U * 17U * 8U)

static struct {
    uint8_t bytes[256];
    size_t length, next;
} heard, said;

static bool tears;

void wire_flush(void)
{
    line_write(said.bytes, said.length);
    said.length = 0;
}

static void on_said(uint8_t byte)
{
    said.bytes[said.length++] = byte;
    if (said.length == sizeof said.bytes)
        wire_flush();
}

static void on_byte(void);
static struct event next_byte = {.happens = on_byte};

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
    heard.next = 0;
    heard.length = line_read(heard.bytes, sizeof heard.bytes);
    if (heard.length > 0)
        chip_schedule(&next_byte, chip_now() + BYTE);
}

void wire_tear(void)
{
    tears = true;
}

void wire_begin(void)
{
    chip_speaks(on_said);
    chip_schedule(&glance, chip_now() + GLANCE);
}
