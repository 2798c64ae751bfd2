/* The presence board as a process: prints "pty DEVICE", then obeys the lines of `control.h` until
 * its standard input ends. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chip.h"
#include "control.h"

#define HURRIES_MS 1000 /* further behind the real time than this, the chip gives up to catch up */

struct console {
    char line[128];
    size_t length;
};

static uint64_t real_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void obey(struct control *control, const char *line)
{
    char answer[256];
    control_order(control, line, answer, sizeof answer);
    puts(answer);
}

/* Read what came and obey its whole lines; return false when there is no more to come. */
static bool listen(struct console *console, struct control *control)
{
    const ssize_t length = read(STDIN_FILENO, console->line + console->length,
                                sizeof console->line - 1 - console->length);
    if (length <= 0)
        return false;
    console->length += (size_t)length;
    char *end;
    while ((end = memchr(console->line, '\n', console->length)) != NULL) {
        *end++ = '\0';
        obey(control, console->line);
        console->length -= (size_t)(end - console->line);
        memmove(console->line, end, console->length);
    }
    return console->length < sizeof console->line - 1;
}

/* Let the chip's time pass up to the real one. */
static void keep_pace(struct chip *chip, uint64_t *reached_ms)
{
    const uint64_t now_ms = real_ms();
    if (now_ms - *reached_ms > HURRIES_MS)
        *reached_ms = now_ms;
    for (; *reached_ms < now_ms; ++*reached_ms)
        chip_step(chip);
}

int main(void)
{
    static struct chip chip;
    struct control control = {.chip = &chip, .paced = true};
    struct console console = {.length = 0};
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (chip_begin(&chip) < 0) {
        perror("presence board: no pseudo-terminal");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("pty %s\n", chip.line.device);
    uint64_t reached_ms = real_ms();
    for (;;) {
        if (poll(&input, 1, control.paced ? 1 : -1) > 0 && !listen(&console, &control))
            return 0;
        if (control.paced)
            keep_pace(&chip, &reached_ms);
        else
            reached_ms = real_ms();
    }
}
