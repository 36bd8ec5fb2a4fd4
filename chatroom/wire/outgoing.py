"""The way out of one connection: whole frames, never mixed, and a deadline for who takes them."""

import math
import os
from typing import Final

import trio

PIECE_BYTES: Final = 64 * 1024
"""The deadline is for so much at once: who is slow but reads is not cut off in the middle of
pages, to ask for the same ones again and again."""


class Outgoing:
    """``seconds`` are for each piece of :data:`PIECE_BYTES`.

    After a send that failed nothing is sent: a part of a frame may have left, and its rest can
    neither be taken back nor come later.
    """

    def __init__(self, stream: trio.abc.Stream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
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
        """What is sent from now on is refused."""
        self._ended = True

    def send_now(self, data: bytes) -> bool:
        """Whole frames, without waiting; False: nothing was taken, and :meth:`send` is the way.

        What is taken and does not leave at once is ``unsent``, and leaves with the next
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

    async def send(self, data: bytes, *, last: bool = False) -> None:
        """Whole frames; ``last``: the close frame, after which nothing is sent.

        Who is cut off in here, by the deadline or cancelled, has ended the connection.

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
            if rest or data:
                await self._transmit(rest + data)
        finally:
            self._sending.release()

    async def _transmit(self, data: bytes) -> None:
        sent = False
        try:
            with trio.move_on_after(self._seconds) as waiting:
                for start in range(0, len(data), PIECE_BYTES):
                    if start:
                        self._went_on = trio.current_time()
                        waiting.deadline = self._went_on + self._seconds
                    await self._stream.send_all(data[start : start + PIECE_BYTES])
                sent = True
        finally:
            if not sent:
                self._ended = True
                # Who reads from it has to notice as well.
                await trio.aclose_forcefully(self._stream)
        if not sent:
            raise trio.BrokenResourceError("the peer does not read")
