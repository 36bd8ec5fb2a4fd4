"""Accepting connections, or telling them why not, also when no more files may be open."""

import errno
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import trio

from .http_messages import Response

RETRY_S: Final = 0.1
TURNING_AWAY_S: Final = 1
SAID_EVERY_S: Final = 60
FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
GONE: Final = frozenset(
    {
        errno.ECONNABORTED,
        errno.EPROTO,
        errno.EPERM,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
    }
)
"""Of the one connection, which failed before it was accepted: see accept(2)."""

logger = logging.getLogger(__name__)


class RetryingListener(trio.abc.Listener[trio.SocketStream]):
    """Leaves new connections in the backlog while no file can be opened for them.
    :func:`trio.serve_listeners` does the same, but logs it ten times a second, with a traceback.

    ``make_room`` is called each time that nobody can be let in.
    """

    def __init__(
        self, listener: trio.SocketListener, make_room: Callable[[], None] = lambda: None
    ) -> None:
        self._listener = listener
        self._make_room = make_room
        self._say_from = trio.current_time()

    async def accept(self) -> trio.SocketStream:
        while True:
            try:
                return await self._listener.accept()
            except OSError as error:
                if error.errno in FULL:
                    self._say(error.errno)
                    self._make_room()
                elif error.errno not in GONE:
                    raise
            await trio.sleep(RETRY_S)

    def _say(self, number: int) -> None:
        now = trio.current_time()
        if now >= self._say_from:
            self._say_from = now + SAID_EVERY_S
            logger.error("connections have to wait", extra={"error": os.strerror(number)})

    async def aclose(self) -> None:
        await self._listener.aclose()


async def turn_away(stream: trio.abc.Stream, response: Response) -> None:
    """Answer a connection before it has asked, and close it; under a short deadline.

    Closed with unread bytes, TCP would take the answer back, so they are read.
    """
    status = HTTPStatus(response.status)
    fields = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body)),
        **response.headers,
        "Connection": "close",
    }
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    try:
        gone = (trio.BrokenResourceError, trio.ClosedResourceError)
        with trio.move_on_after(TURNING_AWAY_S), suppress(*gone):
            await stream.send_all(head + response.body)
            if isinstance(stream, trio.abc.HalfCloseableStream):
                await stream.send_eof()
            while await stream.receive_some():
                pass
    finally:
        await trio.aclose_forcefully(stream)
