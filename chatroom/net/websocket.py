"""A WebSocket that carries texts in batches, from after its opening handshake to its end.

Plain texts, which is most of what clients send, are taken out of the bytes as they come
(:mod:`.frames`); wsproto reads the rest (:mod:`.control_frames`). It is made only when something
else comes, so that an idle connection is small. Knows nothing of JSON or sessions.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

import attrs
import trio

from ..config import Rate
from ..errors import CloseCode
from ..protocol.results import FRAME_BYTES
from .buckets import Buckets
from .control_frames import ControlFrames
from .frames import FrameSplitter, close_frame, pong_for
from .send_stream import SendLimits, SendStream

Handler: TypeAlias = Callable[["WebSocket"], Awaitable[None]]

ABNORMAL: Final = 1006
"""Stands for the code of a connection that ended without one; never sent (RFC 6455, 7.4.1)."""

CLOSE_S: Final = 2
"""For the closing handshake."""

JUDGED_A_PASS: Final = 4
"""Frames that are no plain texts, before the other tasks get a turn: each costs some 30 us."""

_READ_BYTES: Final = 64 * 1024


class Closed(Exception):
    """The connection is over. ``code`` is of the close frame that ended it, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen
class SocketLimits:
    """``frames``: control frames and fragments, which no plain message needs; None: no limit.

    ``message_s``: from a message's first fragment to its last.
    """

    frames: Rate | None = None
    message_s: float = 30
    sending: SendLimits = attrs.Factory(SendLimits)


NO_LIMITS: Final = SocketLimits()
_FRAMES: Final = ""
"""The key of a connection's only bucket."""


class WebSocket:
    """One task receives and, when nobody receives any more, closes; any number of tasks send.

    Ends once, with a code: that of the first close frame that is sent either way, or
    :data:`ABNORMAL`. From then on nothing is sent, and nothing read but the peer's close frame.
    """

    def __init__(self, stream: trio.abc.Stream, ahead: bytes, limits: SocketLimits) -> None:
        self._stream = stream
        self._limits = limits
        self._outgoing = SendStream(stream, limits.sending)
        self._splitter = FrameSplitter(FRAME_BYTES)
        self._splitter.feed(ahead)
        # For as long as a message or a frame that is no plain text has begun, and not ended.
        self._judge: ControlFrames | None = None
        self._judge_until = 0.0
        self._judged_pieces = 0
        self._pong = b""
        self._counted_frames = 0
        self._frames = None if limits.frames is None else Buckets(limits.frames)
        self._code: int | None = None
        self._cut = False
        self._reading = False
        self._heard = trio.current_time()

    @property
    def last_heard(self) -> float:
        """When the peer last said something, or went on to take something long, by
        :func:`trio.current_time`: now, as long as nobody listens to it.
        """
        if not self._reading:
            return trio.current_time()
        return max(self._heard, self._outgoing.went_on)

    async def receive(self) -> list[bytes]:
        """The next text messages, all that are there, at least one. Not yet known to be UTF-8.

        Those that came before a close are all given. As long as nobody receives, nothing is read.

        :raises Closed:
        """
        while self._code is None:
            split = self._splitter.split()
            texts = split.texts
            if split.rest:
                text = await self._judged(split.rest)
                texts = texts if text is None else [*texts, text]
            if self._pong and not split.rest:
                await self._say_pong()
            if texts:
                return texts
            if split.too_big:
                await self._say_close(CloseCode.TOO_BIG)
            elif not split.rest:
                await self._read()
        raise Closed(self._code)

    async def send_frames(self, frames: Sequence[bytes]) -> None:
        """Frames of :func:`~chatroom.net.frames.text_frame`; small ones leave together.

        A peer that does not take them in time is cut off. So it is when the sender is cancelled
        midway: a part of a frame may be under way, and its rest can never follow.

        :raises Closed:
        """
        try:
            await self._outgoing.send(frames)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise Closed(ABNORMAL if self._code is None else self._code) from None

    def send_now(self, frames: bytes) -> bool:
        """Joined frames, without waiting; False: not taken. What is taken but still ``unsent`` is
        left to :meth:`send_frames`."""
        return self._outgoing.send_now(frames)

    @property
    def unsent(self) -> int:
        """Bytes that :meth:`send_now` took and the network did not."""
        return self._outgoing.unsent

    async def close(
        self, code: int = CloseCode.NORMAL, reason: str = "", *, seconds: float = CLOSE_S
    ) -> None:
        """Says goodbye and waits for the answer, so many seconds at most, cancelled or not.

        Texts that were not received are dropped. Cut off while there are unread bytes, TCP would
        take the goodbye back: so until the peer's own comes, they are read and dropped, unless too
        many frames come instead of it. The caller then cuts the connection.
        """
        with trio.move_on_after(seconds, shield=True):
            await self._say_close(code, reason)
            while not self._cut:
                self._splitter.split()
                if self._splitter.closed or self._splitter.given_up:
                    break
                await self._read()
        self._cut = True  # nothing is waited for again

    # ---- inside

    async def _read(self) -> None:
        self._reading = True
        try:
            if self._judge is None:
                data = await _receive(self._stream)
            else:
                with trio.move_on_at(self._judge_until) as waiting:
                    data = await _receive(self._stream)
                if waiting.cancelled_caught:
                    await self._say_close(CloseCode.SLOW, "the message took too long")
                    return
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        finally:
            self._reading = False
        if data:
            self._heard = trio.current_time()
            self._splitter.feed(data)
        else:
            self._cut = True
            self._outgoing.end()
            self._end(ABNORMAL)

    async def _judged(self, rest: bytes) -> bytes | None:
        """A text that it completes."""
        self._judged_pieces += 1
        if self._judged_pieces % JUDGED_A_PASS == 0:
            await trio.lowlevel.checkpoint()
        if not self._takes_frame():
            await self._say_close(CloseCode.VIOLATIONS, "too many control frames or fragments")
            return None
        judge = self._judge
        if judge is None and (pong := pong_for(rest)) is not None:
            self._pong = pong or self._pong
            return None
        if judge is None:
            judge = self._judge = ControlFrames()
            self._judge_until = trio.current_time() + self._limits.message_s
        verdict = judge.read(rest)
        if self._splitter.between:
            self._judge = None
        if verdict.code is not None:
            if self._pong:
                await self._say_pong()
            await self._say_last(verdict.answer, verdict.code)
        elif verdict.answer:
            self._pong = verdict.answer
        return verdict.text

    async def _say_pong(self) -> None:
        """Of several pings that are there, the last is answered (RFC 6455, 5.5.3): a send costs
        more than the rest of a ping.
        """
        pong, self._pong = self._pong, b""
        # The reading task notices by itself that the peer is gone.
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._outgoing.send([pong])

    def _takes_frame(self) -> bool:
        """Whether the frame comes within the rate, if one has begun."""
        if self._frames is None or self._splitter.passed_on == self._counted_frames:
            return True
        self._counted_frames = self._splitter.passed_on
        now = trio.current_time()
        if self._frames.wait(_FRAMES, now):
            return False
        self._frames.take(_FRAMES, now)
        return True

    async def _say_close(self, code: int, reason: str = "") -> None:
        if self._code is None:
            await self._say_last(close_frame(code, reason), code)

    async def _say_last(self, frame: bytes, code: int) -> None:
        self._end(code)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._outgoing.send([frame], last=True)

    def _end(self, code: int) -> None:
        if self._code is None:
            self._code = code
            self._judge = None
            self._splitter.discard()


async def _receive(stream: trio.abc.Stream) -> bytes | bytearray:
    """What ``receive_some`` does, which tries to read first: in vain for who sends one message
    after the other, and at a tenth of what a message costs.
    """
    # On one that is closed, Trio cannot wait; receive_some says that it is.
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
    """Runs the handler with the WebSocket, and closes it in every case; not the stream.

    ``ahead`` is what the client has sent after its handshake and is read already. The handler may
    let :class:`Closed` go through; its other exceptions close with 1011 and leave here. Cancelled,
    it closes with 1012: come back. Of what the peer does, nothing is raised.
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
