"""Establish a connection: TCP, TLS, WebSocket handshake. Failures are detected at once."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import attrs
import trio
from trio_websocket import HandshakeError, WebSocketConnection, wrap_client_stream

from ..protocol.results import SUBPROTOCOL

OPEN_TIMEOUT_S: Final = 10
MAX_MESSAGE_BYTES: Final = 4 << 20
"""A page has at most 1 MiB of messages, which JSON may enlarge."""
_READ_BYTES: Final = 64 << 10


@attrs.frozen
class Transport:
    """An open WebSocket.

    :ivar last_heard: returns when data last arrived, by :func:`trio.current_time`.
    """

    websocket: WebSocketConnection
    last_heard: Callable[[], float]


Dial: TypeAlias = Callable[[], AbstractAsyncContextManager[Transport]]
"""Opens a connection to the server, and closes it at the end of the block."""


def websocket_url(url: str) -> str:
    """Return ``ws://host:port/ws`` for ``http://host:port``. A path in a URL of http or https is
    that below which the server is; in another one it is used unchanged.

    :raises ValueError: the scheme is not http, https, ws or wss.
    """
    scheme, host, path, _, _ = urlsplit(url)
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not host:
        raise ValueError(f"{url}: must be http://, https://, ws:// or wss:// with a host")
    below = path.rstrip("/")
    if not below or (scheme.startswith("http") and not below.endswith("/ws")):
        path = f"{below}/ws"
    return urlunsplit((schemes[scheme], host, path, "", ""))


@asynccontextmanager
async def dial(url: str, ssl_context: ssl.SSLContext | None = None) -> AsyncIterator[Transport]:
    """Connect to the server.

    :param url: ``ws://`` or ``wss://``.
    :raises OSError: from the network.
    :raises trio.BrokenResourceError: from TLS, with the reason as its cause.
    :raises HandshakeError: from the WebSocket handshake.
    """
    parts = urlsplit(url)
    secure, host = parts.scheme == "wss", parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    stream: trio.abc.Stream
    with _deadline():
        if secure:
            tls = await trio.open_ssl_over_tcp_stream(
                host, port, ssl_context=ssl_context, https_compatible=True
            )
            try:
                await tls.do_handshake()
            except BaseException:
                await trio.aclose_forcefully(tls)
                raise
            stream = tls
        else:
            stream = await trio.open_tcp_stream(host, port)
    async with upgrade(stream, parts.netloc.rpartition("@")[2], parts.path) as transport:
        yield transport


@asynccontextmanager
async def upgrade(stream: trio.abc.Stream, host: str, path: str) -> AsyncIterator[Transport]:
    """Open a WebSocket over a stream, and close the stream at the end. :raises HandshakeError:"""
    observed = _ObservedStream(stream)
    try:
        async with trio.open_nursery() as nursery:
            with _deadline():
                websocket = await wrap_client_stream(
                    nursery,
                    observed,  # type: ignore[arg-type] # accepts any stream
                    host,
                    path,
                    subprotocols=[SUBPROTOCOL],
                    max_message_size=MAX_MESSAGE_BYTES,
                    receive_buffer_size=_READ_BYTES,
                )
            observed.opened = True
            yield Transport(websocket, lambda: observed.last_heard)
            nursery.cancel_scope.cancel()
    except* Exception as errors:
        if observed.opened or errors.subgroup(HandshakeError) is not None:
            raise
        # trio-websocket raises various errors for answers that are no handshake.
        raise HandshakeError("the server speaks another protocol") from errors
    finally:  # no closing handshake: the caller is cancelled, or has lost the peer
        await trio.aclose_forcefully(stream)


class _ObservedStream(trio.abc.Stream):
    """Records when data arrives, even a part of a message, and fails at once if the stream ends
    during the handshake, for whose rest trio-websocket would wait.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.opened = False
        self.last_heard = trio.current_time()
        self._stream = stream

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError as broken:
            self._fail(broken)
            raise
        if not data:
            self._fail()
        self.last_heard = trio.current_time()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
        except trio.BrokenResourceError as broken:
            self._fail(broken)
            raise

    def _fail(self, cause: Exception | None = None) -> None:
        if not self.opened:
            raise HandshakeError("connection closed during the handshake") from cause

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def _deadline() -> Iterator[None]:
    try:
        with trio.fail_after(OPEN_TIMEOUT_S):
            yield
    except trio.TooSlowError:
        raise HandshakeError(f"no answer within {OPEN_TIMEOUT_S} s") from None
