"""Making a connection: TCP, TLS, the WebSocket's handshake; each says at once that it failed."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import attrs
import trio
from trio_websocket import HandshakeError, WebSocketConnection, wrap_client_stream

from ..protocol.results import SUBPROTOCOL

OPEN_S: Final = 10
FRAME_BYTES: Final = 4 << 20
"""A page has at most 1 MiB of messages; JSON may make more of it."""
RECEIVE_BYTES: Final = 64 << 10


@attrs.frozen
class Dialled:
    """``last_heard``: when anything came from the server, by :func:`trio.current_time`."""

    websocket: WebSocketConnection
    last_heard: Callable[[], float]


Dial: TypeAlias = Callable[[], AbstractAsyncContextManager[Dialled]]
"""A new connection to the server, closed at the block's end."""


def websocket_url(url: str) -> str:
    """``http://host:port`` -> ``ws://host:port/ws``; one that names a path is taken as it is.

    :raises ValueError: for any other scheme.
    """
    scheme, host, path, _, _ = urlsplit(url)
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not host:
        raise ValueError(f"{url}: must be http://, https://, ws:// or wss:// and a host")
    return urlunsplit((schemes[scheme], host, "/ws" if path in ("", "/") else path, "", ""))


@asynccontextmanager
async def dial(url: str, ssl_context: ssl.SSLContext | None = None) -> AsyncIterator[Dialled]:
    """:param url: ``ws://`` or ``wss://``.

    :raises OSError: the network's. :raises trio.BrokenResourceError: TLS's; its cause says why.
    :raises HandshakeError: the server's.
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
    async with upgrade(stream, parts.netloc.rpartition("@")[2], parts.path) as dialled:
        yield dialled


@asynccontextmanager
async def upgrade(stream: trio.abc.Stream, host: str, path: str) -> AsyncIterator[Dialled]:
    """The WebSocket over a stream, which is closed in the end. :raises HandshakeError:"""
    listening = _Listening(stream)
    try:
        async with trio.open_nursery() as nursery:
            with _deadline():
                websocket = await wrap_client_stream(
                    nursery,
                    listening,  # type: ignore[arg-type] # any stream will do
                    host,
                    path,
                    subprotocols=[SUBPROTOCOL],
                    max_message_size=FRAME_BYTES,
                    receive_buffer_size=RECEIVE_BYTES,
                )
            listening.opened = True
            yield Dialled(websocket, lambda: listening.last_heard)
            nursery.cancel_scope.cancel()
    except* Exception as errors:
        if listening.opened or errors.subgroup(HandshakeError) is not None:
            raise
        # trio-websocket stumbles in ways of its own over what is no answer to a handshake.
        raise HandshakeError("who answers there speaks another protocol") from errors
    finally:  # without a closing handshake: whoever leaves here is cancelled, or has lost the peer
        await trio.aclose_forcefully(stream)


class _Listening(trio.abc.Stream):
    """Says when something came, whole message or not.

    And trio-websocket waits for the rest of a handshake whose stream has ended. Here it is told, by
    an exception that it does not know.
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
            raise HandshakeError("cut off during the handshake") from cause

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def _deadline() -> Iterator[None]:
    try:
        with trio.fail_after(OPEN_S):
            yield
    except trio.TooSlowError:
        raise HandshakeError(f"no answer in {OPEN_S} s") from None
