"""The audit of what admins, moderators and owners do to others."""

from typing import Literal, TypeAlias

import attrs

from ..frozen import frozen
from .messages import JsonObject

AuditAct: TypeAlias = Literal[
    "removeMember",
    "ban",
    "unban",
    "mute",
    "unmute",
    "setRole",
    "deleteMessage",
    "deleteMessagesOf",
    "setRoom",
    "deleteRoom",
    "enterRoom",
    "becomeAdmin",
    "setServerRole",
    "disableAccount",
    "enableAccount",
    "eraseAccount",
    "revokeInvitation",
    "setServer",
    "announce",
    "renameAccount",
    "resetPassword",
    "endLogIns",
    "setRetention",
    "prune",
]
"""The act: the call, or a consequence of a call."""


@frozen
class AuditEntry:
    """An act.

    :ivar timestamp: ms since the epoch.
    :ivar by: who did it; None: an operator on the command line, or the server itself.
    :ivar room: None: it is about the server.
    :ivar user: to whom; None: it is about the room.
    :ivar details: what else the act says, by names as in calls.
    :ivar id: rises with each entry; 0: not stored yet.
    """

    timestamp: int
    act: AuditAct
    by: str | None = None
    room: str | None = None
    user: str | None = None
    details: JsonObject | None = None
    id: int = attrs.field(default=0, eq=False)
