"""The host's side of the conversation, rule by rule; the test is the board, and the clock."""

from __future__ import annotations

import math
import re

import msgspec
import pytest

from lantern.link.framing import Deframer, encode
from lantern.link.hearing import FLOOD
from lantern.link.messages import (
    COMMANDS,
    DICTIONARY_HASH,
    Configure,
    Echo,
    Greet,
    Hello,
    Lamp,
    Latched,
    Light,
    Message,
    Ping,
    Refusal,
    Report,
    Reset,
    Restart,
)
from lantern.link.session import (
    BOOT_S,
    CALL_S,
    LOST_S,
    REPEAT_S,
    REPEATS,
    STRANGER_S,
    Session,
)

CONFIGURE = Configure(50, 1500, 2000, 0, 0, 3000)
LAMP = Lamp(Light.PRESENCE)
TYPES = {message.type: message for message in COMMANDS}

HELLO = Hello(0, 1, 2, 3, DICTIONARY_HASH, Reset.POWER, Latched.NOTHING)
REPORT = Report(0, 0, Refusal.NONE, 0, 0, 0, Echo.MEASURED, 1000, 200, 0, 0)


class Line:
    """A session, and a board whose every word the test says.

    `number` is that of the last command, `session` the name in the last greeting.
    """

    def __init__(self, first: int = 7) -> None:
        self.session = Session(CONFIGURE, LAMP, first=first)
        self.now = 100.0
        self.number = self.name = 0
        self.at_ms = 5000
        self._heard = Deframer()
        self.session.begin(self.now)

    def said(self) -> list[type[Message]]:
        """Return what kinds of commands the session says now."""
        frames = list(self._heard.feed(self.session.says(self.now)))
        for frame in frames:
            self.number = frame.number
            if frame.type == Greet.type:
                self.name = int.from_bytes(frame.payload, "little")
        return [TYPES[frame.type] for frame in frames]

    def during(self, seconds: float) -> list[tuple[float, type[Message]]]:
        """Return what it says in that time, and after how much of it, asked when it is due."""
        began, said = self.now, []
        while self.session.due <= began + seconds:
            self.now = max(self.now, self.session.due)
            said += [(round(self.now - began, 3), kind) for kind in self.said()]
        self.now = began + seconds
        return said

    def tell(self, message: Message, number: int | None = None) -> list[Report]:
        """Let the board say something."""
        frame = message.frame(self.number if number is None else number)
        return self.session.hear(encode(frame), self.now)

    def hello(self, session: int | None = None, **changes: object) -> list[Report]:
        name = self.name if session is None else session
        return self.tell(msgspec.structs.replace(HELLO, session=name, **changes))

    def report(self, number: int | None = None, **changes: object) -> list[Report]:
        self.at_ms += 50
        fields = {"session": self.name, "at_ms": self.at_ms, **changes}
        return self.tell(msgspec.structs.replace(REPORT, **fields), number)

    def meet(self, **changes: object) -> None:
        """Let the board do what it ought to, until it has all that is wished."""
        assert self.said() == [Greet]
        self.hello(**changes)
        for command in (Configure, Lamp):
            assert self.said() == [command]
            self.report()
        assert self.session.is_met

    def go_on(self, seconds: float) -> None:
        """Let the board report, and take each command."""
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.said()
            self.report()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def met(line: Line) -> Line:
    line.meet()
    return line


def test_who_is_greeted_is_configured_and_lit_one_command_at_a_time(line):
    assert line.said() == [Greet]
    assert line.name == 7
    assert line.said() == []
    line.hello()
    assert line.session.greeted == 1
    assert line.said() == [Configure]
    assert line.said() == []
    line.report()
    assert not line.session.is_met
    assert line.said() == [Lamp]
    line.report()
    assert line.session.is_met
    assert line.said() == []


def test_an_open_line_is_greeted_once_then_left_to_a_bootloader_then_called_each_second(line):
    said = line.during(BOOT_S + 2.5 * CALL_S)
    assert said == [(at, Greet) for at in (0, BOOT_S, BOOT_S + CALL_S, BOOT_S + 2 * CALL_S)]


def test_a_board_that_is_heard_beginning_is_greeted_at_once_and_soon_again(line):
    line.said()
    line.now += 1.3
    line.hello(session=0)
    assert line.during(0.35) == [(0, Greet), (0.1, Greet), (0.2, Greet), (0.3, Greet)]


def test_a_command_without_an_answer_is_repeated_and_then_the_board_greeted_by_another_name(line):
    line.said()
    line.hello()
    line.now += 0.001
    said = line.during((REPEATS + 1.5) * REPEAT_S)
    expected = [(round(n * REPEAT_S, 3), Configure) for n in range(REPEATS + 1)]
    assert said == [*expected, (round((REPEATS + 1) * REPEAT_S, 3), Greet)]
    assert line.name == 8


def test_a_command_has_the_same_number_when_it_is_repeated_and_the_next_one_the_next(line):
    line.said()
    line.hello()
    line.said()
    number = line.number
    line.during(0.25)
    assert line.number == number
    line.report()
    line.said()
    assert line.number == (number + 1) % 256


def test_names_of_conversations_never_are_zero():
    line = Line(first=65535)
    line.meet()
    assert line.name == 65535
    line.hello(session=0)
    assert line.said() == [Greet]
    assert line.name == 1


def test_numbers_of_commands_wrap_around(met):
    numbers = set()
    for _ in range(600):
        met.now += 1.0
        assert met.said() == [Ping]
        numbers.add(met.number)
        met.report()
    assert numbers == set(range(256))


def test_the_board_hears_something_each_third_of_the_silence_that_it_bears(met):
    pings = []
    for _ in range(100):
        met.now += 0.05
        met.report(number=0 if met.said() else None)
        if met.number not in pings:
            pings.append(met.number)
            met.report()
    assert len(pings) == 5


def test_the_round_trip_is_not_taken_from_a_command_that_was_repeated(met):
    assert met.session.round_trip_s == 0
    met.now += 1.0
    assert met.said() == [Ping]
    met.now += 0.012
    met.report()
    assert met.session.round_trip_s == pytest.approx(0.012)
    met.now += 1.0
    assert met.said() == [Ping]
    assert met.during(0.15) == [(0.1, Ping)]
    met.report()
    assert met.session.round_trip_s == pytest.approx(0.012)


def test_a_wish_is_told_at_once_and_again_after_each_greeting(met):
    dark = Lamp(Light.OFF)
    met.session.wish(dark)
    assert met.session.due == -math.inf
    assert not met.session.is_met
    assert met.said() == [Lamp]
    met.report()
    assert met.session.is_met
    met.hello(session=0, reset=Reset.WATCHDOG)
    met.meet()
    assert met.session.configure == CONFIGURE


def test_a_wish_that_changes_while_it_is_told_is_told_again(met):
    for enter_mm in (1000, 1200):
        met.session.wish(msgspec.structs.replace(CONFIGURE, enter_mm=enter_mm))
        if enter_mm == 1000:
            assert met.said() == [Configure]
    met.report()
    assert not met.session.is_met
    assert met.said() == [Configure]
    met.report()
    assert met.session.is_met


def test_a_report_is_believed_once_and_not_after_a_newer_one(met):
    at_ms = met.at_ms
    assert len(met.report(present=1)) == 1
    assert met.report(at_ms=at_ms + 50, present=0) == []
    assert met.report(at_ms=at_ms, present=0) == []
    assert met.session.report.present
    assert met.session.dropped == 2


def test_the_clock_of_the_board_may_wrap_around(met):
    for at_ms in (2**31, 2**32 - 1, 49):
        assert [report.at_ms for report in met.report(at_ms=at_ms)] == [at_ms]
    assert met.report(at_ms=2**32 - 1) == []


def test_a_report_of_another_conversation_is_dropped_whatever_it_acknowledges(line):
    assert line.said() == [Greet]
    assert line.report() == []  # before any Hello
    line.hello()
    assert line.said() == [Configure]
    assert line.report(session=6) == []
    assert line.said() == []
    assert line.session.dropped == 2
    line.report()
    assert line.said() == [Lamp]


def test_a_hello_with_another_number_answers_no_greeting_of_ours(line):
    line.said()
    line.tell(msgspec.structs.replace(HELLO, session=line.name), number=line.number + 1)
    assert line.session.greeted == 0


def test_a_hello_of_this_conversation_changes_nothing_when_it_comes_twice(met):
    met.hello()
    assert met.session.is_met
    assert met.said() == []


def test_a_late_hello_begins_no_conversation_that_is_under_way_already(line):
    line.said()
    line.hello()
    assert line.said() == [Configure]
    line.hello()  # with the number of the command, which the board has taken meanwhile
    assert line.session.greeted == 1
    line.report()
    assert line.said() == [Lamp]


def test_a_board_that_began_anew_is_greeted_and_made_as_it_was_without_a_fault(met):
    met.go_on(1.0)
    met.hello(session=0, reset=Reset.BROWN_OUT)
    assert met.session.fault(met.now) == ""
    met.at_ms = 10  # its clock begins anew, too
    met.meet(reset=Reset.BROWN_OUT)
    assert met.session.hello.reset is Reset.BROWN_OUT
    assert met.session.greeted == 2
    assert met.session.fault(met.now) == ""


def test_a_board_that_falls_silent_is_lost_after_two_seconds_and_greeted_on(met):
    assert {kind for _, kind in met.during(LOST_S - 0.05)} == {Ping}
    assert met.session.fault(met.now) == ""
    met.during(0.05)
    said = met.during(6.0)
    assert {kind for _, kind in said} == {Greet}
    assert 5 <= len(said) <= 40
    assert 'no report for 2 s; check the cable, then "lantern board reset"' in (
        met.session.fault(met.now)
    )
    met.hello()
    assert met.session.fault(met.now) == ""
    assert met.said() == [Configure]


def test_reports_without_an_answer_to_any_command_are_no_conversation(met):
    number = met.number
    for _ in range(100):
        met.now += 0.05
        met.said()
        met.report(number=number, session=7)
    assert not met.session.is_met
    assert "does not answer; check the wire to its RX" in met.session.fault(met.now)


def test_reports_from_the_past_keep_no_conversation_alive(met):
    met.report(at_ms=2**31 - 10)  # a spoiled one, whose checksum fits
    names = set()
    for _ in range(60):
        met.now += 0.05
        if Greet in met.said():
            names.add(met.name)
            met.hello()
        met.report()
    assert names == {8}
    assert met.session.is_met


def test_another_dictionary_is_refused_with_both_named_and_greeted_seldom(line):
    line.said()
    line.hello(dictionary=0xDEADBEEF)
    assert not line.session.is_met
    assert line.session.fault(line.now) == (
        "its firmware 1.2.3 speaks dictionary deadbeef, expected "
        f'{DICTIONARY_HASH:08x}; run "scripts/board flash"'
    )
    assert line.during(2.5 * STRANGER_S) == [(STRANGER_S, Greet), (2 * STRANGER_S, Greet)]
    assert line.session.greeted == 0


def test_a_stranger_is_greeted_at_once_when_it_was_flashed(line):
    line.said()
    line.hello(dictionary=0xDEADBEEF)
    line.during(1.0)
    line.hello(session=0, dictionary=0xDEADBEEF)
    assert line.said() == []
    line.hello(session=0)
    line.meet()
    assert line.session.fault(line.now) == ""


def test_a_stranger_whose_reports_mean_something_else_is_still_a_stranger(line):
    line.said()
    line.hello(dictionary=0xDEADBEEF)
    for _ in range(80):
        line.now += 0.05
        assert line.said() == []
        assert line.report() == []
    assert "dictionary deadbeef" in line.session.fault(line.now)


def test_a_device_that_says_other_things_is_quoted(line):
    for _ in range(50):
        line.now += 0.1
        line.said()
        assert line.session.hear(b"$GPGGA,123519,4807.038,N\r\n", line.now) == []
    fault = line.session.fault(line.now)
    assert '115200 baud, got "$GPGGA,123519,4807.038,N\\r\\n' in fault
    assert "see which device this is" in fault
    assert "\n" not in fault
    assert len(fault) < 200


def test_what_it_quotes_stays_the_same_while_it_goes_on(line):
    faults = set()
    for number in range(50):
        line.now += 0.1
        line.session.hear(f"temperature {number}\r\n".encode(), line.now)
        faults.add(line.session.fault(line.now))
    assert len(faults - {""}) == 1


def test_silence_is_told_apart_from_strange_talk(line):
    line.during(LOST_S + 0.1)
    assert line.session.fault(line.now) == (
        'says nothing; check its power and cable, or run "scripts/board flash"'
    )


def test_nobody_is_at_fault_before_he_had_time_to_answer(line):
    line.said()
    line.now += LOST_S - 0.01
    assert line.session.fault(line.now) == ""


def test_a_command_that_is_refused_is_told_and_not_repeated(line):
    line.said()
    line.hello()
    line.said()
    line.report(refusal=Refusal.OUT_OF_RANGE)
    fault = line.session.fault(line.now)
    assert re.match(r"refused Configure\(interval_ms=50, .*\) \(out of range\)", fault)
    assert line.said() == [Lamp]
    line.report()
    assert line.said() == []
    assert line.session.fault(line.now) == fault
    line.session.wish(msgspec.structs.replace(CONFIGURE, enter_mm=1000))
    line.said()
    line.report()
    assert line.session.fault(line.now) == ""


def test_a_restart_is_asked_for_once_after_all_that_is_wished(met):
    met.session.restart()
    met.session.wish(Lamp(Light.OFF))
    assert met.said() == [Lamp]
    met.report()
    assert met.said() == [Restart]
    met.report()
    assert met.said() == []
    met.hello(session=0, reset=Reset.ASKED)
    met.meet()
    assert met.said() == []


def test_a_restart_that_may_have_been_heard_is_not_asked_for_again(met):
    met.session.restart()
    assert met.said() == [Restart]
    met.hello(session=0, reset=Reset.ASKED)
    met.meet()
    assert met.said() == []


def test_a_restart_that_was_not_said_yet_may_be_withdrawn(met):
    met.session.restart()
    met.session.restart(wanted=False)
    assert met.said() == []


def test_a_restart_is_not_repeated_once_it_is_no_longer_wanted(met):
    met.session.restart()
    assert met.said() == [Restart]
    met.session.restart(wanted=False)
    met.meet()
    assert {kind for _, kind in met.during(1.5)} == {Ping}


def test_a_line_that_is_opened_anew_forgets_who_was_there(line):
    line.said()
    line.hello(dictionary=0xDEADBEEF)
    line.session.hear(b"half a fra", line.now)
    line.now += 1.0
    line.session.begin(line.now)
    assert line.session.hearing.spoiled == 1
    line.meet()


def test_half_a_frame_before_a_hello_costs_only_itself(line):
    line.said()
    line.session.hear(encode(HELLO.frame(0))[:7], line.now)
    line.session.hear(b"\0", line.now)
    line.hello()
    assert line.session.greeted == 1
    assert line.session.hearing.spoiled == 1


def test_more_than_a_board_has_to_say_is_odd_and_no_fault(met):
    for _ in range(120):
        met.now += 0.05
        met.said()
        met.report()
    assert met.session.hearing.oddity() == ""
    for _ in range(30):
        met.now += 0.05
        met.said()
        for _ in range(20):
            met.report()
    assert re.match(rf"says \d+ bytes a second, expected {FLOOD}", met.session.hearing.oddity())
    assert met.session.fault(met.now) == ""
    assert met.session.is_met
    met.go_on(2.5)
    assert met.session.hearing.oddity() == ""
