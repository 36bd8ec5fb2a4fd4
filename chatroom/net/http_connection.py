"""One HTTP/1.1 connection: requests are read and responses sent, by h11, with deadlines and limits.

h11 is not used for a plain upgrade (:mod:`.plain_upgrade`), unless it is refused.
"""

from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from typing import Final, TypeAlias

import attrs
import h11
import trio

from . import plain_upgrade, ws_handshake
from .heads import (
    NO_BODY,
    BadRequest,
    declared_length,
    fields_of,
    head_size,
    response_headers,
    target_of,
)
from .http_messages import Content, Request, Response
from .incoming import IncomingBody
from .proxies import TrustedProxies
from .sockets import read_now, write_now

BodyLimit: TypeAlias = Callable[[str, str], int | None]
"""Maps method and path to the maximum size of a request's body in bytes. None: the body is received
while the request is handled."""

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024

_READ_BYTES: Final = 16 * 1024
_BODY_READ_BYTES: Final = 64 * 1024
"""For a body that is received while it is handled."""
LINGER_S: Final = 2
"""Time in which to close a stream, and to drain input after the last response."""


@attrs.frozen
class Timeouts:
    """Timeouts in seconds.

    :ivar head: to receive a request's whole head.
    :ivar body: to receive its whole body; of one that is received while it is handled, each
        :data:`.incoming.PIECE_BYTES`.
    :ivar idle: until the first byte of the next request.
    :ivar send: to send a response, or each piece of its content.
    """

    head: float = 10
    body: float = 10
    idle: float = 60
    send: float = 30


def default_body_limit(_method: str, _path: str) -> int | None:
    return MAX_BODY_BYTES


class HttpConnection:
    """An HTTP connection over a stream, with a deadline for each wait for the peer."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        peer: str,
        timeouts: Timeouts,
        proxies: TrustedProxies,
        body_limit: BodyLimit,
        prefix: str = "",
    ) -> None:
        """:param prefix: see :func:`.serve_http`."""
        self._stream = stream
        self._peer = peer
        self._timeouts = timeouts
        self._proxies = proxies
        self._body_limit = body_limit
        self._prefix = prefix
        self._begun = False
        self._used = False
        # A plain upgrade that h11 has not got, and the bytes that followed it.
        self._plain = b""
        self._after_plain = b""
        self._secure = False
        self._is_head_request = False
        self._incoming: IncomingBody | None = None

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
            if path.startswith(f"{self._prefix}/"):
                path = path.removeprefix(self._prefix)
            limit = self._body_limit(method, path)
            length = declared_length(head)
            if limit is None and length != 0:
                self._incoming = IncomingBody(
                    length, self._next_event, self._proceed, self._timeouts.body
                )
                return self._request(method, path, query, fields_of(head), b"")
            body = await self._read_body(length, limit or 0)
            return self._request(method, path, query, fields_of(head), body)
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint, "not well-formed HTTP/1.1") from None

    async def _read_head(self) -> h11.Request | Request | None:
        """Return a head, or the whole request if it is a plain upgrade."""
        self._incoming = None
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
        client = self._peer if forwarded is None else forwarded.address
        request = Request(
            method,
            path,
            query,
            headers,
            body,
            client,
            forwarded,
            self._incoming,
            isinstance(self._stream, trio.SSLStream),
        )
        self._secure = request.secure
        return request

    @property
    def has_unread_body(self) -> bool:
        """Whether the last request has a body that was not received to its end."""
        return self._incoming is not None and not self._incoming.ended

    async def _proceed(self) -> None:
        if self._h11.they_are_waiting_for_100_continue:
            proceed = h11.InformationalResponse(status_code=100, headers=[])
            await self._stream.send_all(self._h11.send(proceed))

    async def _read_body(self, length: int | None, limit: int) -> bytes:
        if (length or 0) > limit:
            raise _body_too_large(limit)
        body = bytearray()
        with trio.fail_after(self._timeouts.body):
            await self._proceed()
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
        size = _READ_BYTES if self._incoming is None else _BODY_READ_BYTES
        self._h11.receive_data(bytes(await self._stream.receive_some(size)))

    async def send(self, response: Response, *, last: bool = False) -> bool:
        """Send a response. Returns whether another request may follow."""
        if response.content is not None:
            with closing(response.content):
                return await self._send(response, last)
        return await self._send(response, last)

    async def _send(self, response: Response, last: bool) -> bool:
        if self._plain:
            self._pass_on_plain()
        head = h11.Response(
            status_code=response.status, headers=response_headers(response, last, self._secure)
        )
        data = self._h11.send(head)
        if not self._is_head_request and response.status not in NO_BODY:
            if response.content is not None:
                await self.send_bytes(data)
                await self._send_content(response.content)
                data = b""
            elif response.body:
                data += self._h11.send(h11.Data(data=response.body))
        data += self._h11.send(h11.EndOfMessage())
        await self.send_bytes(data)
        if self._h11.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            return False
        self._h11.start_next_cycle()
        self._used = True
        return True

    async def _send_content(self, content: Content) -> None:
        left = content.length
        while left:
            piece = (await content.read())[:left]
            if not piece:
                raise trio.BrokenResourceError("the content is shorter than its length")
            left -= len(piece)
            await self.send_bytes(self._h11.send(h11.Data(data=piece)))

    async def reject(self, response: Response) -> None:
        """Send the last response, then drain input.

        Closing with unread bytes makes TCP reset the connection, which can drop the response.
        """
        await self.send(response, last=True)
        with trio.move_on_after(LINGER_S):
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
