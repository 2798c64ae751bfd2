"""Host and board on a line that does everything to bytes: the host's session, and the C core.

A case runs for half a minute of simulated time. See tests/support/core.py for what a line does.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lantern.link.framing import Frame, encode
from lantern.link.hearing import QUOTED
from lantern.link.messages import (
    TOLD,
    Configure,
    Hello,
    Lamp,
    Light,
    Report,
    Reset,
    told,
)
from lantern.link.session import Session
from support.core import Core, Fate, Trial

LATE_S = 3.1
"""So long after the line became good what was late before may still come."""

HEALS_S = 4.0
"""From then on: a silence of two seconds is noticed, and the board is greeted anew."""

MOST_BYTES = 6_000
"""A session, with all that it holds. Kept reports of a minute would be twenty times as much."""

PHASES = set(Phase) - {Phase.explain}  # tracing each line takes minutes

mischief = st.builds(
    Fate,
    copies=st.sampled_from([1, 1, 1, 0, 2]),
    late_ms=st.sampled_from([0, 0, 0, 15, 150, 1500]),
    junk=st.one_of(st.just(b""), st.binary(max_size=60)),
    flipped=st.one_of(st.just(()), st.tuples(st.integers(0, 400))),
    pieces=st.sampled_from([1, 1, 3, 40]),
)
"""Lost, doubled, late (and so out of order), behind noise, flipped, cut."""

in_order = st.builds(
    Fate,
    copies=st.sampled_from([1, 1, 0]),
    junk=st.one_of(st.just(b""), st.binary(max_size=60)),
    flipped=st.one_of(st.just(()), st.tuples(st.integers(0, 400))),
)
"""What a wire may do, which lets nothing overtake anything."""


@st.composite
def configurations(draw):
    enter_mm, leave_mm = sorted(draw(st.tuples(st.integers(300, 3000), st.integers(300, 3000))))
    return Configure(
        interval_ms=draw(st.sampled_from([50, 120, 500])),
        enter_mm=enter_mm,
        leave_mm=leave_mm,
        offset_mm=draw(st.integers(-200, 200)),
        motion=draw(st.integers(0, 1)),
        silence_ms=draw(st.sampled_from([500, 3000, 10000])),
    )


lamps = st.builds(Lamp, st.sampled_from([Light.OFF, Light.ON, Light.PRESENCE]))

happenings = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.3, 1.0, 4.0]),
        st.one_of(
            st.sampled_from(["come", "go", "reset", "freeze", "thaw", "anew", "plug", "restart"]),
            configurations(),
            lamps,
        ),
    ),
    max_size=12,
)


def begun(configure: Configure, lamp: Lamp, down: list[Fate], up: list[Fate], clock_ms: int = 0):
    return Trial(Session(configure, lamp, first=1), Core(clock_ms), down, up)


def happen(trial: Trial, what: str | Configure | Lamp) -> None:
    match what:
        case "come" | "go":
            trial.core.metres = 0.5 if what == "come" else 3.5
        case "freeze" | "thaw":
            trial.is_frozen = what == "freeze"
        case "reset":
            trial.core.reset(Reset.WATCHDOG, trial.now_ms)
        case "plug":
            trial.session.begin(trial.now)
        case "restart":
            trial.session.restart()
        case "anew":
            before = trial.session
            lamp = before._wishes[Lamp]
            trial.session = Session(before.configure, lamp, first=40_000 + trial.now_ms % 9999)
            trial.session.begin(trial.now)
        case Configure() | Lamp():
            trial.session.wish(what)


def said(trial: Trial) -> list[Hello | Report]:
    """Return what the board said, oldest first."""
    return [told(frame) for frame in trial.told]


def deep_size(thing: object) -> int:
    """Return the bytes of `thing` and all that it holds."""
    size = sys.getsizeof(thing)
    if isinstance(thing, dict):
        return size + sum(map(deep_size, thing.values()))
    if isinstance(thing, list | tuple):
        return size + sum(map(deep_size, thing))
    if isinstance(thing, type):
        return 0
    held = [getattr(thing, name) for name in getattr(thing, "__struct_fields__", ())]
    return size + sum(
        map(deep_size, [*held, *vars(thing).values()] if hasattr(thing, "__dict__") else held)
    )


@settings(max_examples=80, deadline=None, phases=PHASES)
@given(
    configure=configurations(),
    lamp=lamps,
    story=happenings,
    down=st.lists(mischief, max_size=12),
    up=st.lists(mischief, max_size=12),
    clock_ms=st.sampled_from([0, 2**32 - 10_000]),
    is_there=st.booleans(),
    moves=st.booleans(),
)
def test_once_the_line_is_good_the_host_knows_and_the_board_is_as_wished(  # noqa: PLR0917
    configure, lamp, story, down, up, clock_ms, is_there, moves
):
    trial = begun(configure, lamp, down, up, clock_ms)
    for seconds, what in story:
        trial.run(seconds)
        happen(trial, what)
    trial.run(1.0)
    trial.is_kind, trial.is_frozen = True, False
    trial.run(LATE_S + HEALS_S)

    wished, lamp = trial.session.configure, trial.session._wishes[Lamp]
    edge_mm = wished.enter_mm - 20 if is_there else wished.leave_mm + 20
    trial.core.metres = (edge_mm - wished.offset_mm) / 1000
    trial.core.motion = moves
    trial.run(6 * wished.interval_ms / 1000)
    pings = trial.core.pings
    trial.run(6 * wished.interval_ms / 1000)
    report = trial.session.report
    assert trial.session.fault(trial.now) == ""
    assert bool(report.present) == (is_there or bool(moves and wished.motion))
    assert bool(report.motion) == moves
    assert abs(report.distance_mm - edge_mm) <= 3
    assert abs(trial.core.pings - pings - 6) <= 1
    assert trial.core.is_lit(trial.now_ms) == (
        bool(report.present) if lamp.light is Light.PRESENCE else lamp.light is Light.ON
    )
    assert not report.alone
    trial.down.put = lambda *_: None  # what the host says is not heard any more
    trial.run(wished.silence_ms / 1000 + 0.1)
    assert said(trial)[-1].alone


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(happenings, st.lists(in_order, max_size=12), st.lists(in_order, max_size=12))
def test_a_command_is_carried_out_once_and_in_its_turn(story, down, up):
    trial = begun(Configure(50, 1500, 2000, 0, 0, 3000), Lamp(Light.ON), down, up)
    for seconds, what in story:
        trial.run(seconds)
        happen(trial, what)
    trial.is_kind, trial.is_frozen = True, False
    trial.run(LATE_S + HEALS_S)
    restarts = sum(what == "restart" for _, what in story)
    assert trial.core.resets.count(Reset.ASKED) <= restarts
    carried_out = Counter()
    session, last = 0, None
    for frame in trial.told:
        message = told(frame)
        if isinstance(message, Hello):
            session, last = message.session, frame.number
        elif frame.number != last:
            assert message.session == session
            assert frame.number == (last + 1) % 256
            carried_out[session, frame.number] += 1
            last = frame.number
    assert set(carried_out.values()) <= {1}


@settings(max_examples=40, deadline=None, phases=PHASES)
@given(st.lists(mischief, min_size=1, max_size=12), st.lists(mischief, min_size=1, max_size=12))
def test_what_the_host_believes_never_goes_back_in_time(down, up):
    trial = begun(Configure(50, 1500, 2000, 0, 0, 3000), Lamp(Light.ON), down, up, 2**32 - 9_000)
    trial.run(10)
    conversations = [name for name, _ in itertools.groupby(one.session for one in trial.heard)]
    assert conversations == sorted(set(conversations))
    for before, after in itertools.pairwise(trial.heard):
        if before.session == after.session:
            assert 0 < (after.at_ms - before.at_ms) % 2**32 < 2**31


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=3000),
            st.builds(
                lambda kind, number, payload: encode(Frame(number, kind.type, payload)),
                st.sampled_from(TOLD),
                st.integers(0, 255),
                st.binary(max_size=32),
            ),
        ),
        max_size=40,
    )
)
def test_whatever_comes_costs_no_memory_and_no_error_but_a_sentence(chunks):
    session = Session(Configure(50, 1500, 2000, 0, 0, 3000), Lamp(Light.ON), first=65535)
    session.begin(0.0)
    for number, chunk in enumerate(chunks):
        now = number / 4
        assert len(session.says(now)) <= 40
        session.hear(chunk, now)
        fault = session.fault(now)
        assert "\n" not in fault
        assert len(fault) < 200 + 4 * QUOTED
    assert deep_size(session) < MOST_BYTES


@settings(max_examples=15, deadline=None, phases=PHASES)
@given(st.lists(mischief, min_size=1, max_size=8), st.lists(mischief, min_size=1, max_size=8))
def test_a_minute_on_a_bad_line_leaves_nothing_behind(down, up):
    trial = begun(Configure(50, 1500, 2000, 0, 0, 3000), Lamp(Light.ON), down, up)
    trial.run(60)
    assert deep_size(trial.session) < MOST_BYTES
