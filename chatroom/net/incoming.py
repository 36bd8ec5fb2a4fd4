"""A request's body that is received while the request is handled, with limits for slow senders."""

from collections.abc import Awaitable, Callable
from typing import Final

import h11
import trio

from .heads import BadRequest

PIECE_BYTES: Final = 16 * 1024
"""Received within each :class:`.http.Timeouts`' ``body``, so the minimum rate is 1.6 KB/s."""


class BodyLost(Exception):
    """The connection was lost, or the client sends too slowly, before the end of the body."""


class IncomingBody:
    """Implements :class:`.http_messages.Incoming`.

    Only the time in which the server waits for the client counts, not that between two calls.

    :param next_event: returns the next event of h11, which may wait for the client.
    :param proceed: called once, before the first wait: a client may wait for "100 Continue".
    :param timeout: for each :data:`PIECE_BYTES`, in seconds.
    """

    def __init__(
        self,
        length: int | None,
        next_event: Callable[[], Awaitable[object]],
        proceed: Callable[[], Awaitable[None]],
        timeout: float,
    ) -> None:
        self.length: Final = length
        self.ended = False
        self._next_event = next_event
        self._proceed: Callable[[], Awaitable[None]] | None = proceed
        self._timeout = timeout
        self._left_s = timeout
        self._piece = 0

    async def receive(self) -> bytes:
        """Return the next bytes; none at the end.

        :raises BodyLost: :raises BadRequest: it is malformed.
        """
        if self.ended:
            return b""
        await trio.lowlevel.checkpoint()  # a chunk may be a single byte, and many may be here
        began = trio.current_time()
        try:
            with trio.fail_after(max(self._left_s, 0)):
                if self._proceed is not None:
                    await self._proceed()
                    self._proceed = None
                event = await self._next_event()
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint, "not well-formed HTTP/1.1") from None
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as gone:
            raise BodyLost(repr(gone)) from gone
        self._left_s -= trio.current_time() - began
        if not isinstance(event, h11.Data):
            self.ended = True
            return b""
        self._piece += len(event.data)
        if self._piece >= PIECE_BYTES:
            self._piece, self._left_s = 0, self._timeout
        return bytes(event.data)
