#define _GNU_SOURCE
#include "line.h"

#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define GLANCE_NS 20000
#define MOST_GLANCES 150 /* a host that reads meanwhile, or a full line, is not waited for longer */

int line_open(struct line *line)
{
    struct termios raw = {0};
    cfmakeraw(&raw);
    cfsetspeed(&raw, B115200);
    if (openpty(&line->ours, &line->theirs, line->device, &raw, NULL) < 0)
        return -1;
    return fcntl(line->ours, F_SETFL, O_NONBLOCK);
}

/* A byte at a wrong speed comes out as another one. */
static void garble(const struct line *line, uint8_t *bytes, size_t length)
{
    struct termios now;
    const bool right = tcgetattr(line->ours, &now) == 0 && cfgetospeed(&now) == B115200;
    for (size_t i = 0; !right && i < length; i++)
        bytes[i] = (uint8_t)(bytes[i] * 37 + 11);
}

size_t line_read(const struct line *line, uint8_t *bytes, size_t room)
{
    const ssize_t length = read(line->ours, bytes, room);
    if (length <= 0)
        return 0;
    garble(line, bytes, (size_t)length);
    return (size_t)length;
}

void line_write(struct line *line, const uint8_t *bytes, size_t length)
{
    uint8_t sent[LINE_BYTES_A_MS];
    for (size_t i = 0; i < length; i++)
        sent[i] = bytes[i];
    garble(line, sent, length);
    const ssize_t taken = write(line->ours, sent, length);
    if (taken > 0)
        line->unsettled += (size_t)taken;
}

void line_settle(struct line *line)
{
    const struct timespec glance = {.tv_nsec = GLANCE_NS};
    int readable = 0;
    for (int i = 0; i < MOST_GLANCES; i++) {
        if (ioctl(line->theirs, FIONREAD, &readable) < 0 || (size_t)readable >= line->unsettled)
            break;
        nanosleep(&glance, NULL);
    }
    line->unsettled = 0;
}
