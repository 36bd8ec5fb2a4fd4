"""A WebSocket connection after the opening handshake; receives texts in batches.

Plain text frames, most of what clients send, are split from the byte stream (:mod:`.frames`).
wsproto parses everything else (:mod:`.control_frames`). Its parser is created on demand, so an idle
connection is small. Knows nothing of JSON or sessions.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

import attrs
import trio

from ..errors import CloseCode
from ..limit_settings import Rate
from ..protocol.results import FRAME_BYTES
from .buckets import Buckets
from .control_frames import ControlFrames
from .frames import FrameSplitter, close_frame, pong_for
from .send_stream import SendLimits, SendStream

Handler: TypeAlias = Callable[["WebSocket"], Awaitable[None]]

ABNORMAL: Final = 1006
"""The code of a connection that ended without a close frame; never sent (RFC 6455, 7.4.1)."""

CLOSE_TIMEOUT_S: Final = 2
"""Default timeout of the closing handshake."""

CONTROL_FRAMES_PER_TICK: Final = 4
"""Frames handled before other tasks run, if they are not plain texts: each costs some 30 us."""

_READ_BYTES: Final = 64 * 1024


class Closed(Exception):
    """The connection has ended. ``code``: of the close frame, or 1006 if there was none."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen
class SocketLimits:
    """Limits of one connection.

    :ivar frames: rate of control frames and fragments; plain messages do not count. None: no limit.
    :ivar message_s: time from a message's first fragment to its last.
    :ivar sending: limits for slow readers.
    """

    frames: Rate | None = None
    message_s: float = 30
    sending: SendLimits = attrs.Factory(SendLimits)


NO_LIMITS: Final = SocketLimits()
_FRAMES: Final = ""
"""The key of a connection's only bucket."""


class WebSocket:
    """One task receives, and closes after it has stopped receiving. Any number of tasks send.

    The connection ends once, with the code of the first close frame sent in either direction, or
    :data:`ABNORMAL`. After that nothing is sent, and only the peer's close frame is read.
    """

    def __init__(self, stream: trio.abc.Stream, ahead: bytes, limits: SocketLimits) -> None:
        self._stream = stream
        self._limits = limits
        self._outgoing = SendStream(stream, limits.sending)
        self.send_now: Final = self._outgoing.send_now  # without a call in between: many are sent
        self._splitter = FrameSplitter(FRAME_BYTES)
        self._splitter.feed(ahead)
        # Exists while a fragmented message or a frame other than plain text is incomplete.
        self._control_frames: ControlFrames | None = None
        self._control_deadline = 0.0
        self._control_pieces = 0
        self._pong = b""
        self._counted_frames = 0
        self._frames = None if limits.frames is None else Buckets(limits.frames)
        self._code: int | None = None
        self._disconnected = False
        self._reading = False
        self._last_data_at = trio.current_time()

    @property
    def last_heard(self) -> float:
        """When the peer last sent data or read a piece of a longer send.

        By :func:`trio.current_time`. While no task is reading, it is the current time.
        """
        if not self._reading:
            return trio.current_time()
        return max(self._last_data_at, self._outgoing.progress_at)

    async def receive(self) -> list[bytes]:
        """Return all text messages received, at least one. They are not checked to be UTF-8.

        All messages received before a close are returned. Nothing is read except by this method.

        :raises Closed: the connection has ended.
        """
        while self._code is None:
            split = self._splitter.split()
            texts = split.texts
            if split.rest:
                text = await self._handle_control(split.rest)
                texts = texts if text is None else [*texts, text]
            if self._pong and not split.rest:
                await self._send_pong()
            if texts:
                return texts
            if split.too_big:
                await self._send_close(CloseCode.TOO_BIG)
            elif not split.rest:
                await self._read()
        raise Closed(self._code)

    async def send_frames(self, frames: Sequence[bytes]) -> None:
        """Send frames of :func:`~chatroom.net.frames.text_frame`; small ones are sent together.

        The connection ends if the peer does not read them in time, or if this is cancelled midway:
        a part of a frame may have been sent.

        :raises Closed: the connection has ended.
        """
        try:
            await self._outgoing.send(frames)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise Closed(ABNORMAL if self._code is None else self._code) from None

    async def close(
        self, code: int = CloseCode.NORMAL, reason: str = "", *, seconds: float = CLOSE_TIMEOUT_S
    ) -> None:
        """Run the closing handshake, shielded from cancellation, for at most ``seconds``.

        Input is read and dropped until the peer's close frame, or until too many other frames have
        come. Closing with unread bytes makes TCP reset the connection, which can drop the close
        frame. The caller then closes the stream.
        """
        if self._disconnected:
            return
        with trio.move_on_after(seconds, shield=True):
            await self._send_close(code, reason)
            while not self._disconnected:
                self._splitter.split()
                if self._splitter.closed or self._splitter.given_up:
                    break
                await self._read()
        self._disconnected = True  # a second call must not wait again

    # ---- inside

    async def _read(self) -> None:
        self._reading = True
        try:
            if self._control_frames is None:
                data = await _receive(self._stream)
            else:
                with trio.move_on_at(self._control_deadline) as waiting:
                    data = await _receive(self._stream)
                if waiting.cancelled_caught:
                    await self._send_close(CloseCode.SLOW, "the message took too long")
                    return
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        finally:
            self._reading = False
        if data:
            self._last_data_at = trio.current_time()
            self._splitter.feed(data)
        else:
            self._disconnected = True
            self._outgoing.end()
            self._end(ABNORMAL)

    async def _handle_control(self, rest: bytes) -> bytes | None:
        """Parse bytes of a frame other than plain text. Returns the text they complete, if any."""
        self._control_pieces += 1
        if self._control_pieces % CONTROL_FRAMES_PER_TICK == 0:
            await trio.lowlevel.checkpoint()
        if not self._is_within_rate():
            await self._send_close(CloseCode.VIOLATIONS, "too many control frames or fragments")
            return None
        parser = self._control_frames
        if parser is None and (pong := pong_for(rest)) is not None:
            self._pong = pong or self._pong
            return None
        if parser is None:
            parser = self._control_frames = ControlFrames()
            self._control_deadline = trio.current_time() + self._limits.message_s
        result = parser.read(rest)
        if self._splitter.between:
            self._control_frames = None
        if result.code is not None:
            if self._pong:
                await self._send_pong()
            await self._send_last(result.answer, result.code)
        elif result.answer:
            self._pong = result.answer
        return result.text

    async def _send_pong(self) -> None:
        """Answer the last ping received, which answers all before it (RFC 6455, 5.5.3).

        A send costs more than the rest of handling a ping.
        """
        pong, self._pong = self._pong, b""
        # The reading task finds out by itself that the connection has ended.
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._outgoing.send([pong])

    def _is_within_rate(self) -> bool:
        """Whether the frame, if a new one has begun, is within the rate limit."""
        if self._frames is None or self._splitter.passed_on == self._counted_frames:
            return True
        self._counted_frames = self._splitter.passed_on
        now = trio.current_time()
        if self._frames.wait(_FRAMES, now):
            return False
        self._frames.spend(_FRAMES, now)
        return True

    async def _send_close(self, code: int, reason: str = "") -> None:
        if self._code is None:
            await self._send_last(close_frame(code, reason), code)

    async def _send_last(self, frame: bytes, code: int) -> None:
        self._end(code)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._outgoing.send([frame], last=True)

    def _end(self, code: int) -> None:
        if self._code is None:
            self._code = code
            self._control_frames = None
            self._splitter.discard()


async def _receive(stream: trio.abc.Stream) -> bytes | bytearray:
    """Like ``receive_some``, but wait before reading.

    ``receive_some`` tries to read first. For a request/response client that is a wasted system
    call, a tenth of the cost of a message.
    """
    # Trio cannot wait on a closed socket; receive_some raises the right error.
    while isinstance(stream, trio.SocketStream) and stream.socket.fileno() >= 0:
        await trio.lowlevel.wait_readable(stream.socket)
        with suppress(BlockingIOError):
            return os.read(stream.socket.fileno(), _READ_BYTES)
    return await stream.receive_some(_READ_BYTES)


async def serve_websocket(
    stream: trio.abc.Stream,
    ahead: bytes,
    handler: Handler,
    *,
    limits: SocketLimits = NO_LIMITS,
) -> None:
    """Run the handler with the WebSocket, then close the WebSocket, but not the stream.

    The handler may let :class:`Closed` propagate. Its other exceptions close with 1011 and
    propagate. Cancellation closes with 1012 (service restart). No action of the peer raises.

    :param ahead: bytes sent after the handshake and already read.
    """
    websocket = WebSocket(stream, ahead, limits)
    code: int = CloseCode.RESTART
    try:
        await handler(websocket)
        code = CloseCode.NORMAL
    except Closed:
        code = CloseCode.NORMAL
    except Exception:
        code = CloseCode.INTERNAL_ERROR
        raise
    finally:
        await websocket.close(code)
