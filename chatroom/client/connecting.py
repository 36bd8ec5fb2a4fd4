"""Connect to a server: the entry point of the client."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import trio

from .chat import Chat
from .event_queue import EventQueue
from .files import FileTransfer
from .retry import RetryQueue
from .session import Session
from .transport import Dial, dial, websocket_url

BUFFER: Final = 1000


@asynccontextmanager
async def connect(
    url: str,
    token: str,
    *,
    buffer: int | None = BUFFER,
    patient: bool = False,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Chat]:
    """Open a session until the block ends. It survives lost connections and restarts.

    :param url: the server's URL, as ``http://host:port`` or ``wss://host/ws``.
    :param buffer: maximum number of messages waiting in :meth:`Chat.events`. Others are fetched
        when there is space. None: no events; only the views of rooms are updated.
    :param patient: retry rate-limited calls instead of raising :class:`RateLimited`.
    :param ssl_context: for TLS; the default verifies the server.
    :raises CannotConnect: the server is unavailable.
    :raises SessionEnded: the token is invalid.

    >>> async def hello(url: str, token: str) -> None:
    ...     async with connect(url, token) as chat:
    ...         await chat.join("general")
    ...         await chat.send("general", "hello")
    ...         async for event in chat.events():
    ...             print(event)
    """
    address = websocket_url(url)
    if ssl_context is not None and not address.startswith("wss:"):
        raise ValueError(f"{url}: an ssl_context is for https:// and wss://")
    async with connect_over(
        partial(dial, address, ssl_context), address, token, buffer, patient, ssl_context
    ) as chat:
        yield chat


@asynccontextmanager
async def connect_over(
    dial: Dial,
    where: str,
    token: str,
    buffer: int | None,
    patient: bool,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Chat]:
    """Like :func:`connect`, with any transport. ``where`` names the server in error messages."""
    waiting = EventQueue(buffer)
    session = Session(dial, where, token, waiting)
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(session.run)
            files = FileTransfer(where, token, ssl_context)
            yield Chat(session, waiting, RetryQueue(patient=patient), files)
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        # The nursery is an implementation detail: unwrap a group of one.
        if len(group.exceptions) > 1:
            raise
        error = group.exceptions[0]
        context = error.__context__
        try:
            raise error  # not "from None", which would remove its cause
        finally:
            error.__context__ = context
