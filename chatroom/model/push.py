"""Notifications of messages that somebody has not read, and the endpoints to which they go."""

from typing import Literal, TypeAlias

from ..frozen import frozen
from .messages import Message
from .names import direct_pair
from .rooms import Kind, Level

PushOutcome: TypeAlias = Literal["sent", "failed", "gone"]
"""What came of one attempt. ``gone``: the push service does not know the endpoint any more."""


@frozen
class PushEndpoint:
    """Where a device gets notifications: its address at a push service (RFC 8030).

    :ivar url: known to the device and to whomever it tells.
    :ivar p256dh: the device's public key, and ``auth`` its secret (RFC 8291), in base64url.
    :ivar token_id: the log-in with which the endpoint ends.
    """

    user: str
    url: str
    p256dh: str
    auth: str
    token_id: str
    created_at: int


@frozen
class Notification:
    """What a device is told of a message.

    :ivar text: the first characters of the message's text; it may be empty beside files.
    :ivar files: the number of files.
    :ivar thread: the root of the message's thread, if it is in one.
    :ivar unread: the unread messages of the room or of the thread.
    """

    user: str
    room: str
    kind: Kind
    title: str
    seq: int
    timestamp: int
    sender: str
    sender_name: str
    text: str
    truncated: bool
    files: int
    mention: bool
    unread: int
    thread: int | None = None

    @property
    def id(self) -> str:
        """The same at each attempt and on each device, so that a device shows it once."""
        return f"{self.room}:{self.seq}:{self.user}"


def notifies(message: Message, user: str, level: Level, read_seq: int) -> bool:
    """Return whether a member of the message's room is to be notified of it, or if it is in a
    thread, a follower of that.

    With the level ``mentions``, each message of a direct room and of a followed thread is for the
    user nevertheless.

    :param read_seq: the cursor in the room or in the thread.
    """
    if message.deleted or message.sender == user or message.seq <= read_seq or level == "none":
        return False
    if level == "all" or message.thread is not None or message.mentioned(user):
        return True
    return direct_pair(message.room) is not None
