"""The way out of one connection: whole frames, never mixed, and a deadline for taking them."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs
import trio

from .min_rate import MinRate

PIECE_BYTES: Final = 64 * 1024
LATE_S: Final = 1
"""A deadline that is noticed so late was missed by this process, which stood still."""


@attrs.frozen
class SendLimits:
    """``piece_s`` is for each piece of :data:`PIECE_BYTES`: a peer that is slow but reads is not
    cut off in the middle of a page, to ask for the same one again and again. For the other two see
    :class:`.min_rate.MinRate`.
    """

    piece_s: float = 10
    free_bytes: int = 1 << 20
    bytes_per_s: int = 64 << 10


class SendStream:
    """After a send that failed nothing is sent: a part of a frame may have left, and its rest can
    neither be taken back nor come later.
    """

    def __init__(self, stream: trio.abc.Stream, limits: SendLimits) -> None:
        self._stream = stream
        self._limits = limits
        # Made when there is more than one piece to send, which most connections never have.
        self._least_rate: MinRate | None = None
        self._ended = False
        self._sending = trio.Lock()
        # The rest of what send_now could not get rid of: goes before anything else.
        self._rest = b""
        self._went_on = -math.inf

    @property
    def went_on(self) -> float:
        """When the peer last took a part of something long, by :func:`trio.current_time`."""
        return self._went_on

    @property
    def unsent(self) -> int:
        """Bytes that :meth:`send_now` took and the network did not."""
        return len(self._rest)

    def end(self) -> None:
        """Refuse to send from now on."""
        self._ended = True

    def send_now(self, data: bytes) -> bool:
        """Whole frames, without waiting; False: nothing was taken, and :meth:`send` is the way.

        Bytes that are taken and do not leave at once are ``unsent``, and leave with the next
        :meth:`send`.
        """
        if not isinstance(self._stream, trio.SocketStream) or self._sending.locked():
            return False
        if self._rest or self._ended:
            return False
        try:
            sent = os.write(self._stream.socket.fileno(), data)
        except OSError:  # it is full, or gone: send finds out
            return False
        self._rest = data[sent:]
        return True

    async def send(self, frames: Sequence[bytes], *, last: bool = False) -> None:
        """Whole frames; ``last``: the close frame, after which nothing is sent.

        A send that is cut off, by the deadline or cancelled, ends the connection.

        :raises trio.BrokenResourceError: the connection has ended, now or before.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._sending.acquire_nowait()  # spares a turn of the scheduler for each send
        except trio.WouldBlock:
            await self._sending.acquire()
        try:
            if self._ended:
                raise trio.BrokenResourceError("nothing more can be sent")
            self._ended = last
            rest, self._rest = self._rest, b""
            await self._transmit(_pieces([rest, *frames]))
        finally:
            self._sending.release()

    async def _transmit(self, pieces: Iterable[bytes | memoryview]) -> None:
        sent = False
        try:
            for number, piece in enumerate(pieces):
                if number:
                    self._went_on = trio.current_time()
                    self._least_rate = self._least_rate or _least_rate(self._limits)
                await self._send_piece(piece)
            sent = True
        finally:
            if not sent:
                self._ended = True
                # So that the reading task notices as well.
                await trio.aclose_forcefully(self._stream)

    async def _send_piece(self, piece: bytes | memoryview) -> None:
        """:raises trio.BrokenResourceError:"""
        now, rate = trio.current_time(), self._least_rate
        deadline = now + self._limits.piece_s
        if rate is not None:
            rate.begin(now)
            deadline = min(deadline, rate.due)
        left = memoryview(piece)
        while left:
            with trio.move_on_at(deadline):
                left = left[await self._send_some(left) :]
                continue
            late = trio.current_time() - deadline
            if late < LATE_S:
                raise trio.BrokenResourceError("the peer does not read")
            deadline += late + LATE_S
            if rate is not None:
                rate.shift(late)
        if rate is not None:
            rate.sent(len(piece), trio.current_time())

    async def _send_some(self, data: memoryview) -> int:
        """How many bytes were sent: cancelled, none, if it is a socket."""
        if not isinstance(self._stream, trio.SocketStream):
            await self._stream.send_all(data)
            return len(data)
        try:
            return await self._stream.socket.send(data)
        except OSError as error:
            raise trio.BrokenResourceError from error


def _least_rate(limits: SendLimits) -> MinRate:
    return MinRate(limits.free_bytes, limits.bytes_per_s, limits.piece_s)


def _pieces(frames: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Small frames joined and large ones cut, without a copy of all of them at once."""
    joined, size = list[bytes](), 0
    for frame in frames:
        if joined and size + len(frame) > PIECE_BYTES:
            yield b"".join(joined)
            joined, size = [], 0
        if len(frame) <= PIECE_BYTES:
            joined.append(frame)
            size += len(frame)
            continue
        view = memoryview(frame)
        for start in range(0, len(frame), PIECE_BYTES):
            yield view[start : start + PIECE_BYTES]
    if size:
        yield b"".join(joined)
