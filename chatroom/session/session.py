"""A session: one WebSocket connection, from the first frame to the last.

It checks identity, form and rate of each call, and sends it to an actor as mail. Replies and events
leave through its outbox. A session never waits for a reply. Knows nothing of what calls do.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Final

import trio

from ..accounts.identities import Identity
from ..errors import CloseCode, Refused
from ..histogram import Histogram
from ..hub.envelope import Envelope
from ..hub.pending_calls import Handled, Pending
from ..hub.session_handle import SessionHandle
from ..inbox import mail as inbox
from ..model import User
from ..net.websocket import Closed, WebSocket
from ..protocol import results
from ..protocol.calls import Connect, GetInbox
from ..protocol.codec import (
    InvalidUtf8,
    Malformed,
    Request,
    decode_call,
    decode_request,
)
from .call_checks import checked_call
from .connecting import ENDINGS, check_sessions, connect_reply, identify
from .counts import SLOW_S, TIMED_EVERY
from .limits import ViolationCounter
from .room_access import RoomGate
from .services import Services
from .timeouts import SessionTimeouts

logger = logging.getLogger(__name__)

FRAMES_PER_TICK: Final = 32
"""Frames handled before other tasks run, so that a pass of the event loop takes less than 1 ms."""
LAST_SENT_S: Final = 10
"""Timeout for sending the queued frames when a session ends."""
SILENT_CLOSE_S: Final = 0.5
"""Timeout for the close frame to an unresponsive peer."""


class Session:
    """Runs one session.

    :param token: that of the upgrade request, used if ``connect`` has none.
    :param address: the client's address.
    :param authenticated: called when the session's account is known.
    """

    def __init__(
        self,
        websocket: WebSocket,
        token: str | None,
        address: str,
        services: Services,
        authenticated: Callable[[], None],
    ) -> None:
        config = services.config
        self.handle: Final = SessionHandle(
            secrets.token_hex(8),
            outbox_bytes=config.outbox_bytes,
            flusher=services.flusher,
            budget=services.budget,
            transport=websocket,
            address=address,
            refusals=services.counts.refusals,
        )
        self.timeouts: Final = SessionTimeouts(self.handle, websocket, services)
        self.draining = False
        self._websocket = websocket
        self._token = token
        self._authenticated = authenticated
        self._services = services
        self._config = config
        self._user: User | None = None
        self._rooms = RoomGate(
            self.handle.calls,
            services.store,
            admins_make_rooms=config.who_makes_rooms == "admins",
        )
        self._limited = ViolationCounter(config.rates.violations_per_minute)
        self._malformed = ViolationCounter(config.rates.malformed_per_minute + 1)

    async def run(self) -> None:
        """Run until the connection ends. :raises Closed: the peer ended it."""
        try:
            await self._live()
        finally:
            self.handle.close()

    async def _live(self) -> None:
        code = None
        try:
            with self.handle.lifetime.scope:
                await self._read()
        except Closed as closed:
            code = closed.code
            raise
        finally:
            self._leave(code)
        ending = self.handle.ending or CloseCode.NORMAL
        if ending is CloseCode.SILENT or self.handle.outbox.gave_up:
            # A stuck send could take longer, so do not wait for queued frames.
            await self._websocket.close(ending, seconds=SILENT_CLOSE_S)
            return
        with trio.move_on_after(LAST_SENT_S):
            await self.handle.outbox.write_out()
        await self._websocket.close(ending)

    def _leave(self, closed_code: int | None) -> None:
        """:param closed_code: the close code if the peer ended the connection, else None."""
        self.handle.end(CloseCode.NORMAL)
        code = closed_code or self.handle.ending or CloseCode.NORMAL
        self._services.counts.count_ending(code)
        if self._user is None:
            return
        logger.info("session ended", extra={**self._named(), "code": code})
        services = self._services
        services.hub.disconnect(self.handle)
        services.presence.session_ended(self._user.name)

    def _named(self) -> dict[str, object]:
        """Return the fields for a log record."""
        handle = self.handle
        return {"user": handle.user, "session": handle.id, "address": handle.address}

    # ---- incoming calls

    async def _read(self) -> None:
        lifetime = self.handle.lifetime
        taken = 0  # across batches, which may be small and arrive without a wait between them
        while True:
            for frame in await self._websocket.receive():
                if lifetime.ending is not None:
                    return
                if (request := self._decoded(frame)) is not None:
                    await self._call(request, len(frame))
                taken += 1
                if taken % FRAMES_PER_TICK == 0:
                    await trio.lowlevel.checkpoint()

    def _decoded(self, frame: bytes) -> Request | None:
        """Decode a frame. If it is not a call, send an error and return None."""
        try:
            return decode_request(frame)
        except InvalidUtf8:
            self.handle.end(CloseCode.INVALID_UTF8)
        except Malformed as malformed:
            self.handle.calls.reply(malformed.id, malformed.refused)
            self._count_violation(self._malformed)
        return None

    async def _call(self, request: Request, size: int) -> None:
        """Check a call and send it to its actor, waiting for capacity and for its turn.

        :param size: bytes of the call's frame, about the size of an event that results from it.
        """
        calls, lifetime = self.handle.calls, self.handle.lifetime
        counts = self._services.counts
        counter = counts.calls.get(request.method, counts.unknown)
        reply: Pending = request.id
        if counter.taken % TIMED_EVERY == 0:
            reply = self._timed(request, counter.seconds)
        counter.taken += 1
        if len(calls) >= self._config.calls_in_flight:
            await calls.wait_for_fewer(self._config.calls_in_flight)
            if lifetime.ending is not None:
                return  # for example, the token was revoked meanwhile
        if self._user is None and request.method == "connect" and not self.draining:
            await self._connect(request, reply)
            return
        to = calls.add(reply)
        if self.draining:
            calls.answer(to.call, Refused("busy", "the server is restarting"))
            return
        if self._user is None:
            calls.answer(to.call, Refused("unauthenticated", "connect comes first"))
            # Rate limits need an account, which is not known yet.
            self._count_violation(self._malformed)
            return
        user, services = self._user.name, self._services
        try:
            call, address = checked_call(services, request, size, user, to.session)
        except Refused as refused:
            if refused.reason == "rate_limited":
                self._count_violation(self._limited)
                if self._limited.count == 1:  # log once a minute
                    about = {**self._named(), "method": request.method}
                    logger.info("calls are refused for their rate", extra=about)
            else:
                # A refused call costs a token of the rate ``calls``, whatever its method.
                await self._wait_for_turn(user, 1)
            calls.answer(to.call, refused)
            return
        declared = call.declared
        if declared.cost == "calls":
            page = declared.page
            await self._wait_for_turn(user, 1 if page is None else page.tokens(call))
            if page is not None:
                await calls.wait_for_page(to.call, page.bytes(call))
        if lifetime.ending is not None:
            return
        envelope = Envelope(user, to, call)
        outside = call.handler == "room" and not services.hub.inboxes.follows(user, address.key)
        if outside and not await self._rooms.admit(address.key, envelope):
            return
        if not services.actors.push(address, envelope, wake=True):
            await services.actors.post(address, envelope)

    def _timed(self, request: Request, seconds: Histogram) -> Handled:
        """Return a handler that replies to the call and records the elapsed seconds."""
        began, call_id, method = trio.current_time(), request.id, request.method

        def answer(result: object) -> None:
            elapsed = trio.current_time() - began
            seconds.observe(elapsed)
            if elapsed >= SLOW_S:
                about = {**self._named(), "method": method, "seconds": round(elapsed, 1)}
                logger.warning("a call was slow", extra=about)
            if call_id is not None:
                self.handle.calls.reply(call_id, result)

        return Handled(answer)

    async def _wait_for_turn(self, user: str, tokens: int) -> None:
        """Delay a call that exceeds its rate, and all later frames with it."""
        now = trio.current_time()
        if wait := self._services.limits.spend_call(self.handle.id, user, tokens, now):
            self._services.counts.delayed += 1
            await trio.sleep(wait)

    def _count_violation(self, violations: ViolationCounter) -> None:
        """Count a violation. Too many end the session."""
        if violations.add(trio.current_time()) and self._services.limits.on:
            self.handle.end(CloseCode.VIOLATIONS)

    # ---- connect

    async def _connect(self, request: Request, reply: Pending) -> None:
        """Authenticate the session. It receives events from then on."""
        handle, services = self.handle, self._services
        try:
            params = decode_call(Connect, request.params)
            token = self._token if params.token is None else params.token
            identity = await identify(services, self.timeouts, token, handle.address)
            if handle.ending is not None:
                return
            # No checkpoint since identify() returned, so that no revocation is missed.
            check_sessions(services, identity.user.name)
        except Refused as refused:
            handle.calls.answer(handle.calls.add(reply).call, refused)
            if refused.reason in ENDINGS:
                handle.end(ENDINGS[refused.reason])
            self._count_violation(self._malformed)
            return
        self._user = identity.user
        self.timeouts.connected(identity.expires_at)
        handle.identify(identity.token, services.clock())
        services.hub.connect(handle)
        self._authenticated()
        services.counts.begun += 1
        logger.info("session began", extra=self._named())
        connected = Handled(lambda result: self._connected(reply, identity, result))
        to = handle.calls.add(connected)
        user = identity.user.name
        await services.actors.post(inbox.address(user), Envelope(user, to, GetInbox()))

    def _connected(self, reply: Pending, identity: Identity, result: object) -> None:
        calls = self.handle.calls
        to = calls.add(reply)
        if not isinstance(result, results.Inbox):
            calls.answer(to.call, result)
            self.handle.end(CloseCode.RESTART)
            return
        services = self._services
        calls.answer(to.call, connect_reply(services, self.handle, identity, result))
        self.timeouts.check_token()
        services.presence.session_began(identity.user.name)
