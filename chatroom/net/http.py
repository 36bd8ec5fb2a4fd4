"""Serve HTTP/1.1 on one accepted connection. :mod:`.http_connection` reads and sends.

Malformed requests are rejected here, and callbacks answer the others. An accepted upgrade hands the
connection to a takeover function. Knows nothing of what is served, and of WebSockets only the
handshake.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias, TypeVar

import trio

from ..errors import Refused
from . import ws_handshake
from .heads import BadRequest
from .http_connection import (
    LINGER_S,
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    BodyLimit,
    HttpConnection,
    Timeouts,
    default_body_limit,
)
from .http_messages import Request, Response
from .incoming import BodyLost
from .proxies import TrustedProxies
from .sockets import close

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_HEAD_BYTES",
    "Answer",
    "InFlightRequests",
    "Request",
    "Response",
    "Takeover",
    "Timeouts",
    "Upgrade",
    "serve_http",
]

T = TypeVar("T")
Takeover: TypeAlias = Callable[[trio.abc.Stream, bytes], Awaitable[None]]
"""Owns the connection from the answered upgrade until it returns. The bytes followed the request
and are already read."""
Answer: TypeAlias = Callable[[Request], Awaitable[Response]]
Upgrade: TypeAlias = Callable[[Request], Awaitable[Response | Takeover]]
"""Called for each valid upgrade of ``/ws``; returns a takeover, or a response that refuses it."""

logger = logging.getLogger(__name__)


class InFlightRequests:
    """Counts requests that are read and not answered; a server waits for them before it stops."""

    def __init__(self) -> None:
        self._count = 0
        self._none = trio.lowlevel.ParkingLot()

    def begin(self) -> None:
        self._count += 1

    def end(self) -> None:
        self._count -= 1
        if not self._count:
            self._none.unpark_all()

    async def wait_for_none(self) -> None:
        while self._count:
            await self._none.park()


async def serve_http(
    stream: trio.abc.Stream,
    peer: str,
    answer: Answer,
    upgrade: Upgrade,
    *,
    timeouts: Timeouts | None = None,
    in_flight: Callable[[], AbstractContextManager[object]] = nullcontext,
    proxies: TrustedProxies | None = None,
    body_limit: BodyLimit = default_body_limit,
    prefix: str = "",
) -> None:
    """Serve the connection to its end and close it. Raises nothing but cancellation.

    An exception of ``answer`` or ``upgrade`` is logged and answered 500. An exception of a takeover
    is logged.

    :param peer: the address of the other end; if it is one of ``proxies``, the client's differs.
    :param prefix: a path such as ``/chat``, which paths may begin with. It is taken away.
    :param in_flight: entered for each request until its answer is sent.
    """
    try:
        # No variable for the HTTP connection: it is freed before a takeover begins.
        taken = await _converse(
            HttpConnection(
                *(stream, peer, timeouts or Timeouts(), proxies or TrustedProxies()),
                body_limit,
                prefix,
            ),
            answer,
            upgrade,
            in_flight,
        )
        if taken is not None:
            takeover, ahead = taken
            await _take_over(takeover, stream, ahead)
    except (
        trio.BrokenResourceError,
        trio.ClosedResourceError,
        trio.TooSlowError,
        BodyLost,
    ) as gone:
        logger.debug("lost %s: %r", peer, gone)
    finally:
        await close(stream, LINGER_S)


async def _converse(
    connection: HttpConnection,
    answer: Answer,
    upgrade: Upgrade,
    in_flight: Callable[[], AbstractContextManager[object]],
) -> tuple[Takeover, bytes] | None:
    """Answer requests until the connection ends or is upgraded.

    Returns the takeover with the bytes already read, or None at the end of the connection.
    """
    while True:
        try:
            request = await connection.read_request()
        except BadRequest as bad:
            await connection.reject(bad.response)
            return None
        if request is None:
            return None
        with in_flight():
            reply = await _reply(request, answer, upgrade)
            if not isinstance(reply, Response):
                await connection.send_at_once(ws_handshake.acceptance(request))
                return reply, connection.ahead
            if connection.has_unread_body:
                await connection.reject(reply)
                return None
            if not await connection.send(reply):
                return None


async def _reply(request: Request, answer: Answer, upgrade: Upgrade) -> Response | Takeover:
    if request.path != ws_handshake.PATH:
        return await _call(answer, request)
    if (refused := ws_handshake.refusal(request)) is not None:
        return refused
    return await _call(upgrade, request)


async def _call(answer: Callable[[Request], Awaitable[T]], request: Request) -> T | Response:
    try:
        return await answer(request)
    except BodyLost:
        raise
    except BadRequest as bad:  # found in a body that was received meanwhile
        return bad.response
    except Exception:
        logger.exception(
            "%s %s failed", request.method, request.path, extra={"address": request.peer}
        )
        return Response.json_error(500, Refused("internal", "internal error"))


async def _take_over(takeover: Takeover, stream: trio.abc.Stream, ahead: bytes) -> None:
    try:
        await takeover(stream, ahead)
    except Exception:
        logger.exception("an upgraded connection failed")
