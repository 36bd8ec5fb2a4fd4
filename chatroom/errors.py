"""The exception tree, and every reason and close code that the wire knows, in one place."""

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
    "quota_exceeded": -32000,
    "storage_full": -32000,
    "busy": -32000,
}
"""JSON-RPC code by reason: those of the specification, and -32000 for the rest."""

TEMPORARY: Final = frozenset({"internal", "rate_limited", "storage_full", "busy"})
"""Reasons after which the same call, with the same clientId, may be tried again."""


class CloseCode(IntEnum):
    """WebSocket close codes: see :func:`may_come_back`."""

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


def may_come_back(code: int) -> bool:
    """From 4500 on the server tells a client not to come back by itself."""
    return code < CloseCode.BAD_TOKEN


class ChatroomError(Exception):
    """The root of all that this package raises on purpose."""


class StartError(ChatroomError):
    """The server cannot start; the message says why and what to do, for the operator."""


class StorageUnavailable(ChatroomError):
    """The store could not do what it was asked, wrote nothing, and goes on.

    ``reason`` is what a call that needed it is refused with: see :func:`unavailable`.
    """

    reason: str


class StorageFull(StorageUnavailable):
    """No space left."""

    reason = "storage_full"


class StorageLocked(StorageUnavailable):
    """Another process, not a server of ours, keeps the database locked."""

    reason = "internal"


class StorageDamaged(StorageUnavailable):
    """A page of the file is damaged. The store has logged it, and reports it in ``damage()``."""

    reason = "internal"


class NoThread(StorageUnavailable):
    """The system had no thread to read or write in."""

    reason = "busy"


class StorageFailed(ChatroomError):
    """The outcome of a commit is unknown: the process must end and recover from the disk."""


class Refused(ChatroomError):
    """A call is refused: ``reason`` is one of :data:`CODES`, the message is for people."""

    def __init__(self, reason: str, message: str, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after_ms = retry_after_ms


def unavailable(error: StorageUnavailable) -> Refused:
    return Refused(error.reason, str(error))


def failed(retry_after_ms: int | None = None) -> Refused:
    """For whoever's call something failed on; what it was is in the log."""
    return Refused("internal", "something went wrong here; try again", retry_after_ms)
