/* Runs all tests of the core; fails if one does. */
#include <stdio.h>

#include "check.h"

static const char *running;
static bool failed;
static int tests, failures;

static void fail(const char *file, int line)
{
    printf("%s:%d: %s: ", file, line, running);
    failed = true;
}

void check(bool holds, const char *file, int line, const char *said)
{
    if (holds)
        return;
    fail(file, line);
    printf("expected %s\n", said);
}

void check_equal(long long got, long long expected, const char *file, int line, const char *said)
{
    if (got == expected)
        return;
    fail(file, line);
    printf("%s: expected %lld, got %lld\n", said, expected, got);
}

void run(const char *name, void (*test)(void))
{
    running = name;
    failed = false;
    test();
    tests++;
    failures += failed;
}

int main(void)
{
    framing_tests();
    measuring_tests();
    rhythm_tests();
    lamp_tests();
    conversation_tests();
    presence_tests();
    printf("%d tests of the presence board's core, %d failed\n", tests, failures);
    return failures != 0;
}
