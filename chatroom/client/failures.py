"""What the failure of a connection means: the end of the session, or another attempt and when."""

from collections.abc import Iterator
from typing import Final

import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError

from ..errors import CloseCode, may_reconnect
from .connection import Lost
from .errors import CallRefused, SessionEnded, TooManySessions

TOO_MANY: Final = "the account has too many sessions; end one of them"


def end_of_session(error: Exception) -> SessionEnded | None:
    """Return the reason to end the session; None: reconnect.

    :raises Exception: the error itself, if it is neither of the network nor of the server.
    """
    for leaf in _leaves(error):
        match leaf:
            case (
                CallRefused(reason="quota_exceeded") | Lost(code=CloseCode.TOO_MANY_SESSIONS)
            ):  # the refusal is of connect, the only call that the session itself makes
                return TooManySessions(CloseCode.TOO_MANY_SESSIONS, TOO_MANY)
            case Lost(code=code) if not may_reconnect(code):
                return SessionEnded(code)
            case ConnectionRejected(status_code=401) | CallRefused(reason="unauthenticated"):
                return SessionEnded(CloseCode.BAD_TOKEN, "the token is unknown, expired or revoked")
            case _:
                pass  # temporary, or raised below
    if not all(isinstance(leaf, _TEMPORARY) for leaf in _leaves(error)):
        raise error
    return None


def requested_pause_s(error: BaseException) -> float:
    """Return the pause in seconds that the server requested when it refused ``connect``."""
    refusals = [leaf for leaf in _leaves(error) if isinstance(leaf, CallRefused)]
    return max((refused.retry_after_ms or 0 for refused in refusals), default=0) / 1000


def cause(error: BaseException) -> str:
    """Describe an error for people. For network errors use the cause, which trio wraps."""
    match next(_leaves(error)):
        case ConnectionRejected(status_code=status):
            return f"the server answered HTTP {status}"
        case OSError() | trio.BrokenResourceError() as leaf if leaf.__cause__ is not None:
            last = next(_leaves(leaf.__cause__))
        case leaf:
            last = leaf
    return str(last) or repr(last)


_TEMPORARY: Final = (
    Lost,
    CallRefused,
    ConnectionClosed,
    HandshakeError,
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
