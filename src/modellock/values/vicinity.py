"""How near an address is: whoever chooses a public one must not lead a run into a private net."""

import ipaddress
from enum import IntEnum

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: the last four bytes are an IPv4 address, which a gateway connects to.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# RFC 2544: no service is there, and proxies on the machine itself answer so for every name.
_BENCHMARKS = ipaddress.IPv4Network("198.18.0.0/15")
# Linux connects to itself (RFC 1122, 3.2.1.3: "this host on this network").
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")


class Vicinity(IntEnum):
    """Where an address leads, the farthest first."""

    PUBLIC = 0
    PRIVATE = 1
    """A network that the rest of the world does not reach (RFC 1918, 4193, 6598, and others)."""

    LOOPBACK = 2
    """This machine."""

    LINK_LOCAL = 3
    """The next machine: in a cloud the one that hands out credentials, 169.254.169.254."""


def vicinity_of(text: str) -> Vicinity | None:
    """The vicinity of a literal address; None for what is none, such as a name."""
    try:
        # Of `fe80::1%eth0` the zone tells nothing.
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return max(_of(one) for one in (address, *_within(address)))


def _of(address: _Address) -> Vicinity:
    if address.is_link_local:
        return Vicinity.LINK_LOCAL
    if address.is_loopback or address.is_unspecified or address in _THIS_NETWORK:
        return Vicinity.LOOPBACK
    is_public = address.is_global or address in _BENCHMARKS
    return Vicinity.PUBLIC if is_public else Vicinity.PRIVATE


def _within(address: _Address) -> list[_Address]:
    """IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
