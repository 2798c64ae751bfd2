#include "chip.h"

#include <string.h>

#define STEP_US 1000U
#define FEELS_EACH_MS 1000U
#define RISES_AFTER_US 450U /* an HC-SR04 sends eight waves before it begins to listen */
#define DEAD_AFTER_US 10000U

int chip_begin(struct chip *chip)
{
    *chip = (struct chip){.world = world_empty()};
    if (line_open(&chip->line) < 0)
        return -1;
    chip_reset(chip, RESET_POWER);
    return 0;
}

static uint32_t clock_ms(const struct chip *chip)
{
    return (uint32_t)((chip->time_us - chip->began_us) / 1000);
}

static void feel(struct chip *chip)
{
    board_feels(&chip->board, world_thermometer_mv(&chip->world));
}

void chip_reset(struct chip *chip, enum reset why)
{
    chip->began_us = chip->time_us;
    chip->echo_us = 0;
    chip->waiting = 0;
    board_begin(&chip->board, why, 0);
    feel(chip);
}

/* Begin a ping: what becomes of it is certain now, but heard later. */
static void ping(struct chip *chip)
{
    const struct world *const world = &chip->world;
    uint32_t takes_us = 0; /* a stuck line is seen before the ping */
    chip->pings++;
    chip->outcome = world->echo;
    chip->pulse_us = world_pulse_us(world);
    if (world->echo == ECHO_MEASURED)
        takes_us = RISES_AFTER_US + chip->pulse_us;
    else if (world->echo == ECHO_DEAD)
        takes_us = DEAD_AFTER_US;
    chip->echo_us = chip->time_us + takes_us;
}

static void sense(struct chip *chip, uint32_t now_ms)
{
    board_moved(&chip->board, chip->world.motion, now_ms);
    if (now_ms % FEELS_EACH_MS == 0)
        feel(chip);
    if (chip->echo_us != 0 && chip->time_us >= chip->echo_us) {
        chip->echo_us = 0;
        board_echoed(&chip->board, chip->outcome, (uint16_t)chip->pulse_us, now_ms);
    }
    if (board_wants_ping(&chip->board, now_ms))
        ping(chip);
}

static void hear(struct chip *chip, uint32_t now_ms)
{
    uint8_t heard[LINE_BYTES_A_MS];
    const size_t length = line_read(&chip->line, heard, sizeof heard);
    for (size_t i = 0; i < length; i++)
        board_hear(&chip->board, heard[i], now_ms);
}

static void speak(struct chip *chip, uint32_t now_ms)
{
    chip->waiting = (uint8_t)(chip->waiting +
                              board_says(&chip->board, chip->outgoing + chip->waiting,
                                         sizeof chip->outgoing - chip->waiting, now_ms));
    const uint8_t sent = chip->waiting < LINE_BYTES_A_MS ? chip->waiting : LINE_BYTES_A_MS;
    line_write(&chip->line, chip->outgoing, sent);
    chip->waiting = (uint8_t)(chip->waiting - sent);
    memmove(chip->outgoing, chip->outgoing + sent, chip->waiting);
}

/* What is sent to a chip that stands still is lost. */
static void lose(struct chip *chip)
{
    uint8_t lost[256];
    while (line_read(&chip->line, lost, sizeof lost) > 0)
        ;
}

void chip_step(struct chip *chip)
{
    if (chip->frozen) {
        lose(chip);
        return;
    }
    chip->time_us += STEP_US;
    const uint32_t now_ms = clock_ms(chip);
    hear(chip, now_ms);
    sense(chip, now_ms);
    speak(chip, now_ms);
    if (board_restarts(&chip->board) && chip->waiting == 0)
        chip_reset(chip, RESET_ASKED);
}

bool chip_lit(const struct chip *chip)
{
    return board_lit(&chip->board, clock_ms(chip));
}
