"""Peers of a WebSocket on a stream: scripted ones, and handlers of the server's side."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio
from trio.testing import memory_stream_pair

from chatroom.net.frames import text_frame
from chatroom.net.send_stream import SendLimits
from chatroom.net.websocket import NO_LIMITS, Closed, SocketLimits, WebSocket, serve_websocket

from .frames import Frame, server_frames

Handler = Callable[[WebSocket], Awaitable[None]]
UPGRADE: Final = {
    "Host": "chat.example",
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "chatroom.v1",
}


def head(target: str, headers: dict[str, str], method: str = "GET") -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class ScriptedPeer(trio.abc.Stream):
    """A peer that sends its pieces one by one, whatever it receives, and then disconnects.

    ``opening`` is sent first, and its response awaited. ``breaks``: it resets the connection at the
    end instead of closing it.
    """

    def __init__(
        self, pieces: Sequence[bytes], *, opening: bytes = b"", breaks: bool = False
    ) -> None:
        self._opening = opening
        self.pieces = [piece for piece in pieces if piece]
        self._breaks = breaks
        self._answered = trio.Event()
        if not opening:
            self._answered.set()
        self._closed = False
        self.sent = b""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.lowlevel.checkpoint()
        if self._opening:
            opening, self._opening = self._opening, b""
            return opening
        await self._answered.wait()
        if self._closed:
            raise trio.ClosedResourceError
        if self.pieces:
            piece = self.pieces.pop(0)
            size = len(piece) if max_bytes is None else max_bytes
            if rest := piece[size:]:
                self.pieces.insert(0, rest)
            return piece[:size]
        if self._breaks:
            raise trio.BrokenResourceError
        return b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        if self._closed:
            raise trio.ClosedResourceError
        self.sent += data
        self._answered.set()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        self._closed = True
        self._answered.set()
        await trio.lowlevel.checkpoint()


@attrs.define
class Record:
    """A handler that records what it receives."""

    texts: list[bytes] = attrs.field(factory=list)
    code: int | None = None

    async def __call__(self, websocket: WebSocket) -> None:
        try:
            while True:
                self.texts += await websocket.receive()
        except Closed as closed:
            self.code = closed.code


def sending_in(seconds: float) -> SocketLimits:
    """Return limits with this time for sending a piece."""
    return SocketLimits(sending=SendLimits(piece_s=seconds))


async def send_texts(websocket: WebSocket, *texts: bytes) -> None:
    await websocket.send_frames(list(map(text_frame, texts)))


@attrs.define
class Send:
    """A handler that sends texts one by one. ``code``: the connection ended meanwhile."""

    texts: Sequence[bytes]
    pause_s: float = 0
    code: int | None = None

    async def __call__(self, websocket: WebSocket) -> None:
        try:
            for text in self.texts:
                await send_texts(websocket, text)
                await trio.sleep(self.pause_s)
        except Closed as closed:
            self.code = closed.code


@attrs.define
class Peer:
    stream: trio.abc.Stream

    async def say(self, *frames: bytes) -> None:
        await self.stream.send_all(b"".join(frames))

    async def heard(self) -> list[Frame]:
        """Return all frames until the server closes the connection."""
        heard = b""
        while data := await self.stream.receive_some():
            heard += data
        return server_frames(heard)


async def serve(
    stream: trio.abc.Stream,
    handler: Handler,
    ahead: bytes = b"",
    limits: SocketLimits = NO_LIMITS,
) -> None:
    """Run a handler on a stream after the handshake, and close the stream at the end, as the HTTP
    server does."""
    try:
        await serve_websocket(stream, ahead, handler, limits=limits)
    finally:
        await trio.aclose_forcefully(stream)


def small_sockets() -> tuple[trio.SocketStream, trio.SocketStream]:
    """Return a pair of streams over sockets, of which the second sends little at once."""
    ours, theirs = trio.socket.socketpair()
    ours.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 4096)
    return trio.SocketStream(theirs), trio.SocketStream(ours)


@asynccontextmanager
async def connected(
    handler: Handler,
    limits: SocketLimits = NO_LIMITS,
    pair: Callable[[], tuple[trio.abc.Stream, trio.abc.Stream]] = memory_stream_pair,
) -> AsyncIterator[Peer]:
    """Serve one side of a pair of streams, and yield the other. Waits at the end for the server."""
    client, server = pair()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, server, handler, b"", limits)
            yield Peer(client)
    finally:
        if isinstance(client, trio.SocketStream):
            client.socket.close()
