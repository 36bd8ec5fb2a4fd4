"""Parse internet addresses from peers and proxies; derive the keys of limits by address. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address

IPV6_PREFIXES: Final = (64, 56, 48)
"""Prefix lengths in bits. A site usually has a /64, a customer a /56 or a /48 (RFC 6177)."""


def parse_address(text: str) -> IpAddress:
    """Parse an address. An IPv4-mapped IPv6 address (``::ffff:192.0.2.1``) becomes IPv4.

    :raises ValueError: not an address.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_node(text: str) -> IpAddress:
    """Parse an address with an optional port: ``192.0.2.1:80``, ``[2001:db8::1]:80``, ``::1``.

    :raises ValueError: for anything else.
    """
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not (port.startswith(":") and port[1:].isdecimal())):
            raise ValueError(f"{text!r}: not an address")
        return parse_address(host)
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        if not port.isdecimal():
            raise ValueError(f"{text!r}: not an address")
        return parse_address(host)
    return parse_address(text)


@lru_cache(1024)  # a client's address is used several times
def networks_of(address: str) -> tuple[str, ...]:
    """Return the keys for limits by address, the smallest network first.

    An IPv4 address has one key, itself. An IPv6 address has one network for each of
    :data:`IPV6_PREFIXES`.
    """
    try:
        parsed = parse_address(address.partition("%")[0])
    except ValueError:  # a stream without an internet address
        return (address,)
    if isinstance(parsed, IPv4Address):
        return (str(parsed),)
    return tuple(str(ip_network((parsed, bits), strict=False)) for bits in IPV6_PREFIXES)


def block_of(address: str) -> str:
    """Return the first of :func:`networks_of`: an IPv4 address, or the /64 of an IPv6 address."""
    return networks_of(address)[0]


class Networks:
    """A set of addresses and networks."""

    def __init__(self, networks: Sequence[str]) -> None:
        """:raises ValueError: an item is neither an address nor a network."""
        self._networks: Final = tuple(map(ip_network, networks))

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: IpAddress) -> bool:
        return any(address in network for network in self._networks)
