"""The stream beneath trio-websocket: plain texts leave the byte flow here, the rest goes through.

Alone, trio-websocket is slow for small messages, and it closes without a word on what breaks the
protocol. So this stands between it and the network: takes the plain texts out, keeps them in order
with the messages that trio-websocket reads, and says with a close frame why a connection fails.
Reads only as it is asked to by trio-websocket's reader task, which is thus the only reader. Knows
nothing of what the texts mean.
"""

import os
from contextlib import suppress
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from ..errors import CloseCode
from .frames import FrameSplitter, close_code, close_frame, is_close_frame
from .protocol import FRAME_BYTES

ABNORMAL: Final = 1006
"""Stands for the code of a connection that ended without one; never sent (RFC 6455, 7.4.1)."""

_READ_BYTES: Final = 64 * 1024
# Past either, nothing more is read until the texts are taken; one read may overshoot them.
_HELD_TEXTS: Final = 256
_HELD_BYTES: Final = 256 * 1024


class FrameStream(trio.abc.Stream):
    """``transport`` is the network after the opening handshake, ``opening`` that handshake.

    Ends once, with a ``code``: that of the first close frame that is sent either way, or
    :data:`ABNORMAL`. From then on nothing is sent, and nothing read but the peer's close frame.
    """

    def __init__(self, transport: trio.abc.Stream, opening: bytes, send_seconds: float) -> None:
        self.code: int | None = None
        self.opened = trio.Event()
        self.shut = trio.Event()
        self._transport = transport
        self._opening = opening
        self._send_seconds = send_seconds
        self._connection: WebSocketConnection | None = None
        self._splitter = FrameSplitter(FRAME_BYTES)
        self._message_due = False
        self._heard = trio.current_time()
        self._texts: list[bytes] = []
        self._held = 0
        self._arrival = trio.Event()
        self._room = trio.Event()
        self._sending = trio.Lock()
        # The rest of what send_now could not get rid of: goes before anything else.
        self._rest = b""

    def open(self, connection: WebSocketConnection) -> None:
        """The handshake is answered: frames may be read."""
        self._connection = connection
        self.opened.set()

    # ---- for WebSocket

    @property
    def last_heard(self) -> float:
        """When the peer last said something: now, while texts wait here and little is read."""
        return trio.current_time() if self._texts else self._heard

    async def take(self) -> list[bytes]:
        """All texts that are there; waits for one. Empty: the connection has ended."""
        if not self._texts and self.code is None:
            self._arrival = trio.Event()
            await self._arrival.wait()
        else:
            await trio.lowlevel.checkpoint()
        texts, self._texts = self._texts, []
        self._held = 0
        self._room.set()
        return texts

    def drop_texts(self) -> None:
        """Nobody is going to take them."""
        self._texts.clear()
        self._held = 0
        self._room.set()

    async def say_close(self, code: int, reason: str = "") -> None:
        """The last word, if it is not said. What follows is the peer's, and then ``shut`` is set.

        Nobody waits for that here. But cut off while there are unread bytes, TCP would take the
        word back, so they are read and dropped until then.
        """
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self.send_all(close_frame(code, reason))

    async def abort(self) -> None:
        """The end, without a word."""
        self._end(ABNORMAL)
        self.shut.set()
        await trio.aclose_forcefully(self._transport)

    def send_now(self, data: bytes) -> bool:
        """Whole frames, without waiting; False: nothing was taken, and :meth:`send_all` is the way.

        What is taken and does not leave at once is the stream's ``unsent`` from then on, and
        leaves with the next :meth:`send_all`.
        """
        if not isinstance(self._transport, trio.SocketStream) or self._sending.locked():
            return False
        if self._rest or self.code is not None:
            return False
        try:
            sent = os.write(self._transport.socket.fileno(), data)
        except OSError:  # it is full, or gone: send_all finds out
            return False
        self._rest = data[sent:]
        return True

    @property
    def unsent(self) -> int:
        """Bytes."""
        return len(self._rest)

    # ---- for trio-websocket

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """What trio-websocket has to read; may be more than it asked for, which it can cope with.

        To be asked means that it is done with all it got before: a message that was completed
        there lies in its queue now, and goes in line here before anything else is read.
        """
        if self._opening:
            opening, self._opening = self._opening, b""
            return opening
        # What follows the handshake must not reach wsproto before the answer is made.
        await self.opened.wait()
        if self._message_due and self._connection:
            self._message_due = False
            await self._fetch_message(self._connection)
        while not self.shut.is_set():
            split = self._splitter.split()
            self._put(split.texts)
            if split.too_big:
                await self.say_close(CloseCode.TOO_BIG)
            elif split.rest:
                self._message_due = split.completes
                return split.rest
            elif self.code is not None and self._splitter.closed:
                await self.abort()
            else:
                await self._make_room()
                await self._read()
        raise trio.ClosedResourceError

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Whole frames, which are never mixed with those of another task.

        Whoever is cut off in here, by the deadline or cancelled, ends the connection: the rest of
        a frame cannot be taken back, and cannot be sent later.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._sending.acquire_nowait()  # spares a turn of the scheduler for each send
        except trio.WouldBlock:
            await self._sending.acquire()
        try:
            if self.code is not None:
                raise trio.ClosedResourceError
            # trio-websocket sends each frame by itself, so a close frame comes first or not at all.
            frame = bytes(data)
            if frame and is_close_frame(frame):
                self._end(close_code(frame))
            rest, self._rest = self._rest, b""
            if rest or frame:
                await self._transmit(rest + frame)
        finally:
            self._sending.release()

    async def wait_send_all_might_not_block(self) -> None:
        await self._transport.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """trio-websocket is done: both sides have said goodbye, or it has read a violation.

        That it keeps to itself; so here it is told, and the reader goes on for the answer.
        """
        reason = self._connection.closed if self._connection else None
        if self.code is None and reason:
            await self.say_close(reason.code)
        else:
            await self.abort()

    # ---- inside

    def _end(self, code: int) -> None:
        if self.code is None:
            self.code = code
            self._splitter.discard()
            self.opened.set()
            self._arrival.set()
            self._room.set()

    def _put(self, texts: list[bytes]) -> None:
        if texts:
            self._texts += texts
            self._held += sum(map(len, texts))
            self._arrival.set()

    async def _fetch_message(self, connection: WebSocketConnection) -> None:
        try:
            message = await connection.get_message()
        except ConnectionClosed:  # we closed it meanwhile, and nobody wants the message
            return
        if isinstance(message, str):
            self._put([message.encode()])
        else:
            await self.say_close(CloseCode.UNSUPPORTED_DATA)

    async def _make_room(self) -> None:
        while self.code is None and (len(self._texts) >= _HELD_TEXTS or self._held >= _HELD_BYTES):
            self._room = trio.Event()
            await self._room.wait()

    async def _read(self) -> None:
        try:
            data = await self._transport.receive_some(_READ_BYTES)
        except trio.BrokenResourceError:
            data = b""
        if data:
            self._heard = trio.current_time()
            self._splitter.feed(data)
        else:
            await self.abort()

    async def _transmit(self, data: bytes) -> None:
        sent = False
        try:
            with trio.move_on_after(self._send_seconds):
                await self._transport.send_all(data)
                sent = True
        finally:
            if not sent:
                await self.abort()
        if not sent:
            raise trio.BrokenResourceError("the peer does not read")
