#include "chip.h"

#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_regbit.h>
#include <stdio.h>
#include <stdlib.h>

#define PLUS_MV 5000
#define AREF_MV 3300 /* what wiring.svg puts there */
#define HALF_STEP_MV 2 /* the converter rounds [ATmega328P data sheet, 24.7], libsimavr cuts off */

/* Registers by their addresses in memory, and flags [ATmega328P data sheet, 36]. */
#define PORTB_ADDRESS 0x25
#define PORTD_ADDRESS 0x2B
#define MCUSR_ADDRESS 0x54
#define EICRA_ADDRESS 0x69
#define BY_EDGES 0x0F
#define TIMSK0_ADDRESS 0x6E
#define ADMUX_ADDRESS 0x7C
#define MEMORY_BEGIN 0x100
#define R2_ADDRESS 0x02
#define TIMER2_OVERFLOW 9 /* the vector's number */

#define SLEEP 0x9588U
#define CIRCLE 0xCFFFU /* rjmp to itself */

static const uint8_t FLAG[] = {
    [RESET_POWER] = 1 << 0, [RESET_EXTERNAL] = 1 << 1, [RESET_BROWN_OUT] = 1 << 2};

static avr_t *avr;
static uint64_t before; /* cycles until the last reset, where libsimavr counts them anew */
static bool was_reset;
static bool by_bootloader;
static void (*core_reset)(avr_t *chip);
static struct event *events;
static void (*edge)(bool level);
static uint16_t (*voltage)(void);
static void (*sent)(uint8_t byte);

static struct {
    char port;
    int pin;
    bool level;
} driven[4];
static int driven_count;

uint64_t chip_now(void)
{
    return before + avr->cycle;
}

static avr_cycle_count_t fire(avr_t *chip, avr_cycle_count_t when, void *event_)
{
    struct event *const event = event_;
    (void)chip, (void)when;
    event->waits = false;
    event->happens();
    return 0;
}

static void arm(struct event *event)
{
    const uint64_t now = chip_now();
    avr_cycle_timer_register(avr, event->at > now ? event->at - now : 1, fire, event);
}

static bool is_known(const struct event *event)
{
    for (const struct event *known = events; known; known = known->next)
        if (known == event)
            return true;
    return false;
}

void chip_schedule(struct event *event, uint64_t at)
{
    if (!is_known(event)) {
        event->next = events;
        events = event;
    }
    event->at = at;
    event->waits = true;
    arm(event);
}

void chip_forget(struct event *event)
{
    event->waits = false;
    avr_cycle_timer_cancel(avr, fire, event);
}

static avr_irq_t *pin_of(char port, int pin)
{
    return avr_io_getirq(avr, (uint32_t)AVR_IOCTL_IOPORT_GETIRQ(port), pin);
}

/* A reset forgets the levels of the pins, and a level that a pin has already is not told again. */
static void drive(char port, int pin, bool level)
{
    avr_irq_t *const irq = pin_of(port, pin);
    irq->value = !level;
    avr_raise_irq(irq, level);
}

/* Levels from outside win over pull-ups. */
static void hold(char port)
{
    avr_ioport_external_t external = {.name = (unsigned)port & 0x7FU};
    for (int i = 0; i < driven_count; i++) {
        if (driven[i].port != port)
            continue;
        external.mask |= 1U << driven[i].pin & 0xFFU;
        external.value |= (unsigned)driven[i].level << driven[i].pin & 0xFFU;
    }
    avr_ioctl(avr, (uint32_t)AVR_IOCTL_IOPORT_SET_EXTERNAL(port), &external);
}

static int place_of(char port, int pin)
{
    int i = 0;
    while (i < driven_count && (driven[i].port != port || driven[i].pin != pin))
        i++;
    if (i == driven_count)
        driven_count++;
    return i;
}

void chip_drive(char port, int pin, bool level)
{
    const int i = place_of(port, pin);
    driven[i].port = port;
    driven[i].pin = pin;
    driven[i].level = level;
    hold(port);
    avr_raise_irq(pin_of(port, pin), level);
}

bool chip_drives(char port, int pin)
{
    return avr->data[port == 'B' ? PORTB_ADDRESS : PORTD_ADDRESS] >> pin & 1;
}

static void hand_over(void)
{
    avr->data[R2_ADDRESS] = avr->data[MCUSR_ADDRESS];
    avr->data[MCUSR_ADDRESS] = 0;
}

/* libsimavr forgets its timers at a reset; the world goes on. Interrupts by low levels of D2 and D3
 * it looks out for all the time, which takes most of it; the program has none. */
static void go_on(void)
{
    was_reset = false;
    avr->data[EICRA_ADDRESS] = BY_EDGES;
    chip_hang(false);
    if (by_bootloader)
        hand_over();
    for (struct event *event = events; event; event = event->next)
        if (event->waits)
            arm(event);
    for (int i = 0; i < driven_count; i++)
        drive(driven[i].port, driven[i].pin, driven[i].level);
}

static void on_reset(avr_t *chip)
{
    was_reset = true;
    if (core_reset)
        core_reset(chip);
}

static void nothing(void)
{
}

bool chip_run(uint64_t until)
{
    static struct event horizon = {.happens = nothing}; /* a sleeping chip runs up to an event */
    chip_schedule(&horizon, until);
    while (chip_now() < until) {
        const uint64_t cycle = avr->cycle;
        const int state = avr_run(avr);
        if (avr->cycle < cycle) /* some versions begin anew at 0 */
            before += cycle;
        if (was_reset)
            go_on();
        if (state == cpu_Done || state == cpu_Crashed)
            return false;
    }
    return true;
}

/* What memory holds after power-on is anybody's guess. */
static void scramble(void)
{
    static uint32_t noise = 1;
    for (uint32_t at = MEMORY_BEGIN; at <= avr->ramend; at++) {
        noise = noise * 1664525U + 1013904223U;
        avr->data[at] = (uint8_t)(noise >> 24);
    }
}

void chip_reset(enum reset why)
{
    const uint64_t cycle = avr->cycle;
    avr_reset(avr);
    if (avr->cycle < cycle)
        before += cycle;
    if (why == RESET_POWER)
        scramble();
    avr->data[MCUSR_ADDRESS] = FLAG[why];
    go_on();
}

void chip_boot(bool by_bootloader_)
{
    by_bootloader = by_bootloader_;
}

void chip_upset(void)
{
    avr->data[TIMSK0_ADDRESS] = 0;
}

void chip_stray(void)
{
    for (int i = 0; i < avr->interrupts.vector_count; i++) {
        avr_int_vector_t *const vector = avr->interrupts.vector[i];
        if (vector->vector != TIMER2_OVERFLOW)
            continue;
        avr_regbit_set(avr, vector->enable);
        avr_raise_interrupt(avr, vector);
    }
}

static uint16_t *instruction(uint16_t opcode)
{
    uint16_t *const flash = (uint16_t *)(void *)avr->flash;
    for (uint32_t i = 0; i < (avr->flashend + 1) / 2; i++)
        if (flash[i] == opcode)
            return &flash[i];
    return NULL;
}

void chip_hang(bool hangs)
{
    static uint16_t *where;
    if (where == NULL)
        where = instruction(SLEEP);
    if (where != NULL)
        *where = hangs ? CIRCLE : SLEEP;
}

static void on_edge(avr_irq_t *irq, uint32_t level, void *unused)
{
    (void)irq, (void)unused;
    edge(level & 1);
}

void chip_watch(char port, int pin, void (*edge_)(bool level))
{
    edge = edge_;
    avr_irq_register_notify(pin_of(port, pin), on_edge, NULL);
}

static void on_conversion(avr_irq_t *irq, uint32_t mux, void *unused)
{
    (void)irq, (void)mux, (void)unused;
    if (avr->data[ADMUX_ADDRESS] >> 6) {
        fprintf(stderr, "AREF: shorted, since the program chose another reference\n");
        exit(EXIT_FAILURE);
    }
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0),
                  voltage() + HALF_STEP_MV);
}

void chip_senses(uint16_t (*voltage_)(void))
{
    voltage = voltage_;
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER),
                            on_conversion, NULL);
}

/* A pin that is an output is pulled to ground: none of these is ever driven high. */
static struct ground {
    int pin;
    void (*grounded)(void);
} grounds[2];
static int ground_count;

static void on_direction(avr_irq_t *irq, uint32_t outputs, void *ground_)
{
    const struct ground *const ground = ground_;
    (void)irq;
    if (outputs >> ground->pin & 1)
        ground->grounded();
}

void chip_grounds(char port, int pin, void (*grounded)(void))
{
    struct ground *const ground = &grounds[ground_count++];
    *ground = (struct ground){pin, grounded};
    avr_irq_register_notify(pin_of(port, IOPORT_IRQ_DIRECTION_ALL), on_direction, ground);
}

static void on_sent(avr_irq_t *irq, uint32_t byte, void *unused)
{
    (void)irq, (void)unused;
    sent((uint8_t)byte);
}

void chip_speaks(void (*sent_)(uint8_t byte))
{
    sent = sent_;
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
                            on_sent, NULL);
}

void chip_hears(uint8_t byte, bool torn)
{
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT),
                  torn ? byte | (uint32_t)UART_INPUT_FE : byte);
}

static void doze(avr_t *chip, avr_cycle_count_t cycles)
{
    (void)chip, (void)cycles; /* time is advanced by whoever calls chip_run */
}

bool chip_begin(const char *elf)
{
    elf_firmware_t firmware = {0};
    if (elf_read_firmware(elf, &firmware) != 0)
        return false;
    avr = avr_make_mcu_by_name("atmega328p");
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    avr->frequency = CYCLES_A_US * 1000000U;
    avr->vcc = avr->avcc = PLUS_MV;
    avr->aref = AREF_MV;
    avr->sleep = doze;
    core_reset = avr->reset;
    avr->reset = on_reset;
    uint32_t flags = 0; /* neither prints what is sent nor sleeps when it is polled */
    avr_ioctl(avr, (uint32_t)AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    chip_reset(RESET_POWER);
    return true;
}
