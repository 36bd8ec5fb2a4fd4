"""Admit or refuse accepted connections, and run their HTTP requests and sessions.

A connection speaks HTTP until one of its requests upgrades it to a WebSocket. Limits by address
count the client's address. Behind a trusted proxy each request may have another one.
"""

import logging
from collections import Counter
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
from ..net.http import Answer, InFlightRequests, Takeover, Upgrade, serve_http
from ..net.http_messages import Request, Response
from ..net.listener import peer_address, refuse
from ..net.proxies import TrustedProxies
from ..net.send_stream import SendLimits
from ..net.tls import Tls
from ..net.websocket import SocketLimits, WebSocket, serve_websocket
from ..process import few_files_left
from ..session.services import Services
from ..session.session import Session
from ..session.sessions import Sessions
from .credentials import Credentials
from .cross_origin import CrossOrigin
from .redirects import to_https
from .refusals import refusal
from .routes import Routes, body_limit

LOG_INTERVAL_S: Final = 60
MAX_CONCURRENT_REFUSALS: Final = 8
"""Refused connections answered at the same time. Others are closed without an answer, since each
takes one of the reserved file descriptors."""

logger = logging.getLogger(__name__)


class Admission:
    def __init__(
        self,
        services: Services,
        *,
        routes: Routes,
        credentials: Credentials,
        sessions: Sessions,
    ) -> None:
        config = services.config
        self.connections: Final = Connections(_limits(config))
        self.requests: Final = InFlightRequests()
        self._max_connections = config.max_connections
        self._prefix = config.prefix
        self._proxies = TrustedProxies(config.trusted_proxies)
        self._credentials = credentials
        self._cross_origin = CrossOrigin(credentials.origins)
        self._routes = routes
        self._authentication = services.authentication
        self._sessions = sessions
        self._services = services
        self._socket_limits = _socket_limits(config)
        self.refusals: Final = RefusalLog()
        self._refusals_in_progress = 0

    async def handle_socket(
        self, stream: trio.SocketStream, tls: Tls | None = None, https_port: int | None = None
    ) -> None:
        """See :meth:`handle`. With ``tls`` the connection is encrypted."""
        try:
            peer = peer_address(stream)
        except OSError:  # closed already
            await trio.aclose_forcefully(stream)
            return
        full = few_files_left(stream.socket.fileno())
        wrapped = stream if tls is None else tls.wrap(stream)
        await self.handle(wrapped, peer, full=full, https_port=https_port)

    async def handle(
        self,
        stream: trio.abc.Stream,
        peer: str,
        *,
        full: bool = False,
        https_port: int | None = None,
    ) -> None:
        """Serve one connection to its end. An error in it ends no other connection.

        :param full: the process can open no further connections.
        :param https_port: redirect all requests to HTTPS at this port.
        """
        limit = self._max_connections
        full = full or (limit is not None and len(self.connections) >= limit)
        address = "" if self._proxies.trusts(peer) else block_of(peer)
        try:
            now = trio.current_time()
            connection = self.connections.enter(address, now, partial(_abort, stream), full=full)
        except Refused as refused:
            await self._refuse(stream, refused)
            return
        try:
            await serve_http(
                stream,
                peer,
                *self._answers(connection, https_port),
                in_flight=partial(self._in_flight, connection),
                proxies=self._proxies,
                body_limit=body_limit,
                prefix=self._prefix,
            )
        except* Exception:
            logger.exception("a connection failed", extra={"address": peer})
        finally:
            self.connections.leave(connection)

    def make_room(self) -> None:
        """Close a connection that has not logged in, so that a waiting one can be accepted."""
        self.connections.make_room(trio.current_time())

    def run_housekeeping(self) -> None:
        """Called periodically."""
        now = trio.current_time()
        self.connections.forget_full(now)
        self.refusals.log(now, self.connections)

    # ---- inside

    def _answers(self, connection: Connection, https_port: int | None) -> tuple[Answer, Upgrade]:
        """Return what answers requests, and what answers upgrades."""
        if https_port is None:
            return partial(self._answer, connection), partial(self._upgrade, connection)

        async def redirect(request: Request) -> Response:
            return to_https(request, https_port, self._prefix)

        return redirect, redirect

    async def _answer(self, connection: Connection, request: Request) -> Response:
        return self._cross_origin.share(request, await self._answered(connection, request))

    async def _answered(self, connection: Connection, request: Request) -> Response:
        if self._sessions.draining:
            return refusal(Refused("busy", "the server is restarting"))
        try:
            self._count_client_address(connection, request)
            if request.method not in ("GET", "OPTIONS"):
                self._check_origin(request)
        except Refused as refused:
            return refusal(refused)
        return self._cross_origin.preflight(request) or await self._routes.answer(request)

    async def _upgrade(self, connection: Connection, request: Request) -> Response | Takeover:
        bearer = request.bearer()
        try:
            self._check_origin(request)
            self._count_client_address(connection, request, opens=True)
            if bearer is not None:
                await self._authentication.authenticate(bearer, request.peer)
        except Refused as refused:
            return refusal(refused)
        # A browser hides the answer to an upgrade from the page, so the cookie's token is checked
        # by `connect`.
        token = bearer or self._credentials.upgrade_token(request)
        return partial(self._serve_session, connection, token, request.peer)

    def _count_client_address(
        self, connection: Connection, request: Request, *, opens: bool = False
    ) -> None:
        """Count a proxy's connection under the client's address.

        :raises Refused: the address is over its limit.
        """
        if not connection.proxied:
            return
        now = trio.current_time()
        try:
            self.connections.move(connection, block_of(request.peer), now, opens=opens)
        except Refused as refused:
            self.refusals.note(refused, now, self.connections)
            raise

    def _check_origin(self, request: Request) -> None:
        """:raises Refused: the request comes from a page of another site."""
        if not self._credentials.origins.allows(request):
            message = "origin not allowed: see the settings allowed_origins and trusted_proxies"
            raise Refused("forbidden", message)

    @contextmanager
    def _in_flight(self, connection: Connection) -> Iterator[None]:
        connection.answering = True
        self.requests.begin()
        try:
            yield
        finally:
            self.requests.end()
            connection.answering, connection.idle = False, True

    async def _serve_session(
        self,
        connection: Connection,
        token: str | None,
        address: str,
        stream: trio.abc.Stream,
        ahead: bytes,
    ) -> None:
        connection.idle = False

        async def run_session(websocket: WebSocket) -> None:
            authenticated = partial(self.connections.authenticated, connection)
            session = Session(websocket, token, address, self._services, authenticated)
            with self._sessions.track(session):
                await session.run()

        await serve_websocket(stream, ahead, run_session, limits=self._socket_limits)

    async def _refuse(self, stream: trio.abc.Stream, refused: Refused) -> None:
        self.refusals.note(refused, trio.current_time(), self.connections)
        if self._refusals_in_progress >= MAX_CONCURRENT_REFUSALS:
            await trio.aclose_forcefully(stream)
            return
        self._refusals_in_progress += 1
        try:
            await refuse(stream, refusal(refused))
        finally:
            self._refusals_in_progress -= 1


@attrs.define
class RefusalLog:
    """Counts refusals and logs the totals, at most once in :data:`LOG_INTERVAL_S`."""

    _counts: dict[str, int] = attrs.Factory(dict)
    _closed: int = 0
    _next_at: float = 0
    by_reason: Counter[str] = attrs.Factory(lambda: Counter(rate_limited=0, busy=0))
    """Since the start."""

    def note(self, refused: Refused, now: float, connections: Connections) -> None:
        self.by_reason[refused.reason] += 1
        kind = "of_address" if refused.reason == "rate_limited" else "of_server"
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self.log(now, connections)

    def log(self, now: float, connections: Connections) -> None:
        closed = connections.closed - self._closed
        if now < self._next_at or not (closed or self._counts):
            return
        self._next_at = now + LOG_INTERVAL_S
        logger.warning(
            "connections over a limit",
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


def _abort(stream: trio.abc.Stream) -> None:
    """Close without waiting. The task that uses the stream then gets an error."""
    trio.lowlevel.spawn_system_task(trio.aclose_forcefully, stream)
