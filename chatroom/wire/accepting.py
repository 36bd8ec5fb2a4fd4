"""Accepting connections, also when no more files may be open. Knows nothing of their use."""

import errno
import logging
import os
from typing import Final

import trio

RETRY_S: Final = 0.1
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


class PatientListener(trio.abc.Listener[trio.SocketStream]):
    """Who comes when nobody can be let in waits in the backlog. :func:`trio.serve_listeners` would
    do the same, but say so ten times a second, with a traceback."""

    def __init__(self, listener: trio.SocketListener) -> None:
        self._listener = listener
        self._say_from = trio.current_time()

    async def accept(self) -> trio.SocketStream:
        while True:
            try:
                return await self._listener.accept()
            except OSError as error:
                if error.errno in FULL:
                    self._say(error.errno)
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
