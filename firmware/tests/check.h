/* What a test needs: expectations, and a place in a list. A failed one says where, and the rest
 * goes on. */
#ifndef LANTERN_CHECK_H
#define LANTERN_CHECK_H

#include <stdbool.h>

/* Expect a condition, or that two whole numbers are the same. */
#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(got, expected) \
    check_equal((long long)(got), (long long)(expected), __FILE__, __LINE__, #got)

/* Run a test whose name is a sentence. */
#define RUN(test) run(#test, test)

void check(bool holds, const char *file, int line, const char *said);
void check_equal(long long got, long long expected, const char *file, int line, const char *said);
void run(const char *name, void (*test)(void));

void framing_tests(void);
void measuring_tests(void);
void rhythm_tests(void);
void lamp_tests(void);
void conversation_tests(void);
void presence_tests(void);

#endif
