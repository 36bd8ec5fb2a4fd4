"""Connections from the moment they are accepted: which are let in, what each is answered.

An accepted connection is HTTP until one of its requests becomes a WebSocket. Everything that is
counted by address goes by the client's, which behind a trusted proxy each request tells anew.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import attrs
import trio

from ..config import Config
from ..errors import Refused
from ..net.addresses import block_of
from ..net.connections import Connection, ConnectionLimits, Connections
from ..net.http import InFlightRequests, Takeover, serve_http
from ..net.http_messages import Request, Response
from ..net.listener import turn_away
from ..net.origins import Origins
from ..net.proxies import TrustedProxies
from ..net.send_stream import SendLimits
from ..net.websocket import SocketLimits, WebSocket, serve_websocket
from ..process import few_files_left
from ..session.authentication import Authentication
from ..session.services import Services
from ..session.session import Session
from ..session.sessions import Sessions
from .routes import Routes, body_limit, refusal

LOGGED_EVERY_S: Final = 60
MAX_TURNED_AWAY: Final = 8
"""Refused connections that are told why at the same time; more are closed without a word, since
each takes one of the files that are kept back."""

logger = logging.getLogger(__name__)


class Admission:
    def __init__(
        self,
        config: Config,
        *,
        api: Routes,
        entrance: Authentication,
        sessions: Sessions,
        services: Services,
    ) -> None:
        self.connections: Final = Connections(_limits(config))
        self.requests: Final = InFlightRequests()
        self._max_connections = config.max_connections
        self._proxies = TrustedProxies(config.trusted_proxies)
        self._origins = Origins(config.allowed_origins, loopback=config.loopback)
        self._api = api
        self._entrance = entrance
        self._sessions = sessions
        self._services = services
        self._socket_limits = _socket_limits(config)
        self._refusals = Refusals()
        self._being_told = 0

    async def handle_socket(self, stream: trio.SocketStream) -> None:
        try:
            peer = str(stream.socket.getpeername()[0])
        except OSError:  # gone already
            await trio.aclose_forcefully(stream)
            return
        await self.handle(stream, peer, full=few_files_left(stream.socket.fileno()))

    async def handle(self, stream: trio.abc.Stream, peer: str, *, full: bool = False) -> None:
        """One connection, to its end. An error in it ends it, and no other.

        :param full: no more can be opened.
        """
        most = self._max_connections
        full = full or (most is not None and len(self.connections) >= most)
        address = "" if self._proxies.trusts(peer) else block_of(peer)
        try:
            now = trio.current_time()
            connection = self.connections.enter(address, now, partial(_cut, stream), full=full)
        except Refused as refused:
            await self._turn_away(stream, refused)
            return
        try:
            await serve_http(
                stream,
                peer,
                partial(self._answer, connection),
                partial(self._upgrade, connection),
                underway=partial(self._underway, connection),
                proxies=self._proxies,
                body_limit=body_limit,
            )
        except* Exception:
            logger.exception("a connection failed")
        finally:
            self.connections.leave(connection)

    def make_room(self) -> None:
        """Nothing more can be opened, and somebody waits to be accepted."""
        self.connections.make_room(trio.current_time())

    def keep_house(self) -> None:
        """Called now and then."""
        now = trio.current_time()
        self.connections.forget_full(now)
        self._refusals.log(now, self.connections)

    # ---- inside

    async def _answer(self, connection: Connection, request: Request) -> Response:
        if self._sessions.draining:
            return refusal(Refused("busy", "the server is about to restart"))
        try:
            self._place(connection, request)
            if request.method == "POST":
                self._check_origin(request)
        except Refused as refused:
            return refusal(refused)
        return await self._api.answer(request)

    async def _upgrade(self, connection: Connection, request: Request) -> Response | Takeover:
        bearer = request.bearer()
        try:
            self._check_origin(request)
            self._place(connection, request, opens=True)
            if bearer is not None:
                await self._entrance.authenticate(bearer, request.peer)
        except Refused as refused:
            return refusal(refused)
        return partial(self._serve_session, connection, bearer, request.peer)

    def _place(self, connection: Connection, request: Request, *, opens: bool = False) -> None:
        """Count a proxy's connection under the client's address. :raises Refused:"""
        if not connection.proxied:
            return
        now = trio.current_time()
        try:
            self.connections.move(connection, block_of(request.peer), now, opens=opens)
        except Refused as refused:
            self._refusals.note(refused, now, self.connections)
            raise

    def _check_origin(self, request: Request) -> None:
        """:raises Refused: a page of another site asks."""
        if not self._origins.allows(request):
            message = "this page may not use the server: see allowed_origins and trusted_proxies"
            raise Refused("forbidden", message)

    @contextmanager
    def _underway(self, connection: Connection) -> Iterator[None]:
        connection.answering = True
        try:
            with self.requests.one():
                yield
        finally:
            connection.answering, connection.idle = False, True

    async def _serve_session(
        self,
        connection: Connection,
        bearer: str | None,
        address: str,
        stream: trio.abc.Stream,
        ahead: bytes,
    ) -> None:
        connection.idle = False

        async def run_session(websocket: WebSocket) -> None:
            authenticated = partial(self.connections.authenticated, connection)
            session = Session(websocket, bearer, address, self._services, authenticated)
            with self._sessions.entered(session):
                await session.run()

        await serve_websocket(stream, ahead, run_session, limits=self._socket_limits)

    async def _turn_away(self, stream: trio.abc.Stream, refused: Refused) -> None:
        self._refusals.note(refused, trio.current_time(), self.connections)
        if self._being_told >= MAX_TURNED_AWAY:
            await trio.aclose_forcefully(stream)
            return
        self._being_told += 1
        try:
            await turn_away(stream, refusal(refused))
        finally:
            self._being_told -= 1


@attrs.define
class Refusals:
    """Counts refusals, and logs them at most once in :data:`LOGGED_EVERY_S`, however many."""

    _counts: dict[str, int] = attrs.Factory(dict)
    _closed: int = 0
    _next_at: float = 0

    def note(self, refused: Refused, now: float, connections: Connections) -> None:
        kind = "of_address" if refused.reason == "rate_limited" else "of_server"
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self.log(now, connections)

    def log(self, now: float, connections: Connections) -> None:
        closed = connections.closed - self._closed
        if now < self._next_at or not (closed or self._counts):
            return
        self._next_at = now + LOGGED_EVERY_S
        logger.warning(
            "connections were over a limit",
            extra={
                "refused": self._counts,
                "closed_to_make_room": closed,
                "open": len(connections),
                "unauthenticated": connections.unauthenticated,
            },
        )
        self._counts, self._closed = {}, connections.closed


def _limits(config: Config) -> ConnectionLimits:
    if config.rate_limits == "off":
        return ConnectionLimits()
    return ConnectionLimits(
        config.max_unauthenticated, config.max_unauthenticated_per_address, config.rates.connections
    )


def _socket_limits(config: Config) -> SocketLimits:
    sending = SendLimits(
        free_bytes=config.slow_reader_free_bytes, bytes_per_s=config.slow_reader_bytes_per_s
    )
    frames = None if config.rate_limits == "off" else config.rates.frames
    return SocketLimits(frames, sending=sending)


def _cut(stream: trio.abc.Stream) -> None:
    """Close without waiting; the task that uses the stream finds it closed."""
    trio.lowlevel.spawn_system_task(trio.aclose_forcefully, stream)
