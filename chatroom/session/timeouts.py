"""The deadlines of one session: to connect, to answer pings, and the expiry of its token."""

import trio

from ..errors import CloseCode
from ..hub.session_handle import SessionHandle
from ..net.frames import PING
from ..net.websocket import WebSocket
from .expiry import TokenExpiry
from .keepalive import Keepalive
from .services import Services


class SessionTimeouts:
    """Ends the session at a deadline. The first one is that for ``connect``."""

    def __init__(self, handle: SessionHandle, websocket: WebSocket, services: Services) -> None:
        config = services.config
        self._handle = handle
        self._websocket = websocket
        self._clock = services.clock
        self._connect_timeout_s = config.connect_timeout_s
        self._connect_by: float | None = trio.current_time() + config.connect_timeout_s
        self._silence = Keepalive(config.ping_interval_s, config.pong_timeout_s)
        self._expiry = TokenExpiry(
            handle, config.token_warning_days, services.authentication.note_expiring
        )

    def check(self, now: float) -> None:
        """Check all deadlines. Called about once a second with :func:`trio.current_time`."""
        if self._connect_by is not None:
            if now >= self._connect_by:
                self._handle.end(CloseCode.NO_CONNECT)
                return
        elif (due := self._clock.due()) >= self._expiry.due_at:
            self._expiry.check(due)
        heard, outbox = self._websocket.last_heard, self._handle.outbox
        step = self._silence.step(now, heard, all_sent=outbox.all_sent)
        if step == "ping":
            outbox.push(PING)
        elif step == "give up":
            self._handle.end(CloseCode.SILENT)

    def shift(self, seconds: float) -> None:
        """Extend the client's deadlines by the time during which the server was stalled."""
        if self._connect_by is not None:
            self._connect_by += seconds
        self._silence.shift(seconds)

    def restart_connect(self, at: float) -> None:
        """Let the time to connect begin at ``at``."""
        self._connect_by = at + self._connect_timeout_s

    def connected(self, expires_at: int) -> None:
        """End the time to connect, and begin that of the token, which ends at ``expires_at``."""
        self._connect_by, self._expiry.due_at = None, expires_at

    def check_token(self) -> None:
        self._expiry.check(self._clock.due())
