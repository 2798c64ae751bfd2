/* The lamp: as the host asked, and the sign of a board that nobody speaks with. */
#include "check.h"
#include "lamp.h"

/* Return for how many of `ms` the lamp is on. */
static int lit_within(enum light light, bool alone, uint32_t ms)
{
    int lit = 0;
    for (uint32_t now_ms = 0; now_ms < ms; now_ms++)
        lit += lamp_on(light, false, alone, now_ms);
    return lit;
}

static void the_lamp_is_on_or_off_as_it_was_asked(void)
{
    CHECK_EQUAL(lit_within(LIGHT_OFF, false, 3000), 0);
    CHECK_EQUAL(lit_within(LIGHT_ON, false, 3000), 3000);
}

static void the_lamp_shows_presence(void)
{
    CHECK(lamp_on(LIGHT_PRESENCE, true, false, 0));
    CHECK(!lamp_on(LIGHT_PRESENCE, false, false, 0));
}

static void a_blinking_lamp_is_on_half_of_each_second(void)
{
    CHECK_EQUAL(lit_within(LIGHT_BLINK, false, 3000), 1500);
}

static void a_lonely_board_flashes_shortly_each_three_seconds_whatever_was_asked(void)
{
    for (int light = LIGHT_OFF; light <= LIGHT_BLINK; light++) {
        const int once = lit_within((enum light)light, true, 3000);
        CHECK(once > 0 && once < 200);
        CHECK_EQUAL(lit_within((enum light)light, true, 9000), 3 * once);
    }
}

void lamp_tests(void)
{
    RUN(the_lamp_is_on_or_off_as_it_was_asked);
    RUN(the_lamp_shows_presence);
    RUN(a_blinking_lamp_is_on_half_of_each_second);
    RUN(a_lonely_board_flashes_shortly_each_three_seconds_whatever_was_asked);
}
