/* Greetings, numbers, refusals, a host's silence, and what is said when: the board with a host. */
#include "check.h"
#include "rig.h"

#define SESSION 4711

static const struct configure USUAL = {
    .interval_ms = 50, .enter_mm = 1500, .leave_mm = 2000, .silence_ms = 3000};

static struct rig rig_greeted(void)
{
    struct rig rig = rig_begun(0);
    rig_greets(&rig, SESSION);
    rig_runs(&rig, 1);
    return rig;
}

/* Say nothing but a ping now and then. */
static void rig_is_heard(struct rig *rig, uint32_t ms)
{
    for (; ms >= 1000; ms -= 1000) {
        rig_pings(rig);
        rig_runs(rig, 1000);
    }
}

static void a_board_says_hello_each_second_until_it_is_greeted(void)
{
    struct rig rig = rig_begun(0);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hellos, 1);
    rig_runs(&rig, 10000);
    CHECK_EQUAL(rig.hellos, 11);
    CHECK_EQUAL(rig.reports, 0);
    CHECK_EQUAL(rig.hello.session, 0);
    CHECK_EQUAL(rig.hello.dictionary, DICTIONARY_HASH);
}

static void a_zero_comes_before_the_first_frame_only(void)
{
    struct board board;
    uint8_t bytes[BOARD_SAYS_LONGEST];
    board_begin(&board, RESET_POWER, 0);
    CHECK_EQUAL(board_says(&board, bytes, sizeof bytes, 0), 1 + STUFFED(HELLO_SIZE));
    CHECK_EQUAL(bytes[0], 0);
    CHECK_EQUAL(board_says(&board, bytes, sizeof bytes, 1000), STUFFED(HELLO_SIZE));
    CHECK(bytes[0] != 0);
}

static void a_greeting_is_answered_at_once_and_begins_the_reports(void)
{
    struct rig rig = rig_begun(0);
    rig_runs(&rig, 500);
    rig_greets(&rig, SESSION);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hellos, 2);
    CHECK_EQUAL(rig.hello.session, SESSION);
    CHECK_EQUAL(rig.taken, rig.number);
    rig_runs(&rig, 1000);
    CHECK_EQUAL(rig.hellos, 2);
    CHECK_EQUAL(rig.report.session, SESSION);
    CHECK_EQUAL(rig.reports, 20);
}

static void a_greeting_is_taken_whatever_its_number_and_sets_the_counting(void)
{
    struct rig rig = rig_greeted();
    rig.number = 199;
    rig_greets(&rig, SESSION + 1);
    rig_lights(&rig, LIGHT_ON);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hello.session, SESSION + 1);
    CHECK_EQUAL(rig.taken, 201);
    CHECK(board_lit(&rig.board, rig.now_ms));
}

static void why_it_was_reset_is_told_in_each_hello(void)
{
    for (int why = RESET_UNKNOWN; why <= RESET_ASKED; why++) {
        struct rig rig = rig_begun(0);
        board_begin(&rig.board, (enum reset)why, 0);
        rig_greets(&rig, SESSION);
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.hello.reset, why);
    }
}

static void a_late_copy_of_the_greeting_is_answered_and_sets_no_counting_back(void)
{
    struct rig rig = rig_greeted();
    const uint8_t greeted = rig.number;
    rig_lights(&rig, LIGHT_ON);
    rig_lights(&rig, LIGHT_OFF);
    rig.number = (uint8_t)(greeted - 1);
    rig_greets(&rig, SESSION);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.taken, (uint8_t)(greeted + 2));
    rig_lights(&rig, LIGHT_ON);
    rig_runs(&rig, 1);
    CHECK(!board_lit(&rig.board, rig.now_ms));
}

static void before_a_greeting_no_command_is_taken(void)
{
    struct rig rig = rig_begun(0);
    rig_lights(&rig, LIGHT_ON);
    rig_runs(&rig, 100);
    CHECK_EQUAL(rig.reports, 0);
    CHECK(!board_lit(&rig.board, rig.now_ms));
}

static void each_command_is_answered_at_once_by_its_number(void)
{
    struct rig rig = rig_greeted();
    for (int i = 0; i < 300; i++) {
        const int reports = rig.reports;
        rig_pings(&rig);
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.taken, rig.number);
        CHECK_EQUAL(rig.reports, reports + 1);
    }
}

static void a_command_said_twice_is_carried_out_once_and_answered_twice(void)
{
    struct rig rig = rig_greeted();
    const uint8_t on[] = {LIGHT_ON}, off[] = {LIGHT_OFF};
    rig_commands(&rig, LAMP, on, 1);
    rig_runs(&rig, 1);
    rig_sends(&rig, rig.number, LAMP, off, 1);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.reports, 2);
    CHECK(board_lit(&rig.board, rig.now_ms));
}

static void a_command_with_any_other_number_is_passed_over(void)
{
    const uint8_t on[] = {LIGHT_ON};
    for (int ahead = 2; ahead < 256; ahead++) {
        struct rig rig = rig_greeted();
        rig_sends(&rig, (uint8_t)(rig.number + ahead), LAMP, on, 1);
        rig_runs(&rig, 10);
        CHECK_EQUAL(rig.reports, 0);
        CHECK_EQUAL(rig.taken, rig.number);
        CHECK(!board_lit(&rig.board, rig.now_ms));
    }
}

/* Return how a command is refused; it is taken all the same. */
static int refusal_of(struct rig *rig, uint8_t type, const uint8_t *payload, uint8_t length)
{
    rig_commands(rig, type, payload, length);
    rig_runs(rig, 1);
    CHECK_EQUAL(rig->taken, rig->number);
    return rig->report.refusal;
}

static void what_cannot_be_carried_out_is_refused_by_name(void)
{
    struct rig rig = rig_greeted();
    const uint8_t zeros[LONGEST_PAYLOAD] = {0}, dazzle[] = {LIGHT_BLINK + 1};
    CHECK_EQUAL(refusal_of(&rig, 0x55, zeros, 0), REFUSAL_UNKNOWN_TYPE);
    CHECK_EQUAL(refusal_of(&rig, HELLO, zeros, HELLO_SIZE), REFUSAL_UNKNOWN_TYPE);
    CHECK_EQUAL(refusal_of(&rig, LAMP, zeros, 2), REFUSAL_WRONG_LENGTH);
    CHECK_EQUAL(refusal_of(&rig, LAMP, dazzle, 1), REFUSAL_OUT_OF_RANGE);
    CHECK_EQUAL(refusal_of(&rig, PING, zeros, 1), REFUSAL_WRONG_LENGTH);
    CHECK_EQUAL(refusal_of(&rig, RESTART, zeros, 1), REFUSAL_WRONG_LENGTH);
    CHECK_EQUAL(refusal_of(&rig, CONFIGURE, zeros, CONFIGURE_SIZE), REFUSAL_OUT_OF_RANGE);
    CHECK_EQUAL(refusal_of(&rig, CONFIGURE, zeros, LONGEST_PAYLOAD), REFUSAL_WRONG_LENGTH);
    CHECK_EQUAL(refusal_of(&rig, GREET, zeros, GREET_SIZE), REFUSAL_OUT_OF_RANGE);
    CHECK_EQUAL(refusal_of(&rig, PING, zeros, PING_SIZE), REFUSAL_NONE);
    CHECK(!board_restarts(&rig.board));
}

static void a_greeting_forgets_what_was_refused_before(void)
{
    struct rig rig = rig_greeted();
    CHECK_EQUAL(refusal_of(&rig, 0x55, (const uint8_t *)"", 0), REFUSAL_UNKNOWN_TYPE);
    rig_greets(&rig, SESSION + 1);
    rig_runs(&rig, 100);
    CHECK_EQUAL(rig.report.session, SESSION + 1);
    CHECK_EQUAL(rig.report.refusal, REFUSAL_NONE);
}

static void leaving_nearer_than_entering_is_refused_and_changes_nothing(void)
{
    struct rig rig = rig_greeted();
    struct configure settings = USUAL;
    rig_runs(&rig, 500);
    settings.interval_ms = 500;
    settings.leave_mm = settings.enter_mm - 1;
    rig_configures(&rig, &settings);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.report.refusal, REFUSAL_OUT_OF_RANGE);
    const int pings = rig.pings;
    rig_runs(&rig, 1000);
    CHECK_EQUAL(rig.pings - pings, 20);
}

static void the_interval_is_the_one_that_was_asked_for(void)
{
    struct rig rig = rig_greeted();
    struct configure settings = USUAL;
    settings.interval_ms = 200;
    rig_configures(&rig, &settings);
    rig_runs(&rig, 1000);
    const int pings = rig.pings;
    rig_is_heard(&rig, 10000);
    CHECK_EQUAL(rig.pings - pings, 50);
}

static void no_two_reports_have_the_same_time(void)
{
    struct rig rig = rig_greeted();
    uint8_t bytes[BOARD_SAYS_LONGEST];
    rig_pings(&rig);
    rig_runs(&rig, 1);
    rig_pings(&rig);
    CHECK_EQUAL(board_says(&rig.board, bytes, sizeof bytes, rig.now_ms), 0);
    CHECK(board_says(&rig.board, bytes, sizeof bytes, rig.now_ms + 1) > 0);
}

static void a_frame_waits_for_room_and_is_never_cut(void)
{
    struct rig rig = rig_greeted();
    uint8_t bytes[BOARD_SAYS_LONGEST];
    rig_pings(&rig);
    for (size_t room = 0; room < STUFFED(REPORT_SIZE); room++)
        CHECK_EQUAL(board_says(&rig.board, bytes, room, rig.now_ms + 1), 0);
    CHECK_EQUAL(board_says(&rig.board, bytes, STUFFED(REPORT_SIZE), rig.now_ms + 1),
                STUFFED(REPORT_SIZE));
}

static void what_was_no_frame_is_counted_in_the_reports(void)
{
    struct rig rig = rig_greeted();
    const uint8_t noise[] = {0x11, 0x22, 0x33, 0x00};
    for (size_t i = 0; i < sizeof noise; i++)
        board_hear(&rig.board, noise[i], rig.now_ms);
    rig_pings(&rig);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.report.spoiled, 1);
}

static void a_silent_host_leaves_the_board_alone_and_is_told_so(void)
{
    struct rig rig = rig_greeted();
    rig_runs(&rig, 2998);
    CHECK_EQUAL(rig.report.alone, 0);
    rig_runs(&rig, 2);
    CHECK_EQUAL(rig.report.alone, 1);
    const int reports = rig.reports, pings = rig.pings;
    rig_runs(&rig, 10000);
    CHECK_EQUAL(rig.reports - reports, 10);
    CHECK_EQUAL(rig.pings - pings, 200);
}

static void a_lonely_board_still_tells_at_once_who_comes(void)
{
    struct rig rig = rig_greeted();
    rig_runs(&rig, 5100);
    rig_comes(&rig, 1000);
    rig_runs(&rig, 75);
    CHECK_EQUAL(rig.report.present, 1);
    CHECK_EQUAL(rig.report.alone, 1);
}

static void noise_is_no_sign_of_life_but_any_frame_is(void)
{
    struct rig rig = rig_greeted();
    const uint8_t noise[] = {0x11, 0x22, 0x33, 0x00};
    for (int i = 0; i < 4; i++) {
        rig_runs(&rig, 1000);
        board_hear(&rig.board, noise[i], rig.now_ms);
    }
    CHECK_EQUAL(rig.report.alone, 1);
    rig_sends(&rig, (uint8_t)(rig.number + 99), 0x66, noise, 1);
    rig_runs(&rig, 100);
    CHECK_EQUAL(rig.report.alone, 0);
}

static void silence_is_as_long_as_it_was_configured(void)
{
    struct rig rig = rig_greeted();
    struct configure settings = USUAL;
    settings.silence_ms = 500;
    rig_configures(&rig, &settings);
    rig_runs(&rig, 499);
    CHECK_EQUAL(rig.report.alone, 0);
    rig_runs(&rig, 2);
    CHECK_EQUAL(rig.report.alone, 1);
}

static void a_board_stays_alone_when_the_clock_comes_round_to_where_it_was_heard(void)
{
    struct rig rig = rig_greeted();
    rig_runs(&rig, 5000);
    rig.now_ms -= 4500; /* as far as a u32 tells, 49.7 days later */
    rig_runs(&rig, 100);
    CHECK_EQUAL(rig.board.conversation.alone, 1);
}

static void why_it_was_alone_is_told_until_the_host_has_shown_that_it_heard(void)
{
    struct rig rig = rig_greeted();
    rig_runs(&rig, 5000);
    for (int lost = 0; lost < 2; lost++) {
        rig_greets(&rig, (uint16_t)(SESSION + 1 + lost));
        rig_runs(&rig, 1);
        CHECK_EQUAL(rig.hello.latched, LATCHED_HOST_SILENT);
    }
    rig_configures(&rig, &USUAL);
    rig_greets(&rig, SESSION + 3);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hello.latched, LATCHED_NOTHING);
}

static void why_it_was_alone_outlives_commands_of_a_host_that_was_not_told(void)
{
    struct rig rig = rig_greeted();
    rig_runs(&rig, 5000);
    rig_configures(&rig, &USUAL);
    rig_greets(&rig, SESSION + 1);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hello.latched, LATCHED_HOST_SILENT);
}

static void a_board_that_was_never_greeted_is_alone_but_has_nobody_to_blame(void)
{
    struct rig rig = rig_begun(0);
    rig_runs(&rig, 6000);
    CHECK(board_lit(&rig.board, 6000));
    CHECK(!board_lit(&rig.board, 6500));
    rig_greets(&rig, SESSION);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.hello.latched, LATCHED_NOTHING);
}

static void a_restart_is_answered_before_it_happens(void)
{
    struct rig rig = rig_greeted();
    rig_commands(&rig, RESTART, (const uint8_t *)"", RESTART_SIZE);
    CHECK(!board_restarts(&rig.board));
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.taken, rig.number);
    CHECK_EQUAL(rig.report.refusal, REFUSAL_NONE);
    CHECK(board_restarts(&rig.board));
}

static void a_board_that_restarts_takes_nothing_more(void)
{
    struct rig rig = rig_greeted();
    rig_commands(&rig, RESTART, (const uint8_t *)"", RESTART_SIZE);
    rig_lights(&rig, LIGHT_ON);
    rig_greets(&rig, SESSION + 1);
    rig_runs(&rig, 1);
    CHECK_EQUAL(rig.report.session, SESSION);
    CHECK(board_restarts(&rig.board));
    CHECK(!board_lit(&rig.board, rig.now_ms));
}

static void a_conversation_goes_on_when_the_clock_wraps_around(void)
{
    struct rig rig = rig_begun(UINT32_MAX - 5000);
    rig_greets(&rig, SESSION);
    rig_runs(&rig, 1);
    rig_is_heard(&rig, 10000);
    CHECK(rig.report.at_ms < 10000);
    CHECK_EQUAL(rig.report.alone, 0);
    CHECK_EQUAL(rig.taken, rig.number);
    rig_runs(&rig, 2999);
    CHECK_EQUAL(rig.report.alone, 1);
}

void conversation_tests(void)
{
    RUN(a_board_says_hello_each_second_until_it_is_greeted);
    RUN(a_zero_comes_before_the_first_frame_only);
    RUN(a_greeting_is_answered_at_once_and_begins_the_reports);
    RUN(a_greeting_is_taken_whatever_its_number_and_sets_the_counting);
    RUN(why_it_was_reset_is_told_in_each_hello);
    RUN(a_late_copy_of_the_greeting_is_answered_and_sets_no_counting_back);
    RUN(before_a_greeting_no_command_is_taken);
    RUN(each_command_is_answered_at_once_by_its_number);
    RUN(a_command_said_twice_is_carried_out_once_and_answered_twice);
    RUN(a_command_with_any_other_number_is_passed_over);
    RUN(what_cannot_be_carried_out_is_refused_by_name);
    RUN(a_greeting_forgets_what_was_refused_before);
    RUN(leaving_nearer_than_entering_is_refused_and_changes_nothing);
    RUN(the_interval_is_the_one_that_was_asked_for);
    RUN(no_two_reports_have_the_same_time);
    RUN(a_frame_waits_for_room_and_is_never_cut);
    RUN(what_was_no_frame_is_counted_in_the_reports);
    RUN(a_silent_host_leaves_the_board_alone_and_is_told_so);
    RUN(a_lonely_board_still_tells_at_once_who_comes);
    RUN(noise_is_no_sign_of_life_but_any_frame_is);
    RUN(silence_is_as_long_as_it_was_configured);
    RUN(a_board_stays_alone_when_the_clock_comes_round_to_where_it_was_heard);
    RUN(why_it_was_alone_is_told_until_the_host_has_shown_that_it_heard);
    RUN(why_it_was_alone_outlives_commands_of_a_host_that_was_not_told);
    RUN(a_board_that_was_never_greeted_is_alone_but_has_nobody_to_blame);
    RUN(a_restart_is_answered_before_it_happens);
    RUN(a_board_that_restarts_takes_nothing_more);
    RUN(a_conversation_goes_on_when_the_clock_wraps_around);
}
