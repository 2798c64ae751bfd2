/* The presence board's binary for the ATmega328P, in a simulated room: lantern-simulator ELF
 *
 * Prints "pty DEVICE", the board's serial line, then obeys the lines of `control.h` until its
 * standard input ends. What libsimavr has to say goes to standard error. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chip.h"
#include "clock.h"
#include "control.h"
#include "room.h"
#include "wire.h"

static FILE *answers;

/* libsimavr prints on standard output, which is for answers. */
static void part_from_chatter(void)
{
    answers = fdopen(dup(STDOUT_FILENO), "w");
    setvbuf(answers, NULL, _IOLBF, 0);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

static void obey(const char *line)
{
    char answer[256];
    control_order(line, answer, sizeof answer);
    fprintf(answers, "%s\n", answer);
}

/* Read what came and obey its whole lines; return false when there is no more to come. */
static bool listen(void)
{
    static char line[128];
    static size_t length;
    const ssize_t count = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
    if (count <= 0)
        return false;
    length += (size_t)count;
    char *end;
    while ((end = memchr(line, '\n', length)) != NULL) {
        *end++ = '\0';
        obey(line);
        length -= (size_t)(end - line);
        memmove(line, end, length);
    }
    return length < sizeof line - 1;
}

static int serve(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        if (poll(&input, 1, clock_is_paced() ? 1 : -1) > 0 && !listen())
            return EXIT_SUCCESS;
        if (clock_is_paced())
            clock_follow();
    }
}

int main(int count, char **arguments)
{
    part_from_chatter();
    if (count != 2 || !chip_begin(arguments[1])) {
        fprintf(stderr, "usage: lantern-simulator ELF\n");
        return EXIT_FAILURE;
    }
    room_begin();
    const char *const device = wire_begin();
    if (device == NULL) {
        perror("presence board: no pseudo-terminal");
        return EXIT_FAILURE;
    }
    clock_pace(true);
    fprintf(answers, "pty %s\n", device);
    return serve();
}
