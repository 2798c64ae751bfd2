"""How often somebody may try a password. Pure: the time, in seconds, is passed in.

A few tries are free, then each wrong one doubles the wait. It is counted by the address that asks,
and in all, since one attacker may have many addresses. An address from which the owner signed in
before is spared the count in all, so that strangers cannot lock the owner out.
"""

from __future__ import annotations

import msgspec

from lantern.web.address import network

FREE = 5
FREE_IN_ALL = 20
"""Wrong tries that cost no wait."""

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 900.0
LONGEST_WAIT_IN_ALL_S = 60.0

FORGOTTEN_S = 3600.0
"""Wrong tries are forgotten when none came for so long."""

MOST_ADDRESSES = 1024
"""Of each kind that is remembered; the one that was longest away goes first."""


class Wrong(msgspec.Struct):
    """Wrong tries of one kind since the last right one, and when the latest was."""

    times: int = 0
    last: float = 0.0


class Attempts:
    """See the module. `address` is an IP address as text, or anything else that tells who asks."""

    def __init__(self) -> None:
        self._by_address: dict[str, Wrong] = {}
        self._in_all = Wrong()
        self._trusted: dict[str, None] = {}

    def wait_s(self, address: str, now: float) -> float:
        """Return the seconds for which `address` may not try again; 0 where it may."""
        who = network(address)
        own = _left(self._by_address.get(who), FREE, LONGEST_WAIT_S, now)
        if who in self._trusted:
            return own
        return max(own, _left(self._in_all, FREE_IN_ALL, LONGEST_WAIT_IN_ALL_S, now))

    def was_wrong(self, address: str, now: float) -> None:
        """Note a wrong try."""
        who = network(address)
        wrong = self._by_address.pop(who, None) or Wrong()
        self._by_address[who] = wrong
        _trim(self._by_address)
        for count in (wrong, self._in_all):
            count.times = count.times + 1 if now - count.last < FORGOTTEN_S else 1
            count.last = now

    def was_right(self, address: str) -> None:
        """Note a right try: the address begins anew, and is the owner's."""
        who = network(address)
        self._by_address.pop(who, None)
        self._trusted.pop(who, None)
        self._trusted[who] = None
        _trim(self._trusted)


def _left(wrong: Wrong | None, free: int, longest_s: float, now: float) -> float:
    if wrong is None or wrong.times < free or now - wrong.last >= FORGOTTEN_S:
        return 0.0
    doublings = min(wrong.times - free, 20)  # beyond it is longer than the longest in any case
    wait_s = min(FIRST_WAIT_S * 2.0**doublings, longest_s)
    return max(wrong.last + wait_s - now, 0.0)


def _trim(remembered: dict[str, Wrong] | dict[str, None]) -> None:
    while len(remembered) > MOST_ADDRESSES:
        del remembered[next(iter(remembered))]
