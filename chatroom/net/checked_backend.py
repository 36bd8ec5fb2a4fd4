"""Connections to public addresses alone.

A name is resolved once per connection, and the connection goes to an address that was checked, so
that a second answer of the resolver is never used (DNS rebinding).
"""

import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final, TypeAlias

import httpcore
import trio

from ..process import few_files_left
from .bounded_stream import BoundedStream

CONNECT_S: Final = 10.0
"""Time for the name, the connection and the handshake of TLS, each."""
MAX_RESOLVED: Final = 32
"""Names that are resolved at the same time, each in a thread."""
MAX_ADDRESSES_TRIED: Final = 2

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a host."""

_NAT64: Final = ip_network("64:ff9b::/96")
_NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # anycast relays of 6to4
            "::/96",  # IPv4-compatible
            "64:ff9b:1::/48",  # NAT64 of a local network
            "100::/64",  # discarded
            "2001::/23",  # protocol assignments, Teredo among them
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fec0::/10",  # site-local
        ),
    )
)
"""Networks that versions of :mod:`ipaddress` take for global."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public Internet, not of a private, local or
    special network. IPv4 addresses that are embedded in IPv6 ones count as such."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found in _NAT64:
            found = IPv4Address(int(found) & 0xFFFF_FFFF)
    special = found.is_multicast or found.is_reserved or found.is_unspecified
    special = special or any(found in network for network in _NOT_PUBLIC)
    return found.is_global and not special


def resolver() -> Resolve:
    """Return the system's resolver. Its threads are not those of others, since a name may hang."""
    return partial(_resolve, trio.CapacityLimiter(MAX_RESOLVED))


async def _resolve(limiter: trio.CapacityLimiter, host: str, port: int) -> Sequence[str]:
    found = await trio.to_thread.run_sync(
        partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM),
        limiter=limiter,
        abandon_on_cancel=True,
    )
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that ``permits`` accepts.

    :param backend: connects to an address.
    """

    def __init__(
        self,
        permits: Callable[[str], bool] = is_public,
        *,
        resolve: Resolve | None = None,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._permits = permits
        self._resolve = resolve or resolver()
        self._backend = backend or httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (of the overridden method)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            with trio.fail_after(CONNECT_S):
                addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name is unknown: {error}") from None
        except trio.TooSlowError:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        permitted = [address for address in addresses if self._permits(address)]
        failure: Exception = httpcore.ConnectError("the address is not public")
        for address in permitted[:MAX_ADDRESSES_TRIED]:
            try:
                stream = await self._backend.connect_tcp(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                if few_files_left(stream.get_extra_info("socket").fileno()):
                    await stream.aclose()
                    raise httpcore.ConnectError("too many files are open")
                return BoundedStream(stream)
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("not over a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)
