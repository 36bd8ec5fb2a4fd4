"""HTTP/1.1 on one accepted connection, parsed and serialized by h11, with deadlines and limits.

h11 is not used for a plain upgrade (:mod:`.plain_upgrade`), unless it is refused. Malformed
requests are rejected here, and callbacks answer the others. An accepted upgrade hands the
connection to a takeover function. Knows nothing of what is served, and of WebSockets only the
handshake.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

import attrs
import h11
import trio

from ..errors import Refused
from . import plain_upgrade, ws_handshake
from .heads import NO_BODY, BadRequest, fields_of, head_size, response_headers, target_of
from .http_messages import Request, Response
from .proxies import TrustedProxies
from .sockets import close, read_now, write_now

__all__ = [
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
BodyLimit: TypeAlias = Callable[[str, str], int]
"""Maps method and path to the maximum size of a request's body in bytes."""

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024

_READ_BYTES: Final = 16 * 1024
_LINGER_S: Final = 2
logger = logging.getLogger(__name__)


@attrs.frozen
class Timeouts:
    """Timeouts in seconds.

    :ivar head: to receive a request's whole head.
    :ivar body: to receive its whole body.
    :ivar idle: until the first byte of the next request.
    :ivar send: to send a response.
    """

    head: float = 10
    body: float = 10
    idle: float = 60
    send: float = 30


def default_body_limit(_method: str, _path: str) -> int:
    return MAX_BODY_BYTES


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
) -> None:
    """Serve the connection to its end and close it. Raises nothing but cancellation.

    An exception of ``answer`` or ``upgrade`` is logged and answered 500. An exception of a takeover
    is logged.

    :param peer: the address of the other end; if it is one of ``proxies``, the client's differs.
    :param in_flight: entered for each request until its answer is sent.
    """
    try:
        # No variable for the HTTP connection: it is freed before a takeover begins.
        taken = await _converse(
            _Connection(
                stream, peer, timeouts or Timeouts(), proxies or TrustedProxies(), body_limit
            ),
            answer,
            upgrade,
            in_flight,
        )
        if taken is not None:
            takeover, ahead = taken
            await _take_over(takeover, stream, ahead)
    except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as gone:
        logger.debug("lost %s: %r", peer, gone)
    finally:
        await close(stream, _LINGER_S)


async def _converse(
    connection: "_Connection",
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


class _Connection:
    """An HTTP connection over a stream, with a deadline for each wait for the peer."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        peer: str,
        timeouts: Timeouts,
        proxies: TrustedProxies,
        body_limit: BodyLimit,
    ) -> None:
        self._stream = stream
        self._peer = peer
        self._timeouts = timeouts
        self._proxies = proxies
        self._body_limit = body_limit
        self._begun = False
        self._used = False
        # A plain upgrade that h11 has not got, and the bytes that followed it.
        self._plain = b""
        self._after_plain = b""
        self._secure = False
        self._is_head_request = False

    @cached_property
    def _h11(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    async def read_request(self) -> Request | None:
        """Read the next request. None: the peer has closed the connection.

        :raises BadRequest: it is malformed or over a limit.
        """
        try:
            head = await self._read_head()
            if isinstance(head, Request) or head is None:
                return head
            method, path, query = target_of(head)
            body = await self._read_body(head, self._body_limit(method, path))
            return self._request(method, path, query, fields_of(head), body)
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint, "not well-formed HTTP/1.1") from None

    async def _read_head(self) -> h11.Request | Request | None:
        """Return a head, or the whole request if it is a plain upgrade."""
        if self._used and not self._h11.trailing_data[0]:
            with trio.fail_after(self._timeouts.idle):
                await self._read_more()
        self._is_head_request = False
        head_by = trio.current_time() + self._timeouts.head
        if not self._begun and (plain := await self._begin(head_by)) is not None:
            return plain
        with trio.fail_at(head_by):
            head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        self._is_head_request = head.method == b"HEAD"
        # h11 limits incomplete heads only; one received in large pieces may be longer.
        if head_size(head) > MAX_HEAD_BYTES:
            raise BadRequest(431, f"the request head has more than {MAX_HEAD_BYTES} bytes")
        return head

    async def _begin(self, head_by: float) -> Request | None:
        """Read the first bytes. Return the request if it is a plain upgrade."""
        self._begun = True
        first = read_now(self._stream, _READ_BYTES)
        if first is None:
            with trio.fail_at(head_by):
                first = bytes(await self._stream.receive_some(_READ_BYTES))
        plain = plain_upgrade.parse(first)
        if plain is None:
            self._h11.receive_data(first)
            return None
        fields, self._after_plain = plain
        self._plain = first
        return self._request("GET", ws_handshake.PATH, "", fields, b"")

    def _pass_on_plain(self) -> None:
        """Let h11 parse the plain upgrade too, which is to be refused."""
        self._h11.receive_data(self._plain)
        self._plain = b""
        while not isinstance(self._h11.next_event(), h11.EndOfMessage):
            pass

    def _request(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> Request:
        forwarded = self._proxies.forwarded(self._peer, headers)
        self._secure = forwarded is not None and forwarded.scheme == "https"
        client = self._peer if forwarded is None else forwarded.address
        return Request(method, path, query, headers, body, client, forwarded)

    async def _read_body(self, head: h11.Request, limit: int) -> bytes:
        headers = dict(head.headers)
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # Request smuggling: a proxy may use the other length and see a second request.
            raise BadRequest(400, "both Transfer-Encoding and Content-Length")
        if int(headers.get(b"content-length", b"0")) > limit:
            raise _body_too_large(limit)
        body = bytearray()
        with trio.fail_after(self._timeouts.body):
            if self._h11.they_are_waiting_for_100_continue:
                proceed = h11.InformationalResponse(status_code=100, headers=[])
                await self._stream.send_all(self._h11.send(proceed))
            while isinstance(event := await self._next_event(), h11.Data):
                body += event.data
                if len(body) > limit:
                    raise _body_too_large(limit)
                await trio.lowlevel.checkpoint()  # a chunk may be a single byte
        return bytes(body)

    async def _next_event(self) -> object:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            await self._read_more()
        return event

    async def _read_more(self) -> None:
        self._h11.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))

    async def send(self, response: Response, *, last: bool = False) -> bool:
        """Send a response. Returns whether another request may follow."""
        if self._plain:
            self._pass_on_plain()
        head = h11.Response(
            status_code=response.status, headers=response_headers(response, last, self._secure)
        )
        data = self._h11.send(head)
        if response.body and not self._is_head_request and response.status not in NO_BODY:
            data += self._h11.send(h11.Data(data=response.body))
        data += self._h11.send(h11.EndOfMessage())
        await self.send_bytes(data)
        if self._h11.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            return False
        self._h11.start_next_cycle()
        self._used = True
        return True

    async def reject(self, response: Response) -> None:
        """Send the last response, then drain input.

        Closing with unread bytes makes TCP reset the connection, which can drop the response.
        """
        await self.send(response, last=True)
        with trio.move_on_after(_LINGER_S):
            while await self._stream.receive_some(_READ_BYTES):
                pass

    async def send_at_once(self, data: bytes) -> None:
        """Like :meth:`send_bytes`, but without a checkpoint if the network takes all."""
        if data := write_now(self._stream, data):
            await self.send_bytes(data)

    async def send_bytes(self, data: bytes) -> None:
        with trio.fail_after(self._timeouts.send):
            await self._stream.send_all(data)

    @property
    def ahead(self) -> bytes:
        """Bytes read that belong to no request."""
        return self._after_plain if self._plain else self._h11.trailing_data[0]


def _body_too_large(limit: int) -> BadRequest:
    message = f"the body has more than {limit} bytes" if limit else "a body is not allowed here"
    return BadRequest(413, message)
