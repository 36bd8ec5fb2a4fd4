"""Internet addresses, as peers and proxies write them and as limits count them. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

IPV6_PREFIXES: Final = (64, 56, 48)
"""Bits. One site usually has a /64, a customer a /56 or a /48 (RFC 6177)."""


def parse_address(text: str) -> Address:
    """IPv4 written as IPv6 (``::ffff:192.0.2.1``) becomes IPv4. :raises ValueError:"""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_node(text: str) -> Address:
    """An address, with or without a port: ``192.0.2.1:80``, ``[2001:db8::1]:80``, ``::1``.

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


def networks_of(address: str) -> tuple[str, ...]:
    """The keys that limits by address count under: an IPv4 address, or the networks of an IPv6 one
    in the order of :data:`IPV6_PREFIXES`, the smallest first."""
    try:
        parsed = parse_address(address.partition("%")[0])
    except ValueError:  # a stream without an internet address
        return (address,)
    if isinstance(parsed, IPv4Address):
        return (str(parsed),)
    return tuple(str(ip_network((parsed, bits), strict=False)) for bits in IPV6_PREFIXES)


def block_of(address: str) -> str:
    """The first of :func:`networks_of`: an IPv4 address, or the /64 of an IPv6 one."""
    return networks_of(address)[0]


class Networks:
    """A set of addresses and networks."""

    def __init__(self, networks: Sequence[str]) -> None:
        """:raises ValueError: for text that names neither."""
        self._networks: Final = tuple(map(ip_network, networks))

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: Address) -> bool:
        return any(address in network for network in self._networks)
