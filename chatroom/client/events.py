"""Events that a client yields."""

from typing import TypeAlias

import attrs

from ..model import Message
from ..protocol.events import (
    MemberChanged,
    MuteChanged,
    Presence,
    ReactionsChanged,
    RoomChanged,
    ServerChanged,
    SettingsChanged,
    ThreadUnread,
    TokenExpiring,
    Typing,
    UserChanged,
)
from ..protocol.results import InboxEntry


@attrs.frozen
class NewMessage:
    """A message not seen before: each once per room, in ascending order of seq.

    A message edited or deleted before it was seen comes in its current state.
    """

    message: Message


@attrs.frozen
class MessageChanged:
    """A message seen before was edited or deleted, or its reactions changed while the connection
    was lost. ``message`` is its current state.
    """

    message: Message


@attrs.frozen
class Resynced:
    """The missed events are not available. ``messages`` replace them; later events follow.

    :ivar reason: ``epoch_changed`` (the server was restored from a backup), ``ahead`` (the server
        lost messages already seen) or ``pruned`` (missed messages were pruned).
    :ivar messages: the latest ones, or those that remain of the missed ones.
    """

    room: str
    reason: str
    messages: tuple[Message, ...]


LogEvent: TypeAlias = NewMessage | MessageChanged | ReactionsChanged | Resynced
"""Events of a room's log, in the order of its revs."""


@attrs.frozen
class Unread:
    """An inbox entry has changed."""

    entry: InboxEntry


@attrs.frozen
class ConnectionChanged:
    """The connection was lost or restored. While it is lost, calls wait. Missed events follow."""

    connected: bool


Event: TypeAlias = (
    NewMessage
    | MessageChanged
    | ReactionsChanged
    | Resynced
    | Unread
    | ThreadUnread
    | Typing
    | Presence
    | MemberChanged
    | MuteChanged
    | RoomChanged
    | UserChanged
    | SettingsChanged
    | ServerChanged
    | ConnectionChanged
    | TokenExpiring
)
