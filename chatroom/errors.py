"""All exceptions, and all reasons and close codes of the protocol."""

import math
from enum import IntEnum
from typing import Final

CODES: Final = {
    "parse_error": -32700,
    "invalid_request": -32600,
    "unknown_method": -32601,
    "invalid_params": -32602,
    "internal": -32603,
    "unauthenticated": -32000,
    "forbidden": -32000,
    "not_found": -32000,
    "conflict": -32000,
    "text_empty": -32000,
    "text_too_long": -32000,
    "rate_limited": -32000,
    "banned": -32000,
    "muted": -32000,
    "quota_exceeded": -32000,
    "storage_full": -32000,
    "read_only": -32000,
    "busy": -32000,
}
"""JSON-RPC error codes by reason: the specification's, and -32000 for all other reasons."""

TEMPORARY: Final = frozenset({"internal", "rate_limited", "storage_full", "read_only", "busy"})
"""Reasons after which the same call, with the same clientId, may be retried."""


class CloseCode(IntEnum):
    """WebSocket close codes. See :func:`may_reconnect`."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    INVALID_UTF8 = 1007
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    RESTART = 1012
    SLOW = 4008
    SILENT = 4009
    BAD_TOKEN = 4500
    REVOKED = 4501
    VIOLATIONS = 4502
    NO_CONNECT = 4503
    TOO_MANY_SESSIONS = 4504


def may_reconnect(code: int) -> bool:
    """Whether a client may reconnect by itself: not with 4500 and above."""
    return code < CloseCode.BAD_TOKEN


class ChatroomError(Exception):
    """Base class of all exceptions of this package."""


class StartError(ChatroomError):
    """The server cannot start. The message tells the operator why and what to do."""


class StorageUnavailable(ChatroomError):
    """The store could not perform an operation. It wrote nothing, and continues.

    :cvar reason: why a call that needs the operation is refused: see :func:`unavailable`.
    """

    reason: str


class StorageFull(StorageUnavailable):
    """No space is left."""

    reason = "storage_full"


class StorageLocked(StorageUnavailable):
    """Another process, which is not a chatroom server, locks the database."""

    reason = "internal"


class StorageAway(StorageUnavailable):
    """The database server cannot be reached. The store continues once it can."""

    reason = "busy"


class StorageDamaged(StorageUnavailable):
    """A page of the database file is damaged. The store logs it and reports it in ``damage()``."""

    reason = "internal"


class NoThread(StorageUnavailable):
    """The system could not start a thread for reading or writing."""

    reason = "busy"


class Behind(ChatroomError):
    """A batch was decided on an older version of the room than the store has. Nothing was written.

    The room reads what it has missed, and decides again.
    """


class StorageFailed(ChatroomError):
    """The outcome of a commit is unknown. The process must exit and recover from the disk."""


class Refused(ChatroomError):
    """A call is refused.

    :ivar reason: a key of :data:`CODES`.
    :ivar message: for people.
    :ivar retry_after_ms: when the call may succeed, if known.
    """

    def __init__(self, reason: str, message: str, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after_ms = retry_after_ms


def unavailable(error: StorageUnavailable, retry_after_ms: int | None = None) -> Refused:
    return Refused(error.reason, str(error), retry_after_ms)


def rate_limited(wait_s: float, message: str = "too many requests; retry later") -> Refused:
    return Refused("rate_limited", message, math.ceil(wait_s * 1000))


def failed(retry_after_ms: int | None = None) -> Refused:
    """Return the refusal of a call that failed unexpectedly. The log has the cause."""
    return Refused("internal", "internal error; retry later", retry_after_ms)


def unhandled(retry_after_s: float | None, cause: Exception | None) -> Refused:
    """Return the refusal of a call that no actor has handled.

    :param retry_after_s: after which it may be retried, if that is known.
    :param cause: if the actor was not at fault.
    """
    retry_after_ms = None if retry_after_s is None else math.ceil(retry_after_s * 1000)
    if isinstance(cause, StorageUnavailable):
        return unavailable(cause, retry_after_ms)
    return failed(retry_after_ms)
