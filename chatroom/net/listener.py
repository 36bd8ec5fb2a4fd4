"""Accept connections, also when out of file descriptors, and refuse connections over a limit."""

import errno
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import trio

from ..errors import StartError
from ..setting_types import UNIX, split_address, unix_path
from .http_messages import Response
from .proxies import LOCAL_SOCKET
from .unix_socket import unix_listener

UNIX_MODE: Final = 0o660
"""Permissions of a socket with a path: for the server's user and group."""
RETRY_S: Final = 0.1
REFUSAL_TIMEOUT_S: Final = 1
LOG_INTERVAL_S: Final = 60
OUT_OF_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
CONNECTION_ERRORS: Final = frozenset(
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
"""Errors of a single connection that failed before it was accepted: see accept(2)."""

logger = logging.getLogger(__name__)


class RetryingListener(trio.abc.Listener[trio.SocketStream]):
    """Retries accepting when out of file descriptors; new clients wait in the kernel's backlog.

    :func:`trio.serve_listeners` does the same, but logs a traceback ten times a second.

    :param make_room: called each time that accepting fails for want of resources.
    """

    def __init__(
        self, listener: trio.SocketListener, make_room: Callable[[], None] = lambda: None
    ) -> None:
        self._listener = listener
        self._make_room = make_room
        self._next_log_at = trio.current_time()

    async def accept(self) -> trio.SocketStream:
        while True:
            try:
                return await self._listener.accept()
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    self._log(error.errno)
                    self._make_room()
                elif error.errno not in CONNECTION_ERRORS:
                    raise
            await trio.sleep(RETRY_S)

    def _log(self, number: int) -> None:
        now = trio.current_time()
        if now >= self._next_log_at:
            self._next_log_at = now + LOG_INTERVAL_S
            logger.error("accept failed; retrying", extra={"error": os.strerror(number)})

    async def aclose(self) -> None:
        await self._listener.aclose()


async def accept_connections(
    listener: RetryingListener,
    handle: Callable[[trio.SocketStream], Awaitable[None]],
    connections: trio.Nursery,
) -> None:
    """Accept until cancelled. Each connection is handled by a task in ``connections``, and closed.

    :func:`trio.serve_listeners` closes by a cancelled scope and one more pass of the event loop.
    """
    async with listener:
        while True:
            connections.start_soon(_handle, await listener.accept(), handle)


async def _handle(
    stream: trio.SocketStream, handle: Callable[[trio.SocketStream], Awaitable[None]]
) -> None:
    try:
        await handle(stream)
    finally:
        stream.socket.close()


@asynccontextmanager
async def listening(
    address: str, backlog: int, purpose: str = ""
) -> AsyncIterator[list[trio.SocketListener]]:
    """Yield listeners on ``host:port`` or ``unix:PATH``, and close them.

    :param purpose: words for the message of the error.
    :raises StartError: it cannot listen there.
    """
    if path := unix_path(address):
        with unix_listener(Path(path), UNIX_MODE, backlog) as listener:
            yield [listener]
        return
    host, port = split_address(address)
    try:
        listeners = await trio.open_tcp_listeners(port, host=host, backlog=backlog)
    except OSError as error:
        message = f"cannot listen on {address}{purpose}: {error.strerror or error}"
        raise StartError(message) from None
    try:
        yield listeners
    finally:
        for each in listeners:
            each.socket.close()


def bound_address(listener: trio.SocketListener) -> str:
    """``host:port``, IPv6 in brackets, or ``unix:PATH``."""
    name = listener.socket.getsockname()
    if isinstance(name, str):
        return UNIX + name
    host, port, *_ = name
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def peer_address(stream: trio.SocketStream) -> str:
    """Return the address of the other end.

    :raises OSError: the connection has ended.
    """
    name = stream.socket.getpeername()
    return str(name[0]) if isinstance(name, tuple) else LOCAL_SOCKET


async def refuse(stream: trio.abc.Stream, response: Response) -> None:
    """Send a response without waiting for a request, and close, within REFUSAL_TIMEOUT_S.

    Input is drained first. Closing with unread bytes makes TCP reset the connection, which can drop
    the response.
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
        with trio.move_on_after(REFUSAL_TIMEOUT_S), suppress(*gone):
            await stream.send_all(head + response.body)
            if isinstance(stream, trio.abc.HalfCloseableStream):
                await stream.send_eof()
            while await stream.receive_some():
                pass
    finally:
        await trio.aclose_forcefully(stream)
