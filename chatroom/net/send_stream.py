"""Send whole frames on one connection, never interleaved, with a deadline for the peer to read."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs
import trio

from .min_rate import MinRate

PIECE_BYTES: Final = 64 * 1024
STALL_S: Final = 1
"""A deadline noticed this late was missed because this process was stalled, not the peer."""


@attrs.frozen
class SendLimits:
    """Limits for slow readers.

    :ivar piece_s: deadline for each piece of :data:`PIECE_BYTES`. It is not for a whole send: a
        slow peer cut off within a page would request the same page again and again.
    :ivar free_bytes: see :class:`.min_rate.MinRate`; likewise ``bytes_per_s``.
    """

    piece_s: float = 10
    free_bytes: int = 1 << 20
    bytes_per_s: int = 64 << 10


class SendStream:
    """Sends frames on a stream, one send at a time.

    A failed send ends it, because a part of a frame may have been sent.
    """

    __slots__ = (
        "_ended",
        "_fileno",
        "_free",
        "_limits",
        "_min_rate",
        "_progress_at",
        "_rest",
        "_sending",
        "_stream",
    )

    def __init__(self, stream: trio.abc.Stream, limits: SendLimits) -> None:
        self._stream = stream
        self._limits = limits
        # Asked for each send, since a closed socket has none.
        self._fileno = stream.socket.fileno if isinstance(stream, trio.SocketStream) else _no_file
        # Created for the first send of more than one piece; most connections never need it.
        self._min_rate: MinRate | None = None
        self._ended = False
        self._sending = trio.Lock()
        # Bytes that send_now accepted and could not write; sent before anything else.
        self._rest = b""
        # Whether send_now may write: not ended, no send in progress and none incomplete. One flag,
        # because it is checked for each receiver of each event.
        self._free = True
        self._progress_at = -math.inf

    @property
    def progress_at(self) -> float:
        """When the peer last read a piece of a longer send, by :func:`trio.current_time`."""
        return self._progress_at

    def end(self) -> None:
        """Refuse all further sends."""
        self._ended = True
        self._free = False

    def send_now(self, data: bytes) -> int | None:
        """Send whole frames without waiting. None: not accepted; use :meth:`send`.

        Otherwise return how many bytes could not be written at once. The next :meth:`send` sends
        them first.
        """
        if not self._free:
            return None
        try:
            sent = os.write(self._fileno(), data)
        except OSError:  # full or closed: send finds out which
            return None
        if sent == len(data):
            return 0
        self._rest, self._free = data[sent:], False
        return len(self._rest)

    async def send(self, frames: Sequence[bytes], *, last: bool = False) -> None:
        """Send whole frames. A send that is cancelled or misses its deadline ends the connection.

        :param last: this is the close frame; refuse all further sends.
        :raises trio.BrokenResourceError: the connection has ended, now or before.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._sending.acquire_nowait()  # saves a scheduler turn per send
        except trio.WouldBlock:
            await self._sending.acquire()
        self._free = False
        try:
            if self._ended:
                raise trio.BrokenResourceError("nothing more can be sent")
            self._ended = last
            rest, self._rest = self._rest, b""
            await self._transmit(_pieces([rest, *frames]))
        finally:
            self._sending.release()
            self._free = not (self._ended or self._sending.locked())

    async def _transmit(self, pieces: Iterable[bytes | memoryview]) -> None:
        sent = False
        try:
            for number, piece in enumerate(pieces):
                if number:
                    self._progress_at = trio.current_time()
                    self._min_rate = self._min_rate or _new_min_rate(self._limits)
                await self._send_piece(piece)
            sent = True
        finally:
            if not sent:
                self._ended = True
                # Makes the reading task fail too.
                await trio.aclose_forcefully(self._stream)

    async def _send_piece(self, piece: bytes | memoryview) -> None:
        """:raises trio.BrokenResourceError: the peer did not read it in time."""
        now, rate = trio.current_time(), self._min_rate
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
            if late < STALL_S:
                raise trio.BrokenResourceError("the peer does not read")
            deadline += late + STALL_S
            if rate is not None:
                rate.shift(late)
        if rate is not None:
            rate.sent(len(piece), trio.current_time())

    async def _send_some(self, data: memoryview) -> int:
        """Send a part and return its size. On a socket, cancelling it sends nothing."""
        if not isinstance(self._stream, trio.SocketStream):
            await self._stream.send_all(data)
            return len(data)
        try:
            return await self._stream.socket.send(data)
        except OSError as error:
            raise trio.BrokenResourceError from error


def _no_file() -> int:
    """Return the descriptor of what is not a socket: that of a closed one."""
    return -1


def _new_min_rate(limits: SendLimits) -> MinRate:
    return MinRate(limits.free_bytes, limits.bytes_per_s, limits.piece_s)


def _pieces(frames: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Join small frames and split large ones, without copying all of them at once."""
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
