"""The end of a session's token: told to its client before, and the session's end."""

import logging
from collections.abc import Callable

from ..clock import DAY_MS
from ..errors import CloseCode
from ..hub.line import Line
from ..model import Token
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import TokenExpiring

logger = logging.getLogger(__name__)


def warning_at(token: Token, days: int) -> int:
    """When its sessions are warned: so many days before its end, at the earliest after half of its
    life. With 0 days, when it has ended."""
    half = (token.expires_at - token.created_at) // 2
    return token.expires_at - min(days * DAY_MS, half)


class TokenExpiry:
    """``due_at`` is when to :meth:`look` (ms since the epoch). Renewal moves the line's token, and
    its end, further away.

    :param note: is told of a warning, to log it.
    """

    def __init__(self, line: Line, warning_days: int, note: Callable[[Token, int], None]) -> None:
        self.due_at = 0
        self._line = line
        self._days = warning_days
        self._note = note

    def look(self, now: int) -> None:
        """End the line with its token, or warn its client once a day."""
        token = self._line.token
        if token is None:
            return
        if now >= token.expires_at:
            told = {"user": token.user, "token": token.id, "session": self._line.session}
            logger.info("a session's token has expired", extra=told)
            self._line.end(CloseCode.BAD_TOKEN)
            return
        warn_at = warning_at(token, self._days)
        if now >= warn_at:
            warning = TokenExpiring(token.expires_at)
            self._line.push(text_frame(encode_event(warning)))
            self._note(token, now)
            warn_at = now + DAY_MS
        self.due_at = min(warn_at, token.expires_at)
