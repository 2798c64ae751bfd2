"""Who an IP address belongs to. Pure; anything else is taken for somebody, too."""

from __future__ import annotations

import ipaddress


def network(address: str) -> str:
    """Return who `address` belongs to: of IPv6 the /64, which is one customer's, or one home's."""
    ip = _parsed(address)
    if ip is None:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ipaddress.IPv6Network((ip, 64), strict=False))


def is_this_machine(address: str) -> bool:
    """Tell whether whoever asks from `address` runs here, as a reverse proxy may."""
    ip = _parsed(address)
    return ip is not None and ip.is_loopback


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped) or ip
