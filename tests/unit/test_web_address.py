"""Whose an address is."""

import pytest

from lantern.web.address import is_this_machine, network


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("fe80::1%eth0", "fe80::2%wlan0"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
    ],
)
def test_addresses_of_one_home_are_one(one, other):
    assert network(one) == network(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.168.1.7", "192.168.1.8"), ("", "unix")],
)
def test_addresses_of_two_homes_are_two(one, other):
    assert network(one) != network(other)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_many_addresses(address):
    assert is_this_machine(address)


@pytest.mark.parametrize("address", ["192.168.1.7", "::", "fe80::1%lo", "", "localhost"])
def test_others_are_not_this_machine(address):
    assert not is_this_machine(address)
