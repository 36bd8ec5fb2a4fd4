"""Requests to servers that strangers have chosen (SSRF): only to public addresses.

A name is resolved once per connection, and the connection goes to an address that was checked, so
that a second answer of the resolver is never used (DNS rebinding). Redirects are not followed, and
no proxy of the environment is used. Each request is bounded in time, and its answer in size.
"""

import math
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final, TypeAlias

import attrs
import certifi
import httpcore
import trio

from ..process import few_files_left
from .bounded_stream import BoundedStream

CONNECT_S: Final = 10.0
"""Time for the name, the connection and the handshake of TLS, each."""
REQUEST_S: Final = 30.0
"""Time for all of a request."""
MAX_ANSWER_BYTES: Final = 16 * 1024
"""Size of an answer's body that is read, so that the connection can be used again. A longer one, or
one without a length, is not read and ends the connection."""
KEEP_S: Final = 30.0
"""Time for which an idle connection is kept."""
CLOSE_S: Final = 1.0
"""Time to say that a connection ends."""
MAX_RESOLVED: Final = 32
"""Names that are resolved at the same time, each in a thread."""
MAX_IDLE: Final = 32
"""Idle connections that are kept."""
MAX_ADDRESSES_TRIED: Final = 2
NO_CONTENT: Final = 204

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a host."""
Wanted: TypeAlias = Callable[[], Awaitable[bool]]
"""Return whether to send a request."""

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


class Withdrawn(Exception):
    """The request was not sent, since it was not wanted any more when it could be."""


class Unreachable(Exception):
    """There was no answer. The message says why."""


@attrs.frozen
class Answered:
    """The answer to a request.

    :ivar retry_after_s: what the server asks for in ``Retry-After``.
    """

    status: int
    retry_after_s: float | None = None


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


class Outgoing:
    """Sends POST requests, and keeps idle connections for the next ones.

    httpcore's pool would do the same, but looks at all connections for each request.

    :param tls: what to trust; by default the system's and Mozilla's authorities.
    """

    def __init__(
        self, backend: httpcore.AsyncNetworkBackend, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._backend = backend
        self._tls = tls or _trusting()
        # By origin, and all, the one that was used last at the end.
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = {}
        self._oldest: dict[httpcore.AsyncHTTPConnection, str] = {}

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, wanted: Wanted
    ) -> Answered:
        """
        :param wanted: asked when a connection was made, which may take long: whether to send.
        :raises Unreachable: there was no answer.
        :raises Withdrawn: it is not wanted.
        """
        try:
            with trio.fail_after(REQUEST_S):
                return await self._post(url, headers, body, wanted)
        except trio.TooSlowError:
            raise Unreachable("no answer in time") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unreachable(str(error) or type(error).__name__) from None
        except (ssl.SSLError, httpcore.UnsupportedProtocol) as error:
            raise Unreachable(str(error)) from None

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes, wanted: Wanted
    ) -> Answered:
        origin = httpcore.URL(url).origin
        name = str(origin)
        extensions: dict[str, Any] = {
            "timeout": {"connect": CONNECT_S, "read": REQUEST_S, "write": REQUEST_S}
        }
        connection = await self._take(name)
        if connection is None:
            connection = httpcore.AsyncHTTPConnection(
                origin, self._tls, KEEP_S, network_backend=self._backend
            )
            extensions["trace"] = partial(_ask, wanted)
        try:
            async with connection.stream(
                "POST", url, headers=list(headers.items()), content=body, extensions=extensions
            ) as response:
                return await _answered(response)
        finally:
            if connection.is_available():
                self._idle.setdefault(name, []).append(connection)
                self._oldest[connection] = name
            else:
                await _close(connection)

    async def _take(self, name: str) -> httpcore.AsyncHTTPConnection | None:
        """Return an idle connection that is still open, and close some that are not."""
        while len(self._oldest) > MAX_IDLE or (
            self._oldest and next(iter(self._oldest)).has_expired()
        ):
            await _close(self._forget(next(iter(self._oldest))))
        while self._idle.get(name):
            connection = self._forget(self._idle[name][-1])
            if not connection.has_expired():
                return connection
            await _close(connection)
        return None

    def _forget(self, connection: httpcore.AsyncHTTPConnection) -> httpcore.AsyncHTTPConnection:
        name = self._oldest.pop(connection)
        self._idle[name].remove(connection)
        if not self._idle[name]:
            del self._idle[name]
        return connection

    async def aclose(self) -> None:
        while self._oldest:
            await _close(self._forget(next(iter(self._oldest))))


async def _ask(wanted: Wanted, event: str, _: object) -> None:
    """Trace a request: httpcore tells of each step."""
    if event == "http11.send_request_headers.started" and not await wanted():
        raise Withdrawn


async def _answered(response: httpcore.Response) -> Answered:
    if _length(response) <= MAX_ANSWER_BYTES:
        async for _ in response.aiter_stream():
            pass
    return Answered(response.status, _seconds(_header(response, b"retry-after")))


async def _close(connection: httpcore.AsyncHTTPConnection) -> None:
    """Close a connection, also of a cancelled request."""
    with trio.move_on_after(CLOSE_S, shield=True), suppress(httpcore.NetworkError):
        await connection.aclose()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()  # also of SSL_CERT_FILE
    context.load_verify_locations(certifi.where())  # a small container has no others
    return context


def _header(response: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in response.headers if key.lower() == name)
    return next(found, b"").decode("latin-1").strip()


def _length(response: httpcore.Response) -> float:
    """Return the length of the body in bytes; infinite if it is unknown."""
    length = "0" if response.status == NO_CONTENT else _header(response, b"content-length")
    return float(length) if length.isascii() and length.isdigit() else math.inf


def _seconds(retry_after: str) -> float | None:
    """Return the seconds of ``Retry-After``, which has seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
