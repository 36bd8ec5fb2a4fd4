"""Warn a session's client before its token expires, and end the session when it has expired."""

import logging
from collections.abc import Callable

from ..clock import DAY_MS
from ..errors import CloseCode
from ..hub.session_handle import SessionHandle
from ..model import Token
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import TokenExpiring

logger = logging.getLogger(__name__)


def warning_at(token: Token, days: int) -> int:
    """Return when to warn the token's sessions, in ms since the epoch.

    That is ``days`` before it expires, but not before half of its life. With 0 days it is the time
    of expiry, so there is no warning.
    """
    half = (token.expires_at - token.created_at) // 2
    return token.expires_at - min(days * DAY_MS, half)


class TokenExpiry:
    """Expiry of one session's token. Renewal replaces it by one that expires later.

    :ivar due_at: when to call :meth:`check` next, in ms since the epoch.
    :param note: called for each warning, to log it.
    """

    def __init__(
        self, session: SessionHandle, warning_days: int, note: Callable[[Token, int], None]
    ) -> None:
        self.due_at = 0
        self._session = session
        self._days = warning_days
        self._note = note

    def check(self, now: int) -> None:
        """End the session if its token has expired, or warn its client once a day."""
        token = self._session.token
        if token is None:
            return
        if now >= token.expires_at:
            extra = {"user": token.user, "token": token.id, "session": self._session.id}
            logger.info("token expired; ending the session", extra=extra)
            self._session.end(CloseCode.BAD_TOKEN)
            return
        warn_at = warning_at(token, self._days)
        if now >= warn_at:
            warning = TokenExpiring(token.expires_at)
            self._session.outbox.push(text_frame(encode_event(warning)))
            self._note(token, now)
            warn_at = now + DAY_MS
        self.due_at = min(warn_at, token.expires_at)
