"""A WebSocket that carries texts in batches: trio-websocket, with a fast stream of ours beneath.

trio-websocket does the handshakes, answers pings and judges what is unusual; see
:mod:`chatroom.wire.frame_stream` for what is done beneath it. Knows nothing of JSON or sessions.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import trio
from trio_websocket import wrap_server_stream

from ..errors import CloseCode
from .exchange import Request
from .frame_stream import ABNORMAL, FrameStream
from .frames import PING, text_frame
from .handshake import opening_bytes, subprotocol
from .protocol import FRAME_BYTES

Handler: TypeAlias = Callable[["WebSocket"], Awaitable[None]]

_ACCEPT_SECONDS: Final = 5
_CLOSE_SECONDS: Final = 2
_logger: Final = logging.getLogger(__name__)


class Closed(Exception):
    """The connection is over. ``code`` is of the close frame that ended it, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WebSocket:
    """One task receives, any number of tasks send."""

    def __init__(self, stream: FrameStream) -> None:
        self._stream = stream

    @property
    def last_heard(self) -> float:
        """When the peer last said something, by :func:`trio.current_time`."""
        return self._stream.last_heard

    async def receive(self) -> list[bytes]:
        """The next text messages, all that are there, at least one. Not yet known to be UTF-8.

        Those that came before a close are all given. As long as nobody receives, little is read.

        :raises Closed:
        """
        texts = await self._stream.take()
        if not texts:
            raise self._closed()
        return texts

    async def send_texts(self, payloads: Sequence[bytes]) -> None:
        """:raises Closed:"""
        await self.send_frames([text_frame(payload) for payload in payloads])

    async def send_frames(self, frames: Sequence[bytes]) -> None:
        """Frames of :func:`~chatroom.wire.frames.text_frame`, all with one send.

        A peer that does not take them in time is cut off. So it is when the sender is cancelled
        midway: a part of a frame may be under way, and its rest can never follow.

        :raises Closed:
        """
        try:
            await self._stream.send_all(b"".join(frames))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise self._closed() from None

    def send_now(self, frames: bytes) -> bool:
        """Joined frames, without waiting; False: not taken. What is taken but still ``unsent`` is
        left to :meth:`send_frames`."""
        return self._stream.send_now(frames)

    @property
    def unsent(self) -> int:
        """Bytes that :meth:`send_now` took and the network did not."""
        return self._stream.unsent

    async def ping(self) -> None:
        """Makes a living peer say something; ``last_heard`` tells. :raises Closed:"""
        await self.send_frames([PING])

    async def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Says goodbye, waits for the answer, cuts the connection: two seconds, cancelled or not.

        Texts that were not received are dropped. Does nothing when it is closed.
        """
        self._stream.drop_texts()
        with trio.move_on_after(_CLOSE_SECONDS, shield=True):
            await self._stream.say_close(code, reason)
            await self._stream.shut.wait()
        await self._stream.abort()

    def _closed(self) -> Closed:
        return Closed(ABNORMAL if self._stream.code is None else self._stream.code)


async def serve_websocket(
    stream: trio.abc.Stream, request: Request, handler: Handler, *, send_seconds: float = 10
) -> None:
    """Answers the upgrade, runs the handler with the WebSocket, and closes it in every case.

    ``stream`` goes on after the request's head. The handler may let :class:`Closed` go through;
    its other exceptions close with 1011 and leave here. Cancelled, it closes with 1012: come back.
    Of what the peer does, nothing is raised.
    """
    beneath = FrameStream(stream, opening_bytes(request), send_seconds)
    # The reader outlives our own cancellation, for the closing handshake's two seconds.
    reader = trio.CancelScope(shield=True)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_read, beneath, subprotocol(request), reader)
            try:
                await beneath.opened.wait()
                if beneath.code is None:
                    await _handle(WebSocket(beneath), handler)
            finally:
                reader.cancel()
    except* Closed:
        pass


async def _handle(websocket: WebSocket, handler: Handler) -> None:
    code: int = CloseCode.RESTART
    try:
        await handler(websocket)
        code = CloseCode.NORMAL
    except Exception:
        code = CloseCode.INTERNAL_ERROR
        raise
    finally:
        await websocket.close(code)


async def _read(beneath: FrameStream, subprotocol: str | None, scope: trio.CancelScope) -> None:
    """Runs trio-websocket's reader; what it stumbles over ends the connection, and only that."""
    with scope:
        try:
            async with trio.open_nursery() as nursery:
                with trio.fail_after(_ACCEPT_SECONDS):
                    proposal = await wrap_server_stream(
                        nursery, beneath, max_message_size=FRAME_BYTES
                    )
                    beneath.open(await proposal.accept(subprotocol=subprotocol))
        except* Exception:
            _logger.debug("trio-websocket gave up", exc_info=True)
        finally:
            await beneath.abort()
