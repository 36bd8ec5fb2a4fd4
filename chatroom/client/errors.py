"""What a client raises: one exception per reason of a refusal, and the ends of a session."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ..errors import ChatroomError


class CannotConnect(ChatroomError):
    """The first connection was not made: no server there, or none that speaks this protocol."""


class SessionEnded(ChatroomError):
    """The server ended the session for good; coming back by itself would be of no use.

    ``code`` is the WebSocket's close code, 4500 or above: the token is bad, expired (4500) or
    revoked (4501), the client misbehaved (4502), or the account has too many sessions (4504).
    """

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message or f"the server ended the session: {code}")
        self.code = code


class TooManySessions(SessionEnded):
    """The account has as many live sessions as the server allows: end one of them."""


class CallRefused(ChatroomError):
    """The server refused a call. ``reason`` is the protocol's word, the text is for people.

    ``temporary``: the same call may succeed later, with the same clientId.
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


class QuotaExceeded(CallRefused):
    """An account has used up what it may make, keep or send; ``retry_after_ms`` says when a quota
    of the day begins anew."""


class StorageIsFull(CallRefused):
    pass


class Busy(CallRefused):
    pass


class ServerFault(CallRefused):
    """``internal``: it is not known whether the call was done."""


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
        "quota_exceeded": QuotaExceeded,
        "storage_full": StorageIsFull,
        "busy": Busy,
        "internal": ServerFault,
    }
)


def refusal(error: Mapping[str, Any]) -> CallRefused:
    """The exception of a JSON-RPC ``error`` object, or of an HTTP body's; unknown reasons are the
    base class."""
    data = error.get("data", error)
    reason = str(data.get("reason", "internal"))
    return BY_REASON.get(reason, CallRefused)(
        reason,
        str(error.get("message", "")),
        temporary=bool(data.get("temporary", False)),
        retry_after_ms=data.get("retryAfterMs"),
    )
