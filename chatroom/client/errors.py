"""Exceptions of the client: one per reason of a refusal, and the end of a session."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ..errors import ChatroomError


class CannotConnect(ChatroomError):
    """The first connection failed: no server, or not one that speaks this protocol."""


_ENDINGS: Final = {
    4500: "the log-in is not valid, or not any more",
    4501: "logged out or account disabled",
    4502: "too many violations of the protocol or its limits",
    4503: "too slow to log in",
    4504: "too many sessions of the account",
}


class SessionEnded(ChatroomError):
    """The server ended the session permanently; the client does not reconnect.

    ``code`` is the WebSocket close code, 4500 or above: the token is invalid or expired (4500) or
    revoked (4501), the client violated the protocol or its limits (4502), or the account has too
    many sessions (4504).
    """

    def __init__(self, code: int, message: str = "") -> None:
        why = f"{_ENDINGS[code]} ({code})" if code in _ENDINGS else str(code)
        super().__init__(message or f"the server ended the session: {why}")
        self.code = code


class TooManySessions(SessionEnded):
    """The account has the maximum number of live sessions: end one of them."""


class CallRefused(ChatroomError):
    """The server refused a call. The exception's text is for people.

    :ivar reason: as in the protocol.
    :ivar temporary: the same call, with the same clientId, may succeed later.
    :ivar retry_after_ms: when to retry, if the server says so.
    """

    def __init__(
        self,
        reason: str,
        message: str = "",
        *,
        temporary: bool = False,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message or reason)
        self.reason = reason
        self.temporary = temporary
        self.retry_after_ms = retry_after_ms


class InvalidParams(CallRefused):
    pass


class UnknownMethod(CallRefused):
    pass


class Unauthenticated(CallRefused):
    pass


class Forbidden(CallRefused):
    pass


class NotFound(CallRefused):
    pass


class Conflict(CallRefused):
    pass


class TextEmpty(CallRefused):
    pass


class TextTooLong(CallRefused):
    pass


class RateLimited(CallRefused):
    pass


class Banned(CallRefused):
    pass


class Muted(CallRefused):
    """A moderator has forbidden to write. ``retry_after_ms``: until when, if it ends."""


class QuotaExceeded(CallRefused):
    """The account has reached a quota. ``retry_after_ms``: when a daily quota is reset."""


class StorageIsFull(CallRefused):
    pass


class ReadOnly(CallRefused):
    """An admin has made the server read-only. The message says why."""


class Busy(CallRefused):
    pass


class ServerFault(CallRefused):
    """``internal``: the call may have been done."""


BY_REASON: Final[Mapping[str, type[CallRefused]]] = MappingProxyType(
    {
        "invalid_params": InvalidParams,
        "unknown_method": UnknownMethod,
        "unauthenticated": Unauthenticated,
        "forbidden": Forbidden,
        "not_found": NotFound,
        "conflict": Conflict,
        "text_empty": TextEmpty,
        "text_too_long": TextTooLong,
        "rate_limited": RateLimited,
        "banned": Banned,
        "muted": Muted,
        "quota_exceeded": QuotaExceeded,
        "storage_full": StorageIsFull,
        "read_only": ReadOnly,
        "busy": Busy,
        "internal": ServerFault,
    }
)


def refusal(error: Mapping[str, Any]) -> CallRefused:
    """Return the exception for a JSON-RPC ``error`` object or the ``error`` of an HTTP body.

    An unknown reason gives the base class.
    """
    data = error.get("data", error)
    reason = str(data.get("reason", "internal"))
    return BY_REASON.get(reason, CallRefused)(
        reason,
        str(error.get("message", "")),
        temporary=bool(data.get("temporary", False)),
        retry_after_ms=data.get("retryAfterMs"),
    )
