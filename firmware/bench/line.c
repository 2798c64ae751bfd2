#define _GNU_SOURCE
#include "line.h"

#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 64
#define GLANCE_NS 20000
#define MOST_GLANCES 150 /* a host that reads meanwhile, or a full line, is not waited for longer */

static int ours, theirs; /* both kept open, so that hosts may come and go */
static size_t unsettled; /* sent since the host was last waited for */

const char *line_open(void)
{
    static char device[64];
    struct termios raw = {0};
    cfmakeraw(&raw);
    cfsetspeed(&raw, B115200);
    if (openpty(&ours, &theirs, device, &raw, NULL) < 0 || fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
        return NULL;
    return device;
}

static bool is_garbled(void)
{
    struct termios now;
    return tcgetattr(theirs, &now) != 0 || cfgetospeed(&now) != B115200;
}

static uint8_t noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525U + 1013904223U;
    return (uint8_t)(state >> 24);
}

size_t line_read(uint8_t *bytes, size_t room)
{
    const ssize_t length = read(ours, bytes, room);
    if (length <= 0)
        return 0;
    if (is_garbled())
        for (ssize_t i = 0; i < length; i++)
            bytes[i] = noise();
    return (size_t)length;
}

void line_write(const uint8_t *bytes, size_t length)
{
    const bool garbled = length > 0 && is_garbled();
    uint8_t sent[CHUNK];
    while (length > 0) {
        size_t count = 0;
        while (count < length && count < sizeof sent) {
            sent[count] = garbled ? noise() : bytes[count];
            count++;
        }
        const ssize_t taken = write(ours, sent, count);
        unsettled += taken > 0 ? (size_t)taken : 0;
        bytes += count;
        length -= count;
    }
}

/* A pseudo-terminal passes bytes on by a thread of the kernel's. */
void line_settle(void)
{
    const struct timespec glance = {.tv_nsec = GLANCE_NS};
    int readable = 0;
    for (int i = 0; i < MOST_GLANCES; i++) {
        if (ioctl(theirs, FIONREAD, &readable) < 0 || (size_t)readable >= unsettled)
            break;
        nanosleep(&glance, NULL);
    }
    unsettled = 0;
}

void line_lose(void)
{
    uint8_t lost[CHUNK];
    tcflush(theirs, TCOFLUSH);
    while (read(ours, lost, sizeof lost) > 0)
        ;
}
