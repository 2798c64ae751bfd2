#define _GNU_SOURCE
#include "bench.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "line.h"

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

int bench_serve(const struct simulated *board)
{
    static struct room room;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    part_from_chatter();
    room = room_empty();
    const char *const device = line_open();
    if (device == NULL) {
        perror("presence board: no pseudo-terminal");
        return EXIT_FAILURE;
    }
    if (!board->begin(&room))
        return EXIT_FAILURE;
    clock_begin(board);
    control_begin(board, &room);
    fprintf(answers, "pty %s\n", device);
    for (;;) {
        if (poll(&input, 1, clock_is_paced() ? 1 : -1) > 0 && !listen())
            return EXIT_SUCCESS;
        if (clock_is_paced())
            clock_follow();
    }
}
